// SPDX-License-Identifier: BSD-2-Clause
/* The soft provider's state under kills, torn writes, damage, races, and allocations that fail. */
#include "soft.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "alloc_fail.h"
#include "traced.h"

#define STATE_LIMIT 8192
#define PATH_SIZE (DIRECTORY_LIMIT + 32)

static char directory[DIRECTORY_LIMIT];

static int setup(void **state)
{
	(void)state;
	directory_new(directory);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	directory_remove(directory);
	return 0;
}

static void path_of(const char *name, char path[static PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%s", directory, name);
}

static bool file_is_there(const char *name)
{
	char path[PATH_SIZE];

	path_of(name, path);
	return access(path, F_OK) == 0;
}

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

/* What a child does: it must not assert, because a failure would go on in the child. */
struct work {
	const char *directory;
	enum tally_soft_preset preset;
	bool (*act)(void *soft, const struct work *work);
	size_t i;
	unsigned count;
	struct tally_digests digests;
	int channel; /* what the child reports, if anybody listens */
};

static bool work_in_child(void *context)
{
	const struct work *work = context;
	struct tally_soft_options options = { .preset = work->preset };
	struct tally_problem problem;
	void *soft;
	bool is_done;

	if (soft_try_open(work->directory, &options, &soft, &problem) != TALLY_OK)
		return false;
	is_done = work->act(soft, work);
	soft_close(soft);
	return is_done;
}

static bool act_extend(void *soft, const struct work *work)
{
	for (unsigned n = 0; n < work->count; n++)
		if (tally_provider_soft.extend(soft, work->i, &work->digests, SOON, NULL) != TALLY_OK)
			return false;
	return true;
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

static struct work work_of(enum tally_soft_preset preset, size_t i, bool (*act)(void *, const struct work *))
{
	struct work work = { .directory = directory, .preset = preset, .act = act, .i = i, .count = 1 };
	void *soft = soft_open_as(directory, preset);

	work.digests = soft_digests(soft, i, 0x5a);
	soft_close(soft);
	return work;
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

static void processes_extend_one_register_together(void **state)
{
	enum { PROCESSES = 8, EXTENDS = 150 };
	struct work work = work_of(TALLY_SOFT_DEFAULT, 3, act_extend);
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	struct tally_digests chain[PROCESSES * EXTENDS + 1];
	size_t at = 0;
	pid_t child[PROCESSES];

	(void)state;
	chain[0] = soft_read(soft, 3);
	for (size_t n = 0; n < PROCESSES * EXTENDS; n++)
		chain[n + 1] = soft_after(soft, 3, &chain[n], 0x5a);
	soft_close(soft);
	work.count = EXTENDS;
	for (int n = 0; n < PROCESSES; n++)
		child[n] = child_start(work_in_child, &work);
	soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	/* A reader without the lock sees each value of the chain or skips it, and never goes back. */
	while (at < PROCESSES * EXTENDS) {
		struct tally_digests value = soft_read(soft, 3);

		while (at <= PROCESSES * EXTENDS && !tally_digests_equal(&value, &chain[at]))
			at++;
		assert_true(at <= PROCESSES * EXTENDS);
	}
	for (int n = 0; n < PROCESSES; n++)
		assert_true(child_succeeds(child[n]));
	assert_value(soft, 3, &chain[PROCESSES * EXTENDS]);
	soft_close(soft);
}

static bool act_tell_fingerprint(void *soft, const struct work *work)
{
	uint8_t fingerprint[32];

	return tally_soft_fingerprint(soft, fingerprint, NULL) == TALLY_OK &&
	       write(work->channel, fingerprint, sizeof(fingerprint)) == sizeof(fingerprint) && act_extend(soft, work);
}

static void racing_processes_make_one_state(void **state)
{
	enum { PROCESSES = 8, ROUNDS = 10 };
	struct work work = work_of(TALLY_SOFT_DEFAULT, 0, act_tell_fingerprint);

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		uint8_t first[32], next[32];
		struct tally_digests value;
		pid_t child[PROCESSES];
		int channel[2];
		void *soft;

		directory_remove(directory);
		directory_new(directory);
		assert_int_equal(pipe(channel), 0);
		work.channel = channel[1];
		for (int n = 0; n < PROCESSES; n++)
			child[n] = child_start(work_in_child, &work);
		for (int n = 0; n < PROCESSES; n++)
			assert_true(child_succeeds(child[n]));
		assert_int_equal(read(channel[0], first, sizeof(first)), sizeof(first));
		for (int n = 1; n < PROCESSES; n++) {
			assert_int_equal(read(channel[0], next, sizeof(next)), sizeof(next));
			assert_memory_equal(first, next, sizeof(first));
		}
		close(channel[0]);
		close(channel[1]);
		soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
		value = tally_provider_soft.registers(soft)->item[0].reset;
		for (int n = 0; n < PROCESSES; n++)
			value = soft_after(soft, 0, &value, 0x5a);
		assert_value(soft, 0, &value);
		soft_close(soft);
		assert_false(file_is_there("registers.new"));
		assert_false(file_is_there("key.pem.new"));
	}
}

static void held_lock_ends_at_the_deadline(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_NSM);
	struct tally_digests digests = soft_digests(soft, 20, 0x11);
	struct tally_digests before = soft_read(soft, 20);
	struct tally_problem problem = { "" };
	char path[PATH_SIZE];
	tally_deadline deadline;
	int fd;

	(void)state;
	path_of("registers", path);
	fd = open(path, O_RDONLY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	deadline = tally_deadline_after(0) + 20 * 1000 * 1000;
	assert_int_equal(tally_provider_soft.extend(soft, 20, &digests, deadline, &problem), TALLY_DEADLINE);
	assert_true(tally_deadline_has_passed(deadline));
	assert_non_null(strstr(problem.text, path));
	assert_int_equal(tally_provider_soft.lock(soft, 20, tally_deadline_after(0), &problem), TALLY_DEADLINE);
	assert_value(soft, 20, &before);
	close(fd);
	assert_int_equal(tally_provider_soft.extend(soft, 20, &digests, SOON, &problem), TALLY_OK);
	soft_close(soft);
}

static void child_must_open_its_own(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	struct tally_digests digests = soft_digests(soft, 0, 0x11);
	struct tally_digests value;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		bool is_locked;
		bool is_refused = tally_provider_soft.extend(soft, 0, &digests, SOON, NULL) == TALLY_INVALID &&
				  tally_provider_soft.read(soft, 0, SOON, &value, &is_locked, NULL) == TALLY_INVALID;

		_exit(is_refused ? 0 : 1);
	}
	assert_true(child_succeeds(child));
	assert_int_equal(tally_provider_soft.extend(soft, 0, &digests, SOON, NULL), TALLY_OK);
	soft_close(soft);
}

static void missing_or_wrong_keys_are_told(void **state)
{
	static const char *const wrong[] = { "", "no key\n", NULL };
	char path[PATH_SIZE], moved[PATH_SIZE];
	struct tally_problem problem;
	uint8_t fingerprint[32];
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);

	(void)state;
	path_of("key.pem", path);
	path_of("moved", moved);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(tally_soft_fingerprint(soft, fingerprint, &problem), TALLY_CORRUPT);
	assert_non_null(strstr(problem.text, path));
	for (size_t i = 0; wrong[i]; i++) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fputs(wrong[i], file);
		fclose(file);
		assert_int_equal(tally_soft_fingerprint(soft, fingerprint, &problem), TALLY_CORRUPT);
		assert_non_null(strstr(problem.text, path));
	}
	assert_int_equal(rename(moved, path), 0);
	assert_int_equal(tally_soft_fingerprint(soft, fingerprint, &problem), TALLY_OK);
	soft_close(soft);
}

