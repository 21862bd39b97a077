// SPDX-License-Identifier: BSD-2-Clause
/* Every allocation of a request, and of reading a policy, fails in turn: nothing is half done, and nothing is lost. */
#include "world.h"

#include <stdlib.h>

#include "../../face/callers_policy.h"
#include "../../face/request.h"
#include "alloc_fail.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint8_t nonce[32] = { 1 };
static const uint8_t raw_data[64] = { 2 };

static uint64_t event_count(struct world *world)
{
	struct summary summary;

	check_log(world, &summary);
	return summary.events;
}

/* One request with its n-th allocation failing. *ret_has_failed: it has. */
static enum tally_status try(const struct tally_face *face, const struct tally_caller *caller,
			     const struct tally_request *request, unsigned n, bool *ret_has_failed)
{
	static uint8_t buffer[TALLY_REQUEST_LIMIT];
	struct tally_writer writer = tally_writer(buffer, sizeof(buffer));
	struct tally_request_job job;
	enum tally_status status;
	uint8_t *response;
	size_t size;

	tally_request_write(&writer, request);
	assert_int_equal(writer.status, TALLY_OK);
	tally_request_plan(tally_written(&writer), &job);
	alloc_fail_at(n);
	status = tally_request_execute(face, caller, &job, NULL, NULL, &response, &size);
	*ret_has_failed = alloc_fail_end();
	free(response);
	return status;
}

/* In turn, until none is left to fail. What an event is answered with is true of the log. */
static void expect_survival(struct world *world, const struct tally_face *face, const struct tally_request *request)
{
	bool is_event = request->kind == TALLY_REQUEST_APPEND || request->kind == TALLY_REQUEST_EXTEND;
	struct tally_caller caller;
	bool has_failed = true;
	unsigned n;

	tally_caller_init(&caller, 0, 0, 1, NULL);
	tally_callers_full(&caller.rights);
	for (n = 1; has_failed; n++) {
		uint64_t before = event_count(world);
		enum tally_status status = try(face, &caller, request, n, &has_failed);
		uint64_t added = event_count(world) - before;

		if (status == TALLY_OK)
			assert_int_equal(added, is_event);
		else if (status == TALLY_NO_MEMORY)
			assert_int_equal(added, 0);
		else
			assert_true(is_event && status == TALLY_INDETERMINATE);
		assert_true(has_failed || status == TALLY_OK);
		assert_true(n < 1000);
	}
	/* The response is one at least. */
	assert_true(n > 2);
}

static void every_request_survives(void **state)
{
	const struct tally_request requests[] = {
		{ .kind = TALLY_REQUEST_REPORT, .nonce = { nonce, sizeof(nonce) } },
		{ .kind = TALLY_REQUEST_REPORT, .report_data = { raw_data, sizeof(raw_data) } },
		{ .kind = TALLY_REQUEST_EVIDENCE, .nonce = { nonce, sizeof(nonce) }, .data = tally_text("data") },
		{ .kind = TALLY_REQUEST_LOG },
		{ .kind = TALLY_REQUEST_APPEND,
		  .reg = tally_text("rtmr3"),
		  .type = tally_text("type"),
		  .name = tally_text("name"),
		  .data = tally_text("data") },
		{ .kind = TALLY_REQUEST_EXTEND,
		  .reg = tally_text("rtmr2"),
		  .digests = { .count = 1, .digest = { { .alg = TALLY_SHA384, { 3 } } } } },
	};
	struct world *world = *state;
	struct tally_face face = { 0 };

	world_open(world);
	face.authority = world->owner;
	face.quota = tally_quota_new();
	assert_non_null(face.quota);
	extend_ok(world, "rtmr3", "first");
	for (size_t i = 0; i < COUNT(requests); i++)
		expect_survival(world, &face, &requests[i]);
	tally_quota_free(face.quota);
}

static void a_policy_survives(void **state)
{
	static const char text[] = "{\"tally-callers\": 1, \"rules\": [{\"user\": \"root\", \"full\": true},"
				   "{\"uid\": [1, 2], \"append\": [\"rtmr3\"], \"quota\": {\"open\": 1}}]}";
	struct world *world = *state;
	bool has_failed = true;

	world_open(world);
	for (unsigned n = 1; has_failed; n++) {
		struct tally_callers *callers = NULL;
		struct tally_problem problem;
		enum tally_status status;

		alloc_fail_at(n);
		status = tally_callers_read(tally_text(text), tally_authority_registers(world->owner), &callers,
					    &problem);
		has_failed = alloc_fail_end();
		/* A user who can't be looked up is a fault, and never somebody else. */
		assert_true(status == TALLY_OK || (has_failed && callers == NULL));
		tally_callers_free(callers);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_request_survives, world_make, world_remove),
		cmocka_unit_test_setup_teardown(a_policy_survives, world_make, world_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
