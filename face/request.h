/* SPDX-License-Identifier: BSD-2-Clause */
/* The transaction file: one message in, one out, on the same descriptor. spec: docs/abi/request.md */
#ifndef TALLY_FACE_REQUEST_H
#define TALLY_FACE_REQUEST_H

#include <pthread.h>

#include "../authority/log_part.h"
#include "../format/response.h"
#include "caller.h"
#include "cancel.h"
#include "face.h"

/* What a message waits for: in which queue it belongs. */
enum tally_request_cost {
	TALLY_REQUEST_IS_QUICK = 1, /* registers and log; also what is refused */
	TALLY_REQUEST_SIGNS,	    /* the TSM */
	TALLY_REQUEST_WAITS	    /* records that are not there yet: it may be done again and again */
};

/* One message as it is done. It borrows the message. */
struct tally_request_job {
	struct tally_request request;
	enum tally_request_kind kind; /* for the response, also where the message is refused */
	enum tally_status status;     /* of reading it */
	enum tally_request_cost cost;
	tally_deadline deadline;
};

/* Read the message; this can't fail: a message that is refused is a job that fails. The deadline counts from now. */
void tally_request_plan(struct tally_bytes message, struct tally_request_job *ret);

/*
 * Do it, once. *ret, freed with free(), is the response as read(2) gives it, with its size in front. TALLY_OK: the
 * response says so. Another status: the response says why; *ret is NULL where there was no memory for it.
 * TALLY_TRY_AGAIN without a response: it waits for records, and there are none yet; do it again when the log has
 * changed, or at the deadline. cancel, which may be NULL: nothing is begun once it is set. place: where this reader of
 * the log has come to.
 */
TALLY_MUST_CHECK enum tally_status tally_request_execute(const struct tally_face *face,
							 const struct tally_caller *caller,
							 const struct tally_request_job *job,
							 struct tally_cancel *cancel, struct tally_log_place *place,
							 uint8_t **ret, size_t *ret_size);

/*
 * What goes on at one open transaction file. lock protects the rest; a message is done without it, by the one thread
 * that began it.
 */
struct tally_request_session {
	pthread_mutex_t lock;
	bool is_busy;
	bool has_failed; /* the response is to a request that failed: nobody need read it */
	uint8_t *response;
	size_t size;
	size_t read;
	uint64_t held; /* bytes that are charged for it */
	struct tally_log_place place;
};

void tally_request_session_init(struct tally_request_session *session);
void tally_request_session_done(struct tally_request_session *session, const struct tally_face *face,
				const struct tally_caller *caller);

/*
 * Before a message of this size is done: 0, and tally_request_session_run follows. -EMSGSIZE, and -EBUSY while another
 * is done or its response was not read to its end: nothing has changed.
 */
int tally_request_session_begin(struct tally_request_session *session, size_t size);

/*
 * Do the message, and keep the response: 0 or a negative errno for write(2). 1: it waits for records, as
 * tally_request_execute; run it again, or let it be by tally_request_session_drop.
 */
int tally_request_session_run(struct tally_request_session *session, const struct tally_face *face,
			      const struct tally_caller *caller, const struct tally_request_job *job,
			      struct tally_cancel *cancel);
void tally_request_session_drop(struct tally_request_session *session);

/* Bytes that are there to be read: no buffer need be larger. */
size_t tally_request_session_left(struct tally_request_session *session);

/* read(2): bytes that were copied, 0 at the end. -ENODATA before any message, -EBUSY while one is done. */
ssize_t tally_request_session_read(struct tally_request_session *session, void *buffer, size_t size);

#endif
