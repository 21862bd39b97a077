// SPDX-License-Identifier: BSD-2-Clause
/* The soft provider's state under kills, torn writes and damage. */
#include "soft_work.h"

#include <fcntl.h>

#define STATE_LIMIT 8192

static size_t state_save(uint8_t bytes[static STATE_LIMIT])
{
	char path[PATH_SIZE];
	ssize_t size;
	int fd;

	path_of("registers", path);
	fd = open(path, O_RDONLY);
	size = read(fd, bytes, STATE_LIMIT);
	assert_true(size > 0 && size < STATE_LIMIT);
	close(fd);
	return (size_t)size;
}

static void state_put(const uint8_t *bytes, size_t size)
{
	char path[PATH_SIZE];
	int fd;

	path_of("registers", path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

static bool act_extend_late(void *soft, const struct work *work)
{
	struct tally_soft_planned_fault late = { .fault = TALLY_FAULT_EXTEND_LATE_OK, .call = TALLY_SOFT_CALL_EXTEND };

	return tally_soft_plan(soft, &late) == TALLY_OK && act_extend(soft, work);
}

static bool act_release(void *soft, const struct work *work)
{
	(void)work;
	return tally_soft_release(soft) == TALLY_OK;
}

static bool act_reset(void *soft, const struct work *work)
{
	return tally_soft_reset(soft, work->i) == TALLY_OK;
}

static void assert_one_of(void *soft, size_t i, const struct tally_digests *a, const struct tally_digests *b)
{
	struct tally_digests value = soft_read(soft, i);

	assert_true(tally_digests_equal(&value, a) || tally_digests_equal(&value, b));
}

/* Kill an act at every system call boundary: its register has the old value or the new one, and works on. */
static void killed_at_every_system_call(enum tally_soft_preset preset, size_t i,
					bool (*act)(void *, const struct work *), bool is_reset)
{
	struct work work = work_of(preset, i, act);
	bool was_killed = true;
	unsigned stop;

	for (stop = 1; was_killed; stop++) {
		void *soft = soft_open_as(directory, preset);
		struct tally_digests before, after;

		assert_int_equal(soft_extend(soft, i, 0x11), TALLY_OK);
		before = soft_read(soft, i);
		after = is_reset ? tally_provider_soft.registers(soft)->item[i].reset
				 : soft_after(soft, i, &before, 0x5a);
		was_killed = traced_kill(work_in_child, &work, stop);
		if (was_killed)
			assert_one_of(soft, i, &before, &after);
		else
			assert_value(soft, i, &after);
		before = soft_read(soft, i);
		after = soft_after(soft, i, &before, 0x22);
		assert_int_equal(soft_extend(soft, i, 0x22), TALLY_OK);
		assert_value(soft, i, &after);
		soft_close(soft);
	}
	/* Opening, locking, reading, writing and unlocking are at least this many boundaries. */
	assert_true(stop > 20);
}

static void extend_is_killed(void **state)
{
	(void)state;
	killed_at_every_system_call(TALLY_SOFT_DEFAULT, 2, act_extend, false);
}

static void extend_of_three_banks_is_killed(void **state)
{
	(void)state;
	killed_at_every_system_call(TALLY_SOFT_TPM, 2, act_extend, false);
}

static void reset_is_killed(void **state)
{
	(void)state;
	killed_at_every_system_call(TALLY_SOFT_TPM, 16, act_reset, true);
}

/* Issued and killed; let go and killed: at the end the extend took effect exactly once, or was never issued. */
static void late_extend_is_killed(void **state)
{
	struct work work = work_of(TALLY_SOFT_TPM, 4, act_extend_late);
	struct work release = work_of(TALLY_SOFT_TPM, 4, act_release);
	bool was_killed = true;
	unsigned applied = 0;

	(void)state;
	for (unsigned stop = 1; was_killed; stop++) {
		void *soft = soft_open_as(directory, TALLY_SOFT_TPM);
		struct tally_digests before = soft_read(soft, 4);
		struct tally_digests after = soft_after(soft, 4, &before, 0x5a);
		struct tally_digests value;

		was_killed = traced_kill(work_in_child, &work, stop);
		assert_value(soft, 4, &before);
		traced_kill(work_in_child, &release, stop);
		assert_one_of(soft, 4, &before, &after);
		assert_int_equal(tally_soft_release(soft), TALLY_OK);
		assert_one_of(soft, 4, &before, &after);
		value = soft_read(soft, 4);
		applied += tally_digests_equal(&value, &after);
		if (!was_killed)
			assert_value(soft, 4, &after);
		soft_close(soft);
	}
	assert_true(applied > 1);
}

/* Whenever the first process dies, the next finds or makes one key and one state, and leaves nothing half made. */
static void creation_is_killed(void **state)
{
	struct work work = work_of(TALLY_SOFT_DEFAULT, 0, act_extend);
	bool was_killed = true;
	unsigned stop;

	(void)state;
	for (stop = 1; was_killed; stop++) {
		uint8_t first[32], second[32];
		struct tally_digests reset, after;
		void *soft;

		directory_remove(directory);
		directory_new(directory);
		was_killed = traced_kill(work_in_child, &work, stop);
		soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
		reset = tally_provider_soft.registers(soft)->item[0].reset;
		after = soft_after(soft, 0, &reset, 0x5a);
		assert_one_of(soft, 0, &reset, &after);
		assert_int_equal(tally_soft_fingerprint(soft, first, NULL), TALLY_OK);
		soft_close(soft);
		soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
		assert_int_equal(tally_soft_fingerprint(soft, second, NULL), TALLY_OK);
		assert_memory_equal(first, second, sizeof(first));
		assert_int_equal(soft_extend(soft, 0, 0x11), TALLY_OK);
		soft_close(soft);
		assert_false(file_is_there("registers.new"));
		assert_false(file_is_there("key.pem.new"));
	}
	assert_true(stop > 40);
}

/* Every way in which the newest write can have stopped: a prefix of the new bytes over the old ones. */
static void torn_writes_leave_the_old_value(void **state)
{
	static const enum tally_soft_preset presets[] = { TALLY_SOFT_DEFAULT, TALLY_SOFT_TPM };

	(void)state;
	for (size_t p = 0; p < 2; p++) {
		void *soft = soft_open_as(directory, presets[p]);
		uint8_t old[STATE_LIMIT], new[STATE_LIMIT], torn[STATE_LIMIT];
		struct tally_digests before, after;
		size_t size, last = 0;

		for (uint8_t fill = 1; fill < 4; fill++)
			assert_int_equal(soft_extend(soft, 1, fill), TALLY_OK);
		before = soft_read(soft, 1);
		size = state_save(old);
		assert_int_equal(soft_extend(soft, 1, 4), TALLY_OK);
		after = soft_read(soft, 1);
		assert_int_equal(state_save(new), size);
		for (size_t i = 0; i < size; i++)
			last = old[i] != new[i] ? i + 1 : last;
		assert_true(last > 0);
		for (size_t cut = 0; cut <= last; cut++) {
			memcpy(torn, old, size);
			memcpy(torn, new, cut);
			state_put(torn, size);
			assert_value(soft, 1, cut < last ? &before : &after);
		}
		soft_close(soft);
		directory_remove(directory);
		directory_new(directory);
	}
}

/* One damaged byte anywhere: the value is the newest or the one before, never anything else. */
static void damage_never_makes_a_value(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	uint8_t good[STATE_LIMIT], bad[STATE_LIMIT];
	struct tally_digests before, after;
	size_t size, rolled_back = 0;

	(void)state;
	assert_int_equal(soft_extend(soft, 1, 1), TALLY_OK);
	before = soft_read(soft, 1);
	assert_int_equal(soft_extend(soft, 1, 2), TALLY_OK);
	after = soft_read(soft, 1);
	size = state_save(good);
	for (size_t i = 0; i < size; i++) {
		struct tally_digests value;

		memcpy(bad, good, size);
		bad[i] ^= 0x80;
		state_put(bad, size);
		assert_one_of(soft, 1, &before, &after);
		value = soft_read(soft, 1);
		rolled_back += tally_digests_equal(&value, &before);
	}
	/* Header, four values, the one before, checksum: exactly the bytes of one slot count. */
	assert_int_equal(rolled_back, 48 + 5 * 48 + 32);
	soft_close(soft);
}

static void assert_corrupt(const char *directory_path)
{
	struct tally_problem problem;
	void *soft = NULL;

	assert_int_equal(soft_try_open(directory_path, NULL, &soft, &problem), TALLY_CORRUPT);
	assert_non_null(strstr(problem.text, "registers"));
	assert_non_null(strstr(problem.text, directory_path));
	assert_null(soft);
}

static void state_without_a_whole_slot_is_corrupt(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	uint8_t good[STATE_LIMIT], bad[STATE_LIMIT], found[STATE_LIMIT];
	struct tally_digests value;
	struct tally_problem problem;
	size_t size;
	bool is_locked;

	(void)state;
	assert_int_equal(soft_extend(soft, 1, 1), TALLY_OK);
	assert_int_equal(soft_extend(soft, 1, 2), TALLY_OK);
	size = state_save(good);
	memcpy(bad, good, size);
	bad[100] ^= 1;
	bad[size / 2 + 100] ^= 1;
	state_put(bad, size);
	assert_corrupt(directory);
	assert_int_equal(tally_provider_soft.read(soft, 1, SOON, &value, &is_locked, &problem), TALLY_CORRUPT);
	assert_int_equal(soft_extend(soft, 1, 3), TALLY_CORRUPT);
	assert_int_equal(state_save(found), size);
	assert_memory_equal(found, bad, size);
	/* Cut short anywhere: the first slot if it is whole. */
	for (size_t cut = 0; cut < size; cut++) {
		bool has_first = cut >= 48 + 5 * 48 + 32;

		state_put(good, cut);
		assert_int_equal(tally_provider_soft.read(soft, 1, SOON, &value, &is_locked, &problem),
				 has_first ? TALLY_OK : TALLY_CORRUPT);
	}
	state_put((const uint8_t *)"", 0);
	assert_corrupt(directory);
	soft_close(soft);
}

/* The slot that is not whole is the one written next, also behind the end of a file that was cut short. */
static void damaged_slot_is_written_over(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	struct tally_digests value = soft_read(soft, 1);
	uint8_t good[STATE_LIMIT];
	size_t size;

	(void)state;
	for (uint8_t fill = 1; fill < 9; fill++) {
		assert_int_equal(soft_extend(soft, 1, fill), TALLY_OK);
		size = state_save(good);
		/* Odd writes go to the second slot; damage the other, older one. */
		if (fill % 2)
			good[60] ^= 1;
		else
			size /= 2;
		state_put(good, size);
		value = soft_after(soft, 1, &value, fill);
		assert_value(soft, 1, &value);
	}
	soft_close(soft);
}

int main(void)
{
#define CRASH_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		CRASH_TEST(extend_is_killed),
		CRASH_TEST(extend_of_three_banks_is_killed),
		CRASH_TEST(reset_is_killed),
		CRASH_TEST(late_extend_is_killed),
		CRASH_TEST(creation_is_killed),
		CRASH_TEST(torn_writes_leave_the_old_value),
		CRASH_TEST(damage_never_makes_a_value),
		CRASH_TEST(state_without_a_whole_slot_is_corrupt),
		CRASH_TEST(damaged_slot_is_written_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
