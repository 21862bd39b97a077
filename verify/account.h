/* SPDX-License-Identifier: BSD-2-Clause */
/* What a log says of the registers that a report signs, checked record by record. spec: docs/verifier.md 1 */
#ifndef TALLY_VERIFY_ACCOUNT_H
#define TALLY_VERIFY_ACCOUNT_H

#include "../core/replay.h"
#include "../format/control.h"
#include "../format/segment.h"
#include "sequence.h"
#include "verifier.h"

/* Settle tries the newest three open attempts; older ones than these are never ended by an event that needs to be known. */
#define TALLY_ACCOUNT_ATTEMPTS 16

/* Who made the events of IMA's list: no caller of ours has this origin. */
#define TALLY_ACCOUNT_ORIGIN_IMA "ima"

/* A jump, as it will stand in the verdict, and what is needed until it is pinned. */
struct tally_account_jump {
	struct tally_verdict_jump shown;
	size_t reg;
	bool is_overrun;      /* an event of its register came before its pin */
	size_t next_unpinned; /* of the same register, 1 more than its position; 0: none */
};

/* What a jump's value rests on. Only a replay speaks for the records before it as well. */
enum tally_account_proof {
	TALLY_PROOF_NONE = 0,
	TALLY_PROOF_RESET,    /* it is the reset value */
	TALLY_PROOF_SEGMENTS, /* attached logs replay to it */
	TALLY_PROOF_STORED,   /* the records before it do */
	TALLY_PROOF_FILLS,    /* foreign logs, which fills name, replay from where it begins to it */
	TALLY_PROOF_POLICY    /* the policy pins it */
};

struct tally_account_register {
	const char *name;			/* qualified */
	const struct tally_register_rule *rule; /* NULL: the policy has none */
	struct tally_sequence sequence;
	bool has_base;
	bool is_reached; /* the value is that of the report now */
	bool is_lost;	 /* it was, and lost is the record that changed it */
	uint64_t lost;
	uint64_t segment_count; /* events in attached logs */
	uint64_t before_count;	/* events before the last unproven jump */
	uint64_t gap_count;	/* unproven ones */
	size_t first_unpinned;	/* as next_unpinned */
	size_t last_unpinned;
	size_t first_patient; /* the first of them that no event has overrun */
	size_t attempt_count;
	struct tally_bytes
		attempt[TALLY_ACCOUNT_ATTEMPTS]; /* records of open attempts but for their numbers, oldest first */
};

/* One account of one statement. Made by tally_account_begin, fed, finished; lives in the ledger's arena. */
struct tally_account {
	struct tally_ledger *ledger;
	const struct tally_statement *statement;
	const struct tally_policy *policy;
	size_t register_count;		    /* runtime ones */
	struct tally_account_register *reg; /* register_count of them */
	struct tally_replay *replay;
	enum tally_status status; /* first failure that is no fault of the evidence */
	bool is_broken;		  /* the log can't be read to its end: nothing is compared */
	bool has_begun;
	bool is_prologue; /* behind the header, where bases stand */
	uint64_t first_number;
	uint64_t next_number;
	bool has_boot_id;
	uint8_t boot_id[TALLY_BOOT_ID_SIZE];
	uint8_t first_head[TALLY_HEAD_SIZE]; /* head(first_number) */
	struct tally_vector records;	     /* struct tally_bytes: encoded, from first_number on */
	struct tally_vector heads;	     /* uint8_t[48]: head(first_number + 1 + i), made when one is asked for */
	struct tally_vector jumps;	     /* struct tally_account_jump */
	uint8_t *scratch;		     /* for a record written anew */
	size_t scratch_size;
	struct tally_control_trim *trim; /* and for a trim or a header that is read; NULL: there was no log yet */
	bool is_join;			 /* the next record begins another part of the log */
	uint64_t segment_extended;	 /* bit i: attached logs that lie before ours extend register i */
	struct tally_vector foreigns;	 /* logs that fills name: account_fill.c */
	struct tally_vector fills;
	bool fills_are_sorted;
};

