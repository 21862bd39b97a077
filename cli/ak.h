/* SPDX-License-Identifier: BSD-2-Clause */
/* The two sides of an activation. */
#ifndef TALLY_CLI_AK_H
#define TALLY_CLI_AK_H

#include "input.h"

/* In the guest: ak_activate.c. */
enum tally_exit tally_ak_activate(struct tally_cli *cli, const char *path);

/* Write what an activation is about: to the file of --output, to standard output, or as "data" of tally.ak/1. */
enum tally_exit tally_ak_write(struct tally_cli *cli, const char *what, struct tally_bytes bytes);

#endif
