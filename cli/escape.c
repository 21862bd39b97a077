// SPDX-License-Identifier: BSD-2-Clause
/* Escaping, one character after the other. */
#include "escape.h"

#include "../format/utf8.h"

/* Bytes of the character that text begins with; 0 if it is none. */
static size_t character_size(struct tally_bytes text)
{
	for (size_t size = 1; size <= 4 && size <= text.size; size++)
		if (tally_utf8_is_valid(tally_bytes(text.data, size)))
			return size;
	return 0;
}

/* The scalar value of one well-formed character. */
static uint32_t character_value(const uint8_t *bytes, size_t size)
{
	static const uint8_t lead_mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t value = bytes[0] & lead_mask[size];

	for (size_t i = 1; i < size; i++)
		value = value << 6 | (bytes[i] & 0x3f);
	return value;
}

static bool is_between(uint32_t value, uint32_t first, uint32_t last)
{
	return value >= first && value <= last;
}

/* Invisible, or able to reorder what stands around it. spec: Unicode, Bidi_Control and default ignorable ranges */
static bool is_deceptive(uint32_t value)
{
	return is_between(value, 0x80, 0x9f) || value == 0xad || value == 0x61c || is_between(value, 0x200b, 0x200f) ||
	       is_between(value, 0x2028, 0x202e) || is_between(value, 0x2060, 0x206f) || value == 0xfeff ||
	       is_between(value, 0xfff9, 0xfffb) || is_between(value, 0xe0000, 0xe0fff);
}

/* The letter of the escape of a control character that texts often have; 0 for others. */
static char control_letter(uint32_t value)
{
	return value == '\n' ? 'n' : value == '\r' ? 'r' : value == '\t' ? 't' : 0;
}

/* Escape the character at the beginning of text into piece; returns how many bytes of text it was. */
static size_t escape_one(struct tally_bytes text, char piece[TALLY_ESCAPE_LIMIT])
{
	size_t size;
	uint32_t value;

	/* Most of all texts. */
	if (text.data[0] >= 0x20 && text.data[0] < 0x7f && text.data[0] != '\\') {
		piece[0] = (char)text.data[0];
		piece[1] = 0;
		return 1;
	}
	size = character_size(text);
	value = size ? character_value(text.data, size) : text.data[0];

	if (size && control_letter(value))
		snprintf(piece, TALLY_ESCAPE_LIMIT, "\\%c", control_letter(value));
	else if (size == 0 || value < 0x20 || value == 0x7f)
		snprintf(piece, TALLY_ESCAPE_LIMIT, "\\x%02x", (unsigned)value);
	else if (is_deceptive(value))
		snprintf(piece, TALLY_ESCAPE_LIMIT, "\\u{%x}", (unsigned)value);
	else if (value == '\\')
		snprintf(piece, TALLY_ESCAPE_LIMIT, "\\\\");
	else
		snprintf(piece, TALLY_ESCAPE_LIMIT, "%.*s", (int)size, (const char *)text.data);
	return size ? size : 1;
}

struct tally_bytes tally_escape_next(struct tally_bytes text, char piece[TALLY_ESCAPE_LIMIT])
{
	size_t size = escape_one(text, piece);

	return tally_bytes(text.data + size, text.size - size);
}

void tally_escape_print(FILE *file, struct tally_bytes text)
{
	char piece[TALLY_ESCAPE_LIMIT];

	while (text.size) {
		text = tally_escape_next(text, piece);
		fputs(piece, file);
	}
}

static size_t piece_columns(const char *piece)
{
	return (uint8_t)piece[0] >= 0x80 ? 1 : strlen(piece);
}

size_t tally_escape_text(char *to, size_t capacity, struct tally_bytes text)
{
	static const char cut[] = "...";
	char piece[TALLY_ESCAPE_LIMIT];
	size_t used = 0, columns = 0, keep = 0, keep_columns = 0;

	while (text.size) {
		text = tally_escape_next(text, piece);
		if (used + strlen(piece) >= capacity) {
			memcpy(to + keep, cut, sizeof(cut));
			return keep_columns + sizeof(cut) - 1;
		}
		memcpy(to + used, piece, strlen(piece));
		used += strlen(piece);
		columns += piece_columns(piece);
		/* Where the cut can go, should the rest not fit. */
		if (used + sizeof(cut) <= capacity) {
			keep = used;
			keep_columns = columns;
		}
	}
	to[used] = 0;
	return columns;
}
