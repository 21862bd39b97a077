// SPDX-License-Identifier: BSD-2-Clause
/* Where input is wrong, found by asking its reader again. */
#include "fault.h"

#include <stdlib.h>

#include "../format/x509.h"

/* From a byte on zeros, or the opposite of what stood there: neither alone is another value of every field. */
static void change(uint8_t *copy, struct tally_bytes input, size_t from, bool to_zeros)
{
	if (from)
		memcpy(copy, input.data, from);
	for (size_t i = from; i < input.size; i++)
		copy[i] = to_zeros ? 0 : (uint8_t)~input.data[i];
}

/* Whatever stands from this byte on, the reader says the same. */
static bool is_behind(enum tally_status (*read)(struct tally_bytes input), struct tally_bytes input, uint8_t *copy,
		      size_t from, enum tally_status status)
{
	for (int to_zeros = 0; to_zeros < 2; to_zeros++) {
		change(copy, input, from, to_zeros);
		if (read(tally_bytes(copy, input.size)) != status)
			return false;
	}
	return true;
}

static size_t find_fault(enum tally_status (*read)(struct tally_bytes input), struct tally_bytes input, uint8_t *copy,
			 enum tally_status status)
{
	size_t low = 0;
	size_t high = input.size;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_behind(read, input, copy, middle, status))
			high = middle;
		else
			low = middle + 1;
	}
	return high;
}

const char *tally_fault_text(struct tally_arena *arena, enum tally_status (*read)(struct tally_bytes input),
			     struct tally_bytes input, enum tally_status status)
{
	const char *message = tally_status_message(status);
	uint8_t *copy;
	size_t at;

	if (status == TALLY_OK)
		return "";
	copy = malloc(input.size + 1);
	if (!copy) {
		tally_arena_fail(arena);
		return message;
	}
	at = find_fault(read, input, copy, status);
	free(copy);
	/* No byte of it decides: there are too many. */
	if (status == TALLY_TOO_LARGE && at == 0)
		return tally_arena_print(arena, "%zu bytes: %s", input.size, message);
	return tally_arena_print(arena, "at byte %zu of %zu: %s", at, input.size, message);
}

enum tally_status tally_fault_certificate(struct tally_bytes input)
{
	struct tally_certificate certificate;

	return tally_certificate_read(input, &certificate);
}
