// SPDX-License-Identifier: BSD-2-Clause
/* The cache beside a log: its head, and when it is read, written and dropped. */
#include "cache.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache_pages.h"
#include "owner.h"

/* So many bytes of log may lie behind the cache: the next process scans them. */
#define UNCOVERED_LIMIT (64 * 1024)
#define CHECKSUM_SIZE 32
#define HEAD_START_SIZE (sizeof(magic) + 4) /* magic and size */
#define FIRST_READ_SIZE 4096
#define FIXED_LIMIT (64 * 1024) /* bytes of a head without open attempts, */
#define ATTEMPT_LIMIT 512	/* and of each attempt, generously */

static const uint8_t magic[8] = { 'T', 'A', 'L', 'L', 'Y', 'C', '0', '2' };

void tally_cache_init(struct tally_cache *cache)
{
	memset(cache, 0, sizeof(*cache));
	cache->fd = -1;
	cache->head_bits = TALLY_CACHE_HEAD_BITS;
}

void tally_cache_close(struct tally_cache *cache)
{
	if (cache->fd >= 0)
		close(cache->fd);
	tally_cache_init(cache);
}

void tally_cache_drop(struct tally_authority *owner)
{
	unlinkat(owner->directory.fd, TALLY_FILE_CACHE, 0);
	unlinkat(owner->directory.fd, TALLY_FILE_CACHE_NEW, 0);
	tally_cache_close(&owner->cache);
}

/* --- the head: written and read in the same order --- */

static void write_digests(struct tally_writer *writer, const struct tally_digests *digests)
{
	tally_write_u8(writer, (uint8_t)digests->count);
	for (size_t i = 0; i < digests->count; i++) {
		tally_write_be16(writer, digests->digest[i].alg);
		tally_write_bytes(writer, tally_digest_bytes(&digests->digest[i]));
	}
}

static void read_digests(struct tally_cursor *cursor, struct tally_digests *ret)
{
	size_t count = tally_read_u8(cursor);

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < count && cursor->status == TALLY_OK; i++) {
		uint16_t alg = tally_read_be16(cursor);
		struct tally_digest digest;
		enum tally_status status =
			tally_digest_set(&digest, alg, tally_read_bytes(cursor, tally_alg_size(alg)));

		if (status == TALLY_OK)
			status = tally_digests_add(ret, &digest);
		if (status != TALLY_OK)
			tally_fail(cursor, status);
	}
}

static enum tally_status write_register(struct tally_writer *writer, struct tally_history *history, size_t reg)
{
	const struct tally_open_jump *jump = &history->jump[reg];
	struct tally_digests value;
	enum tally_status status = tally_replay_value(&history->replay, reg, &value);

	if (status != TALLY_OK)
		return status;
	write_digests(writer, &value);
	tally_write_u8(writer, history->has_events[reg]);
	tally_write_u8(writer, jump->is_open);
	write_digests(writer, &jump->from);
	write_digests(writer, &jump->to);
	tally_write_be64(writer, jump->last);
	return TALLY_OK;
}

static void read_register(struct tally_cursor *cursor, struct tally_history *history, size_t reg)
{
	struct tally_open_jump *jump = &history->jump[reg];
	struct tally_digests value;
	enum tally_status status;

	read_digests(cursor, &value);
	history->has_events[reg] = tally_read_u8(cursor);
	jump->is_open = tally_read_u8(cursor);
	read_digests(cursor, &jump->from);
	read_digests(cursor, &jump->to);
	jump->last = tally_read_be64(cursor);
	status = tally_replay_jump(&history->replay, reg, &value);
	if (status != TALLY_OK)
		tally_fail(cursor, status);
}

