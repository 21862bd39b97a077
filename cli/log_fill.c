// SPDX-License-Identifier: BSD-2-Clause
/* tally log fill: a gap is explained by records of a log that another keeps. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "log.h"
#include "own.h"
#include "problem.h"
#include "source.h"

static void print(const struct tally_cli *cli, uint64_t gap, const struct tally_fill_result *result)
{
	char label[32];
	json_t *object;

	snprintf(label, sizeof(label), "segment.%u", (unsigned)result->segment);
	if (!cli->is_json) {
		printf("record %llu: records %llu to %llu of %s lead into the gap at record %llu%s\n",
		       (unsigned long long)result->number, (unsigned long long)result->range.first,
		       (unsigned long long)(result->range.first + result->range.count - 1), label,
		       (unsigned long long)gap,
		       result->is_filled ? ", and to its end" : ", and not to its end: another fill must go on");
		return;
	}
	object = tally_json_object();
	tally_json_set(object, "number", tally_json_integer(result->number));
	tally_json_set(object, "gap", tally_json_integer(gap));
	tally_json_set(object, "log", tally_json_text(tally_text(label)));
	tally_json_set(object, "first", tally_json_integer(result->range.first));
	tally_json_set(object, "count", tally_json_integer(result->range.count));
	tally_json_set(object, "is_filled", tally_json_bool(result->is_filled));
	tally_json_print(stdout, "tally.log-fill", object);
}

static enum tally_exit read_number(struct tally_cli *cli, const char *what, const char *text, uint64_t *ret)
{
	char *end = NULL;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != 0 || errno != 0)
		return tally_refuse_usage(cli, "%s is a whole number, not %.40s", what, text);
	return TALLY_EXIT_OK;
}

static enum tally_exit read_range(struct tally_cli *cli, struct tally_fill_request *request)
{
	const char *first = tally_argument(&cli->arguments, "first");
	const char *count = tally_argument(&cli->arguments, "count");
	enum tally_exit code = TALLY_EXIT_OK;

	request->is_partial = tally_argument(&cli->arguments, "partial") != NULL;
	request->has_range = first != NULL;
	if (!first != !count || (request->is_partial && !first))
		return tally_refuse_usage(cli, "a range is named by --first and --count together, --partial with them");
	if (first)
		code = read_number(cli, "--first", first, &request->range.first);
	if (first && code == TALLY_EXIT_OK)
		code = read_number(cli, "--count", count, &request->range.count);
	return code;
}

static enum tally_exit fill(struct tally_cli *cli, struct tally_fill_request *request)
{
	struct tally_authority *authority = NULL;
	struct tally_problem problem = { "" };
	struct tally_fill_result result;
	enum tally_status status;
	enum tally_exit code = tally_own_open(cli, false, &authority);

	if (code != TALLY_EXIT_OK)
		return code;
	status = tally_authority_fill(authority, request, &result, &problem);
	tally_authority_close(authority);
	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &problem);
	print(cli, request->gap, &result);
	return TALLY_EXIT_OK;
}

enum tally_exit tally_run_log_fill(struct tally_cli *cli)
{
	const struct tally_arguments *arguments = &cli->arguments;
	struct tally_fill_request request = { .gap = 0 };
	struct tally_source source;
	enum tally_exit code;

	if (arguments->operand_count != 3)
		return tally_refuse_usage(
			cli, "tally log fill takes the number of a gap's record and the log that explains it");
	code = read_number(cli, "the gap", arguments->operand[1], &request.gap);
	if (code == TALLY_EXIT_OK)
		code = read_range(cli, &request);
	if (code != TALLY_EXIT_OK)
		return code;
	code = tally_source_open(cli, arguments->operand[2], &source);
	if (code == TALLY_EXIT_OK)
		code = tally_source_format(cli, "format", source.bytes, &request.format);
	request.log = source.bytes;
	if (code == TALLY_EXIT_OK)
		code = fill(cli, &request);
	tally_source_done(&source);
	return code;
}