#define NOBODY 65534

/* A member of the directory's group: may read, and is told why no more than that. */
static bool act_as_group(void *soft, const struct work *work)
{
	struct tally_digests value;
	struct tally_problem problem = { "" };
	uint8_t fingerprint[32];
	bool is_locked;

	return tally_provider_soft.read(soft, work->i, SOON, &value, &is_locked, &problem) == TALLY_OK &&
	       tally_provider_soft.extend(soft, work->i, &work->digests, SOON, &problem) == TALLY_PERMISSION &&
	       strstr(problem.text, work->directory) &&
	       tally_soft_fingerprint(soft, fingerprint, &problem) == TALLY_PERMISSION;
}

static bool nobody_works(void *context)
{
	return setgid(NOBODY) == 0 && setuid(NOBODY) == 0 && work_in_child(context);
}

static bool nobody_is_refused(void *context)
{
	const struct work *work = context;
	struct tally_problem problem;
	void *soft;

	return setgid(NOBODY) == 0 && setuid(NOBODY) == 0 &&
	       soft_try_open(work->directory, NULL, &soft, &problem) == TALLY_PERMISSION &&
	       strstr(problem.text, work->directory);
}

static void rights_are_those_of_the_files(void **state)
{
	struct work work = { .directory = directory };

	(void)state;
	if (geteuid() != 0)
		skip();
	/* A directory that it may enter but not write to, with nothing in it. */
	assert_int_equal(chmod(directory, 0755), 0);
	assert_true(child_succeeds(child_start(nobody_is_refused, &work)));
	assert_int_equal(chown(directory, 0, NOBODY), 0);
	assert_int_equal(chmod(directory, 0750), 0);
	work = work_of(TALLY_SOFT_DEFAULT, 0, act_as_group);
	assert_true(child_succeeds(child_start(nobody_works, &work)));
	assert_int_equal(chmod(directory, 0700), 0);
	assert_true(child_succeeds(child_start(nobody_is_refused, &work)));
}

