/* SPDX-License-Identifier: BSD-2-Clause */
/* What each kind of TSM needs of Linux: the files that show it, and how to get those that are missing. */
#ifndef TALLY_PROVIDER_PLATFORM_H
#define TALLY_PROVIDER_PLATFORM_H

#include "provider.h"

#define TALLY_NEED_LIMIT 4

enum tally_need_state { TALLY_NEED_ABSENT, TALLY_NEED_FORBIDDEN, TALLY_NEED_PRESENT };

/* One file or device, what it is for, and what brings it. */
struct tally_need {
	const char *path; /* NULL behind the last one */
	const char *what;
	const char *how;
};

/* The first need says whether the machine is of this kind; the others say what can be done with it. */
struct tally_platform {
	const char *provider; /* its word, whether or not this build serves it */
	const char *what;
	struct tally_need need[TALLY_NEED_LIMIT];
};

/* All of them; *ret_count. */
const struct tally_platform *tally_platforms(size_t *ret_count);

/* Look at a file below root ("" for the machine's own); nothing is opened. */
enum tally_need_state tally_need_look(const struct tally_need *need, const char *root);

/* "absent", "no permission", "present". */
const char *tally_need_state_name(enum tally_need_state state);

#endif
