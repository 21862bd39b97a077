// SPDX-License-Identifier: BSD-2-Clause
/* Work that waits: lanes with their limits, and requests that are answered exactly once. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../face/lanes.h"
#include "../../face/waiting.h"

#define INLINE 2
#define WORKERS 3
#define JOBS 20

/* Jobs that stay until they are let go, and what was seen of them. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	unsigned running;
	unsigned most;
	unsigned done;
	bool is_open;
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER };

static void gate_reset(bool is_open)
{
	gate.running = 0;
	gate.most = 0;
	gate.done = 0;
	gate.is_open = is_open;
}

static void gate_open(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.is_open = true;
	pthread_cond_broadcast(&gate.change);
	pthread_mutex_unlock(&gate.lock);
}

/* Wait until so many run or are done. */
static void gate_await(const unsigned *count, unsigned wanted)
{
	pthread_mutex_lock(&gate.lock);
	while (*count < wanted)
		pthread_cond_wait(&gate.change, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

static void job_run(struct tally_job *job)
{
	(void)job;
	pthread_mutex_lock(&gate.lock);
	gate.running++;
	if (gate.running > gate.most)
		gate.most = gate.running;
	pthread_cond_broadcast(&gate.change);
	while (!gate.is_open)
		pthread_cond_wait(&gate.change, &gate.lock);
	gate.running--;
	gate.done++;
	pthread_cond_broadcast(&gate.change);
	pthread_mutex_unlock(&gate.lock);
}

static struct tally_lane lane;

static void *bring(void *context)
{
	tally_lane_run(&lane, context);
	return NULL;
}

static void few_do_it_themselves(void **state)
{
	struct tally_job job = { .run = job_run };

	(void)state;
	gate_reset(true);
	tally_lane_init(&lane, INLINE, WORKERS);
	tally_lane_run(&lane, &job);
	/* It was done when this came back, and no worker was made for it. */
	assert_int_equal(gate.done, 1);
	assert_int_equal(lane.worker_count, 0);
	assert_true(tally_lane_end(&lane, 10000));
}

static void many_are_done_by_workers(void **state)
{
	struct tally_job job[JOBS];
	pthread_t thread[JOBS];

	(void)state;
	gate_reset(false);
	tally_lane_init(&lane, INLINE, WORKERS);
	for (unsigned i = 0; i < JOBS; i++) {
		job[i].run = job_run;
		assert_int_equal(pthread_create(&thread[i], NULL, bring, &job[i]), 0);
	}
	/* All but those inside have come back, although nothing is done. */
	gate_await(&gate.running, INLINE + WORKERS);
	gate_open();
	gate_await(&gate.done, JOBS);
	assert_int_equal(gate.most, INLINE + WORKERS);
	for (unsigned i = 0; i < JOBS; i++)
		pthread_join(thread[i], NULL);
	assert_true(tally_lane_end(&lane, 10000));
}

/* A worker that was woken and has not come yet is one worker, not one for each piece. */
static void a_woken_worker_is_not_counted_twice(void **state)
{
	struct tally_job job[3] = { { .run = job_run }, { .run = job_run }, { .run = job_run } };
	unsigned idle = 0;

	(void)state;
	gate_reset(true);
	tally_lane_init(&lane, 0, WORKERS);
	tally_lane_queue(&lane, &job[0]);
	while (idle != 1) {
		pthread_mutex_lock(&lane.lock);
		idle = lane.idle_count;
		pthread_mutex_unlock(&lane.lock);
		usleep(1000);
	}
	gate_reset(false);
	tally_lane_queue(&lane, &job[1]);
	tally_lane_queue(&lane, &job[2]);
	/* Neither ends before both have begun. */
	gate_await(&gate.running, 2);
	gate_open();
	gate_await(&gate.done, 2);
	assert_true(tally_lane_end(&lane, 10000));
}

static void a_lane_that_is_busy_does_not_end(void **state)
{
	struct tally_job job = { .run = job_run };

	(void)state;
	gate_reset(false);
	tally_lane_init(&lane, 0, 1);
	tally_lane_queue(&lane, &job);
	gate_await(&gate.running, 1);
	assert_false(tally_lane_end(&lane, 20));
	gate_open();
	gate_await(&gate.done, 1);
	assert_true(tally_lane_end(&lane, 10000));
}

/* --- requests --- */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	unsigned count;
	void *request;
	int error;
} failed = { .lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER };

static void note_failure(void *request, int error)
{
	pthread_mutex_lock(&failed.lock);
	failed.count++;
	failed.request = request;
	failed.error = error;
	pthread_cond_broadcast(&failed.change);
	pthread_mutex_unlock(&failed.lock);
}

static void await_failure(void)
{
	pthread_mutex_lock(&failed.lock);
	while (failed.count == 0)
		pthread_cond_wait(&failed.change, &failed.lock);
	pthread_mutex_unlock(&failed.lock);
}

static struct tally_waiting_list list;

static void list_begin(void)
{
	failed.count = 0;
	assert_int_equal(tally_waiting_init(&list, note_failure), TALLY_OK);
}

static struct tally_waiting waiting_for(int *request, pid_t thread, struct tally_cancel *cancel)
{
	struct tally_waiting waiting = { .request = request, .thread = thread, .cancel = cancel };

	waiting.deadline = tally_deadline_after(60);
	return waiting;
}

static void a_request_is_answered_once(void **state)
{
	int request = 0;
	struct tally_cancel cancel;
	struct tally_waiting waiting;

	(void)state;
	tally_cancel_init(&cancel);
	waiting = waiting_for(&request, 0, &cancel);
	list_begin();
	tally_waiting_add(&list, &waiting);
	assert_true(tally_waiting_take(&list, &waiting));
	assert_false(tally_waiting_take(&list, &waiting));
	waiting = waiting_for(&request, 0, &cancel);
	tally_waiting_add(&list, &waiting);
	tally_waiting_fail_all(&list, ECONNABORTED);
	assert_int_equal(failed.count, 1);
	assert_ptr_equal(failed.request, &request);
	assert_int_equal(failed.error, ECONNABORTED);
	assert_true(tally_cancel_is_set(&cancel));
	assert_false(tally_waiting_take(&list, &waiting));
	tally_waiting_done(&list);
	tally_cancel_done(&cancel);
}

static void an_old_request_times_out(void **state)
{
	int request = 0;
	struct tally_waiting waiting = waiting_for(&request, 0, NULL);

	(void)state;
	waiting.deadline = 1; /* long ago */
	list_begin();
	tally_waiting_add(&list, &waiting);
	await_failure();
	assert_int_equal(failed.error, ETIMEDOUT);
	assert_false(tally_waiting_take(&list, &waiting));
	tally_waiting_done(&list);
}

/* What a caller was told had failed is not begun; what was begun is not said to have failed. */
static void late_work_is_told_as_it_is(void **state)
{
	int request = 0;
	struct tally_waiting waiting = waiting_for(&request, 0, NULL);

	(void)state;
	waiting.deadline = 1;
	list_begin();
	tally_waiting_add(&list, &waiting);
	await_failure();
	assert_false(tally_waiting_begin(&list, &waiting));
	tally_waiting_done(&list);

	waiting = waiting_for(&request, 0, NULL);
	list_begin();
	assert_true(tally_waiting_begin(&list, &waiting));
	waiting.deadline = 1;
	tally_waiting_add(&list, &waiting);
	await_failure();
	assert_int_equal(failed.error, EIO);
	tally_waiting_done(&list);
}

/* A process that stops itself: what is sent to it then stays pending. */
static pid_t start_stopped(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		raise(SIGSTOP);
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_true(WIFSTOPPED(status));
	return child;
}

/* As Go's runtime interrupts its own threads all the time. */
static void a_signal_that_does_not_kill_is_no_end(void **state)
{
	int request = 0, other = 0;
	pid_t child = start_stopped();
	struct tally_waiting waiting = waiting_for(&request, child, NULL);

	(void)state;
	list_begin();
	tally_waiting_add(&list, &waiting);
	kill(child, SIGURG);
	tally_waiting_interrupt(&list, &request);
	tally_waiting_interrupt(&list, &other); /* was answered */
	assert_false(tally_thread_is_dying(child));
	assert_false(tally_thread_is_dying(getpid()));
	assert_true(tally_waiting_take(&list, &waiting));
	assert_int_equal(failed.count, 0);
	tally_waiting_done(&list);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void nobody_is_dying_who_is_not_there(void **state)
{
	pid_t child = fork();

	(void)state;
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	/* It can't be seen, so it is not known: its deadline will tell. */
	assert_false(tally_thread_is_dying(child));
}

static void a_cancel_can_be_polled(void **state)
{
	struct tally_cancel cancel;
	uint64_t count = 0;

	(void)state;
	tally_cancel_init(&cancel);
	tally_cancel_set(&cancel);
	tally_cancel_set(&cancel);
	assert_true(tally_cancel_is_set(&cancel));
	assert_int_equal(read(tally_cancel_fd(&cancel), &count, sizeof(count)), sizeof(count));
	tally_cancel_done(&cancel);
	tally_cancel_init(&cancel);
	assert_int_equal(read(tally_cancel_fd(&cancel), &count, sizeof(count)), -1);
	tally_cancel_set(&cancel);
	assert_int_equal(read(tally_cancel_fd(&cancel), &count, sizeof(count)), sizeof(count));
	tally_cancel_done(&cancel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_do_it_themselves),
		cmocka_unit_test(many_are_done_by_workers),
		cmocka_unit_test(a_woken_worker_is_not_counted_twice),
		cmocka_unit_test(a_lane_that_is_busy_does_not_end),
		cmocka_unit_test(a_request_is_answered_once),
		cmocka_unit_test(an_old_request_times_out),
		cmocka_unit_test(late_work_is_told_as_it_is),
		cmocka_unit_test(a_signal_that_does_not_kill_is_no_end),
		cmocka_unit_test(nobody_is_dying_who_is_not_there),
		cmocka_unit_test(a_cancel_can_be_polled),
	};

	return cmocka_run_group_tests_name("lanes", tests, NULL, NULL);
}
