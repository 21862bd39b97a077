/* SPDX-License-Identifier: BSD-2-Clause */
/* The other side: from evidence to a verdict, offline. */
#ifndef TALLY_VERIFY_H
#define TALLY_VERIFY_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A file: a part that was trimmed out of a log, as tally_trim made it; a certificate, a revocation list. */
struct tally_part {
	const void *bytes;
	size_t size;
};

/* What a judgement is made from. */
struct tally_verification {
	size_t size;	      /* sizeof(struct tally_verification) */
	const void *evidence; /* a bundle, as tally_evidence makes it */
	size_t evidence_size;
	const char *policy; /* JSON, with no NUL at its end needed; NULL: nothing is accepted */
	size_t policy_size;
	const void *nonce; /* that you gave out, 32 to 64 bytes; NULL: the evidence may be old, and is rejected */
	size_t nonce_size;
	const char *audience; /* for whom it must be; NULL for nobody in particular */
	const char *key_type; /* with key_hash: the key that it must be bound to; NULL: any */
	const void *key_hash; /* SHA-384, 48 bytes */
	int64_t time;	      /* judge at this time, in seconds since 1970; the policy must allow it; 0: now */
	const struct tally_part *stored; /* what the log lost by trims, oldest first; NULL for none */
	size_t stored_count;
	/*
	 * Certificates, revocation lists, TCB statements, keys and endorsements beside those in the evidence, in DER,
	 * PEM, JSON or CBOR; what is none of these is read as the certificate table of an SNP host.
	 */
	const struct tally_part *collateral;
	size_t collateral_count;
	/* Root certificates in DER that are trusted as well, for tests: what ends in one of them is never accepted. */
	const struct tally_part *test_roots;
	size_t test_root_count;
};

/* Accepted or rejected, with every rule and its outcome. */
struct tally_verdict;

/*
 * Judge evidence by a policy. A rejection, and evidence that can't be read, are verdicts and TALLY_OK; any other
 * status means that nothing was decided. Nothing is read but the arguments and, where time is 0, the clock.
 * Memory is bounded by the size of the evidence.
 * Ownership: *ret is closed with tally_verdict_close, and borrows from nothing.
 * Threads: any.
 * Errors: TALLY_POLICY (the error names the fault of the policy), TALLY_NONCE_SIZE, TALLY_DIGEST_SIZE, TALLY_INVALID
 * (the clock can't be right; no evidence), TALLY_UNSUPPORTED, TALLY_NO_MEMORY, TALLY_CRYPTO.
 * Source: ARCHITECTURE.md, I7 and I8; docs/verifier.md; docs/policy.md.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_verify_evidence(const struct tally_verification *verification,
								   struct tally_verdict **ret,
								   struct tally_error *error);

/*
 * Accepted; and, of what is rejected, whether some part could not be read at all. NULL is not accepted.
 * Threads: any. Errors: none.
 * Source: ARCHITECTURE.md, I7.
 */
TALLY_API bool tally_verdict_is_accepted(const struct tally_verdict *verdict);
TALLY_API bool tally_verdict_is_malformed(const struct tally_verdict *verdict);

/*
 * The reasons of a rejection; none if it is accepted. Of reason i: its code, which stands for ever
 * ("log.gap"), what that means in words, what it is about ("soft.rtmr2"), and what was found and expected
 * ("" if the message says it all). NULL for an i that is not below the count.
 * Ownership: borrowed until tally_verdict_close. Threads: any. Errors: none.
 * Source: docs/reasons.md.
 */
TALLY_API size_t tally_verdict_reason_count(const struct tally_verdict *verdict);
TALLY_API const char *tally_verdict_reason_code(const struct tally_verdict *verdict, size_t i);
TALLY_API const char *tally_verdict_reason_message(const struct tally_verdict *verdict, size_t i);
TALLY_API const char *tally_verdict_reason_subject(const struct tally_verdict *verdict, size_t i);
TALLY_API const char *tally_verdict_reason_detail(const struct tally_verdict *verdict, size_t i);

/*
 * All of it for programs: one object of schema tally.verify/1 on one line. NULL if memory is short.
 * Ownership: released with tally_free. Threads: any. Errors: NULL.
 * Source: docs/schema/tally.verify.1.json.
 */
TALLY_API char *tally_verdict_json(const struct tally_verdict *verdict);

/*
 * For people: a line that says accepted or rejected, then a line for each reason; explain adds every rule with its
 * outcome and the first event that differs. NULL if memory is short.
 * Ownership: released with tally_free. Threads: any. Errors: NULL.
 * Source: docs/reasons.md.
 */
TALLY_API char *tally_verdict_text(const struct tally_verdict *verdict, bool explain);

/*
 * Close. NULL is allowed.
 * Ownership: takes verdict over. Threads: none may be inside a call. Errors: none.
 * Source: the rules in tally/base.h.
 */
TALLY_API void tally_verdict_close(struct tally_verdict *verdict);

#ifdef __cplusplus
}
#endif

#endif
