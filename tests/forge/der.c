// SPDX-License-Identifier: BSD-2-Clause
/* Bytes that grow, and DER written into them. */
#include "der.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void forge_add(struct forge_buffer *buffer, const void *data, size_t size)
{
	if (buffer->size + size > buffer->capacity) {
		buffer->capacity = 2 * (buffer->size + size);
		buffer->data = realloc(buffer->data, buffer->capacity);
		if (!buffer->data)
			abort();
	}
	if (size)
		memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
}

void forge_add_bytes(struct forge_buffer *buffer, struct tally_bytes bytes)
{
	forge_add(buffer, bytes.data, bytes.size);
}

void forge_add_text(struct forge_buffer *buffer, const char *text)
{
	forge_add(buffer, text, strlen(text));
}

void forge_add_le(struct forge_buffer *buffer, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)(value >> 8 * i);

		forge_add(buffer, &byte, 1);
	}
}

void forge_add_be(struct forge_buffer *buffer, uint64_t value, size_t size)
{
	for (size_t i = size; i-- > 0;) {
		uint8_t byte = (uint8_t)(value >> 8 * i);

		forge_add(buffer, &byte, 1);
	}
}

size_t forge_open(struct forge_buffer *buffer, uint8_t tag)
{
	forge_add(buffer, &tag, 1);
	return buffer->size;
}

void forge_close(struct forge_buffer *buffer, size_t mark)
{
	size_t size = buffer->size - mark;
	uint8_t head[5];
	size_t head_size = 0;

	if (size < 0x80) {
		head[head_size++] = (uint8_t)size;
	} else {
		size_t count = size < 0x100 ? 1 : size < 0x10000 ? 2 : 3;

		head[head_size++] = (uint8_t)(0x80 | count);
		while (count-- > 0)
			head[head_size++] = (uint8_t)(size >> 8 * count);
	}
	forge_add(buffer, head, head_size);
	memmove(buffer->data + mark + head_size, buffer->data + mark, size);
	memcpy(buffer->data + mark, head, head_size);
}

void forge_add_element(struct forge_buffer *buffer, uint8_t tag, struct tally_bytes content)
{
	size_t mark = forge_open(buffer, tag);

	forge_add_bytes(buffer, content);
	forge_close(buffer, mark);
}

void forge_add_uint(struct forge_buffer *buffer, uint8_t tag, uint64_t value)
{
	size_t mark = forge_open(buffer, tag);
	size_t size = 1;

	while (size < 8 && value >> (8 * size - 1))
		size++;
	if (value >> 63)
		forge_add_be(buffer, 0, 1);
	forge_add_be(buffer, value, size);
	forge_close(buffer, mark);
}

void forge_add_oid(struct forge_buffer *buffer, const char *oid)
{
	forge_add_element(buffer, 0x06, tally_text(oid));
}

void forge_add_time(struct forge_buffer *buffer, int64_t time)
{
	time_t seconds = (time_t)time;
	struct tm parts;
	char text[24];
	bool is_short;

	if (!gmtime_r(&seconds, &parts))
		abort();
	/* spec: RFC 5280, 4.1.2.5: two digits before 2050, four from then on */
	is_short = parts.tm_year < 150;
	strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &parts);
	forge_add_element(buffer, is_short ? 0x17 : 0x18, tally_text(text + (is_short ? 2 : 0)));
}
