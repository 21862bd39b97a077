/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CEL-JSON, and the records of systemd's and FAPI's logs, which are nearly that. spec: TCG CEL 5.3; docs/formats/cel.md */
#ifndef TALLY_FORMAT_CEL_JSON_H
#define TALLY_FORMAT_CEL_JSON_H

#include "cel_content.h"
#include "json.h"

/*
 * Read one record, an object. Members may stand in any order and none twice; numbers or names in either case are
 * accepted for hash algorithms and event types, and hex of either case. Inside a content, members that we don't
 * know are skipped; beside it they are TALLY_UNSUPPORTED. Digests of algorithms that we don't know are left out.
 * systemd's own content, an object, is kept as the JSON text that it is, without white space between its tokens; a content
 * that only JSON can hold is TALLY_CONTENT_NAMED. *ret is set only on success; offset and, where the record has
 * no number, number are 0. A failure is latched in json.
 */
TALLY_MUST_CHECK enum tally_status tally_cel_json_read(struct tally_json_reader *json,
						       const struct tally_cel_reading *reading,
						       struct tally_record *ret);

/* The producer whose habits a record shows: "pcrlock", "systemd", "tss2-fapi", "libcel", or "" for our own form. */
const char *tally_cel_json_dialect(const struct tally_record *record);

/*
 * Write one record in our form: members in the specification's order, no white space, lower-case hex, event types
 * by name where they have one. An index of a CC measurement register is "ccmr", which is ours. A record of a type
 * without a name has its number and hex. Latches TALLY_UNSUPPORTED for what JSON can't say (a template name that
 * is no UTF-8), TALLY_INVALID for a content that is not what its type says.
 */
void tally_cel_json_write(struct tally_writer *writer, const struct tally_record *record);

/*
 * Write one record as systemd's userspace log has it: 0x1E, an object without record number, a line feed.
 * TALLY_UNSUPPORTED is latched for what systemd-pcrlock would take for something else: another register than a
 * PCR, or a record that is not measured.
 */
void tally_cel_json_write_systemd(struct tally_writer *writer, const struct tally_record *record);

/* The content of systemd's userspace log is an object, as JSON text. */
bool tally_cel_json_is_object(struct tally_bytes text);

/* Read the content of a record, for tally_cel_json_read: content_type is set, NAMED with its name. */
TALLY_MUST_CHECK enum tally_status tally_cel_json_read_content(struct tally_json_reader *json,
							       const struct tally_cel_reading *reading,
							       struct tally_bytes type_name, struct tally_record *ret);

#endif
