// SPDX-License-Identifier: BSD-2-Clause
/* Problems: one place that words, escapes and prints them. */
#include "problem.h"

#include <stdarg.h>
#include <stdio.h>

#include "escape.h"
#include "json.h"

#define MESSAGE_LIMIT 1024

static void print_object(enum tally_exit code, const char *status, const char *message, const char *advice)
{
	json_t *object = tally_json_object();

	tally_json_set(object, "exit", tally_json_integer(code));
	tally_json_set(object, "status", tally_json_text(tally_text(status)));
	tally_json_set(object, "message", tally_json_text(tally_text(message)));
	if (*advice)
		tally_json_set(object, "advice", tally_json_text(tally_text(advice)));
	tally_json_print(stderr, "tally.error", object);
}

/* Arguments, paths and names out of logs are inside a message, so it is escaped as a whole. */
static void print_line(const char *message)
{
	fputs("tally: ", stderr);
	tally_escape_print(stderr, tally_text(message));
	putc('\n', stderr);
}

static enum tally_exit announce(struct tally_cli *cli, enum tally_exit code, const char *status, const char *message,
				const char *advice)
{
	/* What was printed before comes first where both streams are one. */
	fflush(stdout);
	if (cli->is_json) {
		print_object(code, status, message, advice);
		return code;
	}
	print_line(message);
	if (*advice)
		print_line(advice);
	return code;
}

static const char *exit_status(enum tally_exit code)
{
	switch (code) {
	case TALLY_EXIT_USAGE:
		return "INVALID";
	case TALLY_EXIT_UNAVAILABLE:
		return "UNAVAILABLE";
	case TALLY_EXIT_MALFORMED:
		return "CORRUPT";
	case TALLY_EXIT_TRY_AGAIN:
		return "TRY_AGAIN";
	case TALLY_EXIT_REFUSED:
		return "PERMISSION";
	case TALLY_EXIT_UNCERTAIN:
		return "UNKNOWN";
	case TALLY_EXIT_OK:
	case TALLY_EXIT_REJECTED:
	case TALLY_EXIT_SYSTEM:
		break;
	}
	return "SYSTEM";
}

enum tally_exit tally_refuse(struct tally_cli *cli, enum tally_exit code, const char *format, ...)
{
	char message[MESSAGE_LIMIT];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return announce(cli, code, exit_status(code), message, "");
}

enum tally_exit tally_refuse_usage(struct tally_cli *cli, const char *format, ...)
{
	char message[MESSAGE_LIMIT], advice[80];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	if (cli->command)
		snprintf(advice, sizeof(advice), "`tally help %s` shows its usage", cli->command->name);
	else
		snprintf(advice, sizeof(advice), "`tally help` lists the commands");
	return announce(cli, TALLY_EXIT_USAGE, "INVALID", message, advice);
}

/* A file that the command line names and that is not there is a wrong command line. */
static enum tally_exit errno_exit(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
		return TALLY_EXIT_USAGE;
	case EACCES:
	case EPERM:
	case EROFS:
		return TALLY_EXIT_REFUSED;
	default:
		return TALLY_EXIT_SYSTEM;
	}
}

enum tally_exit tally_refuse_errno(struct tally_cli *cli, int error, const char *format, ...)
{
	enum tally_exit code = errno_exit(error);
	char message[MESSAGE_LIMIT];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	if (error != 0 && length > 0 && (size_t)length < sizeof(message))
		snprintf(message + length, sizeof(message) - (size_t)length, ": %s", strerror(error));
	return announce(cli, code, exit_status(code), message, "");
}

enum tally_exit tally_refuse_status(struct tally_cli *cli, enum tally_status status,
				    const struct tally_problem *problem)
{
	const char *message = problem->text[0] ? problem->text : tally_status_message(status);

	return announce(cli, tally_exit_of(status), tally_status_name(status), message, tally_advice(status));
}

enum tally_exit tally_refuse_input(struct tally_cli *cli, enum tally_status status, const char *what, uint64_t offset)
{
	char message[MESSAGE_LIMIT];

	snprintf(message, sizeof(message), "%s can't be read at byte %llu: %s", what, (unsigned long long)offset,
		 tally_status_message(status));
	return announce(cli, tally_exit_of_input(status), tally_status_name(status), message, "");
}
