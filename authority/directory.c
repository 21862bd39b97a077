// SPDX-License-Identifier: BSD-2-Clause
/* The authority's directory, the lock, and whole reads and writes. */
#include "directory.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DIRECTORY_MODE 0750
#define LOCK_POLL_FIRST_NS 20000L
#define LOCK_POLL_LAST_NS 2000000L
#define ASIDE_LIMIT 1000 /* files of one name */
#define ASIDE_NAME_LIMIT 192

enum tally_status tally_directory_fail(const struct tally_directory *directory, const char *what, const char *name,
				       struct tally_problem *problem)
{
	int error = errno;

	tally_problem_set(problem, "cannot %s %s/%s: %s", what, directory->path, name, strerror(error));
	if (error == EACCES || error == EPERM || error == EROFS)
		return TALLY_PERMISSION;
	if (error == ENOENT)
		return TALLY_NOT_FOUND;
	if (error == ENOSPC || error == EDQUOT)
		return TALLY_FULL;
	return error == ENOMEM ? TALLY_NO_MEMORY : TALLY_SYSTEM;
}

enum tally_status tally_directory_adopt(const struct tally_directory *directory, int fd, unsigned mode,
					struct tally_problem *problem)
{
	struct stat stat;

	if (fchmod(fd, mode) != 0 || fstat(directory->fd, &stat) != 0)
		return tally_directory_fail(directory, "set the mode of a file in", "", problem);
	/* Without the right to give the file away it stays in our group: readers of the other one then can't read it. */
	if (stat.st_gid != getegid() && fchown(fd, (uid_t)-1, stat.st_gid) != 0 && errno != EPERM)
		return tally_directory_fail(directory, "set the group of a file in", "", problem);
	return TALLY_OK;
}

/* mkdir -p: what exists is left as it is. */
static int make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int failed;

		*slash = 0;
		failed = mkdir(path, 0755) != 0 && errno != EEXIST;
		*slash = '/';
		if (failed)
			return -1;
	}
	if (mkdir(path, DIRECTORY_MODE) == 0) {
		struct group *group = getgrnam("tally");

		if (group && chown(path, (uid_t)-1, group->gr_gid) != 0 && errno != EPERM)
			return -1;
		return chmod(path, DIRECTORY_MODE);
	}
	return errno == EEXIST ? 0 : -1;
}

enum tally_status tally_directory_open(struct tally_directory *ret, const char *path, bool creates,
				       struct tally_problem *problem)
{
	size_t size = strlen(path);

	if (size == 0 || size >= sizeof(ret->path)) {
		tally_problem_set(problem, "the directory's path is empty or too long: give a shorter one");
		return TALLY_INVALID;
	}
	memcpy(ret->path, path, size + 1);
	ret->fd = -1;
	if (creates && make_folders(ret->path) != 0) {
		enum tally_status status = tally_directory_fail(ret, "create", "", problem);

		/* Where nothing can be made it is not that nothing was measured yet. */
		return status == TALLY_NOT_FOUND ? TALLY_SYSTEM : status;
	}
	ret->fd = open(ret->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ret->fd < 0)
		return tally_directory_fail(ret, "open", "", problem);
	return TALLY_OK;
}

void tally_directory_close(struct tally_directory *directory)
{
	if (directory->fd >= 0)
		close(directory->fd);
	directory->fd = -1;
}

/* Take a lock by polling, because flock has no deadline. */
static enum tally_status flock_before(int fd, tally_deadline deadline)
{
	struct timespec pause = { 0, LOCK_POLL_FIRST_NS };

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return TALLY_SYSTEM;
		if (tally_deadline_has_passed(deadline))
			return TALLY_DEADLINE;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < LOCK_POLL_LAST_NS)
			pause.tv_nsec *= 2;
	}
	return TALLY_OK;
}

/* It nearly always exists, and a look-up that must not create is the cheaper one. */
static int open_lock(const struct tally_directory *directory)
{
	int fd = openat(directory->fd, TALLY_FILE_LOCK, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT)
		fd = openat(directory->fd, TALLY_FILE_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd;
}

enum tally_status tally_directory_lock(const struct tally_directory *directory, tally_deadline deadline, int *ret_lock,
				       struct tally_problem *problem)
{
	int fd = open_lock(directory);
	enum tally_status status;

	if (fd < 0)
		return tally_directory_fail(directory, "open", TALLY_FILE_LOCK, problem);
	status = flock_before(fd, deadline);
	if (status == TALLY_OK) {
		*ret_lock = fd;
		return TALLY_OK;
	}
	if (status == TALLY_DEADLINE)
		tally_problem_set(problem, "%s/%s is held by another process: try again later, or find it with lslocks",
				  directory->path, TALLY_FILE_LOCK);
	else
		status = tally_directory_fail(directory, "lock", TALLY_FILE_LOCK, problem);
	close(fd);
	return status;
}

void tally_directory_unlock(int lock)
{
	flock(lock, LOCK_UN);
	close(lock);
}

/*
 * This stands in the path of every extend, and asks for no times: once somebody has seen them, Linux 6.13 and later
 * must make the next write's differ, which costs it as much again.
 */
int tally_directory_look(const struct tally_directory *directory, const char *name, struct tally_file_facts *ret)
{
	struct statx found;

	if (statx(directory->fd, name, AT_SYMLINK_NOFOLLOW, STATX_TYPE | STATX_INO | STATX_SIZE | STATX_BLOCKS,
		  &found) != 0)
		return -1;
	ret->device = (uint64_t)found.stx_dev_major << 32 | found.stx_dev_minor;
	ret->inode = found.stx_ino;
	ret->size = found.stx_size;
	ret->room = found.stx_blocks * 512;
	return 0;
}

/* Where the file system has no RENAME_NOREPLACE: under our lock nobody puts anything there between the two calls. */
static int rename_fresh(int directory, const char *from, const char *to)
{
	struct stat stat;

	if (renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (fstatat(directory, to, &stat, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? renameat(directory, from, directory, to) : -1;
	errno = EEXIST;
	return -1;
}

enum tally_status tally_directory_put_aside(const struct tally_directory *directory, const char *from, const char *to,
					    struct tally_problem *problem)
{
	char name[ASIDE_NAME_LIMIT];
	int failed = -1;

	snprintf(name, sizeof(name), "%s", to);
	for (unsigned copy = 1; copy <= ASIDE_LIMIT; copy++) {
		failed = rename_fresh(directory->fd, from, name);
		if (!failed || errno != EEXIST)
			break;
		snprintf(name, sizeof(name), "%s.%u", to, copy);
	}
	return failed ? tally_directory_fail(directory, "put aside", from, problem) : TALLY_OK;
}

enum tally_status tally_file_read(int fd, void *buffer, size_t size, uint64_t offset, size_t *ret_size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = pread(fd, (uint8_t *)buffer + done, size - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return TALLY_SYSTEM;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	*ret_size = done;
	return TALLY_OK;
}

enum tally_status tally_file_write(int fd, struct tally_bytes bytes, uint64_t offset)
{
	size_t done = 0;

	while (done < bytes.size) {
		ssize_t put = pwrite(fd, bytes.data + done, bytes.size - done, (off_t)(offset + done));

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return TALLY_SYSTEM;
		done += (size_t)put;
	}
	return TALLY_OK;
}
