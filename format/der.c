// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* DER, read strictly. */
#include "der.h"

#include "utc.h"

#define DER_TAG_LONG 0x1f
#define DER_LENGTH_LONG 0x80
#define DER_LENGTH_BYTES_LIMIT 4
#define DER_INTEGER_LIMIT 9 /* bytes of a uint64_t and a sign */

uint8_t tally_der_peek(const struct tally_cursor *cursor)
{
	return tally_cursor_is_done(cursor) ? 0 : cursor->left.data[0];
}

static uint8_t read_der_tag(struct tally_cursor *cursor)
{
	uint8_t tag = tally_read_u8(cursor);

	if ((tag & DER_TAG_LONG) == DER_TAG_LONG)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	return tag;
}

/* The shortest form of a definite length, and no other. */
static uint32_t read_der_length(struct tally_cursor *cursor)
{
	uint8_t first = tally_read_u8(cursor);
	size_t count = first & (DER_LENGTH_LONG - 1);
	uint32_t length = 0;

	if (first < DER_LENGTH_LONG)
		return first;
	if (count == 0 || count > DER_LENGTH_BYTES_LIMIT) {
		tally_fail(cursor, count == 0 ? TALLY_NOT_CANONICAL : TALLY_OUT_OF_RANGE);
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		length = length << 8 | tally_read_u8(cursor);
	if (length < DER_LENGTH_LONG || (length >> 8 * (count - 1)) == 0)
		tally_fail(cursor, TALLY_NOT_CANONICAL);
	return length;
}

/* The length behind this tag. Nearly always there are two good bytes, and long lists are made of such elements. */
static uint32_t read_der_head(struct tally_cursor *cursor, uint8_t tag)
{
	struct tally_bytes left = cursor->left;

	if (left.size >= 2 && left.data[0] == tag && (tag & DER_TAG_LONG) != DER_TAG_LONG &&
	    left.data[1] < DER_LENGTH_LONG) {
		tally_pass(cursor, 2);
		return left.data[1];
	}
	if (read_der_tag(cursor) != tag)
		tally_fail(cursor, TALLY_DISORDER);
	return read_der_length(cursor);
}

struct tally_cursor tally_der_enter(struct tally_cursor *cursor, uint8_t tag)
{
	uint32_t length = read_der_head(cursor, tag);

	return tally_read_nested(cursor, length);
}

struct tally_bytes tally_der_read(struct tally_cursor *cursor, uint8_t tag)
{
	uint32_t length = read_der_head(cursor, tag);

	return tally_read_bytes(cursor, length);
}

struct tally_bytes tally_der_read_element(struct tally_cursor *cursor)
{
	struct tally_bytes from = cursor->left;

	(void)read_der_tag(cursor);
	(void)tally_read_bytes(cursor, read_der_length(cursor));
	if (cursor->status != TALLY_OK)
		return tally_bytes(NULL, 0);
	return tally_bytes(from.data, from.size - cursor->left.size);
}

/* Nine equal bits at the front say nothing that eight would not. spec: X.690, 8.3.2 */
static bool is_short_integer(struct tally_bytes integer)
{
	if (integer.size < 2)
		return integer.size == 1;
	return !(integer.data[0] == 0 && integer.data[1] < 0x80) &&
	       !(integer.data[0] == 0xff && integer.data[1] >= 0x80);
}

static struct tally_bytes read_tagged_integer(struct tally_cursor *cursor, uint8_t tag)
{
	struct tally_bytes integer = tally_der_read(cursor, tag);

	if (cursor->status == TALLY_OK && !is_short_integer(integer))
		tally_fail(cursor, TALLY_NOT_CANONICAL);
	return cursor->status == TALLY_OK ? integer : tally_bytes(NULL, 0);
}

struct tally_bytes tally_der_read_integer(struct tally_cursor *cursor)
{
	return read_tagged_integer(cursor, TALLY_DER_INTEGER);
}

uint64_t tally_der_read_uint(struct tally_cursor *cursor, uint8_t tag, uint64_t limit)
{
	struct tally_bytes integer = read_tagged_integer(cursor, tag);
	uint64_t value = 0;

	if (integer.size && (integer.data[0] >= 0x80 || integer.size > DER_INTEGER_LIMIT))
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	for (size_t i = 0; i < integer.size && cursor->status == TALLY_OK; i++)
		value = value << 8 | integer.data[i];
	if (value > limit)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return cursor->status == TALLY_OK ? value : 0;
}

bool tally_der_read_boolean(struct tally_cursor *cursor)
{
	struct tally_bytes content = tally_der_read(cursor, TALLY_DER_BOOLEAN);

	if (cursor->status != TALLY_OK)
		return false;
	if (content.size != 1 || (content.data[0] != 0 && content.data[0] != 0xff))
		tally_fail(cursor, TALLY_NOT_CANONICAL);
	return cursor->status == TALLY_OK && content.data[0] == 0xff;
}

struct tally_bytes tally_der_read_bits(struct tally_cursor *cursor)
{
	struct tally_cursor content = tally_der_enter(cursor, TALLY_DER_BIT_STRING);
	struct tally_bytes bits;

	if (tally_read_u8(&content) != 0)
		tally_fail(&content, TALLY_OUT_OF_RANGE);
	bits = tally_read_rest(&content);
	tally_leave(cursor, &content);
	return bits;
}

/* Zero bits at the end should be left out (X.690, 11.2.2), but AMD's authorities have them. Unused ones are zero. */
uint16_t tally_der_read_named_bits(struct tally_cursor *cursor)
{
	struct tally_cursor content = tally_der_enter(cursor, TALLY_DER_BIT_STRING);
	uint8_t unused = tally_read_u8(&content);
	struct tally_bytes bytes = tally_read_rest(&content);
	uint16_t bits = 0;

	tally_leave(cursor, &content);
	if (cursor->status == TALLY_OK && (bytes.size > sizeof(bits) || unused > 7))
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	else if (cursor->status == TALLY_OK &&
		 (bytes.size ? bytes.data[bytes.size - 1] & ((1U << unused) - 1) : unused))
		tally_fail(cursor, TALLY_NOT_CANONICAL);
	for (size_t i = 0; i < 8 * bytes.size && cursor->status == TALLY_OK; i++)
		if (bytes.data[i / 8] >> (7 - i % 8) & 1)
			bits = (uint16_t)(bits | 1U << i);
	return bits;
}

int64_t tally_der_read_time(struct tally_cursor *cursor)
{
	bool is_general = tally_der_peek(cursor) == TALLY_DER_GENERALIZED_TIME;
	struct tally_cursor text =
		tally_der_enter(cursor, is_general ? TALLY_DER_GENERALIZED_TIME : TALLY_DER_UTC_TIME);
	int64_t time = tally_utc_read_compact(&text, is_general ? 4 : 2);

	tally_leave(cursor, &text);
	return cursor->status == TALLY_OK ? time : 0;
}
