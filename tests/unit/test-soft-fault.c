// SPDX-License-Identifier: BSD-2-Clause
/* Every fault that can be planned for the soft provider does what provider/soft.h says, and no more. */
#include "soft.h"

#include <sys/file.h>
#include <time.h>

static char directory[DIRECTORY_LIMIT];

static int setup(void **state)
{
	(void)state;
	directory_new(directory);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	directory_remove(directory);
	return 0;
}

static void plan(void *soft, enum tally_soft_fault fault, enum tally_soft_call call, unsigned skip, unsigned late_after)
{
	struct tally_soft_planned_fault planned = {
		.fault = fault, .call = call, .skip = skip, .late_after = late_after
	};

	assert_int_equal(tally_soft_plan(soft, &planned), TALLY_OK);
}

static void plan_stranger(void *soft, enum tally_soft_fault fault, enum tally_soft_call call, size_t i, uint8_t fill)
{
	struct tally_soft_planned_fault planned = { .fault = fault, .call = call, .register_index = i };

	planned.stranger_digests = soft_digests(soft, i, fill);
	assert_int_equal(tally_soft_plan(soft, &planned), TALLY_OK);
}

static enum tally_status read_until(void *soft, size_t i, tally_deadline deadline)
{
	struct tally_problem problem = { "" };
	struct tally_digests value;
	bool is_locked;
	enum tally_status status = tally_provider_soft.read(soft, i, deadline, &value, &is_locked, &problem);

	if (status != TALLY_OK)
		assert_true(strlen(problem.text) > 0);
	return status;
}

/* What an extend that meets a fault returns, and whether the register has moved. */
static void failing_extends(void **state)
{
	static const struct {
		enum tally_soft_fault fault;
		enum tally_status status;
		bool is_applied;
	} cases[] = {
		{ TALLY_FAULT_EXTEND_FAILS, TALLY_SYSTEM, false },
		{ TALLY_FAULT_EXTEND_FAILS_APPLIED, TALLY_SYSTEM, true },
		{ TALLY_FAULT_EXTEND_LATE, TALLY_SYSTEM, false },
		{ TALLY_FAULT_EXTEND_LATE_OK, TALLY_OK, false },
	};
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_digests before = soft_read(soft, 0);
		struct tally_digests after = soft_after(soft, 0, &before, 0x55);

		plan(soft, cases[i].fault, TALLY_SOFT_CALL_EXTEND, 0, 0);
		assert_int_equal(soft_extend(soft, 0, 0x55), cases[i].status);
		assert_value(soft, 0, cases[i].is_applied ? &after : &before);
		before = soft_read(soft, 0);
		after = soft_after(soft, 0, &before, 0x66);
		assert_int_equal(soft_extend(soft, 0, 0x66), TALLY_OK);
		assert_value(soft, 0, &after);
	}
	soft_close(soft);
}

static void hanging_calls_end_at_the_deadline(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	struct tally_digests before = soft_read(soft, 0);
	struct tally_digests digests = soft_digests(soft, 0, 0x11);
	uint8_t report_data[TALLY_REPORT_DATA_BYTES] = { 0 };
	struct tally_report report;
	tally_deadline deadline;

	(void)state;
	plan(soft, TALLY_FAULT_EXTEND_HANGS, TALLY_SOFT_CALL_EXTEND, 0, 0);
	plan(soft, TALLY_FAULT_READ_HANGS, TALLY_SOFT_CALL_READ, 0, 0);
	plan(soft, TALLY_FAULT_REPORT_HANGS, TALLY_SOFT_CALL_REPORT, 0, 0);
	deadline = tally_deadline_after(0) + 20 * 1000 * 1000;
	assert_int_equal(tally_provider_soft.extend(soft, 0, &digests, deadline, NULL), TALLY_DEADLINE);
	assert_true(tally_deadline_has_passed(deadline));
	deadline = tally_deadline_after(0) + 20 * 1000 * 1000;
	assert_int_equal(read_until(soft, 0, deadline), TALLY_DEADLINE);
	assert_true(tally_deadline_has_passed(deadline));
	deadline = tally_deadline_after(0) + 20 * 1000 * 1000;
	assert_int_equal(tally_provider_soft.report(soft, report_data, tally_bytes(NULL, 0), deadline, &report, NULL),
			 TALLY_DEADLINE);
	assert_true(tally_deadline_has_passed(deadline));
	assert_value(soft, 0, &before);
	soft_close(soft);
}

