// SPDX-License-Identifier: BSD-2-Clause
/* Two attempts at one event, which the log tells apart by their number only: what their callers are told. */
#include "soft.h"

#include "../../authority/authority.h"

struct scene {
	char path[DIRECTORY_LIMIT];
	struct tally_authority *authority;
	void *soft;
	size_t reg;
};

static int scene_make(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct tally_authority_options options = { .provider = "soft" };
	struct tally_problem problem;

	directory_new(scene->path);
	options.directory = scene->path;
	if (tally_authority_open(&options, &scene->authority, &problem) != TALLY_OK)
		return -1;
	scene->soft = tally_authority_provider_instance(scene->authority);
	scene->reg = soft_index(scene->soft, "rtmr2");
	*state = scene;
	return 0;
}

static int scene_remove(void **state)
{
	struct scene *scene = *state;

	tally_authority_close(scene->authority);
	directory_remove(scene->path);
	free(scene);
	return 0;
}

static enum tally_status extend_same(struct scene *scene, uint64_t *ret_number)
{
	struct tally_extend_request request = { .kind = TALLY_EXTEND_EVENT,
						.register_index = scene->reg,
						.type = tally_text("test"),
						.name = tally_text("same") };
	struct tally_extend_result result = { 0 };
	struct tally_problem problem;
	enum tally_status status = tally_authority_extend(scene->authority, &request, &result, &problem);

	*ret_number = result.number;
	return status;
}

static void plan(struct scene *scene, enum tally_soft_call call, enum tally_soft_fault fault, unsigned skip)
{
	struct tally_soft_planned_fault planned = { .fault = fault, .call = call, .skip = skip };

	assert_int_equal(tally_soft_plan(scene->soft, &planned), TALLY_OK);
}

/* An attempt that took effect and was not seen to: it stands in the log as an abort, and stays open. */
static void leave_open(struct scene *scene)
{
	uint64_t number;

	plan(scene, TALLY_SOFT_CALL_READ, TALLY_FAULT_READ_STALE, 1);
	assert_int_equal(extend_same(scene, &number), TALLY_INDETERMINATE);
}

static void settled_before_the_next(void **state)
{
	struct scene *scene = *state;
	uint64_t number;

	leave_open(scene);
	assert_int_equal(extend_same(scene, &number), TALLY_OK);
	assert_int_equal(number, 3); /* header, abort, the first one's event */
}

/*
 * A gap swallows the first extend, so that its attempt stays open. The record
 * of the second ends the first attempt, and then the second looks as if it had
 * had no effect: but it had, so it must not be answered with "nothing changed".
 */
static void the_other_was_swallowed(void **state)
{
	struct scene *scene = *state;
	uint64_t number, gaps;

	leave_open(scene);
	assert_int_equal(soft_extend(scene->soft, scene->reg, 0x77), TALLY_OK);
	plan(scene, TALLY_SOFT_CALL_EXTEND, TALLY_FAULT_EXTEND_FAILS_APPLIED, 1);
	assert_int_equal(extend_same(scene, &number), TALLY_INDETERMINATE);
	assert_int_equal(tally_authority_settle(scene->authority, &gaps, &(struct tally_problem){ 0 }), TALLY_OK);
	assert_int_equal(gaps, 0);
	assert_int_equal(extend_same(scene, &number), TALLY_OK);
	assert_int_equal(number, 5); /* header, abort, gap, pin, the second one's event */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(settled_before_the_next, scene_make, scene_remove),
		cmocka_unit_test_setup_teardown(the_other_was_swallowed, scene_make, scene_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
