// SPDX-License-Identifier: BSD-2-Clause
/* Statuses that need a fault of the provider, a damaged file or another process, as callers of the API see them. */
#include "../../api/handle.h"

/* The installed headers know the statuses from there. */
#include "stick.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#define PATH_SIZE (DIRECTORY_LIMIT + 32)
#define NOBODY 65534

static const uint8_t nonce[32] = { 5 };

static const char *path_of(const struct stick *stick, const char *name)
{
	static char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", stick->path, name);
	return path;
}

/* The first that can be extended: Nitro's PCR 0 to 15 are locked from the start. */
static size_t first_of(const struct stick *stick)
{
	return tally_register_count(stick->tally) > 16 ? 16 : 0;
}

static void plan(struct stick *stick, enum tally_soft_fault fault, enum tally_soft_call call)
{
	struct tally_soft_planned_fault planned = { .fault = fault, .call = call };

	planned.register_index = first_of(stick);
	planned.stranger_digests = tally_authority_registers(stick->tally->authority)->item[first_of(stick)].reset;
	assert_int_equal(tally_soft_plan(tally_authority_provider_instance(stick->tally->authority), &planned),
			 TALLY_OK);
}

/* An event in the first register, by a deadline that is near. */
static enum tally_status extend(struct stick *stick, uint64_t flags)
{
	struct tally_measurement measurement = {
		.size = sizeof(measurement), .name = "app", .deadline = tally_deadline_in(100), .flags = flags
	};

	return tally_extend(stick->tally, tally_register_at(stick->tally, first_of(stick))->name, &measurement, NULL,
			    &stick->error);
}

static void an_extend_that_meets_a_fault(void **state)
{
	static const struct {
		enum tally_soft_fault fault;
		enum tally_soft_call call;
		enum tally_status expected;
	} cases[] = {
		{ TALLY_FAULT_EXTEND_FAILS, TALLY_SOFT_CALL_EXTEND, TALLY_NOT_APPLIED },
		{ TALLY_FAULT_EXTEND_HANGS, TALLY_SOFT_CALL_EXTEND, TALLY_NOT_APPLIED },
		{ TALLY_FAULT_READ_FAILS, TALLY_SOFT_CALL_READ, TALLY_SYSTEM },
		{ TALLY_FAULT_READ_HANGS, TALLY_SOFT_CALL_READ, TALLY_DEADLINE },
	};
	struct stick *stick = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		plan(stick, cases[i].fault, cases[i].call);
		assert_refused(extend(stick, TALLY_EVENT_ONCE), cases[i].expected);
	}
	/* Nothing of it was extended. */
	assert_int_equal(extend(stick, TALLY_EVENT_ONCE), TALLY_OK);
}

static void an_extend_that_may_have_happened(void **state)
{
	struct stick *stick = *state;

	plan(stick, TALLY_FAULT_EXTEND_LATE_OK, TALLY_SOFT_CALL_EXTEND);
	assert_refused(extend(stick, TALLY_EVENT_ONCE), TALLY_INDETERMINATE);
	assert_refused(extend(stick, TALLY_EVENT_ONCE), TALLY_UNKNOWN);
}

/* What somebody else extended is pinned first, and the pin fails. */
static void a_pin_that_fails(void **state)
{
	struct stick *stick = *state;

	plan(stick, TALLY_FAULT_STRANGER_EXTENDS, TALLY_SOFT_CALL_READ);
	plan(stick, TALLY_FAULT_EXTEND_FAILS, TALLY_SOFT_CALL_EXTEND);
	assert_refused(extend(stick, 0), TALLY_TRY_AGAIN);
	assert_int_equal(extend(stick, 0), TALLY_OK);
}

static void a_register_that_holds_a_gap_is_not_locked(void **state)
{
	struct stick *stick = *state;
	const char *reg = tally_register_at(stick->tally, first_of(stick))->name;

	plan(stick, TALLY_FAULT_STRANGER_EXTENDS, TALLY_SOFT_CALL_READ);
	assert_refused(tally_register_lock(stick->tally, reg, &stick->error), TALLY_TRY_AGAIN);
	assert_int_equal(extend(stick, 0), TALLY_OK);
	assert_int_equal(tally_register_lock(stick->tally, reg, &stick->error), TALLY_OK);
	assert_refused(tally_register_lock(stick->tally, reg, &stick->error), TALLY_LOCKED);
	assert_refused(tally_trim(stick->tally, path_of(stick, "part"), 0, NULL, &stick->error), TALLY_LOCKED);
	assert_refused(tally_register_lock(stick->tally, "pcr99", &stick->error), TALLY_UNKNOWN_REGISTER);
}

