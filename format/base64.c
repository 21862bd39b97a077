// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Base64, read strictly. */
#include "base64.h"

#define BASE64_GOOD 0x40 /* set in the table for a character of the alphabet, below it the value */

/* What both alphabets have. */
#define BASE64_COMMON                                                                                               \
	['A'] = 64, ['B'] = 65, ['C'] = 66, ['D'] = 67, ['E'] = 68, ['F'] = 69, ['G'] = 70, ['H'] = 71, ['I'] = 72, \
	['J'] = 73, ['K'] = 74, ['L'] = 75, ['M'] = 76, ['N'] = 77, ['O'] = 78, ['P'] = 79, ['Q'] = 80, ['R'] = 81, \
	['S'] = 82, ['T'] = 83, ['U'] = 84, ['V'] = 85, ['W'] = 86, ['X'] = 87, ['Y'] = 88, ['Z'] = 89, ['a'] = 90, \
	['b'] = 91, ['c'] = 92, ['d'] = 93, ['e'] = 94, ['f'] = 95, ['g'] = 96, ['h'] = 97, ['i'] = 98, ['j'] = 99, \
	['k'] = 100, ['l'] = 101, ['m'] = 102, ['n'] = 103, ['o'] = 104, ['p'] = 105, ['q'] = 106, ['r'] = 107,     \
	['s'] = 108, ['t'] = 109, ['u'] = 110, ['v'] = 111, ['w'] = 112, ['x'] = 113, ['y'] = 114, ['z'] = 115,     \
	['0'] = 116, ['1'] = 117, ['2'] = 118, ['3'] = 119, ['4'] = 120, ['5'] = 121, ['6'] = 122, ['7'] = 123,     \
	['8'] = 124, ['9'] = 125

static const uint8_t base64_plain[256] = { BASE64_COMMON, ['+'] = 126, ['/'] = 127 };
static const uint8_t base64_url[256] = { BASE64_COMMON, ['-'] = 126, ['_'] = 127 };

struct base64_state {
	enum tally_base64_form form;
	const uint8_t *values;
	uint32_t bits;
	uint32_t bit_count; /* of bits that are not written yet */
	size_t characters;  /* of the alphabet */
	size_t padding;
	struct tally_span room;
	size_t size;
};

static enum tally_status put_base64_value(struct base64_state *state, uint8_t value)
{
	if (state->padding)
		return TALLY_OUT_OF_RANGE;
	state->characters++;
	state->bits = (state->bits << 6 | (value & (BASE64_GOOD - 1))) & 0xfff;
	state->bit_count += 6;
	if (state->bit_count < 8)
		return TALLY_OK;
	if (state->size == state->room.size)
		return TALLY_NO_SPACE;
	state->bit_count -= 8;
	state->room.data[state->size++] = (uint8_t)(state->bits >> state->bit_count);
	return TALLY_OK;
}

static enum tally_status take_base64_character(struct base64_state *state, uint8_t character)
{
	uint8_t value = state->values[character];

	if (value)
		return put_base64_value(state, value);
	if (state->form == TALLY_BASE64_LINES && (character == '\n' || character == '\r'))
		return TALLY_OK;
	if (character != '=' || state->form == TALLY_BASE64_URL || state->padding == 2)
		return TALLY_OUT_OF_RANGE;
	state->padding++;
	return TALLY_OK;
}

/* Four characters at once where nothing is pending: how many of them, from position at on, were taken. */
static size_t take_base64_quads(struct base64_state *state, struct tally_bytes text, size_t at)
{
	size_t fitting = (state->room.size - state->size) / 3;
	size_t quads = (text.size - at) / 4 < fitting ? (text.size - at) / 4 : fitting;
	const uint8_t *values = state->values;
	size_t taken = 0;

	if (state->bit_count != 0 || state->padding)
		return 0;
	for (; taken < quads; taken++) {
		size_t from = at + 4 * taken;
		size_t to = state->size + 3 * taken;
		uint8_t a = values[text.data[from]];
		uint8_t b = values[text.data[from + 1]];
		uint8_t c = values[text.data[from + 2]];
		uint8_t d = values[text.data[from + 3]];

		if (!(a & b & c & d & BASE64_GOOD))
			break;
		/* BASE64_GOOD is shifted out of every byte. */
		state->room.data[to] = (uint8_t)(a << 2 | (b & 0x30) >> 4);
		state->room.data[to + 1] = (uint8_t)(b << 4 | (c & 0x3c) >> 2);
		state->room.data[to + 2] = (uint8_t)(c << 6 | (d & 0x3f));
	}
	state->size += 3 * taken;
	state->characters += 4 * taken;
	return 4 * taken;
}

static enum tally_status end_base64(const struct base64_state *state)
{
	size_t rest = state->characters % 4;

	if (rest == 1 || (state->form != TALLY_BASE64_URL && (rest + state->padding) % 4))
		return TALLY_TRUNCATED;
	if (rest == 0 && state->padding)
		return TALLY_OUT_OF_RANGE;
	return state->bits & ((1U << state->bit_count) - 1) ? TALLY_NOT_CANONICAL : TALLY_OK;
}

enum tally_status tally_base64_read(struct tally_bytes text, enum tally_base64_form form, struct tally_span room,
				    struct tally_bytes *ret)
{
	struct base64_state state = { .form = form,
				      .values = form == TALLY_BASE64_URL ? base64_url : base64_plain,
				      .room = room };
	enum tally_status status = TALLY_OK;
	size_t at = 0;

	while (status == TALLY_OK && at < text.size) {
		at += take_base64_quads(&state, text, at);
		if (at < text.size)
			status = take_base64_character(&state, text.data[at++]);
	}
	if (status == TALLY_OK)
		status = end_base64(&state);
	if (status == TALLY_OK)
		*ret = tally_bytes(room.data, state.size);
	return status;
}

void tally_base64_write_url(struct tally_writer *writer, struct tally_bytes bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	for (size_t i = 0; i < bytes.size; i += 3) {
		size_t count = bytes.size - i < 3 ? bytes.size - i : 3;
		uint32_t bits = 0;

		for (size_t byte = 0; byte < 3; byte++)
			bits = bits << 8 | (byte < count ? bytes.data[i + byte] : 0U);
		for (size_t digit = 0; digit <= count; digit++)
			tally_write_u8(writer, (uint8_t)digits[bits >> (18 - 6 * digit) & 0x3f]);
	}
}
