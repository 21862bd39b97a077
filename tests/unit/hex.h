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

/* How deep brackets nest. */
#define HEX_DEPTH 8

/* Where a text in quotes ends; its characters go to data. */
static inline const char *hex_quoted(const char *text, uint8_t *data, size_t *size)
{
	for (; *text != '\''; text++) {
		assert_true(*text != 0);
		data[(*size)++] = (uint8_t)*text;
	}
	return text;
}

static inline void hex_fill_length(uint8_t *data, size_t size, size_t at)
{
	size_t length = size - at - 4;

	for (size_t i = 0; i < 4; i++)
		data[at + i] = (uint8_t)(length >> (8 * (3 - i)));
}

/*
 * A heap block of exactly these bytes, so that one byte too far is found; blanks and '|' in the text are skipped.
 * 'abc' in quotes stands for its characters, and what is in brackets for a length of four bytes big-endian and the
 * bytes: 01(6162) is 01 00000002 6162.
 */
static inline struct tally_bytes hex_bytes(const char *text)
{
	uint8_t *data = malloc(4 * strlen(text) + 1);
	size_t bracket[HEX_DEPTH];
	size_t depth = 0;
	size_t size = 0;
	uint8_t *exact;

	assert_non_null(data);
	for (; *text; text++) {
		if (*text == ' ' || *text == '|')
			continue;
		if (*text == '(') {
			assert_true(depth < HEX_DEPTH);
			bracket[depth++] = size;
			size += 4;
		} else if (*text == ')') {
			assert_true(depth > 0);
			hex_fill_length(data, size, bracket[--depth]);
		} else if (*text == '\'') {
			text = hex_quoted(text + 1, data, &size);
		} else {
			unsigned high = hex_digit(text[0]);
			unsigned low = hex_digit(text[1]);

			assert_true(high < 16 && low < 16);
			data[size++] = (uint8_t)(high << 4 | low);
			text++;
		}
	}
	assert_int_equal(depth, 0);
	exact = realloc(data, size ? size : 1);
	assert_non_null(exact);
	return tally_bytes(exact, size);
}

/* A heap block that holds a copy of these bytes and not one more. */
static inline struct tally_bytes exact_copy(struct tally_bytes bytes)
{
	uint8_t *data;

	/* gcc does not know that a failed assertion ends the test. */
	if (bytes.size > PTRDIFF_MAX)
		abort();
	data = malloc(bytes.size);
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