static enum tally_status open_and_use(void)
{
	struct tally_problem problem;
	uint8_t fingerprint[32];
	enum tally_status status;
	void *soft;

	status = soft_try_open(directory, NULL, &soft, &problem);
	if (status != TALLY_OK)
		return status;
	status = tally_soft_fingerprint(soft, fingerprint, &problem);
	if (status == TALLY_OK)
		status = soft_extend(soft, 0, 0x11);
	soft_close(soft);
	return status;
}

/* From nothing, and from a state that is there. */
static void each_allocation_fails(void **state)
{
	enum tally_status status;

	(void)state;
	for (int is_there = 0; is_there < 2; is_there++) {
		for (unsigned n = 1;; n++) {
			if (!is_there) {
				directory_remove(directory);
				directory_new(directory);
			}
			alloc_fail_at(n);
			status = open_and_use();
			if (!alloc_fail_end()) {
				assert_true(n > 2);
				break;
			}
			assert_int_equal(status, TALLY_NO_MEMORY);
			assert_int_equal(open_and_use(), TALLY_OK);
		}
		assert_int_equal(status, TALLY_OK);
	}
}

/* Reading and extending allocate nothing. */
static void calls_do_not_allocate(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_TPM);

	(void)state;
	soft_read(soft, 0);
	alloc_fail_at(1);
	assert_int_equal(soft_extend(soft, 0, 0x11), TALLY_OK);
	soft_read(soft, 0);
	assert_false(alloc_fail_end());
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
		CRASH_TEST(processes_extend_one_register_together),
		CRASH_TEST(racing_processes_make_one_state),
		CRASH_TEST(held_lock_ends_at_the_deadline),
		CRASH_TEST(child_must_open_its_own),
		CRASH_TEST(missing_or_wrong_keys_are_told),
		CRASH_TEST(rights_are_those_of_the_files),
		CRASH_TEST(each_allocation_fails),
		CRASH_TEST(calls_do_not_allocate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
