/* SPDX-License-Identifier: BSD-2-Clause */
/* A child process that is stopped at every system call: to be killed there, or to see the call fail. */
#ifndef TALLY_TESTS_CRASH_TRACE_H
#define TALLY_TESTS_CRASH_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TRACE_PATH_LIMIT 256

/* A system call that is about to begin. */
struct trace_call {
	pid_t pid;
	long number; /* SYS_... */
	uint64_t argument[6];
};

/* What becomes of a call: 0 lets it go on. */
struct trace_order {
	int error;	/* it does not happen and returns this errno */
	bool is_halved; /* it writes half of what it was given, at least one byte */
};

/*
 * How to run a child. Each system call stops twice: before it begins, where a kill keeps it from happening,
 * and after it ended. Stops count from 1; kill_at 0 never kills. decide may be NULL.
 */
struct trace_plan {
	unsigned kill_at;
	struct trace_order (*decide)(void *context, const struct trace_call *call);
	void *context;
};

struct trace_end {
	bool was_killed; /* at kill_at; else the work ended by itself before */
	unsigned stops;
};

/* This machine lets us trace children. */
bool trace_is_possible(void);

/* Run work(argument) in a child. The test fails if it dies in another way than the plan's. */
struct trace_end trace_run(void (*work)(void *argument), void *argument, const struct trace_plan *plan);

/* The last part of the path that a descriptor of the child leads to; false if it leads to no file below folder. */
bool trace_descriptor_name(const struct trace_call *call, uint64_t descriptor, const char *folder,
			   char ret[TRACE_PATH_LIMIT]);

/* A path that the child passes by address; false if it can't be read. */
bool trace_text(const struct trace_call *call, uint64_t address, char ret[TRACE_PATH_LIMIT]);

#endif
