// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Base64, read strictly. */
#include "base64.h"

#define BASE64_BAD 0xff

static uint8_t base64_value(uint8_t character, enum tally_base64_form form)
{
	if (character >= 'A' && character <= 'Z')
		return (uint8_t)(character - 'A');
	if (character >= 'a' && character <= 'z')
		return (uint8_t)(character - 'a' + 26);
	if (character >= '0' && character <= '9')
		return (uint8_t)(character - '0' + 52);
	if (character == (form == TALLY_BASE64_URL ? '-' : '+'))
		return 62;
	if (character == (form == TALLY_BASE64_URL ? '_' : '/'))
		return 63;
	return BASE64_BAD;
}

struct base64_state {
	enum tally_base64_form form;
	uint32_t bits;
	uint32_t bit_count; /* of bits that are not written yet */
	size_t characters;  /* of the alphabet */
	size_t padding;
	struct tally_span room;
	size_t size;
};

static enum tally_status take_base64_character(struct base64_state *state, uint8_t character)
{
	uint8_t value;

	if (state->form == TALLY_BASE64_LINES && (character == '\n' || character == '\r'))
		return TALLY_OK;
	if (character == '=' && state->form != TALLY_BASE64_URL && state->padding < 2) {
		state->padding++;
		return TALLY_OK;
	}
	value = base64_value(character, state->form);
	if (value == BASE64_BAD || state->padding)
		return TALLY_OUT_OF_RANGE;
	state->characters++;
	state->bits = (state->bits << 6 | value) & 0xfff;
	state->bit_count += 6;
	if (state->bit_count < 8)
		return TALLY_OK;
	if (state->size == state->room.size)
		return TALLY_NO_SPACE;
	state->bit_count -= 8;
	state->room.data[state->size++] = (uint8_t)(state->bits >> state->bit_count);
	return TALLY_OK;
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
	struct base64_state state = { .form = form, .room = room };
	struct tally_cursor cursor = tally_cursor(text);
	enum tally_status status = TALLY_OK;

	while (status == TALLY_OK && !tally_cursor_is_done(&cursor))
		status = take_base64_character(&state, tally_read_u8(&cursor));
	if (status == TALLY_OK)
		status = end_base64(&state);
	if (status == TALLY_OK)
		*ret = tally_bytes(room.data, state.size);
	return status;
}
