// SPDX-License-Identifier: BSD-2-Clause
/* Opening and closing an authority, and what every operation under the lock begins and ends with. */
#include "owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../provider/forks.h"

#define NANOSECONDS 1000000000ULL

/* --- choosing --- */

static enum tally_status owner_provider(struct tally_authority *owner, const struct tally_authority_options *options,
					struct tally_problem *problem)
{
	if (!options->provider) {
		owner->provider = tally_provider_choose(problem);
		return owner->provider ? TALLY_OK : TALLY_UNAVAILABLE;
	}
	owner->provider = tally_provider_find(options->provider);
	if (!owner->provider) {
		tally_problem_set(problem, "there is no provider `%s` in this build: run `tally doctor`",
				  options->provider);
		return TALLY_UNAVAILABLE;
	}
	return TALLY_OK;
}

/* A hardware provider has exactly one directory: two would be two owners. */
static enum tally_status owner_directory(const struct tally_authority *owner,
					 const struct tally_authority_options *options, char path[PATH_MAX],
					 struct tally_problem *problem)
{
	size_t size;

	if (!options->directory)
		return tally_provider_directory(owner->provider->name, path, PATH_MAX, problem);
	if (strcmp(owner->provider->name, "soft") != 0) {
		tally_problem_set(problem, "a directory can be chosen for the provider soft only: %s has exactly one",
				  owner->provider->name);
		return TALLY_INVALID;
	}
	size = strlen(options->directory);
	if (size >= PATH_MAX) {
		tally_problem_set(problem, "the directory's path is too long");
		return TALLY_INVALID;
	}
	memcpy(path, options->directory, size + 1);
	return TALLY_OK;
}

/* --- under the lock --- */

/* And the slot: who took the log away, or replaced it, may have put that aside too. */
static void log_close(struct tally_authority *owner)
{
	tally_slot_close(owner);
	if (owner->log_fd >= 0)
		close(owner->log_fd);
	owner->log_fd = -1;
	owner->room = 0;
	owner->synced = 0;
}

static bool log_is_open(const struct tally_authority *owner, const struct tally_file_facts *found)
{
	return owner->log_fd >= 0 && !owner->is_stale && owner->log_device == found->device &&
	       owner->log_inode == found->inode;
}

static enum tally_status log_open(struct tally_authority *owner, const struct tally_file_facts *found,
				  struct tally_problem *problem)
{
	enum tally_status status;

	log_close(owner);
	owner->log_fd = openat(owner->directory.fd, TALLY_FILE_LOG, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (owner->log_fd < 0)
		return tally_directory_fail(&owner->directory, "open", TALLY_FILE_LOG, problem);
	owner->log_device = found->device;
	owner->log_inode = found->inode;
	owner->is_stale = false;
	memset(&owner->history.slot, 0, sizeof(owner->history.slot));
	tally_history_restart(&owner->history);
	status = tally_cache_load(owner);
	if (status == TALLY_OK && owner->history.size > found->size) {
		/* The cache reached the disk and the log did not: what the log lacks, others will tell. */
		tally_cache_drop(owner);
		memset(&owner->history.slot, 0, sizeof(owner->history.slot));
		tally_history_restart(&owner->history);
	}
	return status;
}

static enum tally_status slot_is_unknown(const struct tally_authority *owner, struct tally_problem *problem)
{
	tally_problem_set(
		problem,
		"%s/%s is whole and names a register or banks that this log does not have, so that nobody can "
		"settle it; nothing was changed and extends are refused: run `tally doctor`, and restore the "
		"file, or move it away if you know where it came from",
		owner->directory.path, TALLY_FILE_INTENT);
	return TALLY_CORRUPT;
}

static enum tally_status log_changed(const struct tally_authority *owner, const char *how,
				     struct tally_problem *problem)
{
	tally_problem_set(problem,
			  "%s/%s is damaged: %s; nothing was changed and extends are refused: run `tally doctor`, then "
			  "`tally log recover` to go on without what was lost",
			  owner->directory.path, TALLY_FILE_LOG, how);
	return TALLY_CORRUPT;
}

/*
 * A slot that is not of this log is put aside. But none is ever left behind
 * when a log is begun, so a head that differs within the log means that
 * records were changed, and a slot beyond its end, while the registers hold
 * more than the log, that records were lost. One that names what this log does
 * not have may be pending all the same: it is never overwritten.
 */
static enum tally_status owner_foreign_slot(struct tally_authority *owner, tally_deadline deadline,
					    struct tally_problem *problem)
{
	if (owner->history.slot.is_unknown && owner->history.slot.is_foreign)
		return slot_is_unknown(owner, problem);
	if (owner->history.slot.is_foreign)
		return log_changed(owner, "records before the newest were changed", problem);
	for (size_t reg = 0; reg < owner->runtime_count; reg++) {
		struct tally_digests live;
		struct tally_digests old;
		bool is_locked;
		enum tally_status status =
			owner->provider->read(owner->instance, reg, deadline, &live, &is_locked, problem);

		if (status == TALLY_OK)
			status = tally_replay_value(&owner->history.replay, reg, &old);
		if (status != TALLY_OK)
			return status;
		if (!tally_digests_equal(&live, &old))
			return log_changed(owner, "records at its end were lost", problem);
	}
	return tally_slot_put_aside(owner, problem);
}

static enum tally_status owner_catch_up(struct tally_authority *owner, uint64_t size, tally_deadline deadline,
					struct tally_problem *problem)
{
	enum tally_status status = tally_slot_load(owner, problem);

