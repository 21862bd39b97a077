/* SPDX-License-Identifier: BSD-2-Clause */
/* What a replay is compared with: quotes, values by name, values alone. */
#ifndef TALLY_CLI_AGAINST_H
#define TALLY_CLI_AGAINST_H

#include "../verify/replay.h"
#include "command.h"

/* The values to compare with. Zero is none. */
struct tally_against {
	size_t value_count; /* how many the command line gave; 0: nothing is compared */
	uint16_t bank;	    /* the only one that matters, of --bank or of a quote; 0: all */
	bool has_quote;
	bool is_quote_refuted;	   /* a TPM quote without values beside it, and the replay does not give its digest */
	size_t unmatched_count;	   /* values without a name that no register has or had */
	const char *unmatched[16]; /* as given */
	struct tally_replay_target target;
};

/* Read every --against, and every operand behind the log. The replay is of log. */
enum tally_exit tally_against_read(struct tally_cli *cli, struct tally_bytes log, struct tally_log_replay *replay,
				   struct tally_against *ret);

#endif
