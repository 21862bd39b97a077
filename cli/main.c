// SPDX-License-Identifier: BSD-2-Clause
/* The program: one table of subcommands, and the way from argv to one of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../crypto/start.h"
#include "command.h"
#include "output.h"
#include "problem.h"

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
	for (const struct tally_command_function *function = tally_functions; function->name; function++)
		if (strcmp(function->name, cli->command->name) == 0) {
			tally_crypto_start();
			return function->run(cli);
		}
	return tally_command_start(cli, argv);
}

int main(int argc, char **argv)
{
	static struct tally_cli cli;

	return (int)tally_output_end(&cli, run(&cli, argc, argv));
}
