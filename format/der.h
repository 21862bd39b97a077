/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DER, read strictly: one encoding for every value. spec: X.690, 10 and 11 */
#ifndef TALLY_FORMAT_DER_H
#define TALLY_FORMAT_DER_H

#include "../core/cursor.h"

/* Identifiers that our formats use. A context tag n is TALLY_DER_CONTEXT | n, constructed ones TALLY_DER_EXPLICIT | n. */
enum tally_der_tag {
	TALLY_DER_BOOLEAN = 0x01,
	TALLY_DER_INTEGER = 0x02,
	TALLY_DER_BIT_STRING = 0x03,
	TALLY_DER_OCTET_STRING = 0x04,
	TALLY_DER_NULL = 0x05,
	TALLY_DER_OID = 0x06,
	TALLY_DER_ENUMERATED = 0x0a,
	TALLY_DER_UTF8_STRING = 0x0c,
	TALLY_DER_PRINTABLE_STRING = 0x13,
	TALLY_DER_IA5_STRING = 0x16,
	TALLY_DER_UTC_TIME = 0x17,
	TALLY_DER_GENERALIZED_TIME = 0x18,
	TALLY_DER_SEQUENCE = 0x30,
	TALLY_DER_SET = 0x31,
	TALLY_DER_CONTEXT = 0x80,
	TALLY_DER_EXPLICIT = 0xa0
};

/*
 * Every reader takes one element. Another tag than asked for is TALLY_DISORDER; a length or value that is not in its
 * one encoding TALLY_NOT_CANONICAL; a tag of several bytes TALLY_UNSUPPORTED.
 */

/* The tag of the next element; 0 at the end or after a failure. Nothing is read. */
uint8_t tally_der_peek(const struct tally_cursor *cursor);

/* The content. */
struct tally_bytes tally_der_read(struct tally_cursor *cursor, uint8_t tag);

/* A cursor over the content, to be ended by tally_leave. */
struct tally_cursor tally_der_enter(struct tally_cursor *cursor, uint8_t tag);

/* The whole element, whatever its tag. */
struct tally_bytes tally_der_read_element(struct tally_cursor *cursor);

/* An INTEGER as it stands, in two's complement. */
struct tally_bytes tally_der_read_integer(struct tally_cursor *cursor);

/* An INTEGER or ENUMERATED from 0 to limit; TALLY_OUT_OF_RANGE for another value. */
uint64_t tally_der_read_uint(struct tally_cursor *cursor, uint8_t tag, uint64_t limit);

bool tally_der_read_boolean(struct tally_cursor *cursor);

/* A BIT STRING of whole bytes; TALLY_OUT_OF_RANGE for another one. */
struct tally_bytes tally_der_read_bits(struct tally_cursor *cursor);

/* A BIT STRING of named bits, at most 16: bit n is 1 << n. */
uint16_t tally_der_read_named_bits(struct tally_cursor *cursor);

/* UTCTime or GeneralizedTime in the forms of RFC 5280 4.1.2.5: seconds since 1970. */
int64_t tally_der_read_time(struct tally_cursor *cursor);

/* The bytes of a DER object identifier written as a C string of known size. */
#define TALLY_OID(text) tally_bytes((text), sizeof(text) - 1)

#endif