	if (status == TALLY_OK && tally_history_must_restart(&owner->history)) {
		tally_cache_drop(owner);
		tally_history_restart(&owner->history);
	}
	if (status == TALLY_OK)
		status = tally_store_catch_up(owner, size, problem);
	if (status == TALLY_OK)
		status = tally_history_place_slot(&owner->history);
	if (status == TALLY_OK &&
	    tally_history_slot_class(&owner->history, owner->slot_is_present) == TALLY_SLOT_FOREIGN)
		status = owner_foreign_slot(owner, deadline, problem);
	return status;
}

enum tally_status tally_owner_open_log(struct tally_authority *owner, const struct tally_file_facts *found,
				       tally_deadline deadline, struct tally_problem *problem)
{
	enum tally_status status = log_open(owner, found, problem);

	return status == TALLY_OK ? owner_catch_up(owner, found->size, deadline, problem) : status;
}

static enum tally_status owner_refresh(struct tally_authority *owner, tally_deadline deadline,
				       struct tally_problem *problem)
{
	struct tally_file_facts found;
	bool is_opened = false;
	enum tally_status status = TALLY_OK;

	if (tally_directory_look(&owner->directory, TALLY_FILE_LOG, &found) != 0) {
		if (errno != ENOENT)
			return tally_directory_fail(&owner->directory, "look at", TALLY_FILE_LOG, problem);
		log_close(owner);
		return tally_boot_begin_log(owner, deadline, problem);
	}
	if (!log_is_open(owner, &found)) {
		status = log_open(owner, &found, problem);
		is_opened = true;
	}
	owner->room = found.room; /* another process may have cut a tail, and room with it */
	if (status == TALLY_OK)
		status = owner_catch_up(owner, found.size, deadline, problem);
	if (status == TALLY_OK && is_opened)
		status = tally_boot_check(owner, deadline, problem);
	else if (status == TALLY_CORRUPT && is_opened)
		status = tally_boot_check_damaged(owner, deadline, problem);
	if (status != TALLY_OK)
		owner->is_stale = true;
	return status;
}

enum tally_status tally_owner_enter(struct tally_authority *owner, tally_deadline deadline,
				    struct tally_problem *problem)
{
	const struct timespec until = { (time_t)(deadline / NANOSECONDS), (long)(deadline % NANOSECONDS) };

	/* Asked first: a child may have inherited the mutex locked, by a thread that it does not have. */
	if (owner->forks != tally_forks()) {
		tally_problem_set(problem, "opened by the parent process: open it again after a fork");
		return TALLY_INVALID;
	}
	if (pthread_mutex_clocklock(&owner->mutex, CLOCK_MONOTONIC, &until) == 0)
		return TALLY_OK;
	tally_problem_set(problem, "another thread of this process uses the authority: try again later");
	return TALLY_DEADLINE;
}

void tally_owner_leave(struct tally_authority *owner)
{
	pthread_mutex_unlock(&owner->mutex);
}

enum tally_status tally_owner_begin_damaged(struct tally_authority *owner, tally_deadline deadline,
					    struct tally_problem *problem)
{
	enum tally_status status;