/* NULL if memory is short. The statement's registers must be known. */
struct tally_account *tally_account_begin(struct tally_ledger *ledger, const struct tally_statement *statement,
					  const struct tally_policy *policy);

/* An attached log of any format that lies before ours; format UNKNOWN: detected. */
void tally_account_segment(struct tally_account *account, const char *label, enum tally_log_format format,
			   struct tally_bytes log);

/* A log that fills may name by this label. All of them come before tally_account_find_fills. */
void tally_account_foreign(struct tally_account *account, const char *label, enum tally_log_format format,
			   struct tally_bytes log);

/* Find the fills in a part of our log: in all parts, before the first of them is fed. */
void tally_account_find_fills(struct tally_account *account, struct tally_bytes log);

/* The next part of our log: stored parts first, then the log itself. */
void tally_account_log(struct tally_account *account, const char *label, struct tally_bytes log);

/* Compare with the report and finish every sequence. has_log: there was one. */
TALLY_MUST_CHECK enum tally_status tally_account_finish(struct tally_account *account, bool has_log);

/* A finding about one record of the log; reg NULL: about the log. */
void tally_account_find(struct tally_account *account, enum tally_reason reason,
			const struct tally_account_register *reg, const struct tally_record *record, const char *format,
			...) __attribute__((format(printf, 5, 6)));

/* Latch a failure that is no fault of the evidence. */
void tally_account_fail(struct tally_account *account, enum tally_status status);

/* Watch where register i meets the report's value; number is the record's that changed it. */
void tally_account_watch(struct tally_account *account, size_t i, uint64_t number);

/* account_foreign.c */

/* An attached log while it is read. Copied by assignment, as its reader is; the label names it in the verdict. */
struct tally_account_source {
	const char *label;
	struct tally_log_reader reader;
};

/* Open it with the room that it needs, out of the arena. As tally_log_open. */
TALLY_MUST_CHECK enum tally_status tally_account_source_open(struct tally_account *account, const char *label,
							     enum tally_log_format format, struct tally_bytes log,
							     struct tally_account_source *ret);

/* The record that was read last has extended register i with these digests; number is its place in our log. */
void tally_account_source_event(struct tally_account *account, size_t i, const struct tally_account_source *source,
				const struct tally_record *record, const struct tally_digests *digests,
				uint64_t number);

/* account_fill.c */

/*
 * The fills of the gap in this record, which begins where register i is. True if they lead to its end; else what is
 * wrong with them is told, if there are any. *ret_fed: events that they gave to the sequence in either case.
 */
bool tally_account_fill_gap(struct tally_account *account, size_t i, const struct tally_record *record,
			    const struct tally_digests *to, uint64_t *ret_fed);

/* A foreign log that no fill names is no part of the evidence. */
void tally_account_fills_finish(struct tally_account *account);

/* account_control.c: a control record of register i. */
void tally_account_control(struct tally_account *account, size_t i, const struct tally_record *record);

/* account_jump.c */

/* Register i goes on from to; from is NULL for a base. */
void tally_account_jump(struct tally_account *account, size_t i, const struct tally_record *record,
			enum tally_jump_kind kind, const struct tally_digests *from, const struct tally_digests *to,
			enum tally_account_proof proof);

/* A measured record of register i, before it is extended: a pin, a late attempt, or too early? event NULL: not authentic. */
void tally_account_pin(struct tally_account *account, size_t i, const struct tally_record *record,
		       const struct tally_event *event);

/* A gap of register i stands in the record of this number. */
bool tally_account_has_gap(const struct tally_account *account, size_t i, uint64_t number);

/* An intent's record that may still take effect. */
void tally_account_attempt(struct tally_account *account, size_t i, struct tally_bytes attempt);

/* head(number); NULL if it can't be told. */
const uint8_t *tally_account_head(struct tally_account *account, uint64_t number);

/* The header and its bases are over: they must go on from where attached logs ended. */
void tally_account_prologue_end(struct tally_account *account);

/* Every jump into the verdict, with what is wrong with it. */
void tally_account_jumps_finish(struct tally_account *account);

#endif
