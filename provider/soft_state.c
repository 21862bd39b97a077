// SPDX-License-Identifier: BSD-2-Clause
/* Soft's file of registers: opened or made, read without a lock, changed under one. */
#include "soft_state.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "forks.h"

#define FILE_LIMIT (2 * TALLY_SOFT_SLOT_LIMIT)
#define UUID_TEXT_SIZE 36
#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 8-4-4-4-12 lower-case hexadecimal digits. */
static bool uuid_read(const char text[static UUID_TEXT_SIZE], uint8_t ret[TALLY_BOOT_ID_BYTES])
{
	size_t digits = 0;

	for (size_t i = 0; i < UUID_TEXT_SIZE; i++) {
		int digit = hex_digit(text[i]);

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
			continue;
		}
		if (digit < 0)
			return false;
		ret[digits / 2] = (uint8_t)(ret[digits / 2] << 4 | digit);
		digits++;
	}
	return true;
}

static enum tally_status boot_id_read(uint8_t ret[TALLY_BOOT_ID_BYTES], struct tally_problem *problem)
{
	char text[UUID_TEXT_SIZE];
	int fd = open(BOOT_ID_PATH, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (fd >= 0)
		close(fd);
	if (size == sizeof(text) && uuid_read(text, ret))
		return TALLY_OK;
	tally_problem_set(problem, "the boot id can't be read from %s: is /proc mounted?", BOOT_ID_PATH);
	return TALLY_UNAVAILABLE;
}

void tally_soft_value_get(const struct tally_soft *soft, const uint8_t *bytes, size_t i, struct tally_digests *ret)
{
	tally_digests_zero(ret, &soft->set.item[i].reset);
	for (size_t bank = 0; bank < ret->count; bank++) {
		size_t size = tally_alg_size(ret->digest[bank].alg);

		memcpy(ret->digest[bank].bytes, bytes, size);
		bytes += size;
	}
}

void tally_soft_value_put(const struct tally_digests *value, uint8_t *bytes)
{
	for (size_t bank = 0; bank < value->count; bank++) {
		size_t size = tally_alg_size(value->digest[bank].alg);

		memcpy(bytes, value->digest[bank].bytes, size);
		bytes += size;
	}
}

uint8_t *tally_soft_value_at(const struct tally_soft *soft, struct tally_soft_state *state, size_t i)
{
	return state->values + i * soft->layout.value_size;
}

void tally_soft_state_reset(const struct tally_soft *soft, struct tally_soft_state *state)
{
	state->locked = tally_soft_preset_locked(soft->layout.preset);
	state->newest = TALLY_SOFT_NO_REGISTER;
	memset(state->before, 0, sizeof(state->before));
	state->late_count = 0;
	for (size_t i = 0; i < soft->layout.runtime_count; i++)
		tally_soft_value_put(&soft->set.item[i].reset, tally_soft_value_at(soft, state, i));
}

enum tally_status tally_soft_state_extend(const struct tally_soft *soft, struct tally_soft_state *state, size_t i,
					  const struct tally_digests *digests)
{
	uint8_t *at = tally_soft_value_at(soft, state, i);
	struct tally_digests value;
	enum tally_status status;

	if (state->locked >> i & 1)
		return TALLY_LOCKED;
	tally_soft_value_get(soft, at, i, &value);
	status = tally_extend_value(soft->set.item[i].extend_rule, &value, digests, &value);
	if (status != TALLY_OK)
		return status;
	state->newest = i;
	memcpy(state->before, at, soft->layout.value_size);
	tally_soft_value_put(&value, at);
	return TALLY_OK;
}

/* A state of an earlier boot is over, unless it was made to last. */
static void state_enter_boot(const struct tally_soft *soft, struct tally_soft_state *state)
{
	if (memcmp(state->boot_id, soft->boot_id, sizeof(state->boot_id)) == 0)
		return;
	if (!state->is_durable)
		tally_soft_state_reset(soft, state);
	memcpy(state->boot_id, soft->boot_id, sizeof(state->boot_id));
}

static enum tally_status state_damaged(const struct tally_soft *soft, struct tally_problem *problem)
{
	tally_problem_set(problem,
			  "%s/" TALLY_SOFT_REGISTERS_NAME
			  " is damaged: neither of its two slots is whole. Keep a copy if "
			  "you want to know why, then remove this file and the log beside it to begin anew",
			  soft->directory.path);
	return TALLY_CORRUPT;
}

static enum tally_status system_failed(const struct tally_soft *soft, const char *what, struct tally_problem *problem)
{
	tally_problem_set(problem, "%s %s/" TALLY_SOFT_REGISTERS_NAME " failed: %s", what, soft->directory.path,
			  strerror(errno));
	return TALLY_SYSTEM;
}

/* How a state is found in the bytes of the file: with the layout that is known, or by trying each. */
typedef bool state_finder(struct tally_soft *soft, struct tally_bytes file, struct tally_soft_state *ret);

static bool state_find(struct tally_soft *soft, struct tally_bytes file, struct tally_soft_state *ret)
{
	return tally_soft_slots_read(&soft->layout, &soft->whole, file, ret);
}

static enum tally_status file_read(const struct tally_soft *soft, uint8_t *file, size_t capacity, size_t *ret_size,
				   struct tally_problem *problem)
{
	ssize_t size;

