// SPDX-License-Identifier: BSD-2-Clause
/* Save and restore: a log and what belongs to it, carried over a kexec that loses the directory. */
#include "owner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "segments.h"

#define COPY_SIZE (64 * 1024)
#define COPY_NAME_SIZE 512

/* --- copying --- */

static enum tally_status copy_fail(const char *what, const char *path, const char *name, struct tally_problem *problem)
{
	int error = errno;

	tally_problem_set(problem, "cannot %s %s/%s: %s", what, path, name, strerror(error));
	return error == EACCES || error == EPERM ? TALLY_PERMISSION : TALLY_SYSTEM;
}

static enum tally_status copy_bytes(int from, int to)
{
	uint8_t buffer[COPY_SIZE];
	uint64_t offset = 0;
	size_t got;
	enum tally_status status;

	do {
		status = tally_file_read(from, buffer, sizeof(buffer), offset, &got);
		if (status == TALLY_OK)
			status = tally_file_write(to, tally_bytes(buffer, got), offset);
		offset += got;
	} while (status == TALLY_OK && got == sizeof(buffer));
	return status;
}

/* One of the two folders is the authority's: files that are made there get its group. */
struct copy {
	struct tally_authority *owner;
	int from;
	int to;
	const char *path; /* of the other folder, for messages */
	bool is_restore;
};

/* A regular file of the same name, synced. TALLY_NOT_FOUND if there is none. */
static enum tally_status copy_file(const struct copy *copy, const char *name, const char *as,
				   struct tally_problem *problem)
{
	int from = openat(copy->from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum tally_status status = TALLY_OK;
	struct stat stat;
	int to;

	if (from < 0)
		return errno == ENOENT ? TALLY_NOT_FOUND : copy_fail("open", copy->path, name, problem);
	if (fstat(from, &stat) != 0 || !S_ISREG(stat.st_mode)) {
		close(from);
		tally_problem_set(problem, "%s/%s is not a regular file", copy->path, name);
		return TALLY_INVALID;
	}
	/* A save is a new folder: what already lies there was put there by somebody else. */
	to = openat(copy->to, as, O_WRONLY | O_CREAT | (copy->is_restore ? O_TRUNC : O_EXCL) | O_CLOEXEC | O_NOFOLLOW,
		    0640);
	if (to < 0) {
		status = copy_fail("create", copy->path, as, problem);
	} else {
		if (copy->is_restore)
			status = tally_directory_adopt(&copy->owner->directory, to, 0640, problem);
		if (status == TALLY_OK && (copy_bytes(from, to) != TALLY_OK || fsync(to) != 0))
			status = copy_fail("copy", copy->path, name, problem);
		close(to);
	}
	close(from);
	return status;
}

/* What lies beside the log and belongs to it, or for a folder of it what lies in there. */
static bool belongs(const char *name, bool is_folder)
{
	return is_folder ? name[0] != '.' : strncmp(name, TALLY_FILE_ONCE, strlen(TALLY_FILE_ONCE)) == 0;
}

static enum tally_status copy_entries(const struct copy *copy, bool is_folder, struct tally_problem *problem)
{
	int fd = openat(copy->from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	enum tally_status status = TALLY_OK;
	const struct dirent *entry;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return copy_fail("read", copy->path, "", problem);
	}
	while (status == TALLY_OK && (entry = readdir(folder)))
		if (belongs(entry->d_name, is_folder))
			status = copy_file(copy, entry->d_name, entry->d_name, problem);
	closedir(folder);
	return status;
}

static enum tally_status copy_segments(const struct copy *copy, struct tally_problem *problem)
{
	struct copy inner = *copy;
	enum tally_status status;

