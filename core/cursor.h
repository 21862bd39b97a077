/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading untrusted bytes. All pointer arithmetic on input is in cursor.c. */
#ifndef TALLY_CORE_CURSOR_H
#define TALLY_CORE_CURSOR_H

#include "env.h"

/*
 * A read position in untrusted bytes. A read past the end yields zeros and
 * latches the first failure, so a parser reads straight down and checks once.
 */
struct tally_cursor {
	struct tally_bytes left;
	enum tally_status status;
};

static inline struct tally_cursor tally_cursor(struct tally_bytes input)
{
	struct tally_cursor cursor = { input, TALLY_OK };

	return cursor;
}

/* Latch a failure; the first one stays. Nothing can be read afterwards. */
void tally_fail(struct tally_cursor *cursor, enum tally_status status);

/* Nothing is left, or something failed: the condition to end a loop over records. */
static inline bool tally_cursor_is_done(const struct tally_cursor *cursor)
{
	return cursor->status != TALLY_OK || cursor->left.size == 0;
}

/* The latched failure; TALLY_TRAILING if bytes are left. Ends every parser. */
TALLY_MUST_CHECK static inline enum tally_status tally_cursor_end(const struct tally_cursor *cursor)
{
	if (cursor->status == TALLY_OK && cursor->left.size != 0)
		return TALLY_TRAILING;
	return cursor->status;
}

uint8_t tally_read_u8(struct tally_cursor *cursor);
uint16_t tally_read_le16(struct tally_cursor *cursor);
uint32_t tally_read_le32(struct tally_cursor *cursor);
uint64_t tally_read_le64(struct tally_cursor *cursor);
uint16_t tally_read_be16(struct tally_cursor *cursor);
uint32_t tally_read_be32(struct tally_cursor *cursor);
uint64_t tally_read_be64(struct tally_cursor *cursor);

/* The next size bytes, borrowed; none (size 0) after a failure. */
struct tally_bytes tally_read_bytes(struct tally_cursor *cursor, uint64_t size);

/* Pass by bytes that were looked at where they stand: for readers that do so byte by byte. */
static inline void tally_pass(struct tally_cursor *cursor, size_t size)
{
	if (size > cursor->left.size) {
		tally_fail(cursor, TALLY_TRUNCATED);
		return;
	}
	cursor->left.data += size;
	cursor->left.size -= size;
}

/* Everything that is left. */
struct tally_bytes tally_read_rest(struct tally_cursor *cursor);

/* A cursor over the next size bytes. A failure outside is inherited; one inside must be carried out by tally_leave. */
struct tally_cursor tally_read_nested(struct tally_cursor *cursor, uint64_t size);

/* End a nested cursor: its failure, or bytes that it left, fail the outer one. */
void tally_leave(struct tally_cursor *cursor, const struct tally_cursor *nested);

/* Copy exactly size bytes to to; zeros after a failure. */
void tally_read_copy(struct tally_cursor *cursor, uint8_t *to, size_t size);

/* The next size bytes must be zero: TALLY_RESERVED otherwise. */
void tally_expect_zeros(struct tally_cursor *cursor, size_t size);

#endif
