// SPDX-License-Identifier: BSD-2-Clause
/* Trim: old records are handed out, and a record takes their place that the registers pin. */
#include "owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- before anything is changed --- */

static bool must_pin(const struct tally_history *history, size_t reg)
{
	return history->has_events[reg] || tally_history_has_open_gap(history, reg);
}

static enum tally_status trim_check(struct tally_authority *owner, int fd, struct tally_problem *problem)
{
	struct stat stat;

	if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) {
		tally_problem_set(problem, "records are handed out into a regular file, which can be synced");
		return TALLY_INVALID;
	}
	for (size_t reg = 0; reg < owner->runtime_count; reg++) {
		struct tally_digests value;
		bool is_locked;
		enum tally_status status =
			owner->provider->read(owner->instance, reg, tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS),
					      &value, &is_locked, problem);

		if (status != TALLY_OK)
			return status;
		if (is_locked && must_pin(&owner->history, reg)) {
			tally_problem_set(problem,
					  "%s is locked, so what would be trimmed can't be pinned in it: nothing was "
					  "changed; the log can't be trimmed in this boot",
					  owner->registers->item[reg].name);
			return TALLY_LOCKED;
		}
	}
	return TALLY_OK;
}

static bool has_events(const struct tally_authority *owner)
{
	for (size_t reg = 0; reg < owner->runtime_count; reg++)
		if (owner->history.has_events[reg])
			return true;
	return false;
}

/*
 * Gaps go out with their pins: a pin behind the trim that began where the gap did would name a value that the part
 * that stays does not show, and one that began with the trim would leave the gap without a pin.
 */
static enum tally_status pin_gaps(struct tally_authority *owner, tally_deadline deadline, struct tally_problem *problem)
{
	enum tally_status status = TALLY_OK;

	for (size_t reg = 0; status == TALLY_OK && reg < owner->runtime_count; reg++)
		if (tally_history_has_open_gap(&owner->history, reg))
			status = tally_pin_jumps(owner, reg, deadline, problem);
	if (status == TALLY_TRY_AGAIN)
		tally_problem_set(problem, "a register with a gap could not be pinned: nothing was trimmed, try again");
	return status;
}

/* --- handing out --- */

static enum tally_status hand_out(int fd, struct tally_bytes records, struct tally_problem *problem)
{
	if (tally_file_write(fd, records, 0) == TALLY_OK && ftruncate(fd, (off_t)records.size) == 0 && fsync(fd) == 0)
		return TALLY_OK;
	tally_problem_set(problem, "the records can't be stored: %s; nothing was trimmed", strerror(errno));
	return TALLY_SYSTEM;
}

/* --- the record --- */

static void trim_header(const struct tally_authority *owner, struct tally_control_header *header)
{
	header->version = TALLY_LOG_VERSION;
	header->numbering = TALLY_NUMBERING_REGISTER;
	header->capacity = owner->history.capacity;
	header->registers = *owner->registers;
	memcpy(header->boot_id, owner->history.boot_id, sizeof(header->boot_id));
}

static enum tally_status trim_fill(struct tally_authority *owner, struct tally_control_trim *trim)
{
	enum tally_status status = TALLY_OK;

	trim_header(owner, &trim->header);
	memcpy(trim->head, owner->history.head, sizeof(trim->head));
	for (size_t reg = 0; status == TALLY_OK && reg < owner->runtime_count; reg++)
		status = tally_replay_value(&owner->history.replay, reg, &trim->value[reg]);
	return status;
}

static enum tally_status append_trim(struct tally_authority *owner, struct tally_bytes once_list_digest,
				     struct tally_problem *problem)
{
	struct tally_control_trim *trim = calloc(1, sizeof(*trim));
	struct tally_writer writer = tally_writer(NULL, 0);
	enum tally_status status = trim ? trim_fill(owner, trim) : TALLY_NO_MEMORY;

	if (status == TALLY_OK) {
		trim->once_list_digest = once_list_digest;
		tally_control_write_trim(&writer, trim);
		status = writer.status == TALLY_NO_SPACE ? tally_scratch_grow(&owner->content, writer.size)
							 : writer.status;
	}
	if (status == TALLY_OK) {
		writer = tally_writer(owner->content.data, owner->content.capacity);
		tally_control_write_trim(&writer, trim);
		status = writer.status;
	}
	free(trim);
	return status == TALLY_OK ? tally_store_append_control(owner, 0, writer.size, problem) : status;
}

