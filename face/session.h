/* SPDX-License-Identifier: BSD-2-Clause */
/* A FUSE connection and the threads that read from it. */
#ifndef TALLY_FACE_SESSION_H
#define TALLY_FACE_SESSION_H

#include "../provider/provider.h"

struct fuse_lowlevel_ops;
struct fuse_session;

/* How to come to a connection. */
struct tally_session_options {
	const char *mount_point; /* mount there; NULL: the connection is fd's */
	int fd;			 /* a FUSE connection that is mounted already; -1 for none */
	const struct fuse_lowlevel_ops *ops;
	void *context; /* what ops get as userdata */
};

/*
 * Threads read from a descriptor that is a clone of the connection's (FUSE_DEV_IOC_CLONE) and that nobody else holds:
 * when this process dies, the requests that it had read fail, whoever keeps the connection.
 */
struct tally_session;

/* Mount, or take the connection over. TALLY_PERMISSION, TALLY_NOT_FOUND, TALLY_SYSTEM. *ret: tally_session_close. */
TALLY_MUST_CHECK enum tally_status tally_session_open(const struct tally_session_options *options,
						      struct tally_session **ret, struct tally_problem *problem);

/* Serve until tally_session_stop, or until it is unmounted. Threads are made as they are needed, up to a limit. */
TALLY_MUST_CHECK enum tally_status tally_session_run(struct tally_session *session, struct tally_problem *problem);

/* Let tally_session_run come back soon. From any thread. */
void tally_session_stop(struct tally_session *session);

/* Unmount what was mounted, and free. A connection that was given stays mounted. */
void tally_session_close(struct tally_session *session);

/* For notifications to the kernel. */
struct fuse_session *tally_session_fuse(struct tally_session *session);

#endif
