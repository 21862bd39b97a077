// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: CEL-JSON records, read, written, and read again; systemd's too. */
#include <stdlib.h>

#include "../../format/cel_json.h"

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

/* Our form of a record reads as the same record and is its own form. */
static void expect_round_trip(struct tally_cel_reading reading, const struct tally_record *record)
{
	/* A number for a name, and hex for bytes, is what grows most. */
	size_t size = 2 * record->encoded.size + 1024;
	uint8_t *first = malloc(size);
	uint8_t *second = malloc(size);
	uint8_t *room = malloc(reading.room.size);
	struct tally_writer writer = tally_writer(first, size);
	struct tally_writer again = tally_writer(second, size);
	struct tally_record read;
	struct tally_json_reader json;

	tally_cel_json_write(&writer, record);
	expect(writer.status == TALLY_OK);
	json = tally_json_open(tally_written(&writer));
	reading.room.data = room;
	expect(tally_cel_json_read(&json, &reading, &read) == TALLY_OK);
	expect(tally_json_end(&json) == TALLY_OK);
	expect_same(record, &read);
	tally_cel_json_write(&again, &read);
	expect(tally_bytes_equal(tally_written(&writer), tally_written(&again)));
	free(room);
	free(second);
	free(first);
}

/* A room that is too small changes nothing but the content. */
static void expect_partial(struct tally_cel_reading reading, const struct tally_record *record)
{
	uint8_t room[8];
	struct tally_json_reader json = tally_json_open(record->encoded);
	struct tally_record read;

	reading.room.data = room;
	reading.room.size = sizeof(room);
	reading.is_partial = true;
	expect(tally_cel_json_read(&json, &reading, &read) == TALLY_OK);
	expect(read.is_measured == record->is_measured && read.event_type == record->event_type);
	expect(tally_digests_equal(&read.digests, &record->digests));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_json_reader json = tally_json_open(tally_bytes(data, size));
	struct tally_cel_reading reading = { .numbering = TALLY_NUMBERING_PCR };
	struct tally_record record;

	reading.room.size = size + 512;
	reading.room.data = malloc(reading.room.size);
	if (tally_json_peek(&json) == TALLY_JSON_ARRAY) {
		tally_json_begin_array(&json);
		if (!tally_json_next_element(&json))
			json.has_value = false;
	}
	if (tally_cel_json_read(&json, &reading, &record) == TALLY_OK) {
		expect(record.content.size <= TALLY_CONTROL_LIMIT);
		expect(tally_cel_json_dialect(&record) != NULL);
		expect_partial(reading, &record);
		expect_round_trip(reading, &record);
	}
	expect(tally_json_offset(&json) <= size);
	free(reading.room.data);
	return 0;
}
