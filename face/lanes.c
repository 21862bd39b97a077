// SPDX-License-Identifier: BSD-2-Clause
/* Work that waits for something: in the thread that brought it while few do, by threads of its own otherwise. */
#include "lanes.h"

#include <assert.h>
#include <time.h>

void tally_lane_init(struct tally_lane *lane, unsigned inline_limit, unsigned worker_limit)
{
	pthread_condattr_t attributes;

	assert(worker_limit <= TALLY_LANE_WORKERS);
	memset(lane, 0, sizeof(*lane));
	lane->inline_limit = inline_limit;
	lane->worker_limit = worker_limit;
	lane->last = &lane->first;
	pthread_mutex_init(&lane->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&lane->change, &attributes);
	pthread_condattr_destroy(&attributes);
}

static struct tally_job *take_held(struct tally_lane *lane)
{
	struct tally_job *job = lane->first;

	lane->first = job->next;
	if (!lane->first)
		lane->last = &lane->first;
	lane->queued_count--;
	return job;
}

static void *work(void *context)
{
	struct tally_lane *lane = context;

	pthread_mutex_lock(&lane->lock);
	while (!lane->is_ending) {
		struct tally_job *job;

		if (!lane->first) {
			lane->idle_count++;
			pthread_cond_wait(&lane->change, &lane->lock);
			lane->idle_count--;
			continue;
		}
		job = take_held(lane);
		pthread_mutex_unlock(&lane->lock);
		job->run(job);
		pthread_mutex_lock(&lane->lock);
	}
	lane->worker_count--;
	pthread_cond_broadcast(&lane->change);
	pthread_mutex_unlock(&lane->lock);
	return NULL;
}

/* A worker more if those that wait have all been woken for others. One that can't be made is missed only if there is none at all. */
static void start_worker(struct tally_lane *lane)
{
	if (pthread_create(&lane->worker[lane->started_count], NULL, work, lane) != 0)
		return;
	lane->started_count++;
	lane->worker_count++;
}

void tally_lane_queue(struct tally_lane *lane, struct tally_job *job)
{
	pthread_mutex_lock(&lane->lock);
	job->next = NULL;
	*lane->last = job;
	lane->last = &job->next;
	lane->queued_count++;
	if (lane->idle_count < lane->queued_count && lane->worker_count < lane->worker_limit)
		start_worker(lane);
	pthread_cond_signal(&lane->change);
	pthread_mutex_unlock(&lane->lock);
}

static bool enter(struct tally_lane *lane)
{
	bool has_entered;

	pthread_mutex_lock(&lane->lock);
	has_entered = lane->inline_count < lane->inline_limit && !lane->first && !lane->is_ending;
	if (has_entered)
		lane->inline_count++;
	pthread_mutex_unlock(&lane->lock);
	return has_entered;
}

static void leave(struct tally_lane *lane)
{
	pthread_mutex_lock(&lane->lock);
	lane->inline_count--;
	if (lane->is_ending)
		pthread_cond_broadcast(&lane->change);
	pthread_mutex_unlock(&lane->lock);
}

void tally_lane_run(struct tally_lane *lane, struct tally_job *job)
{
	if (!enter(lane)) {
		tally_lane_queue(lane, job);
		return;
	}
	if (lane->keep)
		lane->keep(lane->keep_context, true);
	job->run(job);
	if (lane->keep)
		lane->keep(lane->keep_context, false);
	leave(lane);
}

bool tally_lane_end(struct tally_lane *lane, unsigned milliseconds)
{
	struct timespec until;
	unsigned ended_count;
	bool is_empty;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += milliseconds / 1000;
	until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&lane->lock);
	lane->is_ending = true;
	pthread_cond_broadcast(&lane->change);
	while (lane->worker_count + lane->inline_count > 0)
		if (pthread_cond_timedwait(&lane->change, &lane->lock, &until) != 0)
			break;
	is_empty = lane->worker_count + lane->inline_count == 0 && !lane->first;
	ended_count = lane->worker_count == 0 ? lane->started_count : 0;
	lane->started_count -= ended_count;
	pthread_mutex_unlock(&lane->lock);
	for (unsigned i = 0; i < ended_count; i++)
		pthread_join(lane->worker[i], NULL);
	return is_empty;
}
