/* SPDX-License-Identifier: BSD-2-Clause */
/* Control records of our own log, for people and for programs. */
#ifndef TALLY_CLI_CONTROL_TEXT_H
#define TALLY_CLI_CONTROL_TEXT_H

#include <jansson.h>
#include <stdio.h>

#include "../format/control.h"

/* What a control record says, on the rest of the line. */
void tally_control_text(FILE *file, const struct tally_record *record, enum tally_control_word word);

/* Its elements by name, "word" first; NULL where it can't be read. */
json_t *tally_control_json(const struct tally_record *record, enum tally_control_word word);

/* A register set as an array: name, number, kind, banks and properties of each. */
json_t *tally_registers_json(const struct tally_register_set *set);
json_t *tally_register_json(const struct tally_register *reg);

/* "pcr", "cc-mr", "register", "nv". */
const char *tally_numbering_name(enum tally_numbering numbering);

/* The words in which registers are described: "runtime", "value", "digest". */
const char *tally_register_kind_name(enum tally_register_kind kind);
const char *tally_signed_name(enum tally_signed is_signed);
const char *tally_extend_rule_name(enum tally_extend_rule rule);

#endif
