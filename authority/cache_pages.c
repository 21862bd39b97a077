// SPDX-License-Identifier: BSD-2-Clause
/* The pages of the cache: a hash table of once names on disk, doubled when it fills; a full page flows over into the next. */
#include "cache_pages.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define ENTRY_SIZE 32
#define CHECKSUM_SIZE 32
#define ENTRY_LIMIT ((TALLY_CACHE_PAGE_SIZE - CHECKSUM_SIZE) / ENTRY_SIZE)
#define FILL_LIMIT (ENTRY_LIMIT * 6 / 10) /* mean entries a page: but for chosen names, none then flows over */

static uint64_t page_offset(const struct tally_cache *cache, uint64_t page)
{
	return tally_cache_head_room(cache) + page * TALLY_CACHE_PAGE_SIZE;
}

static uint64_t key_page(const uint8_t key[TALLY_NAME_KEY_SIZE], unsigned bits)
{
	uint64_t place = 0;

	for (size_t i = 8; i > 0; i--)
		place = place << 8 | key[i - 1];
	return place & ((UINT64_C(1) << bits) - 1);
}

/* The checksum covers the page's number, so that no page passes for another. */
static enum tally_status page_checksum(const uint8_t *page, uint64_t number, uint8_t ret[CHECKSUM_SIZE])
{
	uint8_t number_bytes[8];
	struct tally_writer writer = tally_writer(number_bytes, sizeof(number_bytes));
	struct tally_hash_job job = { .alg = TALLY_SHA256, .ret_digest = ret };

	tally_write_be64(&writer, number);
	job.parts[0] = tally_bytes(number_bytes, sizeof(number_bytes));
	job.parts[1] = tally_bytes(page, TALLY_CACHE_PAGE_SIZE - CHECKSUM_SIZE);
	return tally_env_hash(&job, 1);
}

/* A page that is missing or was never written is damage: each is written, with its checksum, before a head counts it. */
enum tally_status tally_cache_page_read(const struct tally_cache *cache, uint64_t number,
					uint8_t page[TALLY_CACHE_PAGE_SIZE])
{
	uint8_t checksum[CHECKSUM_SIZE];
	size_t got;
	enum tally_status status =
		tally_file_read(cache->fd, page, TALLY_CACHE_PAGE_SIZE, page_offset(cache, number), &got);

	if (status != TALLY_OK)
		return status;
	if (got < TALLY_CACHE_PAGE_SIZE)
		return TALLY_CORRUPT;
	status = page_checksum(page, number, checksum);
	if (status != TALLY_OK)
		return status;
	return memcmp(page + TALLY_CACHE_PAGE_SIZE - CHECKSUM_SIZE, checksum, CHECKSUM_SIZE) == 0 ? TALLY_OK
												  : TALLY_CORRUPT;
}

static enum tally_status page_write(const struct tally_cache *cache, uint64_t number,
				    uint8_t page[TALLY_CACHE_PAGE_SIZE])
{
	enum tally_status status = page_checksum(page, number, page + TALLY_CACHE_PAGE_SIZE - CHECKSUM_SIZE);

	if (status != TALLY_OK)
		return status;
	return tally_file_write(cache->fd, tally_bytes(page, TALLY_CACHE_PAGE_SIZE), page_offset(cache, number));
}

enum tally_status tally_cache_pages_begin(const struct tally_cache *cache)
{
	uint8_t page[TALLY_CACHE_PAGE_SIZE] = { 0 };

	return page_write(cache, 0, page);
}

static bool entry_read(const uint8_t *page, size_t at, struct tally_name_entry *ret)
{
	struct tally_cursor cursor = tally_cursor(tally_bytes(page + at * ENTRY_SIZE, ENTRY_SIZE));

	tally_read_copy(&cursor, ret->key, sizeof(ret->key));
	ret->offset = tally_read_be64(&cursor);
	ret->kind = tally_read_u8(&cursor);
	return ret->kind != 0;
}

