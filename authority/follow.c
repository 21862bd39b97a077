// SPDX-License-Identifier: BSD-2-Clause
/* Reading a log at its end while others append to it, trim it, or begin another. */
#include "follow.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../format/control.h"
#include "directory.h"
#include "log_window.h"

#define NANOSECONDS 1000000000ULL

/* Files come into the directory, grow, or give way to others; or it goes itself. */
#define WATCHED \
	(IN_MODIFY | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

/* What the window took was handed out. declared belongs to the log that is open, expected to the next record in it. */
struct tally_follower {
	struct tally_directory directory; /* its path; it is not held open, or its removal would not be told */
	char path[PATH_MAX + sizeof("/" TALLY_FILE_LOG)];
	int watch;
	bool is_gone; /* the directory */
	int log;      /* -1 while there is none */
	dev_t device;
	ino_t inode;
	uint64_t wanted; /* number of the first record that was not handed out; TALLY_FOLLOW_OLDEST */
	bool is_begun;	 /* the first record of the log that is open was read */
	uint64_t expected;
	struct tally_log_window window;
	bool is_declared;
	struct tally_register_set declared;
};

/* --- opening --- */

static enum tally_status watch_directory(struct tally_follower *follower, struct tally_problem *problem)
{
	follower->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (follower->watch >= 0 && inotify_add_watch(follower->watch, follower->directory.path, WATCHED) >= 0)
		return TALLY_OK;
	if (errno == EMFILE || errno == ENOSPC) {
		tally_problem_set(problem,
				  "%s can't be watched: too many files are watched already; raise "
				  "fs.inotify.max_user_instances and fs.inotify.max_user_watches",
				  follower->directory.path);
		return TALLY_SYSTEM;
	}
	return tally_directory_fail(&follower->directory, "watch", "", problem);
}

enum tally_status tally_follower_open(const char *directory, uint64_t from, struct tally_follower **ret,
				      struct tally_problem *problem)
{
	struct tally_follower *follower = calloc(1, sizeof(*follower));
	enum tally_status status;

	problem->text[0] = 0;
	if (!follower)
		return TALLY_NO_MEMORY;
	follower->log = -1;
	follower->watch = -1;
	follower->wanted = from;
	follower->directory.fd = -1;
	/* The working directory may change. */
	if (!realpath(directory, follower->directory.path)) {
		snprintf(follower->directory.path, sizeof(follower->directory.path), "%s", directory);
		status = tally_directory_fail(&follower->directory, "open", "", problem);
	} else {
		snprintf(follower->path, sizeof(follower->path), "%s/" TALLY_FILE_LOG, follower->directory.path);
		status = watch_directory(follower, problem);
	}
	if (status == TALLY_OK)
		*ret = follower;
	else
		tally_follower_close(follower);
	return status;
}

void tally_follower_close(struct tally_follower *follower)
{
	if (!follower)
		return;
	if (follower->log >= 0)
		close(follower->log);
	if (follower->watch >= 0)
		close(follower->watch);
	tally_log_window_done(&follower->window);
	free(follower);
}

int tally_follower_fd(const struct tally_follower *follower)
{
	return follower->watch;
}

const struct tally_register_set *tally_follower_registers(const struct tally_follower *follower)
{
	return follower->is_declared ? &follower->declared : NULL;
}

/* --- what happened --- */

/*
 * Take what is there of the watch. Only then the log is looked at: what happens behind the look is told by the
 * watch again, so that nothing is missed. That there was something says enough; which file it was does not matter.
 */
static void drain(struct tally_follower *follower)
{
	_Alignas(struct inotify_event) char events[4096];
	ssize_t size;

	while ((size = read(follower->watch, events, sizeof(events))) > 0 || (size < 0 && errno == EINTR))
		for (ssize_t at = 0; at < size;) {
			struct inotify_event event;

			memcpy(&event, events + at, sizeof(event));
			if (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT))
				follower->is_gone = true;
			at += (ssize_t)(sizeof(event) + event.len);
		}
}

enum tally_status tally_follower_wait(struct tally_follower *follower, tally_deadline deadline,
				      struct tally_problem *problem)
{
	struct pollfd watch = { .fd = follower->watch, .events = POLLIN };
	struct timespec now;
	struct timespec left = { 0, 0 };
	uint64_t at;