	inner.from = openat(copy->from, TALLY_FOLDER_SEGMENTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (inner.from < 0)
		return errno == ENOENT ? TALLY_OK : copy_fail("open", copy->path, TALLY_FOLDER_SEGMENTS, problem);
	if (mkdirat(copy->to, TALLY_FOLDER_SEGMENTS, 0750) != 0 && errno != EEXIST) {
		close(inner.from);
		return copy_fail("create", copy->path, TALLY_FOLDER_SEGMENTS, problem);
	}
	inner.to = openat(copy->to, TALLY_FOLDER_SEGMENTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	status = inner.to < 0 ? copy_fail("open", copy->path, TALLY_FOLDER_SEGMENTS, problem) : TALLY_OK;
	if (status == TALLY_OK && copy->is_restore)
		status = tally_directory_adopt(&copy->owner->directory, inner.to, 0750, problem);
	if (status == TALLY_OK)
		status = copy_entries(&inner, true, problem);
	if (status == TALLY_OK && fsync(inner.to) != 0)
		status = copy_fail("sync", copy->path, TALLY_FOLDER_SEGMENTS, problem);
	if (inner.to >= 0)
		close(inner.to);
	close(inner.from);
	return status;
}

/* --- save --- */

static enum tally_status save_held(struct tally_authority *owner, const char *path, int to,
				   struct tally_problem *problem)
{
	const struct copy copy = { owner, owner->directory.fd, to, path, false };
	enum tally_status status = copy_entries(&copy, false, problem);

	if (status == TALLY_OK)
		status = copy_segments(&copy, problem);
	/* Last: a save without a log is none. */
	if (status == TALLY_OK)
		status = copy_file(&copy, TALLY_FILE_LOG, TALLY_FILE_LOG, problem);
	if (status == TALLY_OK && fsync(to) != 0)
		status = copy_fail("sync", path, "", problem);
	return status;
}

static int folder_make(const char *path)
{
	return mkdir(path, 0750) == 0 ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) : -1;
}

enum tally_status tally_authority_save(struct tally_authority *owner, const char *path, uint64_t *ret_count,
				       struct tally_problem *problem)
{
	tally_deadline deadline = tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS);
	enum tally_status status;
	int to;

	problem->text[0] = 0;
	status = tally_owner_begin(owner, deadline, problem);
	if (status != TALLY_OK)
		return status;
	status = tally_owner_settle_all(owner, deadline, problem);
	to = status == TALLY_OK ? folder_make(path) : -1;
	if (status == TALLY_OK && to < 0) {
		int error = errno;

		tally_problem_set(problem, "%s can't be created: %s; the log is saved into a new folder", path,
				  strerror(error));
		status = error == EACCES ? TALLY_PERMISSION : TALLY_INVALID;
	}
	if (status == TALLY_OK)
		status = save_held(owner, path, to, problem);
	if (to >= 0)
		close(to);
	*ret_count = owner->history.next - owner->history.first_number;
	tally_owner_end(owner);
	return status;
}

/* --- restore --- */

/* What a saved log says, replayed beside the one that is open. */
static enum tally_status saved_replay(struct tally_authority *owner, struct tally_history *history,
				      struct tally_bytes log, struct tally_problem *problem)
{
	struct tally_cursor cursor = tally_cursor(log);
	enum tally_status status = log.size ? TALLY_OK : TALLY_TRUNCATED;

	tally_history_init(history, owner->registers);
	while (status == TALLY_OK && !tally_cursor_is_done(&cursor)) {
		struct tally_record record;

		status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);
		if (status == TALLY_OK)
			status = tally_history_apply(history, &record);
	}
	if (status == TALLY_OK || status == TALLY_NO_MEMORY || status == TALLY_CRYPTO)
		return status;
	tally_problem_set(problem,
			  "the saved log can't be read at byte %llu, or is of other registers: %s; nothing was changed",
			  (unsigned long long)history->size, tally_status_message(status));
	return TALLY_CORRUPT;
}

/* The log that is there is one that this boot began and nothing was measured into. */
static enum tally_status check_empty(struct tally_authority *owner, struct tally_problem *problem)
{
	for (size_t reg = 0; reg < owner->runtime_count; reg++)
		if (owner->history.has_events[reg]) {
			tally_problem_set(problem,
					  "events were measured in this boot before the log was restored: "
					  "restore it first, before anything is measured; nothing was changed");
			return TALLY_CONFLICT;
		}
	return TALLY_OK;
}

static enum tally_status check_goes_on(struct tally_authority *owner, struct tally_history *saved,
				       tally_deadline deadline, struct tally_problem *problem)
{
	bool goes_on = false;
	enum tally_status status = tally_boot_goes_on(owner, saved, deadline, &goes_on, problem);

	if (status != TALLY_OK || goes_on)
		return status;
	tally_problem_set(problem, "no register stands where the saved log's events led: it is of another boot or "
				   "machine; nothing was changed");
	return TALLY_CONFLICT;
}

