// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* CEL's tag-length-value, read and written. */
#include "tlv.h"

#define TLV_INTEGER_LIMIT 8 /* bytes of the widest integer */

bool tally_tlv_read_optional(struct tally_cursor *cursor, uint8_t tag, struct tally_bytes *ret)
{
	struct tally_cursor ahead = *cursor;
	struct tally_bytes value;

	if (tally_cursor_is_done(cursor) || tally_read_u8(&ahead) != tag)
		return false;
	value = tally_tlv_read(cursor).value;
	if (cursor->status != TALLY_OK)
		return false;
	*ret = value;
	return true;
}

struct tally_bytes tally_tlv_expect(struct tally_cursor *cursor, uint8_t tag)
{
	uint8_t found;
	uint32_t size = tally_tlv_read_header(cursor, &found);

	if (found != tag)
		tally_fail(cursor, TALLY_DISORDER);
	return tally_read_bytes(cursor, size);
}

uint64_t tally_tlv_integer(struct tally_cursor *cursor, struct tally_bytes bytes, size_t size_limit)
{
	uint64_t value = 0;

	if (bytes.size == 0 || bytes.size > size_limit || bytes.size > TLV_INTEGER_LIMIT) {
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
		return 0;
	}
	for (size_t i = 0; i < bytes.size; i++)
		value = value << 8 | bytes.data[i];
	return value;
}

uint64_t tally_tlv_expect_integer(struct tally_cursor *cursor, uint8_t tag, size_t size_limit)
{
	uint8_t found;
	uint32_t size = tally_tlv_read_header(cursor, &found);

	if (found != tag)
		tally_fail(cursor, TALLY_DISORDER);
	/* Before the bytes are read: a length that can't be is damage, also where the input ends inside it. */
	if (size > size_limit)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return tally_tlv_integer(cursor, tally_read_bytes(cursor, size), size_limit);
}

/* Every algorithm stands once in a list, also one that we don't know. */
static bool digest_tag_is_new(uint64_t seen[4], uint8_t tag)
{
	uint64_t bit = (uint64_t)1 << (tag & 63);
	bool is_new = (seen[tag >> 6] & bit) == 0;

	seen[tag >> 6] |= bit;
	return is_new;
}

/* The list is complete, so an element that runs over its end is damage and no tear. */
static enum tally_status digest_elements(struct tally_bytes bytes, struct tally_digest_list *list)
{
	struct tally_cursor elements = tally_cursor(bytes);
	uint64_t seen[4] = { 0, 0, 0, 0 };

	list->count = 0;
	list->lacks_digests = false;
	while (!tally_cursor_is_done(&elements)) {
		struct tally_tlv element = tally_tlv_read(&elements);
		enum tally_status status = elements.status;

		if (status == TALLY_OK && !digest_tag_is_new(seen, element.tag))
			status = TALLY_DUPLICATE;
		if (status == TALLY_OK)
			status = tally_digest_list_add(list, element.tag, element.value);
		/* The length is explicit, so a bank that we don't know can be left out without guessing. */
		if (status != TALLY_OK && status != TALLY_UNKNOWN_ALGORITHM)
			return status == TALLY_TRUNCATED ? TALLY_OUT_OF_RANGE : status;
	}
	if (bytes.size == 0)
		return TALLY_OUT_OF_RANGE;
	return list->count == 0 ? TALLY_UNKNOWN_ALGORITHM : TALLY_OK;
}

void tally_tlv_read_digest_list(struct tally_cursor *cursor, struct tally_bytes bytes, struct tally_digest_list *ret)
{
	enum tally_status status = digest_elements(bytes, ret);

	if (status != TALLY_OK)
		tally_fail(cursor, status);
	if (cursor->status != TALLY_OK)
		ret->count = 0;
}

void tally_tlv_read_digests(struct tally_cursor *cursor, struct tally_bytes list, struct tally_digests *ret)
{
	struct tally_digest_list digests;

	tally_tlv_read_digest_list(cursor, list, &digests);
	tally_digest_list_copy(&digests, ret);
}

void tally_tlv_write(struct tally_writer *writer, uint8_t tag, struct tally_bytes value)
{
	if (value.size > UINT32_MAX) {
		tally_writer_fail(writer, TALLY_TOO_LARGE);
		return;
	}
	tally_write_u8(writer, tag);
	tally_write_be32(writer, (uint32_t)value.size);
	tally_write_bytes(writer, value);
}

void tally_tlv_write_integer(struct tally_writer *writer, uint8_t tag, uint64_t value)
{
	size_t size = 1;

	while (size < TLV_INTEGER_LIMIT && value >> (8 * size) != 0)
		size++;
	tally_tlv_write_fixed(writer, tag, value, size);
}

void tally_tlv_write_fixed(struct tally_writer *writer, uint8_t tag, uint64_t value, size_t size)
{
	uint8_t bytes[TLV_INTEGER_LIMIT];

	if (size == 0 || size > sizeof(bytes) || (size < sizeof(bytes) && value >> (8 * size) != 0)) {
		tally_writer_fail(writer, TALLY_OUT_OF_RANGE);
		return;
	}
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
	tally_tlv_write(writer, tag, tally_bytes(bytes, size));
}

void tally_tlv_write_digests(struct tally_writer *writer, uint8_t tag, const struct tally_digests *digests)
{
	size_t position = tally_tlv_begin(writer, tag);

	for (size_t i = 0; i < digests->count; i++) {
		struct tally_bytes bytes = tally_digest_bytes(&digests->digest[i]);

		if (bytes.size == 0)
			tally_writer_fail(writer, TALLY_UNKNOWN_ALGORITHM);
		tally_tlv_write(writer, (uint8_t)digests->digest[i].alg, bytes);
	}
	tally_tlv_end(writer, position);
}

size_t tally_tlv_begin(struct tally_writer *writer, uint8_t tag)
{
	tally_write_u8(writer, tag);
	return tally_reserve_be32(writer);
}

void tally_tlv_end(struct tally_writer *writer, size_t position)
{
	tally_commit_be32(writer, position);
}
