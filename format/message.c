// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The header of a message, and the order of its elements. */
#include "message.h"

#define MESSAGE_TAG_LIMIT 32 /* a bit for each */

void tally_message_open(struct tally_cursor *cursor, const char magic[4], struct tally_message_header *ret)
{
	struct tally_message_header header;
	uint64_t given;
	uint32_t size;

	if (!tally_bytes_equal(tally_read_bytes(cursor, 4), tally_bytes(magic, 4)))
		tally_fail(cursor, TALLY_UNSUPPORTED);
	size = tally_read_be32(cursor);
	given = cursor->left.size;
	if (tally_read_be16(cursor) != TALLY_MESSAGE_VERSION)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	header.kind = tally_read_be16(cursor);
	header.flags = tally_read_be32(cursor);
	header.time = tally_read_be32(cursor);
	/* The size says that it is whole, because elements at its end may be optional. */
	if (size != given)
		tally_fail(cursor, size > given ? TALLY_TRUNCATED : TALLY_TRAILING);
	*ret = header;
}

bool tally_message_next(struct tally_cursor *cursor, uint32_t allowed, uint32_t *present, struct tally_tlv *ret)
{
	uint32_t bit;

	if (tally_cursor_is_done(cursor))
		return false;
	*ret = tally_tlv_read(cursor);
	bit = ret->tag < MESSAGE_TAG_LIMIT ? 1U << ret->tag : 0;
	if (!(bit & allowed))
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	else if (bit & *present)
		tally_fail(cursor, TALLY_DUPLICATE);
	else if (bit < *present)
		tally_fail(cursor, TALLY_DISORDER);
	*present |= bit;
	return cursor->status == TALLY_OK;
}

size_t tally_message_begin(struct tally_writer *writer, const char magic[4], const struct tally_message_header *header)
{
	size_t position;

	tally_write_bytes(writer, tally_bytes(magic, 4));
	position = tally_reserve_be32(writer);
	tally_write_be16(writer, TALLY_MESSAGE_VERSION);
	tally_write_be16(writer, header->kind);
	tally_write_be32(writer, header->flags);
	tally_write_be32(writer, header->time);
	return position;
}