	if (owner->is_reader) {
		tally_problem_set(problem, "opened for reading only");
		return TALLY_INVALID;
	}
	status = tally_owner_enter(owner, deadline, problem);
	if (status != TALLY_OK)
		return status;
	status = tally_directory_lock(&owner->directory, deadline, &owner->lock, problem);
	if (status != TALLY_OK) {
		tally_owner_leave(owner);
		return status;
	}
	status = owner_refresh(owner, deadline, problem);
	if (status != TALLY_OK && status != TALLY_CORRUPT)
		tally_owner_end(owner);
	return status;
}

enum tally_status tally_owner_begin(struct tally_authority *owner, tally_deadline deadline,
				    struct tally_problem *problem)
{
	enum tally_status status = tally_owner_begin_damaged(owner, deadline, problem);

	if (status == TALLY_CORRUPT)
		tally_owner_end(owner);
	return status;
}

void tally_owner_end(struct tally_authority *owner)
{
	tally_cache_update(owner);
	tally_directory_unlock(owner->lock);
	tally_owner_leave(owner);
}

/* --- opening --- */

static enum tally_status owner_open(struct tally_authority *owner, const struct tally_authority_options *options,
				    struct tally_problem *problem)
{
	struct tally_provider_options provider_options = options->provider_options;
	char path[PATH_MAX];
	enum tally_status status = owner_provider(owner, options, problem);

	if (status == TALLY_OK)
		status = owner_directory(owner, options, path, problem);
	if (status == TALLY_OK)
		status = tally_directory_open(&owner->directory, path, !options->is_reader, problem);
	if (status != TALLY_OK)
		return status;
	provider_options.directory = owner->directory.path;
	provider_options.is_reader = options->is_reader;
	status = owner->provider->open(&provider_options, &owner->instance, problem);
	if (status != TALLY_OK)
		return status;
	owner->registers = owner->provider->registers(owner->instance);
	owner->runtime_count = tally_registers_runtime_count(owner->registers);
	owner->is_durable = owner->provider->is_durable(owner->instance);
	tally_history_init(&owner->history, owner->registers);
	return owner->provider->boot_id(owner->instance, owner->boot_id, problem);
}

enum tally_status tally_owner_prepare(const struct tally_authority_options *options, struct tally_authority **ret,
				      struct tally_problem *problem)
{
	struct tally_authority *owner = calloc(1, sizeof(*owner));
	enum tally_status status;

	problem->text[0] = 0;
	if (!owner)
		return TALLY_NO_MEMORY;
	owner->directory.fd = -1;
	owner->log_fd = -1;
	owner->intent_fd = -1;
	owner->forks = tally_forks();
	snprintf(owner->self, sizeof(owner->self), "%u:%u", (unsigned)getuid(), (unsigned)getgid());
	owner->is_reader = options->is_reader;
	owner->capacity = options->capacity ? options->capacity : TALLY_CAPACITY_DEFAULT;
	tally_cache_init(&owner->cache);
	pthread_mutex_init(&owner->mutex, NULL);
	tally_signers_init(&owner->signers, options->report_limit, &options->provider_options);
	status = owner_open(owner, options, problem);
	if (status != TALLY_OK) {
		tally_authority_close(owner);
		return status;
	}
	*ret = owner;
	return TALLY_OK;
}

static enum tally_status owner_settle_slot(struct tally_authority *owner, struct tally_problem *problem)
{
	enum tally_status status =
		tally_owner_begin(owner, tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS), problem);

	if (status != TALLY_OK)
		return status;
	status = tally_settle_slot(owner, tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS), problem);
	tally_owner_end(owner);
	/* What can't be settled now is settled by the next extend, or stops it: reading goes on either way. */
	return status == TALLY_TRY_AGAIN ? TALLY_OK : status;
}

enum tally_status tally_authority_open(const struct tally_authority_options *options, struct tally_authority **ret,
				       struct tally_problem *problem)
{
	struct tally_authority *owner = NULL;
	enum tally_status status = tally_owner_prepare(options, &owner, problem);

	if (status == TALLY_OK && !owner->is_reader)
		status = owner_settle_slot(owner, problem);
	if (status != TALLY_OK) {
		tally_authority_close(owner);
		return status;
	}
	*ret = owner;
	return TALLY_OK;
}

void tally_authority_close(struct tally_authority *owner)
{
	if (!owner)
		return;
	tally_signers_done(&owner->signers, owner->provider);
	if (owner->instance)
		owner->provider->close(owner->instance);
	log_close(owner);
	tally_cache_close(&owner->cache);
	tally_history_done(&owner->history);
	tally_directory_close(&owner->directory);
	free(owner->slot.data);
	free(owner->record.data);
	free(owner->content.data);
	pthread_mutex_destroy(&owner->mutex);
	free(owner);
}

