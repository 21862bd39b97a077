/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Deterministic CBOR, written and strictly read, as our own formats need it. spec: RFC 8949 4.2.1; dCBOR */
#ifndef TALLY_FORMAT_CBOR_H
#define TALLY_FORMAT_CBOR_H

#include "../core/cursor.h"
#include "../core/writer.h"

enum tally_cbor_major {
	TALLY_CBOR_UINT = 0,
	TALLY_CBOR_NEGATIVE = 1, /* value is -1 - argument */
	TALLY_CBOR_BYTES = 2,
	TALLY_CBOR_TEXT = 3,
	TALLY_CBOR_ARRAY = 4,
	TALLY_CBOR_MAP = 5,
	TALLY_CBOR_TAG = 6,
	TALLY_CBOR_SIMPLE = 7
};

/* Arguments of the simple values that there are. */
#define TALLY_CBOR_FALSE 20
#define TALLY_CBOR_TRUE 21
#define TALLY_CBOR_NULL 22

/* The head of one item; for strings with its bytes. Children of arrays, maps and tags follow in the cursor. */
struct tally_cbor_item {
	enum tally_cbor_major major;
	uint64_t argument; /* value, length, count or tag number */
	struct tally_bytes string;
	bool is_indefinite; /* an array or map that a break ends: cbor_foreign.h only */
};

/*
 * Read one head (and string). Only the shortest form is accepted (TALLY_NOT_CANONICAL), no indefinite
 * length, no floating point, no simple value but false, true and null (TALLY_UNSUPPORTED); text must be
 * UTF-8, and a form that CBOR reserves is none (TALLY_OUT_OF_RANGE); a count larger than the bytes left
 * is TALLY_TRUNCATED. A zero item after a failure.
 */
struct tally_cbor_item tally_cbor_read(struct tally_cursor *cursor);

/* The integer that an item is, which was read from the cursor: TALLY_DISORDER and TALLY_OUT_OF_RANGE as below. */
int64_t tally_cbor_integer(struct tally_cursor *cursor, struct tally_cbor_item item);

/* The next item, which must be of this kind: TALLY_DISORDER otherwise; TALLY_OUT_OF_RANGE beyond 64 bits signed. */
uint64_t tally_cbor_expect_uint(struct tally_cursor *cursor);
int64_t tally_cbor_expect_int(struct tally_cursor *cursor);
struct tally_bytes tally_cbor_expect_bytes(struct tally_cursor *cursor);
struct tally_bytes tally_cbor_expect_text(struct tally_cursor *cursor);
size_t tally_cbor_expect_array(struct tally_cursor *cursor);
size_t tally_cbor_expect_map(struct tally_cursor *cursor);
void tally_cbor_expect_tag(struct tally_cursor *cursor, uint64_t tag);

/* The next item is null, and is consumed; nothing is consumed otherwise. */
bool tally_cbor_read_null(struct tally_cursor *cursor);

/* Bytewise order, a prefix first: of map keys in encoded form (RFC 8949 4.2.1). Negative, 0, positive as memcmp. */
int tally_cbor_key_compare(struct tally_bytes a, struct tally_bytes b);

void tally_cbor_write_head(struct tally_writer *writer, enum tally_cbor_major major, uint64_t argument);
void tally_cbor_write_uint(struct tally_writer *writer, uint64_t value);
void tally_cbor_write_int(struct tally_writer *writer, int64_t value);
void tally_cbor_write_bytes(struct tally_writer *writer, struct tally_bytes bytes);
void tally_cbor_write_text(struct tally_writer *writer, struct tally_bytes text);
void tally_cbor_write_array(struct tally_writer *writer, size_t count);
void tally_cbor_write_map(struct tally_writer *writer, size_t count); /* keys in order: the caller's duty */
void tally_cbor_write_null(struct tally_writer *writer);

#endif
