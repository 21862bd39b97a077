// SPDX-License-Identifier: BSD-2-Clause
/* Requests that wait: each is answered exactly once. */
#include "waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LOOK_AGAIN_MS 50    /* while a caller that got a signal waits */
#define LOOK_AROUND_MS 1000 /* while anybody does */
#define STATUS_ROOM 4096
#define GRACE_NS UINT64_C(5000000000) /* the work has the deadline too, and answers better than we do */

static void unlink_held(struct tally_waiting_list *list, struct tally_waiting *waiting)
{
	if (waiting->previous)
		waiting->previous->next = waiting->next;
	else
		list->first = waiting->next;
	if (waiting->next)
		waiting->next->previous = waiting->previous;
	waiting->request = NULL;
}

static void fail_held(struct tally_waiting_list *list, struct tally_waiting *waiting, int error)
{
	void *request = waiting->request;
	struct tally_cancel *cancel = waiting->cancel;

	unlink_held(list, waiting);
	if (cancel)
		tally_cancel_set(cancel);
	list->fail(request, error);
}

/*
 * A signal that kills has SIGKILL added to every thread. Others, which Go sends itself all the time, are for after
 * the call: the kernel's own report can't be interrupted by them either.
 */
bool tally_thread_is_dying(pid_t thread)
{
	char path[64], text[STATUS_ROOM];
	const char *pending;
	ssize_t size;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (size < 0)
		return errno == ESRCH;
	text[size] = 0;
	pending = strstr(text, "\nSigPnd:");
	return pending && strtoull(pending + 8, NULL, 16) >> (SIGKILL - 1) & 1;
}

/* True if somebody who got a signal goes on waiting. */
static bool look_held(struct tally_waiting_list *list)
{
	struct timespec now;
	uint64_t nanoseconds;
	bool is_any_interrupted = false;
	struct tally_waiting *next;

	clock_gettime(CLOCK_MONOTONIC, &now);
	nanoseconds = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	for (struct tally_waiting *waiting = list->first; waiting; waiting = next) {
		next = waiting->next;
		if (waiting->is_interrupted && waiting->thread && tally_thread_is_dying(waiting->thread))
			fail_held(list, waiting, EINTR);
		else if (nanoseconds > waiting->deadline && nanoseconds - waiting->deadline > GRACE_NS)
			fail_held(list, waiting, waiting->is_begun ? EIO : ETIMEDOUT);
		else
			is_any_interrupted |= waiting->is_interrupted;
	}
	return is_any_interrupted;
}

static void wait_held(struct tally_waiting_list *list, unsigned milliseconds)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += milliseconds / 1000;
	until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&list->change, &list->lock, &until);
}

static void *keep(void *context)
{
	struct tally_waiting_list *list = context;

	pthread_mutex_lock(&list->lock);
	while (!list->is_ending) {
		bool is_any_interrupted = look_held(list);

		if (list->first) {
			wait_held(list, is_any_interrupted ? LOOK_AGAIN_MS : LOOK_AROUND_MS);
			continue;
		}
		list->is_asleep = true;
		pthread_cond_wait(&list->change, &list->lock);
		list->is_asleep = false;
		/* Most are answered soon: one look a while later is early enough. */
		if (!list->is_ending)
			wait_held(list, LOOK_AROUND_MS);
	}
	pthread_mutex_unlock(&list->lock);
	return NULL;
}

enum tally_status tally_waiting_init(struct tally_waiting_list *list, tally_waiting_fail *fail)
{
	pthread_condattr_t attributes;

	memset(list, 0, sizeof(*list));
	list->fail = fail;
	pthread_mutex_init(&list->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&list->change, &attributes);
	pthread_condattr_destroy(&attributes);
	return pthread_create(&list->keeper, NULL, keep, list) == 0 ? TALLY_OK : TALLY_NO_MEMORY;
}

void tally_waiting_done(struct tally_waiting_list *list)
{
	pthread_mutex_lock(&list->lock);
	list->is_ending = true;
	pthread_cond_signal(&list->change);
	pthread_mutex_unlock(&list->lock);
	pthread_join(list->keeper, NULL);
	pthread_cond_destroy(&list->change);
	pthread_mutex_destroy(&list->lock);
}

void tally_waiting_add(struct tally_waiting_list *list, struct tally_waiting *waiting)
{
	pthread_mutex_lock(&list->lock);
	waiting->previous = NULL;
	waiting->next = list->first;
	if (list->first)
		list->first->previous = waiting;
	list->first = waiting;
	if (list->is_asleep)
		pthread_cond_signal(&list->change);
	pthread_mutex_unlock(&list->lock);
}

bool tally_waiting_take(struct tally_waiting_list *list, struct tally_waiting *waiting)
{
	bool is_ours;

	pthread_mutex_lock(&list->lock);
	is_ours = waiting->request != NULL;
	if (is_ours)
		unlink_held(list, waiting);
	pthread_mutex_unlock(&list->lock);
	return is_ours;
}

bool tally_waiting_begin(struct tally_waiting_list *list, struct tally_waiting *waiting)
{
	bool is_waited_for;

	pthread_mutex_lock(&list->lock);
	is_waited_for = waiting->request != NULL;
	waiting->is_begun = true;
	pthread_mutex_unlock(&list->lock);
	return is_waited_for;
}

void tally_waiting_interrupt(struct tally_waiting_list *list, void *request)
{
	struct tally_waiting *waiting;

	pthread_mutex_lock(&list->lock);
	for (waiting = list->first; waiting && waiting->request != request; waiting = waiting->next)
		;
	if (waiting) {
		waiting->is_interrupted = true;
		pthread_cond_signal(&list->change);
	}
	pthread_mutex_unlock(&list->lock);
}

void tally_waiting_fail_all(struct tally_waiting_list *list, int error)
{
	pthread_mutex_lock(&list->lock);
	while (list->first)
		fail_held(list, list->first, error);
	pthread_mutex_unlock(&list->lock);
}
