// SPDX-License-Identifier: BSD-2-Clause
/* Following a log: what comes is told once and in order, over trims and over what is not whole yet. */
#include "world.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "../../authority/follow.h"

static struct tally_follower *follow(struct world *world, uint64_t from)
{
	struct tally_follower *follower;

	assert_int_equal(tally_follower_open(world->path, from, &follower, &world->problem), TALLY_OK);
	return follower;
}

static void trim(struct world *world, const char *name)
{
	struct tally_trim_result result;
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", world->path, name);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(tally_authority_trim(world->owner, fd, 0, &result, &world->problem), TALLY_OK);
	close(fd);
}

/* Records from first to last are there, and no more. */
static void expect(struct world *world, struct tally_follower *follower, uint64_t first, uint64_t last)
{
	struct tally_record record;
	bool is_there;

	for (uint64_t number = first; number <= last; number++) {
		assert_int_equal(tally_follower_next(follower, &record, &is_there, &world->problem), TALLY_OK);
		assert_true(is_there);
		assert_int_equal(record.number, number);
	}
	assert_int_equal(tally_follower_next(follower, &record, &is_there, &world->problem), TALLY_OK);
	assert_false(is_there);
}

static void what_comes_is_told(void **state)
{
	struct world *world = *state;
	struct tally_follower *follower = follow(world, TALLY_FOLLOW_OLDEST);
	struct tally_record record;
	bool is_there;

	assert_int_equal(tally_follower_next(follower, &record, &is_there, &world->problem), TALLY_OK);
	assert_false(is_there);
	assert_null(tally_follower_registers(follower));
	world_open(world);
	assert_int_equal(tally_follower_wait(follower, tally_deadline_after(10), &world->problem), TALLY_OK);
	expect(world, follower, 0, 0);
	assert_string_equal(tally_follower_registers(follower)->item[2].name, "rtmr2");
	assert_int_equal(tally_follower_wait(follower, 1, &world->problem), TALLY_DEADLINE);
	extend_ok(world, "rtmr2", "one");
	extend_ok(world, "rtmr2", "two");
	assert_int_equal(tally_follower_wait(follower, tally_deadline_after(10), &world->problem), TALLY_OK);
	expect(world, follower, 1, 2);
	tally_follower_close(follower);
}

static void a_number_that_is_not_there_yet(void **state)
{
	struct world *world = *state;
	struct tally_follower *follower;

	world_open(world);
	follower = follow(world, 2);
	extend_ok(world, "rtmr2", "one");
	expect(world, follower, 2, 1);
	extend_ok(world, "rtmr2", "two");
	expect(world, follower, 2, 2);
	tally_follower_close(follower);
}

/* One that is behind reads the rest of the old file first; one that missed a file is told so, and goes on. */
static void trims_do_not_show_unless_records_are_gone(void **state)
{
	struct world *world = *state;
	struct tally_follower *follower;
	struct tally_record record;
	bool is_there;

	world_open(world);
	extend_ok(world, "rtmr2", "one");
	follower = follow(world, 0);
	expect(world, follower, 0, 1);
	extend_ok(world, "rtmr2", "two");
	trim(world, "first"); /* record 3, and its pin */
	extend_ok(world, "rtmr2", "three");
	expect(world, follower, 2, 5);
	extend_ok(world, "rtmr2", "four");
	trim(world, "second"); /* 7, 8 */
	extend_ok(world, "rtmr2", "five");
	trim(world, "third"); /* 10, 11 */
	/* The file that was open was read to its end: with what stood there of the second trim. */
	for (uint64_t number = 6; number <= 8; number++) {
		assert_int_equal(tally_follower_next(follower, &record, &is_there, &world->problem), TALLY_OK);
		assert_int_equal(record.number, number);
	}
	assert_int_equal(tally_follower_next(follower, &record, &is_there, &world->problem), TALLY_HISTORY_LOST);
	assert_false(is_there);
	assert_non_null(strstr(world->problem.text, "records 9 to 9 "));
	expect(world, follower, 10, 11);
	tally_follower_close(follower);
	follower = follow(world, 3);
	assert_int_equal(tally_follower_next(follower, &record, &is_there, &world->problem), TALLY_HISTORY_LOST);
	tally_follower_close(follower);
	follower = follow(world, TALLY_FOLLOW_OLDEST);
	expect(world, follower, 10, 11);
	tally_follower_close(follower);
}

