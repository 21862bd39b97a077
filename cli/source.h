/* SPDX-License-Identifier: BSD-2-Clause */
/* A log to show or to replay: the machine's own, or any input. */
#ifndef TALLY_CLI_SOURCE_H
#define TALLY_CLI_SOURCE_H

#include "../authority/authority.h"
#include "../verify/replay.h"
#include "command.h"
#include "input.h"

/* Ended by tally_source_done. */
struct tally_source {
	struct tally_bytes bytes;
	uint64_t torn_size;	  /* of an unfinished record behind the machine's own */
	enum tally_status damage; /* TALLY_OK, or why what lies behind the bytes is no record */
	struct tally_log_view view;
	struct tally_input input;
};

/* Open an input, or for NULL the machine's own log: a snapshot without lock. A damaged one can be looked at too. */
enum tally_exit tally_source_open(struct tally_cli *cli, const char *text, struct tally_source *ret);
void tally_source_done(struct tally_source *source);

/* The format that an option names ("format", "from"), or what the bytes look like. */
enum tally_exit tally_source_format(struct tally_cli *cli, const char *option, struct tally_bytes log,
				    enum tally_log_format *ret);

#endif
