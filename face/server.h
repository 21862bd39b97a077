/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree, served: every operation of a FUSE connection. */
#ifndef TALLY_FACE_SERVER_H
#define TALLY_FACE_SERVER_H

#include "tree.h"

struct tally_server;
struct fuse_session;

/* A server of this tree; it borrows what the options name. *ret: tally_server_free. */
TALLY_MUST_CHECK enum tally_status tally_server_new(const struct tally_tree_options *options, struct tally_server **ret,
						    struct tally_problem *problem);
void tally_server_free(struct tally_server *server);

/* The session that it answers, which is to be given a connection. */
struct fuse_session *tally_server_fuse(struct tally_server *server);

/* Before it runs: which server of its mount it is, counted from 1. What clients have of an earlier one is not ours. */
void tally_server_number(struct tally_server *server, uint32_t incarnation);

/*
 * Let the kernel forget the names of entries that an earlier server had, all but those in use, which it forgets when
 * something below them is opened: by forgetting the directories that they are in.
 */
void tally_server_forget(struct tally_server *server);

/* Serve until tally_server_stop, or until it is unmounted. */
TALLY_MUST_CHECK enum tally_status tally_server_run(struct tally_server *server, struct tally_problem *problem);

/* Let tally_server_run come back; from any thread. */
void tally_server_stop(struct tally_server *server);

/*
 * After tally_server_run: fail what still waits, and wait a little for work under way. False if some goes on: then
 * nothing may be freed, and the process should end.
 */
bool tally_server_end(struct tally_server *server);

/* How many requests of each kind were answered, as JSON: tally.serve-statistics/1. TALLY_SYSTEM. */
TALLY_MUST_CHECK enum tally_status tally_server_write_statistics(struct tally_server *server, const char *path,
								 struct tally_problem *problem);

#endif
