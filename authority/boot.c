// SPDX-License-Identifier: BSD-2-Clause
/* Boot identity: going on with a log over a kexec, moving the log of another boot aside, beginning a new one. */
#include "owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "segments.h"

#define ASIDE_NAME_LIMIT 96
#define HEADER_ROOM (64 * 1024) /* a header with TALLY_REGISTER_LIMIT registers of all banks fits */

static void boot_text(const uint8_t boot_id[TALLY_BOOT_ID_SIZE], char ret[2 * TALLY_BOOT_ID_SIZE + 1])
{
	for (size_t i = 0; i < TALLY_BOOT_ID_SIZE; i++)
		snprintf(ret + 2 * i, 3, "%02x", boot_id[i]);
}

/* --- a new log --- */

static enum tally_status append_new(struct tally_authority *owner, int fd, uint64_t *offset, size_t reg,
				    uint64_t number, const struct tally_writer *content, struct tally_problem *problem)
{
	const struct tally_register *item = &owner->registers->item[reg];
	struct tally_record record;
	struct tally_writer writer;
	enum tally_status status = content->status;

	if (status == TALLY_OK)
		status = tally_scratch_grow(&owner->record, tally_record_size(item, content->size));
	if (status != TALLY_OK)
		return status;
	tally_control_record(&record, number, item, tally_written(content));
	writer = tally_writer(owner->record.data, owner->record.capacity);
	tally_cel_write(&writer, &record);
	status = writer.status;
	if (status == TALLY_OK && tally_file_write(fd, tally_written(&writer), *offset) != TALLY_OK)
		return tally_directory_fail(&owner->directory, "write", TALLY_FILE_LOG_NEW, problem);
	*offset += writer.size;
	return status;
}

static enum tally_status write_header(struct tally_authority *owner, int fd, uint64_t *offset,
				      struct tally_problem *problem)
{
	struct tally_control_header *header = calloc(1, sizeof(*header));
	struct tally_writer writer = tally_writer(owner->content.data, owner->content.capacity);
	enum tally_status status;

	if (!header)
		return TALLY_NO_MEMORY;
	header->version = TALLY_LOG_VERSION;
	header->numbering = TALLY_NUMBERING_REGISTER;
	header->capacity = owner->capacity;
	header->registers = *owner->registers;
	memcpy(header->boot_id, owner->boot_id, sizeof(header->boot_id));
	tally_control_write_header(&writer, header);
	status = append_new(owner, fd, offset, 0, 0, &writer, problem);
	free(header);
	return status;
}

/* A base for every register that does not stand at its reset value. */
static enum tally_status write_bases(struct tally_authority *owner, int fd, uint64_t *offset, tally_deadline deadline,
				     struct tally_problem *problem)
{
	uint64_t number = 1;
	enum tally_status status = TALLY_OK;

	for (size_t reg = 0; status == TALLY_OK && reg < owner->runtime_count; reg++) {
		struct tally_control_base base = { 0 };
		struct tally_writer writer = tally_writer(owner->content.data, owner->content.capacity);
		bool is_locked;

		status = owner->provider->read(owner->instance, reg, deadline, &base.value, &is_locked, problem);
		if (status != TALLY_OK || tally_digests_equal(&base.value, &owner->registers->item[reg].reset))
			continue;
		tally_control_write_base(&writer, &base);
		status = append_new(owner, fd, offset, reg, number++, &writer, problem);
	}
	return status;
}

enum tally_status tally_boot_write_log(struct tally_authority *owner, tally_deadline deadline,
				       struct tally_problem *problem)
{
	uint64_t offset = 0;
	int fd = openat(owner->directory.fd, TALLY_FILE_LOG_NEW, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
			0640);
	enum tally_status status;

	if (fd < 0)
		return tally_directory_fail(&owner->directory, "create", TALLY_FILE_LOG_NEW, problem);
	status = tally_directory_adopt(&owner->directory, fd, 0640, problem);
	if (status == TALLY_OK)
		status = tally_scratch_grow(&owner->content, HEADER_ROOM);
	if (status == TALLY_OK)
		status = write_header(owner, fd, &offset, problem);
	if (status == TALLY_OK)
		status = write_bases(owner, fd, &offset, deadline, problem);
	if (status == TALLY_OK && owner->is_durable && fdatasync(fd) != 0)
		status = tally_directory_fail(&owner->directory, "sync", TALLY_FILE_LOG_NEW, problem);
	close(fd);
	return status;
}

