// SPDX-License-Identifier: BSD-2-Clause
/* SIGKILL at every system call of an extend, and of the recovery from it: I1 holds whatever was cut short. */
#include "../unit/test.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scene.h"

static const uint8_t second_boot[TALLY_BOOT_ID_BYTES] = { 2 };

#define CACHE_LIMIT (64 * 1024) /* the authority writes its cache when so many bytes of log came since */
#define CACHE_STEP (16 * 1024)

/* --- preparations --- */

static void prepare_some(const char *directory, const struct tally_soft_options *soft)
{
	struct tally_authority *authority = deed_open(directory, soft);

	deed_must(authority, 0, "one", false);
	deed_must(authority, 2, "two", false);
	deed_must(authority, 2, "three", true);
	tally_authority_close(authority);
}

static void prepare_stranger(const char *directory, const struct tally_soft_options *soft)
{
	prepare_some(directory, soft);
	stranger_extend(directory, soft, 2, 0x5a);
}

/* Two registers differ, and the one of the deed has a gap that is noted and not pinned. */
static void prepare_two_strangers(const char *directory, const struct tally_soft_options *soft)
{
	struct tally_authority *authority;
	struct tally_problem problem;
	uint64_t gaps;

	prepare_stranger(directory, soft);
	authority = deed_open(directory, soft);
	assert_int_equal(tally_authority_settle(authority, &gaps, &problem), TALLY_OK);
	tally_authority_close(authority);
	stranger_extend(directory, soft, 2, 0x6b);
	stranger_extend(directory, soft, 1, 0x7c);
}

static size_t log_size(const char *directory)
{
	size_t size;
	uint8_t *log = file_read_whole(directory, "log", &size);

	assert_non_null(log);
	free(log);
	return size;
}

/* So many more bytes of log, that the next extend of CACHE_STEP is the one that writes the cache. */
static void prepare_next_cache(const char *directory, const struct tally_soft_options *soft, size_t covered)
{
	struct deed filler = { .reg = 1, .event = "filler" };
	struct tally_authority *authority = deed_open(directory, soft);
	struct tally_extend_result result;
	struct tally_problem problem;

	filler.padding = covered + CACHE_LIMIT - CACHE_STEP / 2 - log_size(directory);
	assert_int_equal(deed_do(authority, &filler, &result, &problem), TALLY_OK);
	tally_authority_close(authority);
}

static void prepare_names(const char *directory, const struct tally_soft_options *soft, int count, const char *kind)
{
	struct tally_authority *authority = deed_open(directory, soft);

	for (int i = 0; i < count; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%s-%d", kind, i);
		deed_must(authority, 3, name, true);
	}
	tally_authority_close(authority);
}

static void prepare_first_cache(const char *directory, const struct tally_soft_options *soft)
{
	prepare_some(directory, soft);
	prepare_names(directory, soft, 3, "early");
	prepare_next_cache(directory, soft, 0);
}

/* There is a cache, and so many names come to it now that its table grows. */
static void prepare_second_cache(const char *directory, const struct tally_soft_options *soft)
{
	const struct deed step = { .reg = 1, .event = "step", .padding = CACHE_STEP };
	struct tally_authority *authority;
	struct tally_extend_result result;
	struct tally_problem problem;
	size_t covered;

	prepare_first_cache(directory, soft);
	authority = deed_open(directory, soft);
	assert_int_equal(deed_do(authority, &step, &result, &problem), TALLY_OK);
	tally_authority_close(authority);
	covered = log_size(directory);
	prepare_names(directory, soft, 80, "later");
	prepare_next_cache(directory, soft, covered);
}

/* Names of before are found, whatever became of the cache. */
static void check_names(const char *directory, const struct tally_soft_options *soft)
{
	static const char *const names[] = { "three", "early-0", "early-2", "later-0", "later-79" };
	struct tally_authority *authority = deed_open(directory, soft);
	struct oracle oracle = oracle_read(directory, soft->preset);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct deed deed = { .reg = i == 0 ? 2 : 3, .event = names[i], .is_once = true };
		struct tally_extend_result result;
		struct tally_problem problem;
		uint64_t number;

		if (oracle_count(&oracle, names[i], &number) == 0)
			continue;
		assert_int_equal(deed_do(authority, &deed, &result, &problem), TALLY_OK);
		assert_true(result.is_existing);
		assert_int_equal(result.number, number);
	}
	oracle_done(&oracle);
	tally_authority_close(authority);
}

/* --- tests --- */

#define DEED                              \
	{                                 \
		.reg = 2, .event = "deed" \
	}
#define DEED_ONCE                                          \
	{                                                  \
		.reg = 2, .event = "deed", .is_once = true \
	}

static const struct scene plain_scene = { .prepare = prepare_some, .deed = DEED };
static const struct scene once_scene = { .prepare = prepare_some, .deed = DEED_ONCE };
static const struct scene first_scene = { .deed = DEED };
static const struct scene gap_scene = { .prepare = prepare_stranger, .deed = DEED, .gaps = 1 };
static const struct scene gaps_scene = { .prepare = prepare_two_strangers, .deed = DEED_ONCE, .gaps = 3 };
static const struct scene durable_scene = { .prepare = prepare_some, .deed = DEED, .is_durable = true };

static void write_three_times(void *descriptor)
{
	for (int i = 0; i < 3; i++)
		if (write(*(int *)descriptor, "x", 1) != 1)
			_exit(1);
}

/* Writes that began and were not kept from happening. */
static struct trace_order count_writes(void *context, const struct trace_call *call)
{
	unsigned *count = context;

