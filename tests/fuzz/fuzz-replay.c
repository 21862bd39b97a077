// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: a log of any format, replayed and compared with values that it does not reach. */
#include <stdlib.h>

#include "../../verify/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each value, one byte changed: every register of the set then differs. */
static void set_targets(struct tally_log_replay *replay, struct tally_replay_target *ret)
{
	tally_replay_target_init(ret);
	for (size_t i = 0; i < tally_registers_runtime_count(&replay->set); i++) {
		if (tally_log_replay_value(replay, i, &ret->value[i]) != TALLY_OK)
			abort();
		ret->value[i].digest[0].bytes[0] ^= 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_bytes log = tally_bytes(data, size);
	struct tally_log_replay replay;
	struct tally_replay_target target;
	struct tally_comparison comparison;

	if (tally_replay_log(log, TALLY_LOG_FORMAT_UNKNOWN, &replay) != TALLY_OK)
		return 0;
	set_targets(&replay, &target);
	if (tally_replay_compare(log, &replay, &target, &comparison) != TALLY_OK)
		abort();
	if (comparison.differing_count != comparison.compared_count ||
	    comparison.compared_count != tally_registers_runtime_count(&replay.set))
		abort();
	return 0;
}
