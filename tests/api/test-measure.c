// SPDX-License-Identifier: BSD-2-Clause
/* The installed API inside the VM: opening, registers, measuring; linked to the shared library. */
#include "stick.h"

#include <fcntl.h>
#include <sys/wait.h>

/* spec: FIPS 180-4, SHA-384 of "abc" (NIST example values) */
static const uint8_t sha384_of_abc[48] = {
	0xcb, 0x00, 0x75, 0x3f, 0x45, 0xa3, 0x5e, 0x8b, 0xb5, 0xa0, 0x3d, 0x69, 0x9a, 0xc6, 0x50, 0x07,
	0x27, 0x2c, 0x32, 0xab, 0x0e, 0xde, 0xd1, 0x63, 0x1a, 0x8b, 0x60, 0x5a, 0x43, 0xff, 0x5b, 0xed,
	0x80, 0x86, 0x07, 0x2b, 0xa1, 0xe7, 0xcc, 0x23, 0x58, 0xba, 0xec, 0xa1, 0x34, 0xc8, 0x25, 0xa7,
};

static void write_abc(const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs("abc", file);
	assert_int_equal(fclose(file), 0);
}

static void a_struct_that_grew_is_told_from_one_that_is_wrong(void **state)
{
	struct stick *stick = *state;
	struct {
		struct tally_options options;
		uint64_t later;
	} grown = { .options = stick->options };
	struct tally *tally = NULL;

	grown.options.size = sizeof(grown);
	assert_int_equal(tally_open(&grown.options, &tally, NULL), TALLY_OK);
	tally_close(tally);
	tally = NULL;
	grown.later = 1;
	assert_refused(tally_open(&grown.options, &tally, &stick->error), TALLY_UNSUPPORTED);
	grown.options.size = 0;
	assert_refused(tally_open(&grown.options, &tally, &stick->error), TALLY_INVALID);
	grown.options.size = SIZE_MAX;
	assert_refused(tally_open(&grown.options, &tally, &stick->error), TALLY_INVALID);
	/* An older program's struct ends before the flags. */
	grown.options.size = offsetof(struct tally_options, flags);
	grown.options.flags = UINT64_MAX;
	assert_int_equal(tally_open(&grown.options, &tally, NULL), TALLY_OK);
	tally_close(tally);
}

static void what_can_not_be_opened(void **state)
{
	struct stick *stick = *state;
	struct tally *tally = NULL;
	struct tally_options options = stick->options;

	options.provider = "abacus";
	assert_refused(tally_open(&options, &tally, &stick->error), TALLY_UNAVAILABLE);
	options = stick->options;
	options.flags = 1ULL << 40;
	assert_refused(tally_open(&options, &tally, &stick->error), TALLY_UNSUPPORTED);
	options = stick->options;
	options.soft_preset = "beads";
	assert_refused(tally_open(&options, &tally, &stick->error), TALLY_INVALID);
	options = stick->options;
	options.directory = stick->folder;
	options.flags = TALLY_OPEN_READER;
	assert_refused(tally_open(&options, &tally, &stick->error), TALLY_NOT_FOUND);
	assert_null(tally);
}

static void registers_are_listed_and_read(void **state)
{
	struct stick *stick = *state;
	const struct tally_register_info *reg = tally_register_at(stick->tally, 2);
	struct tally_value value;
	bool is_locked = true;

	assert_string_equal(tally_provider_word(stick->tally), "soft");
	assert_string_equal(tally_directory(stick->tally), stick->path);
	assert_int_equal(tally_register_count(stick->tally), 8);
	assert_null(tally_register_at(stick->tally, 8));
	assert_string_equal(reg->name, "rtmr2");
	assert_int_equal(reg->number, 2);
	assert_int_equal(reg->register_class, TALLY_REGISTER_RUNTIME);
	assert_int_equal(reg->signing, TALLY_SIGNING_VALUE);
	assert_int_equal(reg->reset.count, 1);
	assert_int_equal(reg->reset.bank[0].algorithm, TALLY_ALG_SHA384);
	assert_int_equal(tally_register_at(stick->tally, 4)->register_class, TALLY_REGISTER_STATIC);
	assert_int_equal(tally_register_read(stick->tally, "rtmr2", &value, &is_locked, NULL), TALLY_OK);
	assert_memory_equal(&value, &reg->reset, sizeof(value));
	assert_false(is_locked);
	assert_refused(tally_register_read(stick->tally, "rtmr9", &value, NULL, &stick->error), TALLY_UNKNOWN_REGISTER);
	assert_refused(tally_register_read(stick->tally, NULL, &value, NULL, &stick->error), TALLY_UNKNOWN_REGISTER);
	assert_refused(tally_register_read(stick->tally, "pcr:99", &value, NULL, &stick->error),
		       TALLY_UNKNOWN_REGISTER);
}

