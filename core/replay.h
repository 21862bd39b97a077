/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Replay: from the reset values and the records of a log to the values of the registers. */
#ifndef TALLY_CORE_REPLAY_H
#define TALLY_CORE_REPLAY_H

#include "registers.h"

/*
 * The values of all runtime registers of a set. Extends of different
 * registers are independent, so up to one per register is held back and
 * hashed in one call; read values through tally_replay_value only.
 * The set must outlive the replay; the rest is copied by assignment.
 */
struct tally_replay {
	const struct tally_register_set *set;
	uint64_t pending; /* bit i: register i has an extend that is not hashed yet */
	size_t pending_count;
	struct tally_digests value[TALLY_REGISTER_LIMIT];
	struct tally_digests next[TALLY_REGISTER_LIMIT]; /* the digests held back */
};

/* Start at the reset values. */
void tally_replay_init(struct tally_replay *replay, const struct tally_register_set *set);

/* Extend register i of the set. TALLY_BANK_SET for a wrong bank set, TALLY_UNKNOWN_REGISTER, or as tally_env_hash. */
TALLY_MUST_CHECK enum tally_status tally_replay_extend(struct tally_replay *replay, size_t i,
						       const struct tally_digests *digests);

/* A jump: register i has this value from here on. TALLY_BANK_SET, TALLY_UNKNOWN_REGISTER. */
TALLY_MUST_CHECK enum tally_status tally_replay_jump(struct tally_replay *replay, size_t i,
						     const struct tally_digests *value);

/* The value of register i now. As tally_env_hash; TALLY_UNKNOWN_REGISTER. */
TALLY_MUST_CHECK enum tally_status tally_replay_value(struct tally_replay *replay, size_t i, struct tally_digests *ret);

#endif