enum tally_status tally_boot_copy_log(struct tally_authority *owner, struct tally_bytes records,
				      struct tally_problem *problem)
{
	int fd = openat(owner->directory.fd, TALLY_FILE_LOG_NEW, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
			0640);
	enum tally_status status;

	if (fd < 0)
		return tally_directory_fail(&owner->directory, "create", TALLY_FILE_LOG_NEW, problem);
	status = tally_directory_adopt(&owner->directory, fd, 0640, problem);
	if (status == TALLY_OK &&
	    (tally_file_write(fd, records, 0) != TALLY_OK || (owner->is_durable && fdatasync(fd) != 0)))
		status = tally_directory_fail(&owner->directory, "write", TALLY_FILE_LOG_NEW, problem);
	close(fd);
	return status;
}

enum tally_status tally_boot_rename_log(struct tally_authority *owner, struct tally_problem *problem)
{
	tally_cache_drop(owner);
	if (renameat(owner->directory.fd, TALLY_FILE_LOG_NEW, owner->directory.fd, TALLY_FILE_LOG) != 0)
		return tally_directory_fail(&owner->directory, "put in place", TALLY_FILE_LOG, problem);
	if (owner->is_durable && fsync(owner->directory.fd) != 0)
		return tally_directory_fail(&owner->directory, "sync", "", problem);
	return TALLY_OK;
}

enum tally_status tally_boot_open_log(struct tally_authority *owner, tally_deadline deadline,
				      struct tally_problem *problem)
{
	struct tally_file_facts found;

	if (tally_directory_look(&owner->directory, TALLY_FILE_LOG, &found) != 0)
		return tally_directory_fail(&owner->directory, "look at", TALLY_FILE_LOG, problem);
	return tally_owner_open_log(owner, &found, deadline, problem);
}

enum tally_status tally_boot_put_log(struct tally_authority *owner, tally_deadline deadline,
				     struct tally_problem *problem)
{
	enum tally_status status = tally_boot_rename_log(owner, problem);

	return status == TALLY_OK ? tally_boot_open_log(owner, deadline, problem) : status;
}

enum tally_status tally_boot_begin_log(struct tally_authority *owner, tally_deadline deadline,
				       struct tally_problem *problem)
{
	enum tally_status status;

	tally_cache_drop(owner);
	status = tally_slot_load(owner, problem);
	if (status == TALLY_OK && owner->slot_is_present)
		status = tally_slot_put_aside(owner, problem);
	if (status == TALLY_OK)
		status = tally_segments_move(&owner->directory, TALLY_FOLDER_SEGMENTS_LOST, problem);
	if (status == TALLY_OK)
		status = tally_boot_write_log(owner, deadline, problem);
	if (status != TALLY_OK)
		return status;
	return tally_boot_put_log(owner, deadline, problem);
}

/* --- the log of another boot --- */

/* A folder for the log of that boot: a log of the same boot that lies there already is kept too. */
static void aside_name(const struct tally_authority *owner, char ret[ASIDE_NAME_LIMIT])
{
	char boot[2 * TALLY_BOOT_ID_SIZE + 1];
	struct stat stat;

	boot_text(owner->history.boot_id, boot);
	snprintf(ret, ASIDE_NAME_LIMIT, TALLY_FOLDER_OLD "/%s", boot);
	for (unsigned copy = 1; copy < 1000; copy++) {
		char log[ASIDE_NAME_LIMIT + 8];

		snprintf(log, sizeof(log), "%s/" TALLY_FILE_LOG, ret);
		if (fstatat(owner->directory.fd, log, &stat, AT_SYMLINK_NOFOLLOW) != 0)
			return;
		snprintf(ret, ASIDE_NAME_LIMIT, TALLY_FOLDER_OLD "/%s.%u", boot, copy);
	}
}

/*
 * Intent and attached logs first: a crash between leaves a log without them, never those of another log. Who then
 * comes finds the log alone, and puts it beside what lies there.
 */
static enum tally_status move_aside(struct tally_authority *owner, struct tally_problem *problem)
{
	char folder[ASIDE_NAME_LIMIT];
	char name[ASIDE_NAME_LIMIT + 16];
	enum tally_status status = TALLY_OK;