static void write_attempt(struct tally_writer *writer, const struct tally_attempt *attempt)
{
	tally_write_bytes(writer, tally_bytes(attempt->slot, sizeof(attempt->slot)));
	tally_write_bytes(writer, tally_bytes(attempt->identity, sizeof(attempt->identity)));
	tally_write_be32(writer, (uint32_t)attempt->register_index);
	write_digests(writer, &attempt->digests);
	tally_write_be64(writer, attempt->offset);
}

static void read_attempt(struct tally_cursor *cursor, struct tally_attempt *ret)
{
	memset(ret, 0, sizeof(*ret));
	tally_read_copy(cursor, ret->slot, sizeof(ret->slot));
	tally_read_copy(cursor, ret->identity, sizeof(ret->identity));
	ret->register_index = tally_read_be32(cursor);
	read_digests(cursor, &ret->digests);
	ret->offset = tally_read_be64(cursor);
}

static void write_progress(struct tally_writer *writer, const struct tally_history *history)
{
	tally_write_bytes(writer, tally_bytes(history->first, sizeof(history->first)));
	tally_write_be64(writer, history->size);
	tally_write_be64(writer, history->first_number);
	tally_write_be64(writer, history->next);
	tally_write_bytes(writer, tally_bytes(history->head, sizeof(history->head)));
	tally_write_be64(writer, history->capacity);
	tally_write_bytes(writer, tally_bytes(history->boot_id, sizeof(history->boot_id)));
	tally_write_u8(writer, history->is_once_lost);
	tally_write_be64(writer, history->gap_count);
	tally_write_u8(writer, history->slot.is_whole && history->slot.is_placed);
	tally_write_bytes(writer, tally_bytes(history->slot.attempt.slot, TALLY_SLOT_SHA256_SIZE));
	tally_write_be64(writer, history->slot.number);
}

static void read_progress(struct tally_cursor *cursor, struct tally_history *history)
{
	tally_read_copy(cursor, history->first, sizeof(history->first));
	history->size = tally_read_be64(cursor);
	history->first_number = tally_read_be64(cursor);
	history->next = tally_read_be64(cursor);
	tally_read_copy(cursor, history->head, sizeof(history->head));
	history->capacity = tally_read_be64(cursor);
	tally_read_copy(cursor, history->boot_id, sizeof(history->boot_id));
	history->is_once_lost = tally_read_u8(cursor);
	history->gap_count = tally_read_be64(cursor);
	/* A cache is written only while no slot is pending: the slot that it knows is a settled one. */
	history->slot.is_whole = tally_read_u8(cursor);
	history->slot.is_placed = history->slot.is_whole;
	tally_read_copy(cursor, history->slot.attempt.slot, TALLY_SLOT_SHA256_SIZE);
	history->slot.number = tally_read_be64(cursor);
}

static enum tally_status head_write(struct tally_authority *owner, struct tally_writer *writer)
{
	struct tally_history *history = &owner->history;
	uint8_t checksum[CHECKSUM_SIZE];
	struct tally_hash_job job = { .alg = TALLY_SHA256, .ret_digest = checksum };
	size_t position;
	enum tally_status status = TALLY_OK;

	tally_write_bytes(writer, tally_bytes(magic, sizeof(magic)));
	position = tally_reserve_be32(writer);
	tally_write_u8(writer, (uint8_t)owner->cache.head_bits);
	tally_write_u8(writer, (uint8_t)owner->cache.bits);
	tally_write_be64(writer, owner->cache.entry_count);
	write_progress(writer, history);
	for (size_t reg = 0; status == TALLY_OK && reg < owner->runtime_count; reg++)
		status = write_register(writer, history, reg);
	tally_write_be32(writer, (uint32_t)history->attempt_count);
	for (size_t i = 0; i < history->attempt_count; i++)
		write_attempt(writer, &history->attempts[i]);
	tally_commit_be32(writer, position);
	job.parts[0] = tally_written(writer);
	if (status == TALLY_OK)
		status = tally_env_hash(&job, 1);
	tally_write_bytes(writer, tally_bytes(checksum, sizeof(checksum)));
	return status == TALLY_OK ? writer->status : status;
}

