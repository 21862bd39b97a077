/* SPDX-License-Identifier: BSD-2-Clause */
/* Foreign text made safe to show: a log's content must not steer a terminal. */
#ifndef TALLY_CLI_ESCAPE_H
#define TALLY_CLI_ESCAPE_H

#include <stdio.h>

#include "../core/bytes.h"

/*
 * Print text. Control characters, those that change the direction or the width of what follows, and
 * bytes that are no UTF-8 are written as \n, \xNN or \u{N}; a backslash as \\, so that both stay apart.
 */
void tally_escape_print(FILE *file, struct tally_bytes text);

/* Its first character, or byte, escaped likewise, NUL-terminated; returns the rest. text is not empty. */
#define TALLY_ESCAPE_LIMIT 16
struct tally_bytes tally_escape_next(struct tally_bytes text, char piece[TALLY_ESCAPE_LIMIT]);

/*
 * The same into a buffer, NUL-terminated. What does not fit ends in "..."; capacity is at least 16.
 * Returns the columns that it takes, one for each character.
 */
size_t tally_escape_text(char *to, size_t capacity, struct tally_bytes text);

#endif
