// SPDX-License-Identifier: BSD-2-Clause
/* The threads that read requests from a FUSE connection. */
#define FUSE_USE_VERSION 312

#include "session.h"

#include <errno.h>
#include <fuse3/fuse_lowlevel.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define WAKE SIGUSR2 /* ends a read(2) of a thread */

void tally_session_init(struct tally_session *session, struct fuse_session *fuse)
{
	pthread_condattr_t attributes;

	memset(session, 0, sizeof(*session));
	session->fuse = fuse;
	pthread_mutex_init(&session->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&session->change, &attributes);
	pthread_condattr_destroy(&attributes);
}

void tally_session_done(struct tally_session *session)
{
	pthread_cond_destroy(&session->change);
	pthread_mutex_destroy(&session->lock);
}

static void *serve(void *context);

/* A thread that has counted itself out has nothing left to do, so that this does not wait. */
static void join_held(struct tally_session *session)
{
	for (unsigned i = 0; i < TALLY_SESSION_THREADS; i++) {
		if (!session->is_ended[i])
			continue;
		pthread_join(session->thread[i], NULL);
		session->is_ended[i] = false;
	}
}

static bool start_held(struct tally_session *session)
{
	unsigned i = 0;

	join_held(session);
	while (i < TALLY_SESSION_THREADS && session->is_alive[i])
		i++;
	if (i == TALLY_SESSION_THREADS || pthread_create(&session->thread[i], NULL, serve, session) != 0)
		return false;
	session->is_alive[i] = true;
	session->thread_count++;
	return true;
}

/* This thread is one too many, and ends when it has answered. */
static _Thread_local bool is_surplus;

void tally_session_keep(struct tally_session *session, bool begins)
{
	unsigned spare;

	pthread_mutex_lock(&session->lock);
	session->kept_count += begins ? 1U : -1U;
	spare = session->thread_count - session->kept_count;
	if (begins && spare < TALLY_SESSION_SPARE && !session->is_stopping)
		start_held(session);
	else if (!begins && spare > TALLY_SESSION_KEPT)
		is_surplus = true;
	pthread_mutex_unlock(&session->lock);
}

static void remove_held(struct tally_session *session)
{
	for (unsigned i = 0; i < TALLY_SESSION_THREADS; i++) {
		if (!session->is_alive[i] || !pthread_equal(session->thread[i], pthread_self()))
			continue;
		session->is_alive[i] = false;
		session->is_ended[i] = true;
	}
	session->thread_count--;
	pthread_cond_broadcast(&session->change);
}

/* Counted out while the lock is held, so that they do not all go. Who was does not touch the session any more. */
static bool leaves_as_surplus(struct tally_session *session)
{
	if (!is_surplus)
		return false;
	pthread_mutex_lock(&session->lock);
	is_surplus = session->thread_count - session->kept_count > TALLY_SESSION_KEPT;
	if (is_surplus)
		remove_held(session);
	pthread_mutex_unlock(&session->lock);
	return is_surplus;
}

/* One ends because all do. */
static void leave(struct tally_session *session)
{
	pthread_mutex_lock(&session->lock);
	session->is_stopping = true;
	remove_held(session);
	pthread_mutex_unlock(&session->lock);
}

static bool is_stopping(struct tally_session *session)
{
	bool stops;

	pthread_mutex_lock(&session->lock);
	stops = session->is_stopping;
	pthread_mutex_unlock(&session->lock);
	return stops;
}

/* False when it is time to end. */
static bool serve_one(struct tally_session *session, struct fuse_buf *buffer)
{
	int size;

	do
		size = is_stopping(session) ? 0 : fuse_session_receive_buf(session->fuse, buffer);
	while (size == -EINTR);
	if (size > 0)
		fuse_session_process_buf(session->fuse, buffer);
	return size > 0;
}

static void *serve(void *context)
{
	struct tally_session *session = context;
	struct fuse_buf buffer = { .mem = NULL };
	bool is_counted_out = false;

	while (!is_counted_out && serve_one(session, &buffer))
		is_counted_out = leaves_as_surplus(session);
	free(buffer.mem);
	if (!is_counted_out)
		leave(session);
	return NULL;
}

static void wake(int number)
{
	(void)number;
}

/* A signal that comes before the read(2) is lost, so it is sent until they are gone. */
static void wake_readers_held(struct tally_session *session)
{
	for (unsigned i = 0; i < TALLY_SESSION_THREADS; i++)
		if (session->is_alive[i])
			pthread_kill(session->thread[i], WAKE);
}

static void wait_held(struct tally_session *session, unsigned milliseconds)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)milliseconds * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&session->change, &session->lock, &until);
}

enum tally_status tally_session_run(struct tally_session *session)
{
	const struct sigaction action = { .sa_handler = wake };
	enum tally_status status;

	sigaction(WAKE, &action, NULL);
	pthread_mutex_lock(&session->lock);
	status = start_held(session) && start_held(session) ? TALLY_OK : TALLY_NO_MEMORY;
	while (status == TALLY_OK && !session->is_stopping)
		pthread_cond_wait(&session->change, &session->lock);
	pthread_mutex_unlock(&session->lock);
	return status;
}

void tally_session_stop(struct tally_session *session)
{
	pthread_mutex_lock(&session->lock);
	session->is_stopping = true;
	pthread_cond_broadcast(&session->change);
	pthread_mutex_unlock(&session->lock);
}

bool tally_session_wait(struct tally_session *session, unsigned milliseconds)
{
	unsigned waited = 0;
	bool is_done;

	pthread_mutex_lock(&session->lock);
	while (session->thread_count > 0 && waited < milliseconds) {
		wake_readers_held(session);
		wait_held(session, 10);
		waited += 10;
	}
	is_done = session->thread_count == 0;
	pthread_mutex_unlock(&session->lock);
	/* Nobody starts or leaves any more. */
	if (is_done)
		join_held(session);
	return is_done;
}