static enum tally_status head_read(struct tally_authority *owner, struct tally_cursor *body,
				   struct tally_history *history)
{
	uint32_t count;

	owner->cache.head_bits = tally_read_u8(body);
	owner->cache.bits = tally_read_u8(body);
	owner->cache.entry_count = tally_read_be64(body);
	read_progress(body, history);
	for (size_t reg = 0; reg < owner->runtime_count; reg++)
		read_register(body, history, reg);
	count = tally_read_be32(body);
	for (uint32_t i = 0; i < count && body->status == TALLY_OK; i++) {
		struct tally_attempt attempt;

		read_attempt(body, &attempt);
		if (body->status == TALLY_OK && attempt.register_index >= owner->runtime_count)
			tally_fail(body, TALLY_OUT_OF_RANGE);
		if (body->status == TALLY_OK && tally_history_add_attempt(history, &attempt) != TALLY_OK)
			return TALLY_NO_MEMORY;
	}
	if (owner->cache.bits > 40 || owner->cache.head_bits < TALLY_CACHE_HEAD_BITS ||
	    owner->cache.head_bits > TALLY_CACHE_HEAD_BITS_LIMIT)
		tally_fail(body, TALLY_OUT_OF_RANGE);
	return tally_cursor_end(body);
}

/* Magic, size and checksum; *ret_body is what lies between. */
static enum tally_status head_open(struct tally_bytes head, struct tally_cursor *ret_body)
{
	struct tally_cursor cursor = tally_cursor(head);
	struct tally_bytes start = tally_read_bytes(&cursor, sizeof(magic));
	uint32_t size = tally_read_be32(&cursor);
	struct tally_bytes body = tally_read_bytes(&cursor, size);
	struct tally_bytes stored = tally_read_bytes(&cursor, CHECKSUM_SIZE);
	uint8_t checksum[CHECKSUM_SIZE];
	struct tally_hash_job job = { .alg = TALLY_SHA256, .ret_digest = checksum };
	enum tally_status status = cursor.status;

	if (status == TALLY_OK && !tally_bytes_equal(start, tally_bytes(magic, sizeof(magic))))
		status = TALLY_UNSUPPORTED;
	if (status != TALLY_OK)
		return status;
	job.parts[0] = tally_bytes(head.data, HEAD_START_SIZE + size);
	status = tally_env_hash(&job, 1);
	if (status == TALLY_OK && !tally_bytes_equal(stored, tally_bytes(checksum, sizeof(checksum))))
		status = TALLY_CHECKSUM;
	*ret_body = tally_cursor(body);
	return status;
}

/* The log's first record, hashed: its name. */
static enum tally_status log_first(struct tally_authority *owner, uint8_t ret[TALLY_HEAD_SIZE])
{
	static const uint8_t zero[TALLY_HEAD_SIZE];
	struct tally_record record;
	struct tally_problem problem;
	enum tally_status status = tally_store_read(owner, 0, &record, &problem);

	return status == TALLY_OK ? tally_head_next(zero, record.encoded, ret) : status;
}

/* The head's bytes to owner->content. One call where it is short, as most are; never more than the file has. */
static enum tally_status head_load(struct tally_authority *owner, struct tally_bytes *ret)
{
	struct tally_cursor cursor;
	struct stat stat;
	uint64_t size;
	size_t got;
	enum tally_status status = tally_scratch_grow(&owner->content, FIRST_READ_SIZE);

