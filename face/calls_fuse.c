// SPDX-License-Identifier: BSD-2-Clause
/* Open files, as FUSE asks for them: what waits is done beside, and answered once. */
#include "server_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdlib.h>

#include "callers_policy.h"

/* A read or a write that waits for something; parked while another reader has the same report made. */
struct call {
	struct tally_job job;
	struct tally_report_waiter parked;
	struct tally_waiting waiting;
	struct tally_server *server;
	struct tally_handle *handle;
	uint64_t offset;
	size_t size;
	tally_deadline deadline;
	struct tally_report_making making;
	uint8_t data[]; /* of a write */
};

#define CALL_OF(pointer, member) ((struct call *)(void *)((char *)(pointer)-offsetof(struct call, member)))

static void call_free(struct call *call)
{
	if (call->handle)
		tally_handle_put(&call->server->handles, call->handle);
	free(call);
}

static void interrupted(fuse_req_t request, void *context)
{
	struct tally_server *server = context;

	tally_waiting_interrupt(&server->waiting, request);
}

/* Takes the handle over. NULL if there is no memory: the request is then answered. data_size: of a write. */
static struct call *call_new(fuse_req_t request, struct tally_handle *handle, uint64_t offset, size_t size,
			     size_t data_size, unsigned seconds)
{
	struct tally_server *server = tally_server_of(request);
	struct call *call = malloc(sizeof(*call) + data_size);

	if (!call) {
		tally_handle_put(&server->handles, handle);
		fuse_reply_err(request, ENOMEM);
		return NULL;
	}
	memset(call, 0, sizeof(*call));
	call->server = server;
	call->handle = handle;
	call->offset = offset;
	call->size = size;
	call->deadline = tally_deadline_after(seconds);
	call->waiting.request = request;
	call->waiting.thread = fuse_req_ctx(request)->pid;
	call->waiting.deadline = call->deadline;
	return call;
}

/* From here on somebody else may answer. */
static void call_wait(struct call *call)
{
	fuse_req_t request = call->waiting.request;

	tally_waiting_add(&call->server->waiting, &call->waiting);
	fuse_req_interrupt_func(request, interrupted, call->server);
}

/* The right to answer; NULL if it was answered already. */
static fuse_req_t call_answer(struct call *call)
{
	fuse_req_t request = call->waiting.request;

	return tally_waiting_take(&call->server->waiting, &call->waiting) ? request : NULL;
}

/* --- open --- */

/* spec: linux/fuse.h fuse_open_out; libfuse has no names for some of the flags */
static unsigned open_flags(const struct tally_handle *handle)
{
	const struct tally_node *node = &handle->node;
	bool is_blob = node->kind == TALLY_NODE_REPORT && (node->file <= TALLY_REPORT_MANIFESTBLOB);
	unsigned flags = FOPEN_DIRECT_IO;

	if (is_blob)
		flags |= FOPEN_NONSEEKABLE;
	if (node->kind == TALLY_NODE_REQUEST)
		flags |= FOPEN_NONSEEKABLE | FOPEN_STREAM;
	/* Or writers of one file would wait for one another in the kernel, unkillably. */
	if (tally_face_write_cost(node) != TALLY_COST_NONE)
		flags |= FOPEN_PARALLEL_DIRECT_WRITES;
	if (node->kind != TALLY_NODE_REPORT || node->file != TALLY_REPORT_INBLOB)
		flags |= FOPEN_NOFLUSH;
	return flags;
}

#define GROUP_LIMIT 65536 /* NGROUPS_MAX */

/* Groups are asked for only as many as there are. They can't be seen of a caller in another pid namespace. */
static int find_rights(fuse_req_t request, const struct tally_callers *callers, struct tally_caller *caller)
{
	int count = fuse_req_getgroups(request, 0, NULL);
	bool is_known = count >= 0 && count <= GROUP_LIMIT;
	gid_t *groups = NULL;

	if (is_known && count > 0) {
		groups = calloc((size_t)count, sizeof(*groups));
		if (!groups)
			return -ENOMEM;
		is_known = fuse_req_getgroups(request, count, groups) == count;
	}
	tally_callers_rights(callers, caller->uid, caller->gid, groups, is_known ? (size_t)count : TALLY_GROUPS_UNKNOWN,
			     &caller->rights);
	free(groups);
	return 0;
}

/* Without a policy the modes say who reaches what but the transaction file, and finding groups out takes its time. */
int tally_serve_caller(fuse_req_t request, uint64_t number, struct tally_node *ret_node, struct tally_caller *ret)
{
	struct tally_server *server = tally_server_of(request);
	const struct fuse_ctx *context = fuse_req_ctx(request);
	const struct tally_callers *callers;
	int error;

	pthread_mutex_lock(&server->tree.lock);
	error = tally_tree_node(&server->tree, number, ret_node);
	pthread_mutex_unlock(&server->tree.lock);
	if (error)
		return error;
	tally_caller_init(ret, context->uid, context->gid, context->pid, server->tree.options.label);
	callers = server->tree.options.faces[ret_node->face]->callers;
	/* The owner is to the tree what root is by default: who runs a server for himself alone, for example. */
	if (callers || (ret_node->kind == TALLY_NODE_REQUEST && context->uid != server->tree.options.owner))
		return find_rights(request, callers, ret);
	tally_callers_full(&ret->rights);
	return 0;
}

