/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The event log that Dstack hands out with a quote: a JSON array of firmware's events and its own. docs/formats/dialects.md */
#ifndef TALLY_FORMAT_DSTACK_H
#define TALLY_FORMAT_DSTACK_H

#include "../core/record.h"
#include "json.h"

/* Dstack's own events. No other producer uses this type. */
#define TALLY_EV_DSTACK 0x08000001U

/* Copied by assignment; borrows the log and what tally_dstack_lend lent. */
struct tally_dstack_reader {
	struct tally_json_reader json;
	bool has_begun;
	struct tally_bytes log;
	struct tally_span room;
	uint64_t offset; /* of the element that comes next */
	uint64_t record_count;
};

/* A JSON array whose first element is an object with a member `imr`. */
bool tally_dstack_looks_like(struct tally_bytes log);

void tally_dstack_open(struct tally_dstack_reader *reader, struct tally_bytes log);

/*
 * Room in which the content of a record is put together, good until the next one is read. As many bytes as the element
 * has, and TALLY_DSTACK_ROOM_EXTRA, are enough.
 */
#define TALLY_DSTACK_ROOM_EXTRA 64
void tally_dstack_lend(struct tally_dstack_reader *reader, void *room, size_t size);

/*
 * The next event; *ret_is_end tells that there is none. Registers are numbered as RTMRs, digests are SHA-384.
 *
 * The content of Dstack's own events is what was hashed, and its digest must be the hash of that (TALLY_CHECKSUM);
 * one that was stripped is computed. Content of other events is as firmware wrote it, if it was not stripped; its
 * digest, which must be there, is not looked at.
 *
 * Status: TALLY_DISORDER for a member that is missing or of another kind, TALLY_DUPLICATE, TALLY_UNSUPPORTED for one
 * that we don't know and for another version than 1 and 2, TALLY_OUT_OF_RANGE for a number or hex that can't be,
 * TALLY_DIGEST_SIZE, TALLY_NO_SPACE; as the JSON reader, and tally_env_hash.
 */
TALLY_MUST_CHECK enum tally_status tally_dstack_next(struct tally_dstack_reader *reader, struct tally_record *ret,
						     bool *ret_is_end);

#endif
