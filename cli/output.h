/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard output: hex, colours, binary, and its end. */
#ifndef TALLY_CLI_OUTPUT_H
#define TALLY_CLI_OUTPUT_H

#include <stdio.h>

#include "../core/digest.h"
#include "command.h"

void tally_print_hex(FILE *file, struct tally_bytes bytes);

/* Lower-case hex and a NUL: to has room for 2 * bytes.size + 1. */
void tally_hex_write(char *to, struct tally_bytes bytes);

enum tally_style { TALLY_STYLE_END, TALLY_STYLE_STRONG, TALLY_STYLE_FAINT, TALLY_STYLE_GOOD, TALLY_STYLE_BAD };

/* Standard output takes colours: a terminal, and NO_COLOR is not set. */
bool tally_has_colour(void);

/* What begins a style on standard output, or ends it; "" without colours. */
const char *tally_style(enum tally_style style);

/* The option names a file: it is given, and is not "-". */
bool tally_output_is_file(const struct tally_cli *cli, const char *option);

/* Refuse binary output to a terminal before anything is asked of the machine. what: "evidence". */
enum tally_exit tally_output_check(struct tally_cli *cli, const char *option, const char *what);

/* Write bytes to the file of an option or to standard output. what: "the report". */
enum tally_exit tally_write_binary(struct tally_cli *cli, const char *option, const char *what,
				   struct tally_bytes bytes);

/* End standard output; a full disk or closed pipe is no success. */
enum tally_exit tally_output_end(struct tally_cli *cli, enum tally_exit code);

#endif
