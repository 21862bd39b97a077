// SPDX-License-Identifier: BSD-2-Clause
/* Those who wait for records are woken: by a record, by their deadline, when they gave up, and at the end. */
#include "world.h"

#include <stdatomic.h>

#include "../../face/log_watch.h"

/* Counts how often it was woken. */
struct sleeper {
	struct tally_log_waiter waiter;
	atomic_uint woken;
};

static void count_wake(struct tally_log_waiter *waiter)
{
	struct sleeper *sleeper = (struct sleeper *)(void *)waiter;

	atomic_fetch_add(&sleeper->woken, 1);
}

static void expect_woken(struct sleeper *sleeper)
{
	tally_deadline patience = tally_deadline_after(20);

	while (!atomic_load(&sleeper->woken) && !tally_deadline_has_passed(patience))
		usleep(1000);
	assert_int_equal(atomic_load(&sleeper->woken), 1);
	atomic_store(&sleeper->woken, 0);
}

static void those_who_wait_are_woken(void **state)
{
	struct world *world = *state;
	struct sleeper due = { .waiter = { .wake = count_wake } };
	struct sleeper cancelled = { .waiter = { .wake = count_wake, .deadline = tally_deadline_after(60) } };
	struct sleeper late = { .waiter = { .wake = count_wake, .deadline = tally_deadline_after(60) } };
	struct sleeper last = { .waiter = { .wake = count_wake, .deadline = tally_deadline_after(60) } };
	struct tally_log_watch *watch;
	struct tally_cancel cancel;

	world_open(world);
	assert_int_equal(tally_log_watch_new(world->path, &watch), TALLY_OK);
	/* Without having looked: what changed before may have been missed. */
	due.waiter.deadline = tally_deadline_after(60);
	tally_log_watch_add(watch, &due.waiter);
	expect_woken(&due);
	due.waiter.deadline = tally_deadline_after(0);
	due.waiter.generation = tally_log_watch_generation(watch);
	tally_log_watch_add(watch, &due.waiter);
	expect_woken(&due);
	tally_cancel_init(&cancel);
	cancelled.waiter.cancel = &cancel;
	tally_log_watch_add(watch, &cancelled.waiter);
	tally_cancel_set(&cancel);
	expect_woken(&cancelled);
	tally_cancel_done(&cancel);
	/* What changed before one waits, and after it looked. */
	tally_log_watch_add(watch, &last.waiter);
	extend_ok(world, "rtmr3", "app");
	expect_woken(&last);
	tally_log_watch_add(watch, &late.waiter);
	expect_woken(&late);
	/* The end wakes who is left. */
	last.waiter.generation = tally_log_watch_generation(watch);
	tally_log_watch_add(watch, &last.waiter);
	tally_log_watch_stop(watch);
	expect_woken(&last);
	tally_log_watch_add(watch, &last.waiter);
	expect_woken(&last);
	tally_log_watch_free(watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(those_who_wait_are_woken, world_make, world_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