/*
 * Where a register went on after the save, records were lost: gaps say so before the log is put in place, because a
 * once event may be among them. The copy is read anew: its folder may be somebody else's, who has changed it since.
 */
static enum tally_status go_on(struct tally_authority *owner, tally_deadline deadline, struct tally_problem *problem)
{
	uint8_t nothing[TALLY_HEAD_SIZE];
	struct tally_hash_job job = { .alg = TALLY_SHA384, .ret_digest = nothing };
	uint64_t gap_count = 0;
	enum tally_status status = tally_recover_open_new(owner, problem);

	if (status == TALLY_OK)
		status = tally_env_hash(&job, 1);
	if (status == TALLY_OK)
		status = tally_recover_append_gaps(owner, nothing, deadline, &gap_count, problem);
	if (status == TALLY_OK)
		status = tally_boot_put_log(owner, deadline, problem);
	if (status != TALLY_OK)
		owner->is_stale = true; /* what is open may not be the log */
	return status == TALLY_OK ? tally_boot_check(owner, deadline, problem) : status;
}

/*
 * What belongs to the log first, the log last: until it is there, nothing else counts. Logs that were attached to the
 * one that it replaces make way: they begin elsewhere, and their numbers may be the same.
 */
static enum tally_status restore_files(struct tally_authority *owner, const char *path, int from,
				       tally_deadline deadline, struct tally_problem *problem)
{
	const struct copy copy = { owner, from, owner->directory.fd, path, true };
	enum tally_status status = copy_entries(&copy, false, problem);

	if (status == TALLY_OK)
		status = tally_segments_move(&owner->directory, TALLY_FOLDER_SEGMENTS_LOST, problem);
	if (status == TALLY_OK)
		status = copy_segments(&copy, problem);
	if (status == TALLY_OK)
		status = copy_file(&copy, TALLY_FILE_LOG, TALLY_FILE_LOG_NEW, problem);
	if (status == TALLY_OK && owner->slot_is_present)
		status = tally_slot_clear(owner, problem);
	return status == TALLY_OK ? go_on(owner, deadline, problem) : status;
}

static enum tally_status restore_held(struct tally_authority *owner, const char *path, int from,
				      tally_deadline deadline, struct tally_problem *problem)
{
	struct tally_history *saved = malloc(sizeof(*saved));
	struct tally_log_view view = { 0 };
	char log[COPY_NAME_SIZE];
	enum tally_status status = saved ? check_empty(owner, problem) : TALLY_NO_MEMORY;

	if (status != TALLY_OK) {
		free(saved);
		return status;
	}
	snprintf(log, sizeof(log), "/proc/self/fd/%d/" TALLY_FILE_LOG, from);
	status = tally_log_view_open(log, &view, problem);
	if (status == TALLY_NOT_FOUND)
		tally_problem_set(problem, "%s holds no saved log", path);
	if (status == TALLY_OK) {
		status = saved_replay(owner, saved, view.bytes, problem);
		if (status == TALLY_OK)
			status = check_goes_on(owner, saved, deadline, problem);
		tally_history_done(saved);
	}
	tally_log_view_done(&view);
	free(saved);
	return status == TALLY_OK ? restore_files(owner, path, from, deadline, problem) : status;
}

enum tally_status tally_authority_restore(struct tally_authority *owner, const char *path, uint64_t *ret_count,
					  struct tally_problem *problem)
{
	tally_deadline deadline = tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS);
	enum tally_status status;
	int from = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = errno;

	problem->text[0] = 0;
	if (from < 0) {
		tally_problem_set(problem, "%s can't be opened: %s; it is the folder of `tally log save`", path,
				  strerror(error));
		return error == ENOENT ? TALLY_NOT_FOUND : error == EACCES ? TALLY_PERMISSION : TALLY_INVALID;
	}
	status = tally_owner_begin(owner, deadline, problem);
	if (status == TALLY_OK) {
		status = tally_settle_slot(owner, deadline, problem);
		if (status == TALLY_OK)
			status = restore_held(owner, path, from, deadline, problem);
		*ret_count = owner->history.next - owner->history.first_number;
		tally_owner_end(owner);
	}
	close(from);
	return status;
}
