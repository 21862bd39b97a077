// SPDX-License-Identifier: BSD-2-Clause
/* The soft provider by itself: killed at every system call, and every call that changes a file fails or falls short. */
#include "../unit/soft_work.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "trace.h"

/* The traced child must end well unless it is killed. */
static void traced_work(void *context)
{
	if (!work_in_child(context))
		_exit(1);
}

static bool run_and_kill(struct work *work, unsigned stop)
{
	struct trace_plan plan = { .kill_at = stop };

	return trace_run(traced_work, work, &plan).was_killed;
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
		was_killed = run_and_kill(&work, stop);
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

		was_killed = run_and_kill(&work, stop);
		assert_value(soft, 4, &before);
		run_and_kill(&release, stop);
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
		was_killed = run_and_kill(&work, stop);
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

/* --- calls that fail --- */

enum fault { FAILS = 1, IS_FULL, FALLS_SHORT, FAULT_END };

/* What the child answered, in memory that it shares with the test. */
struct answer {
	volatile enum tally_status open, extend;
};

struct deed {
	struct tally_soft_options options;
	struct tally_digests digests;
	struct answer *answer;
};

static void open_and_extend(void *context)
{
	struct deed *deed = context;
	struct tally_problem problem;
	void *soft;

	deed->answer->open = soft_try_open(directory, &deed->options, &soft, &problem);
	if (deed->answer->open != TALLY_OK)
		_exit(problem.text[0] ? 0 : 1);
	deed->answer->extend = tally_provider_soft.extend(soft, 0, &deed->digests, SOON, &problem);
	soft_close(soft);
	if (deed->answer->extend != TALLY_OK && !problem.text[0])
		_exit(1);
}

/* Which call is hit, and how; counts of what was seen. */
struct injection {
	enum fault fault; /* 0: none */
	unsigned target;  /* of the calls that change files, from 1 */
	unsigned seen;
	unsigned syncs, data_syncs;
};

static bool call_changes_files(const struct trace_call *call)
{
	switch (call->number) {
	case SYS_openat:
		return call->argument[2] & O_CREAT;
	case SYS_write:
	case SYS_pwrite64:
	case SYS_ftruncate:
	case SYS_fsync:
	case SYS_fdatasync:
	case SYS_fchmod:
	case SYS_fchown:
#ifdef SYS_renameat
	case SYS_renameat:
#endif
	case SYS_renameat2:
		return true;
	default:
		return false;
	}
}

static struct trace_order inject(void *context, const struct trace_call *call)
{
	struct injection *injection = context;
	struct trace_order order = { 0 };

	injection->syncs += call->number == SYS_fsync;
	injection->data_syncs += call->number == SYS_fdatasync;
	if (!call_changes_files(call) || ++injection->seen != injection->target)
		return order;
	order.is_halved =
		injection->fault == FALLS_SHORT && (call->number == SYS_write || call->number == SYS_pwrite64);
	if (!order.is_halved)
		order.error = injection->fault == IS_FULL ? ENOSPC : EIO;
	return order;
}

static struct answer *answer_new(void)
{
	void *memory = mmap(NULL, sizeof(struct answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);
	return memory;
}

/* What was answered holds, and the next process goes on from there. */
static void assert_answer_holds(const struct answer *answer)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	struct tally_digests reset = tally_provider_soft.registers(soft)->item[0].reset;
	struct tally_digests after = soft_after(soft, 0, &reset, 0x5a);
	struct tally_digests value;
	uint8_t fingerprint[32];

	if (answer->open != TALLY_OK)
		assert_value(soft, 0, &reset);
	else if (answer->extend == TALLY_OK)
		assert_value(soft, 0, &after);
	else
		assert_one_of(soft, 0, &reset, &after);
	value = soft_read(soft, 0);
	assert_int_equal(soft_extend(soft, 0, 0x11), TALLY_OK);
	after = soft_after(soft, 0, &value, 0x11);
	assert_value(soft, 0, &after);
	assert_int_equal(tally_soft_fingerprint(soft, fingerprint, NULL), TALLY_OK);
	soft_close(soft);
}

/* From an empty directory, and with a state that is there. */
static void every_change_of_a_file_fails(void **state)
{
	struct deed deed = { .options = { .is_durable = true }, .answer = answer_new() };
	struct tally_soft_options options = { .is_durable = true };

	(void)state;
	for (int is_there = 0; is_there < 2; is_there++) {
		for (unsigned fault = FAILS; fault < FAULT_END; fault++) {
			struct injection injection = { .fault = (enum fault)fault };
			unsigned failures = 0;

			for (injection.target = 1; injection.seen >= injection.target - 1; injection.target++) {
				struct trace_plan plan = { .decide = inject, .context = &injection };
				struct tally_problem problem;
				void *soft;

				directory_remove(directory);
				directory_new(directory);
				assert_int_equal(soft_try_open(directory, &options, &soft, &problem), TALLY_OK);
				deed.digests = soft_digests(soft, 0, 0x5a);
				soft_close(soft);
				if (!is_there) {
					directory_remove(directory);
					directory_new(directory);
				}
				injection.seen = 0;
				trace_run(open_and_extend, &deed, &plan);
				failures += deed.answer->open != TALLY_OK || deed.answer->extend != TALLY_OK;
				assert_answer_holds(deed.answer);
			}
			assert_true(failures >= (is_there ? 1 : 10));
		}
	}
	munmap(deed.answer, sizeof(*deed.answer));
}

static struct injection count_syncs(bool is_durable)
{
	struct deed deed = { .options = { .is_durable = is_durable }, .answer = answer_new() };
	struct injection injection = { 0 };
	struct trace_plan plan = { .decide = inject, .context = &injection };
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);

	deed.digests = soft_digests(soft, 0, 0x5a);
	soft_close(soft);
	directory_remove(directory);
	directory_new(directory);
	trace_run(open_and_extend, &deed, &plan);
	assert_int_equal(deed.answer->extend, TALLY_OK);
	munmap(deed.answer, sizeof(*deed.answer));
	return injection;
}

/*
 * Key and registers and their names are on the disk before they are used. Each extend of a durable state is
 * there before it is answered; others do not wait for a disk.
 */
static void syncs_are_where_they_must_be(void **state)
{
	(void)state;
	for (int is_durable = 0; is_durable < 2; is_durable++) {
		struct injection counted = count_syncs(is_durable);

		assert_int_equal(counted.syncs, 4);
		assert_int_equal(counted.data_syncs, is_durable);
	}
}

int main(void)
{
#define SOFT_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		SOFT_TEST(extend_is_killed),
		SOFT_TEST(extend_of_three_banks_is_killed),
		SOFT_TEST(reset_is_killed),
		SOFT_TEST(late_extend_is_killed),
		SOFT_TEST(creation_is_killed),
		SOFT_TEST(every_change_of_a_file_fails),
		SOFT_TEST(syncs_are_where_they_must_be),
	};

	if (!trace_is_possible()) {
		puts("1..0 # SKIP ptrace is not allowed here");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
