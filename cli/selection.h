/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers that a command line names: NAME, NAME-LAST, and lists of them. */
#ifndef TALLY_CLI_SELECTION_H
#define TALLY_CLI_SELECTION_H

#include "../core/registers.h"
#include "command.h"

/* One register by name or, where PCRs map to registers, "pcr:N". Refuses an unknown one and lists those that are known. */
enum tally_exit tally_register_find(struct tally_cli *cli, const struct tally_register_set *set, const char *name,
				    size_t *ret);

/*
 * The registers of every --register, as a mask of positions in the set: names, and ranges such as pcr0-9,
 * separated by commas. All of them if the option was not given.
 */
enum tally_exit tally_selection_read(struct tally_cli *cli, const struct tally_register_set *set, uint64_t *ret_mask);

#endif
