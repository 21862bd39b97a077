/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CEL's tag-length-value: one byte tag, four bytes big-endian length, value. spec: TCG CEL 5.1 */
#ifndef TALLY_FORMAT_TLV_H
#define TALLY_FORMAT_TLV_H

#include "../core/cursor.h"
#include "../core/digest.h"
#include "../core/writer.h"

#define TALLY_TLV_HEADER_SIZE 5

struct tally_tlv {
	uint8_t tag;
	struct tally_bytes value;
};

/* The next element; a zero one after a failure. */
struct tally_tlv tally_tlv_read(struct tally_cursor *cursor);

/* The next element if it has this tag: true and *ret set. Nothing is consumed otherwise. */
bool tally_tlv_read_optional(struct tally_cursor *cursor, uint8_t tag, struct tally_bytes *ret);

/* The next element, which must have this tag: TALLY_DISORDER otherwise. */
struct tally_bytes tally_tlv_expect(struct tally_cursor *cursor, uint8_t tag);

/* An integer of 1 to size_limit bytes, big-endian: TALLY_OUT_OF_RANGE otherwise. */
uint64_t tally_tlv_expect_integer(struct tally_cursor *cursor, uint8_t tag, size_t size_limit);

/* A list of digests, each TLV(algorithm, bytes): any order, no algorithm twice, at least one. */
void tally_tlv_read_digests(struct tally_cursor *cursor, struct tally_bytes list, struct tally_digests *ret);

void tally_tlv_write(struct tally_writer *writer, uint8_t tag, struct tally_bytes value);

/* The shortest big-endian form; zero is one zero byte. */
void tally_tlv_write_integer(struct tally_writer *writer, uint8_t tag, uint64_t value);

/* Exactly size bytes, big-endian. */
void tally_tlv_write_fixed(struct tally_writer *writer, uint8_t tag, uint64_t value, size_t size);

/* TLV(tag, list of digests). */
void tally_tlv_write_digests(struct tally_writer *writer, uint8_t tag, const struct tally_digests *digests);

/* A container: write the header, the content, then end it. */
size_t tally_tlv_begin(struct tally_writer *writer, uint8_t tag);
void tally_tlv_end(struct tally_writer *writer, size_t position);

#endif
