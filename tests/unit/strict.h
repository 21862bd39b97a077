/* SPDX-License-Identifier: BSD-2-Clause */
/* What every reader of one of our own formats must hold: one value, one encoding, and nothing beside it. */
#ifndef TALLY_TESTS_UNIT_STRICT_H
#define TALLY_TESTS_UNIT_STRICT_H

#include "hex.h"

#include "../../core/writer.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Read input; if that goes well, write what was read. */
typedef enum tally_status (*strict_reread)(struct tally_bytes input, struct tally_writer *writer);

/* Refused, with this status; and nothing is written. */
static inline void expect_refused(strict_reread reread, const char *name, const char *hex, enum tally_status expected)
{
	struct tally_bytes input = hex_bytes(hex);
	struct tally_writer writer = tally_writer(NULL, 0);
	enum tally_status status = reread(input, &writer);

	if (status != expected)
		fail_msg("%s: %s in the place of %s", name, tally_status_name(status), tally_status_name(expected));
	assert_int_equal(writer.size, 0);
	free_bytes(input);
}

/* Either refused, or canonical: what was read, written again, is the same bytes. Tells which. */
static inline bool expect_refused_or_same(strict_reread reread, struct tally_bytes input)
{
	uint8_t *output = malloc(input.size);
	struct tally_writer writer;
	bool is_read;

	assert_non_null(output);
	writer = tally_writer(output, input.size);
	is_read = reread(input, &writer) == TALLY_OK;
	if (is_read) {
		assert_int_equal(writer.status, TALLY_OK);
		assert_bytes_equal(tally_written(&writer), input);
	}
	free(output);
	return is_read;
}

/* A prefix of whole, or whole and one byte more. */
static inline bool expect_size_refused_or_same(strict_reread reread, struct tally_bytes whole, size_t size)
{
	uint8_t *longer = calloc(2, whole.size);
	struct tally_bytes input;
	bool is_read;

	assert_non_null(longer);
	memcpy(longer, whole.data, whole.size);
	input = exact_copy(tally_bytes(longer, size));
	is_read = expect_refused_or_same(reread, input);
	free_bytes(input);
	free(longer);
	return is_read;
}

/* Every other value of every byte: lengths, tags, flags and reserved bits are all among them. */
static inline void expect_bytes_matter(strict_reread reread, struct tally_bytes whole)
{
	struct tally_bytes copy = exact_copy(whole);
	uint8_t *data = (uint8_t *)(uintptr_t)copy.data;

	for (size_t at = 0; at < copy.size; at++) {
		for (unsigned change = 1; change < 256; change++) {
			data[at] ^= (uint8_t)change;
			expect_refused_or_same(reread, copy);
			data[at] ^= (uint8_t)change;
		}
	}
	free_bytes(copy);
}

/*
 * A valid input: read and written alike, and none of its prefixes or neighbours is another name for it. Where the last
 * elements are optional, prefix_count prefixes are valid by themselves.
 */
static inline void expect_strict_with_prefixes(strict_reread reread, const char *hex, size_t prefix_count)
{
	struct tally_bytes whole = hex_bytes(hex);
	size_t read_count = 0;

	if (!expect_refused_or_same(reread, whole))
		fail_msg("refused: %s", hex);
	for (size_t size = 0; size < whole.size; size++)
		read_count += expect_size_refused_or_same(reread, whole, size);
	assert_int_equal(read_count, prefix_count);
	assert_false(expect_size_refused_or_same(reread, whole, whole.size + 1));
	expect_bytes_matter(reread, whole);
	free_bytes(whole);
}

static inline void expect_strict(strict_reread reread, const char *hex)
{
	expect_strict_with_prefixes(reread, hex, 0);
}

#endif
