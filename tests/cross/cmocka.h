/* SPDX-License-Identifier: BSD-2-Clause */
/* As much of cmocka's interface as the cross tests use: no library of the foreign architecture is needed. */
#ifndef TALLY_TESTS_CROSS_CMOCKA_H
#define TALLY_TESTS_CROSS_CMOCKA_H

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
	const char *name;
	void (*run)(void **state);
	int (*set_up)(void **state);
	int (*tear_down)(void **state);
};

#define cmocka_unit_test(function)              \
	{                                       \
#function, function, NULL, NULL \
	}
#define cmocka_unit_test_setup_teardown(function, set_up, tear_down) \
	{                                                            \
#function, function, set_up, tear_down               \
	}
#define cmocka_run_group_tests(tests, set_up, tear_down) \
	cross_run(tests, sizeof(tests) / sizeof((tests)[0]), set_up, tear_down)

enum cross_outcome { CROSS_PASSED, CROSS_FAILED, CROSS_SKIPPED };

/* Where a test is left when it ends early. */
static jmp_buf cross_end;

static inline void __attribute__((noreturn)) cross_fail(const char *file, int line, const char *text)
{
	printf("# %s:%d: %s\n", file, line, text);
	longjmp(cross_end, CROSS_FAILED);
}

#define cross_require(claim, text) ((claim) ? (void)0 : cross_fail(__FILE__, __LINE__, text))

#define assert_true(claim) cross_require(claim, #claim)
#define assert_false(claim) cross_require(!(claim), "not " #claim)
#define assert_null(pointer) cross_require((pointer) == NULL, #pointer " is NULL")
#define assert_non_null(pointer) cross_require((pointer) != NULL, #pointer " is not NULL")
#define assert_ptr_equal(a, b) cross_require((a) == (b), #a " is " #b)
#define assert_int_equal(a, b) cross_require((unsigned long long)(a) == (unsigned long long)(b), #a " equals " #b)
#define assert_int_not_equal(a, b) \
	cross_require((unsigned long long)(a) != (unsigned long long)(b), #a " differs from " #b)
#define assert_in_range(value, low, high) cross_require((value) >= (low) && (value) <= (high), #value " is in range")
#define assert_string_equal(a, b) cross_require(strcmp(a, b) == 0, #a " equals " #b)
#define assert_memory_equal(a, b, size) cross_require(memcmp(a, b, size) == 0, #a " equals " #b)
#define assert_memory_not_equal(a, b, size) cross_require(memcmp(a, b, size) != 0, #a " differs from " #b)
#define print_message printf
#define print_error printf
#define skip() longjmp(cross_end, CROSS_SKIPPED)
#define fail() cross_fail(__FILE__, __LINE__, "failed")
#define fail_msg(...)                                     \
	do {                                              \
		printf("# ");                             \
		printf(__VA_ARGS__);                      \
		printf("\n");                             \
		cross_fail(__FILE__, __LINE__, "failed"); \
	} while (0)

static inline enum cross_outcome cross_run_one(const struct CMUnitTest *test, void **state)
{
	enum cross_outcome outcome = (enum cross_outcome)setjmp(cross_end);

	if (outcome != CROSS_PASSED)
		return outcome;
	if (test->set_up && test->set_up(state) != 0)
		return CROSS_FAILED;
	test->run(state);
	return test->tear_down && test->tear_down(state) != 0 ? CROSS_FAILED : CROSS_PASSED;
}

static inline int cross_run(const struct CMUnitTest *tests, size_t count, int (*set_up)(void **),
			    int (*tear_down)(void **))
{
	int failed = 0;
	void *state = NULL;

	printf("1..%zu\n", count);
	if (set_up && set_up(&state) != 0)
		return 1;
	for (size_t i = 0; i < count; i++) {
		void *own = state;
		enum cross_outcome outcome = cross_run_one(&tests[i], &own);

		printf("%sok %zu - %s%s\n", outcome == CROSS_FAILED ? "not " : "", i + 1, tests[i].name,
		       outcome == CROSS_SKIPPED ? " # SKIP" : "");
		fflush(stdout);
		failed += outcome == CROSS_FAILED;
	}
	return tear_down && tear_down(&state) != 0 ? 1 : failed;
}

#endif
