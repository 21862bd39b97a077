// SPDX-License-Identifier: BSD-2-Clause
/* From one of the programs to the one that carries out a command. */
#include "command.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "problem.h"

/* What carries out a command, and in which package it comes. */
static const struct {
	const char *name;
	const char *package;
} programs[] = {
	[TALLY_PROGRAM_TALLY] = { "tally", "tally" },
	[TALLY_PROGRAM_VERIFY] = { "tally-verify", "tally-verify" },
	[TALLY_PROGRAM_COLLATERAL] = { "tally-collateral", "tally-verify" },
	[TALLY_PROGRAM_SERVE] = { "tally-serve", "tally-serve" },
};

/* The folder of the program that runs, for those that stand side by side in a build folder or an initrd. */
static bool own_folder(char *ret, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", ret, size - 1);
	char *slash;

	if (length <= 0)
		return false;
	ret[length] = 0;
	slash = strrchr(ret, '/');
	if (!slash)
		return false;
	*slash = 0;
	return true;
}

static bool start_in(const char *folder, const char *name, char **argv)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) < sizeof(path))
		execv(path, argv);
	return errno == ENOENT;
}

enum tally_exit tally_command_start(struct tally_cli *cli, char **argv)
{
	const char *name = programs[cli->command->program].name;
	char folder[PATH_MAX];

	/* A program that was started for a command which it does not have must not start itself for ever. */
	if (cli->command->program == tally_program || tally_program != TALLY_PROGRAM_TALLY)
		return tally_refuse(cli, TALLY_EXIT_UNAVAILABLE, "%s does not carry out tally %s",
				    programs[tally_program].name, cli->command->name);
	errno = ENOENT;
	if ((!own_folder(folder, sizeof(folder)) || start_in(folder, name, argv)) &&
	    start_in(TALLY_LIBEXECDIR, name, argv))
		return tally_refuse(
			cli, TALLY_EXIT_UNAVAILABLE,
			"tally %s is carried out by the program %s, which is not installed here: install the "
			"package %s",
			cli->command->name, name, programs[cli->command->program].package);
	return tally_refuse(cli, TALLY_EXIT_SYSTEM, "the program %s can't be started: %s", name, strerror(errno));
}
