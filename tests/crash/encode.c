// SPDX-License-Identifier: BSD-2-Clause
/* Encoding events, records and slots, after docs/formats/log.md. */
#include "encode.h"

#include "../unit/test.h"

#define SHA384_TAG 0x0c
#define SHA384_BANK 2
#define SHA384_SIZE 48

static void put(struct encoded *encoded, const void *data, size_t size)
{
	assert_true(size <= sizeof(encoded->data) - encoded->size);
	memcpy(encoded->data + encoded->size, data, size);
	encoded->size += size;
}

static void put_integer(struct encoded *encoded, uint64_t value, size_t size)
{
	for (size_t i = size; i > 0; i--) {
		uint8_t byte = (uint8_t)(value >> (8 * (i - 1)));

		put(encoded, &byte, 1);
	}
}

static void put_element(struct encoded *encoded, uint8_t tag, const void *data, size_t size)
{
	put_integer(encoded, tag, 1);
	put_integer(encoded, size, 4);
	put(encoded, data, size);
}

static void put_text(struct encoded *encoded, uint8_t tag, const char *text)
{
	put_element(encoded, tag, text, strlen(text));
}

/* Without leading zero bytes. */
static void put_minimal(struct encoded *encoded, uint8_t tag, uint64_t value)
{
	size_t size = 1;

	while (size < 8 && value >> (8 * size))
		size++;
	put_integer(encoded, tag, 1);
	put_integer(encoded, size, 4);
	put_integer(encoded, value, size);
}

static void put_digests(struct encoded *encoded, uint8_t tag, const struct walk_digests *digests)
{
	put_integer(encoded, tag, 1);
	put_integer(encoded, 5 + SHA384_SIZE, 4);
	put_element(encoded, SHA384_TAG, digests->bytes[SHA384_BANK], SHA384_SIZE);
}

/* "TALY" and the size, little-endian, before the elements. */
static void put_tagged(struct encoded *ret, const struct encoded *elements)
{
	const uint8_t size[4] = { (uint8_t)elements->size, (uint8_t)(elements->size >> 8) };

	ret->size = 0;
	put(ret, "TALY", 4);
	put(ret, size, 4);
	put(ret, elements->data, elements->size);
}

void encode_event(struct encoded *ret, const char *origin, const char *name)
{
	struct encoded elements = { 0 };

	put_text(&elements, 1, "crash");
	put_text(&elements, 2, name);
	put_text(&elements, 3, origin);
	put_text(&elements, 4, name);
	put_tagged(ret, &elements);
}

void encode_pin(struct encoded *ret, const char *origin, unsigned reg, const struct walk_digests *from,
		const struct walk_digests *to, uint64_t next, const uint8_t head[WALK_HEAD_SIZE])
{
	struct encoded elements = { 0 };
	struct encoded pin = { 0 };

	put_minimal(&pin, 0, reg);
	put_digests(&pin, 1, from);
	put_digests(&pin, 2, to);
	put_minimal(&pin, 3, next);
	put_element(&pin, 4, head, WALK_HEAD_SIZE);
	put_text(&elements, 1, "tally.pin");
	put_text(&elements, 2, "pin");
	put_text(&elements, 3, origin);
	put_element(&elements, 4, pin.data, pin.size);
	put_tagged(ret, &elements);
}

struct walk_digests encode_digests(const struct encoded *content)
{
	struct walk_digests digests = { .has = { false, false, true } };

	bank_hash(SHA384_BANK, span(content->data, content->size), span(NULL, 0), digests.bytes[SHA384_BANK]);
	return digests;
}

static void encode_record(struct encoded *ret, const struct encoded *content, unsigned reg, uint64_t number)
{
	const struct walk_digests digests = encode_digests(content);
	const uint8_t type[4] = { 0, 0, 0, 6 };
	struct encoded element = { 0 };

	ret->size = 0;
	put_integer(&element, number, 8);
	put_element(ret, 0, element.data, element.size);
	element.size = 0;
	put_integer(&element, reg, 1);
	put_element(ret, 1, element.data, element.size);
	put_digests(ret, 3, &digests);
	element.size = 0;
	put_element(&element, 0, type, sizeof(type));
	put_element(&element, 1, content->data, content->size);
	put_element(ret, 5, element.data, element.size);
}

void encode_slot_name(const struct encoded *content, unsigned reg, uint64_t number, const uint8_t head[WALK_HEAD_SIZE],
		      uint8_t ret[WALK_SLOT_NAME_SIZE])
{
	struct encoded record;
	struct encoded front = { 0 };

	encode_record(&record, content, reg, number);
	put_integer(&front, record.size, 8);
	put(&front, head, WALK_HEAD_SIZE);
	bank_hash(1, span(front.data, front.size), span(record.data, record.size), ret);
}
