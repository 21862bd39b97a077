// SPDX-License-Identifier: BSD-2-Clause
/* The log file: catching up with it, cutting its tail, making room, appending. */
#include "owner.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_SIZE (1024 * 1024)    /* room is taken in such steps */
#define SMALL_TAIL_SIZE (64 * 1024) /* read, not mapped */
#define FIRST_READ_SIZE 4096

/* Room that stays free for records about records: bounds from docs/formats/log.md, generously. */
#define CONTROL_TEXT_SIZE 1536 /* texts and fixed elements of a gap, a trim's part and a pin of one register */
#define CONTROL_DIGESTS 8      /* digests per bank in the same */

enum tally_status tally_scratch_grow(struct tally_scratch *scratch, size_t size)
{
	uint8_t *grown;

	if (size <= scratch->capacity)
		return TALLY_OK;
	grown = realloc(scratch->data, size);
	if (!grown)
		return TALLY_NO_MEMORY;
	scratch->data = grown;
	scratch->capacity = size;
	return TALLY_OK;
}

/* --- catching up --- */

static enum tally_status store_damaged(const struct tally_authority *owner, enum tally_status status,
				       struct tally_problem *problem)
{
	tally_problem_set(
		problem,
		"%s/%s is damaged at byte %" PRIu64 " (record %" PRIu64
		"): %s; nothing was changed and extends are refused: run `tally doctor`, then `tally log recover` "
		"to go on without what was lost",
		owner->directory.path, TALLY_FILE_LOG, owner->history.size, owner->history.next,
		tally_status_message(status));
	return TALLY_CORRUPT;
}

static enum tally_status store_cut(struct tally_authority *owner, struct tally_problem *problem)
{
	if (ftruncate(owner->log_fd, (off_t)owner->history.size) != 0)
		return tally_directory_fail(&owner->directory, "cut the torn tail of", TALLY_FILE_LOG, problem);
	owner->room = 0; /* what was allocated behind the end is gone */
	return TALLY_OK;
}

bool tally_store_is_failure(enum tally_status status)
{
	return status == TALLY_NO_MEMORY || status == TALLY_CRYPTO || status == TALLY_SYSTEM ||
	       status == TALLY_PERMISSION;
}

enum tally_status tally_store_apply(struct tally_authority *owner, const struct tally_record *record,
				    struct tally_problem *problem)
{
	uint8_t *memory = NULL;
	enum tally_status status = TALLY_OK;

	if (owner->history.size == 0 && tally_control_word(record) == TALLY_CONTROL_TRIM)
		status = tally_once_load(owner, record->number, &memory, problem);
	if (status == TALLY_OK)
		status = tally_history_apply(&owner->history, record);
	tally_once_unload(owner, memory);
	return status;
}

/* Apply the records in bytes, which stand behind the history. */
static enum tally_status store_apply(struct tally_authority *owner, struct tally_bytes bytes,
				     struct tally_problem *problem)
{
	struct tally_cursor cursor = tally_cursor(bytes);

	while (!tally_cursor_is_done(&cursor)) {
		struct tally_bytes rest = cursor.left;
		struct tally_record record;
		enum tally_status status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);

		if (status == TALLY_TRUNCATED &&
		    tally_tail_is_torn(owner->registers, rest, owner->history.next, &owner->history.slot))
			return store_cut(owner, problem);
		if (status == TALLY_OK)
			status = tally_store_apply(owner, &record, problem);
		if (tally_store_is_failure(status)) {
			owner->is_stale = true;
			return status;
		}
		if (status != TALLY_OK)
			return store_damaged(owner, status, problem);
	}
	return TALLY_OK;
}

