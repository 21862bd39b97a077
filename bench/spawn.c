// SPDX-License-Identifier: BSD-2-Clause
/* Whole processes in turn, so that each sees the same moments of the machine: their medians, in seconds. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "rate.h"

#define COMMAND_LIMIT 8

extern char **environ;

/* Each argument vector ends where "--" stood. */
static size_t split(char **arguments, char **ret[COMMAND_LIMIT])
{
	size_t count = 0;

	for (char **at = arguments; *at; at++) {
		if (at == arguments || !at[-1]) {
			if (count == COMMAND_LIMIT)
				bench_fail("usage", "too many commands");
			ret[count++] = at;
		}
		if (strcmp(*at, "--") == 0)
			*at = NULL;
	}
	return count;
}

static double seconds(char **command, posix_spawn_file_actions_t *actions)
{
	double start = bench_now();
	int status;
	pid_t process;

	if (posix_spawn(&process, command[0], actions, NULL, command, environ) != 0)
		bench_fail(command[0], "can't be started");
	if (waitpid(process, &status, 0) != process || status != 0)
		bench_fail(command[0], "fails");
	return bench_now() - start;
}

/* ROUNDS COMMAND... -- COMMAND...: each line is named by its place, from 0. */
int main(int argc, char **argv)
{
	char **command[COMMAND_LIMIT];
	double *taken[COMMAND_LIMIT];
	posix_spawn_file_actions_t actions;
	size_t rounds;
	size_t count;
	char name[16];

	if (argc < 3)
		bench_fail("usage", "bench-spawn ROUNDS COMMAND... -- COMMAND...");
	rounds = strtoul(argv[1], NULL, 10);
	count = split(argv + 2, command);
	for (size_t i = 0; i < count; i++)
		if (!(taken[i] = calloc(rounds, sizeof(double))))
			bench_fail("memory", "there is none");
	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) != 0)
		bench_fail("memory", "there is none");
	for (size_t round = 0; round < rounds; round++)
		for (size_t i = 0; i < count; i++)
			taken[i][round] = seconds(command[i], &actions);
	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%zu", i);
		bench_print(name, bench_median(taken[i], rounds), "s");
	}
	return 0;
}
