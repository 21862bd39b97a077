// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: IMA lists, binary and ascii; what an ascii list is rebuilt to is a binary list with the same records. */
#include <stdlib.h>

#include "../../format/ima_list.h"
#include "../../core/writer.h"

#define ROOM_SIZE (128 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void write_u32(struct tally_writer *writer, uint32_t value, enum tally_ima_order order)
{
	if (order == TALLY_IMA_BIG_ENDIAN)
		tally_write_be32(writer, value);
	else
		tally_write_le32(writer, value);
}

/* The record as a binary list has it; a violation's digest is zero there. */
static struct tally_bytes as_binary(const struct tally_record *record, const struct tally_ima_options *options,
				    uint8_t *room, size_t size)
{
	const struct tally_digest *digest = tally_digests_find(&record->digests, options->alg);
	struct tally_writer writer = tally_writer(room, size);
	struct tally_bytes name, data;

	expect(digest && tally_ima_content_read(record->content, &name, &data) == TALLY_OK);
	write_u32(&writer, record->index, options->order);
	if (tally_ima_is_violation(record))
		tally_write_zeros(&writer, tally_alg_size(options->alg));
	else
		tally_write_bytes(&writer, tally_digest_bytes(digest));
	write_u32(&writer, (uint32_t)name.size, options->order);
	tally_write_bytes(&writer, name);
	if (!tally_bytes_equal(name, tally_text("ima")))
		write_u32(&writer, (uint32_t)data.size, options->order);
	tally_write_bytes(&writer, data);
	expect(writer.status == TALLY_OK);
	return tally_written(&writer);
}

static void expect_binary_twin(const struct tally_record *record, const struct tally_ima_options *options)
{
	static uint8_t twin_room[ROOM_SIZE], room[ROOM_SIZE];
	struct tally_ima_options twin_options = *options;
	struct tally_ima_reader reader;
	struct tally_record twin;
	struct tally_bytes list = as_binary(record, options, twin_room, sizeof(twin_room));
	bool is_end;

	twin_options.form = TALLY_IMA_BINARY;
	expect(tally_ima_open(&reader, list, &twin_options) == TALLY_OK);
	tally_ima_lend(&reader, room, sizeof(room));
	expect(tally_ima_next(&reader, &twin, &is_end) == TALLY_OK && !is_end);
	expect(twin.encoded.size == list.size && twin.index == record->index);
	expect(tally_digests_equal(&twin.digests, &record->digests));
	expect(tally_bytes_equal(twin.content, record->content));
}

static void read_list(struct tally_bytes list, const struct tally_ima_options *options)
{
	static uint8_t room[ROOM_SIZE];
	struct tally_ima_reader reader;
	struct tally_record record;
	size_t offset = 0;
	bool is_end = false;

	expect(tally_ima_open(&reader, list, options) == TALLY_OK);
	tally_ima_lend(&reader, room, sizeof(room));
	while (tally_ima_next(&reader, &record, &is_end) == TALLY_OK && !is_end) {
		expect(record.offset == offset && record.encoded.data == list.data + offset);
		offset += record.encoded.size;
		expect(record.index < 24 && record.digests.count >= 4 && record.content.size > 0);
		expect(record.content.size <= record.encoded.size + TALLY_IMA_ROOM_EXTRA);
		expect_binary_twin(&record, &reader.options);
	}
	expect(!is_end || offset == list.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_bytes list = tally_bytes(data, size);
	struct tally_ima_options options = { .form = TALLY_IMA_BINARY };

	(void)tally_ima_looks_like(list, TALLY_IMA_BINARY);
	(void)tally_ima_looks_like(list, TALLY_IMA_ASCII);
	read_list(list, &options);
	options.form = TALLY_IMA_ASCII;
	read_list(list, &options);
	return 0;
}
