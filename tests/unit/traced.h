/* SPDX-License-Identifier: BSD-2-Clause */
/* A child process that is killed at a system call of the test's choosing. */
#ifndef TALLY_TESTS_UNIT_TRACED_H
#define TALLY_TESTS_UNIT_TRACED_H

#include "test.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Run work(context) in a child and kill it with SIGKILL at its stop-th stop: each system call stops twice, before
 * it begins (so it does not happen) and after it ended. True if it was killed; false if work ended before, which
 * must then have returned true. Killing at 1, 2, 3 and so on until false covers every boundary.
 */
static inline bool traced_kill(bool (*work)(void *context), void *context, unsigned stop)
{
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0)
			_exit(2);
		_exit(work(context) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSTOPPED(status));
	for (unsigned at = 0; WIFSTOPPED(status); at++) {
		if (at == stop)
			assert_int_equal(kill(child, SIGKILL), 0);
		else
			assert_int_equal(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
	}
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGKILL);
		return true;
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

/* Run work(context) in a child; false if it returned false or died. */
static inline pid_t child_start(bool (*work)(void *context), void *context)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(work(context) ? 0 : 1);
	return child;
}

static inline bool child_succeeds(pid_t child)
{
	int status = 0;

	return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#endif
