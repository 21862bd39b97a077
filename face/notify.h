/* SPDX-License-Identifier: BSD-2-Clause */
/* What a service and its manager tell each other: sd_notify(3) and sd_listen_fds(3), without their library. */
#ifndef TALLY_FACE_NOTIFY_H
#define TALLY_FACE_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

/* Names of descriptors that a manager keeps for us. */
#define TALLY_KEPT_MOUNT "mount"
#define TALLY_KEPT_STATE "state"

/* Tell the manager, in lines of NAME=VALUE. False if there is none, or it can't be reached. */
bool tally_notify(const char *lines);

/* Let the manager keep a copy of fd under name; it comes back by tally_passed after a restart. */
bool tally_notify_keep(int fd, const char *name);

/* Let the manager drop what it keeps under name. */
void tally_notify_drop(const char *name);

/* The descriptor that was passed to this process under name, now close-on-exec and the caller's; -1 if there is none. */
int tally_passed(const char *name);

/* All that was passed was taken: nothing is found any more. */
void tally_passed_end(void);

#endif