static void failing_reads_and_reports(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	uint8_t report_data[TALLY_REPORT_DATA_BYTES] = { 0 };
	struct tally_report report;

	(void)state;
	plan(soft, TALLY_FAULT_READ_FAILS, TALLY_SOFT_CALL_READ, 2, 0);
	plan(soft, TALLY_FAULT_REPORT_FAILS, TALLY_SOFT_CALL_REPORT, 0, 0);
	assert_int_equal(read_until(soft, 0, SOON), TALLY_OK);
	assert_int_equal(read_until(soft, 1, SOON), TALLY_OK);
	assert_int_equal(read_until(soft, 0, SOON), TALLY_SYSTEM);
	assert_int_equal(read_until(soft, 0, SOON), TALLY_OK);
	assert_int_equal(tally_provider_soft.report(soft, report_data, tally_bytes(NULL, 0), SOON, &report, NULL),
			 TALLY_SYSTEM);
	soft_close(soft);
}

static void stale_reads_show_the_value_before_the_newest_extend(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_CCA);
	struct tally_digests first, second;
	void *other;

	(void)state;
	assert_int_equal(soft_extend(soft, 1, 0x01), TALLY_OK);
	first = soft_read(soft, 1);
	assert_int_equal(soft_extend(soft, 1, 0x02), TALLY_OK);
	second = soft_read(soft, 1);
	plan(soft, TALLY_FAULT_READ_STALE, TALLY_SOFT_CALL_READ, 0, 0);
	assert_value(soft, 1, &first);
	assert_value(soft, 1, &second);
	/* Whoever extended: the past is in the state. */
	other = soft_open_as(directory, TALLY_SOFT_CCA);
	plan(other, TALLY_FAULT_READ_STALE, TALLY_SOFT_CALL_READ, 1, 0);
	assert_value(other, 1, &second);
	assert_value(other, 1, &first);
	assert_value(other, 1, &second);
	/* The newest extend was of another register. */
	plan(other, TALLY_FAULT_READ_STALE, TALLY_SOFT_CALL_READ, 0, 0);
	assert_value(other, 0, &tally_provider_soft.registers(other)->item[0].reset);
	soft_close(other);
	soft_close(soft);
}

/* late_after n: the n-th later read of that register, by whoever reads, sees it. */
static void late_extends_take_effect_at_a_read(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_TPM);
	void *other = soft_open_as(directory, TALLY_SOFT_TPM);
	struct tally_digests before = soft_read(soft, 4);
	struct tally_digests after = soft_after(soft, 4, &before, 0x77);

	(void)state;
	for (unsigned n = 1; n <= 3; n++) {
		plan(soft, n % 2 ? TALLY_FAULT_EXTEND_LATE : TALLY_FAULT_EXTEND_LATE_OK, TALLY_SOFT_CALL_EXTEND, 0, n);
		assert_int_equal(soft_extend(soft, 4, 0x77), n % 2 ? TALLY_SYSTEM : TALLY_OK);
		for (unsigned reads = 1; reads < n; reads++) {
			assert_value(reads % 2 ? soft : other, 4, &before);
			soft_read(soft, 5);
		}
		assert_value(other, 4, &after);
		assert_value(soft, 4, &after);
		before = after;
		after = soft_after(soft, 4, &before, 0x77);
	}
	soft_close(other);
	soft_close(soft);
}

/* Held back by one instance, which is gone when another lets go. */
static void late_extends_outlive_their_instance(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_TPM);
	struct tally_digests value = soft_read(soft, 4);

	(void)state;
	plan(soft, TALLY_FAULT_EXTEND_LATE, TALLY_SOFT_CALL_EXTEND, 0, 0);
	plan(soft, TALLY_FAULT_EXTEND_LATE, TALLY_SOFT_CALL_EXTEND, 0, 0);
	assert_int_equal(soft_extend(soft, 4, 0x01), TALLY_SYSTEM);
	assert_int_equal(soft_extend(soft, 4, 0x02), TALLY_SYSTEM);
	soft_close(soft);
	soft = soft_open_as(directory, TALLY_SOFT_TPM);
	assert_value(soft, 4, &value);
	assert_int_equal(soft_extend(soft, 4, 0x03), TALLY_OK);
	value = soft_after(soft, 4, &value, 0x03);
	assert_value(soft, 4, &value);
	assert_int_equal(tally_soft_release(soft), TALLY_OK);
	value = soft_after(soft, 4, &value, 0x01);
	value = soft_after(soft, 4, &value, 0x02);
	assert_value(soft, 4, &value);
	assert_int_equal(tally_soft_release(soft), TALLY_OK);
	assert_value(soft, 4, &value);
	soft_close(soft);
}

