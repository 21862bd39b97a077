/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The characters of a JSON string. */
#ifndef TALLY_FORMAT_JSON_STRING_H
#define TALLY_FORMAT_JSON_STRING_H

#include "../core/cursor.h"

/* The next character between the quotes, an escape decoded. Fails as the cursor does, or TALLY_OUT_OF_RANGE. */
uint32_t tally_json_read_scalar(struct tally_cursor *string);

/* Another text between quotes may mean the same. */
bool tally_json_has_escape(struct tally_bytes string);

#endif
