// SPDX-License-Identifier: BSD-2-Clause
/* The intent slot's file: overwritten in place, cleared by truncation, never overwritten while pending. */
#include "owner.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_READ_SIZE 4096
#define SLOT_LIMIT (TALLY_CONTROL_LIMIT + 4096)

static enum tally_status slot_open(struct tally_authority *owner, struct tally_problem *problem)
{
	if (owner->intent_fd >= 0)
		return TALLY_OK;
	owner->intent_fd =
		openat(owner->directory.fd, TALLY_FILE_INTENT, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (owner->intent_fd < 0)
		return tally_directory_fail(&owner->directory, "open", TALLY_FILE_INTENT, problem);
	/* Nobody asks when it was read last; where we may not say so (EPERM), reading is only slower. */
	(void)fcntl(owner->intent_fd, F_SETFL, O_NOATIME);
	return TALLY_OK;
}

void tally_slot_close(struct tally_authority *owner)
{
	if (owner->intent_fd >= 0)
		close(owner->intent_fd);
	owner->intent_fd = -1;
}

/* The whole slot, or its first bytes if its size says that it can't be one. */
static enum tally_status slot_read(struct tally_authority *owner, struct tally_bytes *ret)
{
	struct tally_cursor cursor;
	uint64_t size;
	size_t got;
	ssize_t first;
	enum tally_status status = tally_scratch_grow(&owner->slot, FIRST_READ_SIZE);

	if (status != TALLY_OK)
		return status;
	/* One call where the slot is short, as most are: this stands in the path of every extend. */
	first = pread(owner->intent_fd, owner->slot.data, FIRST_READ_SIZE, 0);
	if (first < 0)
		return TALLY_SYSTEM;
	got = (size_t)first;
	cursor = tally_cursor(tally_bytes(owner->slot.data, got));
	size = tally_read_be64(&cursor);
	if (got != 0 && size <= SLOT_LIMIT && size + TALLY_INTENT_OVERHEAD > got) {
		size_t wanted = (size_t)size + TALLY_INTENT_OVERHEAD;

		status = tally_scratch_grow(&owner->slot, wanted);
		if (status == TALLY_OK)
			status = tally_file_read(owner->intent_fd, owner->slot.data, wanted, 0, &got);
	}
	if (status == TALLY_OK)
		*ret = tally_bytes(owner->slot.data, got);
	return status;
}

/*
 * The slot is a settled one that was seen before. Only its SHA-256 is looked
 * at: if what it covers was torn since, the slot is torn, which is as good as settled.
 */
static bool slot_is_known(const struct tally_authority *owner, struct tally_bytes bytes)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	uint64_t size = tally_read_be64(&cursor);
	struct tally_bytes sha256;

	tally_read_bytes(&cursor, TALLY_HEAD_SIZE);
	tally_read_bytes(&cursor, size);
	sha256 = tally_read_bytes(&cursor, TALLY_SLOT_SHA256_SIZE);
	return sha256.size != 0 && owner->history.slot.is_placed && !tally_history_pending(&owner->history) &&
	       memcmp(sha256.data, owner->history.slot.attempt.slot, TALLY_SLOT_SHA256_SIZE) == 0;
}

enum tally_status tally_slot_load(struct tally_authority *owner, struct tally_problem *problem)
{
	struct tally_bytes bytes = { NULL, 0 };
	enum tally_status status = slot_open(owner, problem);

	if (status != TALLY_OK)
		return status;
	status = slot_read(owner, &bytes);
	if (status == TALLY_SYSTEM)
		return tally_directory_fail(&owner->directory, "read", TALLY_FILE_INTENT, problem);
	if (status != TALLY_OK)
		return status;
	owner->slot_is_present = bytes.size != 0;
	if (bytes.size == 0)
		return tally_history_see_slot(&owner->history, NULL);
	if (slot_is_known(owner, bytes))
		return TALLY_OK;
	status = tally_intent_read(bytes, &owner->intent);
	if (status == TALLY_CRYPTO)
		return status;
	return tally_history_see_slot(&owner->history, status == TALLY_OK ? &owner->intent : NULL);
}

/* What tally_intent_read would find in a slot that was just built around the record, without hashing it again. */
static void slot_as_written(struct tally_bytes slot, const struct tally_record *record, struct tally_intent *ret)
{
	struct tally_cursor cursor = tally_cursor(slot);
	uint64_t size = tally_read_be64(&cursor);

	ret->head = tally_read_bytes(&cursor, TALLY_HEAD_SIZE).data;
	ret->record = *record;
	tally_record_move(&ret->record, tally_read_bytes(&cursor, size));
	ret->sha256 = tally_read_bytes(&cursor, TALLY_SLOT_SHA256_SIZE).data;
	assert(tally_cursor_end(&cursor) == TALLY_OK);
}

enum tally_status tally_slot_write(struct tally_authority *owner, const struct tally_record *record,
				   struct tally_problem *problem)
{
	struct tally_writer writer;
	enum tally_status status = tally_scratch_grow(&owner->slot, record->encoded.size + TALLY_INTENT_OVERHEAD);

	if (status != TALLY_OK)
		return status;
	writer = tally_writer(owner->slot.data, owner->slot.capacity);
	status = tally_intent_write(&writer, owner->history.head, record->encoded);
	if (status != TALLY_OK)
		return status;
	slot_as_written(tally_written(&writer), record, &owner->intent);
	status = tally_file_write(owner->intent_fd, tally_written(&writer), 0);
	if (status == TALLY_OK && owner->is_durable && fdatasync(owner->intent_fd) != 0)
		status = TALLY_SYSTEM;
	if (status != TALLY_OK) {
		status = tally_directory_fail(&owner->directory, "write", TALLY_FILE_INTENT, problem);
		owner->is_stale = true; /* what the file holds now is for the next caller to find out */
		return status;
	}
	owner->slot_is_present = true;
	status = tally_history_see_slot(&owner->history, &owner->intent);
	if (status == TALLY_OK)
		status = tally_history_place_slot(&owner->history);
	if (status != TALLY_OK)
		owner->is_stale = true;
	return status;
}

enum tally_status tally_slot_clear(struct tally_authority *owner, struct tally_problem *problem)
{
	if (ftruncate(owner->intent_fd, 0) != 0 || (owner->is_durable && fdatasync(owner->intent_fd) != 0))
		return tally_directory_fail(&owner->directory, "clear", TALLY_FILE_INTENT, problem);
	owner->slot_is_present = false;
	return tally_history_see_slot(&owner->history, NULL);
}

enum tally_status tally_slot_move(struct tally_authority *owner, const char *to, struct tally_problem *problem)
{
	enum tally_status status = tally_directory_put_aside(&owner->directory, TALLY_FILE_INTENT, to, problem);

	if (status != TALLY_OK)
		return status;
	tally_slot_close(owner);
	return tally_slot_load(owner, problem);
}

enum tally_status tally_slot_put_aside(struct tally_authority *owner, struct tally_problem *problem)
{
	char name[64];
	enum tally_status status;

	snprintf(name, sizeof(name), TALLY_FILE_INTENT ".foreign.%llu", (unsigned long long)owner->history.slot.number);
	status = tally_slot_move(owner, name, problem);
	/* The new slot's name: where registers outlive the boot, what is written to it must be found again. */
	if (status == TALLY_OK && owner->is_durable && fsync(owner->directory.fd) != 0)
		return tally_directory_fail(&owner->directory, "sync", "", problem);
	return status;
}
