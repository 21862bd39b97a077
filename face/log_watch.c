// SPDX-License-Identifier: BSD-2-Clause
/* The thread that watches the log. */
#include "log_watch.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

/* The log grows, or gives way to another. */
#define WATCHED (IN_MODIFY | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define TICK_MS 1000	  /* how soon it is seen that somebody gave up */
#define BLIND_TICK_MS 100 /* where the kernel does not tell of changes */
#define IDLE_SECONDS 5	  /* each extend pays for being watched, so nobody is after that without those who wait */
#define NANOSECONDS_OF_MILLISECOND 1000000ULL

/* lock protects what stands below it. The thread reads from the descriptors alone. */
struct tally_log_watch {
	char *directory;
	int changes; /* inotify; -1 if there is none */
	int kick;    /* eventfd: somebody was added, the watch began, or it ends */
	pthread_mutex_t lock;
	pthread_t thread;
	bool is_ending;
	int watched;	      /* the directory in changes; -1 while it is not watched */
	bool is_blind;	      /* it can't be watched: the log is looked at now and then */
	tally_deadline until; /* how long it is, if nobody waits */
	uint64_t generation;  /* counts changes that were seen */
	struct tally_log_waiter *first;
};

/* --- the thread --- */

static bool drain(int fd)
{
	_Alignas(struct inotify_event) char events[4096];
	bool was_there = false;

	while (fd >= 0 && (read(fd, events, sizeof(events)) > 0 || errno == EINTR))
		was_there = true;
	return was_there;
}

static bool is_due(const struct tally_log_waiter *waiter)
{
	return tally_deadline_has_passed(waiter->deadline) || (waiter->cancel && tally_cancel_is_set(waiter->cancel));
}

/* Take out those who are due, or all. Locked. */
static struct tally_log_waiter *take_held(struct tally_log_watch *watch, bool all)
{
	struct tally_log_waiter **place = &watch->first;
	struct tally_log_waiter *taken = NULL;

	while (*place) {
		struct tally_log_waiter *waiter = *place;

		if (!all && !is_due(waiter)) {
			place = &waiter->next;
			continue;
		}
		*place = waiter->next;
		waiter->next = taken;
		taken = waiter;
	}
	return taken;
}

static void wake_all(struct tally_log_waiter *waiter)
{
	while (waiter) {
		struct tally_log_waiter *next = waiter->next;

		waiter->next = NULL;
		waiter->wake(waiter);
		waiter = next;
	}
}

/* --- the directory --- */

/* Before the log is looked at: what changes from here on is seen. Locked. */
static void begin_held(struct tally_log_watch *watch)
{
	watch->until = tally_deadline_after(IDLE_SECONDS);
	if (watch->watched >= 0)
		return;
	watch->watched = inotify_add_watch(watch->changes, watch->directory, WATCHED);
	watch->is_blind = watch->watched < 0;
	eventfd_write(watch->kick, 1);
}

/* Locked. */
static void end_held(struct tally_log_watch *watch)
{
	if (watch->watched < 0 || watch->first || !tally_deadline_has_passed(watch->until))
		return;
	inotify_rm_watch(watch->changes, watch->watched);
	watch->watched = -1;
	drain(watch->changes);
}

/* Until the next deadline, but not so long that nobody sees who gave up; for ever while nothing is watched. Locked. */
static int timeout_held(const struct tally_log_watch *watch)
{
	tally_deadline now = tally_deadline_after(0);
	uint64_t least = watch->is_blind ? BLIND_TICK_MS : TICK_MS;

	if (!watch->first)
		return watch->watched < 0 ? -1 : TICK_MS;
	for (const struct tally_log_waiter *waiter = watch->first; waiter; waiter = waiter->next) {
		uint64_t left = waiter->deadline > now ? waiter->deadline - now : 0;

		if (left / NANOSECONDS_OF_MILLISECOND < least)
			least = left / NANOSECONDS_OF_MILLISECOND + 1;
	}
	return (int)least;
}

