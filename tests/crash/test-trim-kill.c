// SPDX-License-Identifier: BSD-2-Clause
/* SIGKILL at every system call of a trim, and of what comes after it: no record is lost, and no once name. */
#include "../unit/test.h"

#include "scene.h"

static const uint8_t second_boot[TALLY_BOOT_ID_BYTES] = { 2 };

/* --- preparations --- */

static void prepare_some(const char *directory, const struct tally_soft_options *soft)
{
	struct tally_authority *authority = deed_open(directory, soft);

	deed_must(authority, 0, "one", false);
	deed_must(authority, 2, "two", true);
	deed_must(authority, 2, "three", false);
	tally_authority_close(authority);
}

static void prepare_stranger(const char *directory, const struct tally_soft_options *soft)
{
	prepare_some(directory, soft);
	stranger_extend(directory, soft, 2, 0x5a);
	stranger_extend(directory, soft, 1, 0x6b);
}

/* A log that begins with a trim, once names in front of it and behind it. */
static void prepare_trimmed(const char *directory, const struct tally_soft_options *soft)
{
	struct tally_authority *authority;

	prepare_some(directory, soft);
	authority = deed_open(directory, soft);
	trim_must(authority, "part.before");
	deed_must(authority, 3, "four", true);
	deed_must(authority, 1, "five", false);
	tally_authority_close(authority);
}

static void prepare_trimmed_stranger(const char *directory, const struct tally_soft_options *soft)
{
	prepare_trimmed(directory, soft);
	stranger_extend(directory, soft, 2, 0x5a);
}

/* --- tests --- */

#define TRIM                                                    \
	{                                                       \
		.event = "part.deed", .reg = 2, .is_trim = true \
	}
#define DEED                              \
	{                                 \
		.reg = 2, .event = "deed" \
	}

static const struct deed once[] = { { .reg = 2, .event = "two", .is_once = true }, { .event = NULL } };
static const struct deed once_twice[] = {
	{ .reg = 2, .event = "two", .is_once = true },
	{ .reg = 3, .event = "four", .is_once = true },
	{ .event = NULL },
};

static const struct scene trim_scene = { .prepare = prepare_some, .deed = TRIM, .once = once };
static const struct scene gap_scene = { .prepare = prepare_stranger, .deed = TRIM, .once = once, .gaps = 2 };
static const struct scene again_scene = { .prepare = prepare_trimmed, .deed = TRIM, .once = once_twice };
static const struct scene again_gap_scene = {
	.prepare = prepare_trimmed_stranger, .deed = TRIM, .once = once_twice, .gaps = 1
};

static void test_trim(void **state)
{
	(void)state;
	scene_run(&trim_scene);
}

static void test_trim_with_gaps(void **state)
{
	(void)state;
	scene_run(&gap_scene);
}

static void test_trim_again(void **state)
{
	(void)state;
	scene_run(&again_scene);
	scene_run(&again_gap_scene);
}

static void test_durable(void **state)
{
	struct scene durable = again_gap_scene;

	(void)state;
	durable.is_durable = true;
	scene_run(&durable);
}

static void test_late(void **state)
{
	struct scene late = again_scene;

	(void)state;
	late.preset = TALLY_SOFT_TPM;
	late.is_late = true;
	scene_run(&late);
}

/* A log that begins with a trim, and an extend in it. */
static void test_extend_behind_a_trim(void **state)
{
	const struct scene scene = { .prepare = prepare_trimmed_stranger,
				     .deed = { .reg = 1, .event = "deed", .is_once = true },
				     .once = once_twice,
				     .gaps = 1 };

	(void)state;
	scene_run(&scene);
}

/* A trim that was cut short is trimmed again; the part that it left is not written over. */
static void test_trim_after_a_killed_trim(void **state)
{
	struct scene second = { .deed = { .reg = 2, .event = "part.second", .is_trim = true }, .once = once };

	(void)state;
	scene_run_twice(&trim_scene, &second);
}

static void test_trim_after_a_killed_extend(void **state)
{
	const struct scene first = { .prepare = prepare_trimmed,
				     .deed = { .reg = 2, .event = "deed", .is_once = true },
				     .once = once_twice };
	const struct scene second = { .deed = TRIM, .once = once_twice };

	(void)state;
	scene_run_twice(&first, &second);
}

/* The registers went on over a kexec, with what a crash left of a trim. */
static void test_kexec(void **state)
{
	struct scene first = trim_scene;
	const struct scene second = { .deed = DEED, .boot = second_boot, .is_durable = true, .once = once };

	(void)state;
	first.is_durable = true;
	scene_run_twice(&first, &second);
}

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_trim_with_gaps),
		cmocka_unit_test(test_trim_again),
		cmocka_unit_test(test_durable),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_extend_behind_a_trim),
		cmocka_unit_test(test_trim_after_a_killed_trim),
		cmocka_unit_test(test_trim_after_a_killed_extend),
		cmocka_unit_test(test_kexec),
	};

	if (!trace_is_possible()) {
		puts("1..0 # SKIP ptrace is not allowed here");
		return 0;
	}
	if (argument_count > 1)
		cmocka_set_test_filter(arguments[1]); /* one test, by its name */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
