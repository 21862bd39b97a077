/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CEL-CBOR records. spec: TCG CEL 5.2; docs/formats/cel.md */
#ifndef TALLY_FORMAT_CEL_CBOR_H
#define TALLY_FORMAT_CEL_CBOR_H

#include "cel_content.h"

/*
 * Read one record, a map, in deterministic CBOR (spec: RFC 8949 4.2.1). Accepted beside our own form: a content
 * keyed by the number of its type, names in either case in the place of numbers of hash algorithms and event
 * types, several management elements in an array. Digests of algorithms that we don't know are left out. *ret is
 * set only on success; its offset is 0. A failure is latched in the cursor; TALLY_UNSUPPORTED for a content type
 * of a form that we don't know and for an event type's name that we don't know.
 */
TALLY_MUST_CHECK enum tally_status tally_cel_cbor_read(struct tally_cursor *cursor,
						       const struct tally_cel_reading *reading,
						       struct tally_record *ret);

/* "keyed" for a content keyed by its type, else "". */
const char *tally_cel_cbor_dialect(const struct tally_record *record);

/*
 * Write one record, deterministic, with keys 9 and 10 for the content. A log is an array of them. Latches
 * TALLY_UNSUPPORTED for what CBOR can't say (TALLY_CONTENT_NAMED, a template name that is no UTF-8), TALLY_INVALID
 * for a content that is not what its type says.
 */
void tally_cel_cbor_write(struct tally_writer *writer, const struct tally_record *record);

#endif
