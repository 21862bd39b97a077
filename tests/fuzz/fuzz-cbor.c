// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: deterministic CBOR, item after item, and what is expected of the first one. */
#include "reread.h"

#include "../../format/cbor.h"

static enum tally_status items_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_cursor cursor = tally_cursor(input);

	while (!tally_cursor_is_done(&cursor)) {
		struct tally_cbor_item item = tally_cbor_read(&cursor);

		tally_cbor_write_head(writer, item.major, item.argument);
		tally_write_bytes(writer, item.string);
	}
	return tally_cursor_end(&cursor);
}

static enum tally_status int_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_cursor cursor = tally_cursor(input);

	tally_cbor_write_int(writer, tally_cbor_expect_int(&cursor));
	return tally_cursor_end(&cursor);
}

static enum tally_status text_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_cursor cursor = tally_cursor(input);

	tally_cbor_write_text(writer, tally_cbor_expect_text(&cursor));
	return tally_cursor_end(&cursor);
}

/* A count is bounded by the bytes behind it. */
static void expect_bounded_counts(struct tally_bytes input)
{
	struct tally_cursor cursor = tally_cursor(input);

	if (tally_cbor_expect_array(&cursor) > cursor.left.size)
		abort();
	cursor = tally_cursor(input);
	if (tally_cbor_expect_map(&cursor) > cursor.left.size / 2)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_bytes input = tally_bytes(data, size);

	expect_refused_or_same(items_reread, input);
	expect_refused_or_same(int_reread, input);
	expect_refused_or_same(text_reread, input);
	expect_bounded_counts(input);
	return 0;
}