static void a_lock_that_fails(void **state)
{
	struct stick *stick = *state;
	struct tally_options options = stick->options;
	const char *reg = tally_register_at(stick->tally, first_of(stick))->name;
	struct tally *reader = NULL;
	int fd = open(path_of(stick, "lock"), O_RDWR | O_CLOEXEC);

	options.flags = TALLY_OPEN_READER;
	assert_int_equal(tally_open(&options, &reader, NULL), TALLY_OK);
	assert_refused(tally_register_lock(reader, reg, &stick->error), TALLY_INVALID);
	tally_close(reader);
	plan(stick, TALLY_FAULT_READ_FAILS, TALLY_SOFT_CALL_READ);
	assert_refused(tally_register_lock(stick->tally, reg, &stick->error), TALLY_SYSTEM);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_refused(tally_register_lock(stick->tally, reg, &stick->error), TALLY_DEADLINE);
	close(fd);
	assert_int_equal(extend(stick, 0), TALLY_OK);
	assert_int_equal(truncate(path_of(stick, "log"), 10), 0);
	assert_refused(tally_register_lock(stick->tally, reg, &stick->error), TALLY_CORRUPT);
}

static void a_long_life_that_meets_a_fault(void **state)
{
	struct stick *stick = *state;
	char save[PATH_SIZE];
	int fd = open(path_of(stick, "lock"), O_RDWR | O_CLOEXEC);

	snprintf(save, sizeof(save), "%s/save", stick->folder);
	assert_int_equal(tally_save(stick->tally, save, NULL, &stick->error), TALLY_OK);
	plan(stick, TALLY_FAULT_READ_FAILS, TALLY_SOFT_CALL_READ);
	assert_refused(tally_save(stick->tally, path_of(stick, "again"), NULL, &stick->error), TALLY_SYSTEM);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_refused(tally_save(stick->tally, path_of(stick, "again"), NULL, &stick->error), TALLY_DEADLINE);
	assert_refused(tally_restore(stick->tally, save, NULL, &stick->error), TALLY_DEADLINE);
	close(fd);
	assert_int_equal(extend(stick, 0), TALLY_OK);
	plan(stick, TALLY_FAULT_READ_FAILS, TALLY_SOFT_CALL_READ);
	assert_refused(tally_trim(stick->tally, path_of(stick, "part"), 0, NULL, &stick->error), TALLY_SYSTEM);
}

static void logs_that_are_gone(void **state)
{
	struct stick *stick = *state;
	struct tally_records *records = NULL;
	struct tally_options options = stick->options;
	struct tally *tally = NULL;

	assert_int_equal(unlink(path_of(stick, "log")), 0);
	assert_refused(tally_records_open(stick->tally, &records, &stick->error), TALLY_NOT_FOUND);
	assert_int_equal(mkdir(path_of(stick, "log"), 0700), 0);
	assert_refused(tally_records_open(stick->tally, &records, &stick->error), TALLY_INVALID);
	/* No directory can be made below a file. */
	options.directory = path_of(stick, "lock/soft");
	assert_refused(tally_open(&options, &tally, &stick->error), TALLY_SYSTEM);
	assert_null(tally);
}

static void a_trim_whose_pin_may_have_happened(void **state)
{
	struct stick *stick = *state;

	assert_int_equal(extend(stick, 0), TALLY_OK);
	plan(stick, TALLY_FAULT_EXTEND_LATE_OK, TALLY_SOFT_CALL_EXTEND);
	assert_refused(tally_trim(stick->tally, path_of(stick, "part"), 0, NULL, &stick->error), TALLY_TRY_AGAIN);
	/* The records are handed out, and the log is whole. */
	assert_int_equal(access(path_of(stick, "part"), F_OK), 0);
	assert_non_null(strstr(stick->error.text, "keep "));
	assert_int_equal(extend(stick, 0), TALLY_OK);
}

