// SPDX-License-Identifier: BSD-2-Clause
/* Reports beside extends: several at one time, each within its deadline, and none in the way of an extend. */
#include "directory.h"

#include <pthread.h>

#include "../../authority/authority.h"
#include "../../provider/soft.h"

#define READERS 4

struct world {
	char path[DIRECTORY_LIMIT];
	struct tally_soft_options soft;
	struct tally_authority *authority;
};

static struct world *world_new(unsigned limit)
{
	struct world *world = calloc(1, sizeof(*world));
	struct tally_authority_options options = { .provider = "soft", .report_limit = limit };
	struct tally_problem problem;

	assert_non_null(world);
	directory_new(world->path);
	world->soft.report_delay = 600;
	options.directory = world->path;
	options.provider_options.soft = &world->soft;
	assert_int_equal(tally_authority_open(&options, &world->authority, &problem), TALLY_OK);
	return world;
}

static void world_free(struct world *world)
{
	tally_authority_close(world->authority);
	directory_remove(world->path);
	free(world);
}

/* A report that somebody waits for. */
struct reader {
	struct world *world;
	pthread_t thread;
	tally_deadline deadline;
	enum tally_status status;
	size_t size;
};

static void *read_report(void *context)
{
	static const uint8_t report_data[TALLY_REPORT_DATA_BYTES] = { 1 };
	struct reader *reader = context;
	struct tally_report report = { 0 };
	struct tally_problem problem;

	reader->status =
		tally_authority_report_raw(reader->world->authority, report_data, reader->deadline, &report, &problem);
	reader->size = report.report_size;
	tally_report_done(&report);
	return NULL;
}

static void reader_start(struct reader *reader, struct world *world, unsigned seconds)
{
	reader->world = world;
	reader->deadline = tally_deadline_after(seconds);
	assert_int_equal(pthread_create(&reader->thread, NULL, read_report, reader), 0);
}

static enum tally_status extend(struct world *world, tally_deadline deadline)
{
	struct tally_extend_request request = {
		.kind = TALLY_EXTEND_EVENT,
		.register_index = 2,
		.type = tally_text("test"),
		.name = tally_text("test"),
		.deadline = deadline,
	};
	struct tally_extend_result result;
	struct tally_problem problem;

	return tally_authority_extend(world->authority, &request, &result, &problem);
}

static void reports_are_made_beside_each_other(void **state)
{
	struct world *world = world_new(READERS / 2);
	struct reader reader[READERS];

	(void)state;
	for (size_t i = 0; i < READERS; i++)
		reader_start(&reader[i], world, 60);
	for (size_t i = 0; i < READERS; i++) {
		pthread_join(reader[i].thread, NULL);
		assert_int_equal(reader[i].status, TALLY_OK);
		assert_true(reader[i].size > 0);
	}
	world_free(world);
}

/* The report takes longer than the extend may wait: it would fail if one waited for the other. */
static void an_extend_does_not_wait_for_a_report(void **state)
{
	struct world *world = world_new(1);
	struct reader reader;

	(void)state;
	world->soft.report_delay = 60000;
	reader_start(&reader, world, 4);
	for (int i = 0; i < 20; i++)
		assert_int_equal(extend(world, tally_deadline_after(2)), TALLY_OK);
	pthread_join(reader.thread, NULL);
	assert_int_equal(reader.status, TALLY_DEADLINE);
	world_free(world);
}

static void a_turn_has_a_deadline(void **state)
{
	struct world *world = world_new(1);
	struct reader first, second;

	(void)state;
	world->soft.report_delay = 1500;
	reader_start(&first, world, 1);
	reader_start(&second, world, 1);
	pthread_join(second.thread, NULL);
	pthread_join(first.thread, NULL);
	assert_int_equal(second.status, TALLY_DEADLINE);
	assert_int_equal(first.status, TALLY_DEADLINE);
	/* The place is free again. */
	reader_start(&second, world, 60);
	pthread_join(second.thread, NULL);
	assert_int_equal(second.status, TALLY_OK);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_are_made_beside_each_other),
		cmocka_unit_test(an_extend_does_not_wait_for_a_report),
		cmocka_unit_test(a_turn_has_a_deadline),
	};

	return cmocka_run_group_tests_name("signers", tests, NULL, NULL);
}
