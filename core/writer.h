/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing bytes into the caller's buffer: the mirror image of the cursor. */
#ifndef TALLY_CORE_WRITER_H
#define TALLY_CORE_WRITER_H

#include "env.h"

/*
 * A write position. The first write that does not fit latches TALLY_NO_SPACE
 * and nothing is written from then on, but size goes on counting, so that
 * size tells afterwards how large the buffer must be. data may be NULL with
 * capacity 0 to measure.
 */
struct tally_writer {
	uint8_t *data;
	size_t capacity;
	size_t size;
	enum tally_status status;
};

struct tally_writer tally_writer(void *data, size_t capacity);

/* What was written so far; none after a failure. */
struct tally_bytes tally_written(const struct tally_writer *writer);

/* Latch a failure other than a full buffer. */
void tally_writer_fail(struct tally_writer *writer, enum tally_status status);

void tally_write_u8(struct tally_writer *writer, uint8_t value);
void tally_write_le16(struct tally_writer *writer, uint16_t value);
void tally_write_le32(struct tally_writer *writer, uint32_t value);
void tally_write_le64(struct tally_writer *writer, uint64_t value);
void tally_write_be16(struct tally_writer *writer, uint16_t value);
void tally_write_be32(struct tally_writer *writer, uint32_t value);
void tally_write_be64(struct tally_writer *writer, uint64_t value);
void tally_write_bytes(struct tally_writer *writer, struct tally_bytes bytes);
void tally_write_zeros(struct tally_writer *writer, size_t size);

/*
 * A length that is known only later: tally_reserve_be32 writes four zero bytes and returns
 * their position; tally_commit_be32 puts the number of bytes written behind them there.
 */
size_t tally_reserve_be32(struct tally_writer *writer);
void tally_commit_be32(struct tally_writer *writer, size_t position);

#endif