const struct tally_provider *tally_authority_provider(const struct tally_authority *owner)
{
	return owner->provider;
}

void *tally_authority_provider_instance(struct tally_authority *owner)
{
	return owner->instance;
}

const struct tally_register_set *tally_authority_registers(const struct tally_authority *owner)
{
	return owner->registers;
}

const char *tally_authority_directory(const struct tally_authority *owner)
{
	return owner->directory.path;
}

/* --- registers --- */

static enum tally_status check_register(const struct tally_authority *owner, size_t reg, struct tally_problem *problem)
{
	if (reg < owner->registers->count)
		return TALLY_OK;
	tally_problem_set(problem, "there is no such register");
	return TALLY_UNKNOWN_REGISTER;
}

enum tally_status tally_authority_read(struct tally_authority *owner, size_t reg, struct tally_digests *ret_value,
				       bool *ret_is_locked, struct tally_problem *problem)
{
	tally_deadline deadline = tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS);
	enum tally_status status = check_register(owner, reg, problem);

	if (status == TALLY_OK)
		status = tally_owner_enter(owner, deadline, problem);
	if (status != TALLY_OK)
		return status;
	status = owner->provider->read(owner->instance, reg, deadline, ret_value, ret_is_locked, problem);
	tally_owner_leave(owner);
	return status;
}

static enum tally_status lock_held(struct tally_authority *owner, size_t reg, tally_deadline deadline,
				   struct tally_problem *problem)
{
	enum tally_settle_decision decision;
	bool is_locked = false;
	enum tally_status status = tally_settle_slot(owner, deadline, problem);

	if (status == TALLY_OK)
		status = tally_settle_register(owner, reg, false, deadline, &decision, &is_locked, problem);
	if (status == TALLY_OK && is_locked) {
		tally_problem_set(problem, "%s is locked already", owner->registers->item[reg].name);
		return TALLY_LOCKED;
	}
	if (status == TALLY_OK && (decision == TALLY_SETTLE_TRY_AGAIN || owner->history.jump[reg].is_open)) {
		tally_problem_set(problem,
				  "%s holds something that the log does not explain yet: extend an event first, which "
				  "pins it, because a locked register can't be pinned any more",
				  owner->registers->item[reg].name);
		return TALLY_TRY_AGAIN;
	}
	return status == TALLY_OK ? owner->provider->lock(owner->instance, reg, deadline, problem) : status;
}

enum tally_status tally_authority_lock(struct tally_authority *owner, size_t reg, struct tally_problem *problem)
{
	tally_deadline deadline = tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS);
	enum tally_status status = check_register(owner, reg, problem);

	if (status != TALLY_OK)
		return status;
	if (!owner->registers->item[reg].is_lockable) {
		tally_problem_set(problem, "%s can't be locked: the provider %s has no lock for it",
				  owner->registers->item[reg].name, owner->provider->name);
		return TALLY_UNSUPPORTED;
	}
	status = tally_owner_begin(owner, deadline, problem);
	if (status != TALLY_OK)
		return status;
	status = lock_held(owner, reg, deadline, problem);
	tally_owner_end(owner);
	return status;
}

enum tally_status tally_owner_settle_all(struct tally_authority *owner, tally_deadline deadline,
					 struct tally_problem *problem)
{
	enum tally_status status = tally_settle_slot(owner, deadline, problem);

	for (size_t reg = 0; status == TALLY_OK && reg < owner->runtime_count; reg++) {
		enum tally_settle_decision decision;
		bool is_locked;

		status = tally_settle_register(owner, reg, false, deadline, &decision, &is_locked, problem);
		if (status == TALLY_OK && decision == TALLY_SETTLE_TRY_AGAIN) {
			tally_problem_set(problem, "%s does not hold still: try again",
					  owner->registers->item[reg].name);
			return TALLY_TRY_AGAIN;
		}
	}
	return status;
}

enum tally_status tally_authority_settle(struct tally_authority *owner, uint64_t *ret_gaps,
					 struct tally_problem *problem)
{
	tally_deadline deadline = tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS);
	enum tally_status status = tally_owner_begin(owner, deadline, problem);
	uint64_t gaps;

	if (status != TALLY_OK)
		return status;
	gaps = owner->history.gap_count;
	status = tally_owner_settle_all(owner, deadline, problem);
	if (status == TALLY_OK)
		*ret_gaps = owner->history.gap_count - gaps;
	tally_owner_end(owner);
	return status;
}
