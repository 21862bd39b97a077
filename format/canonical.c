// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Values of our own TLVs, refused unless they are in their one encoding. */
#include "canonical.h"

#include "event.h"

uint64_t tally_canonical_integer(struct tally_cursor *cursor, struct tally_bytes value, uint64_t limit)
{
	uint64_t integer = 0;

	if (value.size == 0 || value.size > sizeof(integer)) {
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
		return 0;
	}
	if (value.size > 1 && value.data[0] == 0)
		tally_fail(cursor, TALLY_NOT_CANONICAL);
	for (size_t i = 0; i < value.size; i++)
		integer = integer << 8 | value.data[i];
	if (integer > limit)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return cursor->status == TALLY_OK ? integer : 0;
}

void tally_canonical_digests(struct tally_cursor *cursor, struct tally_bytes value, struct tally_digests *ret)
{
	struct tally_cursor list = tally_cursor(value);
	unsigned next = 0;

	tally_tlv_read_digests(cursor, value, ret);
	while (!tally_cursor_is_done(&list)) {
		uint8_t alg = tally_tlv_read(&list).tag;

		if (alg < next)
			tally_fail(cursor, TALLY_DISORDER);
		/* A bank that reading leaves out could not be written back. */
		if (tally_alg_size(alg) == 0)
			tally_fail(cursor, TALLY_UNKNOWN_ALGORITHM);
		next = alg + 1U;
	}
}

struct tally_bytes tally_canonical_text(struct tally_cursor *cursor, struct tally_bytes value)
{
	if (tally_event_text_is_clean(value))
		return value;
	tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return tally_bytes(NULL, 0);
}

void tally_canonical_copy(struct tally_cursor *cursor, struct tally_bytes value, uint8_t *to, size_t size)
{
	memset(to, 0, size);
	if (value.size == size)
		memcpy(to, value.data, size);
	else
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
}
