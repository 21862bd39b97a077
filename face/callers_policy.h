/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy file of a mount: who may do what. spec: tally-callers(5) */
#ifndef TALLY_FACE_CALLERS_POLICY_H
#define TALLY_FACE_CALLERS_POLICY_H

#include "caller.h"

#define TALLY_CALLERS_VERSION 1
#define TALLY_CALLERS_SIZE_LIMIT (1024 * 1024) /* bytes of a policy file */
#define TALLY_CALLERS_RULE_LIMIT 1024

/* Rules in the order of the file. Never changed once it was read, so any thread may look into it. */
struct tally_callers;

/*
 * Read a policy. Registers are those of this set. TALLY_POLICY with the place and the fault in *problem;
 * TALLY_NO_MEMORY. *ret is freed with tally_callers_free.
 */
TALLY_MUST_CHECK enum tally_status tally_callers_read(struct tally_bytes text, const struct tally_register_set *set,
						      struct tally_callers **ret, struct tally_problem *problem);

/* The same from a file. TALLY_NOT_FOUND, TALLY_PERMISSION, TALLY_SYSTEM, TALLY_TOO_LARGE. */
TALLY_MUST_CHECK enum tally_status tally_callers_read_file(const char *path, const struct tally_register_set *set,
							   struct tally_callers **ret, struct tally_problem *problem);
void tally_callers_free(struct tally_callers *callers);

/* Full rights, as root's. */
void tally_callers_full(struct tally_rights *ret);

/*
 * The rights of the first rule that names this caller; none at all if there is no such rule. callers NULL: the
 * default, where root has full rights, group tally reads logs and registers, and others nothing. groups: the
 * supplementary ones. Where it is not known which these are, a rule that they would decide gives nothing, and neither
 * do those behind it.
 */
#define TALLY_GROUPS_UNKNOWN SIZE_MAX
void tally_callers_rights(const struct tally_callers *callers, uid_t uid, gid_t gid, const gid_t *groups, size_t count,
			  struct tally_rights *ret);

#endif
