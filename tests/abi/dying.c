// SPDX-License-Identifier: BSD-2-Clause
/*
 * For a server that dies at a reply that the test chooses. The file named by TSM_DIE_AT says which, counted from when the
 * file came: "before N" or "after N"; it is gone when the server dies of it, so that the next one lives.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

/* spec: Documentation/admin-guide/devices.txt */
#define FUSE_MAJOR 10
#define FUSE_MINOR 229

static bool is_reply(int fd)
{
	struct stat found;

	return fstat(fd, &found) == 0 && S_ISCHR(found.st_mode) && major(found.st_rdev) == FUSE_MAJOR &&
	       minor(found.st_rdev) == FUSE_MINOR;
}

/* 0 where nobody is to die. */
static unsigned long death_read(const char *path, bool *ret_is_before)
{
	char text[32] = "";
	FILE *file = fopen(path, "re");
	size_t size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	const char *number = memchr(text, ' ', size);

	if (file)
		fclose(file);
	*ret_is_before = strncmp(text, "before", 6) == 0;
	return number ? strtoul(number, NULL, 10) : 0;
}

static void die(const char *path)
{
	unlink(path);
	kill(getpid(), SIGKILL);
}

/* libfuse sends every reply by it: this one stands before that of the C library. */
ssize_t writev(int fd, const struct iovec *vector, int count)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static unsigned long replies;
	ssize_t (*next)(int, const struct iovec *, int);
	const char *path = getenv("TSM_DIE_AT");
	unsigned long death;
	bool is_before;
	ssize_t written;

	*(void **)&next = dlsym(RTLD_NEXT, "writev");
	if (!path || !is_reply(fd))
		return next(fd, vector, count);
	pthread_mutex_lock(&lock);
	death = death_read(path, &is_before);
	replies = death ? replies + 1 : 0;
	if (death && replies == death && is_before)
		die(path);
	written = next(fd, vector, count);
	if (death && replies == death)
		die(path);
	pthread_mutex_unlock(&lock);
	return written;
}
