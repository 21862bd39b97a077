/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What our own TLVs ask beyond CEL's: one encoding for each value. spec: docs/formats/log.md */
#ifndef TALLY_FORMAT_CANONICAL_H
#define TALLY_FORMAT_CANONICAL_H

#include "tlv.h"

/*
 * Each takes the value of an element that was read from cursor, and fails cursor if it is not
 * what it must be, so that a call reads f(&cursor, tally_tlv_expect(&cursor, tag)).
 */

/* Big-endian without leading zero bytes, zero being one (TALLY_NOT_CANONICAL); at most limit (TALLY_OUT_OF_RANGE). */
uint64_t tally_canonical_integer(struct tally_cursor *cursor, struct tally_bytes value, uint64_t limit);

/* A list of digests ascending by algorithm (TALLY_DISORDER), at least one, all of algorithms that we know. */
void tally_canonical_digests(struct tally_cursor *cursor, struct tally_bytes value, struct tally_digests *ret);

/* Text as tally_event_text_is_clean wants it: TALLY_OUT_OF_RANGE. */
struct tally_bytes tally_canonical_text(struct tally_cursor *cursor, struct tally_bytes value);

/* Exactly size bytes, copied: TALLY_OUT_OF_RANGE, and zeros. */
void tally_canonical_copy(struct tally_cursor *cursor, struct tally_bytes value, uint8_t *to, size_t size);

#endif
