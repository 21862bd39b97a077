// SPDX-License-Identifier: BSD-2-Clause
/* Parts of a log by number, and evidence that names its part: against the file itself. */
#include "world.h"

#include <fcntl.h>
#include <stdlib.h>

#include "../../authority/log_part.h"
#include "../../format/bundle.h"

#define EVENTS 10 /* records 1 to 10, behind the header */

/* The file, and where each of its records begins. */
struct file {
	uint8_t data[65536];
	size_t size;
	uint64_t first;
	size_t count;
	size_t at[64];
};

static void read_log(struct world *world, struct file *ret)
{
	struct tally_cursor cursor;
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/log", world->path);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	memset(ret, 0, sizeof(*ret));
	ret->size = (size_t)read(fd, ret->data, sizeof(ret->data));
	close(fd);
	cursor = tally_cursor(tally_bytes(ret->data, ret->size));
	while (!tally_cursor_is_done(&cursor)) {
		struct tally_record record;

		ret->at[ret->count++] = ret->size - cursor.left.size;
		assert_int_equal(tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record), TALLY_OK);
		if (ret->count == 1)
			ret->first = record.number;
	}
	ret->at[ret->count] = ret->size;
}

/* The bytes of records first to next - 1. */
static struct tally_bytes records_of(const struct file *file, uint64_t first, uint64_t next)
{
	size_t from = file->at[first - file->first];

	return tally_bytes(file->data + from, file->at[next - file->first] - from);
}

static void make_events(struct world *world)
{
	world_open(world);
	for (size_t i = 0; i < EVENTS; i++)
		extend_ok(world, i % 2 ? "rtmr3" : "rtmr2", i % 3 ? "some" : "third");
}

/* These records, and this next. */
static void expect_part(struct world *world, const struct tally_log_part_request *request,
			struct tally_log_place *place, struct tally_bytes records, uint64_t next, bool is_more)
{
	struct tally_log_part part;

	assert_int_equal(tally_authority_log_part(world->owner, request, place, &part, &world->problem), TALLY_OK);
	assert_int_equal(part.size, records.size);
	assert_true(tally_bytes_equal(tally_bytes(part.records, part.size), records));
	assert_int_equal(part.next, next);
	assert_int_equal(part.is_more, is_more);
	free(part.records);
}

static void parts_are_those_of_the_file(void **state)
{
	struct world *world = *state;
	struct file file;

	make_events(world);
	read_log(world, &file);
	assert_int_equal(file.count, EVENTS + 1);
	for (uint64_t from = 0; from <= file.count; from++) {
		struct tally_log_part_request request = { .from = from, .limit = sizeof(file.data) };

		expect_part(world, &request, NULL, records_of(&file, from, file.count), file.count, false);
		for (uint64_t until = from + 1; until <= file.count; until++) {
			request.until = until;
			expect_part(world, &request, NULL, records_of(&file, from, until), until, false);
		}
	}
}

static void a_part_ends_before_its_limit(void **state)
{
	struct world *world = *state;
	struct file file;

	make_events(world);
	read_log(world, &file);
	for (uint64_t next = 2; next <= file.count; next++) {
		size_t exact = records_of(&file, 1, next).size;
		struct tally_log_part_request request = { .from = 1, .limit = exact };
		uint64_t before = next > 2 ? next - 1 : 2;

		expect_part(world, &request, NULL, records_of(&file, 1, next), next, next < file.count);
		/* A byte less is a record less, but the first is given in any case. */
		request.limit = exact - 1;
		expect_part(world, &request, NULL, records_of(&file, 1, before), before, true);
	}
}

static void what_is_not_there_yet_is_no_error(void **state)
{
	struct tally_log_part_request request = { .from = EVENTS + 1, .limit = 1000 };
	struct world *world = *state;

	make_events(world);
	expect_part(world, &request, NULL, tally_bytes(NULL, 0), EVENTS + 1, false);
	/* Below what was asked for: this is not the log that the reader knew. */
	request.from = 100;
	expect_part(world, &request, NULL, tally_bytes(NULL, 0), EVENTS + 1, false);
}