	*count += call->number == SYS_write;
	return (struct trace_order){ 0 };
}

/* The tracer itself: a kill before a call keeps it from happening, one behind it does not undo it. */
static void test_tracer(void **state)
{
	unsigned began;
	struct trace_plan plan = { .decide = count_writes, .context = &began };
	unsigned seen[4] = { 0 };
	struct trace_end end;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	do {
		char written[8];
		ssize_t got;

		began = 0;
		plan.kill_at++;
		end = trace_run(write_three_times, &ends[1], &plan);
		got = read(ends[0], written, sizeof(written));
		assert_int_equal(got < 0 ? 0 : got, began);
		seen[began]++;
	} while (end.was_killed);
	/* Behind each of the first two writes the kill comes after it and before the next. */
	assert_true(seen[0] >= 1);
	assert_int_equal(seen[1], 2);
	assert_int_equal(seen[2], 2);
	close(ends[0]);
	close(ends[1]);
}

static void test_plain(void **state)
{
	(void)state;
	scene_run(&plain_scene);
}

static void test_once(void **state)
{
	(void)state;
	scene_run(&once_scene);
}

static void test_first(void **state)
{
	(void)state;
	scene_run(&first_scene);
}

static void test_gap(void **state)
{
	(void)state;
	scene_run(&gap_scene);
	scene_run(&gaps_scene);
}

static void test_durable(void **state)
{
	(void)state;
	scene_run(&durable_scene);
}

#define SECOND(number)                             \
	{                                          \
		.reg = (number), .event = "second" \
	}

static void test_recovery_of_plain(void **state)
{
	const struct scene second = { .deed = SECOND(2) };

	(void)state;
	scene_run_twice(&plain_scene, &second);
}

static void test_recovery_of_once(void **state)
{
	const struct scene second = { .deed = SECOND(1) };

	(void)state;
	scene_run_twice(&once_scene, &second);
}

static void test_recovery_of_gap(void **state)
{
	const struct scene second = { .deed = SECOND(2), .gaps = 1 };

	(void)state;
	scene_run_twice(&gap_scene, &second);
}

static const struct scene late_scene = {
	.preset = TALLY_SOFT_TPM, .prepare = prepare_some, .deed = DEED_ONCE, .is_late = true
};

static void test_late(void **state)
{
	const struct scene second = { .preset = TALLY_SOFT_TPM, .deed = SECOND(2), .is_late = true };

	(void)state;
	scene_run_twice(&late_scene, &second);
}

/* The extend takes effect at a later read: of the same process, of the next one, or of the one after it. */
static void test_late_effect(void **state)
{
	(void)state;
	for (unsigned after = 1; after <= 4; after++) {
		struct scene scene = late_scene;

		scene.late_after = after;
		scene.fault = TALLY_FAULT_EXTEND_LATE;
		scene_run(&scene);
		scene.fault = TALLY_FAULT_EXTEND_LATE_OK;
		scene_run(&scene);
	}
}

/* The log of another boot is moved aside, with what a crash left of its last extend. */
static void test_new_boot(void **state)
{
	const struct scene second = { .deed = SECOND(2), .boot = second_boot, .moves_aside = true };

	(void)state;
	scene_run_twice(&plain_scene, &second);
}

static void remove_log(const char *directory)
{
	char path[FOLDER_NAME_LIMIT + 8];

	snprintf(path, sizeof(path), "%s/log", directory);
	assert_int_equal(unlink(path), 0);
}

/* Again and again somebody removed a log. The slots of the second and the third, which stands there, have one number. */
static void prepare_slots_without_log(const char *directory, const struct tally_soft_options *soft)
{
	for (int i = 0; i < 3; i++) {
		prepare_some(directory, soft);
		remove_log(directory);
	}
}

static void test_slots_without_log(void **state)
{
	const struct scene scene = { .prepare = prepare_slots_without_log, .deed = DEED };

	(void)state;
	scene_run(&scene);
}

/* The registers went on, so the log does, with what a crash left of its last extend. */
static void test_kexec(void **state)
{
	const struct scene second = { .deed = SECOND(2), .boot = second_boot, .is_durable = true };

	(void)state;
	scene_run_twice(&durable_scene, &second);
}

#define DEED_CACHE                                                                \
	{                                                                         \
		.reg = 2, .event = "deed", .is_once = true, .padding = CACHE_STEP \
	}

static void test_first_cache(void **state)
{
	const struct scene scene = {
		.prepare = prepare_first_cache, .deed = DEED_CACHE, .writes_cache = true, .check = check_names
	};

	(void)state;
	scene_run(&scene);
}

static void test_second_cache(void **state)
{
	const struct scene scene = {
		.prepare = prepare_second_cache, .deed = DEED_CACHE, .writes_cache = true, .check = check_names
	};

	(void)state;
	scene_run(&scene);
}

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tracer),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_durable),
		cmocka_unit_test(test_recovery_of_plain),
		cmocka_unit_test(test_recovery_of_once),
		cmocka_unit_test(test_recovery_of_gap),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_late_effect),
		cmocka_unit_test(test_new_boot),
		cmocka_unit_test(test_slots_without_log),
		cmocka_unit_test(test_kexec),
		cmocka_unit_test(test_first_cache),
		cmocka_unit_test(test_second_cache),
	};

	if (!trace_is_possible()) {
		puts("1..0 # SKIP ptrace is not allowed here");
		return 0;
	}
	if (argument_count > 1)
		cmocka_set_test_filter(arguments[1]); /* one test, by its name */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
