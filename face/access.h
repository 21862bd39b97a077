/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy leaves of the tree: it holds for root too, whom modes do not stop. */
#ifndef TALLY_FACE_ACCESS_H
#define TALLY_FACE_ACCESS_H

#include "caller.h"
#include "tree.h"

/* Reading covers listing, changing covers mkdir(2) and rmdir(2) in a directory. */
enum tally_access { TALLY_ACCESS_READS = 1, TALLY_ACCESS_WRITES = 2, TALLY_ACCESS_CHANGES = 4 };

/* These rights admit it: 0 or -EACCES. Which register is written to is asked when it is known, by the next two. */
int tally_access_check(const struct tally_rights *rights, const struct tally_node *node, unsigned access);

static inline bool tally_access_may_extend(const struct tally_rights *rights, size_t reg)
{
	return rights->raw_extends >> reg & 1;
}

static inline bool tally_access_may_append(const struct tally_rights *rights, size_t reg)
{
	return rights->appends >> reg & 1;
}

#endif
