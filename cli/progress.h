/* SPDX-License-Identifier: BSD-2-Clause */
/* A word on a terminal about work that takes longer than a second. */
#ifndef TALLY_CLI_PROGRESS_H
#define TALLY_CLI_PROGRESS_H

#include <stdint.h>

#include "command.h"

/*
 * From here on standard error, if it is a terminal and --json was not given, is told every quarter of a second what
 * is going on, and how much of total is *done: the caller's work advances it. total 0: only for how long. One at a time.
 */
void tally_progress_begin(const struct tally_cli *cli, const char *what, const uint64_t *done, uint64_t total);
void tally_progress_end(void);

#endif
