/* SPDX-License-Identifier: BSD-2-Clause */
/* A small process that starts a server, keeps its descriptors, and starts it again when it dies. */
#ifndef TALLY_FACE_KEEPER_H
#define TALLY_FACE_KEEPER_H

#include "../provider/provider.h"

/*
 * Run argv (argv[0] is the program's name, its file is this program's) and keep for it what it asks to be kept, as
 * systemd's descriptor store does; where that keeps the descriptors, this is not needed. SIGHUP restarts the server;
 * SIGTERM and SIGINT end it, and this. What it tells its manager is passed on to ours. It is started again when it
 * dies, at most a few times without having been ready in between: then what is kept is closed, so that nobody waits
 * for it.
 *
 * Ends when the server does. *ret_code: the server's exit code, 128 and the signal if it died of one.
 */
TALLY_MUST_CHECK enum tally_status tally_keep(char *const argv[], int *ret_code, struct tally_problem *problem);

#endif