/* A thousand records by another process, while this one waits for each. */
static void a_burst_is_told_in_order(void **state)
{
	struct world *world = *state;
	struct tally_follower *follower = follow(world, 1);
	struct tally_record record;
	uint64_t next = 1;
	bool is_there;
	pid_t child = fork();
	int end;

	assert_true(child >= 0);
	if (child == 0) {
		world_open(world);
		for (unsigned i = 0; i < 1000; i++)
			extend_ok(world, i % 2 ? "rtmr1" : "rtmr2", "event");
		_exit(0);
	}
	while (next <= 1000) {
		assert_int_equal(tally_follower_next(follower, &record, &is_there, &world->problem), TALLY_OK);
		if (is_there)
			assert_int_equal(record.number, next++);
		else
			assert_int_equal(tally_follower_wait(follower, tally_deadline_after(60), &world->problem),
					 TALLY_OK);
	}
	assert_int_equal(waitpid(child, &end, 0), child);
	assert_int_equal(end, 0);
	tally_follower_close(follower);
}

/* A record of more than one read, cut at every byte around the reader's steps: never told before it is whole. */
static void a_record_is_told_when_it_is_whole(void **state)
{
	struct world *world = *state;
	static uint8_t data[200 * 1024];
	struct tally_extend_request request = { .kind = TALLY_EXTEND_EVENT,
						.register_index = 2,
						.type = tally_text("large"),
						.name = tally_text("large"),
						.data = { data, sizeof(data) } };
	struct tally_extend_result result;
	struct tally_log_view view;
	char path[128];
	int fd;

	world_open(world);
	assert_int_equal(tally_authority_extend(world->owner, &request, &result, &world->problem), TALLY_OK);
	assert_int_equal(tally_authority_log(world->owner, &view, &world->problem), TALLY_OK);
	snprintf(path, sizeof(path), "%s/log", world->path);
	for (size_t missing = 1; missing < sizeof(data); missing += missing < 16 ? 1 : 30011) {
		uint8_t *copy = malloc(view.bytes.size);
		struct tally_follower *follower;

		assert_non_null(copy);
		memcpy(copy, view.bytes.data, view.bytes.size);
		fd = open(path, O_RDWR);
		assert_true(fd >= 0);
		assert_int_equal(ftruncate(fd, (off_t)(view.bytes.size - missing)), 0);
		follower = follow(world, 1);
		expect(world, follower, 1, 0);
		assert_int_equal(pwrite(fd, copy, view.bytes.size, 0), (ssize_t)view.bytes.size);
		close(fd);
		expect(world, follower, 1, 1);
		tally_follower_close(follower);
		free(copy);
	}
	tally_log_view_done(&view);
}

static void what_can_not_be_followed(void **state)
{
	struct world *world = *state;
	struct tally_follower *follower;
	struct tally_record record;
	bool is_there;
	char path[128];
	int fd;

	assert_int_equal(tally_follower_open("/nowhere", 0, &follower, &world->problem), TALLY_NOT_FOUND);
	world_open(world);
	extend_ok(world, "rtmr2", "one");
	snprintf(path, sizeof(path), "%s/log", world->path);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "no record", 9), 9);
	close(fd);
	follower = follow(world, 2);
	assert_int_equal(tally_follower_next(follower, &record, &is_there, &world->problem), TALLY_CORRUPT);
	world_close(world);
	remove_tree(world->path);
	/* Removed: the log first, and then the directory. */
	while (tally_follower_wait(follower, tally_deadline_after(10), &world->problem) == TALLY_OK)
		(void)!tally_follower_next(follower, &record, &is_there, &world->problem);
	assert_int_equal(tally_follower_wait(follower, 1, &world->problem), TALLY_NOT_FOUND);
	tally_follower_close(follower);
}

#define test(name) cmocka_unit_test_setup_teardown(name, world_make, world_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(what_comes_is_told),
		test(a_number_that_is_not_there_yet),
		test(trims_do_not_show_unless_records_are_gone),
		test(a_burst_is_told_in_order),
		test(a_record_is_told_when_it_is_whole),
		test(what_can_not_be_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
