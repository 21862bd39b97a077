// SPDX-License-Identifier: BSD-2-Clause
/* The soft provider between processes and users, and with allocations that fail. */
#include "soft_work.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "alloc_fail.h"

/* The children begin together, when the test closes the other end of their channel. */
static bool act_extend_together(void *soft, const struct work *work)
{
	char nothing;

	close(work->other_end);
	return read(work->channel, &nothing, 1) == 0 && act_extend(soft, work);
}

static void processes_extend_one_register_together(void **state)
{
	enum { PROCESSES = 8, EXTENDS = 400, ALL = PROCESSES * EXTENDS };
	struct work work = work_of(TALLY_SOFT_DEFAULT, 3, act_extend_together);
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	struct tally_digests *chain = calloc(ALL + 1, sizeof(*chain));
	size_t at = 0;
	pid_t child[PROCESSES];
	int gate[2];

	(void)state;
	assert_non_null(chain);
	chain[0] = soft_read(soft, 3);
	for (size_t n = 0; n < ALL; n++)
		chain[n + 1] = soft_after(soft, 3, &chain[n], 0x5a);
	soft_close(soft);
	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	work.channel = gate[0];
	work.other_end = gate[1];
	work.count = EXTENDS;
	for (int n = 0; n < PROCESSES; n++)
		child[n] = child_start(work_in_child, &work);
	close(gate[1]);
	soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	/* A reader without the lock sees each value of the chain or skips it, and never goes back. */
	for (int reads = 0; reads < 5000; reads++) {
		struct tally_digests value = soft_read(soft, 3);

		while (at <= ALL && !tally_digests_equal(&value, &chain[at]))
			at++;
		assert_true(at <= ALL);
	}
	for (int n = 0; n < PROCESSES; n++)
		assert_true(child_succeeds(child[n]));
	assert_value(soft, 3, &chain[ALL]);
	soft_close(soft);
	close(gate[0]);
	free(chain);
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
	path_of("registers.lock", path);
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

/* Lock every file of the state that can be opened, say so, and hold the locks until told to go. */
static bool nobody_locks_all(void *context)
{
	static const char *const names[] = { "registers", "registers.lock", "key.pem" };
	const struct work *work = context;
	char path[PATH_SIZE];
	unsigned held = 0;
	char byte = 0;

	if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int fd;

		path_of(names[i], path);
		fd = open(path, O_RDONLY);
		held += fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
	}
	return held > 0 && write(work->channel, &byte, 1) == 1 && read(work->other_end, &byte, 1) == 1;
}

static void readers_hinder_nobody(void **state)
{
	struct work work = { .directory = directory };
	int ready[2], go[2];
	char byte = 0;
	pid_t child;
	void *soft;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(directory, 0, NOBODY), 0);
	assert_int_equal(chmod(directory, 0750), 0);
	soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	work.channel = ready[1];
	work.other_end = go[0];
	child = child_start(nobody_locks_all, &work);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(soft_extend(soft, 0, 0x11), TALLY_OK);
	assert_int_equal(write(go[1], &byte, 1), 1);
	assert_true(child_succeeds(child));
	soft_close(soft);
	for (int end = 0; end < 2; end++) {
		close(ready[end]);
		close(go[end]);
	}
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
#define PROCESS_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		PROCESS_TEST(processes_extend_one_register_together),
		PROCESS_TEST(racing_processes_make_one_state),
		PROCESS_TEST(held_lock_ends_at_the_deadline),
		PROCESS_TEST(child_must_open_its_own),
		PROCESS_TEST(missing_or_wrong_keys_are_told),
		PROCESS_TEST(rights_are_those_of_the_files),
		PROCESS_TEST(readers_hinder_nobody),
		PROCESS_TEST(each_allocation_fails),
		PROCESS_TEST(calls_do_not_allocate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
