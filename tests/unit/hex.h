/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes written as hexadecimal text in a test, and back. */
#ifndef TALLY_TESTS_UNIT_HEX_H
#define TALLY_TESTS_UNIT_HEX_H

#include "test.h"

#include "../../core/bytes.h"

static inline unsigned hex_digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* A heap block of exactly these bytes, so that one byte too far is found; blanks and '|' in the text are skipped. */
static inline struct tally_bytes hex_bytes(const char *text)
{
	uint8_t *data = malloc(strlen(text) / 2 + 1);
	uint8_t *exact;
	size_t digits = 0;

	assert_non_null(data);
	for (; *text; text++) {
		unsigned digit = hex_digit(*text);

		if (*text == ' ' || *text == '|')
			continue;
		assert_true(digit < 16);
		data[digits / 2] = (uint8_t)(digits % 2 ? data[digits / 2] << 4 | digit : digit);
		digits++;
	}
	assert_int_equal(digits % 2, 0);
	exact = realloc(data, digits / 2 ? digits / 2 : 1);
	assert_non_null(exact);
	return tally_bytes(exact, digits / 2);
}

/* A heap block that holds a copy of these bytes and not one more. */
static inline struct tally_bytes exact_copy(struct tally_bytes bytes)
{
	uint8_t *data = malloc(bytes.size);

	if (bytes.size != 0) {
		assert_non_null(data);
		memcpy(data, bytes.data, bytes.size);
	}
	return tally_bytes(data, bytes.size);
}

static inline void free_bytes(struct tally_bytes bytes)
{
	free((void *)(uintptr_t)bytes.data);
}

static inline void assert_bytes_equal(struct tally_bytes a, struct tally_bytes b)
{
	assert_int_equal(a.size, b.size);
	if (a.size != 0)
		assert_memory_equal(a.data, b.data, a.size);
}

static inline void assert_bytes_hex(struct tally_bytes bytes, const char *text)
{
	struct tally_bytes expected = hex_bytes(text);

	assert_bytes_equal(bytes, expected);
	free_bytes(expected);
}

#endif
