// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: TCG2 logs in each way of reading them, each record written and read again. */
#include <stdlib.h>

#include "../../format/tcg2.h"

#define ROOM_SIZE (70 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* The header with the algorithms that we know: the others' digests were left out. */
static struct tally_tcg2_header known_part(const struct tally_tcg2_header *header)
{
	struct tally_tcg2_header known = *header;

	known.algorithm_count = 0;
	for (size_t i = 0; i < header->algorithm_count; i++)
		if (tally_alg_size(header->algorithm[i].alg) != 0)
			known.algorithm[known.algorithm_count++] = header->algorithm[i];
	return known;
}

static void expect_same(const struct tally_record *a, const struct tally_record *b)
{
	expect(a->index == b->index && a->event_type == b->event_type && a->is_measured == b->is_measured);
	expect(tally_digests_equal(&a->digests, &b->digests));
	expect(tally_bytes_equal(a->content, b->content));
}

/* Written behind a header of its own, a record reads as the same record. */
static void expect_round_trip(const struct tally_tcg2_reader *from, const struct tally_record *record)
{
	static uint8_t room[ROOM_SIZE];
	struct tally_writer writer = tally_writer(room, sizeof(room));
	struct tally_tcg2_header header = known_part(&from->header);
	struct tally_tcg2_reader reader;
	struct tally_record read;
	bool is_end = true;

	/* The attestation agent's header lists less than its records have. */
	if (from->header.is_coco)
		return;
	/* What a log of SHA-1 form does not say. */
	if (from->is_sha1_format)
		header.version_major = 2;
	tally_tcg2_write_header(&writer, &header);
	tally_tcg2_write(&writer, record);
	expect(writer.status == TALLY_OK);
	expect(tally_tcg2_open(&reader, tally_written(&writer), from->numbering, TALLY_TCG2_END_OF_INPUT) == TALLY_OK);
	expect(!reader.is_sha1_format && reader.header.algorithm_count == header.algorithm_count);
	expect(tally_bytes_equal(reader.header.vendor_info, header.vendor_info));
	expect(tally_tcg2_next(&reader, &read, &is_end) == TALLY_OK && !is_end);
	expect_same(record, &read);
	expect(tally_tcg2_next(&reader, &read, &is_end) == TALLY_OK && is_end);
}

static void read_log(struct tally_bytes log, enum tally_numbering numbering, enum tally_tcg2_end end)
{
	struct tally_tcg2_reader reader;
	bool is_end = false;
	uint64_t number;
	size_t offset;

	if (tally_tcg2_open(&reader, log, numbering, end) != TALLY_OK)
		return;
	expect(reader.header.algorithm_count > 0 && reader.header.algorithm_count <= TALLY_TCG2_ALGORITHM_LIMIT);
	offset = log.size - reader.cursor.left.size;
	number = reader.is_sha1_format ? 0 : 1;
	for (;;) {
		struct tally_record record;

		if (tally_tcg2_next(&reader, &record, &is_end) != TALLY_OK || is_end)
			break;
		expect(record.number == number++ && record.offset == offset);
		expect(record.encoded.data == log.data + offset);
		offset += record.encoded.size;
		expect(record.digests.count > 0);
		expect(!record.is_measured || record.event_type != TALLY_EV_NO_ACTION);
		expect_round_trip(&reader, &record);
	}
	expect(!is_end || end == TALLY_TCG2_END_MARKER || offset == log.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_bytes log = tally_bytes(data, size);

	read_log(log, TALLY_NUMBERING_PCR, TALLY_TCG2_END_OF_INPUT);
	read_log(log, TALLY_NUMBERING_PCR, TALLY_TCG2_END_MARKER);
	read_log(log, TALLY_NUMBERING_CC_MR, TALLY_TCG2_END_MARKER);
	return 0;
}
