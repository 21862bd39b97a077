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

/* Threads come back when the connection ends, and are not joined: who waits for them looks at the count. */
static bool start_held(struct tally_session *session)
{
	pthread_attr_t attributes;
	unsigned i = 0;
	bool is_started;

	while (i < TALLY_SESSION_THREADS && session->is_alive[i])
		i++;
	if (i == TALLY_SESSION_THREADS)
		return false;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	is_started = pthread_create(&session->thread[i], &attributes, serve, session) == 0;
	pthread_attr_destroy(&attributes);
	if (!is_started)
		return false;
	session->is_alive[i] = true;
	session->thread_count++;
	session->reading_count++;
	return true;
}

/* A request was read: somebody else must be there for the next one. False when it is time to end. */
static void work_begins(struct tally_session *session)
{
	pthread_mutex_lock(&session->lock);
	session->reading_count--;
	if (session->reading_count == 0 && !session->is_stopping)
		start_held(session);
	pthread_mutex_unlock(&session->lock);
}

static bool work_ends(struct tally_session *session)
{
	bool goes_on;

	pthread_mutex_lock(&session->lock);
	session->reading_count++;
	goes_on = !session->is_stopping;
	pthread_mutex_unlock(&session->lock);
	return goes_on;
}

static void thread_ends(struct tally_session *session)
{
	pthread_mutex_lock(&session->lock);
	for (unsigned i = 0; i < TALLY_SESSION_THREADS; i++)
		if (session->is_alive[i] && pthread_equal(session->thread[i], pthread_self()))
			session->is_alive[i] = false;
	session->reading_count--;
	session->thread_count--;
	session->is_stopping = true; /* one ends because all do */
	pthread_cond_broadcast(&session->change);
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

static void *serve(void *context)
{
	struct tally_session *session = context;
	struct fuse_buf buffer = { .mem = NULL };

	for (;;) {
		int size = is_stopping(session) ? 0 : fuse_session_receive_buf(session->fuse, &buffer);

		if (size == -EINTR)
			continue;
		if (size <= 0)
			break;
		work_begins(session);
		fuse_session_process_buf(session->fuse, &buffer);
		if (!work_ends(session))
			break;
	}
	free(buffer.mem);
	thread_ends(session);
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
	status = start_held(session) ? TALLY_OK : TALLY_NO_MEMORY;
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
	return is_done;
}
