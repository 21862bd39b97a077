/* SPDX-License-Identifier: BSD-2-Clause */
/* What a relying party accepts: the policy file, read. spec: docs/policy.md */
#ifndef TALLY_VERIFY_POLICY_H
#define TALLY_VERIFY_POLICY_H

#include "../core/digest.h"
#include "../core/env.h"
#include "claims.h"
#include "exception.h"

#define TALLY_POLICY_VERSION 1
#define TALLY_POLICY_SIZE_LIMIT (16 * 1024 * 1024)

/* How REPORT_DATA is expected to have been made. The policy chooses, the evidence never. X(name, number, text) */
#define TALLY_BINDING_MODE_TABLE(X) \
	X(TALLY, 1, "tally")        \
	X(RAW, 2, "raw")            \
	X(SVSM, 3, "svsm")          \
	X(COCO, 4, "coco")          \
	X(EK_SRK, 5, "ek-srk")

enum tally_binding_mode {
#define TALLY_BINDING_MODE_ENUM(name, number, text) TALLY_BINDING_##name = (number),
	TALLY_BINDING_MODE_TABLE(TALLY_BINDING_MODE_ENUM)
#undef TALLY_BINDING_MODE_ENUM
};

/* "tally", "raw", ...; "" for a number outside the table. */
const char *tally_binding_mode_name(enum tally_binding_mode mode);

/* What an event must be. Every field that is asked for must fit; text of size 0 and digests of count 0 are not asked. */
struct tally_event_pattern {
	struct tally_bytes type;
	struct tally_bytes name;
	struct tally_bytes origin;
	bool has_data;
	struct tally_bytes data;
	struct tally_digests data_digest; /* of one algorithm: the event carries it, or data that hashes to it */
	struct tally_digests digest;	  /* the record's digests in these banks */
};

enum tally_rule_kind { TALLY_RULE_UNSET = 0, TALLY_RULE_REQUIRE, TALLY_RULE_IGNORE };

/* One element of a register's sequence. */
struct tally_event_rule {
	enum tally_rule_kind kind;
	struct tally_event_pattern pattern; /* REQUIRE */
	uint64_t count;			    /* REQUIRE: exactly; IGNORE: at most, or exactly if is_exact */
	bool is_exact;
	size_t except_count; /* IGNORE: events that it must not swallow */
	const struct tally_event_pattern *except;
	const char *text; /* as the policy spells it, on one line */
};

/* The rule of one runtime register. At least one of has_events and value.count says what it must be. */
struct tally_register_rule {
	const char *name; /* provider-qualified: "soft.rtmr2" */
	bool has_events;  /* a closed, ordered sequence; an empty one means that there are no events */
	size_t event_count;
	const struct tally_event_rule *event;
	struct tally_digests value; /* count 0: not pinned */
	struct tally_digests base;  /* the value that a base may state; count 0: none */
	struct tally_digests trim;  /* the value that a trim may state; count 0: none */
	uint64_t gap_limit;	    /* gaps that are admitted */
	uint64_t before_limit;	    /* events before the last admitted gap that are tolerated, unauthenticated */
};

/* The rule of one claim: equal to one of the values, a number in a range, or bits of two sets and no others. */
struct tally_claim_rule {
	const char *name;
	size_t value_count;
	const struct tally_claim_value *value;
	bool has_min;
	uint64_t min;
	bool has_max;
	uint64_t max;
	bool has_bits;
	uint64_t must; /* bits that are set */
	uint64_t may;  /* others that can be */
	const char *text;
};

struct tally_collateral_policy;
struct tally_verifier;

/* What ties one member of composite evidence to another. X(name, number, text, what that means) */
#define TALLY_EDGE_TABLE(X)                                                 \
	X(NONE, 0, "none", "nothing: any machine may have made it")         \
	X(ASSERTED, 1, "asserted", "only the guest's own request names it") \
	X(VOUCHED, 2, "vouched", "hardware, or its firmware, speaks for its key")

enum tally_edge {
#define TALLY_EDGE_ENUM(name, number, text, meaning) TALLY_EDGE_##name = (number),
	TALLY_EDGE_TABLE(TALLY_EDGE_ENUM)
#undef TALLY_EDGE_ENUM
};

/* "none", "asserted", "vouched"; "" for a number outside the table. */
const char *tally_edge_name(enum tally_edge edge);

#define TALLY_POLICY_SECTION_LIMIT 16

/* Everything in it is owned by it: tally_policy_free. */
struct tally_policy {
	enum tally_binding_mode binding;
	bool is_survey;	      /* every event goes into the verdict: for whoever writes a policy */
	uint64_t allowed;     /* bit n: exception of number n */
	enum tally_edge edge; /* the least that ties members together: VOUCHED, or ASSERTED */
	size_t caller_count;
	const char *const *caller;			  /* who may have asked for the report; 0 of them: anybody */
	const struct tally_collateral_policy *collateral; /* never NULL in a policy that was read */
	const void *section[TALLY_POLICY_SECTION_LIMIT];  /* read through tally_policy_section */
	size_t claim_count;
	const struct tally_claim_rule *claim;
	size_t register_count;
	const struct tally_register_rule *reg;
	struct tally_arena *arena;
};

/* Where the file is wrong and how: a line and column, or a path such as registers.soft.rtmr2[1].ignore.max. */
struct tally_policy_problem {
	char text[480];
};

/*
 * Read a policy. TALLY_POLICY with *problem filled in for any fault of the file: not JSON, a key
 * twice, an unknown key, claim, register or exception, an empty set, a value of the wrong form.
 * TALLY_NO_MEMORY. *ret is set only on TALLY_OK and freed with tally_policy_free.
 */
TALLY_MUST_CHECK enum tally_status tally_policy_read(struct tally_bytes json, struct tally_policy **ret,
						     struct tally_policy_problem *problem);

/* A policy that accepts nothing and surveys everything. *ret is freed with tally_policy_free. TALLY_NO_MEMORY. */
TALLY_MUST_CHECK enum tally_status tally_policy_survey(enum tally_binding_mode binding, struct tally_policy **ret);

/*
 * What the policy says for one provider: the struct that this verifier's read_section has filled in. NULL if the
 * policy has no section of its name.
 */
const void *tally_policy_section(const struct tally_policy *policy, const struct tally_verifier *verifier);

/* The rule of a claim; NULL if the policy has none. */
const struct tally_claim_rule *tally_policy_claim_find(const struct tally_policy *policy, const char *name);

void tally_policy_free(struct tally_policy *policy);

#endif
