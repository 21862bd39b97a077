// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The status table as text and as errno. */
#include "env.h"

struct status_row {
	const char *name;
	const char *message;
	int error;
};

static const struct status_row status_rows[] = {
#define TALLY_STATUS_ROW(name, number, error, message) [(number)] = { #name, (message), (error) },
	TALLY_STATUS_TABLE(TALLY_STATUS_ROW)
#undef TALLY_STATUS_ROW
};

static const struct status_row *status_row(enum tally_status status)
{
	static const struct status_row unknown = { "UNKNOWN_STATUS", "unknown status", EINVAL };
	size_t number = (size_t)status;

	return number < sizeof(status_rows) / sizeof(status_rows[0]) ? &status_rows[number] : &unknown;
}

const char *tally_status_message(enum tally_status status)
{
	return status_row(status)->message;
}

const char *tally_status_name(enum tally_status status)
{
	return status_row(status)->name;
}

int tally_status_errno(enum tally_status status)
{
	return status_row(status)->error;
}