static void a_lockable_register_is_locked_once(void **state)
{
	struct stick *stick = *state;
	struct tally_measurement measurement = { .size = sizeof(measurement), .name = "x" };
	struct tally_value value;
	bool is_locked = false;

	assert_true(tally_register_at(stick->tally, 16)->flags & TALLY_REGISTER_LOCKABLE);
	assert_int_equal(tally_register_lock(stick->tally, "pcr16", &stick->error), TALLY_OK);
	assert_int_equal(tally_register_read(stick->tally, "pcr16", &value, &is_locked, NULL), TALLY_OK);
	assert_true(is_locked);
	assert_refused(tally_extend(stick->tally, "pcr16", &measurement, NULL, &stick->error), TALLY_LOCKED);
}

static void an_event_changes_its_register_alone(void **state)
{
	struct stick *stick = *state;
	struct tally_value before, after, other;
	uint64_t number = stick_measure(stick, "rtmr2", "first", "abc");

	assert_int_equal(tally_register_read(stick->tally, "rtmr2", &before, NULL, NULL), TALLY_OK);
	assert_int_equal(stick_measure(stick, "rtmr2", "second", "abc"), number + 1);
	assert_int_equal(tally_register_read(stick->tally, "rtmr2", &after, NULL, NULL), TALLY_OK);
	assert_int_equal(tally_register_read(stick->tally, "rtmr3", &other, NULL, NULL), TALLY_OK);
	assert_memory_not_equal(&before, &after, sizeof(after));
	assert_memory_equal(&other, &tally_register_at(stick->tally, 3)->reset, sizeof(other));
}

static void a_file_and_a_pipe_have_the_same_digest(void **state)
{
	struct stick *stick = *state;
	struct tally_bank from_file, from_pipe;
	char path[DIRECTORY_LIMIT + 8];
	int ends[2];

	snprintf(path, sizeof(path), "%s/abc", stick->folder);
	write_abc(path);
	assert_int_equal(tally_digest_file(path, &from_file, &stick->error), TALLY_OK);
	assert_int_equal(from_file.algorithm, TALLY_ALG_SHA384);
	assert_int_equal(from_file.size, 48);
	assert_memory_equal(from_file.bytes, sha384_of_abc, 48);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	close(ends[1]);
	assert_int_equal(tally_digest_fd(ends[0], &from_pipe, NULL), TALLY_OK);
	close(ends[0]);
	assert_memory_equal(&from_file, &from_pipe, sizeof(from_pipe));
	assert_refused(tally_digest_file(stick->path, &from_file, &stick->error), TALLY_SYSTEM);
	assert_refused(tally_digest_file("/nowhere/at/all", &from_file, &stick->error), TALLY_NOT_FOUND);
	assert_refused(tally_digest_fd(-1, &from_file, &stick->error), TALLY_SYSTEM);
	assert_refused(tally_digest_file(NULL, &from_file, &stick->error), TALLY_INVALID);
}

static void once_is_once_until_it_means_something_else(void **state)
{
	struct stick *stick = *state;
	struct tally_measurement measurement = {
		.size = sizeof(measurement), .name = "once", .data = "a", .data_size = 1, .flags = TALLY_EVENT_ONCE
	};
	struct tally_extended first, second;

	assert_int_equal(tally_extend(stick->tally, "rtmr1", &measurement, &first, &stick->error), TALLY_OK);
	assert_int_equal(first.is_existing, 0);
	assert_int_equal(tally_extend(stick->tally, "rtmr1", &measurement, &second, &stick->error), TALLY_OK);
	assert_int_equal(second.is_existing, 1);
	assert_int_equal(second.number, first.number);
	measurement.data = "b";
	assert_refused(tally_extend(stick->tally, "rtmr1", &measurement, &second, &stick->error), TALLY_CONFLICT);
	assert_true(stick->error.hint[0] != 0);
}

