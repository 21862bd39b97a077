// SPDX-License-Identifier: BSD-2-Clause
/* The program tally-serve: the faces through which clients reach the authority. */
#include "command.h"

const enum tally_program tally_program = TALLY_PROGRAM_SERVE;

const struct tally_command_function tally_functions[] = {
	{ "serve", tally_run_serve }, { "run", tally_run_run }, { "version", tally_run_version },
	{ "help", tally_run_help },   { NULL, NULL },
};