static void arguments_that_are_too_much(void **state)
{
	struct stick *stick = *state;
	char audience[300];
	struct tally_request request = {
		.size = sizeof(request), .nonce = nonce, .nonce_size = sizeof(nonce), .audience = audience
	};
	struct {
		struct tally_verification verification;
		uint64_t later;
	} grown = { .verification = { .size = sizeof(grown), .evidence = "?", .evidence_size = 1 }, .later = 1 };
	const struct tally_report_info *report = NULL;
	struct tally_verdict *verdict = NULL;

	memset(audience, 'a', sizeof(audience) - 1);
	audience[sizeof(audience) - 1] = 0;
	assert_refused(tally_report(stick->tally, &request, &report, &stick->error), TALLY_TOO_LARGE);
	assert_refused(tally_verify_evidence(&grown.verification, &verdict, &stick->error), TALLY_UNSUPPORTED);
	grown.later = 0;
	grown.verification.stored_count = 1;
	assert_refused(tally_verify_evidence(&grown.verification, &verdict, &stick->error), TALLY_INVALID);
}

static void registers_without_a_lock(void **state)
{
	struct stick *stick = *state;

	assert_refused(tally_register_lock(stick->tally, "rtmr0", &stick->error), TALLY_UNSUPPORTED);
}

static void a_read_that_fails(void **state)
{
	struct stick *stick = *state;
	struct tally_request request = { .size = sizeof(request), .nonce = nonce, .nonce_size = sizeof(nonce) };
	const struct tally_report_info *report = NULL;
	struct tally_value value;
	int fd = open(path_of(stick, "registers"), O_RDWR | O_CLOEXEC);

	plan(stick, TALLY_FAULT_READ_FAILS, TALLY_SOFT_CALL_READ);
	assert_refused(tally_register_read(stick->tally, "rtmr0", &value, NULL, &stick->error), TALLY_SYSTEM);
	plan(stick, TALLY_FAULT_READ_HANGS, TALLY_SOFT_CALL_READ);
	assert_refused(tally_register_read(stick->tally, "rtmr0", &value, NULL, &stick->error), TALLY_DEADLINE);
	assert_int_equal(ftruncate(fd, 100), 0);
	close(fd);
	assert_refused(tally_report(stick->tally, &request, &report, &stick->error), TALLY_CORRUPT);
	assert_refused(tally_register_read(stick->tally, "rtmr0", &value, NULL, &stick->error), TALLY_CORRUPT);
}

static void a_report_that_fails(void **state)
{
	struct stick *stick = *state;
	struct tally_request request = { .size = sizeof(request), .nonce = nonce, .nonce_size = sizeof(nonce) };
	const struct tally_report_info *report = NULL;
	uint8_t *evidence = NULL;
	size_t size = 0;

	plan(stick, TALLY_FAULT_REPORT_FAILS, TALLY_SOFT_CALL_REPORT);
	assert_refused(tally_report(stick->tally, &request, &report, &stick->error), TALLY_SYSTEM);
	plan(stick, TALLY_FAULT_REPORT_FAILS, TALLY_SOFT_CALL_REPORT);
	assert_refused(tally_evidence(stick->tally, &request, &evidence, &size, &stick->error), TALLY_SYSTEM);
	plan(stick, TALLY_FAULT_REPORT_HANGS, TALLY_SOFT_CALL_REPORT);
	request.deadline = tally_deadline_in(20);
	assert_refused(tally_report(stick->tally, &request, &report, &stick->error), TALLY_DEADLINE);
	plan(stick, TALLY_FAULT_REPORT_HANGS, TALLY_SOFT_CALL_REPORT);
	request.deadline = tally_deadline_in(20);
	assert_refused(tally_evidence(stick->tally, &request, &evidence, &size, &stick->error), TALLY_DEADLINE);
}

static void another_process_holds_the_lock(void **state)
{
	struct stick *stick = *state;
	struct tally *tally = NULL;
	int fd = open(path_of(stick, "lock"), O_RDWR | O_CLOEXEC);

	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_refused(extend(stick, 0), TALLY_DEADLINE);
	assert_refused(tally_trim(stick->tally, path_of(stick, "part"), tally_deadline_in(20), NULL, &stick->error),
		       TALLY_DEADLINE);
	assert_refused(tally_open(&stick->options, &tally, &stick->error), TALLY_DEADLINE);
	close(fd);
	assert_null(tally);
}

