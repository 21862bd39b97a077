/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON for programs: one object a line, "schema" first, bytes in lower-case hex. */
#ifndef TALLY_CLI_JSON_H
#define TALLY_CLI_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "../core/digest.h"

/*
 * Values that the caller sets, appends or prints, which takes them over. Out of memory ends the
 * program with TALLY_EXIT_SYSTEM: a result is printed when all is done, so there is nothing to undo.
 */
json_t *tally_json_object(void);
json_t *tally_json_array(void);
json_t *tally_json_bool(bool value);
json_t *tally_json_integer(uint64_t value);
json_t *tally_json_hex(struct tally_bytes bytes);
json_t *tally_json_text(struct tally_bytes text);		 /* what is no UTF-8 is escaped as on a terminal */
json_t *tally_json_digests(const struct tally_digests *digests); /* {"sha384": "..."} */
void tally_json_set(json_t *object, const char *key, json_t *value);
void tally_json_append(json_t *array, json_t *value);

/* The text of a value, on one line and ASCII; the caller frees it. */
char *tally_json_dump(const json_t *value, size_t *ret_size);

/* Print and free an object: {"schema": "SCHEMA/1", ...}. */
void tally_json_print(FILE *file, const char *schema, json_t *object);

#endif
