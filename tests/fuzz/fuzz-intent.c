// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: the intent slot, as it is and around the input as a record, which a hash would keep out of reach. */
#include "reread.h"

#include "../../format/intent.h"

/* What stands behind a slot is ignored, so only as much as was written must be the same. */
static void expect_same_slot(struct tally_bytes slot)
{
	uint8_t *output = malloc(slot.size ? slot.size : 1);
	struct tally_writer writer = tally_writer(output, slot.size);
	struct tally_intent intent;

	if (!output)
		abort();
	if (tally_intent_read(slot, &intent) == TALLY_OK &&
	    (tally_intent_write(&writer, intent.head, intent.record.encoded) != TALLY_OK ||
	     !tally_bytes_equal(tally_written(&writer), tally_bytes(slot.data, writer.size))))
		abort();
	free(output);
}

static enum tally_status record_status(struct tally_bytes bytes)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	struct tally_record record;
	enum tally_status status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);

	return status == TALLY_OK ? tally_cursor_end(&cursor) : status;
}

static void expect_slot_of_record(struct tally_bytes record)
{
	static const uint8_t head[TALLY_HEAD_SIZE];
	size_t capacity = record.size + TALLY_INTENT_OVERHEAD;
	uint8_t *output = malloc(capacity);
	struct tally_writer writer = tally_writer(output, capacity);
	struct tally_intent intent;

	if (!output)
		abort();
	/* A slot that was written whole fails as its record does. */
	if (tally_intent_write(&writer, head, record) == TALLY_OK &&
	    tally_intent_read(tally_written(&writer), &intent) != record_status(record))
		abort();
	free(output);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	expect_same_slot(tally_bytes(data, size));
	expect_slot_of_record(tally_bytes(data, size));
	return 0;
}
