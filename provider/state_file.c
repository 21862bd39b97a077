// SPDX-License-Identifier: BSD-2-Clause
/* Locking with a deadline, and files that appear whole or not at all. */
#include "state_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NANOSECONDS 1000000000ULL
#define FIRST_PAUSE 20000     /* nanoseconds: about one extend */
#define LONGEST_PAUSE 1000000 /* nanoseconds */
#define NAME_LIMIT 64

static void pause_for(long nanoseconds)
{
	struct timespec pause = { 0, nanoseconds };

	nanosleep(&pause, NULL);
}

/* flock has no deadline of its own, and a signal to end it would belong to the whole process: so it polls. */
enum tally_status tally_file_lock(int fd, tally_deadline deadline)
{
	long pause = FIRST_PAUSE;

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return TALLY_SYSTEM;
		if (tally_deadline_has_passed(deadline))
			return TALLY_DEADLINE;
		pause_for(pause);
		if (pause < LONGEST_PAUSE)
			pause *= 2;
	}
	return TALLY_OK;
}

void tally_file_unlock(int fd)
{
	flock(fd, LOCK_UN);
}

void tally_deadline_wait(tally_deadline deadline)
{
	struct timespec until;

	until.tv_sec = (time_t)(deadline / NANOSECONDS);
	until.tv_nsec = (long)(deadline % NANOSECONDS);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
	}
}

enum tally_status tally_file_status(int error)
{
	switch (error) {
	case ENOENT:
		return TALLY_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return TALLY_PERMISSION;
	default:
		return TALLY_SYSTEM;
	}
}

static bool file_exists(int directory_fd, const char *name)
{
	struct stat found;

	return fstatat(directory_fd, name, &found, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The name still leads to the file that fd has open. */
static bool file_is_named(int directory_fd, const char *name, int fd)
{
	struct stat named;
	struct stat opened;

	return fstatat(directory_fd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &opened) == 0 &&
	       named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

static bool file_fill(int fd, struct tally_bytes content)
{
	size_t done = 0;

	if (ftruncate(fd, 0) != 0)
		return false;
	while (done < content.size) {
		ssize_t written = pwrite(fd, content.data + done, content.size - done, (off_t)done);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		done += (size_t)written;
	}
	return true;
}

/* The directory's group reads what is made for it to read; a process that may not give it keeps its own group. */
static bool file_share(int directory_fd, int fd, mode_t mode)
{
	struct stat directory;

	if (fstat(directory_fd, &directory) != 0)
		return false;
	if (fchown(fd, (uid_t)-1, directory.st_gid) != 0 && errno != EPERM && errno != EINVAL)
		return false;
	return fchmod(fd, mode) == 0;
}

/* The name reaches the disk with the directory; one that can't be opened for reading can't be synced. */
static bool directory_sync(int directory_fd)
{
	int fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_done = fd < 0 || fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return is_done;
}

/*
 * Under the lock of the new file: whoever holds it while the name leads to it, and sees no finished file,
 * is the one who makes it. *ret_again if another process took the new file's name away meanwhile.
 */
static bool file_finish(int directory_fd, const char *new_name, const char *name, int fd, mode_t mode,
			struct tally_bytes content, bool *ret_again)
{
	bool is_ours = file_is_named(directory_fd, new_name, fd);

	*ret_again = false;
	if (file_exists(directory_fd, name)) {
		if (is_ours)
			unlinkat(directory_fd, new_name, 0);
		return true;
	}
	*ret_again = !is_ours;
	if (!is_ours)
		return true;
	return file_share(directory_fd, fd, mode) && file_fill(fd, content) && fsync(fd) == 0 &&
	       renameat(directory_fd, new_name, directory_fd, name) == 0 && directory_sync(directory_fd);
}

static enum tally_status file_try_create(const struct tally_state_directory *directory, const char *name, mode_t mode,
					 struct tally_bytes content, tally_deadline deadline, bool *ret_again)
{
	char new_name[NAME_LIMIT];
	enum tally_status status;
	int error = 0;
	int fd;

	snprintf(new_name, sizeof(new_name), "%s.new", name);
	fd = openat(directory->fd, new_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		return tally_file_status(errno);
	status = tally_file_lock(fd, deadline);
	if (status == TALLY_OK && !file_finish(directory->fd, new_name, name, fd, mode, content, ret_again))
		status = TALLY_SYSTEM;
	if (status != TALLY_OK)
		error = errno;
	tally_file_unlock(fd);
	close(fd);
	errno = error;
	return status;
}

enum tally_status tally_file_create_once(const struct tally_state_directory *directory, const char *name, mode_t mode,
					 struct tally_bytes content, struct tally_problem *problem)
{
	tally_deadline deadline = tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS);
	bool again = !file_exists(directory->fd, name);
	enum tally_status status = TALLY_OK;

	while (status == TALLY_OK && again) {
		again = false;
		if (tally_deadline_has_passed(deadline))
			status = TALLY_DEADLINE;
		else
			status = file_try_create(directory, name, mode, content, deadline, &again);
	}
	if (status == TALLY_PERMISSION)
		tally_problem_set(problem, "%s can't be written, so %s can't be made there: run as its owner",
				  directory->path, name);
	else if (status == TALLY_DEADLINE)
		tally_problem_set(problem, "another process holds the lock of %s/%s.new", directory->path, name);
	else if (status != TALLY_OK)
		tally_problem_set(problem, "%s/%s can't be made: %s", directory->path, name, strerror(errno));
	return status;
}
