// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: CEL-TLV records, read, written, and read again. */
#include <stdlib.h>

#include "../../format/cel_tlv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void expect_same(const struct tally_record *a, const struct tally_record *b)
{
	expect(a->number == b->number && a->numbering == b->numbering && a->index == b->index);
	expect(a->content_type == b->content_type && a->event_type == b->event_type);
	expect(a->is_measured == b->is_measured);
	expect(tally_digests_equal(&a->digests, &b->digests));
	expect(tally_bytes_equal(a->content, b->content));
}

/* A torn record must be told from damage, wherever it is torn. */
static void expect_torn(struct tally_bytes encoded, size_t size)
{
	uint8_t *torn = malloc(size);
	struct tally_cursor cursor = tally_cursor(tally_bytes(torn, size));
	struct tally_record record;

	if (size != 0)
		memcpy(torn, encoded.data, size);
	expect(tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record) == TALLY_TRUNCATED);
	free(torn);
}

/* Our form of a record reads as the same record and is its own form. */
static void expect_round_trip(const struct tally_record *record)
{
	size_t size = record->encoded.size + 64;
	uint8_t *first = malloc(size);
	uint8_t *second = malloc(size);
	struct tally_writer writer = tally_writer(first, size);
	struct tally_writer again = tally_writer(second, size);
	struct tally_record read;
	struct tally_cursor cursor;

	tally_cel_write(&writer, record);
	if (record->numbering != TALLY_NUMBERING_NV && record->index > 255) {
		expect(writer.status == TALLY_OUT_OF_RANGE);
	} else {
		cursor = tally_cursor(tally_written(&writer));
		expect(tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &read) == TALLY_OK);
		expect(tally_cursor_end(&cursor) == TALLY_OK);
		expect_same(record, &read);
		tally_cel_write(&again, &read);
		expect(tally_bytes_equal(tally_written(&writer), tally_written(&again)));
	}
	free(second);
	free(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_cursor cursor = tally_cursor(tally_bytes(data, size));
	size_t read_size = 0;

	while (!tally_cursor_is_done(&cursor)) {
		struct tally_record record;
		enum tally_status status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);

		expect(status == cursor.status);
		if (status != TALLY_OK)
			break;
		expect(record.encoded.data == data + read_size);
		read_size += record.encoded.size;
		expect(record.digests.count > 0 && record.content.size <= TALLY_CONTROL_LIMIT);
		expect_torn(record.encoded, record.encoded.size / 2);
		expect_torn(record.encoded, record.encoded.size - 1);
		expect_round_trip(&record);
	}
	expect(cursor.status != TALLY_OK || read_size == size);
	return 0;
}