static void late_extends_end_with_their_boot_or_lock(void **state)
{
	static const uint8_t next_boot[TALLY_BOOT_ID_BYTES] = { 9 };
	struct tally_soft_options options = { .boot_id = next_boot };
	struct tally_problem problem;
	void *soft = soft_open_as(directory, TALLY_SOFT_NSM);
	struct tally_digests before = soft_read(soft, 20);
	void *later;

	(void)state;
	plan(soft, TALLY_FAULT_EXTEND_LATE, TALLY_SOFT_CALL_EXTEND, 0, 0);
	assert_int_equal(soft_extend(soft, 20, 0x01), TALLY_SYSTEM);
	assert_int_equal(tally_provider_soft.lock(soft, 20, SOON, NULL), TALLY_OK);
	assert_int_equal(tally_soft_release(soft), TALLY_OK);
	assert_value(soft, 20, &before);
	plan(soft, TALLY_FAULT_EXTEND_LATE, TALLY_SOFT_CALL_EXTEND, 0, 0);
	assert_int_equal(soft_extend(soft, 21, 0x01), TALLY_SYSTEM);
	assert_int_equal(soft_try_open(directory, &options, &later, &problem), TALLY_OK);
	assert_int_equal(tally_soft_release(later), TALLY_OK);
	assert_value(later, 21, &before);
	soft_close(later);
	soft_close(soft);
}

static void only_so_many_extends_are_held_back(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	struct tally_digests value = soft_read(soft, 0);

	(void)state;
	for (int n = 0; n < 9; n++) {
		plan(soft, TALLY_FAULT_EXTEND_LATE_OK, TALLY_SOFT_CALL_EXTEND, 0, 0);
		assert_int_equal(soft_extend(soft, 0, 0x01), n < 8 ? TALLY_OK : TALLY_NO_SPACE);
	}
	for (int n = 0; n < 8; n++)
		value = soft_after(soft, 0, &value, 0x01);
	assert_int_equal(tally_soft_release(soft), TALLY_OK);
	assert_value(soft, 0, &value);
	soft_close(soft);
}

static void strangers_act_before_the_call(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_TPM);
	struct tally_digests value = soft_read(soft, 16);
	uint8_t report_data[TALLY_REPORT_DATA_BYTES] = { 0 };
	struct tally_report report;

	(void)state;
	/* Before an extend, together with its failure. */
	plan_stranger(soft, TALLY_FAULT_STRANGER_EXTENDS, TALLY_SOFT_CALL_EXTEND, 16, 0x01);
	plan_stranger(soft, TALLY_FAULT_STRANGER_EXTENDS, TALLY_SOFT_CALL_EXTEND, 16, 0x02);
	plan(soft, TALLY_FAULT_EXTEND_FAILS_APPLIED, TALLY_SOFT_CALL_EXTEND, 0, 0);
	assert_int_equal(soft_extend(soft, 16, 0x03), TALLY_SYSTEM);
	for (uint8_t fill = 1; fill <= 3; fill++)
		value = soft_after(soft, 16, &value, fill);
	assert_value(soft, 16, &value);
	/* Before a read. */
	plan_stranger(soft, TALLY_FAULT_STRANGER_EXTENDS, TALLY_SOFT_CALL_READ, 16, 0x04);
	value = soft_after(soft, 16, &value, 0x04);
	assert_value(soft, 16, &value);
	plan_stranger(soft, TALLY_FAULT_STRANGER_RESETS, TALLY_SOFT_CALL_READ, 16, 0);
	assert_value(soft, 16, &tally_provider_soft.registers(soft)->item[16].reset);
	/* Before a report that fails. */
	plan_stranger(soft, TALLY_FAULT_STRANGER_EXTENDS, TALLY_SOFT_CALL_REPORT, 7, 0x05);
	plan(soft, TALLY_FAULT_REPORT_FAILS, TALLY_SOFT_CALL_REPORT, 0, 0);
	value = soft_read(soft, 7);
	assert_int_equal(tally_provider_soft.report(soft, report_data, tally_bytes(NULL, 0), SOON, &report, NULL),
			 TALLY_SYSTEM);
	value = soft_after(soft, 7, &value, 0x05);
	assert_value(soft, 7, &value);
	soft_close(soft);
}

static void locked_registers_refuse_strangers(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_NSM);
	struct tally_digests before = soft_read(soft, 3);

	(void)state;
	plan_stranger(soft, TALLY_FAULT_STRANGER_EXTENDS, TALLY_SOFT_CALL_READ, 3, 0x01);
	assert_value(soft, 3, &before);
	soft_close(soft);
}

