// SPDX-License-Identifier: BSD-2-Clause
/* What goes on at one open transaction file: a message, then its response in pieces. */
#include <errno.h>
#include <stdlib.h>

#include "quota.h"
#include "request.h"

#define FREE_SIZE 4096

void tally_request_session_init(struct tally_request_session *session)
{
	memset(session, 0, sizeof(*session));
	pthread_mutex_init(&session->lock, NULL);
}

/* What readers have not fetched is charged to the user that opened the file, since it is held for them. */
static void forget(struct tally_request_session *session, const struct tally_face *face,
		   const struct tally_caller *caller)
{
	free(session->response);
	session->response = NULL;
	tally_quota_give(face->quota, caller->uid, TALLY_QUOTA_HELD_BYTES, session->held);
	session->held = 0;
	session->size = 0;
	session->read = 0;
}

void tally_request_session_done(struct tally_request_session *session, const struct tally_face *face,
				const struct tally_caller *caller)
{
	forget(session, face, caller);
	pthread_mutex_destroy(&session->lock);
}

int tally_request_session_begin(struct tally_request_session *session, size_t size)
{
	int error = 0;

	if (size > TALLY_REQUEST_LIMIT)
		return -EMSGSIZE;
	pthread_mutex_lock(&session->lock);
	if (session->is_busy || (session->response && !session->has_failed && session->read < session->size))
		error = -EBUSY;
	else
		session->is_busy = true;
	pthread_mutex_unlock(&session->lock);
	return error;
}

/* Small responses are free, so that an event that was logged is never answered with a quota. Takes it over. */
static int keep(struct tally_request_session *session, const struct tally_face *face, const struct tally_caller *caller,
		uint8_t *response, size_t size)
{
	uint64_t held = size > FREE_SIZE ? size : 0;
	int error = tally_quota_take(face->quota, caller->uid, TALLY_QUOTA_HELD_BYTES, held,
				     caller->rights.limit[TALLY_QUOTA_HELD_BYTES]);

	if (error) {
		free(response);
		return error;
	}
	session->response = response;
	session->size = size;
	session->held = held;
	return 0;
}

int tally_request_session_run(struct tally_request_session *session, const struct tally_face *face,
			      const struct tally_caller *caller, const struct tally_request_job *job,
			      struct tally_cancel *cancel)
{
	uint8_t *response;
	size_t size = 0;
	enum tally_status status = tally_request_execute(face, caller, job, cancel, &session->place, &response, &size);
	int error = -tally_status_errno(status);

	if (status == TALLY_TRY_AGAIN && !response && job->cost == TALLY_REQUEST_WAITS)
		return 1;
	pthread_mutex_lock(&session->lock);
	forget(session, face, caller);
	if (response) {
		int held = keep(session, face, caller, response, size);

		error = error ? error : held;
	}
	session->has_failed = error != 0;
	session->is_busy = false;
	pthread_mutex_unlock(&session->lock);
	return error;
}

void tally_request_session_drop(struct tally_request_session *session)
{
	pthread_mutex_lock(&session->lock);
	session->is_busy = false;
	pthread_mutex_unlock(&session->lock);
}

size_t tally_request_session_left(struct tally_request_session *session)
{
	size_t left;

	pthread_mutex_lock(&session->lock);
	left = session->size - session->read;
	pthread_mutex_unlock(&session->lock);
	return left;
}

static ssize_t read_held(struct tally_request_session *session, void *buffer, size_t size)
{
	size_t left = session->size - session->read;

	if (session->is_busy)
		return -EBUSY;
	if (!session->response)
		return -ENODATA;
	if (size > left)
		size = left;
	memcpy(buffer, session->response + session->read, size);
	session->read += size;
	return (ssize_t)size;
}

ssize_t tally_request_session_read(struct tally_request_session *session, void *buffer, size_t size)
{
	ssize_t got;

	pthread_mutex_lock(&session->lock);
	got = read_held(session, buffer, size);
	pthread_mutex_unlock(&session->lock);
	return got;
}