static bool sees_third(void *context, const struct tally_record *record)
{
	struct tally_event event;

	(void)context;
	return tally_event_read(record->content, &event) == TALLY_OK &&
	       tally_bytes_equal(event.name, tally_text("third"));
}

static void others_are_left_out(void **state)
{
	struct tally_log_part_request request = { .limit = 65536, .sees = sees_third };
	struct world *world = *state;
	static uint8_t expected[65536];
	struct file file;
	size_t size = 0;

	make_events(world);
	read_log(world, &file);
	/* Event i is record i + 1. */
	for (size_t i = 0; i < EVENTS; i += 3) {
		struct tally_bytes record = records_of(&file, i + 1, i + 2);

		memcpy(expected + size, record.data, record.size);
		size += record.size;
	}
	expect_part(world, &request, NULL, tally_bytes(expected, size), EVENTS + 1, false);
	request.limit = 1;
	expect_part(world, &request, NULL, records_of(&file, 1, 2), 4, true);
}

static void trim(struct world *world)
{
	struct tally_trim_result result;
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/stored", world->path);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(tally_authority_trim(world->owner, fd, 0, &result, &world->problem), TALLY_OK);
	close(fd);
}

/* Read in steps with a place, while the log grows and is trimmed: the same as without it. */
static void a_place_changes_nothing(void **state)
{
	struct tally_log_part_request request = { .limit = 300, .is_oldest = true };
	struct tally_log_place place = { 0 };
	struct world *world = *state;

	make_events(world);
	for (size_t step = 0; step < 40; step++) {
		struct tally_log_part part;

		if (step % 8 == 5)
			trim(world);
		if (step % 4 == 1)
			extend_ok(world, "rtmr3", "more");
		assert_int_equal(tally_authority_log_part(world->owner, &request, NULL, &part, &world->problem),
				 TALLY_OK);
		expect_part(world, &request, &place, tally_bytes(part.records, part.size), part.next, part.is_more);
		/* Back sometimes, where the place is of no use. */
		request.from = step % 7 == 6 ? 0 : part.next;
		free(part.records);
	}
}

static void what_was_trimmed_is_lost(void **state)
{
	struct tally_log_part_request request = { .from = 3, .limit = 65536 };
	struct world *world = *state;
	struct tally_log_part part;
	struct file file;

	make_events(world);
	trim(world);
	assert_int_equal(tally_authority_log_part(world->owner, &request, NULL, &part, &world->problem),
			 TALLY_HISTORY_LOST);
	assert_non_null(strstr(world->problem.text, "records 3 to 10 were trimmed"));
	request.is_oldest = true;
	read_log(world, &file);
	assert_int_equal(file.first, EVENTS + 1);
	expect_part(world, &request, NULL, tally_bytes(file.data, file.size), file.first + file.count, false);
}

static void write_behind(struct world *world, struct tally_bytes bytes)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/log", world->path);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, bytes.data, bytes.size), bytes.size);
	close(fd);
}

static void a_torn_tail_is_left_out(void **state)
{
	struct tally_log_part_request request = { .limit = 65536 };
	struct tally_log_place place = { 0 };
	struct world *world = *state;
	struct file file;

	make_events(world);
	read_log(world, &file);
	write_behind(world, tally_bytes(file.data + file.at[EVENTS], 20));
	expect_part(world, &request, &place, tally_bytes(file.data, file.size), EVENTS + 1, false);
	request.from = EVENTS + 1;
	expect_part(world, &request, &place, tally_bytes(NULL, 0), EVENTS + 1, false);
}

