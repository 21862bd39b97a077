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
#define TALLY_SESSION_SPARE 1 /* that are not kept by work: few, so that they stay warm */
#define TALLY_SESSION_KEPT 6  /* the same, once work that kept others has ended */

/* Those that read are never all kept by work, below the limit. lock protects the counts. */
struct tally_session {
	struct fuse_session *fuse;
	pthread_mutex_t lock;
	pthread_cond_t change;
	unsigned thread_count;
	unsigned kept_count; /* of them, those that wait for something on behalf of a caller */
	pthread_t thread[TALLY_SESSION_THREADS];
	bool is_alive[TALLY_SESSION_THREADS];
	bool is_ended[TALLY_SESSION_THREADS]; /* and is to be joined */
	bool is_stopping;
};

/* fuse: has a connection, and is the caller's. */
void tally_session_init(struct tally_session *session, struct fuse_session *fuse);
void tally_session_done(struct tally_session *session);

/* Serve until tally_session_stop, or until nobody can send requests any more. TALLY_NO_MEMORY: no thread was made. */
TALLY_MUST_CHECK enum tally_status tally_session_run(struct tally_session *session);

/* The calling thread, one of the session's, begins or ends work that may keep it; others read meanwhile. */
void tally_session_keep(struct tally_session *session, bool begins);

/* Let tally_session_run come back, from any thread. */
void tally_session_stop(struct tally_session *session);

/* After tally_session_run: wait for the threads that still work, at most so long. False if there are some. */
bool tally_session_wait(struct tally_session *session, unsigned milliseconds);

#endif
