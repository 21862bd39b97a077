/* SPDX-License-Identifier: BSD-2-Clause */
/* What each user holds or has used: entries, open files, log bytes. */
#ifndef TALLY_FACE_QUOTA_H
#define TALLY_FACE_QUOTA_H

#include <sys/types.h>

#include "../core/status.h"
#include "../core/bytes.h"

enum tally_quota_kind {
	TALLY_QUOTA_ENTRIES = 0, /* entries in report/ and rtmrs/ */
	TALLY_QUOTA_OPEN,	 /* files that are open: each holds memory until it is closed */
	TALLY_QUOTA_REQUESTS,	 /* open transaction files */
	TALLY_QUOTA_HELD_BYTES,	 /* that open files hold for their readers */
	TALLY_QUOTA_LOG_BYTES,	 /* of records that were logged for the user */
	TALLY_QUOTA_KIND_COUNT
};

#define TALLY_QUOTA_NONE UINT64_MAX /* a limit that is none */

/* The accounts of all users, with a mutex of their own. */
struct tally_quota;

/* NULL if there is no memory. */
struct tally_quota *tally_quota_new(void);
void tally_quota_free(struct tally_quota *quota);

/* Take so much of a kind for a user. 0; -EDQUOT, with nothing taken, if there would be more than limit; -ENOMEM. */
int tally_quota_take(struct tally_quota *quota, uid_t user, enum tally_quota_kind kind, uint64_t amount,
		     uint64_t limit);

/* Give back what was taken. */
void tally_quota_give(struct tally_quota *quota, uid_t user, enum tally_quota_kind kind, uint64_t amount);

/* What the user has taken and not given back. */
uint64_t tally_quota_used(struct tally_quota *quota, uid_t user, enum tally_quota_kind kind);

#endif
