/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* JSON, read strictly from front to back and written; nothing allocates and nothing recurses. spec: RFC 8259 */
#ifndef TALLY_FORMAT_JSON_H
#define TALLY_FORMAT_JSON_H

#include "../core/cursor.h"
#include "../core/writer.h"

#define TALLY_JSON_DEPTH_LIMIT 32  /* arrays and objects inside each other */
#define TALLY_JSON_MEMBER_LIMIT 32 /* members of an object whose names are looked at */

/*
 * A position in a text. Copied by assignment, so a value can be looked at again. As with the cursor, the first
 * failure latches and a reader checks once: TALLY_TRUNCATED where the text ends too early, TALLY_DISORDER for a
 * token or a kind of value that can't stand there, TALLY_OUT_OF_RANGE for one that is badly formed or beyond a
 * limit, TALLY_DUPLICATE for a name that stands twice.
 */
struct tally_json_reader {
	struct tally_cursor cursor;
	size_t size;	     /* of the text */
	size_t fault_offset; /* where the failure is; 0 without one */
	uint32_t depth;
	bool has_value; /* behind a value: a comma or an end must follow */
};

enum tally_json_kind {
	TALLY_JSON_NONE = 0, /* after a failure */
	TALLY_JSON_OBJECT,
	TALLY_JSON_ARRAY,
	TALLY_JSON_STRING,
	TALLY_JSON_NUMBER,
	TALLY_JSON_TRUE,
	TALLY_JSON_FALSE,
	TALLY_JSON_NULL
};

/* The names of the members of one object so far. A new one needs no value: the first member sets all. */
struct tally_json_names {
	size_t count;
	bool has_escape; /* one of them */
	struct tally_bytes name[TALLY_JSON_MEMBER_LIMIT];
};

struct tally_json_reader tally_json_open(struct tally_bytes text);

/* Latch a failure at this position. */
void tally_json_fail(struct tally_json_reader *json, enum tally_status status);

/* Bytes read so far, or where the failure is. */
size_t tally_json_offset(const struct tally_json_reader *json);

/* Nothing but white space is left (TALLY_TRAILING), and nothing failed. */
TALLY_MUST_CHECK enum tally_status tally_json_end(struct tally_json_reader *json);

/* The kind of the next value; only white space is read. */
enum tally_json_kind tally_json_peek(struct tally_json_reader *json);

/*
 * An object: begin it, then for each member that next_member announces read one value; false: the object has
 * ended, or failed. The name is as tally_json_read_string returns it. With names (not NULL) one that stands twice
 * is refused. An array likewise.
 */
void tally_json_begin_object(struct tally_json_reader *json);
bool tally_json_next_member(struct tally_json_reader *json, struct tally_json_names *names,
			    struct tally_bytes *ret_name);
void tally_json_begin_array(struct tally_json_reader *json);
bool tally_json_next_element(struct tally_json_reader *json);

/*
 * The bytes between the quotes, borrowed, escapes as they stand. They are UTF-8 and every escape is a character
 * (no half of a surrogate pair). Size 0 after a failure.
 */
struct tally_bytes tally_json_read_string(struct tally_json_reader *json);

/* An integer without sign, fraction and exponent, at most limit; 0 after a failure. */
uint64_t tally_json_read_uint(struct tally_json_reader *json, uint64_t limit);

/* Any value, whole: its text, borrowed. Names of objects inside it may stand twice. */
struct tally_bytes tally_json_skip(struct tally_json_reader *json);

/* What a string between its quotes means, compared; escapes are decoded. */
bool tally_json_strings_equal(struct tally_bytes a, struct tally_bytes b);

/* The same for one that is longer than the text: every escape is longer than what it means. */
bool tally_json_decodes_to(struct tally_bytes string, const char *text);

static inline bool tally_json_string_is(struct tally_bytes string, const char *text)
{
	size_t size = strlen(text);

	if (string.size == size)
		return size == 0 || memcmp(string.data, text, size) == 0;
	return string.size > size && tally_json_decodes_to(string, text);
}

/* What it means, written as UTF-8. */
void tally_json_decode_string(struct tally_writer *writer, struct tally_bytes string);

/* Hex of either case: false if it is not. At most capacity bytes are written, all digits are looked at. */
bool tally_json_decode_hex(struct tally_bytes digits, uint8_t *to, size_t capacity);

/* The same into a writer: nothing is written if it is not hex. */
bool tally_json_decode_hex_to(struct tally_writer *writer, struct tally_bytes digits);

/* With quotes, and with the escapes that there must be. TALLY_INVALID is latched for what is no UTF-8. */
void tally_json_write_string(struct tally_writer *writer, struct tally_bytes text);
/* With quotes, lower case. */
void tally_json_write_hex(struct tally_writer *writer, struct tally_bytes bytes);
void tally_json_write_uint(struct tally_writer *writer, uint64_t value);
/* Text of a value that was read, without the white space between its tokens. */
void tally_json_write_compact(struct tally_writer *writer, struct tally_bytes value);

#endif