void tally_serve_open(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info)
{
	struct tally_server *server = tally_server_of(request);
	struct tally_caller caller;
	struct fuse_open_out answer = { 0 };
	struct iovec vector = { &answer, sizeof(answer) };
	struct tally_handle *handle;
	struct tally_node node;
	int error;

	tally_statistics_count(&server->statistics, TALLY_STATISTIC_OPEN);
	error = tally_serve_caller(request, number, &node, &caller);
	if (!error)
		error = tally_handle_open(&server->handles, number, info->flags, &caller, &handle);
	if (error) {
		fuse_reply_err(request, -error);
		return;
	}
	answer.fh = handle->id;
	answer.open_flags = open_flags(handle);
	/* The caller that is gone does not close. */
	if (fuse_reply_iov(request, &vector, 1) != 0)
		tally_handle_close(&server->handles, handle);
	tally_handle_put(&server->handles, handle);
}

/* --- read --- */

static void reply_content(fuse_req_t request, const struct tally_blob *content, uint64_t offset, size_t size)
{
	size_t left = offset < content->bytes.size ? content->bytes.size - (size_t)offset : 0;

	if (left)
		fuse_reply_buf(request, (const char *)content->bytes.data + offset, left < size ? left : size);
	else
		fuse_reply_buf(request, NULL, 0);
}

/* Takes the content over, and frees the call. */
static void read_done(struct call *call, int error, struct tally_blob *content)
{
	fuse_req_t request;

	if (!error) {
		tally_blob_get(content);
		error = tally_handle_keep(&call->server->handles, call->handle, content);
	}
	request = call_answer(call);
	if (request && error)
		fuse_reply_err(request, -error);
	else if (request)
		reply_content(request, content, call->offset, call->size);
	tally_blob_put(content);
	call_free(call);
}

static void read_registers(struct tally_job *job)
{
	struct call *call = CALL_OF(job, job);
	struct tally_blob *content = NULL;
	int error = tally_face_content(&call->server->handles, call->handle, &content);

	read_done(call, error, content);
}

static void make_report(struct tally_job *job);

static void ask_report(struct call *call)
{
	struct tally_server *server = call->server;
	struct tally_entry *entry = call->handle->node.entry;
	struct tally_blob *content = NULL;
	int answer;

	pthread_mutex_lock(&server->tree.lock);
	entry->used = tally_tree_now();
	answer = entry->is_removed ? -ENOENT
				   : tally_report_entry_ask(&entry->report, call->handle->node.file, &call->parked,
							    &content, &call->making);
	pthread_mutex_unlock(&server->tree.lock);
	if (answer == TALLY_REPORT_WAIT)
		return;
	if (answer != TALLY_REPORT_MAKE) {
		read_done(call, answer, content);
		return;
	}
	call->job.run = make_report;
	tally_lane_run(&server->reports, &call->job);
}

static size_t blob_index(const struct call *call)
{
	return call->handle->node.file - TALLY_REPORT_OUTBLOB;
}

static void make_report(struct tally_job *job)
{
	struct call *call = CALL_OF(job, job);
	struct tally_server *server = call->server;
	struct tally_blob *blobs[TALLY_REPORT_BLOBS] = { NULL };
	struct tally_report_waiter *waiter;
	const struct tally_tree_options *options = &server->tree.options;
	unsigned face = call->handle->node.face;
	int error = tally_face_make_report(options->faces[face], options->present[face], &call->making, call->deadline,
					   blobs);

	pthread_mutex_lock(&server->tree.lock);
	waiter = tally_report_entry_finish(&call->handle->node.entry->report, &call->making, error ? NULL : blobs);
	pthread_mutex_unlock(&server->tree.lock);
	read_done(call, error, error ? NULL : tally_blob_get(blobs[blob_index(call)]));
	while (waiter) {
		call = CALL_OF(waiter, parked);
		waiter = waiter->next;
		read_done(call, error, error ? NULL : tally_blob_get(blobs[blob_index(call)]));
	}
	for (size_t i = 0; i < TALLY_REPORT_BLOBS && !error; i++)
		tally_blob_put(blobs[i]);
}

/* What needs nobody is answered here and now. */
static void read_now(fuse_req_t request, struct tally_handle *handle, uint64_t offset, size_t size)
{
	struct tally_server *server = tally_server_of(request);
	struct tally_blob *content = NULL;
	int error = tally_face_content(&server->handles, handle, &content);

	if (!error) {
		tally_blob_get(content);
		error = tally_handle_keep(&server->handles, handle, content);
	}
	if (error)
		fuse_reply_err(request, -error);
	else
		reply_content(request, content, offset, size);
	tally_blob_put(content);
	tally_handle_put(&server->handles, handle);
}

