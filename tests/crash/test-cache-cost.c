// SPDX-License-Identifier: BSD-2-Clause
/* What one extend reads of log and cache when a thousand attempts are open: as much on a long log as on a short one. */
#include "../unit/test.h"

#include <sys/syscall.h>

#include "deed.h"

static const uint8_t boot[TALLY_BOOT_ID_BYTES] = { 1 };

#define ATTEMPTS 1000
#define UNCOVERED (64 * 1024) /* so much of the log may lie behind the cache */
#define SLACK (32 * 1024)     /* reads are asked for in larger pieces than there are bytes */
#define LARGE (16 * 1024)

static struct tally_soft_options options_of(void)
{
	return (struct tally_soft_options){ .preset = TALLY_SOFT_TPM, .boot_id = boot };
}

/* Bytes of log and cache that the child reads or maps. */
struct reading {
	const char *path;
	uint64_t bytes;
};

static bool file_counts(const struct reading *reading, const struct trace_call *call, uint64_t descriptor)
{
	char name[TRACE_PATH_LIMIT];

	return trace_descriptor_name(call, descriptor, reading->path, name) &&
	       (!strcmp(name, "log") || !strcmp(name, "cache"));
}

static struct trace_order count_reading(void *context, const struct trace_call *call)
{
	const struct trace_order order = { 0 };
	struct reading *reading = context;

	if (call->number == SYS_pread64 && file_counts(reading, call, call->argument[0]))
		reading->bytes += call->argument[2];
	else if (call->number == SYS_mmap && file_counts(reading, call, call->argument[4]))
		reading->bytes += call->argument[1];
	return order;
}

/* Bytes read by a process that opens the authority and extends once, or twice. */
static uint64_t cost_of(const char *path, struct deed_report *report, const char *second)
{
	struct deed_run run = { .directory = path, .soft = options_of(), .report = report };
	struct reading reading = { .path = path };
	const struct trace_plan plan = { .decide = count_reading, .context = &reading };

	run.deed = (struct deed){ .reg = 2, .event = "deed" };
	run.second = (struct deed){ .reg = 2, .event = second };
	deed_report_clear(report);
	trace_run(deed_run, &run, &plan);
	assert_true(report->has_answer);
	assert_int_equal(report->status, TALLY_OK);
	if (second)
		assert_int_equal(report->second_status, TALLY_OK);
	return reading.bytes;
}

/* Extends that fail: on a late provider each is kept as an abort, and may take effect one day. */
static void open_attempts(const char *path)
{
	const struct tally_soft_planned_fault fails = { .fault = TALLY_FAULT_EXTEND_FAILS,
							.call = TALLY_SOFT_CALL_EXTEND };
	struct tally_soft_options soft = options_of();
	struct tally_authority *authority = deed_open(path, &soft);
	struct tally_extend_result result;
	struct tally_problem problem;

	for (int i = 0; i < ATTEMPTS; i++) {
		char name[32];
		struct deed deed = { .reg = (size_t)i % 16, .event = name };

		snprintf(name, sizeof(name), "attempt-%d", i);
		assert_int_equal(tally_soft_plan(tally_authority_provider_instance(authority), &fails), TALLY_OK);
		assert_int_equal(deed_do(authority, &deed, &result, &problem), TALLY_INDETERMINATE);
	}
	tally_authority_close(authority);
}

static void extend_much(const char *path, int count)
{
	struct tally_soft_options soft = options_of();
	struct tally_authority *authority = deed_open(path, &soft);
	struct tally_extend_result result;
	struct tally_problem problem;

	for (int i = 0; i < count; i++) {
		const struct deed large = { .reg = 1, .event = "large", .padding = LARGE };

		assert_int_equal(deed_do(authority, &large, &result, &problem), TALLY_OK);
	}
	tally_authority_close(authority);
}

static void test_extend_costs_the_same(void **state)
{
	struct deed_report *report = deed_report_new();
	char path[FOLDER_NAME_LIMIT];
	uint64_t early, late, twice;

	(void)state;
	folder_make_path(path);
	open_attempts(path);
	extend_much(path, 5);
	early = cost_of(path, report, NULL);
	extend_much(path, 100);
	late = cost_of(path, report, NULL);
	twice = cost_of(path, report, "second");
	print_message("# %llu bytes, then %llu; %llu for two\n", (unsigned long long)early, (unsigned long long)late,
		      (unsigned long long)twice);
	assert_true(late <= early + UNCOVERED + SLACK);
	assert_true(twice <= late + UNCOVERED + SLACK);
	folder_remove_path(path);
	deed_report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extend_costs_the_same),
	};

	if (!trace_is_possible()) {
		puts("1..0 # SKIP ptrace is not allowed here");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
