// SPDX-License-Identifier: BSD-2-Clause
/* The program tally-collateral: what fetches, and alone is linked with libcurl and the many libraries behind it. */
#include "command.h"

const enum tally_program tally_program = TALLY_PROGRAM_COLLATERAL;

const struct tally_command_function tally_functions[] = {
	{ "collateral", tally_run_collateral },
	{ "version", tally_run_version },
	{ "help", tally_run_help },
	{ NULL, NULL },
};
