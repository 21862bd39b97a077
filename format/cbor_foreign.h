/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CBOR as other encoders write it: any width of an argument, any order of keys, maps and arrays without a count. spec: RFC 8949 3 */
#ifndef TALLY_FORMAT_CBOR_FOREIGN_H
#define TALLY_FORMAT_CBOR_FOREIGN_H

#include "cbor.h"

#define TALLY_CBOR_DEPTH_LIMIT 12 /* of arrays, maps and tags inside each other */
#define TALLY_CBOR_KEY_LIMIT 128  /* keys of all maps that are open at one place */

/*
 * Read one item and all that is in it, once, before anything is taken from it: strings have their length in front
 * (TALLY_UNSUPPORTED), text is UTF-8, keys are numbers or strings (TALLY_UNSUPPORTED), no map has a key twice,
 * compared as decoded (TALLY_DUPLICATE), nothing is deeper than the limit or a map too large (TALLY_TOO_LARGE).
 */
TALLY_MUST_CHECK enum tally_status tally_cbor_check(struct tally_bytes input);

/* One head (and string), of any width. Failures as of tally_cbor_check; a zero item after one. */
struct tally_cbor_item tally_cbor_read_foreign(struct tally_cursor *cursor);

/* The elements of an array or a map that are still to come. */
struct tally_cbor_elements {
	uint64_t left;
	bool has_count; /* false: a break ends them */
};

/* The next item is an array, or a map: TALLY_DISORDER otherwise. Read while tally_cbor_next says that there is one more. */
struct tally_cbor_elements tally_cbor_enter_array(struct tally_cursor *cursor);
struct tally_cbor_elements tally_cbor_enter_map(struct tally_cursor *cursor);

/* An element follows, for a map its key and value; the end is consumed. False after a failure. */
bool tally_cbor_next(struct tally_cursor *cursor, struct tally_cbor_elements *elements);

/* Pass over one item with all that is in it. */
void tally_cbor_skip(struct tally_cursor *cursor);

/* The bytes of the next item with all that is in it. */
struct tally_bytes tally_cbor_take(struct tally_cursor *cursor);

/* The next item, of any width, must be of this kind: as tally_cbor_expect_*. */
uint64_t tally_cbor_foreign_uint(struct tally_cursor *cursor);
int64_t tally_cbor_foreign_int(struct tally_cursor *cursor);
struct tally_bytes tally_cbor_foreign_bytes(struct tally_cursor *cursor);
struct tally_bytes tally_cbor_foreign_text(struct tally_cursor *cursor);
void tally_cbor_foreign_tag(struct tally_cursor *cursor, uint64_t tag);

/* The next item is null, and is consumed; nothing is consumed otherwise. */
bool tally_cbor_foreign_null(struct tally_cursor *cursor);

/* The next item is this tag, which is consumed; nothing is consumed otherwise. */
bool tally_cbor_skip_tag(struct tally_cursor *cursor, uint64_t tag);

#endif
