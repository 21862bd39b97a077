// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: CEL-CBOR records, read, written, and read again. */
#include <stdlib.h>

#include "../../format/cel_cbor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* Our form of a record reads as the same record and is its own form. */
static void expect_round_trip(struct tally_cel_reading reading, const struct tally_record *record)
{
	size_t size = record->encoded.size + 64;
	uint8_t *first = malloc(size);
	uint8_t *second = malloc(size);
	uint8_t *room = malloc(reading.room.size);
	struct tally_writer writer = tally_writer(first, size);
	struct tally_writer again = tally_writer(second, size);
	struct tally_cursor cursor;
	struct tally_record read;

	tally_cel_cbor_write(&writer, record);
	expect(writer.status == TALLY_OK);
	cursor = tally_cursor(tally_written(&writer));
	reading.room.data = room;
	expect(tally_cel_cbor_read(&cursor, &reading, &read) == TALLY_OK);
	expect(tally_cursor_end(&cursor) == TALLY_OK);
	expect(read.number == record->number && read.numbering == record->numbering && read.index == record->index);
	expect(read.content_type == record->content_type && read.event_type == record->event_type);
	expect(read.is_measured == record->is_measured);
	expect(tally_digests_equal(&read.digests, &record->digests));
	expect(tally_bytes_equal(read.content, record->content));
	tally_cel_cbor_write(&again, &read);
	expect(tally_bytes_equal(tally_written(&writer), tally_written(&again)));
	free(room);
	free(second);
	free(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_cursor cursor = tally_cursor(tally_bytes(data, size));
	struct tally_cel_reading reading = { .numbering = TALLY_NUMBERING_PCR, .is_numbered = true };
	struct tally_record record;

	reading.room.size = size + 512;
	reading.room.data = malloc(reading.room.size);
	while (!tally_cursor_is_done(&cursor) && tally_cel_cbor_read(&cursor, &reading, &record) == TALLY_OK) {
		expect(record.content.size <= TALLY_CONTROL_LIMIT);
		expect_round_trip(reading, &record);
	}
	free(reading.room.data);
	return 0;
}
