// SPDX-License-Identifier: BSD-2-Clause
/* Trim: what is handed out joins what stays, once names survive, and refusals change nothing. */
#include "world.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>

/* Hand out into the file `name` of the world's directory. */
static enum tally_status trim_to(struct world *world, const char *name, struct tally_trim_result *ret)
{
	char path[128];
	int fd;
	enum tally_status status;

	snprintf(path, sizeof(path), "%s/%s", world->path, name);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	status = tally_authority_trim(world->owner, fd, 0, ret, &world->problem);
	close(fd);
	return status;
}

static void trim_ok(struct world *world, const char *name, struct tally_trim_result *ret)
{
	enum tally_status status = trim_to(world, name, ret);

	if (status != TALLY_OK)
		fail_msg("trim: %s: %s", tally_status_name(status), world->problem.text);
}

/* head(n) of the records in a file, by OpenSSL: numbers must count up from first. */
static uint64_t walk_stored(const char *path, uint64_t first, uint8_t head[TALLY_HEAD_SIZE])
{
	struct tally_problem problem;
	struct tally_log_view view;
	struct tally_cursor cursor;
	uint64_t number = first;

	assert_int_equal(tally_log_view_open(path, &view, &problem), TALLY_OK);
	cursor = tally_cursor(view.bytes);
	while (!tally_cursor_is_done(&cursor)) {
		EVP_MD_CTX *context = EVP_MD_CTX_new();
		struct tally_record record;

		assert_int_equal(tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record), TALLY_OK);
		assert_int_equal(record.number, number++);
		assert_int_equal(EVP_DigestInit_ex(context, EVP_sha384(), NULL), 1);
		EVP_DigestUpdate(context, head, TALLY_HEAD_SIZE);
		EVP_DigestUpdate(context, record.encoded.data, record.encoded.size);
		EVP_DigestFinal_ex(context, head, NULL);
		EVP_MD_CTX_free(context);
	}
	tally_log_view_done(&view);
	return number;
}

/* The log's first record is a trim with this number and head. */
static void assert_begins(struct world *world, uint64_t number, const uint8_t head[TALLY_HEAD_SIZE])
{
	struct tally_control_trim *trim = calloc(1, sizeof(*trim));
	struct tally_log_view view;
	struct tally_cursor cursor;
	struct tally_record record;

	assert_non_null(trim);
	assert_int_equal(tally_authority_log(world->owner, &view, &world->problem), TALLY_OK);
	cursor = tally_cursor(view.bytes);
	assert_int_equal(tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record), TALLY_OK);
	assert_int_equal(record.number, number);
	assert_int_equal(tally_control_read_trim(record.content, trim), TALLY_OK);
	assert_memory_equal(trim->head, head, TALLY_HEAD_SIZE);
	tally_log_view_done(&view);
	free(trim);
}

static void what_is_handed_out_joins_what_stays(void **state)
{
	struct world *world = *state;
	uint8_t head[TALLY_HEAD_SIZE] = { 0 };
	struct tally_trim_result result;
	char path[128];

	world_open(world);
	extend_ok(world, "rtmr2", "one");
	extend_ok(world, "rtmr3", "two");
	trim_ok(world, "part", &result);
	assert_int_equal(result.first, 0);
	assert_int_equal(result.next, 3);
	assert_log(world, "trim pin pin");
	snprintf(path, sizeof(path), "%s/part", world->path);
	assert_int_equal(walk_stored(path, 0, head), 3);
	assert_begins(world, 3, head);
	assert_int_equal(extend_ok(world, "rtmr2", "three"), 6);
	world_open(world);
	assert_int_equal(extend_ok(world, "rtmr1", "four"), 7);
	assert_log(world, "trim pin pin event:three event:four");
}