	if (status == TALLY_OK)
		status = tally_file_read(owner->cache.fd, owner->content.data, FIRST_READ_SIZE, 0, &got);
	if (status != TALLY_OK)
		return status;
	cursor = tally_cursor(tally_bytes(owner->content.data, got));
	tally_read_bytes(&cursor, sizeof(magic));
	size = HEAD_START_SIZE + tally_read_be32(&cursor) + CHECKSUM_SIZE;
	if (size > got) {
		if (fstat(owner->cache.fd, &stat) != 0 || size > (uint64_t)stat.st_size)
			return TALLY_CORRUPT;
		status = tally_scratch_grow(&owner->content, (size_t)size);
		if (status == TALLY_OK)
			status = tally_file_read(owner->cache.fd, owner->content.data, (size_t)size, 0, &got);
	}
	*ret = tally_bytes(owner->content.data, got);
	return status;
}

static enum tally_status cache_read(struct tally_authority *owner, struct tally_history *history)
{
	uint8_t first[TALLY_HEAD_SIZE];
	struct tally_cursor body;
	struct tally_bytes head;
	enum tally_status status = head_load(owner, &head);

	if (status == TALLY_OK)
		status = head_open(head, &body);
	if (status == TALLY_OK)
		status = head_read(owner, &body, history);
	if (status == TALLY_OK)
		status = log_first(owner, first);
	if (status == TALLY_OK && memcmp(first, history->first, sizeof(first)) != 0)
		status = TALLY_NOT_FOUND;
	return status;
}

enum tally_status tally_cache_load(struct tally_authority *owner)
{
	struct tally_history history;
	enum tally_status status;

