// SPDX-License-Identifier: BSD-2-Clause
/* tally log trim: hand old records out into a file, and begin the log behind them. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "log.h"
#include "own.h"
#include "problem.h"

static void print(const struct tally_cli *cli, const char *path, const struct tally_trim_result *result)
{
	json_t *object;

	if (!cli->is_json) {
		printf("records %llu to %llu (%llu bytes) stand in %s and no more in the log\n",
		       (unsigned long long)result->first, (unsigned long long)result->next - 1,
		       (unsigned long long)result->size, path);
		return;
	}
	object = tally_json_object();
	tally_json_set(object, "stored", tally_json_text(tally_text(path)));
	tally_json_set(object, "first", tally_json_integer(result->first));
	tally_json_set(object, "next", tally_json_integer(result->next));
	tally_json_set(object, "size", tally_json_integer(result->size));
	tally_json_print(stdout, "tally.log-trim", object);
}

static enum tally_exit trim(struct tally_cli *cli, const char *path, int fd, bool *ret_is_stored)
{
	struct tally_authority *authority = NULL;
	struct tally_trim_result result;
	struct tally_problem problem = { "" };
	enum tally_status status;
	enum tally_exit code = tally_own_open(cli, false, &authority);

	if (code != TALLY_EXIT_OK)
		return code;
	status = tally_authority_trim(authority, fd, 0, &result, &problem);
	tally_authority_close(authority);
	*ret_is_stored = result.size != 0;
	if (status == TALLY_OK)
		print(cli, path, &result);
	else
		code = tally_refuse_status(cli, status, &problem);
	return code;
}

/* The name of the new file must be on the disk before the log is replaced. */
static enum tally_exit sync_folder(struct tally_cli *cli, const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	/* Where folders can't be opened or synced, there is nothing to be had. */
	bool has_failed = fd >= 0 && fsync(fd) != 0 && errno != EINVAL;
	int error = errno;

	if (fd >= 0)
		close(fd);
	free(copy);
	return has_failed ? tally_refuse_errno(cli, error, "the folder of %s can't be synced", path) : TALLY_EXIT_OK;
}

enum tally_exit tally_run_log_trim(struct tally_cli *cli)
{
	const char *path = tally_argument(&cli->arguments, "store");
	bool is_stored = false;
	enum tally_exit code;
	int fd;

	if (cli->arguments.operand_count != 1 || !path)
		return tally_refuse_usage(
			cli, "tally log trim needs a new file for the records that it hands out: --store FILE");
	/* What was handed out before is never written over: nothing else may hold it. */
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0)
		return tally_refuse_errno(cli, errno, "%s can't be created", path);
	code = sync_folder(cli, path);
	if (code == TALLY_EXIT_OK)
		code = trim(cli, path, fd, &is_stored);
	close(fd);
	/* Kept after a failure too, once it holds the records: the log may have been replaced. */
	if (!is_stored)
		unlink(path);
	return code;
}
