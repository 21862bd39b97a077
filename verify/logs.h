/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of the evidence's logs explains whose registers. */
#ifndef TALLY_VERIFY_LOGS_H
#define TALLY_VERIFY_LOGS_H

#include "../format/bundle.h"
#include "appraise.h"

struct tally_logs {
	const struct tally_bundle *bundle;
	const struct tally_statements *statements;
	const struct tally_policy *policy;
	const struct tally_bytes *stored; /* parts from outside the bundle, oldest first */
	size_t stored_count;
};

/* Replay them all, and match their events with the policy. What there is goes into the verdict. */
TALLY_MUST_CHECK enum tally_status tally_logs_check(const struct tally_logs *logs, struct tally_ledger *ledger,
						    struct tally_verdict *verdict);

/* The member is "segment.N"; or "stored.N", none of the numbers before N missing. */
bool tally_logs_is_segment(const struct tally_member *member);
bool tally_logs_is_stored(const struct tally_bundle *bundle, const struct tally_member *member);

#endif