	do
		size = pread(soft->fd, file, capacity, 0);
	while (size < 0 && errno == EINTR);
	if (size < 0)
		return system_failed(soft, "reading", problem);
	*ret_size = (size_t)size;
	return TALLY_OK;
}

/*
 * A change writes one slot and leaves the other whole, so no lock is needed:
 * two changes may overtake one read, and then the bytes differ when they are
 * read again. What is the same twice and holds no whole slot is damaged.
 */
static enum tally_status state_read(struct tally_soft *soft, state_finder *find, size_t size, tally_deadline deadline,
				    struct tally_soft_state *ret, struct tally_problem *problem)
{
	uint8_t file[2][FILE_LIMIT];
	size_t got[2] = { 0, 0 };

	for (size_t turn = 0, round = 0;; turn = 1 - turn, round++) {
		enum tally_status status = file_read(soft, file[turn], size, &got[turn], problem);

		if (status != TALLY_OK)
			return status;
		if (find(soft, tally_bytes(file[turn], got[turn]), ret))
			break;
		if (round > 0 && got[0] == got[1] && memcmp(file[0], file[1], got[0]) == 0)
			return state_damaged(soft, problem);
		if (tally_deadline_has_passed(deadline)) {
			tally_problem_set(problem, "%s/" TALLY_SOFT_REGISTERS_NAME " does not hold still",
					  soft->directory.path);
			return TALLY_DEADLINE;
		}
	}
	state_enter_boot(soft, ret);
	return TALLY_OK;
}

static enum tally_status state_load(struct tally_soft *soft, tally_deadline deadline, struct tally_soft_state *ret,
				    struct tally_problem *problem)
{
	return state_read(soft, state_find, 2 * soft->layout.slot_size, deadline, ret, problem);
}

static enum tally_status state_sync(struct tally_soft *soft, const struct tally_soft_state *state,
				    struct tally_problem *problem)
{
	if (fdatasync(soft->fd) != 0)
		return system_failed(soft, "syncing", problem);
	soft->synced = state->sequence;
	return TALLY_OK;
}

static enum tally_status state_lock(struct tally_soft *soft, tally_deadline deadline, struct tally_problem *problem)
{
	enum tally_status status = tally_file_lock(soft->lock_fd, deadline);

	if (status == TALLY_DEADLINE)
		tally_problem_set(problem, "another process holds the lock %s/" TALLY_SOFT_LOCK_NAME,
				  soft->directory.path);
	else if (status != TALLY_OK)
		return system_failed(soft, "locking", problem);
	return status;
}

static enum tally_status check_process(const struct tally_soft *soft, struct tally_problem *problem)
{
	if (soft->forks == tally_forks())
		return TALLY_OK;
	tally_problem_set(problem,
			  "this process is a child of the one that opened the registers: it must open its own");
	return TALLY_INVALID;
}

/*
 * Who sees a value builds upon it. One of a process that died before it synced
 * would be gone after a power loss, and what was built upon it would not.
 */
enum tally_status tally_soft_load(struct tally_soft *soft, tally_deadline deadline, struct tally_soft_state *ret,
				  struct tally_problem *problem)
{
	enum tally_status status = check_process(soft, problem);

