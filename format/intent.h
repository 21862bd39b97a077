/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The intent slot: the record that is about to be extended. spec: docs/formats/log.md 4 */
#ifndef TALLY_FORMAT_INTENT_H
#define TALLY_FORMAT_INTENT_H

#include "../core/record.h"
#include "../core/writer.h"
#include "cel_tlv.h"
#include "control.h"

/* Bytes of a slot beyond its record. */
#define TALLY_INTENT_OVERHEAD (8 + TALLY_HEAD_SIZE + TALLY_SLOT_SHA256_SIZE)

/* Bytes of the largest record of an event: its content and 1 KiB around it, which holds every bank's digest. */
#define TALLY_INTENT_RECORD_LIMIT (TALLY_CONTENT_LIMIT + 1024)

struct tally_intent {
	const uint8_t *head;   /* 48 bytes: head(number) */
	const uint8_t *sha256; /* 32 bytes: names the slot */
	struct tally_record record;
};

/*
 * Read a slot. TALLY_TRUNCATED, TALLY_OUT_OF_RANGE or TALLY_CHECKSUM mean a torn slot; a slot whose
 * SHA-256 is right but whose record does not parse gives the record's failure (damage, not a tear).
 * Bytes behind the slot are ignored. An empty input is TALLY_TRUNCATED: callers test for it first.
 */
TALLY_MUST_CHECK enum tally_status tally_intent_read(struct tally_bytes slot, struct tally_intent *ret);

/*
 * Write a slot around an encoded record. TALLY_OUT_OF_RANGE for a record of no bytes or more than the limit, the
 * writer's failure, or as tally_env_hash.
 */
TALLY_MUST_CHECK enum tally_status tally_intent_write(struct tally_writer *writer, const uint8_t head[TALLY_HEAD_SIZE],
						      struct tally_bytes record);

#endif
