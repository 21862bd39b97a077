// SPDX-License-Identifier: BSD-2-Clause
/* JSON lines through a buffer: a listing of many records is mostly hex, and is as fast as that can be copied. */
#include "json_line.h"

#include <stdlib.h>
#include <string.h>

#include "../core/cursor.h"
#include "../format/utf8.h"
#include "escape.h"
#include "output.h"

#define HEX_STEP 512 /* bytes that become digits at once */
#define ESCAPE_ROOM 16

static void flush(struct tally_json_line *line)
{
	fwrite(line->buffer, 1, line->size, line->file);
	line->size = 0;
}

/* Room for so many bytes, less than the buffer has. */
static char *room(struct tally_json_line *line, size_t size)
{
	if (sizeof(line->buffer) - line->size < size)
		flush(line);
	return line->buffer + line->size;
}

static void put(struct tally_json_line *line, const char *piece, size_t size)
{
	if (size > sizeof(line->buffer) - line->size)
		flush(line);
	if (size > sizeof(line->buffer)) {
		fwrite(piece, 1, size, line->file);
		return;
	}
	memcpy(line->buffer + line->size, piece, size);
	line->size += size;
}

static void put_text(struct tally_json_line *line, const char *text)
{
	put(line, text, strlen(text));
}

static void put_name(struct tally_json_line *line, const char *name)
{
	if (line->has_value)
		put(line, ",", 1);
	line->has_value = true;
	if (!name)
		return;
	put(line, "\"", 1);
	put_text(line, name);
	put(line, "\":", 2);
}

void tally_json_line_begin(struct tally_json_line *line, FILE *file, const char *schema)
{
	line->file = file;
	line->size = 0;
	line->has_value = true;
	put_text(line, "{\"schema\":\"");
	put_text(line, schema);
	put_text(line, "/1\"");
}

void tally_json_line_end(struct tally_json_line *line)
{
	put(line, "}\n", 2);
	flush(line);
}

void tally_json_line_open(struct tally_json_line *line, const char *name, char bracket)
{
	put_name(line, name);
	put(line, &bracket, 1);
	line->has_value = false;
}

void tally_json_line_close(struct tally_json_line *line, char bracket)
{
	put(line, &bracket, 1);
	line->has_value = true;
}

static void put_unit(struct tally_json_line *line, uint32_t unit)
{
	char *to = room(line, ESCAPE_ROOM);

	line->size += (size_t)snprintf(to, ESCAPE_ROOM, "\\u%04x", (unsigned)unit);
}

static void put_escaped(struct tally_json_line *line, uint32_t scalar)
{
	const char escape[] = { '\\', (char)scalar };

	if (scalar == '"' || scalar == '\\') {
		put(line, escape, sizeof(escape));
	} else if (scalar < 0x10000) {
		put_unit(line, scalar);
	} else {
		put_unit(line, 0xd800 + ((scalar - 0x10000) >> 10));
		put_unit(line, 0xdc00 + (scalar & 0x3ff));
	}
}

/* A terminal obeys DEL, and some characters beyond ASCII. */
static bool is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static size_t plain_size(struct tally_bytes text)
{
	size_t size = 0;

	while (size < text.size && is_plain(text.data[size]))
		size++;
	return size;
}

static void put_characters(struct tally_json_line *line, struct tally_bytes text)
{
	struct tally_cursor cursor = tally_cursor(text);

	while (!tally_cursor_is_done(&cursor)) {
		struct tally_bytes plain = tally_read_bytes(&cursor, plain_size(cursor.left));

		if (plain.size)
			put(line, (const char *)plain.data, plain.size);
		if (!tally_cursor_is_done(&cursor))
			put_escaped(line, tally_utf8_read(&cursor));
	}
}

void tally_json_line_text(struct tally_json_line *line, const char *name, struct tally_bytes text)
{
	bool is_valid = tally_utf8_is_valid(text);
	char piece[TALLY_ESCAPE_LIMIT];

	put_name(line, name);
	put(line, "\"", 1);
	if (is_valid)
		put_characters(line, text);
	while (!is_valid && text.size) {
		text = tally_escape_next(text, piece);
		put_characters(line, tally_text(piece));
	}
	put(line, "\"", 1);
}

void tally_json_line_hex(struct tally_json_line *line, const char *name, struct tally_bytes bytes)
{
	put_name(line, name);
	put(line, "\"", 1);
	for (size_t at = 0; at < bytes.size; at += HEX_STEP) {
		size_t size = bytes.size - at < HEX_STEP ? bytes.size - at : HEX_STEP;

		/* And the NUL that is written over next. */
		tally_hex_write(room(line, 2 * HEX_STEP + 1), tally_bytes(bytes.data + at, size));
		line->size += 2 * size;
	}
	put(line, "\"", 1);
}

void tally_json_line_integer(struct tally_json_line *line, const char *name, uint64_t value)
{
	char digits[24], *at = digits + sizeof(digits);
	bool is_text = value > INT64_MAX; /* as tally_json_integer has it */

	if (is_text)
		*--at = '"';
	do
		*--at = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	if (is_text)
		*--at = '"';
	put_name(line, name);
	put(line, at, (size_t)(digits + sizeof(digits) - at));
}

void tally_json_line_bool(struct tally_json_line *line, const char *name, bool value)
{
	put_name(line, name);
	put_text(line, value ? "true" : "false");
}

void tally_json_line_digests(struct tally_json_line *line, const char *name, const struct tally_digests *digests)
{
	tally_json_line_open(line, name, '{');
	for (size_t i = 0; i < digests->count; i++)
		tally_json_line_hex(line, tally_alg_name(digests->digest[i].alg),
				    tally_digest_bytes(&digests->digest[i]));
	tally_json_line_close(line, '}');
}

void tally_json_line_value(struct tally_json_line *line, const char *name, json_t *value)
{
	size_t size;
	char *text = tally_json_dump(value, &size);

	put_name(line, name);
	put(line, text, size);
	free(text);
	json_decref(value);
}