static void entry_write(uint8_t *page, size_t at, const struct tally_name_entry *entry)
{
	struct tally_writer writer = tally_writer(page + at * ENTRY_SIZE, ENTRY_SIZE);

	tally_write_bytes(&writer, tally_bytes(entry->key, sizeof(entry->key)));
	tally_write_be64(&writer, entry->offset);
	tally_write_u8(&writer, entry->kind);
}

/* Put an entry at the first free place; TALLY_NO_SPACE when the page is full. One that is there stays alone. */
static enum tally_status page_add(uint8_t *page, const struct tally_name_entry *entry)
{
	for (size_t at = 0; at < ENTRY_LIMIT; at++) {
		struct tally_name_entry there;

		if (!entry_read(page, at, &there)) {
			entry_write(page, at, entry);
			return TALLY_OK;
		}
		if (there.offset == entry->offset && there.kind == entry->kind &&
		    memcmp(there.key, entry->key, sizeof(there.key)) == 0)
			return TALLY_DUPLICATE;
	}
	return TALLY_NO_SPACE;
}

uint64_t tally_cache_page_first(const struct tally_cache *cache, const uint8_t key[TALLY_NAME_KEY_SIZE])
{
	return key_page(key, cache->bits);
}

uint64_t tally_cache_page_next(const struct tally_cache *cache, uint64_t number)
{
	return (number + 1) & ((UINT64_C(1) << cache->bits) - 1);
}

bool tally_cache_page_is_full(const uint8_t page[TALLY_CACHE_PAGE_SIZE])
{
	struct tally_name_entry last;

	return entry_read(page, ENTRY_LIMIT - 1, &last);
}

bool tally_cache_page_find(const uint8_t page[TALLY_CACHE_PAGE_SIZE], const uint8_t key[TALLY_NAME_KEY_SIZE],
			   size_t *position, struct tally_name_entry *ret)
{
	while (*position < ENTRY_LIMIT) {
		if (!entry_read(page, (*position)++, ret))
			return false;
		if (memcmp(ret->key, key, TALLY_NAME_KEY_SIZE) == 0)
			return true;
	}
	return false;
}

/* Add an entry to the first page from its own on that is not full: by its load the table has one. */
static enum tally_status table_add(struct tally_cache *cache, const struct tally_name_entry *entry)
{
	uint64_t first = tally_cache_page_first(cache, entry->key);
	uint64_t number = first;

	do {
		uint8_t page[TALLY_CACHE_PAGE_SIZE];
		enum tally_status status = tally_cache_page_read(cache, number, page);

		if (status == TALLY_OK)
			status = page_add(page, entry);
		if (status == TALLY_DUPLICATE)
			return TALLY_OK;
		if (status == TALLY_OK) {
			cache->entry_count++;
			return page_write(cache, number, page);
		}
		if (status != TALLY_NO_SPACE)
			return status;
		number = tally_cache_page_next(cache, number);
	} while (number != first);
	return TALLY_CORRUPT;
}

/* --- a larger table --- */

/* Split one page into the two that follow from one more bit of the key. What flowed over into it is only counted. */
static enum tally_status page_split(const struct tally_cache *from, const struct tally_cache *to, uint64_t number,
				    uint64_t *displaced)
{
	uint8_t page[TALLY_CACHE_PAGE_SIZE];
	uint8_t halves[2][TALLY_CACHE_PAGE_SIZE];
	struct tally_name_entry entry;
	enum tally_status status = tally_cache_page_read(from, number, page);

	memset(halves, 0, sizeof(halves));
	for (size_t at = 0; status == TALLY_OK && at < ENTRY_LIMIT && entry_read(page, at, &entry); at++) {
		if (key_page(entry.key, from->bits) == number)
			status = page_add(halves[key_page(entry.key, to->bits) != number], &entry);
		else
			++*displaced;
	}
	if (status == TALLY_OK)
		status = page_write(to, number, halves[0]);
	if (status == TALLY_OK)
		status = page_write(to, number + (UINT64_C(1) << from->bits), halves[1]);
	return status;
}

