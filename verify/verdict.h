/* SPDX-License-Identifier: BSD-2-Clause */
/* The verifier's answer: accepted or rejected, every rule with its outcome, and what it rests on. */
#ifndef TALLY_VERIFY_VERDICT_H
#define TALLY_VERIFY_VERDICT_H

#include "../core/digest.h"
#include "../core/env.h"
#include "policy.h"
#include "reason.h"

#define TALLY_VERDICT_SCHEMA "tally.verify/1"
#define TALLY_VERDICT_HASH_SIZE 48 /* SHA-384 */

/* Texts in a verdict are clean UTF-8: what came from evidence has its control characters escaped. */

/* A reason to reject. What a log does many times stands here once: count says how often, record where first. */
struct tally_finding {
	enum tally_reason reason;
	const char *subject; /* "soft.rtmr2", "log", "soft.mrtd", ... */
	const char *detail;  /* what was found and what was expected; "" if the message says it all */
	bool has_record;
	uint64_t record; /* number of the log's record */
	uint64_t count;
};

enum tally_outcome {
	TALLY_OUTCOME_UNSET = 0, /* never decided: counts as failed */
	TALLY_OUTCOME_HELD,
	TALLY_OUTCOME_EXCEPTED, /* did not hold; the policy names the exception */
	TALLY_OUTCOME_FAILED
};

/* One rule, and how it came out. */
struct tally_check {
	const char *subject;
	const char *rule;   /* as the policy spells it, or the built-in rule in words */
	const char *actual; /* what the evidence has; "" if there is nothing to show */
	bool is_built_in;
	enum tally_outcome outcome;
	enum tally_reason reason; /* FAILED, EXCEPTED */
};

/* One digest for each bank, ascending by algorithm; no more of them than there are, because a log has many. */
struct tally_banks {
	size_t count;
	const struct tally_digest *digest;
};

/* An event that an ignore rule took. Nothing but its digest is authenticated, unless text says what else. */
struct tally_ignored_event {
	const char *reg;
	uint64_t record;
	struct tally_banks digests;
	const char *source;	/* label of the attached log that it stands in; NULL: our log */
	uint64_t source_record; /* its position there */
	const char *text;	/* what its digest was made from, in words; NULL: not known, or in our log */
};

enum tally_jump_kind { TALLY_JUMP_BASE = 1, TALLY_JUMP_GAP, TALLY_JUMP_TRIM };

/* A place where the log goes on from a value that it only states. */
struct tally_verdict_jump {
	const char *reg;
	uint64_t record;
	enum tally_jump_kind kind;
	struct tally_banks from; /* count 0: unknown */
	struct tally_banks to;
	bool is_pinned; /* a measured event covers it */
	const char *
		proof; /* what proves it: "attached logs", "stored log", "foreign logs", "policy"; NULL: nothing does */
	bool is_admitted; /* unproven, and the policy tolerates it */
};

/* The first event of a register that is not what the policy asks for, beside what it asks for. */
struct tally_difference {
	const char *reg;
	bool has_record; /* false: the log ended */
	uint64_t record;
	const char *found;    /* "" at the end of the log */
	const char *expected; /* "" if the policy expects nothing more */
};

/* How a platform stands, as its maker says. */
enum tally_standing {
	TALLY_STANDING_UNKNOWN = 0, /* its maker says nothing of the kind, or could not be asked */
	TALLY_STANDING_CURRENT,
	TALLY_STANDING_OUTDATED, /* or with advisories */
	TALLY_STANDING_REVOKED
};

/* One signed part of the evidence. */
struct tally_verdict_member {
	const char *provider;
	const char *label;	   /* in the bundle */
	const char *caveat;	   /* what holds even if it is accepted; "" for nothing */
	const char *authenticated; /* by what: "key sha256:... pinned by the policy"; NULL: it is not authentic */
	const char *root;	   /* that its chain ends in; NULL: none */
	bool is_test_root;	   /* that root was given for a test: root=non-production */
	const char *tcb_status;	   /* its maker's word; NULL: none */
	bool has_tcb_date;
	int64_t tcb_date;
	const char *advisories; /* separated by spaces; NULL: none */
	enum tally_standing standing;
	bool is_debug;	  /* the machine can be looked into */
	bool is_instance; /* the policy pins the claim that tells this machine from others */
};

