// SPDX-License-Identifier: BSD-2-Clause
/* The pages of the cache: a hash table of once names on disk, doubled when it fills. */
#include "cache_pages.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define ENTRY_SIZE 32
#define CHECKSUM_SIZE 32
#define ENTRY_LIMIT ((TALLY_CACHE_PAGE_SIZE - CHECKSUM_SIZE) / ENTRY_SIZE)
#define FILL_LIMIT (ENTRY_LIMIT * 6 / 10) /* mean entries a page: a page then almost never overflows */

static uint64_t page_offset(uint64_t page)
{
	return TALLY_CACHE_HEAD_SIZE + page * TALLY_CACHE_PAGE_SIZE;
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
static enum tally_status page_read(int fd, uint64_t number, uint8_t page[TALLY_CACHE_PAGE_SIZE])
{
	uint8_t checksum[CHECKSUM_SIZE];
	size_t got;
	enum tally_status status = tally_file_read(fd, page, TALLY_CACHE_PAGE_SIZE, page_offset(number), &got);

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

static enum tally_status page_write(int fd, uint64_t number, uint8_t page[TALLY_CACHE_PAGE_SIZE])
{
	enum tally_status status = page_checksum(page, number, page + TALLY_CACHE_PAGE_SIZE - CHECKSUM_SIZE);

	if (status != TALLY_OK)
		return status;
	return tally_file_write(fd, tally_bytes(page, TALLY_CACHE_PAGE_SIZE), page_offset(number));
}

enum tally_status tally_cache_pages_begin(const struct tally_cache *cache)
{
	uint8_t page[TALLY_CACHE_PAGE_SIZE] = { 0 };

	return page_write(cache->fd, 0, page);
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
		if (there.offset == entry->offset && memcmp(there.key, entry->key, sizeof(there.key)) == 0)
			return TALLY_DUPLICATE;
	}
	return TALLY_NO_SPACE;
}

enum tally_status tally_cache_page_of(const struct tally_cache *cache, const uint8_t key[TALLY_NAME_KEY_SIZE],
				      uint8_t page[TALLY_CACHE_PAGE_SIZE])
{
	return page_read(cache->fd, key_page(key, cache->bits), page);
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

/* Split one page into the two that follow from one more bit of the key. */
static enum tally_status page_split(const struct tally_cache *from, struct tally_cache *to, uint64_t number)
{
	uint8_t page[TALLY_CACHE_PAGE_SIZE];
	uint8_t halves[2][TALLY_CACHE_PAGE_SIZE];
	struct tally_name_entry entry;
	enum tally_status status = page_read(from->fd, number, page);

	memset(halves, 0, sizeof(halves));
	for (size_t at = 0; status == TALLY_OK && at < ENTRY_LIMIT && entry_read(page, at, &entry); at++)
		status = page_add(halves[key_page(entry.key, to->bits) != number], &entry);
	if (status == TALLY_OK)
		status = page_write(to->fd, number, halves[0]);
	if (status == TALLY_OK)
		status = page_write(to->fd, number + (UINT64_C(1) << from->bits), halves[1]);
	return status;
}

/* Copy the table into cache.new with twice the pages. */
static enum tally_status cache_double(struct tally_cache *cache, int directory)
{
	struct tally_cache doubled = *cache;
	enum tally_status status = TALLY_OK;

	if (cache->is_new && renameat(directory, TALLY_FILE_CACHE_NEW, directory, TALLY_FILE_CACHE_NEW ".1") != 0)
		return TALLY_SYSTEM;
	doubled.bits++;
	doubled.is_new = true;
	doubled.fd = openat(directory, TALLY_FILE_CACHE_NEW, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (doubled.fd < 0)
		return TALLY_SYSTEM;
	for (uint64_t page = 0; status == TALLY_OK && page < UINT64_C(1) << cache->bits; page++)
		status = page_split(cache, &doubled, page);
	if (cache->is_new)
		unlinkat(directory, TALLY_FILE_CACHE_NEW ".1", 0);
	close(cache->fd);
	*cache = doubled;
	return status;
}

enum tally_status tally_cache_page_add(struct tally_cache *cache, int directory, const struct tally_name_entry *entry)
{
	uint8_t page[TALLY_CACHE_PAGE_SIZE];
	enum tally_status status = TALLY_OK;

	while (status == TALLY_OK && cache->entry_count >= (uint64_t)FILL_LIMIT << cache->bits)
		status = cache_double(cache, directory);
	for (;;) {
		uint64_t number = key_page(entry->key, cache->bits);

		if (status == TALLY_OK)
			status = page_read(cache->fd, number, page);
		if (status == TALLY_OK)
			status = page_add(page, entry);
		if (status == TALLY_DUPLICATE)
			return TALLY_OK;
		if (status == TALLY_OK) {
			cache->entry_count++;
			return page_write(cache->fd, number, page);
		}
		if (status != TALLY_NO_SPACE)
			return status;
		status = cache_double(cache, directory);
	}
}