	if (status == TALLY_OK)
		status = state_load(soft, deadline, ret, problem);
	if (status == TALLY_OK && soft->is_durable && ret->sequence != soft->synced)
		status = state_sync(soft, ret, problem);
	return status;
}

enum tally_status tally_soft_begin(struct tally_soft *soft, tally_deadline deadline, struct tally_soft_state *ret,
				   struct tally_problem *problem)
{
	enum tally_status status = check_process(soft, problem);

	if (status != TALLY_OK)
		return status;
	if (!soft->is_writable) {
		tally_problem_set(problem,
				  "%s/" TALLY_SOFT_REGISTERS_NAME " is open for reading only: run as its owner",
				  soft->directory.path);
		return TALLY_PERMISSION;
	}
	status = state_lock(soft, deadline, problem);
	if (status != TALLY_OK)
		return status;
	status = state_load(soft, deadline, ret, problem);
	if (status != TALLY_OK)
		tally_file_unlock(soft->lock_fd);
	return status;
}

/* To the slot that the state was not read from: whatever happens now, one of the two is whole. */
static enum tally_status state_store(struct tally_soft *soft, struct tally_soft_state *state,
				     struct tally_problem *problem)
{
	uint8_t slot[TALLY_SOFT_SLOT_LIMIT];
	enum tally_status status;
	size_t size;
	ssize_t written;

	state->sequence++;
	state->slot = 1 - state->slot;
	status = tally_soft_slot_write(&soft->layout, &soft->whole, state, slot, &size);
	if (status != TALLY_OK)
		return status;
	do
		written = pwrite(soft->fd, slot, size, (off_t)(state->slot * soft->layout.slot_size));
	while (written < 0 && errno == EINTR);
	if (written >= 0 && (size_t)written < size)
		errno = ENOSPC;
	if (written < 0 || (size_t)written < size)
		return system_failed(soft, "writing", problem);
	return soft->is_durable ? state_sync(soft, state, problem) : TALLY_OK;
}

enum tally_status tally_soft_commit(struct tally_soft *soft, struct tally_soft_state *state,
				    struct tally_problem *problem)
{
	enum tally_status status = state_store(soft, state, problem);

	tally_file_unlock(soft->lock_fd);
	return status;
}

void tally_soft_cancel(struct tally_soft *soft)
{
	tally_file_unlock(soft->lock_fd);
}

static enum tally_status soft_take_preset(struct tally_soft *soft, enum tally_soft_preset preset)
{
	enum tally_status status = tally_soft_preset_registers(preset, &soft->set);

	if (status == TALLY_OK)
		soft->layout = tally_soft_layout(preset, &soft->set);
	return status;
}

/* The file names its preset in each slot, and the preset says where the second slot is: so each is tried. */
static bool state_find_preset(struct tally_soft *soft, struct tally_bytes file, struct tally_soft_state *ret)
{
	for (int preset = 0; preset < TALLY_SOFT_PRESET_COUNT; preset++)
		if (soft_take_preset(soft, (enum tally_soft_preset)preset) == TALLY_OK && state_find(soft, file, ret))
			return true;
	return false;
}

static enum tally_status soft_examine(struct tally_soft *soft, struct tally_problem *problem)
{
	struct tally_soft_state state;
	enum tally_status status;
	struct stat found;

	if (fstat(soft->fd, &found) != 0)
		return system_failed(soft, "examining", problem);
	if (!S_ISREG(found.st_mode)) {
		tally_problem_set(problem, "%s/" TALLY_SOFT_REGISTERS_NAME " is not a regular file",
				  soft->directory.path);
		return TALLY_CORRUPT;
	}
	status = state_read(soft, state_find_preset, FILE_LIMIT, tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS),
			    &state, problem);
	if (status == TALLY_OK)
		soft->is_durable = state.is_durable;
	return status;
}

static enum tally_status soft_create(struct tally_soft *soft, const struct tally_soft_options *options,
				     struct tally_problem *problem)
{
	uint8_t file[FILE_LIMIT] = { 0 };
	struct tally_soft_state state = { .sequence = 1 };
	enum tally_status status = soft_take_preset(soft, options->preset);
	size_t size;

