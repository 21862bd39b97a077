// SPDX-License-Identifier: BSD-2-Clause
/* The program tally: what measures, logs and attests. */
#include "command.h"

const enum tally_program tally_program = TALLY_PROGRAM_TALLY;

const struct tally_command_function tally_functions[] = {
	{ "doctor", tally_run_doctor }, { "registers", tally_run_registers },
	{ "extend", tally_run_extend }, { "log", tally_run_log },
	{ "report", tally_run_report }, { "evidence", tally_run_evidence },
	{ "replay", tally_run_replay }, { "version", tally_run_version },
	{ "help", tally_run_help },	{ NULL, NULL },
};