static enum tally_status store_apply_mapped(struct tally_authority *owner, uint64_t size, struct tally_problem *problem)
{
	/* Under the lock nobody shortens the file, so that the mapping stays whole. */
	void *mapping = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, owner->log_fd, 0);
	enum tally_status status;

	if (mapping == MAP_FAILED)
		return tally_directory_fail(&owner->directory, "map", TALLY_FILE_LOG, problem);
	madvise(mapping, (size_t)size, MADV_SEQUENTIAL);
	status = store_apply(
		owner, tally_bytes((uint8_t *)mapping + owner->history.size, (size_t)(size - owner->history.size)),
		problem);
	munmap(mapping, (size_t)size);
	return status;
}

static enum tally_status store_apply_tail(struct tally_authority *owner, uint64_t size, struct tally_problem *problem)
{
	uint64_t behind = size - owner->history.size;
	size_t got;
	enum tally_status status;

	if (behind > SMALL_TAIL_SIZE)
		return store_apply_mapped(owner, size, problem);
	status = tally_scratch_grow(&owner->record, (size_t)behind);
	if (status == TALLY_OK)
		status = tally_file_read(owner->log_fd, owner->record.data, (size_t)behind, owner->history.size, &got);
	if (status == TALLY_SYSTEM)
		return tally_directory_fail(&owner->directory, "read", TALLY_FILE_LOG, problem);
	return status == TALLY_OK ? store_apply(owner, tally_bytes(owner->record.data, got), problem) : status;
}

/*
 * Records of a process that died before it synced them: what is built upon them
 * would outlive a power loss, and they would not. The same holds of the log's name.
 */
static enum tally_status store_sync(struct tally_authority *owner, struct tally_problem *problem)
{
	if (owner->synced == 0 && fsync(owner->directory.fd) != 0)
		return tally_directory_fail(&owner->directory, "sync", "", problem);
	if (fdatasync(owner->log_fd) != 0)
		return tally_directory_fail(&owner->directory, "sync", TALLY_FILE_LOG, problem);
	owner->synced = owner->history.size;
	return TALLY_OK;
}

enum tally_status tally_store_catch_up(struct tally_authority *owner, uint64_t size, struct tally_problem *problem)
{
	enum tally_status status = TALLY_OK;

	if (size < owner->history.size)
		return store_damaged(owner, TALLY_TRUNCATED, problem);
	if (size > owner->history.size)
		status = store_apply_tail(owner, size, problem);
	if (status == TALLY_OK && owner->is_durable && owner->history.size > owner->synced)
		status = store_sync(owner, problem);
	return status;
}

/* --- room --- */

static size_t digests_size(const struct tally_digests *digests)
{
	size_t size = 0;

	for (size_t i = 0; i < digests->count; i++)
		size += TALLY_TLV_HEADER_SIZE + tally_alg_size(digests->digest[i].alg);
	return size;
}

size_t tally_record_size(const struct tally_register *reg, size_t content_size)
{
	size_t headers = 6 * TALLY_TLV_HEADER_SIZE; /* recnum, index, digests, content, event type, event data */

	return headers + 8 + 1 + digests_size(&reg->reset) + 4 + content_size;
}

/* Room for an abort or a gap with a record of this size, a gap per register, and a trim with its pins (I4). */
static uint64_t control_reserve(const struct tally_authority *owner, size_t record_size)
{
	uint64_t size = record_size;

	for (size_t i = 0; i < owner->runtime_count; i++)
		size += CONTROL_TEXT_SIZE + CONTROL_DIGESTS * digests_size(&owner->registers->item[i].reset);
	return size;
}

static bool allocate_to(struct tally_authority *owner, uint64_t end)
{
	int failed;

	do
		failed = fallocate(owner->log_fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)end);
	while (failed && errno == EINTR);
	if (!failed)
		owner->room = end;
	return !failed;
}

static enum tally_status store_allocate(struct tally_authority *owner, uint64_t end, struct tally_problem *problem)
{
	uint64_t chunk = (end + CHUNK_SIZE - 1) / CHUNK_SIZE * CHUNK_SIZE;

