// SPDX-License-Identifier: BSD-2-Clause
/* Bind entries of rtmrs/, and compute the values that registers must have. */
#include "bound.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COUNT_LIMIT 256
#define EXTEND_LIMIT 128

struct abi_entry abi_bind(unsigned index)
{
	struct abi_entry entry = abi_entry_new("rtmrs");
	char text[16];

	snprintf(text, sizeof(text), "%u", index);
	ABI_EXPECT_RESULT(abi_put_text(entry.dir, "index", text), 0, "index %u", index);
	return entry;
}

unsigned abi_register_count(void)
{
	unsigned count = 0;

	while (count < COUNT_LIMIT) {
		struct abi_entry entry = abi_entry_new("rtmrs");
		char text[16];
		int result;

		snprintf(text, sizeof(text), "%u", count);
		result = abi_put_text(entry.dir, "index", text);
		abi_entry_remove(&entry);
		if (result == EINVAL)
			break;
		ABI_EXPECT_RESULT(result, 0, "index %u", count);
		count++;
	}
	ABI_EXPECT(count > 0, "there is no register, and yet there is rtmrs/");
	return count;
}

unsigned abi_free_register(void)
{
	return abi_register_count() - 1;
}

bool abi_is_firmware_register(int dir)
{
	static const char *const firmware[] = { "1,7\n", "2-6\n", "0-7\n", "0\n" };
	struct abi_content map;

	abi_must_get(dir, "tcg_map", &map);
	for (size_t i = 0; i < sizeof(firmware) / sizeof(firmware[0]); i++)
		if (map.size == strlen(firmware[i]) && memcmp(map.bytes, firmware[i], map.size) == 0)
			return abi_target.has_firmware;
	return false;
}

void abi_hash_algo(int dir, char ret[16])
{
	struct abi_content text;

	abi_must_get(dir, "hash_algo", &text);
	ABI_EXPECT(text.size >= 2 && text.size <= 15 && text.bytes[text.size - 1] == '\n', "hash_algo is no line");
	memcpy(ret, text.bytes, text.size - 1);
	ret[text.size - 1] = 0;
	ABI_EXPECT(abi_hash_size(ret) > 0, "hash_algo is \"%s\"", ret);
}

struct abi_value abi_value_of(int dir)
{
	struct abi_value value = { .size = 0 };
	struct abi_content content;

	abi_hash_algo(dir, value.alg);
	abi_must_get(dir, "digest", &content);
	value.size = content.size;
	ABI_EXPECT(content.size == abi_hash_size(value.alg), "digest has %zu bytes", content.size);
	memcpy(value.bytes, content.bytes, content.size);
	return value;
}

bool abi_same_value(const struct abi_value *a, const struct abi_value *b)
{
	return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

struct abi_value abi_extended(const struct abi_value *value, const uint8_t *digest)
{
	struct abi_value result = *value;

	uint8_t message[EXTEND_LIMIT] = { 0 };
	size_t size = value->size > abi_target.extend_size ? value->size : abi_target.extend_size;

	memcpy(message, digest, value->size);
	abi_hash(value->alg, value->bytes, value->size, message, size, result.bytes);
	return result;
}
