// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The bounds-checked cursor: the only place that moves a pointer through untrusted bytes. */
#include "cursor.h"

void tally_fail(struct tally_cursor *cursor, enum tally_status status)
{
	if (cursor->status == TALLY_OK)
		cursor->status = status;
	cursor->left.size = 0;
}

struct tally_bytes tally_read_bytes(struct tally_cursor *cursor, uint64_t size)
{
	struct tally_bytes bytes = { NULL, 0 };

	if (size > cursor->left.size) {
		tally_fail(cursor, TALLY_TRUNCATED);
		return bytes;
	}
	bytes = tally_bytes(cursor->left.data, (size_t)size);
	if (size != 0) {
		cursor->left.data += size;
		cursor->left.size -= (size_t)size;
	}
	return bytes;
}

static uint64_t read_little_endian(struct tally_cursor *cursor, size_t size)
{
	struct tally_bytes bytes = tally_read_bytes(cursor, size);
	uint64_t value = 0;

	if (bytes.size != size)
		return 0;
	for (size_t i = size; i > 0; i--)
		value = value << 8 | bytes.data[i - 1];
	return value;
}

static uint64_t read_big_endian(struct tally_cursor *cursor, size_t size)
{
	struct tally_bytes bytes = tally_read_bytes(cursor, size);
	uint64_t value = 0;

	if (bytes.size != size)
		return 0;
	for (size_t i = 0; i < size; i++)
		value = value << 8 | bytes.data[i];
	return value;
}

/* By itself and not as a number of one byte: most formats are read byte by byte somewhere. */
uint8_t tally_read_u8(struct tally_cursor *cursor)
{
	uint8_t byte;

	if (cursor->left.size == 0) {
		tally_fail(cursor, TALLY_TRUNCATED);
		return 0;
	}
	byte = *cursor->left.data++;
	cursor->left.size--;
	return byte;
}

uint16_t tally_read_le16(struct tally_cursor *cursor)
{
	return (uint16_t)read_little_endian(cursor, 2);
}

uint32_t tally_read_le32(struct tally_cursor *cursor)
{
	return (uint32_t)read_little_endian(cursor, 4);
}

uint64_t tally_read_le64(struct tally_cursor *cursor)
{
	return read_little_endian(cursor, 8);
}

uint16_t tally_read_be16(struct tally_cursor *cursor)
{
	return (uint16_t)read_big_endian(cursor, 2);
}

uint32_t tally_read_be32(struct tally_cursor *cursor)
{
	return (uint32_t)read_big_endian(cursor, 4);
}

uint64_t tally_read_be64(struct tally_cursor *cursor)
{
	return read_big_endian(cursor, 8);
}

struct tally_bytes tally_read_rest(struct tally_cursor *cursor)
{
	return tally_read_bytes(cursor, cursor->left.size);
}

struct tally_cursor tally_read_nested(struct tally_cursor *cursor, uint64_t size)
{
	struct tally_cursor nested = tally_cursor(tally_read_bytes(cursor, size));

	nested.status = cursor->status;
	return nested;
}

void tally_leave(struct tally_cursor *cursor, const struct tally_cursor *nested)
{
	enum tally_status status = tally_cursor_end(nested);

	if (status != TALLY_OK)
		tally_fail(cursor, status);
}

void tally_read_copy(struct tally_cursor *cursor, uint8_t *to, size_t size)
{
	struct tally_bytes bytes = tally_read_bytes(cursor, size);

	if (bytes.size == size && size != 0)
		memcpy(to, bytes.data, size);
	else if (size != 0)
		memset(to, 0, size);
}

void tally_expect_zeros(struct tally_cursor *cursor, size_t size)
{
	struct tally_bytes bytes = tally_read_bytes(cursor, size);
	uint8_t seen = 0;

	for (size_t i = 0; i < bytes.size; i++)
		seen |= bytes.data[i];
	if (seen != 0)
		tally_fail(cursor, TALLY_RESERVED);
}
