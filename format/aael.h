/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Events of the Confidential Containers attestation agent (AAEL), tagged inside a TCG log or as the older text. docs/formats/dialects.md */
#ifndef TALLY_FORMAT_AAEL_H
#define TALLY_FORMAT_AAEL_H

#include "../core/cursor.h"
#include "../core/record.h"

#define TALLY_AAEL_TAG_ID 0x4141454cU /* "LEAA" on the wire */
#define TALLY_AAEL_DIALECT "coco-aael"

/* "domain operation content": the first two have no blank in them, none has a line feed. Borrows. */
struct tally_aael {
	struct tally_bytes domain;
	struct tally_bytes operation;
	struct tally_bytes content;
};

/*
 * Read the data of an EV_EVENT_TAG. TALLY_UNSUPPORTED if its tag is another one; TALLY_OUT_OF_RANGE for a size
 * that is not the event's, TALLY_NOT_CANONICAL for what is not three such texts.
 */
TALLY_MUST_CHECK enum tally_status tally_aael_read(struct tally_bytes event_data, struct tally_aael *ret);

/* The record is such an event. */
bool tally_aael_is_record(const struct tally_record *record);

/*
 * The text that guest-components wrote before 0.15: "INIT sha384/VALUE", then one event a line, the last perhaps
 * without its line feed. Each line is measured, the first too: its digest is that of the line. Where they went is
 * not said: to RTMR 3 by default.
 */
struct tally_aael_text {
	struct tally_cursor cursor;
	uint16_t alg;
	size_t input_size;
	uint64_t offset; /* of the line that comes next */
	uint64_t record_count;
};

bool tally_aael_text_looks_like(struct tally_bytes log);

/*
 * TALLY_UNSUPPORTED if the first line is another one, or if its value is not zero: nobody proves a log that begins
 * elsewhere. TALLY_UNKNOWN_ALGORITHM, TALLY_DIGEST_SIZE.
 */
TALLY_MUST_CHECK enum tally_status tally_aael_text_open(struct tally_aael_text *reader, struct tally_bytes log);

/* The next event; *ret_is_end tells that there is none. TALLY_NOT_CANONICAL for a line that is none; as tally_env_hash. */
TALLY_MUST_CHECK enum tally_status tally_aael_text_next(struct tally_aael_text *reader, struct tally_record *ret,
							bool *ret_is_end);

#endif
