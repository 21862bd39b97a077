/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Logs beside ours in evidence: boot logs, which lead to where ours begins, and foreign logs, which fills name. spec: docs/formats/bundle.md 1 */
#ifndef TALLY_FORMAT_SEGMENT_H
#define TALLY_FORMAT_SEGMENT_H

#include "../core/replay.h"
#include "log_reader.h"

/* The media type says what a segment is for, and in which format. */
struct tally_segment_kind {
	bool is_foreign; /* named by fills; else it lies before our log */
	enum tally_log_format format;
};

#define TALLY_SEGMENT_MEDIA_LIMIT 64 /* bytes of any of these types */

/* "application/vnd.tally.log+tcg2", "application/vnd.tally.foreign-log+ima". TALLY_INVALID is latched for no format. */
void tally_segment_media_write(struct tally_writer *writer, const struct tally_segment_kind *kind);

/* False if it is none of these types. */
bool tally_segment_media_read(struct tally_bytes media_type, struct tally_segment_kind *ret);

/* The digests of a record in these banks: a foreign log may have more of them. TALLY_BANK_SET if it lacks one. */
TALLY_MUST_CHECK enum tally_status tally_segment_digests(const struct tally_digests *digests,
							 const struct tally_digests *like, struct tally_digests *ret);

/* What the records of boot logs, one after the other, do to the registers of a provider. */
struct tally_segment_replay {
	struct tally_replay *replay; /* at the reset values before the first record */
	uint64_t extended;	     /* bit i: register i was */
};

/*
 * Apply one record: *ret_reg is the register that it extended with *ret_digests, -1 if none. Firmware's word on the
 * locality that it started from is the only one besides that changes a value. TALLY_BANK_SET, with *ret_reg set and
 * nothing changed; or as tally_replay_extend.
 */
TALLY_MUST_CHECK enum tally_status tally_segment_apply(struct tally_segment_replay *segment,
						       const struct tally_record *record, int *ret_reg,
						       struct tally_digests *ret_digests);

#endif
