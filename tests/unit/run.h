/* SPDX-License-Identifier: BSD-2-Clause */
/* Running another program in a test: its input, its output, how it ended. */
#ifndef TALLY_TESTS_UNIT_RUN_H
#define TALLY_TESTS_UNIT_RUN_H

#include "test.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN_MISSING 127

/*
 * Run argv (ended by NULL) without input and collect up to size - 1 bytes of its output in output, NUL-terminated.
 * Its exit status; RUN_MISSING if it is not installed.
 */
static inline int run_program(const char *const *argv, char *output, size_t size)
{
	size_t filled = 0;
	int status = 0;
	int channel[2];
	ssize_t got;
	pid_t child;

	assert_int_equal(pipe(channel), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int nothing = open("/dev/null", O_RDWR);

		dup2(nothing, 0);
		dup2(channel[1], 1);
		dup2(nothing, 2);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(RUN_MISSING);
	}
	close(channel[1]);
	while (filled < size - 1 && (got = read(channel[0], output + filled, size - 1 - filled)) > 0)
		filled += (size_t)got;
	output[filled] = 0;
	close(channel[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
