/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CEL's tag-length-value: one byte tag, four bytes big-endian length, value. spec: TCG CEL 5.1 */
#ifndef TALLY_FORMAT_TLV_H
#define TALLY_FORMAT_TLV_H

#include "../core/cursor.h"
#include "../core/digest.h"
#include "../core/writer.h"
#include "digest_list.h"

#define TALLY_TLV_HEADER_SIZE 5

struct tally_tlv {
	uint8_t tag;
	struct tally_bytes value;
};

/* Only tag and length of the next element, which is returned: for a reader that checks them before it takes the value. */
static inline uint32_t tally_tlv_read_header(struct tally_cursor *cursor, uint8_t *ret_tag)
{
	/* One read for tag and length, because replay spends its time here. */
	struct tally_bytes header = tally_read_bytes(cursor, TALLY_TLV_HEADER_SIZE);

	*ret_tag = 0;
	if (header.size == 0)
		return 0;
	*ret_tag = header.data[0];
	return (uint32_t)header.data[1] << 24 | (uint32_t)header.data[2] << 16 | (uint32_t)header.data[3] << 8 |
	       header.data[4];
}

/* The next element; a zero one after a failure. */
static inline struct tally_tlv tally_tlv_read(struct tally_cursor *cursor)
{
	struct tally_tlv element;
	uint32_t size = tally_tlv_read_header(cursor, &element.tag);

	element.value = tally_read_bytes(cursor, size);
	if (cursor->status != TALLY_OK)
		element.tag = 0;
	return element;
}

/*
 * The next element if it has this tag: true and *ret set. False for another tag, where nothing is
 * consumed, and for a failure, which is latched.
 */
bool tally_tlv_read_optional(struct tally_cursor *cursor, uint8_t tag, struct tally_bytes *ret);

/* The next element, which must have this tag: TALLY_DISORDER otherwise. */
struct tally_bytes tally_tlv_expect(struct tally_cursor *cursor, uint8_t tag);

/* An integer of 1 to size_limit bytes, big-endian: TALLY_OUT_OF_RANGE otherwise. */
uint64_t tally_tlv_expect_integer(struct tally_cursor *cursor, uint8_t tag, size_t size_limit);

/* The integer that these bytes are; cursor only takes the failure. */
uint64_t tally_tlv_integer(struct tally_cursor *cursor, struct tally_bytes bytes, size_t size_limit);

/*
 * A list of digests, each TLV(algorithm, bytes): any order, no algorithm twice (TALLY_DUPLICATE), at
 * least one (TALLY_OUT_OF_RANGE), lengths as the algorithm has them (TALLY_DIGEST_SIZE). One that we
 * don't know is left out; TALLY_UNKNOWN_ALGORITHM if we know none. *ret is zero after a failure.
 */
void tally_tlv_read_digests(struct tally_cursor *cursor, struct tally_bytes list, struct tally_digests *ret);

/* The same, borrowed; empty after a failure. */
void tally_tlv_read_digest_list(struct tally_cursor *cursor, struct tally_bytes bytes, struct tally_digest_list *ret);

void tally_tlv_write(struct tally_writer *writer, uint8_t tag, struct tally_bytes value);

/* The shortest big-endian form; zero is one zero byte. */
void tally_tlv_write_integer(struct tally_writer *writer, uint8_t tag, uint64_t value);

/* Exactly size bytes, big-endian: 1 to 8, and enough for the value (TALLY_OUT_OF_RANGE is latched). */
void tally_tlv_write_fixed(struct tally_writer *writer, uint8_t tag, uint64_t value, size_t size);

/* TLV(tag, list of digests). TALLY_UNKNOWN_ALGORITHM is latched for one that we don't know. */
void tally_tlv_write_digests(struct tally_writer *writer, uint8_t tag, const struct tally_digests *digests);

/* A container: write the header, the content, then end it. */
size_t tally_tlv_begin(struct tally_writer *writer, uint8_t tag);
void tally_tlv_end(struct tally_writer *writer, size_t position);

#endif
