/* SPDX-License-Identifier: BSD-2-Clause */
/* Work done in a child process. */
#ifndef TALLY_TESTS_UNIT_CHILD_H
#define TALLY_TESTS_UNIT_CHILD_H

#include "test.h"

#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

/* Run work(context) in a child. It must not assert: a failed assertion would go on with the tests there. */
static inline pid_t child_start(bool (*work)(void *context), void *context)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(work(context) ? 0 : 1);
	return child;
}

/* It returned true. */
static inline bool child_succeeds(pid_t child)
{
	int status = 0;

	return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#endif
