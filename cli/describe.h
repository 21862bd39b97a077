/* SPDX-License-Identifier: BSD-2-Clause */
/* What a record says, in a few words for people and in full for programs. */
#ifndef TALLY_CLI_DESCRIBE_H
#define TALLY_CLI_DESCRIBE_H

#include <stdio.h>

#include "../core/record.h"
#include "../core/registers.h"

/* The kind of a record in one word or two: an event's type, "[gap]", "EV_SEPARATOR". Borrowed, or in buffer. */
#define TALLY_KIND_LIMIT 40
void tally_describe_kind(const struct tally_record *record, char to[TALLY_KIND_LIMIT]);

/* What it says, on the rest of the line. Contents are escaped. */
void tally_describe(FILE *file, const struct tally_record *record);

/* The whole record as a line of JSON, tally.log-show/1. register_name: NULL if it belongs to none. */
void tally_describe_json(FILE *file, const struct tally_record *record, const char *register_name);

#endif
