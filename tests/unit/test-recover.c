// SPDX-License-Identifier: BSD-2-Clause
/* Recovery of damaged logs: what is kept, what goes on, and what is unknown from then on. */
#include "world.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "../../format/intent.h"

struct file {
	uint8_t *bytes;
	size_t size;
};

static struct file file_read(struct world *world, const char *name)
{
	struct file file = { NULL, 0 };
	struct stat stat;
	char path[192];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", world->path, name);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &stat), 0);
	file.size = (size_t)stat.st_size;
	file.bytes = malloc(file.size + 1);
	assert_int_equal(read(fd, file.bytes, file.size), file.size);
	close(fd);
	return file;
}

static void file_write(struct world *world, const char *name, const uint8_t *bytes, size_t size)
{
	char path[192];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", world->path, name);
	fd = open(path, O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

/* Where record `number` begins. */
static size_t record_offset(const struct file *file, uint64_t number)
{
	struct tally_cursor cursor = tally_cursor(tally_bytes(file->bytes, file->size));
	struct tally_record record;

	for (;;) {
		size_t offset = file->size - cursor.left.size;

		assert_int_equal(tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record), TALLY_OK);
		if (record.number == number)
			return offset;
	}
}

static void prepare(struct world *world)
{
	struct tally_extend_result result;

	world_open(world);
	extend_ok(world, "rtmr2", "one");
	extend_ok(world, "rtmr3", "two");
	assert_int_equal(extend(world, "rtmr2", "app", true, &result), TALLY_OK);
	extend_ok(world, "rtmr1", "four");
	world_close(world);
}

static void recover_ok(struct world *world, struct tally_recovery *ret)
{
	enum tally_status status = tally_authority_recover(&world->options, ret, &world->problem);

	if (status != TALLY_OK)
		fail_msg("recover: %s: %s", tally_status_name(status), world->problem.text);
}

/* Damage the log, see that it is refused and left as it is; recover; see the log, the file that was kept, and once names. */
static void damage_and_recover(struct world *world, size_t at, size_t size, bool keeps_app, const char *log)
{
	enum tally_status app = keeps_app ? TALLY_OK : TALLY_UNKNOWN;
	struct file file = file_read(world, "log");
	struct tally_extend_result result;
	struct tally_recovery recovery;
	struct file kept;

	if (at < size)
		file.bytes[at] ^= 0x40;
	file_write(world, "log", file.bytes, size);
	assert_int_equal(world_try_open(world), TALLY_CORRUPT);
	kept = file_read(world, "log");
	assert_int_equal(kept.size, size);
	assert_memory_equal(kept.bytes, file.bytes, size);
	free(kept.bytes);
	recover_ok(world, &recovery);
	kept = file_read(world, recovery.kept);
	assert_int_equal(kept.size, size);
	assert_memory_equal(kept.bytes, file.bytes, size);
	free(kept.bytes);
	free(file.bytes);
	world_open(world);
	assert_log(world, log);
	assert_int_equal(extend(world, "rtmr2", "app", true, &result), app);
	assert_int_equal(extend(world, "rtmr2", "never", true, &result), TALLY_UNKNOWN);
	world_open(world);
	assert_int_equal(extend(world, "rtmr2", "app", true, &result), app);
	extend_ok(world, "rtmr2", "after");
	world_close(world);
}

static void a_record_in_the_middle(void **state)
{
	struct world *world = *state;
	struct file file;

	prepare(world);
	file = file_read(world, "log");
	/* The tag of its digests. */
	damage_and_recover(world, record_offset(&file, 2) + 13 + 6, file.size, false, "header event:one gap gap gap");
	free(file.bytes);
	world_open(world);
	assert_log(world, "header event:one gap gap gap pin event:after");
}

static void the_header(void **state)
{
	struct world *world = *state;
	struct file file;

	prepare(world);
	file = file_read(world, "log");
	damage_and_recover(world, 0, file.size, false, "header base base base gap");
	free(file.bytes);
}

static void records_that_are_gone(void **state)
{
	struct world *world = *state;
	struct file file;

	prepare(world);
	file = file_read(world, "log");
	damage_and_recover(world, SIZE_MAX, record_offset(&file, 3), false, "header event:one event:two gap gap");
	free(file.bytes);
}

/* It still reads, and the registers' values are the same; the slot knows better, and so would a verifier. */
static void the_newest_record_changed(void **state)
{
	struct world *world = *state;
	struct file file;

	prepare(world);
	file = file_read(world, "log");
	damage_and_recover(world, file.size - 1, file.size, true, "header event:one event:two event:app gap");
	free(file.bytes);
}

/* Its digest: only the slot, which covers all of the log, shows that something was changed. */
static void a_digest_changed(void **state)
{
	struct world *world = *state;
	struct file file;

	prepare(world);
	file = file_read(world, "log");
	/* Behind the number, the register and two headers. */
	damage_and_recover(world, record_offset(&file, 2) + 13 + 6 + 5 + 5 + 7, file.size, false,
			   "header event:one gap gap gap");
	free(file.bytes);
}

/* Who had the directory open writes its intents where the next one looks for them. */
static void while_a_writer_has_it_open(void **state)
{
	struct world *world = *state;
	struct tally_extend_result result;
	struct tally_recovery recovery;
	struct tally_intent intent;
	struct file file;

	prepare(world);
	file = file_read(world, "log");
	world_open(world);
	file.bytes[record_offset(&file, 2) + 13 + 6] ^= 0x40; /* the tag of its digests */
	file_write(world, "log", file.bytes, file.size);
	free(file.bytes);
	recover_ok(world, &recovery);
	assert_int_equal(extend(world, "rtmr2", "after", false, &result), TALLY_OK);
	file = file_read(world, "intent");
	assert_int_equal(tally_intent_read(tally_bytes(file.bytes, file.size), &intent), TALLY_OK);
	assert_int_equal(intent.record.number, result.number);
	free(file.bytes);
	world_close(world);
}

static void twice(void **state)
{
	struct world *world = *state;
	struct file file;

	prepare(world);
	file = file_read(world, "log");
	damage_and_recover(world, record_offset(&file, 2), file.size, false, "header event:one gap gap gap");
	free(file.bytes);
	file = file_read(world, "log");
	damage_and_recover(world, record_offset(&file, 3), file.size, false, "header event:one gap gap gap");
	free(file.bytes);
	file = file_read(world, "old/log.damaged.1");
	free(file.bytes);
}

static void a_trimmed_log(void **state)
{
	struct world *world = *state;
	struct tally_trim_result trimmed;
	struct file file;
	char path[128];
	int fd;

	prepare(world);
	world_open(world);
	snprintf(path, sizeof(path), "%s/part", world->path);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	assert_int_equal(tally_authority_trim(world->owner, fd, 0, &trimmed, &world->problem), TALLY_OK);
	close(fd);
	extend_ok(world, "rtmr2", "five");
	extend_ok(world, "rtmr2", "six");
	world_close(world);
	file = file_read(world, "log");
	damage_and_recover(world, record_offset(&file, 9), file.size, true, "trim pin pin pin gap");
	free(file.bytes);
}

static void what_is_whole_is_left_alone(void **state)
{
	struct world *world = *state;
	struct tally_recovery recovery;
	struct file before, after;

	prepare(world);
	before = file_read(world, "log");
	assert_int_equal(tally_authority_recover(&world->options, &recovery, &world->problem), TALLY_NOT_FOUND);
	after = file_read(world, "log");
	assert_int_equal(before.size, after.size);
	assert_memory_equal(before.bytes, after.bytes, before.size);
	free(before.bytes);
	free(after.bytes);
}

/* Registers that can't be read are no matter of the log. */
static void damaged_registers_are_not_recovered(void **state)
{
	struct world *world = *state;
	struct tally_recovery recovery;
	struct file file;
	char path[128];

	prepare(world);
	file = file_read(world, "registers");
	memset(file.bytes, 0, file.size);
	file_write(world, "registers", file.bytes, file.size);
	free(file.bytes);
	assert_int_equal(tally_authority_recover(&world->options, &recovery, &world->problem), TALLY_CORRUPT);
	snprintf(path, sizeof(path), "%s/old/log.damaged.0", world->path);
	assert_int_not_equal(access(path, F_OK), 0);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_record_in_the_middle),
		WORLD_TEST(the_header),
		WORLD_TEST(records_that_are_gone),
		WORLD_TEST(the_newest_record_changed),
		WORLD_TEST(a_digest_changed),
		WORLD_TEST(while_a_writer_has_it_open),
		WORLD_TEST(twice),
		WORLD_TEST(a_trimmed_log),
		WORLD_TEST(what_is_whole_is_left_alone),
		WORLD_TEST(damaged_registers_are_not_recovered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
