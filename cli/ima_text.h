/* SPDX-License-Identifier: BSD-2-Clause */
/* What IMA measured, shown. */
#ifndef TALLY_CLI_IMA_TEXT_H
#define TALLY_CLI_IMA_TEXT_H

#include <stdio.h>

#include "../core/record.h"
#include "json_line.h"

/* The name of a record's template, escaped; false if its content can't be read. capacity as tally_escape_text. */
bool tally_ima_kind(const struct tally_record *record, char *to, size_t capacity);

/* The digest of what was measured, its name, and what else the template has. */
void tally_ima_text(FILE *file, const struct tally_record *record);

/* "ima": {"template", "is_violation", "fields": [...]}; nothing if the content can't be read. */
void tally_ima_json(struct tally_json_line *line, const struct tally_record *record);

#endif
