// SPDX-License-Identifier: BSD-2-Clause
/* Read CEL-TLV: T one byte, L four bytes big-endian, V. */
#include "cel.h"

#include <stdio.h>
#include <string.h>

#define RECNUM 0
#define INDEX 1
#define DIGESTS 3
#define PCCLIENT_STD 5
#define EVENT_TYPE 0
#define EVENT_DATA 1

struct element {
	uint8_t tag;
	const uint8_t *value;
	size_t size;
};

/* The element at *at of bytes; false at their end. */
static bool next_element(const uint8_t *bytes, size_t size, size_t *at, struct element *ret)
{
	if (*at == size)
		return false;
	ABI_EXPECT(size - *at >= 5, "the log ends inside an element");
	ret->tag = bytes[*at];
	ret->size = (size_t)bytes[*at + 1] << 24 | (size_t)bytes[*at + 2] << 16 | (size_t)bytes[*at + 3] << 8 |
		    bytes[*at + 4];
	*at += 5;
	ABI_EXPECT(size - *at >= ret->size, "an element ends behind the log");
	ret->value = bytes + *at;
	*at += ret->size;
	return true;
}

static struct element must_next(const struct abi_content *log, size_t *at, unsigned tag)
{
	struct element element = { 0 };

	ABI_EXPECT(next_element(log->bytes, log->size, at, &element), "a record is not whole");
	ABI_EXPECT(element.tag == tag, "an element has tag %u, not %u", element.tag, tag);
	return element;
}

static uint64_t integer_of(const struct element *element)
{
	uint64_t value = 0;

	ABI_EXPECT(element->size <= 8, "an integer of %zu bytes", element->size);
	for (size_t i = 0; i < element->size; i++)
		value = value << 8 | element->value[i];
	return value;
}

static const struct {
	const char *name;
	unsigned tag;
} algs[] = { { "sha1", 4 }, { "sha256", 11 }, { "sha384", 12 }, { "sha512", 13 }, { "sm3", 18 } };
#define ALG_COUNT (sizeof(algs) / sizeof(algs[0]))

unsigned abi_alg_tag(const char *alg)
{
	for (size_t i = 0; i < ALG_COUNT; i++)
		if (strcmp(algs[i].name, alg) == 0)
			return algs[i].tag;
	abi_fail(__FILE__, __LINE__, "an algorithm that CEL does not have: %s", alg);
}

static const char *alg_of_tag(unsigned tag)
{
	for (size_t i = 0; i < ALG_COUNT; i++)
		if (algs[i].tag == tag)
			return algs[i].name;
	abi_fail(__FILE__, __LINE__, "a digest with tag %u", tag);
}

static const uint8_t *digest_of(const struct element *digests, const char *alg)
{
	const uint8_t *found = NULL;
	struct element digest;
	size_t at = 0;

	while (next_element(digests->value, digests->size, &at, &digest))
		if (digest.tag == abi_alg_tag(alg)) {
			ABI_EXPECT(digest.size == abi_hash_size(alg), "a digest of %s has %zu bytes", alg, digest.size);
			found = digest.value;
		}
	return found;
}

static void read_content(const struct element *content, struct abi_record *ret)
{
	struct element type = { 0 };
	struct element data = { 0 };
	size_t at = 0;

	ABI_EXPECT(next_element(content->value, content->size, &at, &type) && type.tag == EVENT_TYPE && type.size == 4,
		   "a record without an event type");
	ABI_EXPECT(next_element(content->value, content->size, &at, &data) && data.tag == EVENT_DATA &&
			   at == content->size,
		   "a record without event data");
	ret->type = (uint32_t)integer_of(&type);
	ret->content = data.value;
	ret->content_size = data.size;
}

bool abi_record_next(const struct abi_content *log, size_t *at, const char *alg, struct abi_record *ret)
{
	struct element element;

	if (*at == log->size)
		return false;
	ret->bytes = log->bytes + *at;
	element = must_next(log, at, RECNUM);
	ret->number = integer_of(&element);
	element = must_next(log, at, INDEX);
	ret->index = (unsigned)integer_of(&element);
	element = must_next(log, at, DIGESTS);
	ret->digest = digest_of(&element, alg);
	element = must_next(log, at, PCCLIENT_STD);
	read_content(&element, ret);
	ret->size = (size_t)(log->bytes + *at - ret->bytes);
	return true;
}

