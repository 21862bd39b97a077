/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory of a test's own, which goes away with it. */
#ifndef TALLY_TESTS_UNIT_DIRECTORY_H
#define TALLY_TESTS_UNIT_DIRECTORY_H

#include "test.h"

#include <ftw.h>
#include <unistd.h>

#define DIRECTORY_LIMIT 256

static inline void directory_new(char path[static DIRECTORY_LIMIT])
{
	const char *parent = getenv("TMPDIR");

	/* Memory, where it serves as disk: tests that write a file again and again do not wait for a real one. */
	if (!parent)
		parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(path, DIRECTORY_LIMIT, "%s/tally-test-XXXXXX", parent);
	assert_non_null(mkdtemp(path));
}

static inline int directory_remove_one(const char *path, const struct stat *found, int type, struct FTW *where)
{
	(void)found;
	(void)type;
	(void)where;
	return remove(path);
}

static inline void directory_remove(const char *path)
{
	nftw(path, directory_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
