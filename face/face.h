/* SPDX-License-Identifier: BSD-2-Clause */
/* What all faces share: the authority that is served, who may do what, and what every user has used up. */
#ifndef TALLY_FACE_FACE_H
#define TALLY_FACE_FACE_H

#include "../authority/authority.h"

struct tally_callers; /* callers_policy.h */
struct tally_quota;   /* quota.h */

/*
 * One authority as it is served. It owns nothing: whoever made it closes the authority and frees the rest. Its
 * functions are called on many threads at once; what it points to protects itself.
 */
struct tally_face {
	struct tally_authority *authority;
	const struct tally_callers *callers; /* the policy of this mount; NULL: the default */
	struct tally_quota *quota;
};

#endif
