/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of JSON written as it is told, member after member: for streams of many objects, in memory that does not grow. */
#ifndef TALLY_CLI_JSON_LINE_H
#define TALLY_CLI_JSON_LINE_H

#include "json.h"

#define TALLY_JSON_LINE_BUFFER 4096

/* One object that is being written. What can't be written shows when the stream is ended. */
struct tally_json_line {
	FILE *file;
	bool has_value; /* behind a value: a comma must follow */
	size_t size;
	char buffer[TALLY_JSON_LINE_BUFFER];
};

/* {"schema": "SCHEMA/1", ...} and a line feed. */
void tally_json_line_begin(struct tally_json_line *line, FILE *file, const char *schema);
void tally_json_line_end(struct tally_json_line *line);

/*
 * Members of the object that is open, or elements of the array, whose name is NULL. Names are not escaped. The values
 * have the form that the functions of json.h give them, all characters beyond ASCII escaped.
 */
void tally_json_line_open(struct tally_json_line *line, const char *name, char bracket);
void tally_json_line_close(struct tally_json_line *line, char bracket);
void tally_json_line_text(struct tally_json_line *line, const char *name, struct tally_bytes text);
void tally_json_line_hex(struct tally_json_line *line, const char *name, struct tally_bytes bytes);
void tally_json_line_integer(struct tally_json_line *line, const char *name, uint64_t value);
void tally_json_line_bool(struct tally_json_line *line, const char *name, bool value);
void tally_json_line_digests(struct tally_json_line *line, const char *name, const struct tally_digests *digests);

/*
 * An object or an array of jansson's, which this takes over: for what is rare. Where memory runs out, the line is
 * not begun to be printed as long as no more than the buffer was told before.
 */
void tally_json_line_value(struct tally_json_line *line, const char *name, json_t *value);

#endif
