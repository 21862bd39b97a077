// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* JSON strings: decoded, compared, written. */
#include "json_string.h"

#include "json.h"
#include "utf8.h"

#define HIGH_SURROGATE 0xd800
#define LOW_SURROGATE 0xdc00
#define SURROGATE_END 0xe000

/* 16 and the value for a digit, 0 for any other byte. */
static const uint8_t hex_values[256] = {
	['0'] = 16, ['1'] = 17, ['2'] = 18, ['3'] = 19, ['4'] = 20, ['5'] = 21, ['6'] = 22, ['7'] = 23,
	['8'] = 24, ['9'] = 25, ['a'] = 26, ['b'] = 27, ['c'] = 28, ['d'] = 29, ['e'] = 30, ['f'] = 31,
	['A'] = 26, ['B'] = 27, ['C'] = 28, ['D'] = 29, ['E'] = 30, ['F'] = 31,
};

/* Behind the u of an escape. */
static uint32_t read_unit(struct tally_cursor *string)
{
	struct tally_bytes digits = tally_read_bytes(string, 4);
	uint8_t unit[2] = { 0, 0 };

	if (!tally_json_decode_hex(digits, unit, sizeof(unit)))
		tally_fail(string, TALLY_OUT_OF_RANGE);
	return (uint32_t)unit[0] << 8 | unit[1];
}

static uint32_t read_escaped_unit(struct tally_cursor *string)
{
	uint32_t unit = read_unit(string);
	uint32_t low;

	if (unit < HIGH_SURROGATE || unit >= SURROGATE_END)
		return unit;
	if (unit >= LOW_SURROGATE || tally_read_u8(string) != '\\' || tally_read_u8(string) != 'u')
		tally_fail(string, TALLY_OUT_OF_RANGE);
	low = read_unit(string);
	if (low < LOW_SURROGATE || low >= SURROGATE_END)
		tally_fail(string, TALLY_OUT_OF_RANGE);
	return 0x10000 + ((unit - HIGH_SURROGATE) << 10) + (low & 0x3ff);
}

static uint32_t read_escape(struct tally_cursor *string)
{
	uint8_t byte = tally_read_u8(string);

	switch (byte) {
	case '"':
	case '\\':
	case '/':
		return byte;
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'u':
		return read_escaped_unit(string);
	default:
		tally_fail(string, TALLY_OUT_OF_RANGE);
		return 0;
	}
}

uint32_t tally_json_read_scalar(struct tally_cursor *string)
{
	uint32_t scalar = tally_utf8_read(string);

	if (scalar == '\\')
		return read_escape(string);
	if (scalar < 0x20)
		tally_fail(string, TALLY_OUT_OF_RANGE);
	return scalar;
}

bool tally_json_has_escape(struct tally_bytes string)
{
	return string.size && memchr(string.data, '\\', string.size);
}

bool tally_json_strings_equal(struct tally_bytes a, struct tally_bytes b)
{
	struct tally_cursor left = tally_cursor(a);
	struct tally_cursor right = tally_cursor(b);

	if (tally_bytes_equal(a, b))
		return true;
	if (!tally_json_has_escape(a) && !tally_json_has_escape(b))
		return false;
	while (!tally_cursor_is_done(&left) && !tally_cursor_is_done(&right))
		if (tally_json_read_scalar(&left) != tally_json_read_scalar(&right))
			return false;
	return left.status == TALLY_OK && right.status == TALLY_OK && left.left.size == right.left.size;
}

bool tally_json_decodes_to(struct tally_bytes string, const char *text)
{
	struct tally_cursor left = tally_cursor(string);

	if (!tally_json_has_escape(string))
		return false;
	while (!tally_cursor_is_done(&left))
		if (*text == 0 || tally_json_read_scalar(&left) != (uint8_t)*text++)
			return false;
	return left.status == TALLY_OK && *text == 0;
}

void tally_json_decode_string(struct tally_writer *writer, struct tally_bytes string)
{
	struct tally_cursor left = tally_cursor(string);

	while (!tally_cursor_is_done(&left))
		tally_utf8_write(writer, tally_json_read_scalar(&left));
	if (left.status != TALLY_OK)
		tally_writer_fail(writer, TALLY_INVALID);
}

