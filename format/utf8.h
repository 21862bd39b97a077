/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which bytes are text. spec: RFC 3629 */
#ifndef TALLY_FORMAT_UTF8_H
#define TALLY_FORMAT_UTF8_H

#include "../core/cursor.h"
#include "../core/writer.h"

/* Well-formed UTF-8: no overlong form, no surrogate, nothing beyond U+10FFFF. */
bool tally_utf8_is_valid(struct tally_bytes text);

/* The same, and no control character (U+0000 to U+001F, U+007F to U+009F), so that it can be shown as it is. */
bool tally_utf8_is_clean(struct tally_bytes text);

/* The next scalar value; TALLY_OUT_OF_RANGE is latched for an ill-formed one. */
uint32_t tally_utf8_read(struct tally_cursor *text);

/* The shortest form of a scalar value. */
void tally_utf8_write(struct tally_writer *writer, uint32_t value);

#endif
