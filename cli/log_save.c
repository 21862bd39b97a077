// SPDX-License-Identifier: BSD-2-Clause
/* tally log save and restore: the log over a kexec. */
#include <stdio.h>

#include "json.h"
#include "log.h"
#include "own.h"
#include "problem.h"

typedef enum tally_status (*carry)(struct tally_authority *authority, const char *path, uint64_t *ret_count,
				   struct tally_problem *problem);

/* Done; the object that says so is for the caller to name. NULL for text, which is printed. */
static json_t *told(const struct tally_cli *cli, const char *text, uint64_t count)
{
	const char *path = cli->arguments.operand[1];
	json_t *object;

	if (!cli->is_json) {
		printf("%llu records %s %s\n", (unsigned long long)count, text, path);
		return NULL;
	}
	object = tally_json_object();
	tally_json_set(object, "folder", tally_json_text(tally_text(path)));
	tally_json_set(object, "records", tally_json_integer(count));
	return object;
}

static enum tally_exit run(struct tally_cli *cli, carry call, uint64_t *ret_count)
{
	struct tally_authority *authority = NULL;
	struct tally_problem problem = { "" };
	enum tally_status status;
	enum tally_exit code = tally_own_open(cli, false, &authority);

	if (code != TALLY_EXIT_OK)
		return code;
	status = call(authority, cli->arguments.operand[1], ret_count, &problem);
	tally_authority_close(authority);
	return status == TALLY_OK ? TALLY_EXIT_OK : tally_refuse_status(cli, status, &problem);
}

enum tally_exit tally_run_log_save(struct tally_cli *cli)
{
	enum tally_exit code;
	uint64_t count;
	json_t *object;

	if (cli->arguments.operand_count != 2)
		return tally_refuse_usage(cli, "tally log save needs the name of a new folder");
	code = run(cli, tally_authority_save, &count);
	object = code == TALLY_EXIT_OK ? told(cli, "saved in", count) : NULL;
	if (object)
		tally_json_print(stdout, "tally.log-save", object);
	return code;
}

enum tally_exit tally_run_log_restore(struct tally_cli *cli)
{
	enum tally_exit code;
	uint64_t count;
	json_t *object;

	if (cli->arguments.operand_count != 2)
		return tally_refuse_usage(cli, "tally log restore needs the folder that tally log save made");
	code = run(cli, tally_authority_restore, &count);
	object = code == TALLY_EXIT_OK ? told(cli, "now, restored from", count) : NULL;
	if (object)
		tally_json_print(stdout, "tally.log-restore", object);
	return code;
}
