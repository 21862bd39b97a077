/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Points in time as certificates and JSON spell them: whole seconds, UTC. */
#ifndef TALLY_FORMAT_UTC_H
#define TALLY_FORMAT_UTC_H

#include "../core/cursor.h"

/*
 * "YYMMDDhhmmssZ" or "YYYYMMDDhhmmssZ", by the digits of its year: two stand for 1950 to 2049. Seconds since 1970.
 * TALLY_OUT_OF_RANGE latches for anything else. spec: RFC 5280, 4.1.2.5
 */
int64_t tally_utc_read_compact(struct tally_cursor *text, size_t year_digits);

/* "YYYY-MM-DDThh:mm:ssZ". spec: RFC 3339, in UTC and without fractions */
int64_t tally_utc_read(struct tally_cursor *text);

#endif
