// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Deterministic CBOR, one item at a time: no nesting is followed here, so nothing recurses. */
#include "cbor.h"

#include "utf8.h"

/* Additional information of an initial byte. spec: RFC 8949 3 */
enum cbor_info {
	CBOR_INFO_ONE_BYTE = 24, /* below it the value itself */
	CBOR_INFO_TWO_BYTES = 25,
	CBOR_INFO_FOUR_BYTES = 26,
	CBOR_INFO_EIGHT_BYTES = 27,
	CBOR_INFO_INDEFINITE = 31
};

/* An argument that stands in the bytes behind the initial one, and must not fit into fewer. */
static uint64_t cbor_read_argument(struct tally_cursor *cursor, uint8_t info)
{
	uint64_t argument = info;
	uint64_t least = 0;

	if (info == CBOR_INFO_ONE_BYTE) {
		argument = tally_read_u8(cursor);
		least = CBOR_INFO_ONE_BYTE;
	} else if (info == CBOR_INFO_TWO_BYTES) {
		argument = tally_read_be16(cursor);
		least = (uint64_t)UINT8_MAX + 1;
	} else if (info == CBOR_INFO_FOUR_BYTES) {
		argument = tally_read_be32(cursor);
		least = (uint64_t)UINT16_MAX + 1;
	} else if (info == CBOR_INFO_EIGHT_BYTES) {
		argument = tally_read_be64(cursor);
		least = (uint64_t)UINT32_MAX + 1;
	} else if (info > CBOR_INFO_EIGHT_BYTES) {
		tally_fail(cursor, info == CBOR_INFO_INDEFINITE ? TALLY_UNSUPPORTED : TALLY_OUT_OF_RANGE);
	}
	if (argument < least)
		tally_fail(cursor, TALLY_NOT_CANONICAL);
	return argument;
}

/* false, true and null stand in the initial byte; floating point behind it. */
static void cbor_check_simple(struct tally_cursor *cursor, uint8_t info)
{
	if (info > CBOR_INFO_EIGHT_BYTES && info != CBOR_INFO_INDEFINITE)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	else if (info < TALLY_CBOR_FALSE || info > TALLY_CBOR_NULL)
		tally_fail(cursor, TALLY_UNSUPPORTED);
}

/* Every child takes a byte at least, so a count beyond the bytes left is refused before anybody loops. */
static void cbor_check_count(struct tally_cursor *cursor, const struct tally_cbor_item *item)
{
	uint64_t limit = cursor->left.size;

	if (item->major == TALLY_CBOR_MAP)
		limit /= 2;
	if ((item->major == TALLY_CBOR_ARRAY || item->major == TALLY_CBOR_MAP) && item->argument > limit)
		tally_fail(cursor, TALLY_TRUNCATED);
	if (item->major == TALLY_CBOR_TAG && limit == 0)
		tally_fail(cursor, TALLY_TRUNCATED);
}

struct tally_cbor_item tally_cbor_read(struct tally_cursor *cursor)
{
	struct tally_cbor_item item = { TALLY_CBOR_UINT, 0, { NULL, 0 }, false };
	uint8_t initial = tally_read_u8(cursor);
	uint8_t info = initial & 0x1f;

	item.major = (enum tally_cbor_major)(initial >> 5);
	if (item.major == TALLY_CBOR_SIMPLE)
		cbor_check_simple(cursor, info);
	item.argument = cbor_read_argument(cursor, info);
	if (item.major == TALLY_CBOR_BYTES || item.major == TALLY_CBOR_TEXT)
		item.string = tally_read_bytes(cursor, item.argument);
	if (item.major == TALLY_CBOR_TEXT && !tally_utf8_is_valid(item.string))
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	cbor_check_count(cursor, &item);
	if (cursor->status != TALLY_OK)
		memset(&item, 0, sizeof(item));
	return item;
}

static struct tally_cbor_item cbor_expect(struct tally_cursor *cursor, enum tally_cbor_major major)
{
	struct tally_cbor_item item = tally_cbor_read(cursor);

	if (item.major != major) {
		tally_fail(cursor, TALLY_DISORDER);
		memset(&item, 0, sizeof(item));
	}
	return item;
}

uint64_t tally_cbor_expect_uint(struct tally_cursor *cursor)
{
	return cbor_expect(cursor, TALLY_CBOR_UINT).argument;
}

int64_t tally_cbor_integer(struct tally_cursor *cursor, struct tally_cbor_item item)
{
	if (item.major != TALLY_CBOR_UINT && item.major != TALLY_CBOR_NEGATIVE)
		tally_fail(cursor, TALLY_DISORDER);
	else if (item.argument > INT64_MAX)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	if (cursor->status != TALLY_OK)
		return 0;
	return item.major == TALLY_CBOR_NEGATIVE ? -1 - (int64_t)item.argument : (int64_t)item.argument;
}

