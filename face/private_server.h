/* SPDX-License-Identifier: BSD-2-Clause */
/* A server for one mount namespace, which ends when the last process has left that. */
#ifndef TALLY_FACE_PRIVATE_SERVER_H
#define TALLY_FACE_PRIVATE_SERVER_H

#include "../provider/provider.h"

/*
 * Start a process outside the namespace that we are about to enter: it waits for a mount, and runs argv (argv[0] is
 * the program's name, its file is this program's) with it passed as TALLY_KEPT_MOUNT. It is nobody's child, has a
 * session of its own, and of our descriptors only standard error. *ret_socket: for tally_private_server_mount.
 */
TALLY_MUST_CHECK enum tally_status tally_private_server_start(char *const argv[], int *ret_socket,
							      struct tally_problem *problem);

/*
 * Mount in this namespace, over path, and give the mount to the process that was started. Takes socket over. While
 * nobody has answered, whoever looks into the mount waits; when the process has died, it fails.
 */
TALLY_MUST_CHECK enum tally_status tally_private_server_mount(int socket, const char *path,
							      struct tally_problem *problem);

#endif
