// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The intent slot: size, head, record, and a hash that says it was written whole. */
#include "intent.h"

static enum tally_status slot_sha256(struct tally_bytes size_and_head, struct tally_bytes record,
				     uint8_t ret[TALLY_SLOT_SHA256_SIZE])
{
	struct tally_hash_job job = { TALLY_SHA256, { size_and_head, record }, ret };

	return tally_env_hash(&job, 1);
}

/* The record and nothing behind it: the slot's size is part of what its hash covers. */
static enum tally_status slot_read_record(struct tally_bytes bytes, struct tally_record *ret)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	enum tally_status status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, ret);

	return status == TALLY_OK ? tally_cursor_end(&cursor) : status;
}

enum tally_status tally_intent_read(struct tally_bytes slot, struct tally_intent *ret)
{
	struct tally_cursor cursor = tally_cursor(slot);
	uint64_t size = tally_read_be64(&cursor);
	uint8_t sha256[TALLY_SLOT_SHA256_SIZE];
	struct tally_bytes record;
	struct tally_intent intent;
	enum tally_status status;

	/* A size that no record can have is a tear, whatever stands behind it. */
	if (cursor.status == TALLY_OK && (size == 0 || size > TALLY_INTENT_RECORD_LIMIT))
		return TALLY_OUT_OF_RANGE;
	intent.head = tally_read_bytes(&cursor, TALLY_HEAD_SIZE).data;
	record = tally_read_bytes(&cursor, size);
	intent.sha256 = tally_read_bytes(&cursor, TALLY_SLOT_SHA256_SIZE).data;
	if (cursor.status != TALLY_OK)
		return cursor.status;

	status = slot_sha256(tally_bytes(slot.data, 8 + TALLY_HEAD_SIZE), record, sha256);
	if (status != TALLY_OK)
		return status;
	if (memcmp(sha256, intent.sha256, sizeof(sha256)) != 0)
		return TALLY_CHECKSUM;
	status = slot_read_record(record, &intent.record);
	if (status == TALLY_OK)
		*ret = intent;
	return status;
}

enum tally_status tally_intent_write(struct tally_writer *writer, const uint8_t head[TALLY_HEAD_SIZE],
				     struct tally_bytes record)
{
	uint8_t size_and_head[8 + TALLY_HEAD_SIZE];
	uint8_t sha256[TALLY_SLOT_SHA256_SIZE];
	struct tally_writer front = tally_writer(size_and_head, sizeof(size_and_head));
	enum tally_status status;

	if (record.size == 0 || record.size > TALLY_INTENT_RECORD_LIMIT)
		return TALLY_OUT_OF_RANGE;
	tally_write_be64(&front, record.size);
	tally_write_bytes(&front, tally_bytes(head, TALLY_HEAD_SIZE));
	status = slot_sha256(tally_written(&front), record, sha256);
	if (status != TALLY_OK)
		return status;
	tally_write_bytes(writer, tally_written(&front));
	tally_write_bytes(writer, record);
	tally_write_bytes(writer, tally_bytes(sha256, sizeof(sha256)));
	return writer->status;
}