static void parts_join_one_after_the_other(void **state)
{
	struct world *world = *state;
	uint8_t head[TALLY_HEAD_SIZE] = { 0 };
	uint64_t next = 0;

	world_open(world);
	for (unsigned part = 0; part < 4; part++) {
		struct tally_trim_result result;
		char name[16], path[128];

		for (unsigned i = 0; i < 3; i++)
			extend_ok(world, i % 2 ? "rtmr1" : "rtmr2", "event");
		snprintf(name, sizeof(name), "part%u", part);
		snprintf(path, sizeof(path), "%s/%s", world->path, name);
		trim_ok(world, name, &result);
		assert_int_equal(result.first, next);
		next = walk_stored(path, next, head);
		assert_int_equal(result.next, next);
		assert_begins(world, next, head);
		if (part % 2)
			world_open(world);
	}
	assert_log(world, "trim pin pin");
}

static void gaps_are_pinned_with_the_trim(void **state)
{
	struct world *world = *state;
	struct tally_trim_result result;

	world_open(world);
	extend_ok(world, "rtmr2", "one");
	stranger(world);
	trim_ok(world, "part", &result);
	assert_int_equal(result.next, 4); /* the gap was found, and handed out with its pin */
	assert_log(world, "trim pin");
	extend_ok(world, "rtmr2", "two");
	assert_log(world, "trim pin event:two");
}

/* The register of the gap has no events of ours: its gap is pinned all the same, before it is handed out. */
static void gaps_of_others_are_pinned_before_the_trim(void **state)
{
	struct world *world = *state;
	struct tally_trim_result result;

	world_open(world);
	extend_ok(world, "rtmr3", "one");
	stranger(world);
	trim_ok(world, "part", &result);
	assert_int_equal(result.next, 4);
	assert_log(world, "trim pin pin");
}

static void once_names_outlive_trims(void **state)
{
	struct world *world = *state;
	struct tally_extend_result first, again;
	struct tally_trim_result result;

	world_open(world);
	assert_int_equal(extend(world, "rtmr2", "app", true, &first), TALLY_OK);
	for (unsigned round = 0; round < 3; round++) {
		char name[16];

		snprintf(name, sizeof(name), "part%u", round);
		trim_ok(world, name, &result);
		assert_int_equal(extend(world, "rtmr2", "app", true, &again), TALLY_OK);
		assert_true(again.is_existing);
		assert_int_equal(again.number, first.number);
		assert_int_equal(extend(world, "rtmr3", "app", true, &again), TALLY_CONFLICT);
		world_open(world);
		assert_int_equal(extend(world, "rtmr2", "app", true, &again), TALLY_OK);
		assert_true(again.is_existing);
		snprintf(name, sizeof(name), "new%u", round);
		assert_int_equal(extend(world, "rtmr2", name, true, &again), TALLY_OK);
		assert_false(again.is_existing);
	}
	assert_int_equal(extend(world, "rtmr2", "new0", true, &again), TALLY_OK);
	assert_true(again.is_existing);
}

/* So much that the cache is written, which then knows where the stored names are. */
static void once_names_are_found_through_the_cache(void **state)
{
	struct world *world = *state;
	struct tally_extend_result result;
	struct tally_trim_result trimmed;
	char cache[128], name[32];

	world_open(world);
	for (unsigned i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "name-%u", i);
		assert_int_equal(extend(world, "rtmr2", name, true, &result), TALLY_OK);
	}
	trim_ok(world, "part", &trimmed);
	for (unsigned i = 300; i < 1000; i++) {
		snprintf(name, sizeof(name), "name-%u", i);
		assert_int_equal(extend(world, "rtmr2", name, true, &result), TALLY_OK);
	}
	snprintf(cache, sizeof(cache), "%s/cache", world->path);
	assert_int_equal(access(cache, R_OK), 0);
	world_open(world);
	for (unsigned i = 0; i < 1000; i += 9) {
		snprintf(name, sizeof(name), "name-%u", i);
		assert_int_equal(extend(world, "rtmr2", name, true, &result), TALLY_OK);
		assert_true(result.is_existing);
		assert_int_equal(result.number, i < 300 ? i + 1 : i + 3);
	}
}