	tally_cache_close(&owner->cache);
	owner->cache.fd = openat(owner->directory.fd, TALLY_FILE_CACHE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (owner->cache.fd < 0)
		return TALLY_OK;
	tally_history_init(&history, owner->registers);
	status = cache_read(owner, &history);
	if (status == TALLY_OK) {
		tally_history_done(&owner->history);
		owner->history = history;
		owner->cache.covered = history.size;
		return TALLY_OK;
	}
	tally_history_done(&history);
	tally_cache_drop(owner);
	return status == TALLY_NO_MEMORY || status == TALLY_CRYPTO ? status : TALLY_OK;
}

/* --- writing --- */

/* Another process may have put a larger table in the place of the one that we hold. */
static bool cache_is_current(const struct tally_authority *owner)
{
	struct stat here;
	struct stat there;

	return fstat(owner->cache.fd, &here) == 0 &&
	       fstatat(owner->directory.fd, TALLY_FILE_CACHE, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

static enum tally_status cache_create(struct tally_authority *owner)
{
	tally_cache_close(&owner->cache);
	owner->cache.fd = openat(owner->directory.fd, TALLY_FILE_CACHE_NEW,
				 O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	owner->cache.is_new = true;
	return owner->cache.fd < 0 ? TALLY_SYSTEM : tally_cache_pages_begin(&owner->cache);
}

/* The head, in owner->content, and room for it in the file. */
static enum tally_status head_make(struct tally_authority *owner, struct tally_bytes *ret)
{
	size_t limit = FIXED_LIMIT + owner->history.attempt_count * ATTEMPT_LIMIT;
	enum tally_status status = tally_scratch_grow(&owner->content, limit);

	for (;;) {
		struct tally_writer writer = tally_writer(owner->content.data, limit);

		if (status == TALLY_OK)
			status = head_write(owner, &writer);
		*ret = tally_written(&writer);
		if (status != TALLY_OK || writer.size <= tally_cache_head_room(&owner->cache))
			return status;
		/* The head says how much room it has, so it is written once more. */
		status = tally_cache_make_room(&owner->cache, owner->directory.fd, writer.size);
	}
}

/* Names first, head last: a crash between leaves names that the next scan of the tail finds again. */
static enum tally_status cache_write(struct tally_authority *owner)
{
	struct tally_names *names = &owner->history.names;
	struct tally_bytes head;
	enum tally_status status = owner->cache.fd < 0 ? cache_create(owner) : TALLY_OK;

	for (size_t i = 0; status == TALLY_OK && i < names->room; i++)
		if (names->entries[i].kind)
			status = tally_cache_page_add(&owner->cache, owner->directory.fd, &names->entries[i]);
	if (status == TALLY_OK)
		status = head_make(owner, &head);
	/* Where the log outlives a power loss, a head must not do so without the names that it counts. */
	if (status == TALLY_OK && owner->is_durable && fdatasync(owner->cache.fd) != 0)
		status = TALLY_SYSTEM;
	if (status == TALLY_OK)
		status = tally_file_write(owner->cache.fd, head, 0);
	if (status == TALLY_OK && owner->cache.is_new &&
	    renameat(owner->directory.fd, TALLY_FILE_CACHE_NEW, owner->directory.fd, TALLY_FILE_CACHE) != 0)
		status = TALLY_SYSTEM;
	if (status != TALLY_OK)
		return status;
	owner->cache.is_new = false;
	owner->cache.covered = owner->history.size;
	tally_names_done(names);
	return TALLY_OK;
}

void tally_cache_update(struct tally_authority *owner)
{
	const struct tally_history *history = &owner->history;

	if (owner->is_stale || history->size < owner->cache.covered + UNCOVERED_LIMIT || tally_history_pending(history))
		return;
	if (owner->cache.fd >= 0 && !cache_is_current(owner)) {
		owner->is_stale = true; /* the next call loads that one */
		return;
	}
	if (cache_write(owner) != TALLY_OK) {
		/* The names in memory are not all of them any more: the next call begins anew. */
		tally_cache_drop(owner);
		owner->is_stale = true;
	}
}

/* --- searching --- */

enum tally_status tally_name_search_start(struct tally_name_search *search, struct tally_authority *owner,
					  struct tally_bytes origin, struct tally_bytes name)
{
	(void)owner;
	memset(&search->entry, 0, sizeof(search->entry));
	search->is_done = false;
	search->is_in_page = false;
	search->position = 0;
	return tally_name_key(origin, name, search->key);
}

static enum tally_status search_open_page(struct tally_name_search *search, struct tally_authority *owner,
					  uint64_t number, struct tally_problem *problem)
{
	enum tally_status status = tally_cache_page_read(&owner->cache, number, search->page);

	search->is_in_page = true;
	search->page_number = number;
	search->position = 0;
	if (status == TALLY_OK || status == TALLY_CRYPTO)
		return status;
	tally_cache_drop(owner);
	owner->is_stale = true;
	tally_problem_set(problem, "the cache beside the log was damaged and has been removed: try again");
	return TALLY_TRY_AGAIN;
}

/* In the page at hand, and on through those that are full. */
static enum tally_status search_pages(struct tally_name_search *search, struct tally_authority *owner,
				      struct tally_problem *problem)
{
	enum tally_status status = TALLY_OK;

	while (status == TALLY_OK) {
		uint64_t next = tally_cache_page_next(&owner->cache, search->page_number);

		if (tally_cache_page_find(search->page, search->key, &search->position, &search->entry))
			return TALLY_OK;
		search->is_done = !tally_cache_page_is_full(search->page) ||
				  next == tally_cache_page_first(&owner->cache, search->key);
		if (search->is_done)
			return TALLY_OK;
		status = search_open_page(search, owner, next, problem);
	}
	return status;
}

enum tally_status tally_name_search_next(struct tally_name_search *search, struct tally_authority *owner,
					 struct tally_problem *problem)
{
	const struct tally_name_entry *found;
	enum tally_status status = TALLY_OK;

	if (!search->is_in_page) {
		found = tally_names_find(&owner->history.names, search->key, &search->position);
		if (found) {
			search->entry = *found;
			return TALLY_OK;
		}
		if (owner->cache.fd < 0) {
			search->is_done = true;
			return TALLY_OK;
		}
		status = search_open_page(search, owner, tally_cache_page_first(&owner->cache, search->key), problem);
	}
	return status == TALLY_OK ? search_pages(search, owner, problem) : status;
}
