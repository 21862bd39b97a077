/* SPDX-License-Identifier: BSD-2-Clause */
/* Replay with somebody watching. */
#ifndef TALLY_VERIFY_REPLAY_WALK_H
#define TALLY_VERIFY_REPLAY_WALK_H

#include "replay.h"

/* Told of every change of a register, with the record that made it. */
struct tally_replay_observer {
	void *context;
	void (*changed)(void *context, struct tally_log_replay *replay, size_t i, const struct tally_record *record);
};

/* tally_replay_log with an observer; NULL for none. */
TALLY_MUST_CHECK enum tally_status tally_replay_walk(struct tally_bytes log, enum tally_log_format format,
						     const struct tally_replay_observer *observer,
						     struct tally_log_replay *ret);

#endif
