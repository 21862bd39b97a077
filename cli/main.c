// SPDX-License-Identifier: BSD-2-Clause
/* The program: one table of subcommands, and the way from argv to one of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "problem.h"

const struct tally_command tally_commands[] = {
	{ "doctor", tally_run_doctor, "tell what this machine offers and what state its log is in", "doctor", NULL },
	{ "registers", tally_run_registers, "list the measurement registers, or lock one",
	  "registers [list]\nregisters lock REGISTER", NULL },
	{ "extend", tally_run_extend, "measure an event into a register and log it",
	  "extend REGISTER --event NAME [--type TYPE] [--file FILE | --data INPUT] [--once]\n"
	  "extend REGISTER --digest ALGORITHM:HEX[,ALGORITHM:HEX...] [--event NAME]",
	  tally_extend_options },
	{ "log", tally_run_log, "show a log, the machine's own or any file, write it in another format, look after it",
	  "log show [LOG] [--register NAME[,NAME...]] [--format FORMAT] [--plot FILE]\n"
	  "log convert LOG --to FORMAT [--from FORMAT] [--output FILE]\n"
	  "log export --format FORMAT [--output FILE]\n"
	  "log follow [--from NUMBER] [--count NUMBER] [--register NAME[,NAME...]]\n"
	  "log trim --store FILE\n"
	  "log save FOLDER\n"
	  "log restore FOLDER\n"
	  "log recover\n"
	  "log attach [FILE...] [--format FORMAT]\n"
	  "log fill GAP FILE [--format FORMAT] [--first N --count M [--partial]]",
	  tally_log_options },
	{ "report", tally_run_report, "get a report signed by the machine, without its log",
	  "report --nonce HEX [--audience NAME] [--output FILE] [--binding FILE]\n"
	  "report --nonce HEX --raw [--output FILE]",
	  tally_report_options },
	{ "evidence", tally_run_evidence, "get report, log and certificates of one instant, bound to a nonce",
	  "evidence --nonce HEX [--audience NAME] [--data INPUT] [--key-binding TYPE:HEX] [--output FILE]",
	  tally_evidence_options },
	{ "replay", tally_run_replay, "replay a log and compare it with register values",
	  "replay LOG [--against QUOTE|HEX|NAME=HEX...] [--pcrs FILE] [--bank ALGORITHM]\n"
	  "       [--register NAME[,NAME...]] [--format FORMAT]\n"
	  "replay --live",
	  tally_replay_options },
	{ "verify", tally_run_verify, "judge evidence by a policy",
	  "verify EVIDENCE --policy FILE --nonce HEX [--audience NAME] [--key-binding TYPE:HEX]\n"
	  "       [--time TIME] [--explain]",
	  tally_verify_options },
	{ "version", tally_run_version, "print the version", "version", NULL },
	{ "help", tally_run_help, "print the usage of the program or of a command", "help [COMMAND]", NULL },
};

const size_t tally_command_count = sizeof(tally_commands) / sizeof(tally_commands[0]);

const struct tally_command *tally_command_find(const char *name)
{
	for (size_t i = 0; i < tally_command_count; i++)
		if (strcmp(tally_commands[i].name, name) == 0)
			return &tally_commands[i];
	return NULL;
}

enum tally_exit tally_command_unknown(struct tally_cli *cli, const char *name)
{
	const char *names[TALLY_ARGUMENT_LIMIT];
	const char *suggestion;

	for (size_t i = 0; i < tally_command_count; i++)
		names[i] = tally_commands[i].name;
	suggestion = tally_suggestion(name, names, tally_command_count);
	if (suggestion)
		return tally_refuse_usage(cli, "unknown command %.80s: did you mean %s?", name, suggestion);
	return tally_refuse_usage(cli, "unknown command %.80s", name);
}

/* The command is the first operand; it is taken out, so that the rest are its own. */
static enum tally_exit take_command(struct tally_cli *cli)
{
	struct tally_arguments *arguments = &cli->arguments;

	cli->command = tally_command_find(arguments->operand[0]);
	if (!cli->command)
		return tally_command_unknown(cli, arguments->operand[0]);
	arguments->operand_count--;
	memmove(arguments->operand, arguments->operand + 1, arguments->operand_count * sizeof(arguments->operand[0]));
	return TALLY_EXIT_OK;
}

static enum tally_exit read_arguments(struct tally_cli *cli, int argc, char **argv)
{
	struct tally_usage_error error;
	enum tally_exit code = TALLY_EXIT_OK;

	for (int i = 1; i < argc && code == TALLY_EXIT_OK;) {
		const struct tally_option *own = cli->command ? cli->command->options : NULL;

		if (!tally_arguments_read(&cli->arguments, own, argc, argv, &i, &error))
			return tally_refuse_usage(cli, "%s", error.text);
		if (!cli->command && cli->arguments.operand_count)
			code = take_command(cli);
	}
	return code;
}

/* An option, or the variable that stands in for it; an empty one is none. */
static const char *option_or_variable(const struct tally_cli *cli, const char *option, const char *variable)
{
	const char *value = tally_argument(&cli->arguments, option);

	if (!value)
		value = getenv(variable);
	return value && *value ? value : NULL;
}

/* --json decides how problems are printed, those of the command line included, so it is looked for first. */
static bool is_json_asked(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

static enum tally_exit run(struct tally_cli *cli, int argc, char **argv)
{
	enum tally_exit code;

	cli->is_json = is_json_asked(argc, argv);
	code = read_arguments(cli, argc, argv);
	if (code != TALLY_EXIT_OK)
		return code;
	if (tally_argument(&cli->arguments, "help"))
		return tally_help_print(cli, cli->command);
	if (tally_argument(&cli->arguments, "version"))
		return tally_run_version(cli);
	if (!cli->command)
		return tally_refuse_usage(cli, "no command was given");
	cli->provider = option_or_variable(cli, "provider", "TALLY_PROVIDER");
	cli->directory = option_or_variable(cli, "dir", "TALLY_DIR");
	return cli->command->run(cli);
}

int main(int argc, char **argv)
{
	static struct tally_cli cli;

	return (int)tally_output_end(&cli, run(&cli, argc, argv));
}
