// SPDX-License-Identifier: BSD-2-Clause
/* Opening an authority: what is refused before anything is touched. */
#include "directory.h"

#include "../../authority/authority.h"

static void expect_refused(const struct tally_authority_options *options, enum tally_status expected)
{
	struct tally_problem problem = { "" };
	struct tally_authority *authority = NULL;

	assert_int_equal(tally_authority_open(options, &authority, &problem), expected);
	assert_null(authority);
	assert_true(problem.text[0] != 0);
}

static void a_provider_that_is_not_in_this_build(void **state)
{
	char parent[DIRECTORY_LIMIT], path[DIRECTORY_LIMIT + 8];
	struct tally_authority_options options = { .provider = "abacus", .directory = path };

	(void)state;
	directory_new(parent);
	snprintf(path, sizeof(path), "%s/state", parent);
	expect_refused(&options, TALLY_UNAVAILABLE);
	assert_int_equal(access(path, F_OK), -1);
	directory_remove(parent);
}

static void a_reader_creates_nothing(void **state)
{
	char parent[DIRECTORY_LIMIT], path[DIRECTORY_LIMIT + 8];
	struct tally_authority_options options = { .provider = "soft", .directory = path, .is_reader = true };

	(void)state;
	directory_new(parent);
	snprintf(path, sizeof(path), "%s/state", parent);
	expect_refused(&options, TALLY_NOT_FOUND);
	assert_int_equal(access(path, F_OK), -1);
	directory_remove(parent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_provider_that_is_not_in_this_build),
		cmocka_unit_test(a_reader_creates_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
