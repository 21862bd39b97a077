/* SPDX-License-Identifier: BSD-2-Clause */
/* From evidence to verdict: parse, authenticate, replay, appraise. No I/O: evidence, policy and time are arguments. */
#ifndef TALLY_VERIFY_VERIFY_H
#define TALLY_VERIFY_VERIFY_H

#include "../core/env.h"
#include "collateral.h"
#include "policy.h"
#include "verdict.h"

struct tally_kept;

/* Verifying takes at most this many times the size of the evidence, and so many bytes more, whatever the input. */
#define TALLY_VERIFY_MEMORY_FACTOR 16
#define TALLY_VERIFY_MEMORY_BASE ((size_t)2 * 1024 * 1024)

struct tally_verify_request {
	struct tally_bytes evidence; /* a bundle */
	const struct tally_bytes
		*stored; /* parts that were trimmed out of its log, oldest first, beside those inside */
	size_t stored_count;
	const struct tally_collateral *collateral; /* beside what the evidence carries; NULL: none */
	const struct tally_roots
		*roots; /* beside the built-in ones, for tests: what rests on them is not accepted; NULL: none */
	struct tally_kept *kept; /* verify/kept.h; NULL: nothing is kept from one judgement to the next */
	const struct tally_policy
		*policy; /* tally_policy_read; NULL: the default policy, which accepts nothing by itself */
	struct tally_bytes policy_bytes; /* for the verdict's hash of it */
	bool has_nonce;
	struct tally_bytes
		nonce; /* the one that the verifier gave out: 32 to 64 bytes, in other modes than tally 8 to 64 */
	struct tally_bytes audience; /* expected; empty for none */
	struct tally_bytes key_type; /* expected channel key; empty: any, and the verdict reports it */
	struct tally_bytes key_hash; /* SHA-384, with key_type */
	int64_t time;		     /* seconds since 1970, UTC: now, or what the policy allows */
	bool is_time_given;	     /* time is not now: needs the policy's leave, and marks the verdict historical */
};

/*
 * A clock that can be right: not before this software was written, not centuries ahead. tally_verify
 * answers TALLY_INVALID for a time that is not plausible and not given.
 */
bool tally_time_is_plausible(int64_t time);

/*
 * Judge evidence. TALLY_OK with a verdict, accepted or rejected: a rejection
 * is no failure. Malformed evidence is a verdict too, whose is_malformed is
 * set and which names the part and its offset. Other statuses (TALLY_NO_MEMORY, TALLY_CRYPTO,
 * TALLY_INVALID, TALLY_NONCE_SIZE) mean that nothing was decided. *ret is freed with tally_verdict_free.
 */
TALLY_MUST_CHECK enum tally_status tally_verify(const struct tally_verify_request *request, struct tally_verdict **ret);

#endif
