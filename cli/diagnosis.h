/* SPDX-License-Identifier: BSD-2-Clause */
/* What doctor finds out. */
#ifndef TALLY_CLI_DIAGNOSIS_H
#define TALLY_CLI_DIAGNOSIS_H

#include "own.h"

#define TALLY_ADVICE_LIMIT 12

struct tally_diagnosis {
	enum tally_exit code; /* OK, or the exit code of the worst that was found */
	bool is_confidential;
	const struct tally_provider *provider; /* NULL: none serves this machine */
	const char *why;		       /* it was chosen, or none */
	char directory[PATH_MAX];	       /* "" if it can't be told */
	char key[sizeof("sha256:") + 64];      /* of soft's reports, as a policy pins it; "" if there is none yet */
	bool has_log;
	struct tally_examination log;
	size_t advice_count;
	char advice[TALLY_ADVICE_LIMIT][480]; /* what is missing or wrong, and what to do about it */
};

/* Look at everything and change nothing. What is wrong is in the diagnosis; only a wrong command line is refused. */
enum tally_exit tally_diagnose(struct tally_cli *cli, struct tally_diagnosis *ret);

/* "empty", "pending", ... */
const char *tally_slot_class_name(enum tally_slot_class slot);

#endif
