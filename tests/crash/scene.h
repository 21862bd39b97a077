/* SPDX-License-Identifier: BSD-2-Clause */
/* An operation that is killed at every system call, and what must hold of what it leaves. */
#ifndef TALLY_TESTS_CRASH_SCENE_H
#define TALLY_TESTS_CRASH_SCENE_H

#include "deed.h"

/* How an operation is prepared, done and checked. */
struct scene {
	enum tally_soft_preset preset;
	bool is_durable;
	void (*prepare)(const char *directory, const struct tally_soft_options *soft);
	struct deed deed;
	const struct deed *once; /* of the preparation, up to one without a name: asked for again after each crash */
	unsigned gaps;		 /* that a stranger left: each is found once, and no other */
	const uint8_t *boot;	 /* of the child and of the check; NULL: that of the preparation */
	bool moves_aside;	 /* the log that was there is kept in old/ */
	bool writes_cache;	 /* the child does */
	void (*check)(const char *directory, const struct tally_soft_options *soft); /* one more; NULL for none */
	bool is_late;		     /* an unapplied extend may still take effect: once names can be in doubt */
	enum tally_soft_fault fault; /* of the child's extend */
	unsigned late_after;
};

/* Kill the deed at every stop, and check what it leaves by opening it again and going on. */
void scene_run(const struct scene *scene);

/* The same, and from every state that this leaves kill a second one everywhere; that one is not prepared. */
void scene_run_twice(const struct scene *scene, const struct scene *second);

#endif
