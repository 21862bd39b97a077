// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: the cursor, driven by a script of operations over the rest of the input. */
#include <stdlib.h>

#include "../../core/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing may be left after a failure, and what is left must end where the input ends. */
static void expect_sound(const struct tally_cursor *cursor, const uint8_t *end)
{
	if (cursor->status != TALLY_OK && cursor->left.size != 0)
		abort();
	if (cursor->status == TALLY_OK && cursor->left.size != 0 && cursor->left.data + cursor->left.size != end)
		abort();
}

/* Borrowed bytes are read, so that one too far is seen by the sanitizer. */
static void touch(struct tally_bytes bytes)
{
	volatile uint8_t seen = 0;

	for (size_t i = 0; i < bytes.size; i++)
		seen = (uint8_t)(seen ^ bytes.data[i]);
}

static void read_nested(struct tally_cursor *cursor, uint64_t size)
{
	struct tally_cursor nested = tally_read_nested(cursor, size);

	(void)tally_read_be32(&nested);
	touch(tally_read_bytes(&nested, size / 2));
	tally_leave(cursor, &nested);
}

static void operate(struct tally_cursor *cursor, uint8_t operation)
{
	uint8_t copy[16];
	uint64_t size = operation >> 3;

	switch (operation & 7) {
	case 0:
		(void)tally_read_u8(cursor);
		break;
	case 1:
		size = tally_read_be16(cursor);
		read_nested(cursor, size);
		break;
	case 2:
		size = tally_read_le32(cursor);
		touch(tally_read_bytes(cursor, size));
		break;
	case 3:
		size = tally_read_be64(cursor);
		touch(tally_read_bytes(cursor, size));
		break;
	case 4:
		read_nested(cursor, size);
		break;
	case 5:
		tally_expect_zeros(cursor, (size_t)size);
		break;
	case 6:
		tally_read_copy(cursor, copy, (size_t)(size & 15));
		break;
	default:
		(void)tally_read_le64(cursor);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t operation_count = size < 16 ? size : 16;
	struct tally_cursor cursor = tally_cursor(tally_bytes(data + operation_count, size - operation_count));

	for (size_t i = 0; i < operation_count; i++) {
		operate(&cursor, data[i]);
		expect_sound(&cursor, data + size);
	}
	touch(tally_read_rest(&cursor));
	expect_sound(&cursor, data + size);
	return 0;
}