static void records_are_followed(void **state)
{
	struct stick *stick = *state;
	const struct tally_record_info *record;
	struct tally_records *records;

	assert_int_equal(tally_records_follow(stick->tally, 1, &records, &stick->error), TALLY_OK);
	assert_string_equal(tally_records_format(records), "tally");
	assert_true(tally_records_fd(records) >= 0);
	assert_int_equal(tally_records_next(records, &record, &stick->error), TALLY_OK);
	assert_null(record);
	assert_refused(tally_records_wait(records, tally_deadline_in(1), &stick->error), TALLY_DEADLINE);
	for (uint64_t number = 1; number <= 3; number++) {
		assert_int_equal(stick_measure(stick, "rtmr2", "event", "data"), number);
		assert_int_equal(tally_records_wait(records, tally_deadline_in(10000), &stick->error), TALLY_OK);
		assert_int_equal(tally_records_next(records, &record, &stick->error), TALLY_OK);
		assert_non_null(record);
		assert_int_equal(record->number, number);
		assert_string_equal(record->reg, "rtmr2");
		assert_string_equal(record->name, "event");
		assert_true(record->flags & TALLY_RECORD_AUTHENTIC);
	}
	tally_records_close(records);
	assert_int_equal(tally_records_open(stick->tally, &records, &stick->error), TALLY_OK);
	assert_int_equal(tally_records_fd(records), -1);
	assert_refused(tally_records_wait(records, 0, &stick->error), TALLY_INVALID);
	tally_records_close(records);
}

/* [what is wrong, register, measurement, status] */
static void measurements_that_are_refused(void **state)
{
	struct stick *stick = *state;
	struct tally_bank short_digest = { .algorithm = TALLY_ALG_SHA384, .size = 32 };
	struct tally_bank strange_digest = { .algorithm = 0x7777, .size = 48 };
	const struct {
		const char *reg;
		struct tally_measurement measurement;
		enum tally_status expected;
	} cases[] = {
		{ "rtmr2", { .name = NULL }, TALLY_INVALID },
		{ "rtmr2", { .name = "" }, TALLY_INVALID },
		{ "rtmr2", { .name = "a\nb" }, TALLY_INVALID },
		{ "rtmr2", { .name = "a", .type = "tally.pin" }, TALLY_INVALID },
		{ "rtmr2", { .name = "a", .caller = "me" }, TALLY_INVALID },
		{ "rtmr2", { .name = "a", .flags = 2 }, TALLY_UNSUPPORTED },
		{ "rtmr2", { .name = "a", .data_size = 1 }, TALLY_INVALID },
		{ "rtmr2", { .name = "a", .data = "", .data_digest = &short_digest }, TALLY_INVALID },
		{ "rtmr2", { .name = "a", .data_digest = &short_digest }, TALLY_DIGEST_SIZE },
		{ "rtmr2", { .name = "a", .data_digest = &strange_digest }, TALLY_UNKNOWN_ALGORITHM },
		{ "rtmr7", { .name = "a" }, TALLY_UNKNOWN_REGISTER },
		{ "mrtd", { .name = "a" }, TALLY_STATIC_REGISTER },
	};
	struct tally_extended extended = { .number = 4711 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_measurement measurement = cases[i].measurement;

		measurement.size = sizeof(measurement);
		assert_refused(tally_extend(stick->tally, cases[i].reg, &measurement, &extended, &stick->error),
			       cases[i].expected);
		assert_int_equal(extended.number, 4711);
	}
	assert_refused(tally_extend(stick->tally, "rtmr2", NULL, NULL, &stick->error), TALLY_INVALID);
}

static void too_much_data_is_refused(void **state)
{
	struct stick *stick = *state;
	struct tally_measurement measurement = { .size = sizeof(measurement), .name = "a", .data_size = 1 << 20 };
	void *data = calloc(1, measurement.data_size);

	measurement.data = data;
	assert_refused(tally_extend(stick->tally, "rtmr2", &measurement, NULL, &stick->error), TALLY_TOO_LARGE);
	free(data);
}

