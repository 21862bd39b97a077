/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the server, shared by the files that speak FUSE. */
#ifndef TALLY_FACE_SERVER_INSIDE_H
#define TALLY_FACE_SERVER_INSIDE_H

#define FUSE_USE_VERSION 312

#include <fuse3/fuse_lowlevel.h>
#include <stdatomic.h>

#include "files.h"
#include "handle.h"
#include "lanes.h"
#include "log_watch.h"
#include "server.h"
#include "session.h"
#include "statistics.h"
#include "waiting.h"

/* Names that the tree removed and the kernel has not been told of yet. */
struct tally_removed_name {
	struct tally_removed_name *next;
	uint64_t parent;
	char name[TALLY_ENTRY_NAME_LIMIT + 1];
};

/* lock protects the names. Everything else protects itself. */
struct tally_server {
	struct tally_tree tree;
	struct tally_handles handles;
	struct tally_lane registers; /* an extend waits for registers, and for nothing that is slower */
	struct tally_lane reports;
	struct tally_log_watch *watch[TALLY_FACE_LIMIT]; /* for those who wait for records */
	atomic_bool is_stopping;			 /* nobody waits for records any more */
	struct tally_waiting_list waiting;
	struct tally_session session;
	struct fuse_session *fuse;
	struct tally_statistics statistics;
	struct timespec started;

	pthread_mutex_t lock;
	pthread_cond_t change;
	pthread_t notifier;
	bool has_notifier;
	struct tally_removed_name *removed;
	bool is_ending;
};

static inline struct tally_server *tally_server_of(fuse_req_t request)
{
	return fuse_req_userdata(request);
}

/* --- calls_fuse.c: open files --- */

/* Who asks for a node, with the rights of now: 0 or a negative errno. */
int tally_serve_caller(fuse_req_t request, uint64_t number, struct tally_node *ret_node, struct tally_caller *ret);
void tally_serve_open(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info);
void tally_serve_read(fuse_req_t request, fuse_ino_t number, size_t size, off_t offset, struct fuse_file_info *info);
void tally_serve_write(fuse_req_t request, fuse_ino_t number, const char *data, size_t size, off_t offset,
		       struct fuse_file_info *info);
void tally_serve_flush(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info);
void tally_serve_release(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info);

/* --- request_fuse.c: the transaction file; both take the handle over --- */
void tally_serve_request_read(fuse_req_t request, struct tally_handle *handle, size_t size);
void tally_serve_request_write(fuse_req_t request, struct tally_handle *handle, struct tally_bytes message);

/* --- guest_fuse.c: the device --- */
void tally_serve_ioctl(fuse_req_t request, fuse_ino_t number, unsigned command, void *argument,
		       struct fuse_file_info *info, unsigned flags, const void *in, size_t in_size, size_t out_size);

/* --- names_fuse.c: names and directories --- */
void tally_serve_lookup(fuse_req_t request, fuse_ino_t parent, const char *name);
void tally_serve_getattr(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info);
void tally_serve_setattr(fuse_req_t request, fuse_ino_t number, struct stat *attributes, int which,
			 struct fuse_file_info *info);
void tally_serve_mkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode);
void tally_serve_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name);
void tally_serve_opendir(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info);
void tally_serve_readdir(fuse_req_t request, fuse_ino_t number, size_t size, off_t offset, struct fuse_file_info *info);
void tally_serve_releasedir(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info);

#endif
