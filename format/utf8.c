// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* UTF-8, checked one scalar value after the other. */
#include "utf8.h"

/* The bits of a lead byte that belong to the value, and the least value of a form with so many more bytes. */
static const struct {
	uint8_t mask;
	uint32_t least;
} utf8_forms[] = { { 0x7f, 0 }, { 0x1f, 0x80 }, { 0x0f, 0x800 }, { 0x07, 0x10000 } };

uint32_t tally_utf8_read(struct tally_cursor *text)
{
	uint8_t lead = tally_read_u8(text);
	size_t more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
	uint32_t value = lead & utf8_forms[more].mask;
	bool is_formed = lead < 0x80 || (lead >= 0xc0 && lead < 0xf8);

	for (size_t i = 0; i < more; i++) {
		uint8_t next = tally_read_u8(text);

		is_formed = is_formed && (next & 0xc0) == 0x80;
		value = value << 6 | (next & 0x3f);
	}
	if (!is_formed || value < utf8_forms[more].least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		tally_fail(text, TALLY_OUT_OF_RANGE);
	return value;
}

bool tally_utf8_is_valid(struct tally_bytes text)
{
	struct tally_cursor cursor = tally_cursor(text);

	while (!tally_cursor_is_done(&cursor))
		tally_utf8_read(&cursor);
	return cursor.status == TALLY_OK;
}

static bool utf8_is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f;
}

bool tally_utf8_is_clean(struct tally_bytes text)
{
	struct tally_cursor cursor;
	size_t plain = 0;

	/* Most texts are ASCII from end to end. */
	while (plain < text.size && utf8_is_plain(text.data[plain]))
		plain++;
	cursor = tally_cursor(text);
	tally_read_bytes(&cursor, plain);
	while (!tally_cursor_is_done(&cursor)) {
		uint32_t value = tally_utf8_read(&cursor);

		if (value < 0x20 || (value >= 0x7f && value < 0xa0))
			tally_fail(&cursor, TALLY_OUT_OF_RANGE);
	}
	return cursor.status == TALLY_OK;
}

void tally_utf8_write(struct tally_writer *writer, uint32_t value)
{
	size_t more = value < 0x80 ? 0 : value < 0x800 ? 1 : value < 0x10000 ? 2 : 3;
	static const uint8_t leads[] = { 0x00, 0xc0, 0xe0, 0xf0 };

	tally_write_u8(writer, (uint8_t)(leads[more] | value >> (6 * more)));
	while (more-- > 0)
		tally_write_u8(writer, (uint8_t)(0x80 | (value >> (6 * more) & 0x3f)));
}