	aside_name(owner, folder);
	if ((mkdirat(owner->directory.fd, TALLY_FOLDER_OLD, 0750) != 0 && errno != EEXIST) ||
	    (mkdirat(owner->directory.fd, folder, 0750) != 0 && errno != EEXIST))
		return tally_directory_fail(&owner->directory, "create", folder, problem);
	tally_cache_drop(owner);
	snprintf(name, sizeof(name), "%s/" TALLY_FILE_INTENT, folder);
	if (owner->slot_is_present)
		status = tally_slot_move(owner, name, problem);
	snprintf(name, sizeof(name), "%s/" TALLY_FOLDER_SEGMENTS, folder);
	if (status == TALLY_OK)
		status = tally_segments_move(&owner->directory, name, problem);
	snprintf(name, sizeof(name), "%s/" TALLY_FILE_LOG, folder);
	return status == TALLY_OK ? tally_directory_put_aside(&owner->directory, TALLY_FILE_LOG, name, problem)
				  : status;
}

/*
 * Some register with records of ours still stands where they led: the guest went on, by a kexec. One that stands
 * where a gap led shows nothing, because settling the slot may just have put it there: from the old value to
 * that of the new boot.
 */
enum tally_status tally_boot_goes_on(struct tally_authority *owner, struct tally_history *history,
				     tally_deadline deadline, bool *ret, struct tally_problem *problem)
{
	*ret = false;
	for (size_t reg = 0; reg < owner->runtime_count && !*ret; reg++) {
		struct tally_digests live;
		struct tally_digests end;
		bool is_locked;
		enum tally_status status;

		if (!history->has_events[reg] || tally_history_has_open_gap(history, reg))
			continue;
		status = owner->provider->read(owner->instance, reg, deadline, &live, &is_locked, problem);
		if (status == TALLY_OK)
			status = tally_replay_value(&history->replay, reg, &end);
		if (status != TALLY_OK)
			return status;
		*ret = tally_digests_equal(&live, &end);
	}
	return TALLY_OK;
}

static enum tally_status append_kexec(struct tally_authority *owner, struct tally_problem *problem)
{
	struct tally_control_kexec kexec;
	struct tally_writer writer;
	enum tally_status status = tally_scratch_grow(&owner->content, HEADER_ROOM);

	if (status != TALLY_OK)
		return status;
	memcpy(kexec.before, owner->history.boot_id, sizeof(kexec.before));
	memcpy(kexec.after, owner->boot_id, sizeof(kexec.after));
	writer = tally_writer(owner->content.data, owner->content.capacity);
	tally_control_write_kexec(&writer, &kexec);
	return writer.status == TALLY_OK ? tally_store_append_control(owner, 0, writer.size, problem) : writer.status;
}

enum tally_status tally_boot_check(struct tally_authority *owner, tally_deadline deadline,
				   struct tally_problem *problem)
{
	bool goes_on;
	enum tally_status status;

	if (memcmp(owner->history.boot_id, owner->boot_id, sizeof(owner->boot_id)) == 0)
		return TALLY_OK;
	status = tally_settle_slot(owner, deadline, problem);
	if (status == TALLY_OK)
		status = tally_boot_goes_on(owner, &owner->history, deadline, &goes_on, problem);
	if (status != TALLY_OK)
		return status;
	if (goes_on)
		return append_kexec(owner, problem);
	status = move_aside(owner, problem);
	return status == TALLY_OK ? tally_boot_begin_log(owner, deadline, problem) : status;
}

/* Nobody extended anything since the machine started. */
static enum tally_status registers_are_reset(struct tally_authority *owner, tally_deadline deadline, bool *ret,
					     struct tally_problem *problem)
{
	*ret = true;
	for (size_t reg = 0; reg < owner->runtime_count && *ret; reg++) {
		struct tally_digests live;
		bool is_locked;
		enum tally_status status =
			owner->provider->read(owner->instance, reg, deadline, &live, &is_locked, problem);

		if (status != TALLY_OK)
			return status;
		*ret = tally_digests_equal(&live, &owner->registers->item[reg].reset);
	}
	return TALLY_OK;
}

enum tally_status tally_boot_check_damaged(struct tally_authority *owner, tally_deadline deadline,
					   struct tally_problem *problem)
{
	struct tally_problem ignored;
	bool is_reset = false;

	/* Registers that outlive a boot need their log; and the damage may be to the boot id itself. */
	if (owner->is_durable || owner->history.size == 0 ||
	    memcmp(owner->history.boot_id, owner->boot_id, sizeof(owner->boot_id)) == 0 ||
	    registers_are_reset(owner, deadline, &is_reset, &ignored) != TALLY_OK || !is_reset)
		return TALLY_CORRUPT;
	problem->text[0] = 0;
	if (move_aside(owner, problem) != TALLY_OK)
		return TALLY_CORRUPT;
	return tally_boot_begin_log(owner, deadline, problem);
}
