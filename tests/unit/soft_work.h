/* SPDX-License-Identifier: BSD-2-Clause */
/* The soft provider used by other processes: what the tests of kills, races and rights share. */
#ifndef TALLY_TESTS_UNIT_SOFT_WORK_H
#define TALLY_TESTS_UNIT_SOFT_WORK_H

#include "soft.h"
#include "child.h"

#define PATH_SIZE (DIRECTORY_LIMIT + 32)

static char directory[DIRECTORY_LIMIT];

static inline int setup(void **state)
{
	(void)state;
	directory_new(directory);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	directory_remove(directory);
	return 0;
}

static inline void path_of(const char *name, char path[static PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%s", directory, name);
}

static inline bool file_is_there(const char *name)
{
	char path[PATH_SIZE];

	path_of(name, path);
	return access(path, F_OK) == 0;
}

/* What a child does: it must not assert, because a failure would go on in the child. */
struct work {
	const char *directory;
	enum tally_soft_preset preset;
	bool (*act)(void *soft, const struct work *work);
	size_t i;
	unsigned count;
	struct tally_digests digests;
	int channel;   /* one end of a pipe, if the work needs one, */
	int other_end; /* and the other */
};

static inline bool work_in_child(void *context)
{
	const struct work *work = context;
	struct tally_soft_options options = { .preset = work->preset };
	struct tally_problem problem;
	void *soft;
	bool is_done;

	if (soft_try_open(work->directory, &options, &soft, &problem) != TALLY_OK)
		return false;
	is_done = work->act(soft, work);
	soft_close(soft);
	return is_done;
}

static inline bool act_extend(void *soft, const struct work *work)
{
	for (unsigned n = 0; n < work->count; n++)
		if (tally_provider_soft.extend(soft, work->i, &work->digests, SOON, NULL) != TALLY_OK)
			return false;
	return true;
}

static inline struct work work_of(enum tally_soft_preset preset, size_t i, bool (*act)(void *, const struct work *))
{
	struct work work = { .directory = directory, .preset = preset, .act = act, .i = i, .count = 1 };
	void *soft = soft_open_as(directory, preset);

	work.digests = soft_digests(soft, i, 0x5a);
	soft_close(soft);
	return work;
}

static inline void assert_one_of(void *soft, size_t i, const struct tally_digests *a, const struct tally_digests *b)
{
	struct tally_digests value = soft_read(soft, i);

	assert_true(tally_digests_equal(&value, a) || tally_digests_equal(&value, b));
}

#endif
