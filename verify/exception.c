// SPDX-License-Identifier: BSD-2-Clause
/* The exceptions that a policy can name, as a table that can be walked. */
#include "exception.h"

static const struct tally_exception_row rows[] = {
#define EXCEPTION_ROW(name, number, text, meaning) { TALLY_EXCEPTION_##name, (text), (meaning) },
	TALLY_EXCEPTION_TABLE(EXCEPTION_ROW)
#undef EXCEPTION_ROW
};

const struct tally_exception_row *tally_exception_at(size_t position)
{
	return position < sizeof(rows) / sizeof(rows[0]) ? &rows[position] : NULL;
}
