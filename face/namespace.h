/* SPDX-License-Identifier: BSD-2-Clause */
/* A mount namespace of our own, in which files and directories stand where clients look for them. */
#ifndef TALLY_FACE_NAMESPACE_H
#define TALLY_FACE_NAMESPACE_H

#include <stdbool.h>
#include <stddef.h>

#include "../provider/provider.h"

/* One path, and what stands there inside. Exactly one of source and link is set. */
struct tally_place {
	const char *path;   /* absolute */
	const char *source; /* below the root of the tree, a file or directory: bound there, over what exists */
	const char *link;   /* the content of a symbolic link that is made if there is nothing */
	/* What follows is ours. */
	int tree;	 /* the source, without a place yet; -1 */
	size_t existing; /* how much of path exists outside */
};

/*
 * Move this process, which must have one thread, into a mount namespace of its own, from which no mount gets
 * out; mounts made outside later come in. Where it may not, a user namespace that maps only the caller's own
 * uid and gid gives it the right. TALLY_PERMISSION where the machine allows neither.
 */
TALLY_MUST_CHECK enum tally_status tally_namespace_enter(struct tally_problem *problem);

/* Take hold of the sources below root, which may be hidden or unmounted afterwards. TALLY_NOT_FOUND: root has none. */
TALLY_MUST_CHECK enum tally_status tally_namespace_take(struct tally_place *place, size_t count, const char *root,
							struct tally_problem *problem);

/*
 * Put what was taken at its path. Missing parents are supplied by an overlay over the deepest directory that
 * exists, or a tmpfs where no overlay can be made, and what that directory holds is bound again, with all that
 * is mounted below: it hides nothing, and what is written there reaches the original. Only in a namespace of
 * our own.
 */
TALLY_MUST_CHECK enum tally_status tally_namespace_place(struct tally_place *place, size_t count,
							 struct tally_problem *problem);

/* Let go of what was taken and not placed. */
void tally_namespace_release(struct tally_place *place, size_t count);

#endif
