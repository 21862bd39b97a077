// SPDX-License-Identifier: BSD-2-Clause
/* tally help: the tables of commands and options, for people and, as JSON, for whoever makes completions of them. */
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "output.h"
#include "problem.h"

#define OPTION_COLUMNS 26

static void print_options(const struct tally_option *option)
{
	for (; option && option->name; option++) {
		int columns = printf("  --%s%s%s", option->name, option->value ? " " : "",
				     option->value ? option->value : "");

		printf("%*s%s\n", columns < OPTION_COLUMNS ? OPTION_COLUMNS - columns : 1, "", option->help);
	}
}

/* Each line of a usage is one form; lines that begin with a space go on with the one before. */
static void print_usage(const char *usage)
{
	const char *begin = "usage: tally ";

	while (*usage) {
		size_t size = strcspn(usage, "\n");

		printf("%s%.*s\n", *usage == ' ' ? "             " : begin, (int)size, usage);
		usage += size + (usage[size] == '\n');
		begin = "       tally ";
	}
}

static void print_command(const struct tally_command *command)
{
	print_usage(command->usage);
	printf("\n%c%s.\n", command->summary[0] - 'a' + 'A', command->summary + 1);
	if (command->options) {
		printf("\n%sOptions%s\n", tally_style(TALLY_STYLE_STRONG), tally_style(TALLY_STYLE_END));
		print_options(command->options);
	}
	printf("\nGlobal options: tally help. Manual: man tally\n");
}

static void print_program(void)
{
	const char *strong = tally_style(TALLY_STYLE_STRONG), *end = tally_style(TALLY_STYLE_END);

	printf("Measure a confidential VM, log what was measured, and let someone else check it.\n\n");
	printf("usage: tally COMMAND [OPTION...]\n\n%sCommands%s\n", strong, end);
	for (size_t i = 0; i < tally_command_count; i++)
		printf("  %-12s%s\n", tally_commands[i].name, tally_commands[i].summary);
	printf("\n%sGlobal options%s\n", strong, end);
	print_options(tally_global_options);
	printf("\nAn INPUT is a path, - for standard input, hex:... or base64:...; a bare nonce is hex.\n"
	       "A command's own options: tally help COMMAND. Manual: man tally\n");
}

static json_t *options_json(const struct tally_option *option)
{
	json_t *array = tally_json_array();

	for (; option && option->name; option++) {
		json_t *object = tally_json_object();

		tally_json_set(object, "name", tally_json_text(tally_text(option->name)));
		if (option->value)
			tally_json_set(object, "value", tally_json_text(tally_text(option->value)));
		tally_json_set(object, "help", tally_json_text(tally_text(option->help)));
		tally_json_set(object, "is_list", tally_json_bool(option->is_list));
		tally_json_append(array, object);
	}
	return array;
}

static json_t *command_json(const struct tally_command *command)
{
	json_t *object = tally_json_object();

	tally_json_set(object, "name", tally_json_text(tally_text(command->name)));
	tally_json_set(object, "summary", tally_json_text(tally_text(command->summary)));
	tally_json_set(object, "usage", tally_json_text(tally_text(command->usage)));
	tally_json_set(object, "options", options_json(command->options));
	return object;
}

static void print_json(const struct tally_command *only)
{
	json_t *object = tally_json_object(), *commands = tally_json_array();

	for (size_t i = 0; i < tally_command_count; i++)
		if (!only || only == &tally_commands[i])
			tally_json_append(commands, command_json(&tally_commands[i]));
	tally_json_set(object, "commands", commands);
	tally_json_set(object, "options", options_json(tally_global_options));
	tally_json_print(stdout, "tally.help", object);
}

enum tally_exit tally_help_print(struct tally_cli *cli, const struct tally_command *command)
{
	if (cli->is_json)
		print_json(command);
	else if (command)
		print_command(command);
	else
		print_program();
	return TALLY_EXIT_OK;
}

enum tally_exit tally_run_help(struct tally_cli *cli)
{
	const struct tally_command *command = NULL;

	if (cli->arguments.operand_count > 1)
		return tally_refuse_usage(cli, "tally help takes one command at most");
	if (cli->arguments.operand_count == 1) {
		command = tally_command_find(cli->arguments.operand[0]);
		if (!command)
			return tally_command_unknown(cli, cli->arguments.operand[0]);
	}
	return tally_help_print(cli, command);
}