static void a_log_that_was_cut(void **state)
{
	struct stick *stick = *state;
	struct tally_request request = { .size = sizeof(request), .nonce = nonce, .nonce_size = sizeof(nonce) };
	uint8_t *evidence = NULL;
	size_t size = 0;

	assert_int_equal(extend(stick, 0), TALLY_OK);
	assert_int_equal(truncate(path_of(stick, "log"), 10), 0);
	assert_refused(extend(stick, 0), TALLY_CORRUPT);
	assert_refused(tally_evidence(stick->tally, &request, &evidence, &size, &stick->error), TALLY_CORRUPT);
	assert_refused(tally_save(stick->tally, path_of(stick, "save"), NULL, &stick->error), TALLY_CORRUPT);
	assert_refused(tally_trim(stick->tally, path_of(stick, "part"), 0, NULL, &stick->error), TALLY_CORRUPT);
}

static void a_log_that_is_full(void **state)
{
	struct stick *stick = *state;
	enum tally_status status;
	unsigned count = 0;

	tally_close(stick->tally);
	stick->tally = NULL;
	directory_remove(stick->path);
	stick->options.capacity = 64 * 1024;
	assert_int_equal(tally_open(&stick->options, &stick->tally, &stick->error), TALLY_OK);
	while ((status = extend(stick, 0)) == TALLY_OK && count < 1000)
		count++;
	assert_int_equal(status, TALLY_FULL);
	assert_in_range(count, 1, 999);
}

static void somebody_else(void **state)
{
	struct stick *stick = *state;
	struct tally *tally = NULL;
	struct tally_records *records = NULL;
	struct tally_bank digest;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(stick->path, 0700), 0);
	assert_int_equal(seteuid(NOBODY), 0);
	assert_refused(tally_open(&stick->options, &tally, &stick->error), TALLY_PERMISSION);
	assert_refused(extend(stick, 0), TALLY_PERMISSION);
	assert_refused(tally_register_lock(stick->tally, tally_register_at(stick->tally, first_of(stick))->name,
					   &stick->error),
		       TALLY_PERMISSION);
	assert_refused(tally_records_open(stick->tally, &records, &stick->error), TALLY_PERMISSION);
	assert_refused(tally_records_open_file(path_of(stick, "log"), NULL, &records, &stick->error), TALLY_PERMISSION);
	assert_refused(tally_save(stick->tally, "/save", NULL, &stick->error), TALLY_PERMISSION);
	assert_refused(tally_trim(stick->tally, "/part", 0, NULL, &stick->error), TALLY_PERMISSION);
	assert_refused(tally_restore(stick->tally, stick->path, NULL, &stick->error), TALLY_PERMISSION);
	assert_refused(tally_records_follow(stick->tally, 0, &records, &stick->error), TALLY_PERMISSION);
	assert_refused(tally_digest_file(path_of(stick, "log"), &digest, &stick->error), TALLY_PERMISSION);
	assert_int_equal(seteuid(0), 0);
}

static int make_nsm(void **state)
{
	return stick_make_as(state, "nsm");
}

#define with(make, test) cmocka_unit_test_setup_teardown(test, make, stick_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with(stick_make, an_extend_that_meets_a_fault),
		with(stick_make, an_extend_that_may_have_happened),
		with(stick_make, a_pin_that_fails),
		with(make_nsm, a_register_that_holds_a_gap_is_not_locked),
		with(make_nsm, a_lock_that_fails),
		with(stick_make, a_long_life_that_meets_a_fault),
		with(stick_make, logs_that_are_gone),
		with(stick_make, a_trim_whose_pin_may_have_happened),
		with(stick_make, arguments_that_are_too_much),
		with(stick_make, registers_without_a_lock),
		with(stick_make, a_read_that_fails),
		with(stick_make, a_report_that_fails),
		with(stick_make, another_process_holds_the_lock),
		with(stick_make, a_log_that_was_cut),
		with(stick_make, a_log_that_is_full),
		with(make_nsm, somebody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
