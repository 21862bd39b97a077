// SPDX-License-Identifier: BSD-2-Clause
/* tally log recover: go on behind what a damaged log still tells. */
#include <stdio.h>

#include "json.h"
#include "log.h"
#include "own.h"
#include "problem.h"

static void print(const struct tally_cli *cli, const struct tally_recovery *recovery)
{
	json_t *object;

	if (!cli->is_json) {
		printf("%llu records go on; %llu bytes behind them could not be read, and %llu registers have a gap\n"
		       "the damaged file is kept as %s; names of once events are unknown from here on\n",
		       (unsigned long long)recovery->record_count, (unsigned long long)recovery->lost_size,
		       (unsigned long long)recovery->gap_count, recovery->kept);
		return;
	}
	object = tally_json_object();
	tally_json_set(object, "records", tally_json_integer(recovery->record_count));
	tally_json_set(object, "lost", tally_json_integer(recovery->lost_size));
	tally_json_set(object, "gaps", tally_json_integer(recovery->gap_count));
	tally_json_set(object, "kept", tally_json_text(tally_text(recovery->kept)));
	tally_json_print(stdout, "tally.log-recover", object);
}

enum tally_exit tally_run_log_recover(struct tally_cli *cli)
{
	struct tally_own_options options;
	struct tally_recovery recovery;
	struct tally_problem problem = { "" };
	enum tally_status status;
	enum tally_exit code;

	if (cli->arguments.operand_count != 1)
		return tally_refuse_usage(cli, "tally log recover takes no operand");
	code = tally_own_read(cli, &options);
	if (code != TALLY_EXIT_OK)
		return code;
	status = tally_authority_recover(&options.authority, &recovery, &problem);
	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &problem);
	print(cli, &recovery);
	return TALLY_EXIT_OK;
}