/* Changes are looked at while somebody waits: those of before wake who comes next once too often, and nobody too late. */
static void watch_once(struct tally_log_watch *watch, int timeout, bool is_waited_for)
{
	struct pollfd watched[2] = { { .fd = watch->kick, .events = POLLIN },
				     { .fd = is_waited_for ? watch->changes : -1, .events = POLLIN } };
	struct tally_log_waiter *taken;
	bool has_changed;
	eventfd_t kicks;

	poll(watched, 2, timeout);
	(void)eventfd_read(watch->kick, &kicks);
	pthread_mutex_lock(&watch->lock);
	has_changed = watch->first && (watch->is_blind || drain(watch->changes));
	if (has_changed)
		watch->generation++;
	taken = take_held(watch, has_changed);
	end_held(watch);
	pthread_mutex_unlock(&watch->lock);
	wake_all(taken);
}

static void *watch_log(void *context)
{
	struct tally_log_watch *watch = context;
	bool is_ending = false;

	while (!is_ending) {
		bool is_waited_for;
		int timeout;

		pthread_mutex_lock(&watch->lock);
		is_ending = watch->is_ending;
		is_waited_for = watch->first;
		timeout = timeout_held(watch);
		pthread_mutex_unlock(&watch->lock);
		if (!is_ending)
			watch_once(watch, timeout, is_waited_for);
	}
	return NULL;
}

/* --- for others --- */

static void close_descriptors(const struct tally_log_watch *watch)
{
	if (watch->changes >= 0)
		close(watch->changes);
	if (watch->kick >= 0)
		close(watch->kick);
}

enum tally_status tally_log_watch_new(const char *directory, struct tally_log_watch **ret)
{
	struct tally_log_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return TALLY_NO_MEMORY;
	watch->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	watch->changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	watch->watched = -1;
	watch->directory = strdup(directory);
	pthread_mutex_init(&watch->lock, NULL);
	if (watch->directory && watch->kick >= 0 && pthread_create(&watch->thread, NULL, watch_log, watch) == 0) {
		*ret = watch;
		return TALLY_OK;
	}
	close_descriptors(watch);
	pthread_mutex_destroy(&watch->lock);
	free(watch->directory);
	free(watch);
	return TALLY_NO_MEMORY;
}

uint64_t tally_log_watch_generation(struct tally_log_watch *watch)
{
	uint64_t generation;

	pthread_mutex_lock(&watch->lock);
	begin_held(watch);
	generation = watch->generation;
	pthread_mutex_unlock(&watch->lock);
	return generation;
}

/* Put in the list; false if it must be woken at once: what changed since it looked may have been missed. Locked. */
static bool add_held(struct tally_log_watch *watch, struct tally_log_waiter *waiter)
{
	bool is_seen = watch->watched >= 0 || watch->is_blind;

	if (watch->is_ending || watch->generation != waiter->generation || !is_seen)
		return false;
	waiter->next = watch->first;
	watch->first = waiter;
	return true;
}

void tally_log_watch_add(struct tally_log_watch *watch, struct tally_log_waiter *waiter)
{
	bool is_added;

	pthread_mutex_lock(&watch->lock);
	is_added = add_held(watch, waiter);
	pthread_mutex_unlock(&watch->lock);
	if (is_added)
		eventfd_write(watch->kick, 1);
	else
		waiter->wake(waiter);
}

void tally_log_watch_stop(struct tally_log_watch *watch)
{
	struct tally_log_waiter *left;

	pthread_mutex_lock(&watch->lock);
	watch->is_ending = true;
	pthread_mutex_unlock(&watch->lock);
	eventfd_write(watch->kick, 1);
	pthread_join(watch->thread, NULL);
	left = watch->first;
	watch->first = NULL;
	wake_all(left);
}

void tally_log_watch_free(struct tally_log_watch *watch)
{
	if (!watch)
		return;
	close_descriptors(watch);
	pthread_mutex_destroy(&watch->lock);
	free(watch->directory);
	free(watch);
}
