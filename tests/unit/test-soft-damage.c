// SPDX-License-Identifier: BSD-2-Clause
/* The soft provider's state under torn writes and damage. */
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
#define DAMAGE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		DAMAGE_TEST(torn_writes_leave_the_old_value),
		DAMAGE_TEST(damage_never_makes_a_value),
		DAMAGE_TEST(state_without_a_whole_slot_is_corrupt),
		DAMAGE_TEST(damaged_slot_is_written_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
