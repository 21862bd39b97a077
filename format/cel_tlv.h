/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CEL-TLV: the form of our own log. spec: TCG CEL 5.1; docs/formats/log.md */
#ifndef TALLY_FORMAT_CEL_TLV_H
#define TALLY_FORMAT_CEL_TLV_H

#include "../core/record.h"
#include "cel_content.h"
#include "tlv.h"

/*
 * Read one record. Integers of 1 to 8 bytes are accepted (other producers
 * write several widths), digests and the fields of a content in any order,
 * and as index tags 1 (numbering as given), 2 (NV) and 108 (CC MR). Content
 * of a type that we don't know is kept and counts as measured. *ret is set
 * only on success; its offset is 0, because only the caller knows where the
 * cursor began.
 *
 * Any failure is latched in the cursor. A record that the input ends inside
 * is TALLY_TRUNCATED and nothing else is, so that a reader of a growing log
 * can tell it from damage; a length that a record can't have is
 * TALLY_OUT_OF_RANGE, content over its limit TALLY_TOO_LARGE. That record
 * numbers ascend is the log's business, not the record's.
 */
TALLY_MUST_CHECK enum tally_status tally_cel_read(struct tally_cursor *cursor, enum tally_numbering numbering,
						  struct tally_record *ret);

/*
 * The producer whose habits a record shows, a short stable text: "google-cos", "libcel" (integers as short as can
 * be), "safford" (of 4 bytes), "other"; "" for integers of the sizes that tally_cel_write writes.
 */
const char *tally_cel_dialect(const struct tally_record *record);

/*
 * Write one record in our canonical form: record number 8 bytes, index 1 byte
 * (TALLY_OUT_OF_RANGE above 255; an NV index 4 bytes), digests ascending, event
 * type 4 bytes. Reads number, numbering, index, content_type, event_type,
 * digests, content.
 */
void tally_cel_write(struct tally_writer *writer, const struct tally_record *record);

#endif
