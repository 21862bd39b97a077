// SPDX-License-Identifier: BSD-2-Clause
/* tally log save and restore: the log over a kexec. */
#include <stdio.h>

#include "json.h"
#include "log.h"
#include "own.h"
#include "problem.h"

typedef enum tally_status (*carry)(struct tally_authority *authority, const char *path, uint64_t *ret_count,
				   struct tally_problem *problem);

static enum tally_exit run(struct tally_cli *cli, carry call, const char *text, const char *schema)
{
	const char *path = cli->arguments.operand[1];
	struct tally_authority *authority = NULL;
	struct tally_problem problem = { "" };
	enum tally_status status;
	uint64_t count = 0;
	enum tally_exit code = tally_own_open(cli, false, &authority);

	if (code != TALLY_EXIT_OK)
		return code;
	status = call(authority, path, &count, &problem);
	tally_authority_close(authority);
	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &problem);
	if (cli->is_json) {
		json_t *object = tally_json_object();

		tally_json_set(object, "folder", tally_json_text(tally_text(path)));
		tally_json_set(object, "records", tally_json_integer(count));
		tally_json_print(stdout, schema, object);
	} else {
		printf("%llu records %s %s\n", (unsigned long long)count, text, path);
	}
	return TALLY_EXIT_OK;
}

enum tally_exit tally_run_log_save(struct tally_cli *cli)
{
	if (cli->arguments.operand_count != 2)
		return tally_refuse_usage(cli, "tally log save needs the name of a new folder");
	return run(cli, tally_authority_save, "saved in", "tally.log-save");
}

enum tally_exit tally_run_log_restore(struct tally_cli *cli)
{
	if (cli->arguments.operand_count != 2)
		return tally_refuse_usage(cli, "tally log restore needs the folder that tally log save made");
	return run(cli, tally_authority_restore, "now, restored from", "tally.log-restore");
}
