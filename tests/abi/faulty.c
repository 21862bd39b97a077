// SPDX-License-Identifier: BSD-2-Clause
/*
 * The soft provider with reports as slow as a file says, which $TSM_REPORT_DELAY names: milliseconds, or -1 for a
 * report that fails, or -2 for one with zeros behind it, 20 KiB in all. It takes soft's place at link time: every
 * reference to that goes to __wrap_tally_provider_soft.
 * With TSM_REPORT_BARE the report is the report data alone and the processor is kept busy meanwhile, as a call into a
 * TSM keeps it: for benchmarks, where neither a signature nor a sleep may stand between what is compared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../provider/provider.h"

#define SLICE_NS 20000000L
#define NS_PER_MS 1000000LL
#define FAILS (-1)
#define IS_LARGE (-2)
#define LARGE_SIZE 20480

extern const struct tally_provider __real_tally_provider_soft;
extern struct tally_provider __wrap_tally_provider_soft;
struct tally_provider __wrap_tally_provider_soft;

static long long milliseconds(void)
{
	const char *path = getenv("TSM_REPORT_DELAY");
	FILE *file = path ? fopen(path, "re") : NULL;
	char line[32] = "";
	long long value = 0;

	if (file && fgets(line, sizeof(line), file))
		value = strtoll(line, NULL, 10);
	if (file)
		fclose(file);
	return value;
}

static void sleep_ns(long long ns)
{
	struct timespec slice = { .tv_nsec = ns < SLICE_NS ? (long)ns : SLICE_NS };

	nanosleep(&slice, NULL);
}

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 * NS_PER_MS + now.tv_nsec;
}

/* Until start is so long ago as the file says, which may change its mind meanwhile. */
static enum tally_status wait_since(long long start, tally_deadline deadline, struct tally_problem *problem)
{
	long long left;

	while ((left = start + milliseconds() * NS_PER_MS - now_ns()) > 0) {
		if (tally_deadline_has_passed(deadline)) {
			tally_problem_set(problem, "the report takes too long");
			return TALLY_DEADLINE;
		}
		sleep_ns(left);
	}
	if (milliseconds() != FAILS)
		return TALLY_OK;
	tally_problem_set(problem, "the report fails, as it was told to");
	return TALLY_SYSTEM;
}

static enum tally_status enlarge(struct tally_report *report)
{
	uint8_t *large = realloc(report->report, LARGE_SIZE);

	if (!large)
		return TALLY_NO_MEMORY;
	memset(large + report->report_size, 0, LARGE_SIZE - report->report_size);
	report->report = large;
	report->report_size = LARGE_SIZE;
	return TALLY_OK;
}

/* What soft needs for it is part of the time. */
static enum tally_status report_slowly(void *instance, const uint8_t report_data[TALLY_REPORT_DATA_BYTES],
				       struct tally_bytes nonce, tally_deadline deadline, struct tally_report *ret,
				       struct tally_problem *problem)
{
	long long start = now_ns();
	enum tally_status status =
		__real_tally_provider_soft.report(instance, report_data, nonce, deadline, ret, problem);

	if (status != TALLY_OK)
		return status;
	status = wait_since(start, deadline, problem);
	if (status == TALLY_OK && milliseconds() == IS_LARGE)
		status = enlarge(ret);
	if (status != TALLY_OK)
		tally_report_done(ret);
	return status;
}

static enum tally_status report_bare(void *instance, const uint8_t report_data[TALLY_REPORT_DATA_BYTES],
				     struct tally_bytes nonce, tally_deadline deadline, struct tally_report *ret,
				     struct tally_problem *problem)
{
	long long until = now_ns() + milliseconds() * NS_PER_MS;

	(void)instance;
	(void)nonce;
	(void)deadline;
	(void)problem;
	memset(ret, 0, sizeof(*ret));
	while (now_ns() < until)
		;
	ret->report = malloc(TALLY_REPORT_DATA_BYTES);
	if (!ret->report)
		return TALLY_NO_MEMORY;
	memcpy(ret->report, report_data, TALLY_REPORT_DATA_BYTES);
	ret->report_size = TALLY_REPORT_DATA_BYTES;
	return TALLY_OK;
}

__attribute__((constructor)) static void take_the_place_of_soft(void)
{
	__wrap_tally_provider_soft = __real_tally_provider_soft;
	__wrap_tally_provider_soft.report = getenv("TSM_REPORT_BARE") ? report_bare : report_slowly;
}
