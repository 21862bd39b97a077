/* SPDX-License-Identifier: BSD-2-Clause */
/* Following a log: its records as they are appended, without a lock and without polling. */
#ifndef TALLY_AUTHORITY_FOLLOW_H
#define TALLY_AUTHORITY_FOLLOW_H

#include "../core/record.h"
#include "../provider/provider.h"

#define TALLY_FOLLOW_OLDEST UINT64_MAX /* from the log's first record on, whatever its number */

/* A position in the log of a directory. Used by one thread at a time. */
struct tally_follower;

/*
 * Follow the log of a directory from a record number on, which may be one that is not there yet. No authority is
 * needed, only the right to read the directory and the log; the log need not be there. TALLY_NOT_FOUND if the
 * directory is not. *ret is freed with tally_follower_close.
 */
TALLY_MUST_CHECK enum tally_status tally_follower_open(const char *directory, uint64_t from,
						       struct tally_follower **ret, struct tally_problem *problem);
void tally_follower_close(struct tally_follower *follower);

/*
 * The next record, whole; *ret_is_there is false if there is none yet. It goes on over a trim, and with record 0 of
 * the log of another boot. *ret is borrowed until the next call. TALLY_HISTORY_LOST if records were trimmed before
 * they were read: the next call goes on behind them. TALLY_CORRUPT for what is no record.
 */
TALLY_MUST_CHECK enum tally_status tally_follower_next(struct tally_follower *follower, struct tally_record *ret,
						       bool *ret_is_there, struct tally_problem *problem);

/* Wait until there may be one more. TALLY_DEADLINE, also where a signal came; TALLY_NOT_FOUND: the directory was removed. */
TALLY_MUST_CHECK enum tally_status tally_follower_wait(struct tally_follower *follower, tally_deadline deadline,
						       struct tally_problem *problem);

/* To be polled for input by those who wait for other things too: then tally_follower_next tells. */
int tally_follower_fd(const struct tally_follower *follower);

/* The registers that the log declares; NULL until its first record was read. */
const struct tally_register_set *tally_follower_registers(const struct tally_follower *follower);

#endif