/* Each register that lost events is extended with a pin. The others are pinned by their next event. */
static enum tally_status pin_all(struct tally_authority *owner, tally_deadline deadline, struct tally_problem *problem)
{
	enum tally_status status = TALLY_OK;

	for (size_t reg = 0; status == TALLY_OK && reg < owner->runtime_count; reg++)
		if (owner->history.has_events[reg] && owner->history.jump[reg].is_open)
			status = tally_pin_jumps(owner, reg, deadline, problem);
	if (status == TALLY_TRY_AGAIN)
		tally_problem_set(problem, "the trim stands in the log, but a register could not be pinned: no record "
					   "was taken out of the log; trim it again");
	return status;
}

/* --- the file --- */

/* The whole log; unmapped by the caller, history.size bytes. */
static enum tally_status map_log(struct tally_authority *owner, void **ret, struct tally_problem *problem)
{
	*ret = mmap(NULL, (size_t)owner->history.size, PROT_READ, MAP_PRIVATE, owner->log_fd, 0);
	if (*ret == MAP_FAILED)
		return tally_directory_fail(&owner->directory, "map", TALLY_FILE_LOG, problem);
	return TALLY_OK;
}

static enum tally_status replace_log(struct tally_authority *owner, uint64_t from, tally_deadline deadline,
				     struct tally_problem *problem)
{
	size_t size = (size_t)owner->history.size;
	void *log;
	enum tally_status status = map_log(owner, &log, problem);

	if (status != TALLY_OK)
		return status;
	status = tally_boot_copy_log(owner, tally_bytes((uint8_t *)log + from, size - (size_t)from), problem);
	munmap(log, size);
	return status == TALLY_OK ? tally_boot_put_log(owner, deadline, problem) : status;
}

/* --- the whole --- */

static enum tally_status trim_held(struct tally_authority *owner, int fd, tally_deadline deadline,
				   struct tally_trim_result *ret, struct tally_problem *problem)
{
	uint64_t from = owner->history.size;
	uint64_t number = owner->history.next;
	uint8_t digest[TALLY_HEAD_SIZE];
	struct tally_bytes records;
	size_t digest_size;
	void *mapping;
	enum tally_status status;

	status = map_log(owner, &mapping, problem);
	if (status != TALLY_OK)
		return status;
	records = tally_bytes(mapping, (size_t)from);
	status = hand_out(fd, records, problem);
	if (status == TALLY_OK) {
		ret->first = owner->history.first_number;
		ret->next = number;
		ret->size = from;
	}
	if (status == TALLY_OK)
		status = tally_once_store(owner, number, records, digest, &digest_size, problem);
	munmap(mapping, (size_t)from);
	if (status == TALLY_OK)
		status = append_trim(owner, tally_bytes(digest, digest_size), problem);
	if (status == TALLY_OK)
		status = pin_all(owner, deadline, problem);
	if (status == TALLY_OK)
		status = replace_log(owner, from, deadline, problem);
	if (status == TALLY_OK)
		tally_once_remove_others(owner, number);
	return status;
}

enum tally_status tally_authority_trim(struct tally_authority *owner, int fd, tally_deadline deadline,
				       struct tally_trim_result *ret, struct tally_problem *problem)
{
	enum tally_status status;

	memset(ret, 0, sizeof(*ret));
	if (deadline == 0)
		deadline = tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS);
	problem->text[0] = 0;
	status = tally_owner_begin(owner, deadline, problem);
	if (status != TALLY_OK)
		return status;
	status = tally_owner_settle_all(owner, deadline, problem);
	if (status == TALLY_OK && !has_events(owner)) {
		tally_problem_set(problem, "there is nothing to trim: the log has no events");
		status = TALLY_NOT_FOUND;
	}
	if (status == TALLY_OK)
		status = trim_check(owner, fd, problem);
	if (status == TALLY_OK)
		status = pin_gaps(owner, deadline, problem);
	/* A slot of a record that is handed out would be of no log any more. */
	if (status == TALLY_OK && owner->slot_is_present)
		status = tally_slot_clear(owner, problem);
	if (status == TALLY_OK)
		status = trim_held(owner, fd, deadline, ret, problem);
	tally_owner_end(owner);
	return status;
}
