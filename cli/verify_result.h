/* SPDX-License-Identifier: BSD-2-Clause */
/* A verdict as it leaves the program, and the exit code that says the same. */
#ifndef TALLY_CLI_VERIFY_RESULT_H
#define TALLY_CLI_VERIFY_RESULT_H

#include "../crypto/sign.h"
#include "../verify/ear.h"
#include "../verify/verdict.h"
#include "command.h"

/* What --result, --ear-key and --ear-profile ask for. Ended by tally_result_close. */
struct tally_result {
	struct tally_key *key; /* NULL: text, or JSON with --json */
	enum tally_ear_profile profile;
};

enum tally_exit tally_result_open(struct tally_cli *cli, struct tally_result *result);
void tally_result_close(struct tally_result *result);

enum tally_exit tally_result_print(struct tally_cli *cli, const struct tally_result *result,
				   const struct tally_verdict *verdict);

enum tally_exit tally_result_exit(const struct tally_verdict *verdict);

#endif
