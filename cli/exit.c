// SPDX-License-Identifier: BSD-2-Clause
/* From status to exit code, in one table. */
#include "exit.h"

/* Indexed by status. The advice is what a message of the authority's does not say by itself. */
static const struct {
	enum tally_exit code;
	const char *advice;
} exits[] = {
	[TALLY_OK] = { TALLY_EXIT_OK, "" },
	[TALLY_TRUNCATED] = { TALLY_EXIT_MALFORMED, "" },
	[TALLY_TRAILING] = { TALLY_EXIT_MALFORMED, "" },
	[TALLY_RESERVED] = { TALLY_EXIT_MALFORMED, "" },
	[TALLY_UNSUPPORTED] = { TALLY_EXIT_UNAVAILABLE, "" },
	[TALLY_NO_SPACE] = { TALLY_EXIT_SYSTEM, "" },
	[TALLY_OUT_OF_RANGE] = { TALLY_EXIT_MALFORMED, "" },
	[TALLY_DUPLICATE] = { TALLY_EXIT_MALFORMED, "" },
	[TALLY_DISORDER] = { TALLY_EXIT_MALFORMED, "" },
	[TALLY_NOT_CANONICAL] = { TALLY_EXIT_MALFORMED, "" },
	[TALLY_UNKNOWN_ALGORITHM] = { TALLY_EXIT_MALFORMED, "" },
	[TALLY_CHECKSUM] = { TALLY_EXIT_MALFORMED, "" },
	[TALLY_INVALID] = { TALLY_EXIT_USAGE, "" },
	[TALLY_UNKNOWN_REGISTER] = { TALLY_EXIT_USAGE, "`tally registers` lists them" },
	[TALLY_DIGEST_SIZE] = { TALLY_EXIT_USAGE, "" },
	[TALLY_BANK_SET] = { TALLY_EXIT_USAGE, "`tally registers` shows the banks of each register" },
	[TALLY_NONCE_SIZE] = { TALLY_EXIT_USAGE, "" },
	[TALLY_TOO_LARGE] = { TALLY_EXIT_USAGE, "`tally extend --file` logs the digest alone" },
	[TALLY_PERMISSION] = { TALLY_EXIT_REFUSED, "run it as root, or as the user whose state it is" },
	[TALLY_LOCKED] = { TALLY_EXIT_REFUSED, "a lock ends with the boot: use another register" },
	[TALLY_FULL] = { TALLY_EXIT_REFUSED, "" },
	[TALLY_CONFLICT] = { TALLY_EXIT_REFUSED, "" },
	[TALLY_UNKNOWN] = { TALLY_EXIT_UNCERTAIN, "" },
	[TALLY_HISTORY_LOST] = { TALLY_EXIT_REFUSED, "" },
	[TALLY_TRY_AGAIN] = { TALLY_EXIT_TRY_AGAIN, "" },
	[TALLY_NOT_APPLIED] = { TALLY_EXIT_TRY_AGAIN, "" },
	[TALLY_INDETERMINATE] = { TALLY_EXIT_UNCERTAIN, "`tally log show` tells what stands in the log" },
	[TALLY_UNAVAILABLE] = { TALLY_EXIT_UNAVAILABLE, "`tally doctor` tells what is missing" },
	[TALLY_NO_MEMORY] = { TALLY_EXIT_SYSTEM, "" },
	[TALLY_SYSTEM] = { TALLY_EXIT_SYSTEM, "" },
	[TALLY_DEADLINE] = { TALLY_EXIT_TRY_AGAIN, "it may succeed later: try again" },
	[TALLY_CORRUPT] = { TALLY_EXIT_MALFORMED, "`tally doctor` tells more" },
	[TALLY_CRYPTO] = { TALLY_EXIT_SYSTEM, "" },
	[TALLY_NOT_FOUND] = { TALLY_EXIT_UNAVAILABLE, "nothing was measured there yet? `tally extend` begins a log" },
	[TALLY_POLICY] = { TALLY_EXIT_USAGE, "" },
	[TALLY_STATIC_REGISTER] = { TALLY_EXIT_USAGE, "`tally registers` tells which ones are runtime registers" },
	[TALLY_QUOTA] = { TALLY_EXIT_REFUSED, "" },
};

#define EXIT_COUNT (sizeof(exits) / sizeof(exits[0]))

enum tally_exit tally_exit_of(enum tally_status status)
{
	/* A status that this table lacks is no success. */
	if ((size_t)status >= EXIT_COUNT || (status != TALLY_OK && exits[status].code == TALLY_EXIT_OK))
		return TALLY_EXIT_SYSTEM;
	return exits[status].code;
}

enum tally_exit tally_exit_of_input(enum tally_status status)
{
	enum tally_exit code = tally_exit_of(status);

	/* For a reader "unsupported" or "wrong size" describe the bytes, not this machine or the command line. */
	return code == TALLY_EXIT_UNAVAILABLE || code == TALLY_EXIT_USAGE ? TALLY_EXIT_MALFORMED : code;
}

const char *tally_advice(enum tally_status status)
{
	return (size_t)status < EXIT_COUNT && exits[status].advice ? exits[status].advice : "";
}
