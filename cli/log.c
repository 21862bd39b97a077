// SPDX-License-Identifier: BSD-2-Clause
/* tally log: what can be done with the machine's own log, or with any file. */
#include "log.h"

#include <stdio.h>
#include <string.h>

#include "problem.h"

const struct tally_option tally_log_options[] = {
	{ "register", "NAME[,NAME...]", "only records of these registers: names, or ranges such as pcr0-7", true },
	{ "format", "FORMAT", "the log's format, where it is not to be found out; with export, what is written",
	  false },
	{ "plot", "FILE", "show: draw a timeline of the log, as SVG, into this file", false },
	{ "count", "NUMBER", "follow: end when so many records were printed; fill: records of the range", false },
	{ "store", "FILE", "trim: hand the records out into this new file", false },
	{ "from", "FORMAT|NUMBER",
	  "convert: the log's format, where it is not to be found out; follow: the first record", false },
	{ "to", "FORMAT", "convert: tally, cel-tlv, cel-cbor, cel-json, tcg2, ccel, aael or systemd", false },
	{ "output", "FILE", "convert, export: write to this file instead of standard output", false },
	{ "first", "N", "fill: the first record of the range, counted from 0", false },
	{ "partial", NULL, "fill: the range may end before the gap does", false },
	{ NULL, NULL, NULL, false },
};

static const struct tally_log_action actions[] = {
	/* clang-format off */
	{ "show", tally_run_log_show },
	{ "follow", tally_run_log_follow },
	{ "convert", tally_run_log_convert },
	{ "export", tally_run_log_export },
	{ "trim", tally_run_log_trim },
	{ "save", tally_run_log_save },
	{ "restore", tally_run_log_restore },
	{ "recover", tally_run_log_recover },
	{ "attach", tally_run_log_attach },
	{ "fill", tally_run_log_fill },
	/* clang-format on */
};

#define ACTION_COUNT (sizeof(actions) / sizeof(actions[0]))

static enum tally_exit refuse_action(struct tally_cli *cli)
{
	char names[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < ACTION_COUNT; i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "", actions[i].name);
	return tally_refuse_usage(cli, "tally log needs to be told what to do: %s", names);
}

enum tally_exit tally_run_log(struct tally_cli *cli)
{
	const struct tally_arguments *arguments = &cli->arguments;

	for (size_t i = 0; i < ACTION_COUNT; i++)
		if (arguments->operand_count && strcmp(arguments->operand[0], actions[i].name) == 0)
			return actions[i].run(cli);
	return refuse_action(cli);
}