int64_t tally_cbor_expect_int(struct tally_cursor *cursor)
{
	return tally_cbor_integer(cursor, tally_cbor_read(cursor));
}

struct tally_bytes tally_cbor_expect_bytes(struct tally_cursor *cursor)
{
	return cbor_expect(cursor, TALLY_CBOR_BYTES).string;
}

struct tally_bytes tally_cbor_expect_text(struct tally_cursor *cursor)
{
	return cbor_expect(cursor, TALLY_CBOR_TEXT).string;
}

size_t tally_cbor_expect_array(struct tally_cursor *cursor)
{
	return (size_t)cbor_expect(cursor, TALLY_CBOR_ARRAY).argument;
}

size_t tally_cbor_expect_map(struct tally_cursor *cursor)
{
	return (size_t)cbor_expect(cursor, TALLY_CBOR_MAP).argument;
}

void tally_cbor_expect_tag(struct tally_cursor *cursor, uint64_t tag)
{
	struct tally_cbor_item item = cbor_expect(cursor, TALLY_CBOR_TAG);

	if (item.argument != tag)
		tally_fail(cursor, TALLY_DISORDER);
}

bool tally_cbor_read_null(struct tally_cursor *cursor)
{
	struct tally_cursor ahead = *cursor;
	struct tally_cbor_item item = tally_cbor_read(&ahead);
	bool is_null = item.major == TALLY_CBOR_SIMPLE && item.argument == TALLY_CBOR_NULL;

	if (is_null)
		*cursor = ahead;
	return is_null;
}

int tally_cbor_key_compare(struct tally_bytes a, struct tally_bytes b)
{
	size_t shorter = a.size < b.size ? a.size : b.size;
	int order = shorter ? memcmp(a.data, b.data, shorter) : 0;

	if (order != 0 || a.size == b.size)
		return order;
	return a.size < b.size ? -1 : 1;
}

void tally_cbor_write_head(struct tally_writer *writer, enum tally_cbor_major major, uint64_t argument)
{
	uint8_t initial = (uint8_t)((unsigned)major << 5);

	if (argument < CBOR_INFO_ONE_BYTE) {
		tally_write_u8(writer, (uint8_t)(initial | argument));
	} else if (argument <= UINT8_MAX) {
		tally_write_u8(writer, initial | CBOR_INFO_ONE_BYTE);
		tally_write_u8(writer, (uint8_t)argument);
	} else if (argument <= UINT16_MAX) {
		tally_write_u8(writer, initial | CBOR_INFO_TWO_BYTES);
		tally_write_be16(writer, (uint16_t)argument);
	} else if (argument <= UINT32_MAX) {
		tally_write_u8(writer, initial | CBOR_INFO_FOUR_BYTES);
		tally_write_be32(writer, (uint32_t)argument);
	} else {
		tally_write_u8(writer, initial | CBOR_INFO_EIGHT_BYTES);
		tally_write_be64(writer, argument);
	}
}

void tally_cbor_write_uint(struct tally_writer *writer, uint64_t value)
{
	tally_cbor_write_head(writer, TALLY_CBOR_UINT, value);
}

void tally_cbor_write_int(struct tally_writer *writer, int64_t value)
{
	if (value < 0)
		tally_cbor_write_head(writer, TALLY_CBOR_NEGATIVE, (uint64_t)(-1 - value));
	else
		tally_cbor_write_head(writer, TALLY_CBOR_UINT, (uint64_t)value);
}

void tally_cbor_write_bytes(struct tally_writer *writer, struct tally_bytes bytes)
{
	tally_cbor_write_head(writer, TALLY_CBOR_BYTES, bytes.size);
	tally_write_bytes(writer, bytes);
}

void tally_cbor_write_text(struct tally_writer *writer, struct tally_bytes text)
{
	if (!tally_utf8_is_valid(text))
		tally_writer_fail(writer, TALLY_INVALID);
	tally_cbor_write_head(writer, TALLY_CBOR_TEXT, text.size);
	tally_write_bytes(writer, text);
}

void tally_cbor_write_array(struct tally_writer *writer, size_t count)
{
	tally_cbor_write_head(writer, TALLY_CBOR_ARRAY, count);
}

void tally_cbor_write_map(struct tally_writer *writer, size_t count)
{
	tally_cbor_write_head(writer, TALLY_CBOR_MAP, count);
}

void tally_cbor_write_null(struct tally_writer *writer)
{
	tally_cbor_write_head(writer, TALLY_CBOR_SIMPLE, TALLY_CBOR_NULL);
}
