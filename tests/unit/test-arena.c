// SPDX-License-Identifier: BSD-2-Clause
/* Texts of an arena are printf's, wherever in a block they come to lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../verify/arena.h"

#define EXPECT(arena, ...)                                                            \
	do {                                                                          \
		char expected[4096];                                                  \
		snprintf(expected, sizeof(expected), __VA_ARGS__);                    \
		assert_string_equal(tally_arena_print(arena, __VA_ARGS__), expected); \
	} while (0)

static void texts_are_those_of_printf(void **state)
{
	struct tally_arena *arena = tally_arena_new();

	(void)state;
	EXPECT(arena, "no conversion");
	EXPECT(arena, "%s", "");
	EXPECT(arena, "%s and %s", "one", "another");
	EXPECT(arena, "%u %u %u", 0U, 9U, 4294967295U);
	EXPECT(arena, "%zu|%zu", (size_t)0, SIZE_MAX);
	EXPECT(arena, "%llu%s%llu", 0ULL, "-", 18446744073709551615ULL);
	EXPECT(arena, "100 %% of %u", 7U);
	EXPECT(arena, "%s 0x%016llx", "bits", 0x1234ULL);
	EXPECT(arena, "%s: %.*s", "cut", 3, "abcdef");
	EXPECT(arena, "%lld %ld %d", -5LL, -6L, -7);
	assert_false(tally_arena_has_failed(arena));
	tally_arena_free(arena);
}

/* Where a block ends, the text goes to the next one, and nothing before it changes. */
static void texts_do_not_end_with_their_block(void **state)
{
	char filling[2048];

	(void)state;
	memset(filling, 'f', sizeof(filling));
	for (size_t size = 0; size < sizeof(filling); size++) {
		struct tally_arena *arena = tally_arena_new();
		const char *first;

		filling[size] = 0;
		first = tally_arena_print(arena, "%s", filling);
		EXPECT(arena, "%s %u, and %zu behind", "a text", 42U, size);
		EXPECT(arena, "%s%s", filling, "!");
		assert_string_equal(first, filling);
		filling[size] = 'f';
		tally_arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_those_of_printf),
		cmocka_unit_test(texts_do_not_end_with_their_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