	if (status == TALLY_OK)
		status = tally_soft_key_create(soft, problem);
	if (status != TALLY_OK)
		return status;
	state.is_durable = options->is_durable;
	memcpy(state.boot_id, soft->boot_id, sizeof(state.boot_id));
	tally_soft_state_reset(soft, &state);
	status = tally_soft_slot_write(&soft->layout, &soft->whole, &state, file, &size);
	if (status != TALLY_OK)
		return status;
	return tally_file_create_once(&soft->directory, TALLY_SOFT_REGISTERS_NAME, 0640,
				      tally_bytes(file, 2 * soft->layout.slot_size), problem);
}

/* For writing: the registers, and the lock that a change holds. Readers can't open that one, so they hinder nobody. */
static bool soft_open_writable(struct tally_soft *soft, int flags)
{
	soft->fd = openat(soft->directory.fd, TALLY_SOFT_REGISTERS_NAME, O_RDWR | flags);
	if (soft->fd < 0)
		return false;
	soft->lock_fd = openat(soft->directory.fd, TALLY_SOFT_LOCK_NAME, O_RDWR | O_CREAT | flags, 0600);
	if (soft->lock_fd < 0) {
		int error = errno;

		close(soft->fd);
		soft->fd = -1;
		errno = error;
		return false;
	}
	/* Nobody asks when it was read last; where we may not say so (EPERM), reading is only slower. */
	(void)fcntl(soft->fd, F_SETFL, O_NONBLOCK | O_NOATIME);
	return true;
}

/* The file of registers, for writing if this process may. errno tells a failure. */
static bool soft_open_registers(struct tally_soft *soft, bool is_reader)
{
	const int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

	soft->is_writable = !is_reader && soft_open_writable(soft, flags);
	if (soft->is_writable || (!is_reader && tally_file_status(errno) != TALLY_PERMISSION))
		return soft->is_writable;
	soft->fd = openat(soft->directory.fd, TALLY_SOFT_REGISTERS_NAME, O_RDONLY | flags);
	return soft->fd >= 0;
}

static enum tally_status soft_open_failed(const struct tally_soft *soft, struct tally_problem *problem)
{
	enum tally_status status = tally_file_status(errno);

	if (status == TALLY_NOT_FOUND)
		tally_problem_set(problem, "%s holds no soft registers yet: extend something first",
				  soft->directory.path);
	else
		tally_problem_set(problem, "%s/" TALLY_SOFT_REGISTERS_NAME " can't be opened: %s", soft->directory.path,
				  strerror(errno));
	return status;
}

static enum tally_status soft_open_directory(struct tally_soft *soft, struct tally_problem *problem)
{
	enum tally_status status;

	soft->directory.fd = open(soft->directory.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (soft->directory.fd >= 0)
		return TALLY_OK;
	status = tally_file_status(errno);
	tally_problem_set(problem, "the directory %s can't be opened: %s", soft->directory.path, strerror(errno));
	return status;
}

static enum tally_status soft_choose_boot_id(struct tally_soft *soft, const struct tally_soft_options *options,
					     struct tally_problem *problem)
{
	if (!options->boot_id)
		return boot_id_read(soft->boot_id, problem);
	memcpy(soft->boot_id, options->boot_id, sizeof(soft->boot_id));
	return TALLY_OK;
}

enum tally_status tally_soft_state_open(struct tally_soft *soft, const struct tally_provider_options *options,
					struct tally_problem *problem)
{
	static const struct tally_soft_options defaults = { .preset = TALLY_SOFT_DEFAULT };
	const struct tally_soft_options *wishes = options->soft ? options->soft : &defaults;
	enum tally_status status;

	soft->forks = tally_forks();
	status = soft_choose_boot_id(soft, wishes, problem);
	if (status == TALLY_OK)
		status = soft_open_directory(soft, problem);
	if (status != TALLY_OK)
		return status;
	if (soft_open_registers(soft, options->is_reader))
		return soft_examine(soft, problem);
	if (errno != ENOENT || options->is_reader)
		return soft_open_failed(soft, problem);
	status = soft_create(soft, wishes, problem);
	if (status != TALLY_OK)
		return status;
	return soft_open_registers(soft, false) ? soft_examine(soft, problem) : soft_open_failed(soft, problem);
}