bool tally_json_decode_hex(struct tally_bytes digits, uint8_t *to, size_t capacity)
{
	size_t size = digits.size / 2;

	if (digits.size % 2 != 0)
		return false;
	for (size_t i = 0; i < size; i++) {
		uint8_t high = hex_values[digits.data[2 * i]];
		uint8_t low = hex_values[digits.data[2 * i + 1]];

		if (high == 0 || low == 0)
			return false;
		if (i < capacity)
			to[i] = (uint8_t)(high << 4 | (low & 15));
	}
	return true;
}

#define HEX_STEP 64 /* bytes from or to digits at once */

bool tally_json_decode_hex_to(struct tally_writer *writer, struct tally_bytes digits)
{
	struct tally_cursor left = tally_cursor(digits);
	uint8_t bytes[HEX_STEP];

	if (!tally_json_decode_hex(digits, NULL, 0))
		return false;
	while (!tally_cursor_is_done(&left)) {
		struct tally_bytes step =
			tally_read_bytes(&left, left.left.size < 2 * HEX_STEP ? left.left.size : 2 * HEX_STEP);

		(void)tally_json_decode_hex(step, bytes, sizeof(bytes));
		tally_write_bytes(writer, tally_bytes(bytes, step.size / 2));
	}
	return true;
}

static uint8_t hex_digit_of(unsigned value)
{
	return (uint8_t) "0123456789abcdef"[value & 15];
}

static void write_escaped(struct tally_writer *writer, uint8_t byte)
{
	tally_write_u8(writer, '\\');
	if (byte == '"' || byte == '\\') {
		tally_write_u8(writer, byte);
		return;
	}
	tally_write_bytes(writer, tally_text("u00"));
	tally_write_u8(writer, hex_digit_of(byte >> 4));
	tally_write_u8(writer, hex_digit_of(byte));
}

void tally_json_write_string(struct tally_writer *writer, struct tally_bytes text)
{
	if (!tally_utf8_is_valid(text))
		tally_writer_fail(writer, TALLY_INVALID);
	tally_write_u8(writer, '"');
	for (size_t i = 0; i < text.size; i++) {
		uint8_t byte = text.data[i];

		/* DEL needs no escape, but a terminal that shows the text would obey it. */
		if (byte < 0x20 || byte == 0x7f || byte == '"' || byte == '\\')
			write_escaped(writer, byte);
		else
			tally_write_u8(writer, byte);
	}
	tally_write_u8(writer, '"');
}

void tally_json_write_hex(struct tally_writer *writer, struct tally_bytes bytes)
{
	struct tally_cursor left = tally_cursor(bytes);

	tally_write_u8(writer, '"');
	while (!tally_cursor_is_done(&left)) {
		struct tally_bytes step =
			tally_read_bytes(&left, left.left.size < HEX_STEP ? left.left.size : HEX_STEP);
		uint8_t digits[2 * HEX_STEP];

		for (size_t i = 0; i < step.size; i++) {
			digits[2 * i] = hex_digit_of(step.data[i] >> 4);
			digits[2 * i + 1] = hex_digit_of(step.data[i]);
		}
		tally_write_bytes(writer, tally_bytes(digits, 2 * step.size));
	}
	tally_write_u8(writer, '"');
}

void tally_json_write_uint(struct tally_writer *writer, uint64_t value)
{
	uint8_t digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (uint8_t)('0' + value % 10);
	while ((value /= 10) != 0);
	tally_write_bytes(writer, tally_bytes(&digits[at], sizeof(digits) - at));
}

void tally_json_write_compact(struct tally_writer *writer, struct tally_bytes value)
{
	bool is_string = false;
	bool is_escape = false;

	for (size_t i = 0; i < value.size; i++) {
		uint8_t byte = value.data[i];

		if (!is_string && (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'))
			continue;
		tally_write_u8(writer, byte);
		if (byte == '"' && !is_escape)
			is_string = !is_string;
		is_escape = byte == '\\' && !is_escape;
	}
}
