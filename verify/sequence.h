/* SPDX-License-Identifier: BSD-2-Clause */
/* Matching the events of one register with the closed, ordered sequence that the policy has for it. spec: docs/policy.md */
#ifndef TALLY_VERIFY_SEQUENCE_H
#define TALLY_VERIFY_SEQUENCE_H

#include "../format/event.h"
#include "ledger.h"

/* One event as it is offered to the rules. */
struct tally_sequence_event {
	uint64_t record;
	const struct tally_digests *digests;
	const struct tally_event *content; /* NULL: not an event of ours */
	bool is_authentic;		   /* the digests were made from the content */
	const char *source;		   /* label of the attached log that it stands in; NULL: our log */
	uint64_t source_record;		   /* its position there */
};

/* What one rule took. */
struct tally_sequence_step {
	uint64_t taken;
	uint64_t first;	    /* record that it took first */
	bool has_lookalike; /* an event says that it is the one, and nothing authenticates that */
	uint64_t lookalike;
};

/* Events are offered one after the other; nothing is told before the end, because a jump makes void what came before it. */
struct tally_sequence {
	struct tally_arena *arena;
	const struct tally_register_rule *rule; /* NULL: there is none, and every event passes by */
	struct tally_vector *survey;		/* struct tally_verdict_event; NULL: nobody wants to know */
	bool is_untrusted;			/* nothing in this register satisfies a require */
	enum tally_status status;		/* first failure of the hash */
	size_t at;				/* rule that is next */
	struct tally_sequence_step *step;	/* one for each rule */
	uint64_t event_count;
	struct tally_vector ignored; /* struct tally_ignored_event */
	uint64_t unmatched_count;
	uint64_t unmatched; /* the first one */
	bool has_difference;
	struct tally_difference difference;
};

/* rule may be NULL; name is that of the register. */
void tally_sequence_init(struct tally_sequence *sequence, struct tally_arena *arena, const char *name,
			 const struct tally_register_rule *rule);

/* The next event of the register. */
void tally_sequence_take(struct tally_sequence *sequence, const struct tally_sequence_event *event);

/* Nothing that was offered so far is authenticated: begin anew. Returns how many events that were. */
uint64_t tally_sequence_restart(struct tally_sequence *sequence);

/* The register has no more events: every rule becomes a check. As tally_env_hash. */
TALLY_MUST_CHECK enum tally_status tally_sequence_finish(struct tally_sequence *sequence, struct tally_ledger *ledger);

/* An event in words, on one line. */
const char *tally_sequence_event_text(struct tally_arena *arena, const struct tally_sequence_event *event);

#endif