/* When all pages are there: the entries of this one that had flowed over into it. */
static enum tally_status page_split_displaced(const struct tally_cache *from, struct tally_cache *to, uint64_t number)
{
	uint8_t page[TALLY_CACHE_PAGE_SIZE];
	struct tally_name_entry entry;
	enum tally_status status = tally_cache_page_read(from, number, page);

	for (size_t at = 0; status == TALLY_OK && at < ENTRY_LIMIT && entry_read(page, at, &entry); at++)
		if (key_page(entry.key, from->bits) != number)
			status = table_add(to, &entry);
	return status;
}

static enum tally_status table_split(const struct tally_cache *from, struct tally_cache *to)
{
	uint64_t count = UINT64_C(1) << from->bits;
	uint64_t displaced = 0;
	enum tally_status status = TALLY_OK;

	for (uint64_t page = 0; status == TALLY_OK && page < count; page++)
		status = page_split(from, to, page, &displaced);
	for (uint64_t page = 0; status == TALLY_OK && displaced && page < count; page++)
		status = page_split_displaced(from, to, page);
	to->entry_count = from->entry_count;
	return status;
}

/* Page by page, with the checksums that they have. */
static enum tally_status table_copy(const struct tally_cache *from, const struct tally_cache *to)
{
	enum tally_status status = TALLY_OK;

	for (uint64_t number = 0; status == TALLY_OK && number < UINT64_C(1) << from->bits; number++) {
		uint8_t page[TALLY_CACHE_PAGE_SIZE];

		status = tally_cache_page_read(from, number, page);
		if (status == TALLY_OK)
			status = tally_file_write(to->fd, tally_bytes(page, sizeof(page)), page_offset(to, number));
	}
	return status;
}

/* Make the table anew in cache.new, with more pages or with more room before them. */
static enum tally_status cache_remake(struct tally_cache *cache, int directory, unsigned bits, unsigned head_bits)
{
	struct tally_cache made = *cache;
	enum tally_status status;

	if (cache->is_new && renameat(directory, TALLY_FILE_CACHE_NEW, directory, TALLY_FILE_CACHE_NEW ".1") != 0)
		return TALLY_SYSTEM;
	made.bits = bits;
	made.head_bits = head_bits;
	made.is_new = true;
	made.fd = openat(directory, TALLY_FILE_CACHE_NEW, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (made.fd < 0)
		return TALLY_SYSTEM;
	status = bits == cache->bits ? table_copy(cache, &made) : table_split(cache, &made);
	if (cache->is_new)
		unlinkat(directory, TALLY_FILE_CACHE_NEW ".1", 0);
	close(cache->fd);
	*cache = made;
	return status;
}

enum tally_status tally_cache_make_room(struct tally_cache *cache, int directory, uint64_t head_size)
{
	unsigned head_bits = cache->head_bits;

	while (head_bits < TALLY_CACHE_HEAD_BITS_LIMIT && head_size > UINT64_C(1) << head_bits)
		head_bits++;
	if (head_size > UINT64_C(1) << head_bits)
		return TALLY_NO_SPACE;
	return head_bits == cache->head_bits ? TALLY_OK : cache_remake(cache, directory, cache->bits, head_bits);
}

enum tally_status tally_cache_page_add(struct tally_cache *cache, int directory, const struct tally_name_entry *entry)
{
	enum tally_status status = TALLY_OK;

	while (status == TALLY_OK && cache->entry_count >= (uint64_t)FILL_LIMIT << cache->bits)
		status = cache_remake(cache, directory, cache->bits + 1, cache->head_bits);
	return status == TALLY_OK ? table_add(cache, entry) : status;
}
