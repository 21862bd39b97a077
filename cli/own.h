/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's own authority, as the global options name it. */
#ifndef TALLY_CLI_OWN_H
#define TALLY_CLI_OWN_H

#include <limits.h>

#include "../authority/authority.h"
#include "../provider/soft.h"
#include "command.h"

/*
 * Check and read --provider, --dir, --capacity and the options of soft. *ret borrows from the command
 * line and from itself: it is not copied.
 */
struct tally_own_options {
	struct tally_authority_options authority;
	struct tally_soft_options soft;
};

enum tally_exit tally_own_read(struct tally_cli *cli, struct tally_own_options *ret);

/* Open the authority. *ret is freed with tally_authority_close. */
enum tally_exit tally_own_open(struct tally_cli *cli, bool is_reader, struct tally_authority **ret);

/* Where its directory is, whether it exists or not. */
enum tally_exit tally_own_directory(struct tally_cli *cli, char ret[PATH_MAX]);

#endif
