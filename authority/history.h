/* SPDX-License-Identifier: BSD-2-Clause */
/* What the log says so far: running values, head, open attempts, unpinned jumps, once names. */
#ifndef TALLY_AUTHORITY_HISTORY_H
#define TALLY_AUTHORITY_HISTORY_H

#include "../core/replay.h"
#include "../core/settle.h"
#include "../format/cel_tlv.h"
#include "../format/control.h"
#include "../format/intent.h"
#include "names.h"

#define TALLY_IDENTITY_SIZE 32

/* An event that was once written to the intent slot and whose end is not known. */
struct tally_attempt {
	uint8_t slot[TALLY_SLOT_SHA256_SIZE]; /* names it */
	/*
	 * What "the same event" means: all of the record but its number. The slot's record is at hand and
	 * compared as it is; of others, which stand in the log, the SHA-256 is kept.
	 */
	struct tally_bytes body;
	uint8_t identity[TALLY_IDENTITY_SIZE];
	size_t register_index;
	struct tally_digests digests;
	bool is_slot;	 /* it is the slot's; else an abort's or a gap's */
	uint64_t offset; /* of the abort or gap that holds its record */
};

/* The jumps of one register that no pin covers yet, as one. */
struct tally_open_jump {
	bool is_open;
	struct tally_digests from;
	struct tally_digests to;
	uint64_t last; /* record number of the newest of them */
};

/* The slot as it was last seen, so that it can be placed between the records. */
struct tally_slot_seen {
	bool is_whole;	 /* size and SHA-256 are right */
	bool is_unknown; /* it names a register or banks that are not of this log */
	bool is_placed;	 /* its number was reached and head(number) was right */
	bool is_foreign; /* its number was reached, and it is unknown or head(number) was wrong */
	uint64_t number;
	uint8_t head[TALLY_HEAD_SIZE];
	struct tally_attempt attempt;
};

/* Derived from the log's first size bytes, and from nothing else but the slot. */
struct tally_history {
	const struct tally_register_set *registers;
	uint64_t size;	       /* bytes of whole records */
	uint64_t first_number; /* of the first record: not 0 where records were trimmed */
	uint64_t next;	       /* number of the next record */
	uint8_t head[TALLY_HEAD_SIZE];
	uint8_t first[TALLY_HEAD_SIZE]; /* the head behind the first record: names the log */
	uint64_t capacity;
	uint8_t boot_id[TALLY_BOOT_ID_SIZE];
	bool is_once_lost; /* a once name may stand in a part that is gone */
	uint64_t gap_count;
	struct tally_replay replay;
	bool has_events[TALLY_REGISTER_LIMIT]; /* measured records stand in the log */
	struct tally_open_jump jump[TALLY_REGISTER_LIMIT];
	struct tally_attempt *attempts; /* open ones, oldest first */
	size_t attempt_count;
	size_t attempt_room;
	struct tally_slot_seen slot;
	struct tally_names names;     /* since the cache was written */
	struct tally_bytes once_list; /* borrowed while a log that begins with a trim is replayed: the list beside it */
};

void tally_history_init(struct tally_history *history, const struct tally_register_set *registers);
void tally_history_done(struct tally_history *history);

/* Forget everything but the register set and the slot. */
void tally_history_restart(struct tally_history *history);

/*
 * Tell what the slot holds before the records from its number on are applied.
 * NULL for none or a torn one. A slot that is already known by its SHA-256 keeps its place.
 * The intent's record is borrowed until the slot is told again.
 */
TALLY_MUST_CHECK enum tally_status tally_history_see_slot(struct tally_history *history,
							  const struct tally_intent *intent);

/* The slot lies before what is covered and is not known: only a replay from the first record can place it. */
bool tally_history_must_restart(const struct tally_history *history);

/* Place a slot whose number is the next one: to be called when all records have been applied. TALLY_NO_MEMORY. */
TALLY_MUST_CHECK enum tally_status tally_history_place_slot(struct tally_history *history);

/*
 * Apply the next record, which stands at history->size. TALLY_DISORDER for a wrong number, TALLY_UNKNOWN_REGISTER,
 * TALLY_BANK_SET, TALLY_UNSUPPORTED for what this log never holds, TALLY_CHECKSUM for a record that the slot
 * contradicts, TALLY_NO_MEMORY. Nothing is applied on failure,
 * except that after TALLY_NO_MEMORY and TALLY_CRYPTO the history must be restarted.
 */
TALLY_MUST_CHECK enum tally_status tally_history_apply(struct tally_history *history,
						       const struct tally_record *record);

/* Add an open attempt that a cache knew of. TALLY_NO_MEMORY. */
TALLY_MUST_CHECK enum tally_status tally_history_add_attempt(struct tally_history *history,
							     const struct tally_attempt *attempt);

/* The slot's attempt while it is open; NULL otherwise. */
const struct tally_attempt *tally_history_pending(const struct tally_history *history);

/* The register went on over a gap, from one value to another, and no pin came yet. */
bool tally_history_has_open_gap(const struct tally_history *history, size_t reg);

/* The class of the slot, given that a slot file is there and not empty. */
enum tally_slot_class tally_history_slot_class(const struct tally_history *history, bool is_present);

/* head(n+1) from head(n) and record n. As tally_env_hash. */
TALLY_MUST_CHECK enum tally_status tally_head_next(const uint8_t head[TALLY_HEAD_SIZE], struct tally_bytes encoded,
						   uint8_t ret[TALLY_HEAD_SIZE]);

#endif
