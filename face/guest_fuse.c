// SPDX-License-Identifier: BSD-2-Clause
/* A TDX guest's device, as a file: the one ioctl(2) that it answers. */
#include "server_inside.h"

#include <errno.h>
#include <stdlib.h>

#include "guest_files.h"

/* A report that is asked for. */
struct guest_call {
	struct tally_job job;
	struct tally_server *server;
	struct tally_handle *handle;
	fuse_req_t request;
	uint8_t room[TALLY_GUEST_REPORT_SIZE];
};

static void answer_report(struct tally_job *job)
{
	struct guest_call *call = (struct guest_call *)(void *)((char *)job - offsetof(struct guest_call, job));
	struct tally_authority *authority = call->server->tree.options.faces[call->handle->node.face]->authority;
	enum tally_status status = tally_guest_report(authority, call->room, call->room + TALLY_TD_REPORT_DATA_SIZE);

	if (status == TALLY_OK)
		fuse_reply_ioctl(call->request, 0, call->room, sizeof(call->room));
	else
		fuse_reply_err(call->request, tally_status_errno(status));
	tally_handle_put(&call->server->handles, call->handle);
	free(call);
}

/* The kernel has copied what the number of the command tells, no more: it has no pointers. Takes the handle over. */
static void ask_report(fuse_req_t request, struct tally_handle *handle, const void *in)
{
	struct guest_call *call = calloc(1, sizeof(*call));

	if (!call) {
		tally_handle_put(&tally_server_of(request)->handles, handle);
		fuse_reply_err(request, ENOMEM);
		return;
	}
	call->job.run = answer_report;
	call->server = tally_server_of(request);
	call->handle = handle;
	call->request = request;
	memcpy(call->room, in, sizeof(call->room));
	tally_lane_run(&call->server->registers, &call->job);
}

void tally_serve_ioctl(fuse_req_t request, fuse_ino_t number, unsigned command, void *argument,
		       struct fuse_file_info *info, unsigned flags, const void *in, size_t in_size, size_t out_size)
{
	struct tally_server *server = tally_server_of(request);
	struct tally_handle *handle = NULL;

	(void)number;
	(void)argument;
	if (!(flags & FUSE_IOCTL_DIR))
		handle = tally_handle_get(&server->handles, info->fh);
	if (handle && handle->node.kind == TALLY_NODE_GUEST_DEVICE && command == TALLY_GUEST_REPORT_IOCTL &&
	    in_size == TALLY_GUEST_REPORT_SIZE && out_size == TALLY_GUEST_REPORT_SIZE) {
		ask_report(request, handle, in);
		return;
	}
	if (handle)
		tally_handle_put(&server->handles, handle);
	fuse_reply_err(request, ENOTTY);
}