/* A claim of a member that is authentic, or would be. */
struct tally_verdict_claim {
	const char *name;
	const char *value;	   /* hex, number or text */
	const char *authenticated; /* by whom; NULL: by nobody */
	bool is_number;
	bool is_bits;	 /* a number whose bits mean something each */
	bool needs_rule; /* of the policy */
};

/* A register that the report signs. */
struct tally_verdict_register {
	const char *name;
	struct tally_banks value;
	bool is_resettable;
};

/* An event of such a register, told in a survey: what a policy would have to say of it. */
struct tally_verdict_event {
	const char *reg;
	struct tally_banks digests;
	bool is_authentic; /* the digests were made from what follows; else these are NULL */
	const char *type;
	const char *name;
	const char *origin;
	bool is_void; /* it stands before a jump that nothing proves */
};

/* One member that rests on another. */
struct tally_verdict_edge {
	const char *from; /* labels */
	const char *to;
	enum tally_edge edge;
	const char *how; /* in words */
};

/* Collateral that was needed, and is missing or out of date. */
struct tally_verdict_need {
	const char *name;	  /* in a cache */
	const char *url;	  /* NULL: nobody serves it */
	const char *chain_header; /* NULL: none */
	const char *chain_name;
	bool is_stale; /* there, and to be replaced */
};

/* All of it is owned by it, and nothing borrows from evidence or policy: tally_verdict_free. Arrays have the given number of elements. */
struct tally_verdict {
	bool is_accepted;
	bool is_malformed;  /* some part could not be read */
	bool is_historical; /* judged at a time that is not now */
	int64_t time;
	bool has_valid_until;
	int64_t valid_until;
	struct tally_bytes evidence; /* that was judged; shown by tally_verdict_hash, as the policy is */
	bool has_policy;
	struct tally_bytes policy;
	enum tally_binding_mode binding;
	bool has_nonce; /* the one in the evidence */
	struct tally_bytes nonce;
	const char *caller;   /* who asked; NULL if the evidence does not say */
	const char *audience; /* NULL for none */
	const char *key_type; /* the key that the evidence is bound to; NULL for none */
	struct tally_bytes key_hash;
	const char *provider;  /* of the report; NULL if it could not be told */
	uint64_t record_count; /* of the log */
	bool has_boot_log;     /* an attached log begins at the reset values */
	const char *ima;       /* label of IMA's list; NULL: there is none */
	size_t member_count;
	const struct tally_verdict_member *member;
	size_t finding_count;
	const struct tally_finding *finding;
	size_t check_count;
	const struct tally_check *check;
	size_t ignored_count;
	const struct tally_ignored_event *ignored;
	size_t jump_count;
	const struct tally_verdict_jump *jump;
	size_t difference_count;
	const struct tally_difference *difference;
	size_t claim_count;
	const struct tally_verdict_claim *claim;
	size_t register_count;
	const struct tally_verdict_register *reg;
	size_t event_count; /* 0 unless the policy asked for a survey */
	const struct tally_verdict_event *event;
	size_t edge_count;
	const struct tally_verdict_edge *edge;
	size_t need_count;
	const struct tally_verdict_need *need;
	uint64_t exceptions_used; /* bit n: exception of number n */
	struct tally_arena *arena;
};

void tally_verdict_free(struct tally_verdict *verdict);

/* SHA-384 of evidence or policy, made when somebody wants to see it. As tally_env_hash. */
TALLY_MUST_CHECK enum tally_status tally_verdict_hash(struct tally_bytes bytes, uint8_t ret[TALLY_VERDICT_HASH_SIZE]);

/*
 * For people: the first line is "accepted: ..." or "rejected: ...", then one line a finding.
 * explain adds every rule with its outcome, jumps, ignored events, and the first event that differs
 * beside what the policy asks for. color: with ANSI colours. NULL if memory is short; freed with free().
 */
char *tally_verdict_to_text(const struct tally_verdict *verdict, bool explain, bool color);

/* For programs: one object of schema tally.verify/1 on one line, without a newline. NULL if memory is short; free(). */
char *tally_verdict_to_json(const struct tally_verdict *verdict);

#endif
