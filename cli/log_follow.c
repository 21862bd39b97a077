// SPDX-License-Identifier: BSD-2-Clause
/* tally log follow: the records of the machine's own log as they come. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../authority/follow.h"
#include "../verify/replay.h"
#include "describe.h"
#include "log.h"
#include "own.h"
#include "problem.h"
#include "selection.h"

/* What is followed, and how it is shown. The mask and the columns are known once the log has declared its registers. */
struct following {
	struct tally_follower *follower;
	uint64_t count; /* records to print yet */
	bool is_begun;
	uint64_t mask;
	struct tally_log_columns columns;
};

/* --- the end: a signal, or nobody who reads --- */

static int stop_pipe[2] = { -1, -1 };
static int null = -1;

/* What is being printed goes nowhere from here on: a reader that does not read can't keep us. */
static void stop(int signal)
{
	int error = errno;

	(void)signal;
	/* A full pipe says it already. */
	if (write(stop_pipe[1], "", 1) < 0 || dup2(null, STDOUT_FILENO) < 0)
		errno = error;
	errno = error;
}

static enum tally_exit prepare_end(struct tally_cli *cli)
{
	/* Without SA_RESTART: a write to a slow reader ends too. */
	struct sigaction action = { .sa_handler = stop };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null < 0 || pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		return tally_refuse_errno(cli, errno, "the end can't be prepared");
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	return TALLY_EXIT_OK;
}

static bool is_stopped(int timeout)
{
	struct pollfd poll_stop = { .fd = stop_pipe[0], .events = POLLIN };

	return poll(&poll_stop, 1, timeout) > 0;
}

/* Whoever read has gone, or told us to end, in the middle of a line: that is how it ends, and no failure. */
static void forgive_output(void)
{
	struct pollfd output = { .fd = STDOUT_FILENO };

	if (!is_stopped(0) && (poll(&output, 1, 0) <= 0 || !(output.revents & POLLERR)))
		return;
	__fpurge(stdout);
	clearerr(stdout);
}

/* False when it is time to end. */
static bool wait_for_more(const struct following *following)
{
	struct pollfd events[] = {
		{ .fd = tally_follower_fd(following->follower), .events = POLLIN },
		{ .fd = stop_pipe[0], .events = POLLIN },
		{ .fd = STDOUT_FILENO, .events = 0 }, /* its reader goes: POLLERR */
	};

	while (poll(events, 3, -1) < 0)
		if (errno != EINTR)
			return false;
	return !events[1].revents && !(events[2].revents & (POLLERR | POLLHUP | POLLNVAL));
}

/* --- records --- */

static enum tally_exit begin(struct tally_cli *cli, struct following *following)
{
	const struct tally_register_set *set = tally_follower_registers(following->follower);
	enum tally_exit code = tally_selection_read(cli, set, &following->mask);

	if (code != TALLY_EXIT_OK)
		return code;
	following->columns = tally_log_columns(set, true);
	following->is_begun = true;
	if (!cli->is_json)
		tally_log_print_heading(&following->columns);
	return TALLY_EXIT_OK;
}

static enum tally_exit show(struct tally_cli *cli, struct following *following, const struct tally_record *record)
{
	const struct tally_register_set *set = tally_follower_registers(following->follower);
	int i = tally_log_register(set, record);
	const char *name = i < 0 ? NULL : set->item[i].name;
	enum tally_exit code = following->is_begun ? TALLY_EXIT_OK : begin(cli, following);

	if (code != TALLY_EXIT_OK || (i < 0 ? following->mask != UINT64_MAX : !(following->mask >> i & 1)))
		return code;
	if (cli->is_json)
		tally_describe_json(stdout, record, name);
	else
		tally_log_print(record, name, &following->columns);
	following->count--;
	return TALLY_EXIT_OK;
}

static enum tally_exit follow(struct tally_cli *cli, struct following *following)
{
	struct tally_problem problem = { "" };
	enum tally_status status;
	enum tally_exit code = TALLY_EXIT_OK;

	while (code == TALLY_EXIT_OK && following->count > 0 && !is_stopped(0)) {
		struct tally_record record;
		bool is_there;

		status = tally_follower_next(following->follower, &record, &is_there, &problem);
		if (status != TALLY_OK)
			return tally_refuse_status(cli, status, &problem);
		if (is_there) {
			code = show(cli, following, &record);
			if (ferror(stdout))
				return code;
			continue;
		}
		status = tally_follower_wait(following->follower, 0, &problem);
		if (status != TALLY_OK && status != TALLY_DEADLINE)
			return tally_refuse_status(cli, status, &problem);
		if (status == TALLY_DEADLINE && !wait_for_more(following))
			return TALLY_EXIT_OK;
	}
	return code;
}

/* --- the command --- */

static enum tally_exit read_number(struct tally_cli *cli, const char *option, uint64_t otherwise, uint64_t *ret)
{
	const char *text = tally_argument(&cli->arguments, option);
	char *end = NULL;

	*ret = otherwise;
	if (!text)
		return TALLY_EXIT_OK;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != 0 || errno != 0)
		return tally_refuse_usage(cli, "--%s is a number, not %.40s", option, text);
	return TALLY_EXIT_OK;
}

static enum tally_exit open_follower(struct tally_cli *cli, uint64_t from, struct following *following)
{
	char directory[PATH_MAX];
	struct tally_problem problem = { "" };
	enum tally_status status;
	enum tally_exit code = tally_own_directory(cli, directory);

	if (code != TALLY_EXIT_OK)
		return code;
	status = tally_follower_open(directory, from, &following->follower, &problem);
	if (status == TALLY_NOT_FOUND)
		return tally_refuse(cli, TALLY_EXIT_UNAVAILABLE, "there is no directory %s: nothing was measured there",
				    directory);
	return status == TALLY_OK ? TALLY_EXIT_OK : tally_refuse_status(cli, status, &problem);
}

enum tally_exit tally_run_log_follow(struct tally_cli *cli)
{
	struct following following = { .count = UINT64_MAX };
	uint64_t from;
	enum tally_exit code;

	if (cli->arguments.operand_count != 1 || tally_argument(&cli->arguments, "format"))
		return tally_refuse_usage(cli, "tally log follow takes no log: it follows the machine's own");
	if (tally_argument(&cli->arguments, "plot"))
		return tally_refuse_usage(cli, "--plot goes with tally log show");
	code = read_number(cli, "from", TALLY_FOLLOW_OLDEST, &from);
	if (code == TALLY_EXIT_OK)
		code = read_number(cli, "count", UINT64_MAX, &following.count);
	if (code == TALLY_EXIT_OK)
		code = prepare_end(cli);
	if (code == TALLY_EXIT_OK)
		code = open_follower(cli, from, &following);
	if (code != TALLY_EXIT_OK)
		return code;
	setvbuf(stdout, NULL, _IOLBF, 0);
	code = follow(cli, &following);
	tally_follower_close(following.follower);
	forgive_output();
	return code;
}
