// SPDX-License-Identifier: BSD-2-Clause
/* The program tally-verify: what judges evidence. */
#include "command.h"

const enum tally_program tally_program = TALLY_PROGRAM_VERIFY;

const struct tally_command_function tally_functions[] = {
	{ "verify", tally_run_verify },	  { "policy", tally_run_policy }, { "ak", tally_run_ak },
	{ "version", tally_run_version }, { "help", tally_run_help },	  { NULL, NULL },
};
