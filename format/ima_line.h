/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One line of an ascii list, from which the template data is rebuilt as it was hashed. */
#ifndef TALLY_FORMAT_IMA_LINE_H
#define TALLY_FORMAT_IMA_LINE_H

#include "../core/writer.h"
#include "ima_template.h"

/* A measurement as a list states it. */
struct tally_ima_entry {
	uint32_t pcr;
	uint8_t digest[TALLY_DIGEST_LIMIT];
	size_t digest_size;
	struct tally_bytes name;    /* of the template */
	struct tally_bytes data;    /* of the template */
	struct tally_bytes content; /* both, as a record has them; empty where nobody wants it */
};

/*
 * Read a line and its end; the content of a record is rebuilt in content, whose bytes the entry borrows. An ascii list
 * says less than a binary one, so only the digest tells whether what was rebuilt is what was hashed:
 *
 * - a name may hold blanks (of older kernels), other fields none;
 * - empty fields at the end may have lost their blanks, as editors do that;
 * - a name cut short by a NUL or a line break inside it can't be rebuilt.
 *
 * TALLY_TRUNCATED for a line without an end, TALLY_NOT_CANONICAL for one that the kernel does not write, and as
 * tally_ima_template_find. Fields are not checked here but for their letters.
 */
TALLY_MUST_CHECK enum tally_status tally_ima_line_read(struct tally_cursor *list, enum tally_ima_order order,
						       struct tally_writer *content, struct tally_ima_entry *ret);

/* The first line is one as far as its template's name. */
bool tally_ima_line_looks_like(struct tally_bytes list);

#endif
