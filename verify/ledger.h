/* SPDX-License-Identifier: BSD-2-Clause */
/* What a judgement has found so far: the inside of a verdict while it is made. */
#ifndef TALLY_VERIFY_LEDGER_H
#define TALLY_VERIFY_LEDGER_H

#include "arena.h"
#include "verdict.h"

/* Adding never fails: a lack of memory latches in the arena, and the judgement is then thrown away. */
struct tally_ledger {
	struct tally_arena *arena;
	uint64_t allowed; /* exceptions of the policy */
	uint64_t exceptions_used;
	struct tally_vector members;	 /* struct tally_verdict_member */
	struct tally_vector findings;	 /* struct tally_finding */
	struct tally_vector checks;	 /* struct tally_check */
	struct tally_vector ignored;	 /* struct tally_ignored_event */
	struct tally_vector jumps;	 /* struct tally_verdict_jump */
	struct tally_vector differences; /* struct tally_difference */
	struct tally_vector needs;	 /* struct tally_verdict_need */
	struct tally_vector edges;	 /* struct tally_verdict_edge */
	struct tally_vector claims;	 /* struct tally_verdict_claim */
	struct tally_vector registers;	 /* struct tally_verdict_register */
	struct tally_vector events;	 /* struct tally_verdict_event */
};

/*
 * A reason to reject. subject lives as long as the arena; record is the log's, or NULL. The detail is made
 * only for the first of its kind, so that a log which fails a million times does not cost a million texts.
 */
void tally_ledger_find(struct tally_ledger *ledger, enum tally_reason reason, const char *subject,
		       const uint64_t *record, const char *format, ...) __attribute__((format(printf, 5, 6)));
void tally_ledger_vfind(struct tally_ledger *ledger, enum tally_reason reason, const char *subject,
			const uint64_t *record, const char *format, va_list arguments)
	__attribute__((format(printf, 5, 0)));

/* One rule that the verifier itself has. If it does not hold, reason is a finding too, with detail. Returns holds. */
bool tally_ledger_rule(struct tally_ledger *ledger, bool holds, enum tally_reason reason, const char *subject,
		       const char *rule, const char *actual, const uint64_t *record, const char *detail);

/* The same for a rule that the policy can except. */
bool tally_ledger_exceptable(struct tally_ledger *ledger, bool holds, enum tally_exception exception,
			     enum tally_reason reason, const char *subject, const char *rule);

/* One rule that stands for several findings: it held if there are none beyond the first before of them. */
void tally_ledger_summary(struct tally_ledger *ledger, size_t before, const char *subject, const char *rule,
			  const char *actual);

/* One rule of the policy; rule is copied. */
bool tally_ledger_policy(struct tally_ledger *ledger, bool holds, enum tally_reason reason, const char *subject,
			 const char *rule, const char *actual, const uint64_t *record, const char *detail);

/* The policy names the exception; from now on it counts as used. */
bool tally_ledger_excepts(struct tally_ledger *ledger, enum tally_exception exception);

/* A copy of digests that lives as long as the ledger's arena; digests may be NULL. */
struct tally_banks tally_ledger_banks(struct tally_arena *arena, const struct tally_digests *digests);

/* Something malformed was found. */
bool tally_ledger_is_malformed(const struct tally_ledger *ledger);

/* Every check held or was excepted, there is one at least, and nothing was found. */
bool tally_ledger_accepts(const struct tally_ledger *ledger);

#endif
