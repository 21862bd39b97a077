/* SPDX-License-Identifier: BSD-2-Clause */
/* What a report says beside its registers: provider-qualified, typed, each with the check that is its rule. */
#ifndef TALLY_VERIFY_CLAIMS_H
#define TALLY_VERIFY_CLAIMS_H

#include "../core/bytes.h"

/* BITS and CODE are numbers of which no range makes sense: each bit, or each value, means something by itself. */
enum tally_claim_type {
	TALLY_CLAIM_BYTES = 1,
	TALLY_CLAIM_NUMBER,
	TALLY_CLAIM_TEXT,
	TALLY_CLAIM_BITS,
	TALLY_CLAIM_CODE
};

enum tally_claim_check {
	TALLY_CLAIM_BUILT_IN = 1, /* the verifier's own check is the rule; a policy can't loosen it */
	TALLY_CLAIM_POLICY,	  /* must have a rule: policy.unruled otherwise */
	TALLY_CLAIM_OPTIONAL	  /* may have a rule beside the verifier's own check */
};

/* One row of docs/claims.md. */
struct tally_claim_row {
	const char *name; /* provider-qualified: "soft.mrtd" */
	enum tally_claim_type type;
	enum tally_claim_check check;
	const char *summary;
};

struct tally_claim_value {
	enum tally_claim_type type; /* tally_claim_value_type of its row's */
	uint64_t number;	    /* NUMBER */
	struct tally_bytes bytes;   /* BYTES and TEXT */
};

static inline enum tally_claim_type tally_claim_value_type(enum tally_claim_type row)
{
	return row == TALLY_CLAIM_BITS || row == TALLY_CLAIM_CODE ? TALLY_CLAIM_NUMBER : row;
}

static inline bool tally_claim_value_equal(const struct tally_claim_value *a, const struct tally_claim_value *b)
{
	if (a->type != b->type)
		return false;
	return a->type == TALLY_CLAIM_NUMBER ? a->number == b->number : tally_bytes_equal(a->bytes, b->bytes);
}

#endif