static void resets_are_for_resettable_registers(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_TPM);
	const struct tally_register_set *set = tally_provider_soft.registers(soft);

	(void)state;
	for (size_t i = 0; i < set->count; i++) {
		bool is_resettable = i == 16 || i == 23;

		assert_int_equal(set->item[i].is_resettable, is_resettable);
		assert_int_equal(soft_extend(soft, i, 0x01), TALLY_OK);
		assert_int_equal(tally_soft_reset(soft, i), is_resettable ? TALLY_OK : TALLY_UNSUPPORTED);
		if (is_resettable)
			assert_value(soft, i, &set->item[i].reset);
	}
	assert_int_equal(tally_soft_reset(soft, 24), TALLY_UNKNOWN_REGISTER);
	soft_close(soft);
}

static void plans_that_make_no_sense_are_refused(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	const struct {
		struct tally_soft_planned_fault fault;
		enum tally_status status;
	} cases[] = {
		{ { .fault = TALLY_FAULT_READ_STALE, .call = TALLY_SOFT_CALL_EXTEND }, TALLY_INVALID },
		{ { .fault = TALLY_FAULT_EXTEND_FAILS, .call = TALLY_SOFT_CALL_REPORT }, TALLY_INVALID },
		{ { .fault = TALLY_FAULT_REPORT_FAILS, .call = TALLY_SOFT_CALL_READ }, TALLY_INVALID },
		{ { .fault = TALLY_FAULT_NONE, .call = TALLY_SOFT_CALL_READ }, TALLY_INVALID },
		{ { .fault = TALLY_FAULT_READ_FAILS, .call = 0 }, TALLY_INVALID },
		{ { .fault = TALLY_FAULT_STRANGER_RESETS, .call = TALLY_SOFT_CALL_READ }, TALLY_INVALID },
		{ { .fault = TALLY_FAULT_STRANGER_EXTENDS, .call = TALLY_SOFT_CALL_READ }, TALLY_INVALID },
		{ { .fault = TALLY_FAULT_STRANGER_EXTENDS, .call = TALLY_SOFT_CALL_READ, .register_index = 4 },
		  TALLY_INVALID },
	};
	const struct tally_soft_planned_fault one_more = { .fault = TALLY_FAULT_READ_FAILS,
							   .call = TALLY_SOFT_CALL_READ };
	struct tally_soft_options options = { .fault_count = 1 };
	struct tally_problem problem;
	void *other;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(tally_soft_plan(soft, &cases[i].fault), cases[i].status);
		options.fault[0] = cases[i].fault;
		assert_int_equal(soft_try_open(directory, &options, &other, &problem), TALLY_INVALID);
		assert_true(strlen(problem.text) > 0);
	}
	for (int i = 0; i < TALLY_SOFT_FAULT_LIMIT; i++)
		plan(soft, TALLY_FAULT_READ_FAILS, TALLY_SOFT_CALL_READ, 0, 0);
	assert_int_equal(tally_soft_plan(soft, &one_more), TALLY_NO_SPACE);
	soft_close(soft);
}

static void faults_can_be_planned_at_open(void **state)
{
	struct tally_soft_options options = {
		.fault_count = 1,
		.fault = { { .fault = TALLY_FAULT_READ_FAILS, .call = TALLY_SOFT_CALL_READ } },
	};
	struct tally_problem problem;
	void *soft;

	(void)state;
	assert_int_equal(soft_try_open(directory, &options, &soft, &problem), TALLY_OK);
	assert_int_equal(read_until(soft, 0, SOON), TALLY_SYSTEM);
	assert_int_equal(read_until(soft, 0, SOON), TALLY_OK);
	soft_close(soft);
}

int main(void)
{
#define FAULT_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		FAULT_TEST(failing_extends),
		FAULT_TEST(hanging_calls_end_at_the_deadline),
		FAULT_TEST(failing_reads_and_reports),
		FAULT_TEST(stale_reads_show_the_value_before_the_newest_extend),
		FAULT_TEST(late_extends_take_effect_at_a_read),
		FAULT_TEST(late_extends_outlive_their_instance),
		FAULT_TEST(late_extends_end_with_their_boot_or_lock),
		FAULT_TEST(only_so_many_extends_are_held_back),
		FAULT_TEST(strangers_act_before_the_call),
		FAULT_TEST(locked_registers_refuse_strangers),
		FAULT_TEST(resets_are_for_resettable_registers),
		FAULT_TEST(plans_that_make_no_sense_are_refused),
		FAULT_TEST(faults_can_be_planned_at_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