static void names_in_doubt_stay_in_doubt(void **state)
{
	struct world *world = *state;
	struct tally_extend_result result;
	struct tally_trim_result trimmed;

	world_open(world);
	extend_ok(world, "rtmr3", "other");
	plan(world, TALLY_SOFT_CALL_EXTEND, TALLY_FAULT_STRANGER_EXTENDS, 0);
	assert_int_equal(extend(world, "rtmr2", "app", true, &result), TALLY_INDETERMINATE);
	trim_ok(world, "part", &trimmed);
	assert_int_equal(extend(world, "rtmr2", "app", true, &result), TALLY_UNKNOWN);
	trim_ok(world, "part2", &trimmed);
	world_open(world);
	assert_int_equal(extend(world, "rtmr2", "app", true, &result), TALLY_UNKNOWN);
	assert_int_equal(extend(world, "rtmr2", "else", true, &result), TALLY_OK);
}

/* The list of names is gone or another one: no once event is made, ever again, rather than one twice. */
static void lose_names(struct world *world, void (*damage)(const char *list))
{
	struct tally_extend_result result;
	struct tally_trim_result trimmed;
	char list[128], cache[128];

	world_open(world);
	assert_int_equal(extend(world, "rtmr2", "app", true, &result), TALLY_OK);
	trim_ok(world, "part", &trimmed);
	world_close(world);
	snprintf(list, sizeof(list), "%s/once.%llu", world->path, (unsigned long long)trimmed.next);
	snprintf(cache, sizeof(cache), "%s/cache", world->path);
	unlink(cache);
	damage(list);
	for (unsigned round = 0; round < 2; round++) {
		char name[16];

		world_open(world);
		assert_int_equal(extend(world, "rtmr2", "app", true, &result), TALLY_UNKNOWN);
		assert_int_equal(extend(world, "rtmr2", "never", true, &result), TALLY_UNKNOWN);
		extend_ok(world, "rtmr2", "not-once");
		snprintf(name, sizeof(name), "more%u", round);
		trim_ok(world, name, &trimmed);
	}
	assert_int_equal(extend(world, "rtmr2", "app", true, &result), TALLY_UNKNOWN);
}

static void list_remove(const char *list)
{
	assert_int_equal(unlink(list), 0);
}

static void list_change(const char *list)
{
	int fd = open(list, O_RDWR);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "x", 1, 20), 1);
	close(fd);
}

static void list_cut(const char *list)
{
	assert_int_equal(truncate(list, 20), 0);
}

static void names_are_unknown_without_their_list(void **state)
{
	lose_names(*state, list_remove);
}

static void names_are_unknown_with_another_list(void **state)
{
	lose_names(*state, list_change);
}

static void names_are_unknown_with_a_cut_list(void **state)
{
	lose_names(*state, list_cut);
}

static void nothing_to_trim_is_refused(void **state)
{
	struct world *world = *state;
	struct tally_trim_result result;

	world_open(world);
	assert_int_equal(trim_to(world, "part", &result), TALLY_NOT_FOUND);
	assert_log(world, "header");
}

static void a_pipe_can_t_hold_records(void **state)
{
	struct world *world = *state;
	struct tally_trim_result result;
	int fd[2];

	world_open(world);
	extend_ok(world, "rtmr2", "one");
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(tally_authority_trim(world->owner, fd[1], 0, &result, &world->problem), TALLY_INVALID);
	close(fd[0]);
	close(fd[1]);
	assert_log(world, "header event:one");
}

static void a_locked_register_refuses(void **state)
{
	struct world *world = *state;
	struct tally_extend_request request = { .type = tally_text("t"), .name = tally_text("n") };
	struct tally_extend_result result;
	struct tally_trim_result trimmed;

	world->soft.preset = TALLY_SOFT_NSM;
	world_open(world);
	request.kind = TALLY_EXTEND_EVENT;
	request.register_index = reg_of(world, "pcr16");
	assert_int_equal(tally_authority_extend(world->owner, &request, &result, &world->problem), TALLY_OK);
	assert_int_equal(tally_authority_lock(world->owner, reg_of(world, "pcr16"), &world->problem), TALLY_OK);
	assert_int_equal(trim_to(world, "part", &trimmed), TALLY_LOCKED);
	world_open(world);
	assert_int_equal(trim_to(world, "part2", &trimmed), TALLY_LOCKED);
}