struct abi_value abi_replay(const struct abi_content *log, unsigned index, uint64_t first, const struct abi_value *from)
{
	struct abi_value value = *from;
	struct abi_record record;
	size_t at = 0;

	while (abi_record_next(log, &at, from->alg, &record)) {
		if (record.index != index || record.number < first || record.type == ABI_NO_ACTION)
			continue;
		ABI_EXPECT(record.digest, "record %llu has no digest of %s", (unsigned long long)record.number,
			   from->alg);
		value = abi_extended(&value, record.digest);
	}
	return value;
}

uint64_t abi_log_end(const struct abi_content *log, const char *alg)
{
	struct abi_record record;
	uint64_t end = 0;
	size_t at = 0;

	while (abi_record_next(log, &at, alg, &record)) {
		ABI_EXPECT(record.number >= end, "record %llu stands behind its place",
			   (unsigned long long)record.number);
		end = record.number + 1;
	}
	return end;
}

struct abi_record abi_newest(const struct abi_content *log, unsigned index, const char *alg)
{
	struct abi_record newest = { .digest = NULL };
	struct abi_record record;
	size_t at = 0;

	while (abi_record_next(log, &at, alg, &record))
		if (record.index == index)
			newest = record;
	ABI_EXPECT(newest.digest, "register %u has no record", index);
	return newest;
}

#define SIGNATURE_SIZE 16
#define HEADER_REGISTERS 3
#define REGISTER_NUMBER 0
#define REGISTER_NAME 1
#define REGISTER_KIND 2
#define REGISTER_RESET 3

static void read_register(const struct element *one, abi_register_taker *take, void *context)
{
	struct element field[REGISTER_RESET + 1] = { { 0 } };
	struct abi_value reset;
	struct element bank;
	char name[24];
	size_t at = 0;

	for (size_t i = 0; i <= REGISTER_RESET; i++)
		ABI_EXPECT(next_element(one->value, one->size, &at, &field[i]) && field[i].tag == i,
			   "a register without field %zu", i);
	ABI_EXPECT(field[REGISTER_NAME].size < sizeof(name), "a register's name of %zu bytes",
		   field[REGISTER_NAME].size);
	memcpy(name, field[REGISTER_NAME].value, field[REGISTER_NAME].size);
	name[field[REGISTER_NAME].size] = 0;
	at = 0;
	ABI_EXPECT(next_element(field[REGISTER_RESET].value, field[REGISTER_RESET].size, &at, &bank),
		   "a register without bank");
	snprintf(reset.alg, sizeof(reset.alg), "%s", alg_of_tag(bank.tag));
	ABI_EXPECT(bank.size == abi_hash_size(reset.alg), "a reset value of %zu bytes", bank.size);
	reset.size = bank.size;
	memcpy(reset.bytes, bank.value, bank.size);
	take(context, name, (unsigned)integer_of(&field[REGISTER_NUMBER]), (unsigned)integer_of(&field[REGISTER_KIND]),
	     &reset);
}

void abi_read_header(const struct abi_content *log, abi_register_taker *take, void *context)
{
	struct abi_record header;
	struct element element;
	size_t at = 0;

	ABI_EXPECT(abi_record_next(log, &at, "sha384", &header), "the log is empty");
	ABI_EXPECT(header.type == ABI_NO_ACTION && header.content_size > SIGNATURE_SIZE &&
			   memcmp(header.content, "tally header\0\0\0", SIGNATURE_SIZE) == 0,
		   "the log does not begin with a header");
	at = SIGNATURE_SIZE;
	while (next_element(header.content, header.content_size, &at, &element)) {
		struct element one;
		size_t inner = 0;

		while (element.tag == HEADER_REGISTERS && next_element(element.value, element.size, &inner, &one))
			read_register(&one, take, context);
	}
}
