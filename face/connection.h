/* SPDX-License-Identifier: BSD-2-Clause */
/* A FUSE mount as its server holds it: made, or taken over from a server that died. */
#ifndef TALLY_FACE_CONNECTION_H
#define TALLY_FACE_CONNECTION_H

#include <stdbool.h>

#include "../provider/provider.h"

struct fuse_session;

/*
 * The keeper holds the descriptor of the mount and what INIT negotiated. The server reads from a descriptor made
 * from it with FUSE_DEV_IOC_CLONE and nobody else holds that one: when the server dies the kernel fails what it had
 * read and not answered, keeps what it had not read for the next server, and the mount lives on.
 */
struct tally_connection {
	const char *path;   /* where it is mounted, the caller's; NULL: somebody else mounted it, and will unmount it */
	int mount;	    /* the descriptor of the mount; a copy is the keeper's */
	int state;	    /* a file in memory: struct of connection.c; a copy is the keeper's */
	bool is_resumed;    /* an earlier server had the mount: what its clients hold is not ours */
	bool is_kept;	    /* somebody keeps the descriptor */
	bool has_replaced;  /* a mount whose server had died and that nobody kept */
	bool has_old_names; /* the kernel, before 6.16, goes on with names that the earlier server told it */
	/*
	 * Which server of this mount this is, from 1. Node and handle numbers of a server must differ from those of
	 * all before it: the kernel goes on using theirs, and they must be told from ours.
	 */
	uint32_t incarnation;
	const char *what; /* what is served there, in words that are equal for equal trees; the caller's */
};

/* Whether a server shows a tree there. */
bool tally_connection_is_served(const char *directory);

/*
 * Take over the mount at path if a manager passed it to us and the same was served there, otherwise mount there; the
 * directory is made if only it is missing, and a dead mount that is in the way is removed. Without a path it must have
 * been passed. allows_others: users other than ours may use it. TALLY_CONFLICT (another server serves it),
 * TALLY_PERMISSION, TALLY_NOT_FOUND, TALLY_UNAVAILABLE (no FUSE on this machine), or TALLY_SYSTEM.
 */
TALLY_MUST_CHECK enum tally_status tally_connection_open(struct tally_connection *ret, const char *path,
							 const char *what, bool allows_others,
							 struct tally_problem *problem);

/*
 * Give a session, which has not seen INIT, this connection: it answers INIT, or the INIT of the first server, and
 * reads from a descriptor of its own afterwards. The connection is with the keeper when this returns. What an older
 * server negotiated and this one would not can't be gone on with: TALLY_UNSUPPORTED; then the mount is removed with
 * tally_connection_close, and tally_connection_open makes a new one, for a new session.
 */
TALLY_MUST_CHECK enum tally_status tally_connection_begin(struct tally_connection *connection,
							  struct fuse_session *session, struct tally_problem *problem);

/*
 * Let go. What is not left to a keeper is unmounted; it ends for those who use it elsewhere when the session is
 * destroyed.
 */
void tally_connection_close(struct tally_connection *connection, bool is_left);

#endif
