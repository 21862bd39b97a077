// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The writer: bounded, with a latched failure, and able to measure without a buffer. */
#include "writer.h"

struct tally_writer tally_writer(void *data, size_t capacity)
{
	struct tally_writer writer = { data, capacity, 0, TALLY_OK };

	return writer;
}

struct tally_bytes tally_written(const struct tally_writer *writer)
{
	return writer->status == TALLY_OK ? tally_bytes(writer->data, writer->size) : tally_bytes(NULL, 0);
}

void tally_writer_fail(struct tally_writer *writer, enum tally_status status)
{
	if (writer->status == TALLY_OK || writer->status == TALLY_NO_SPACE)
		writer->status = status;
}

/* Room for size more bytes, or NULL; either way they count. */
static uint8_t *writer_room(struct tally_writer *writer, size_t size)
{
	size_t at = writer->size;

	if (size > SIZE_MAX - at) {
		tally_writer_fail(writer, TALLY_TOO_LARGE);
		return NULL;
	}
	writer->size = at + size;
	if (writer->status == TALLY_OK && (at > writer->capacity || size > writer->capacity - at))
		writer->status = TALLY_NO_SPACE;
	return writer->status == TALLY_OK && size != 0 ? writer->data + at : NULL;
}

static void write_little_endian(struct tally_writer *writer, uint64_t value, size_t size)
{
	uint8_t *to = writer_room(writer, size);

	if (!to)
		return;
	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

static void write_big_endian(struct tally_writer *writer, uint64_t value, size_t size)
{
	uint8_t *to = writer_room(writer, size);

	if (!to)
		return;
	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

void tally_write_u8(struct tally_writer *writer, uint8_t value)
{
	write_little_endian(writer, value, 1);
}

void tally_write_le16(struct tally_writer *writer, uint16_t value)
{
	write_little_endian(writer, value, 2);
}

void tally_write_le32(struct tally_writer *writer, uint32_t value)
{
	write_little_endian(writer, value, 4);
}

void tally_write_le64(struct tally_writer *writer, uint64_t value)
{
	write_little_endian(writer, value, 8);
}

void tally_write_be16(struct tally_writer *writer, uint16_t value)
{
	write_big_endian(writer, value, 2);
}

void tally_write_be32(struct tally_writer *writer, uint32_t value)
{
	write_big_endian(writer, value, 4);
}

void tally_write_be64(struct tally_writer *writer, uint64_t value)
{
	write_big_endian(writer, value, 8);
}

void tally_write_bytes(struct tally_writer *writer, struct tally_bytes bytes)
{
	uint8_t *to = writer_room(writer, bytes.size);

	if (to)
		memcpy(to, bytes.data, bytes.size);
}

void tally_write_zeros(struct tally_writer *writer, size_t size)
{
	uint8_t *to = writer_room(writer, size);

	if (to)
		memset(to, 0, size);
}

size_t tally_reserve_be32(struct tally_writer *writer)
{
	size_t position = writer->size;

	tally_write_be32(writer, 0);
	return position;
}

void tally_commit_be32(struct tally_writer *writer, size_t position)
{
	size_t length = writer->size - position - 4;

	if (length > UINT32_MAX) {
		tally_writer_fail(writer, TALLY_TOO_LARGE);
		return;
	}
	if (writer->status != TALLY_OK)
		return;
	for (size_t i = 0; i < 4; i++)
		writer->data[position + i] = (uint8_t)(length >> (8 * (3 - i)));
}