	if (end <= owner->room)
		return TALLY_OK;
	if (chunk > owner->history.capacity)
		chunk = end;
	if (!allocate_to(owner, chunk) && (errno == ENOSPC || errno == EDQUOT))
		(void)allocate_to(owner, end);
	if (end <= owner->room)
		return TALLY_OK;
	if (errno == EOPNOTSUPP || errno == ENOSYS) {
		owner->room =
			chunk; /* a failed append then leaves the slot pending, and nobody extends before it is settled */
		return TALLY_OK;
	}
	return tally_directory_fail(&owner->directory, "make room in", TALLY_FILE_LOG, problem);
}

enum tally_status tally_store_reserve(struct tally_authority *owner, uint64_t size, size_t record_size,
				      struct tally_problem *problem)
{
	uint64_t end = owner->history.size + size + control_reserve(owner, record_size);

	if (end > owner->history.capacity) {
		tally_problem_set(
			problem,
			"the log is full: %" PRIu64 " of %" PRIu64 " bytes are used, and %" PRIu64
			" more would not leave room for control records; nothing was extended: store and trim "
			"the log, or begin a boot with a larger capacity",
			owner->history.size, owner->history.capacity, size);
		return TALLY_FULL;
	}
	return store_allocate(owner, end, problem);
}

/* --- appending --- */

/* What stands behind the history was never there: a failure of this is the next caller's torn tail. */
static void store_undo(struct tally_authority *owner)
{
	if (ftruncate(owner->log_fd, (off_t)owner->history.size) == 0)
		owner->room = 0;
}

enum tally_status tally_store_append(struct tally_authority *owner, const struct tally_record *record,
				     struct tally_problem *problem)
{
	enum tally_status status;

	if (owner->history.size + record->encoded.size > owner->history.capacity) {
		tally_problem_set(problem, "the log is full, even for a control record: store and trim it");
		return TALLY_FULL;
	}
	status = tally_file_write(owner->log_fd, record->encoded, owner->history.size);
	if (status == TALLY_OK && owner->is_durable && fdatasync(owner->log_fd) != 0)
		status = TALLY_SYSTEM;
	if (status != TALLY_OK) {
		status = tally_directory_fail(&owner->directory, "append to", TALLY_FILE_LOG, problem);
		store_undo(owner);
		return status;
	}
	owner->synced = owner->history.size + record->encoded.size;
	status = tally_history_apply(&owner->history, record);
	if (status != TALLY_OK)
		owner->is_stale = true; /* it is in the file: the next caller reads it */
	return status;
}

enum tally_status tally_store_append_control(struct tally_authority *owner, size_t reg, size_t content_size,
					     struct tally_problem *problem)
{
	const struct tally_register *item = &owner->registers->item[reg];
	size_t size = tally_record_size(item, content_size);
	struct tally_writer writer;
	struct tally_record record;
	enum tally_status status = tally_scratch_grow(&owner->record, size);

	if (status != TALLY_OK)
		return status;
	tally_control_record(&record, owner->history.next, item, tally_bytes(owner->content.data, content_size));
	writer = tally_writer(owner->record.data, owner->record.capacity);
	tally_cel_write(&writer, &record);
	if (writer.status != TALLY_OK)
		return writer.status;
	record.encoded = tally_written(&writer);
	return tally_store_append(owner, &record, problem);
}

/* --- reading one record back --- */

enum tally_status tally_store_read(struct tally_authority *owner, uint64_t offset, struct tally_record *ret,
				   struct tally_problem *problem)
{
	size_t wanted = FIRST_READ_SIZE;

	for (;;) {
		struct tally_cursor cursor;
		size_t got;
		enum tally_status status = tally_scratch_grow(&owner->record, wanted);

		if (status != TALLY_OK)
			return status;
		status = tally_file_read(owner->log_fd, owner->record.data, wanted, offset, &got);
		if (status != TALLY_OK)
			return tally_directory_fail(&owner->directory, "read", TALLY_FILE_LOG, problem);
		cursor = tally_cursor(tally_bytes(owner->record.data, got));
		status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, ret);
		if (status != TALLY_TRUNCATED || got < wanted)
			return status;
		wanted *= 4;
	}
}
