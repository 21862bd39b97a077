// SPDX-License-Identifier: BSD-2-Clause
/* Recovery of a damaged log: the file is kept, what can be read goes on, and a gap says that records were lost. */
#include "owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../format/event.h"

#define COPY_LIMIT 1000
#define GAP_ROOM 4096

/*
 * A changed event still reads: its register has another value, or its content says something else than its digest. No
 * verifier would take the log with it again, whatever gap stands behind it.
 */
static enum tally_status check_event(const struct tally_record *record)
{
	struct tally_event event;
	bool is_authentic;
	enum tally_status status;

	if (record->event_type != TALLY_EV_EVENT_TAG || tally_event_read(record->content, &event) != TALLY_OK ||
	    tally_bytes_equal(event.type, tally_text(TALLY_EVENT_TYPE_DIGEST_ONLY)))
		return TALLY_OK;
	status = tally_event_is_authentic(record, &is_authentic);
	return status == TALLY_OK && !is_authentic ? TALLY_CHECKSUM : status;
}

/* The records that are whole, one after the other; the slot is left out, because it may be what disagrees. */
static enum tally_status apply_readable(struct tally_authority *owner, struct tally_bytes file,
					struct tally_problem *problem)
{
	struct tally_cursor cursor = tally_cursor(file);
	enum tally_status status = TALLY_OK;

	memset(&owner->history.slot, 0, sizeof(owner->history.slot));
	tally_history_restart(&owner->history);
	while (status == TALLY_OK && !tally_cursor_is_done(&cursor)) {
		struct tally_record record;

		status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);
		if (status == TALLY_OK)
			status = check_event(&record);
		if (status == TALLY_OK)
			status = tally_store_apply(owner, &record, problem);
	}
	return tally_store_is_failure(status) ? status : TALLY_OK;
}

/* Another name for the file that nothing will write to any more: log.new takes its place by a rename. */
static enum tally_status keep_file(struct tally_authority *owner, char name[TALLY_KEPT_NAME_SIZE],
				   struct tally_problem *problem)
{
	int failed = -1;

	if (mkdirat(owner->directory.fd, TALLY_FOLDER_OLD, 0750) != 0 && errno != EEXIST)
		return tally_directory_fail(&owner->directory, "create", TALLY_FOLDER_OLD, problem);
	for (unsigned copy = 0; failed && copy < COPY_LIMIT; copy++) {
		snprintf(name, TALLY_KEPT_NAME_SIZE, TALLY_FOLDER_OLD "/" TALLY_FILE_LOG ".damaged.%u", copy);
		failed = linkat(owner->directory.fd, TALLY_FILE_LOG, owner->directory.fd, name, 0);
		if (failed && errno != EEXIST)
			break;
	}
	return failed ? tally_directory_fail(&owner->directory, "keep", name, problem) : TALLY_OK;
}

/* --- the new log --- */

enum tally_status tally_recover_open_new(struct tally_authority *owner, struct tally_problem *problem)
{
	struct stat stat;
	int fd = openat(owner->directory.fd, TALLY_FILE_LOG_NEW, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || fstat(fd, &stat) != 0) {
		enum tally_status status = tally_directory_fail(&owner->directory, "open", TALLY_FILE_LOG_NEW, problem);

		if (fd >= 0)
			close(fd);
		return status;
	}
	if (owner->log_fd >= 0)
		close(owner->log_fd);
	owner->log_fd = fd;
	owner->room = 0;
	memset(&owner->history.slot, 0, sizeof(owner->history.slot));
	tally_history_restart(&owner->history);
	return tally_store_catch_up(owner, (uint64_t)stat.st_size, problem);
}

static enum tally_status append_gap(struct tally_authority *owner, size_t reg, const struct tally_digests *from,
				    const struct tally_digests *to, const uint8_t damage[TALLY_HEAD_SIZE],
				    struct tally_problem *problem)
{
	struct tally_control_gap gap = { .from = *from, .to = *to, .has_damage = true };
	struct tally_writer writer;
	enum tally_status status = tally_scratch_grow(&owner->content, GAP_ROOM);

	if (status != TALLY_OK)
		return status;
	memcpy(gap.damage, damage, sizeof(gap.damage));
	writer = tally_writer(owner->content.data, owner->content.capacity);
	tally_control_write_gap(&writer, &gap);
	return writer.status == TALLY_OK ? tally_store_append_control(owner, reg, writer.size, problem) : writer.status;
}

