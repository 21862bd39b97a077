/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of a provider's state: locked with a deadline, created once and whole. */
#ifndef TALLY_PROVIDER_STATE_FILE_H
#define TALLY_PROVIDER_STATE_FILE_H

#include <sys/types.h>

#include "provider.h"

/* A directory of state: fd for its files, path for people. */
struct tally_state_directory {
	int fd;
	const char *path;
};

/*
 * Take the exclusive flock of fd. TALLY_DEADLINE, or TALLY_SYSTEM. A lock that is free is tried for once
 * even after the deadline. It is released by tally_file_unlock, never by close alone: a forked child may
 * hold the descriptor.
 */
TALLY_MUST_CHECK enum tally_status tally_file_lock(int fd, tally_deadline deadline);
void tally_file_unlock(int fd);

/* Sleep until the deadline. */
void tally_deadline_wait(tally_deadline deadline);

/*
 * Make a file with this content unless it exists, in one step for whoever looks: of processes that race,
 * one makes it and the others find it, and one that is killed leaves nothing that hinders. What it leaves
 * is name.new, taken over by the next. The file belongs to the directory's group where the process may
 * give it that. The file is on stable storage before it gets its name.
 */
TALLY_MUST_CHECK enum tally_status tally_file_create_once(const struct tally_state_directory *directory,
							  const char *name, mode_t mode, struct tally_bytes content,
							  struct tally_problem *problem);

/* The status of an errno of open(2) and its kin: TALLY_NOT_FOUND, TALLY_PERMISSION or TALLY_SYSTEM. */
enum tally_status tally_file_status(int error);

#endif
