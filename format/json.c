// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* JSON tokens and structure, one after the other. */
#include "json.h"

#include "json_string.h"

struct tally_json_reader tally_json_open(struct tally_bytes text)
{
	struct tally_json_reader json = { .cursor = tally_cursor(text), .size = text.size };

	return json;
}

void tally_json_fail(struct tally_json_reader *json, enum tally_status status)
{
	if (json->cursor.status == TALLY_OK)
		json->fault_offset = json->size - json->cursor.left.size;
	tally_fail(&json->cursor, status);
}

size_t tally_json_offset(const struct tally_json_reader *json)
{
	return json->cursor.status == TALLY_OK ? json->size - json->cursor.left.size : json->fault_offset;
}

static bool is_white(uint8_t byte)
{
	return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static uint8_t byte_behind_white(struct tally_json_reader *json)
{
	struct tally_bytes left = json->cursor.left;
	size_t white = 0;

	while (white < left.size && is_white(left.data[white]))
		white++;
	if (white)
		tally_pass(&json->cursor, white);
	return white < left.size ? left.data[white] : 0;
}

/* The next byte that is no white space, not consumed; 0 at the end of the text, which no token begins with. */
static uint8_t next_byte(struct tally_json_reader *json)
{
	struct tally_bytes left = json->cursor.left;

	/* What services send has none. */
	return left.size && left.data[0] > ' ' ? left.data[0] : byte_behind_white(json);
}

/* What is here can't be: nothing at all, or another token. */
static void fail_token(struct tally_json_reader *json, enum tally_status status)
{
	tally_json_fail(json, json->cursor.left.size == 0 ? TALLY_TRUNCATED : status);
}

static void expect_byte(struct tally_json_reader *json, uint8_t byte)
{
	if (next_byte(json) == byte)
		tally_pass(&json->cursor, 1);
	else
		fail_token(json, TALLY_DISORDER);
}

enum tally_status tally_json_end(struct tally_json_reader *json)
{
	if (next_byte(json) != 0 || json->cursor.left.size != 0)
		tally_json_fail(json, TALLY_TRAILING);
	return json->cursor.status;
}

enum tally_json_kind tally_json_peek(struct tally_json_reader *json)
{
	uint8_t byte = next_byte(json);

	switch (byte) {
	case '{':
		return TALLY_JSON_OBJECT;
	case '[':
		return TALLY_JSON_ARRAY;
	case '"':
		return TALLY_JSON_STRING;
	case 't':
		return TALLY_JSON_TRUE;
	case 'f':
		return TALLY_JSON_FALSE;
	case 'n':
		return TALLY_JSON_NULL;
	default:
		break;
	}
	if (byte == '-' || (byte >= '0' && byte <= '9'))
		return TALLY_JSON_NUMBER;
	fail_token(json, TALLY_DISORDER);
	return TALLY_JSON_NONE;
}

static void begin_container(struct tally_json_reader *json, uint8_t byte)
{
	expect_byte(json, byte);
	if (json->depth == TALLY_JSON_DEPTH_LIMIT)
		tally_json_fail(json, TALLY_OUT_OF_RANGE);
	json->depth++;
	json->has_value = false;
}

/* Another value follows, behind a comma unless it is the first; false at the end of the container. */
static bool next_in_container(struct tally_json_reader *json, uint8_t end)
{
	if (next_byte(json) == end) {
		tally_pass(&json->cursor, 1);
		json->depth--;
		json->has_value = true;
		return false;
	}
	if (json->has_value)
		expect_byte(json, ',');
	json->has_value = false;
	return json->cursor.status == TALLY_OK;
}

void tally_json_begin_object(struct tally_json_reader *json)
{
	begin_container(json, '{');
}

void tally_json_begin_array(struct tally_json_reader *json)
{
	begin_container(json, '[');
}

bool tally_json_next_element(struct tally_json_reader *json)
{
	return next_in_container(json, ']');
}

static void keep_name(struct tally_json_reader *json, struct tally_json_names *names, struct tally_bytes name)
{
	if (names->count == TALLY_JSON_MEMBER_LIMIT) {
		tally_json_fail(json, TALLY_OUT_OF_RANGE);
		return;
	}
	/* Only escapes make two different texts one name, and hardly any name has one. */
	names->has_escape = names->has_escape || tally_json_has_escape(name);
	for (size_t i = 0; i < names->count; i++)
		if (names->has_escape ? tally_json_strings_equal(names->name[i], name)
				      : tally_bytes_equal(names->name[i], name))
			tally_json_fail(json, TALLY_DUPLICATE);
	names->name[names->count++] = name;
}

bool tally_json_next_member(struct tally_json_reader *json, struct tally_json_names *names,
			    struct tally_bytes *ret_name)
{
	*ret_name = tally_bytes(NULL, 0);
	if (names && !json->has_value) {
		names->count = 0;
		names->has_escape = false;
	}
	if (!next_in_container(json, '}'))
		return false;
	*ret_name = tally_json_read_string(json);
	if (names && json->cursor.status == TALLY_OK)
		keep_name(json, names, *ret_name);
	expect_byte(json, ':');
	json->has_value = false;
	return json->cursor.status == TALLY_OK;
}

/* Characters of ASCII that stand for themselves inside a string. */
static const bool is_plain_byte[256] = {
	[' ' ... '!'] = true,
	['#' ... '['] = true,
	[']' ... 0x7f] = true,
};

/* Bytes up to the closing quote; sets whether any of them needs a closer look. The size of left if there is none. */
static size_t find_quote(struct tally_bytes left, bool *ret_is_plain)
{
	size_t i = 0;

	while (i < left.size && is_plain_byte[left.data[i]])
		i++;
	*ret_is_plain = true;
	while (i < left.size && left.data[i] != '"') {
		uint8_t byte = left.data[i];

		if (byte >= 0x20 && byte < 0x80 && byte != '\\') {
			i++;
			continue;
		}
		*ret_is_plain = false;
		i += byte == '\\' && left.size - i > 1 ? 2 : 1;
	}
	return i;
}

struct tally_bytes tally_json_read_string(struct tally_json_reader *json)
{
	struct tally_bytes none = { NULL, 0 };
	struct tally_bytes string;
	bool is_plain;
	size_t size;

	expect_byte(json, '"');
	size = find_quote(json->cursor.left, &is_plain);
	if (size == json->cursor.left.size) {
		tally_json_fail(json, TALLY_TRUNCATED);
		return none;
	}
	string = tally_bytes(json->cursor.left.data, size);
	if (!is_plain) {
		/* Character by character, so that the place of the first bad one is known. */
		struct tally_cursor text = tally_cursor(string);
		struct tally_bytes before = string;

		while (!tally_cursor_is_done(&text)) {
			before = text.left;
			(void)tally_json_read_scalar(&text);
		}
		if (text.status != TALLY_OK) {
			(void)tally_read_bytes(&json->cursor, string.size - before.size);
			tally_json_fail(json, TALLY_OUT_OF_RANGE);
			return none;
		}
	}
	tally_pass(&json->cursor, size + 1);
	json->has_value = true;
	return string;
}

static size_t digit_count(struct tally_bytes left, size_t from)
{
	size_t i = from;

	while (i < left.size && left.data[i] >= '0' && left.data[i] <= '9')
		i++;
	return i - from;
}

static bool byte_is(struct tally_bytes left, size_t at, char a, char b)
{
	return at < left.size && (left.data[at] == (uint8_t)a || left.data[at] == (uint8_t)b);
}

/* Digits that must be there. What else stands in their place is a bad number, and nothing a short one. */
static size_t expect_digits(struct tally_json_reader *json, size_t from)
{
	size_t count = digit_count(json->cursor.left, from);

	if (count == 0)
		tally_json_fail(json, from >= json->cursor.left.size ? TALLY_TRUNCATED : TALLY_OUT_OF_RANGE);
	return from + count;
}

/* spec: RFC 8259 6 */
static size_t number_size(struct tally_json_reader *json)
{
	size_t sign = byte_is(json->cursor.left, 0, '-', '-');
	size_t at = expect_digits(json, sign);

	if (at - sign > 1 && byte_is(json->cursor.left, sign, '0', '0'))
		tally_json_fail(json, TALLY_OUT_OF_RANGE);
	if (byte_is(json->cursor.left, at, '.', '.'))
		at = expect_digits(json, at + 1);
	if (byte_is(json->cursor.left, at, 'e', 'E'))
		at = expect_digits(json, at + 1 + byte_is(json->cursor.left, at + 1, '+', '-'));
	return json->cursor.status == TALLY_OK ? at : 0;
}

uint64_t tally_json_read_uint(struct tally_json_reader *json, uint64_t limit)
{
	uint64_t value = 0;
	size_t size;

	if (tally_json_peek(json) != TALLY_JSON_NUMBER) {
		tally_json_fail(json, TALLY_DISORDER);
		return 0;
	}
	size = number_size(json);
	for (size_t i = 0; i < size; i++) {
		/* A sign, a point or an exponent is beyond nine too. */
		uint8_t digit = (uint8_t)(json->cursor.left.data[i] - '0');

		if (digit > 9 || digit > limit || value > limit / 10 || value * 10 > limit - digit) {
			tally_json_fail(json, TALLY_OUT_OF_RANGE);
			return 0;
		}
		value = value * 10 + digit;
	}
	tally_pass(&json->cursor, size);
	json->has_value = true;
	return value;
}

static void skip_word(struct tally_json_reader *json, const char *word)
{
	for (; *word; word++) {
		if (json->cursor.left.size == 0 || json->cursor.left.data[0] != (uint8_t)*word) {
			fail_token(json, TALLY_OUT_OF_RANGE);
			return;
		}
		(void)tally_read_u8(&json->cursor);
	}
	json->has_value = true;
}

/* A value that holds no others, or the beginning of one that does: returns its kind. */
static enum tally_json_kind skip_token(struct tally_json_reader *json)
{
	enum tally_json_kind kind = tally_json_peek(json);

	switch (kind) {
	case TALLY_JSON_OBJECT:
		tally_json_begin_object(json);
		break;
	case TALLY_JSON_ARRAY:
		tally_json_begin_array(json);
		break;
	case TALLY_JSON_STRING:
		(void)tally_json_read_string(json);
		break;
	case TALLY_JSON_NUMBER:
		(void)tally_read_bytes(&json->cursor, number_size(json));
		json->has_value = true;
		break;
	case TALLY_JSON_TRUE:
		skip_word(json, "true");
		break;
	case TALLY_JSON_FALSE:
		skip_word(json, "false");
		break;
	case TALLY_JSON_NULL:
		skip_word(json, "null");
		break;
	case TALLY_JSON_NONE:
	default:
		break;
	}
	return kind;
}

struct tally_bytes tally_json_skip(struct tally_json_reader *json)
{
	uint8_t first = next_byte(json);
	struct tally_bytes value = json->cursor.left;
	uint64_t objects = 0; /* bit n: the container n levels inside the value is an object */
	uint32_t level = 0;
	struct tally_bytes name;

	(void)first;
	do {
		enum tally_json_kind kind = skip_token(json);

		if (kind == TALLY_JSON_OBJECT || kind == TALLY_JSON_ARRAY) {
			level++;
			objects = (objects & ~((uint64_t)1 << level)) | (uint64_t)(kind == TALLY_JSON_OBJECT) << level;
		}
		while (level > 0 && !(objects >> level & 1 ? tally_json_next_member(json, NULL, &name)
							   : tally_json_next_element(json)))
			level--;
	} while (level > 0 && json->cursor.status == TALLY_OK);
	if (json->cursor.status != TALLY_OK)
		return tally_bytes(NULL, 0);
	return tally_bytes(value.data, value.size - json->cursor.left.size);
}