enum tally_status tally_recover_append_gaps(struct tally_authority *owner, const uint8_t damage[TALLY_HEAD_SIZE],
					    tally_deadline deadline, uint64_t *ret_count, struct tally_problem *problem)
{
	enum tally_status status = TALLY_OK;

	*ret_count = 0;
	for (size_t reg = 0; status == TALLY_OK && reg < owner->runtime_count; reg++) {
		struct tally_digests live, value;
		bool is_locked;

		status = owner->provider->read(owner->instance, reg, deadline, &live, &is_locked, problem);
		if (status == TALLY_OK)
			status = tally_replay_value(&owner->history.replay, reg, &value);
		if (status != TALLY_OK || tally_digests_equal(&live, &value))
			continue;
		status = append_gap(owner, reg, &value, &live, damage, problem);
		(*ret_count)++;
	}
	return status;
}

/* Where what is left explains every register, a gap that only says what happened. */
static enum tally_status append_gaps(struct tally_authority *owner, const uint8_t damage[TALLY_HEAD_SIZE],
				     tally_deadline deadline, uint64_t *ret_count, struct tally_problem *problem)
{
	struct tally_digests first;
	enum tally_status status = tally_recover_append_gaps(owner, damage, deadline, ret_count, problem);

	if (status == TALLY_OK && *ret_count == 0)
		status = tally_replay_value(&owner->history.replay, 0, &first);
	return status == TALLY_OK && *ret_count == 0 ? append_gap(owner, 0, &first, &first, damage, problem) : status;
}

static enum tally_status write_new(struct tally_authority *owner, struct tally_bytes readable,
				   const uint8_t damage[TALLY_HEAD_SIZE], tally_deadline deadline, uint64_t *ret_count,
				   struct tally_problem *problem)
{
	enum tally_status status = readable.size ? tally_boot_copy_log(owner, readable, problem)
						 : tally_boot_write_log(owner, deadline, problem);

	if (status == TALLY_OK)
		status = tally_recover_open_new(owner, problem);
	return status == TALLY_OK ? append_gaps(owner, damage, deadline, ret_count, problem) : status;
}

/* --- the whole --- */

static enum tally_status recover_held(struct tally_authority *owner, struct tally_bytes file, tally_deadline deadline,
				      struct tally_recovery *ret, struct tally_problem *problem)
{
	uint8_t damage[TALLY_HEAD_SIZE];
	struct tally_hash_job job = { .alg = TALLY_SHA384, .ret_digest = damage };
	struct tally_bytes readable;
	struct tally_digests live;
	bool is_locked;
	enum tally_status status = apply_readable(owner, file, problem);

	for (size_t reg = 0; status == TALLY_OK && reg < owner->runtime_count; reg++)
		status = owner->provider->read(owner->instance, reg, deadline, &live, &is_locked, problem);
	if (status != TALLY_OK)
		return status;
	readable = tally_bytes(file.data, (size_t)owner->history.size);
	ret->record_count = owner->history.size ? owner->history.next - owner->history.first_number : 0;
	ret->lost_size = file.size - readable.size;
	job.parts[0] = tally_bytes(file.data + readable.size, (size_t)ret->lost_size);
	status = tally_env_hash(&job, 1);
	if (status == TALLY_OK)
		status = keep_file(owner, ret->kept, problem);
	if (status == TALLY_OK)
		status = write_new(owner, readable, damage, deadline, &ret->gap_count, problem);
	if (status == TALLY_OK)
		status = tally_boot_rename_log(owner, problem);
	/* Only now: a slot that contradicts the damaged log shows the damage for as long as that is there. */
	if (status == TALLY_OK)
		status = tally_slot_load(owner, problem);
	if (status == TALLY_OK && owner->slot_is_present)
		status = tally_slot_put_aside(owner, problem);
	return status == TALLY_OK ? tally_boot_open_log(owner, deadline, problem) : status;
}

enum tally_status tally_authority_recover(const struct tally_authority_options *options, struct tally_recovery *ret,
					  struct tally_problem *problem)
{
	tally_deadline deadline = tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS);
	struct tally_authority *owner = NULL;
	struct tally_log_view view = { 0 };
	char path[PATH_MAX + sizeof("/" TALLY_FILE_LOG)];
	enum tally_status status = tally_owner_prepare(options, &owner, problem);

	memset(ret, 0, sizeof(*ret));
	if (status != TALLY_OK)
		return status;
	status = tally_owner_begin_damaged(owner, deadline, problem);
	if (status == TALLY_OK) {
		tally_owner_end(owner);
		tally_problem_set(problem, "the log is not damaged: there is nothing to recover");
		status = TALLY_NOT_FOUND;
	} else if (status == TALLY_CORRUPT) {
		problem->text[0] = 0;
		snprintf(path, sizeof(path), "%s/" TALLY_FILE_LOG, owner->directory.path);
		status = tally_log_view_open(path, &view, problem);
		if (status == TALLY_OK)
			status = recover_held(owner, view.bytes, deadline, ret, problem);
		tally_owner_end(owner);
	}
	tally_log_view_done(&view);
	tally_authority_close(owner);
	return status;
}
