/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The stored list of once names: what a trim took out of the log and extends must still know. spec: docs/formats/log.md 5 */
#ifndef TALLY_FORMAT_ONCE_LIST_H
#define TALLY_FORMAT_ONCE_LIST_H

#include "../core/digest.h"
#include "tlv.h"

/* One name: of an event, or in doubt because an abort or a gap named it. Borrows. */
struct tally_once_name {
	struct tally_bytes origin;
	struct tally_bytes name;
	bool is_doubt;
	uint64_t number;	      /* event: of its record */
	uint32_t index;		      /* event: its register */
	struct tally_digests digests; /* event */
};

/* The next entry. Failures are latched: TALLY_UNSUPPORTED for another kind of entry, TALLY_INVALID for text that is not clean. */
TALLY_MUST_CHECK enum tally_status tally_once_list_read(struct tally_cursor *list, struct tally_once_name *ret);

/* What would not be read latches TALLY_INVALID. */
void tally_once_list_write(struct tally_writer *writer, const struct tally_once_name *name);

#endif
