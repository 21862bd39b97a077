/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's own log and registers, as they are now. */
#ifndef TALLY_CLI_LIVE_H
#define TALLY_CLI_LIVE_H

#include "../authority/authority.h"
#include "../verify/replay.h"
#include "command.h"

/*
 * Replay a snapshot of the log and read every runtime register. Others may extend meanwhile, so a
 * difference is looked at again before it counts. *ret_view is ended by the caller in any case.
 */
enum tally_exit tally_live_read(struct tally_cli *cli, struct tally_authority *authority,
				struct tally_log_view *ret_view, struct tally_log_replay *ret_replay,
				struct tally_replay_target *ret_target);

#endif
