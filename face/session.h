/* SPDX-License-Identifier: BSD-2-Clause */
/* The threads that read requests from a FUSE connection. */
#ifndef TALLY_FACE_SESSION_H
#define TALLY_FACE_SESSION_H

#include <pthread.h>
#include <stdatomic.h>

#include "../core/bytes.h"
#include "../core/status.h"

struct fuse_session;

#define TALLY_SESSION_THREADS 40

/* One of them always reads while the others work, up to the limit. lock protects the counts. */
struct tally_session {
	struct fuse_session *fuse;
	pthread_mutex_t lock;
	pthread_cond_t change;
	unsigned thread_count;
	unsigned reading_count;
	pthread_t thread[TALLY_SESSION_THREADS];
	bool is_alive[TALLY_SESSION_THREADS];
	bool is_stopping;
};

/* fuse: has a connection, and is the caller's. */
void tally_session_init(struct tally_session *session, struct fuse_session *fuse);
void tally_session_done(struct tally_session *session);

/* Serve until tally_session_stop, or until nobody can send requests any more. TALLY_NO_MEMORY: no thread was made. */
TALLY_MUST_CHECK enum tally_status tally_session_run(struct tally_session *session);

/* Let tally_session_run come back, from any thread. */
void tally_session_stop(struct tally_session *session);

/* After tally_session_run: wait for the threads that still work, at most so long. False if there are some. */
bool tally_session_wait(struct tally_session *session, unsigned milliseconds);

#endif