static void read_later(fuse_req_t request, struct tally_handle *handle, uint64_t offset, size_t size,
		       enum tally_face_cost cost)
{
	bool is_report = cost == TALLY_COST_REPORT;
	struct call *call = call_new(request, handle, offset, size, 0,
				     is_report ? TALLY_DEFAULT_REPORT_SECONDS : TALLY_DEFAULT_EXTEND_SECONDS);

	if (!call)
		return;
	call_wait(call);
	if (is_report) {
		ask_report(call);
		return;
	}
	call->job.run = read_registers;
	tally_lane_run(&call->server->registers, &call->job);
}

void tally_serve_read(fuse_req_t request, fuse_ino_t number, size_t size, off_t offset, struct fuse_file_info *info)
{
	struct tally_server *server = tally_server_of(request);
	struct tally_handle *handle = tally_handle_get(&server->handles, info->fh);
	struct tally_blob *content;
	enum tally_face_cost cost;

	(void)number;
	tally_statistics_count(&server->statistics, TALLY_STATISTIC_READ);
	if (!handle) {
		fuse_reply_err(request, ESTALE); /* opened with a server that is gone */
		return;
	}
	if (handle->session) {
		tally_serve_request_read(request, handle, size);
		return;
	}
	content = tally_handle_content(&server->handles, handle, (uint64_t)offset);
	if (content) {
		reply_content(request, content, (uint64_t)offset, size);
		tally_blob_put(content);
		tally_handle_put(&server->handles, handle);
		return;
	}
	cost = tally_face_read_cost(&handle->node);
	if (cost == TALLY_COST_NONE)
		read_now(request, handle, (uint64_t)offset, size);
	else
		read_later(request, handle, (uint64_t)offset, size, cost);
}

/* --- write --- */

static void write_registers(struct tally_job *job)
{
	struct call *call = CALL_OF(job, job);
	fuse_req_t request;
	int taken;

	/* Who was told that it failed may have tried again: it is not done after all. */
	if (!tally_waiting_begin(&call->server->waiting, &call->waiting)) {
		call_free(call);
		return;
	}
	taken = tally_face_write(&call->server->handles, call->handle, call->offset,
				 tally_bytes(call->data, call->size));
	request = call_answer(call);

	if (request && taken < 0)
		fuse_reply_err(request, -taken);
	else if (request)
		fuse_reply_write(request, (size_t)taken);
	call_free(call);
}

/* The bytes are the kernel's until this returns. */
static void write_later(fuse_req_t request, struct tally_handle *handle, struct tally_bytes bytes, uint64_t offset)
{
	struct call *call = call_new(request, handle, offset, bytes.size, bytes.size, TALLY_DEFAULT_EXTEND_SECONDS);

	if (!call)
		return;
	memcpy(call->data, bytes.data, bytes.size);
	call->job.run = write_registers;
	call_wait(call);
	tally_lane_run(&call->server->registers, &call->job);
}

void tally_serve_write(fuse_req_t request, fuse_ino_t number, const char *data, size_t size, off_t offset,
		       struct fuse_file_info *info)
{
	struct tally_server *server = tally_server_of(request);
	struct tally_handle *handle = tally_handle_get(&server->handles, info->fh);
	int taken;

	(void)number;
	tally_statistics_count(&server->statistics, TALLY_STATISTIC_WRITE);
	if (!handle) {
		fuse_reply_err(request, ESTALE);
		return;
	}
	if (handle->session) {
		tally_serve_request_write(request, handle, tally_bytes(data, size));
		return;
	}
	if (tally_face_write_cost(&handle->node) != TALLY_COST_NONE) {
		write_later(request, handle, tally_bytes(data, size), (uint64_t)offset);
		return;
	}
	taken = tally_face_write(&server->handles, handle, (uint64_t)offset, tally_bytes(data, size));
	if (taken < 0)
		fuse_reply_err(request, -taken);
	else
		fuse_reply_write(request, (size_t)taken);
	tally_handle_put(&server->handles, handle);
}

/* --- close --- */

void tally_serve_flush(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info)
{
	struct tally_server *server = tally_server_of(request);
	struct tally_handle *handle = tally_handle_get(&server->handles, info->fh);

	(void)number;
	tally_statistics_count(&server->statistics, TALLY_STATISTIC_FLUSH);
	if (!handle) {
		fuse_reply_err(request, ESTALE);
		return;
	}
	tally_handle_flush(&server->handles, handle);
	tally_handle_put(&server->handles, handle);
	fuse_reply_err(request, 0);
}

void tally_serve_release(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info)
{
	(void)number;
	tally_statistics_count(&tally_server_of(request)->statistics, TALLY_STATISTIC_RELEASE);
	tally_handles_release(&tally_server_of(request)->handles, info->fh);
	fuse_reply_err(request, 0);
}
