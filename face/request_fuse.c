// SPDX-License-Identifier: BSD-2-Clause
/* The transaction file, as FUSE asks for it. */
#include "server_inside.h"

#include <errno.h>
#include <stdlib.h>

/* A message that is done. cancel is set when nobody waits for it any more. */
struct transaction {
	struct tally_job job;
	struct tally_waiting waiting;
	struct tally_log_waiter sleeper;
	struct tally_cancel cancel;
	struct tally_server *server;
	struct tally_handle *handle;
	struct tally_request_job plan;
	uint8_t *message;
	size_t size;
};

#define TRANSACTION_OF(pointer, member) \
	((struct transaction *)(void *)((char *)(pointer)-offsetof(struct transaction, member)))

void tally_serve_request_read(fuse_req_t request, struct tally_handle *handle, size_t size)
{
	struct tally_server *server = tally_server_of(request);
	size_t left = tally_request_session_left(handle->session);
	size_t room = size < left ? size : left;
	char *buffer = malloc(room ? room : 1);
	ssize_t got = buffer ? tally_request_session_read(handle->session, buffer, room) : -ENOMEM;

	if (got < 0)
		fuse_reply_err(request, (int)-got);
	else
		fuse_reply_buf(request, buffer, (size_t)got);
	free(buffer);
	tally_handle_put(&server->handles, handle);
}

static void transaction_free(struct transaction *transaction)
{
	tally_handle_put(&transaction->server->handles, transaction->handle);
	tally_cancel_done(&transaction->cancel);
	free(transaction->message);
	free(transaction);
}

/* Answered here, unless that was done because nobody waits any more; what was done stays done. */
static void finish(struct transaction *transaction, int error)
{
	fuse_req_t request = transaction->waiting.request;

	if (tally_waiting_take(&transaction->server->waiting, &transaction->waiting)) {
		if (error)
			fuse_reply_err(request, -error);
		else
			fuse_reply_write(request, transaction->size);
	}
	transaction_free(transaction);
}

static void give_up(struct transaction *transaction)
{
	tally_request_session_drop(transaction->handle->session);
	finish(transaction, -ECONNABORTED);
}

static void run_transaction(struct tally_job *job)
{
	struct transaction *transaction = TRANSACTION_OF(job, job);
	struct tally_server *server = transaction->server;
	const struct tally_handle *handle = transaction->handle;
	struct tally_log_watch *watch = server->watch[handle->node.face];
	int error;

	/* Before the log is looked at: what comes after that is not missed. */
	if (transaction->plan.cost == TALLY_REQUEST_WAITS)
		transaction->sleeper.generation = tally_log_watch_generation(watch);
	error = tally_request_session_run(handle->session, server->tree.options.faces[handle->node.face],
					  &handle->caller, &transaction->plan, &transaction->cancel);
	if (error <= 0)
		finish(transaction, error);
	else
		tally_log_watch_add(watch, &transaction->sleeper);
}

static void wake_transaction(struct tally_log_waiter *waiter)
{
	struct transaction *transaction = TRANSACTION_OF(waiter, sleeper);

	if (atomic_load(&transaction->server->is_stopping))
		give_up(transaction);
	else
		tally_lane_queue(&transaction->server->registers, &transaction->job);
}

/* The bytes are the kernel's until this returns. NULL if there is no memory. */
static struct transaction *transaction_new(fuse_req_t request, struct tally_handle *handle, struct tally_bytes message)
{
	struct transaction *transaction = calloc(1, sizeof(*transaction));

	if (!transaction)
		return NULL;
	transaction->message = malloc(message.size ? message.size : 1);
	if (!transaction->message) {
		free(transaction);
		return NULL;
	}
	memcpy(transaction->message, message.data, message.size);
	transaction->size = message.size;
	transaction->server = tally_server_of(request);
	transaction->handle = handle;
	transaction->job.run = run_transaction;
	tally_request_plan(tally_bytes(transaction->message, message.size), &transaction->plan);
	tally_cancel_init(&transaction->cancel);
	transaction->sleeper.deadline = transaction->plan.deadline;
	transaction->sleeper.cancel = &transaction->cancel;
	transaction->sleeper.wake = wake_transaction;
	transaction->waiting.request = request;
	transaction->waiting.thread = fuse_req_ctx(request)->pid;
	transaction->waiting.deadline = transaction->plan.deadline;
	transaction->waiting.cancel = &transaction->cancel;
	return transaction;
}

static void interrupted(fuse_req_t request, void *context)
{
	struct tally_server *server = context;

	tally_waiting_interrupt(&server->waiting, request);
}

void tally_serve_request_write(fuse_req_t request, struct tally_handle *handle, struct tally_bytes message)
{
	struct tally_server *server = tally_server_of(request);
	int error = tally_request_session_begin(handle->session, message.size);
	struct transaction *transaction = error ? NULL : transaction_new(request, handle, message);

	if (!error && !transaction) {
		tally_request_session_drop(handle->session);
		error = -ENOMEM;
	}
	if (error) {
		tally_handle_put(&server->handles, handle);
		fuse_reply_err(request, -error);
		return;
	}
	tally_waiting_add(&server->waiting, &transaction->waiting);
	fuse_req_interrupt_func(request, interrupted, server);
	if (transaction->plan.cost == TALLY_REQUEST_SIGNS)
		tally_lane_run(&server->reports, &transaction->job);
	else
		tally_lane_run(&server->registers, &transaction->job);
}
