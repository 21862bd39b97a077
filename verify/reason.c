// SPDX-License-Identifier: BSD-2-Clause
/* The reason table as text. */
#include "reason.h"

struct reason_row {
	const char *code;
	const char *message;
	enum tally_severity severity;
};

static const struct reason_row reason_rows[] = {
#define TALLY_REASON_ROW(name, number, code, severity, message) \
	[(number)] = { (code), (message), TALLY_SEVERITY_##severity },
	TALLY_REASON_TABLE(TALLY_REASON_ROW)
#undef TALLY_REASON_ROW
};

/* Numbers that nobody uses have rows without a code. */
static const struct reason_row *reason_row(enum tally_reason reason)
{
	static const struct reason_row unknown = { "", "", 0 };
	size_t number = (size_t)reason;

	if (number >= sizeof(reason_rows) / sizeof(reason_rows[0]) || !reason_rows[number].code)
		return &unknown;
	return &reason_rows[number];
}

const char *tally_reason_code(enum tally_reason reason)
{
	return reason_row(reason)->code;
}

const char *tally_reason_message(enum tally_reason reason)
{
	return reason_row(reason)->message;
}

enum tally_severity tally_reason_severity(enum tally_reason reason)
{
	return reason_row(reason)->severity;
}

const char *tally_severity_name(enum tally_severity severity)
{
	switch (severity) {
	case TALLY_SEVERITY_MALFORMED:
		return "malformed";
	case TALLY_SEVERITY_REJECTED:
		return "rejected";
	case TALLY_SEVERITY_MISSING:
		return "missing";
	default:
		return "";
	}
}
