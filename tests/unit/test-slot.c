// SPDX-License-Identifier: BSD-2-Clause
/* Intent slots that are whole and not of this log: told apart, never overwritten, kept when they are put aside. */
#include "world.h"

#include <sys/stat.h>

#include "../../authority/history.h"
#include "../../core/writer.h"
#include "../../format/intent.h"

#define SLOT_LIMIT 4096

/* A whole file. */
struct slot_file {
	uint8_t data[SLOT_LIMIT];
	size_t size;
};

static struct slot_file file_read(const struct world *world, const char *name)
{
	struct slot_file file = { .size = 0 };
	char path[128];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", world->path, name);
	stream = fopen(path, "rb");
	if (!stream)
		return file;
	file.size = fread(file.data, 1, sizeof(file.data), stream);
	fclose(stream);
	return file;
}

static void slot_put(const struct world *world, const struct slot_file *file)
{
	char path[128];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/intent", world->path);
	stream = fopen(path, "wb");
	assert_non_null(stream);
	assert_int_equal(fwrite(file->data, 1, file->size, stream), file->size);
	assert_int_equal(fclose(stream), 0);
}

static void assert_same(const struct slot_file *a, const struct slot_file *b)
{
	assert_int_equal(a->size, b->size);
	assert_memory_equal(a->data, b->data, a->size);
}

/* What is changed in the slot of the newest record. */
struct change {
	const char *name;
	uint8_t add_number, add_index; /* added to the record's number and register */
	bool other_bank, other_head;
	bool is_torn;
	enum tally_slot_class expected;
	enum tally_status extend;
};

static const struct change changes[] = {
	{ .name = "as it is", .expected = TALLY_SLOT_SETTLED },
	{ .name = "torn", .is_torn = true, .expected = TALLY_SLOT_TORN },
	{ .name = "unknown register", .add_index = 9, .expected = TALLY_SLOT_FOREIGN, .extend = TALLY_CORRUPT },
	{ .name = "other bank", .other_bank = true, .expected = TALLY_SLOT_FOREIGN, .extend = TALLY_CORRUPT },
	{ .name = "other head", .other_head = true, .expected = TALLY_SLOT_FOREIGN, .extend = TALLY_CORRUPT },
	{ .name = "next record", .add_number = 1, .expected = TALLY_SLOT_PENDING },
	{ .name = "next record, unknown register",
	  .add_number = 1,
	  .add_index = 9,
	  .expected = TALLY_SLOT_FOREIGN,
	  .extend = TALLY_CORRUPT },
	{ .name = "beyond the end", .add_number = 2, .expected = TALLY_SLOT_FOREIGN },
	{ .name = "beyond the end, unknown register", .add_number = 2, .add_index = 9, .expected = TALLY_SLOT_FOREIGN },
};

static struct slot_file slot_changed(const struct slot_file *file, const struct change *change)
{
	struct slot_file changed = { .size = 0 };
	struct tally_writer writer = tally_writer(changed.data, sizeof(changed.data));
	uint8_t record_bytes[SLOT_LIMIT];
	struct tally_writer record = tally_writer(record_bytes, sizeof(record_bytes));
	uint8_t head[TALLY_HEAD_SIZE];
	struct tally_intent intent;

	assert_int_equal(tally_intent_read(tally_bytes(file->data, file->size), &intent), TALLY_OK);
	intent.record.number += change->add_number;
	intent.record.index = (uint8_t)(intent.record.index + change->add_index);
	if (change->other_bank)
		intent.record.digests.digest[0].alg = TALLY_SHA256;
	tally_cel_write(&record, &intent.record);
	memcpy(head, intent.head, sizeof(head));
	if (change->add_number == 1) /* what a slot for the next record holds */
		assert_int_equal(tally_head_next(intent.head, intent.record.encoded, head), TALLY_OK);
	head[0] ^= change->other_head;
	assert_int_equal(tally_intent_write(&writer, head, tally_written(&record)), TALLY_OK);
	changed.size = writer.size;
	changed.data[changed.size - 1] ^= change->is_torn;
	return changed;
}

static void check_change(struct world *world, const struct change *change)
{
	struct slot_file before = file_read(world, "intent");
	struct slot_file slot = slot_changed(&before, change);
	struct slot_file log = file_read(world, "log");
	struct tally_examination examination;
	struct tally_extend_result result;
	struct slot_file after;

	slot_put(world, &slot);
	assert_int_equal(tally_authority_examine(world->owner, &examination, &world->problem), TALLY_OK);
	if (examination.slot != change->expected)
		fail_msg("%s: the slot is of class %d", change->name, (int)examination.slot);
	if (extend(world, "rtmr2", "next", false, &result) != change->extend)
		fail_msg("%s: %s", change->name, world->problem.text);
	if (change->extend == TALLY_OK)
		return;
	after = file_read(world, "intent");
	assert_same(&slot, &after);
	after = file_read(world, "log");
	assert_same(&log, &after);
}

/* The same in a process that was there before, and in one that comes new. */
static void slots_are_told_apart(void **state)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct world *world;
		void *made = NULL;

		(void)state;
		assert_int_equal(world_make(&made), 0);
		world = made;
		world_open(world);
		extend_ok(world, "rtmr2", "one");
		extend_ok(world, "rtmr2", "two");
		check_change(world, &changes[i]);
		assert_int_equal(world_try_open(world), changes[i].extend);
		world_remove(&made);
	}
}

static void a_slot_beyond_the_end_is_kept(void **state)
{
	struct world *world = *state;
	struct slot_file slots[2], kept;

	world_open(world);
	extend_ok(world, "rtmr2", "one");
	for (int i = 0; i < 2; i++) {
		/* Record 9 each time, of another register. */
		const struct change far = { .add_number = (uint8_t)(8 - i), .add_index = (uint8_t)(9 + i) };
		struct slot_file file = file_read(world, "intent");

		slots[i] = slot_changed(&file, &far);
		slot_put(world, &slots[i]);
		extend_ok(world, "rtmr2", "next");
	}
	kept = file_read(world, "intent.foreign.9");
	assert_same(&slots[0], &kept);
	kept = file_read(world, "intent.foreign.9.1");
	assert_same(&slots[1], &kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_told_apart),
		cmocka_unit_test_setup_teardown(a_slot_beyond_the_end_is_kept, world_make, world_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