static void damage_is_told(void **state)
{
	struct tally_log_part_request request = { .limit = 65536 };
	struct world *world = *state;
	struct tally_log_part part;
	struct file file;

	make_events(world);
	read_log(world, &file);
	/* The last record again has a number that was there. */
	write_behind(world, records_of(&file, EVENTS, EVENTS + 1));
	assert_int_equal(tally_authority_log_part(world->owner, &request, NULL, &part, &world->problem), TALLY_CORRUPT);
	assert_non_null(strstr(world->problem.text, "damaged at byte"));
	request.until = EVENTS + 1;
	expect_part(world, &request, NULL, tally_bytes(file.data, file.size), EVENTS + 1, false);
}

static void a_log_that_is_gone_is_not_found(void **state)
{
	struct tally_log_part_request request = { .limit = 65536 };
	struct world *world = *state;
	struct tally_log_part part;
	char path[128];

	make_events(world);
	snprintf(path, sizeof(path), "%s/log", world->path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(tally_authority_log_part(world->owner, &request, NULL, &part, &world->problem),
			 TALLY_NOT_FOUND);
}

/* Front, the records that it names, back: together a bundle, whose log they are. */
static void expect_whole(struct world *world, const struct tally_evidence_request *request)
{
	struct tally_evidence_parts parts;
	struct tally_bundle *bundle = malloc(sizeof(*bundle));
	struct tally_bytes records;
	struct file file;
	uint8_t *whole;
	size_t size;

	assert_non_null(bundle);
	assert_int_equal(tally_authority_evidence_parts(world->owner, request, &parts, &world->problem), TALLY_OK);
	read_log(world, &file);
	assert_int_equal(parts.first, file.first);
	assert_int_equal(parts.next, file.first + file.count);
	records = records_of(&file, parts.first, parts.next);
	assert_int_equal(records.size, parts.log_size);
	size = parts.front_size + records.size + parts.back_size;
	whole = malloc(size);
	assert_non_null(whole);
	memcpy(whole, parts.front, parts.front_size);
	memcpy(whole + parts.front_size, records.data, records.size);
	memcpy(whole + parts.front_size + records.size, parts.back, parts.back_size);
	assert_int_equal(tally_bundle_read(tally_bytes(whole, size), bundle), TALLY_OK);
	assert_true(tally_bytes_equal(tally_bundle_find(bundle, TALLY_LABEL_LOG)->value, records));
	assert_non_null(tally_bundle_find(bundle, TALLY_LABEL_REPORT));
	assert_non_null(tally_bundle_find(bundle, TALLY_LABEL_BINDING));
	assert_true(tally_bytes_equal(tally_bundle_find(bundle, TALLY_LABEL_DATA)->value, request->data));
	free(whole);
	free(bundle);
	tally_evidence_parts_done(&parts);
}

static void evidence_names_its_part_of_the_log(void **state)
{
	static const uint8_t nonce[32] = { 7 };
	struct tally_evidence_request request = { .nonce = { nonce, sizeof(nonce) }, .data = tally_text("data") };
	struct world *world = *state;
	struct tally_evidence_parts parts;

	make_events(world);
	expect_whole(world, &request);
	trim(world);
	expect_whole(world, &request);
	request.nonce.size = 31;
	assert_int_equal(tally_authority_evidence_parts(world->owner, &request, &parts, &world->problem),
			 TALLY_NONCE_SIZE);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, world_make, world_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_WORLD(parts_are_those_of_the_file),       IN_A_WORLD(a_part_ends_before_its_limit),
		IN_A_WORLD(what_is_not_there_yet_is_no_error), IN_A_WORLD(others_are_left_out),
		IN_A_WORLD(a_place_changes_nothing),	       IN_A_WORLD(what_was_trimmed_is_lost),
		IN_A_WORLD(a_torn_tail_is_left_out),	       IN_A_WORLD(damage_is_told),
		IN_A_WORLD(a_log_that_is_gone_is_not_found),   IN_A_WORLD(evidence_names_its_part_of_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
