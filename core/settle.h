/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How an extend ends: docs/settle.md, as a pure function over one register. */
#ifndef TALLY_CORE_SETTLE_H
#define TALLY_CORE_SETTLE_H

#include "registers.h"

#define TALLY_SETTLE_READS 4	  /* fresh reads before settle gives up */
#define TALLY_SETTLE_CANDIDATES 3 /* open attempts tried, the newest */
#define TALLY_SETTLE_STEPS 4	  /* an abort and three events, or four events */

enum tally_settle_decision {
	TALLY_SETTLE_UNSET = 0,
	TALLY_SETTLE_CLEAN,	  /* no intent; the register is where the log says */
	TALLY_SETTLE_EXPLAINED,	  /* no intent; open attempts explain it */
	TALLY_SETTLE_GAP,	  /* no intent; nothing explains it */
	TALLY_SETTLE_APPLIED,	  /* the intent took effect */
	TALLY_SETTLE_NOT_APPLIED, /* it did not, and never will: clear the slot */
	TALLY_SETTLE_NOT_APPLIED_EXPLAINED,
	TALLY_SETTLE_ABORTED, /* it did not yet, but may: kept as an abort */
	TALLY_SETTLE_ABORTED_EXPLAINED,
	TALLY_SETTLE_INDETERMINATE, /* a gap that names the intent */
	TALLY_SETTLE_READ_AGAIN,    /* one more fresh read, please */
	TALLY_SETTLE_TRY_AGAIN	    /* the register does not hold still; the slot stays as it is */
};

/* One record to append. */
enum tally_settle_append {
	TALLY_APPEND_CANDIDATE = 1, /* the event of candidate [candidate] */
	TALLY_APPEND_INTENT,	    /* the event of the intent */
	TALLY_APPEND_ABORT,	    /* an abort that names the intent */
	TALLY_APPEND_GAP	    /* a gap old -> live; it names the intent if there is one */
};

struct tally_settle_step {
	enum tally_settle_append append;
	size_t candidate;
};

struct tally_settle_input {
	enum tally_extend_rule rule;
	const struct tally_digests *old;	/* what the log replays to */
	const struct tally_digests *reads;	/* fresh reads, oldest first; the newest decides */
	size_t read_count;			/* 1 to TALLY_SETTLE_READS */
	const struct tally_digests *intent;	/* digests of the pending slot, if it is of this register; else NULL */
	const struct tally_digests *candidates; /* open attempts but the slot's, the newest 3, oldest first */
	size_t candidate_count;
	bool is_late; /* the provider is, or its extend has just reported success */
};

struct tally_settle_result {
	enum tally_settle_decision decision;
	bool clears_slot; /* before anything is answered */
	size_t step_count;
	struct tally_settle_step step[TALLY_SETTLE_STEPS]; /* append in this order */
};

/*
 * Decide how the extends of one register ended. Pure: the same input gives
 * the same result, and the hash of core/env.h is all that it calls.
 * TALLY_INVALID if a count or the rule is out of range, TALLY_BANK_SET if
 * there is no bank or any two of the digests have different ones,
 * TALLY_UNKNOWN_ALGORITHM, or as tally_env_hash; *ret is set only on TALLY_OK.
 */
TALLY_MUST_CHECK enum tally_status tally_settle(const struct tally_settle_input *input,
						struct tally_settle_result *ret);

/* What the intent slot holds, seen together with the log. */
enum tally_slot_class {
	TALLY_SLOT_UNSET = 0,
	TALLY_SLOT_NONE,    /* absent or empty */
	TALLY_SLOT_TORN,    /* size or SHA-256 wrong: the extend was never issued */
	TALLY_SLOT_FOREIGN, /* of another log: kept aside */
	TALLY_SLOT_SETTLED, /* the log holds its end */
	TALLY_SLOT_PENDING  /* settle its register before every other */
};

/* What was found out about the slot, in the order in which it decides. */
struct tally_slot_facts {
	bool is_present;	/* the file is there and not empty */
	bool is_whole;		/* size and SHA-256 are right */
	bool is_of_this_log;	/* number is not beyond the log's end and head(number) is this log's */
	bool is_ended_by_event; /* from number on: a record that ends this attempt */
	bool is_named;		/* from number on: a gap or an abort that names it */
};

enum tally_slot_class tally_slot_classify(const struct tally_slot_facts *facts);

#endif
