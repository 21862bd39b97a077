/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The content of an event that tally records. spec: docs/formats/log.md 2 */
#ifndef TALLY_FORMAT_EVENT_H
#define TALLY_FORMAT_EVENT_H

#include "../core/record.h"
#include "tlv.h"

#define TALLY_EVENT_TAG_ID 0x594c4154U /* "TALY" on the wire */
#define TALLY_EVENT_TEXT_LIMIT 255     /* bytes of type, name and origin */
/* Room for all of an event but its data: three texts, a digest, a PCR with a digest of every bank, and what holds them. */
#define TALLY_EVENT_OVERHEAD 2048
#define TALLY_EVENT_TYPE_PIN "tally.pin"
#define TALLY_EVENT_TYPE_DIGEST_ONLY "digest-only"

/* All of one event's content; borrows. */
struct tally_event {
	struct tally_bytes type;
	struct tally_bytes name;
	struct tally_bytes origin;
	bool has_data;
	struct tally_bytes data;
	bool has_data_digest;
	struct tally_digest data_digest;
	bool is_once;
	bool has_pcr;
	uint32_t pcr;
	struct tally_digests pcr_digests;
};

/* Read event_data. TALLY_UNSUPPORTED if it is not ours (another tag id), so that a caller can tell it from damage. */
TALLY_MUST_CHECK enum tally_status tally_event_read(struct tally_bytes event_data, struct tally_event *ret);

/*
 * Write event_data. TALLY_INVALID is latched for text that is empty, too long, or not clean UTF-8, for an origin
 * that is none, and for other elements than docs/formats/log.md allows together; TALLY_TOO_LARGE above the limit of a
 * record's content.
 */
void tally_event_write(struct tally_writer *writer, const struct tally_event *event);

/* The content's digests are H(event_data) in every bank: only then is the content authenticated. As tally_env_hash. */
TALLY_MUST_CHECK enum tally_status tally_event_is_authentic(const struct tally_record *record, bool *ret);

/* UTF-8 without control characters, 1 to TALLY_EVENT_TEXT_LIMIT bytes. */
bool tally_event_text_is_clean(struct tally_bytes text);

/* Clean text `uid:gid` or `uid:gid@label`: decimal numbers of at most 32 bits without leading zeros. */
bool tally_event_origin_is_valid(struct tally_bytes origin);

/* The data of a pin. */
struct tally_pin {
	uint32_t index; /* register */
	struct tally_digests from;
	struct tally_digests to;
	uint64_t next;	  /* n: the next record number when it was made */
	uint8_t head[48]; /* head(n) */
};

/* TALLY_BANK_SET if from and to have different banks, read or written. */
TALLY_MUST_CHECK enum tally_status tally_pin_read(struct tally_bytes data, struct tally_pin *ret);
void tally_pin_write(struct tally_writer *writer, const struct tally_pin *pin);

#endif