static void digests_are_one_for_each_bank(void **state)
{
	struct stick *stick = *state;
	struct tally_value digests = tally_register_at(stick->tally, 0)->reset;
	struct tally_value fewer, twice, many = { .count = TALLY_VALUE_BANKS + 1 };
	struct tally_extended extended;

	assert_int_equal(digests.count, 3);
	assert_int_equal(tally_extend_digests(stick->tally, "pcr:3", &digests, "three banks", 0, &extended, NULL),
			 TALLY_OK);
	fewer = digests;
	fewer.count--;
	assert_refused(tally_extend_digests(stick->tally, "pcr3", &fewer, NULL, 0, NULL, &stick->error),
		       TALLY_BANK_SET);
	twice = digests;
	twice.bank[1] = twice.bank[0];
	assert_refused(tally_extend_digests(stick->tally, "pcr3", &twice, NULL, 0, NULL, &stick->error),
		       TALLY_BANK_SET);
	assert_refused(tally_extend_digests(stick->tally, "pcr3", &many, NULL, 0, NULL, &stick->error), TALLY_INVALID);
	assert_refused(tally_extend_digests(stick->tally, "pcr3", NULL, NULL, 0, NULL, &stick->error), TALLY_INVALID);
	assert_int_equal(tally_extend_digests(stick->tally, "pcr3", &digests, NULL, 0, NULL, NULL), TALLY_OK);
}

static void a_reader_reads(void **state)
{
	struct stick *stick = *state;
	struct tally_options options = stick->options;
	struct tally_measurement measurement = { .size = sizeof(measurement), .name = "a" };
	struct tally_value value;
	struct tally *reader;

	options.flags = TALLY_OPEN_READER;
	assert_int_equal(tally_open(&options, &reader, NULL), TALLY_OK);
	assert_int_equal(tally_register_read(reader, "rtmr0", &value, NULL, NULL), TALLY_OK);
	assert_refused(tally_extend(reader, "rtmr0", &measurement, NULL, &stick->error), TALLY_INVALID);
	tally_close(reader);
}

static void a_forked_child_opens_its_own(void **state)
{
	struct stick *stick = *state;
	struct tally_measurement measurement = { .size = sizeof(measurement), .name = "a" };
	int status;
	pid_t child = fork();

	if (child == 0) {
		status = tally_extend(stick->tally, "rtmr0", &measurement, NULL, NULL);
		_exit(status == TALLY_INVALID ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void small_things(void **state)
{
	uint64_t now = tally_deadline_in(0);

	(void)state;
	assert_string_equal(tally_error_name(TALLY_TRY_AGAIN), "TRY_AGAIN");
	assert_string_equal(tally_error_message(TALLY_FULL), "log is full");
	assert_string_equal(tally_error_message((enum tally_status)12345), "unknown status");
	assert_true(tally_version()[0] != 0);
	assert_string_equal(tally_algorithm_name(TALLY_ALG_SM3_256), "sm3_256");
	assert_null(tally_algorithm_name(1));
	assert_int_equal(tally_algorithm_from_name("SHA512"), TALLY_ALG_SHA512);
	assert_int_equal(tally_algorithm_from_name("md5"), 0);
	assert_int_equal(tally_algorithm_from_name(NULL), 0);
	assert_in_range(tally_deadline_in(1000) - now, 1000000000, UINT64_MAX);
	assert_true(tally_deadline_in(UINT64_MAX) == UINT64_MAX);
	tally_free(NULL);
	tally_close(NULL);
}

static int make_tpm(void **state)
{
	return stick_make_as(state, "tpm");
}

static int make_nsm(void **state)
{
	return stick_make_as(state, "nsm");
}

#define with(make, test) cmocka_unit_test_setup_teardown(test, make, stick_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with(stick_make, a_struct_that_grew_is_told_from_one_that_is_wrong),
		with(stick_make, what_can_not_be_opened),
		with(stick_make, registers_are_listed_and_read),
		with(make_nsm, a_lockable_register_is_locked_once),
		with(stick_make, an_event_changes_its_register_alone),
		with(stick_make, a_file_and_a_pipe_have_the_same_digest),
		with(stick_make, once_is_once_until_it_means_something_else),
		with(stick_make, records_are_followed),
		with(stick_make, measurements_that_are_refused),
		with(stick_make, too_much_data_is_refused),
		with(make_tpm, digests_are_one_for_each_bank),
		with(stick_make, a_reader_reads),
		with(stick_make, a_forked_child_opens_its_own),
		cmocka_unit_test(small_things),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
