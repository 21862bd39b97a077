/* SPDX-License-Identifier: BSD-2-Clause */
/* The digest of a file of any size. */
#ifndef TALLY_CLI_MEASURE_H
#define TALLY_CLI_MEASURE_H

#include "../core/digest.h"
#include "command.h"

/* SHA-384 of a file, or of standard input for "-". A file that changes meanwhile is refused with TALLY_EXIT_TRY_AGAIN. */
enum tally_exit tally_measure_file(struct tally_cli *cli, const char *path, struct tally_digest *ret);

#endif