	if (follower->is_gone) {
		tally_problem_set(problem, "%s was removed", follower->directory.path);
		return TALLY_NOT_FOUND;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	at = (uint64_t)now.tv_sec * NANOSECONDS + (uint64_t)now.tv_nsec;
	if (deadline > at) {
		left.tv_sec = (time_t)((deadline - at) / NANOSECONDS);
		left.tv_nsec = (long)((deadline - at) % NANOSECONDS);
	}
	if (ppoll(&watch, 1, &left, NULL) > 0)
		return TALLY_OK;
	tally_problem_set(problem, "no record came before the deadline");
	return TALLY_DEADLINE;
}

/* --- the file --- */

static bool log_was_replaced(const struct tally_follower *follower, bool *ret_is_there)
{
	struct stat stat;

	*ret_is_there = lstat(follower->path, &stat) == 0;
	return *ret_is_there &&
	       (follower->log < 0 || stat.st_dev != follower->device || stat.st_ino != follower->inode);
}

static void close_log(struct tally_follower *follower)
{
	if (follower->log >= 0)
		close(follower->log);
	follower->log = -1;
}

/* Begin with the log that stands there now. */
static enum tally_status switch_log(struct tally_follower *follower, struct tally_problem *problem)
{
	int fd = open(follower->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat stat;

	if (fd < 0 && errno == ENOENT)
		return TALLY_OK; /* moved aside just now: the watch tells of the next one */
	if (fd < 0 || fstat(fd, &stat) != 0) {
		enum tally_status status = tally_directory_fail(&follower->directory, "read", TALLY_FILE_LOG, problem);

		if (fd >= 0)
			close(fd);
		return status;
	}
	close_log(follower);
	follower->log = fd;
	follower->device = stat.st_dev;
	follower->inode = stat.st_ino;
	follower->is_begun = false;
	tally_log_window_set(&follower->window, fd, 0);
	return TALLY_OK;
}

/* --- records in order --- */

static enum tally_status damaged(const struct tally_follower *follower, enum tally_status status,
				 struct tally_problem *problem)
{
	if (status == TALLY_NO_MEMORY || status == TALLY_SYSTEM || status == TALLY_PERMISSION)
		return status;
	tally_problem_set(problem, "%s/%s is damaged at byte %" PRIu64 ": %s; run `tally doctor`",
			  follower->directory.path, TALLY_FILE_LOG, tally_log_window_position(&follower->window),
			  tally_status_message(status));
	return TALLY_CORRUPT;
}

/* The first record declares the registers: a header, or the trim that took its place. */
static enum tally_status declare(struct tally_follower *follower, const struct tally_record *record, bool *ret_is_trim)
{
	enum tally_control_word word = tally_control_word(record);
	struct tally_control_trim *trim = malloc(sizeof(*trim));
	enum tally_status status = TALLY_UNSUPPORTED;

	if (!trim)
		return TALLY_NO_MEMORY;
	*ret_is_trim = word == TALLY_CONTROL_TRIM;
	if (word == TALLY_CONTROL_TRIM)
		status = tally_control_read_trim(record->content, trim);
	else if (word == TALLY_CONTROL_HEADER)
		status = tally_control_read_header(record->content, &trim->header);
	if (status == TALLY_OK) {
		follower->declared = trim->header.registers;
		follower->is_declared = true;
	}
	free(trim);
	return status;
}

/* Where to go on in a log that was just opened, and whether something was missed. */
static enum tally_status begin(struct tally_follower *follower, const struct tally_record *first,
			       struct tally_problem *problem)
{
	bool was_declared = follower->is_declared;
	uint64_t wanted = follower->wanted;
	bool is_trim;
	enum tally_status status = declare(follower, first, &is_trim);

	if (status != TALLY_OK)
		return damaged(follower, status, problem);
	follower->is_begun = true;
	follower->expected = first->number;
	/* A header behind what was followed already: another boot's log, from its beginning. */
	if (wanted == TALLY_FOLLOW_OLDEST || (was_declared && !is_trim))
		follower->wanted = first->number;
	if (first->number <= follower->wanted)
		return TALLY_OK;
	tally_problem_set(problem,
			  "records %" PRIu64 " to %" PRIu64 " were trimmed before they could be read here: "
			  "they stand in the files that `tally log trim` wrote",
			  wanted, first->number - 1);
	follower->wanted = first->number;
	return TALLY_HISTORY_LOST;
}

/* One record more of the file that is open, whatever its number. TALLY_TRUNCATED at its end. */
static enum tally_status step(struct tally_follower *follower, struct tally_record *ret, struct tally_problem *problem)
{
	enum tally_status status = tally_log_window_read(&follower->window, ret);

	if (status == TALLY_TRUNCATED)
		return status;
	if (status == TALLY_SYSTEM)
		return tally_directory_fail(&follower->directory, "read", TALLY_FILE_LOG, problem);
	if (status == TALLY_OK && follower->is_begun && ret->number != follower->expected)
		status = TALLY_DISORDER;
	if (status != TALLY_OK)
		return damaged(follower, status, problem);
	if (!follower->is_begun)
		status = begin(follower, ret, problem);
	if (status != TALLY_OK)
		return status;
	tally_log_window_take(&follower->window, ret);
	follower->expected++;
	return TALLY_OK;
}

/* The next record that is wanted in the file that is open. TALLY_TRUNCATED at its end. */
static enum tally_status next_here(struct tally_follower *follower, struct tally_record *ret,
				   struct tally_problem *problem)
{
	enum tally_status status = TALLY_TRUNCATED;

	if (follower->log < 0)
		return status;
	do
		status = step(follower, ret, problem);
	while (status == TALLY_OK && ret->number < follower->wanted);
	if (status == TALLY_OK)
		follower->wanted = ret->number + 1;
	return status;
}

/* After a failure: whoever asks again gets what is there then, and waits for it. */
static void look_again(struct tally_follower *follower)
{
	bool is_there;

	drain(follower);
	tally_log_window_forget(&follower->window);
	(void)log_was_replaced(follower, &is_there);
	if (!is_there)
		close_log(follower);
}

enum tally_status tally_follower_next(struct tally_follower *follower, struct tally_record *ret, bool *ret_is_there,
				      struct tally_problem *problem)
{
	bool was_replaced;
	bool is_there;
	enum tally_status status = next_here(follower, ret, problem);

	*ret_is_there = false;
	while (status == TALLY_TRUNCATED) {
		drain(follower);
		was_replaced = log_was_replaced(follower, &is_there);
		/* Whoever replaced it had appended before: what came between the last read and that is read first. */
		status = next_here(follower, ret, problem);
		if (status != TALLY_TRUNCATED)
			break;
		if (!is_there)
			close_log(follower);
		if (!was_replaced)
			return TALLY_OK;
		status = switch_log(follower, problem);
		if (status == TALLY_OK)
			status = next_here(follower, ret, problem);
	}
	*ret_is_there = status == TALLY_OK;
	if (status != TALLY_OK)
		look_again(follower);
	return status;
}
