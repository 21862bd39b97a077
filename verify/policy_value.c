// SPDX-License-Identifier: BSD-2-Clause
/* The small values that policies of evidence are made of. */
#include "policy_value.h"

/* What can be read back exactly by every JSON reader. */
#define NUMBER_LIMIT ((uint64_t)1 << 53)
#define BITS_DIGITS 16

size_t tally_policy_list(struct tally_policy_reader *reader, json_t *json)
{
	if (!json_is_array(json))
		return 1;
	if (json_array_size(json) == 0)
		tally_policy_fault(reader, "an empty set accepts nothing: name a value or leave the key out");
	return json_array_size(json);
}

json_t *tally_policy_list_get(json_t *json, size_t index)
{
	return json_is_array(json) ? json_array_get(json, index) : json;
}

struct tally_bytes tally_policy_string(struct tally_policy_reader *reader, json_t *json)
{
	if (!json_is_string(json) || json_string_length(json) == 0) {
		tally_policy_fault(reader, "must be a text, not empty");
		return tally_bytes(NULL, 0);
	}
	return tally_arena_copy(reader->arena, tally_bytes(json_string_value(json), json_string_length(json)));
}

uint64_t tally_policy_number(struct tally_policy_reader *reader, json_t *json, uint64_t least)
{
	json_int_t value = json_integer_value(json);

	if (!json_is_integer(json) || value < 0 || (uint64_t)value < least || (uint64_t)value > NUMBER_LIMIT) {
		tally_policy_fault(reader, "must be a whole number, %llu or more", (unsigned long long)least);
		return least;
	}
	return (uint64_t)value;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

uint64_t tally_policy_bits(struct tally_policy_reader *reader, json_t *json)
{
	const char *text = json_is_string(json) ? json_string_value(json) : NULL;
	uint64_t bits = 0;
	size_t size;

	if (!text)
		return tally_policy_number(reader, json, 0);
	size = strncmp(text, "0x", 2) == 0 ? strlen(text + 2) : 0;
	for (size_t i = 0; i < size && size <= BITS_DIGITS; i++) {
		if (hex_digit(text[2 + i]) < 0)
			size = 0;
		else
			bits = bits << 4 | (uint64_t)hex_digit(text[2 + i]);
	}
	if (size == 0 || size > BITS_DIGITS || json_string_length(json) != size + 2)
		tally_policy_fault(reader, "must be bits: a whole number, or \"0x\" and up to %d hex digits",
				   BITS_DIGITS);
	return bits;
}

static struct tally_bytes hex_bytes(struct tally_policy_reader *reader, const char *text, size_t size)
{
	uint8_t *bytes = tally_arena_take(reader->arena, size / 2, 1);

	if (!bytes)
		return tally_bytes(NULL, 0);
	for (size_t i = 0; i < size; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0 || size % 2 != 0) {
			tally_policy_fault(reader, "must be hex digits, two for each byte");
			return tally_bytes(NULL, 0);
		}
		bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | digit);
	}
	return tally_bytes(bytes, size / 2);
}

struct tally_bytes tally_policy_hex(struct tally_policy_reader *reader, json_t *json)
{
	if (!json_is_string(json) || json_string_length(json) == 0) {
		tally_policy_fault(reader, "must be hex digits, two for each byte");
		return tally_bytes(NULL, 0);
	}
	return hex_bytes(reader, json_string_value(json), json_string_length(json));
}

static uint16_t alg_of_size(size_t size)
{
	static const uint16_t algorithms[] = { TALLY_SHA1, TALLY_SHA256, TALLY_SHA384, TALLY_SHA512 };

	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (tally_alg_size(algorithms[i]) == size)
			return algorithms[i];
	return 0;
}

void tally_policy_digest(struct tally_policy_reader *reader, json_t *json, struct tally_digest *ret)
{
	const char *text = json_is_string(json) ? json_string_value(json) : "";
	const char *colon = strchr(text, ':');
	const char *hex = colon ? colon + 1 : text;
	struct tally_bytes bytes = hex_bytes(reader, hex, strlen(hex));
	uint16_t alg = colon ? tally_alg_from_name(tally_bytes(text, (size_t)(colon - text))) : alg_of_size(bytes.size);

	memset(ret, 0, sizeof(*ret));
	if (alg == 0 || tally_digest_set(ret, alg, bytes) != TALLY_OK)
		tally_policy_fault(reader, "must be a digest such as \"sha384:\" and its hex digits");
}

void tally_policy_digests(struct tally_policy_reader *reader, json_t *json, struct tally_digests *ret)
{
	size_t count = tally_policy_list(reader, json);

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < count && !reader->has_failed; i++) {
		struct tally_digest digest;

		tally_policy_digest(reader, tally_policy_list_get(json, i), &digest);
		if (!reader->has_failed && tally_digests_add(ret, &digest) != TALLY_OK)
			tally_policy_fault(reader, "names the bank %s twice", tally_alg_name(digest.alg));
	}
	if (ret->count == 1 && ret->digest[0].alg == TALLY_SHA1)
		tally_policy_fault(reader, "sha1 alone proves nothing: name another bank beside it");
}

static void read_pin(struct tally_policy_reader *reader, json_t *json, uint8_t ret[32])
{
	struct tally_digest digest;

	tally_policy_digest(reader, json, &digest);
	if (digest.alg != TALLY_SHA256)
		tally_policy_fault(reader, "a key is pinned by \"sha256:\" and the hash of its public part");
	memcpy(ret, digest.bytes, 32);
}

const uint8_t (*tally_policy_pins(struct tally_policy_reader *reader, json_t *json, const char *key,
				  size_t *ret_count))[32]
{
	json_t *list = json_object_get(json, key);
	size_t mark = tally_policy_enter(reader, key);
	size_t count = list ? tally_policy_list(reader, list) : 0;
	uint8_t(*pins)[32] = tally_arena_take(reader->arena, count, sizeof(*pins));

	if (!list)
		tally_policy_fault(reader, "must name the keys that are trusted");
	for (size_t i = 0; pins && i < count; i++)
		read_pin(reader, tally_policy_list_get(list, i), pins[i]);
	tally_policy_leave(reader, mark);
	*ret_count = pins ? count : 0;
	return (const uint8_t(*)[32])pins;
}

/* json_dumps of jansson 2.14 leaves text out where its buffer can't grow, and says nothing: so the buffer is ours. */
const char *tally_policy_spelling(struct tally_policy_reader *reader, json_t *json)
{
	const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	size_t size = json_dumpb(json, NULL, 0, flags);
	char *text = size ? tally_arena_take(reader->arena, size, 1) : NULL;

	if (!text || json_dumpb(json, text, size, flags) != size) {
		tally_arena_fail(reader->arena);
		return "";
	}
	return tally_arena_text(reader->arena, tally_bytes(text, size));
}
