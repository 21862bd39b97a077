/* SPDX-License-Identifier: BSD-2-Clause */
/* Work that waits for something: in the thread that brought it while few do, by threads of its own otherwise. */
#ifndef TALLY_FACE_LANES_H
#define TALLY_FACE_LANES_H

#include <pthread.h>

#include "../core/status.h"
#include "../core/bytes.h"

#define TALLY_LANE_WORKERS 8

/* One piece of work, part of whatever it works on; run may free that. */
struct tally_job {
	struct tally_job *next;
	void (*run)(struct tally_job *job);
};

/*
 * One lane for each kind of work that must not wait for another kind. lock protects what stands below it. The threads
 * that bring work are never all in one lane, which is what keeps the rest answering.
 */
struct tally_lane {
	unsigned inline_limit;			  /* pieces that are done at one time by those who bring them */
	unsigned worker_limit;			  /* at most TALLY_LANE_WORKERS */
	void (*keep)(void *context, bool begins); /* told by who does a piece inline; NULL: nobody */
	void *keep_context;
	pthread_mutex_t lock;
	pthread_cond_t change;
	unsigned inline_count;
	unsigned worker_count;
	unsigned started_count; /* workers stay until the lane ends */
	pthread_t worker[TALLY_LANE_WORKERS];
	unsigned idle_count; /* workers that wait, perhaps woken for a piece already */
	unsigned queued_count;
	struct tally_job *first;
	struct tally_job **last;
	bool is_ending;
};

void tally_lane_init(struct tally_lane *lane, unsigned inline_limit, unsigned worker_limit);

/* Take no more, let what waits be, and wait until nobody works, at most so many milliseconds: false if somebody does. */
bool tally_lane_end(struct tally_lane *lane, unsigned milliseconds);

/* Do it now, or have it done. */
void tally_lane_run(struct tally_lane *lane, struct tally_job *job);

/* Have it done by another thread. */
void tally_lane_queue(struct tally_lane *lane, struct tally_job *job);

#endif
