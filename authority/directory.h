/* SPDX-License-Identifier: BSD-2-Clause */
/* The authority's directory: its path, its files, and the lock over it. */
#ifndef TALLY_AUTHORITY_DIRECTORY_H
#define TALLY_AUTHORITY_DIRECTORY_H

#include <limits.h>

#include "../provider/provider.h"

#define TALLY_FILE_LOCK "lock"
#define TALLY_FILE_LOG "log"
#define TALLY_FILE_LOG_NEW "log.new"
#define TALLY_FILE_INTENT "intent"
#define TALLY_FILE_CACHE "cache"
#define TALLY_FILE_CACHE_NEW "cache.new"
#define TALLY_FILE_ONCE "once." /* and the number of the trim record that the log begins with */
#define TALLY_FOLDER_OLD "old"
#define TALLY_FOLDER_SEGMENTS "segments"
#define TALLY_FOLDER_SEGMENTS_LOST TALLY_FOLDER_SEGMENTS ".lost" /* of a log that is there no more */

struct tally_directory {
	int fd;
	char path[PATH_MAX];
};

/* Open the directory; creates adds it, and its parents, with mode 0750 and group `tally` where that group exists. */
TALLY_MUST_CHECK enum tally_status tally_directory_open(struct tally_directory *ret, const char *path, bool creates,
							struct tally_problem *problem);
void tally_directory_close(struct tally_directory *directory);

/* Give a new file its mode and the directory's group. */
TALLY_MUST_CHECK enum tally_status tally_directory_adopt(const struct tally_directory *directory, int fd, unsigned mode,
							 struct tally_problem *problem);

/*
 * Hold the exclusive lock until tally_directory_unlock. The lock file is
 * opened for each operation, so that it also excludes the other threads of
 * this process; it is released by LOCK_UN and not by close alone, because a
 * forked child may hold the descriptor. TALLY_DEADLINE, TALLY_PERMISSION, TALLY_SYSTEM.
 */
TALLY_MUST_CHECK enum tally_status tally_directory_lock(const struct tally_directory *directory,
							tally_deadline deadline, int *ret_lock,
							struct tally_problem *problem);
void tally_directory_unlock(int lock);

/* Which file a name stands for, how long it is, and how many bytes are allocated for it. */
struct tally_file_facts {
	uint64_t device;
	uint64_t inode;
	uint64_t size;
	uint64_t room;
};

/* Look a name up, and through no symbolic link: 0, or -1 with errno. */
int tally_directory_look(const struct tally_directory *directory, const char *name, struct tally_file_facts *ret);

/*
 * Give a file another name, to, or to.1, to.2, ...: what was put aside before is never replaced. Under the lock.
 */
TALLY_MUST_CHECK enum tally_status tally_directory_put_aside(const struct tally_directory *directory, const char *from,
							     const char *to, struct tally_problem *problem);

/* The status of a failed system call, and its text: "cannot WHAT DIRECTORY/NAME: reason". Reads errno. */
enum tally_status tally_directory_fail(const struct tally_directory *directory, const char *what, const char *name,
				       struct tally_problem *problem);

/* Read up to size bytes at offset, whatever signals come: *ret_size less than size only at the end of the file. */
TALLY_MUST_CHECK enum tally_status tally_file_read(int fd, void *buffer, size_t size, uint64_t offset,
						   size_t *ret_size);

/* Write all of it, or fail: short writes are continued. */
TALLY_MUST_CHECK enum tally_status tally_file_write(int fd, struct tally_bytes bytes, uint64_t offset);

#endif
