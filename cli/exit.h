/* SPDX-License-Identifier: BSD-2-Clause */
/* Exit codes, the same for every command. */
#ifndef TALLY_CLI_EXIT_H
#define TALLY_CLI_EXIT_H

#include "../core/env.h"

/* Numbers are documented in tally(1): never renumber. */
enum tally_exit {
	TALLY_EXIT_OK = 0,	    /* done; accepted; equal */
	TALLY_EXIT_REJECTED = 1,    /* rejected; differs */
	TALLY_EXIT_USAGE = 2,	    /* the command line or the policy is wrong */
	TALLY_EXIT_UNAVAILABLE = 3, /* not available here */
	TALLY_EXIT_MALFORMED = 4,   /* malformed input or damaged state */
	TALLY_EXIT_TRY_AGAIN = 5,   /* nothing of the caller's changed; the same call may succeed later */
	TALLY_EXIT_REFUSED = 6,	    /* refused, nothing changed */
	TALLY_EXIT_SYSTEM = 7,	    /* the operating system, or a library, failed */
	TALLY_EXIT_UNCERTAIN = 8    /* the event may have been extended: look at the log, do not repeat blindly */
};

/* The exit code of a status of the authority or a provider. */
enum tally_exit tally_exit_of(enum tally_status status);

/* The exit code of a status that a reader gave for bytes from outside: what it finds wrong is malformed. */
enum tally_exit tally_exit_of_input(enum tally_status status);

/* What to do about a status; "" if its messages say it. */
const char *tally_advice(enum tally_status status);

#endif