static void a_pin_that_fails_leaves_the_log_whole(void **state)
{
	struct world *world = *state;
	struct tally_trim_result result;

	world_open(world);
	extend_ok(world, "rtmr2", "one");
	plan(world, TALLY_SOFT_CALL_EXTEND, TALLY_FAULT_EXTEND_FAILS, 0);
	assert_int_equal(trim_to(world, "part", &result), TALLY_TRY_AGAIN);
	assert_log(world, "header event:one trim");
	world_open(world);
	extend_ok(world, "rtmr2", "two");
	assert_log(world, "header event:one trim pin event:two");
	trim_ok(world, "part2", &result);
	assert_int_equal(result.first, 0);
	assert_int_equal(result.next, 5);
	assert_log(world, "trim pin");
}

static void a_full_log_has_room_for_its_trim(void **state)
{
	struct world *world = *state;
	struct tally_extend_result result;
	struct tally_trim_result trimmed;
	enum tally_status status;
	unsigned count = 0;

	world->options.capacity = 64 * 1024;
	world_open(world);
	do
		status = extend(world, count++ % 2 ? "rtmr1" : "rtmr3", "more", false, &result);
	while (status == TALLY_OK && count < 10000);
	assert_int_equal(status, TALLY_FULL);
	trim_ok(world, "part", &trimmed);
	assert_log(world, "trim pin pin");
	extend_ok(world, "rtmr1", "after");
	assert_log(world, "trim pin pin event:after");
}

static void a_trimmed_log_goes_on_over_a_kexec(void **state)
{
	struct world *world = *state;
	struct tally_trim_result trimmed;
	static const uint8_t boot1[TALLY_BOOT_ID_SIZE] = { 7 };
	static const uint8_t boot2[TALLY_BOOT_ID_SIZE] = { 8 };

	world->soft.is_durable = true;
	world->soft.boot_id = boot1;
	world_open(world);
	extend_ok(world, "rtmr2", "one");
	trim_ok(world, "part", &trimmed);
	world_close(world);
	world->soft.boot_id = boot2;
	world_open(world);
	extend_ok(world, "rtmr2", "two");
	assert_log(world, "trim pin kexec event:two");
}

/* Another handle, opened before: it finds that the log was replaced. */
static void other_handles_follow(void **state)
{
	struct world *world = *state;
	struct tally_authority *other = NULL;
	struct tally_trim_result trimmed;

	world_open(world);
	extend_ok(world, "rtmr2", "one");
	assert_int_equal(tally_authority_open(&world->options, &other, &world->problem), TALLY_OK);
	trim_ok(world, "part", &trimmed);
	tally_authority_close(world->owner);
	world->owner = other;
	assert_int_equal(extend_ok(world, "rtmr2", "two"), 4);
	assert_log(world, "trim pin event:two");
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(what_is_handed_out_joins_what_stays),
		WORLD_TEST(parts_join_one_after_the_other),
		WORLD_TEST(gaps_are_pinned_with_the_trim),
		WORLD_TEST(gaps_of_others_are_pinned_before_the_trim),
		WORLD_TEST(once_names_outlive_trims),
		WORLD_TEST(once_names_are_found_through_the_cache),
		WORLD_TEST(names_in_doubt_stay_in_doubt),
		WORLD_TEST(names_are_unknown_without_their_list),
		WORLD_TEST(names_are_unknown_with_another_list),
		WORLD_TEST(names_are_unknown_with_a_cut_list),
		WORLD_TEST(nothing_to_trim_is_refused),
		WORLD_TEST(a_pipe_can_t_hold_records),
		WORLD_TEST(a_locked_register_refuses),
		WORLD_TEST(a_pin_that_fails_leaves_the_log_whole),
		WORLD_TEST(a_full_log_has_room_for_its_trim),
		WORLD_TEST(a_trimmed_log_goes_on_over_a_kexec),
		WORLD_TEST(other_handles_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
