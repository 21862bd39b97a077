// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Digest algorithms and sets of digests, one per bank. */
#include "digest.h"

static const struct {
	uint16_t alg;
	uint16_t size;
	const char *name;
} algorithms[] = {
	{ TALLY_SHA1, 20, "sha1" },	{ TALLY_SHA256, 32, "sha256" },	  { TALLY_SHA384, 48, "sha384" },
	{ TALLY_SHA512, 64, "sha512" }, { TALLY_SM3_256, 32, "sm3_256" },
};

#define ALGORITHM_COUNT (sizeof(algorithms) / sizeof(algorithms[0]))

size_t tally_alg_size(uint16_t alg)
{
	for (size_t i = 0; i < ALGORITHM_COUNT; i++)
		if (algorithms[i].alg == alg)
			return algorithms[i].size;
	return 0;
}

const char *tally_alg_name(uint16_t alg)
{
	for (size_t i = 0; i < ALGORITHM_COUNT; i++)
		if (algorithms[i].alg == alg)
			return algorithms[i].name;
	return NULL;
}

static bool name_matches(const char *name, struct tally_bytes text)
{
	size_t i;

	for (i = 0; i < text.size && name[i] != 0; i++) {
		uint8_t c = text.data[i];

		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c - 'A' + 'a');
		if (c != (uint8_t)name[i])
			return false;
	}
	return i == text.size && name[i] == 0;
}

uint16_t tally_alg_from_name(struct tally_bytes name)
{
	for (size_t i = 0; i < ALGORITHM_COUNT; i++)
		if (name_matches(algorithms[i].name, name))
			return algorithms[i].alg;
	return 0;
}

enum tally_status tally_digest_set(struct tally_digest *ret, uint16_t alg, struct tally_bytes bytes)
{
	size_t size = tally_alg_size(alg);

	if (size == 0)
		return TALLY_UNKNOWN_ALGORITHM;
	if (bytes.size != size)
		return TALLY_DIGEST_SIZE;
	memset(ret, 0, sizeof(*ret));
	ret->alg = alg;
	memcpy(ret->bytes, bytes.data, size);
	return TALLY_OK;
}

struct tally_bytes tally_digest_bytes(const struct tally_digest *digest)
{
	return tally_bytes(digest->bytes, tally_alg_size(digest->alg));
}

bool tally_digest_equal(const struct tally_digest *a, const struct tally_digest *b)
{
	return a->alg == b->alg && tally_bytes_equal(tally_digest_bytes(a), tally_digest_bytes(b));
}

enum tally_status tally_digests_add(struct tally_digests *digests, const struct tally_digest *digest)
{
	size_t at = digests->count;

	if (tally_digests_find(digests, digest->alg))
		return TALLY_DUPLICATE;
	if (digests->count == TALLY_BANK_LIMIT)
		return TALLY_BANK_SET;
	while (at > 0 && digests->digest[at - 1].alg > digest->alg) {
		digests->digest[at] = digests->digest[at - 1];
		at--;
	}
	digests->digest[at] = *digest;
	digests->count++;
	return TALLY_OK;
}

const struct tally_digest *tally_digests_find(const struct tally_digests *digests, uint16_t alg)
{
	for (size_t i = 0; i < digests->count; i++)
		if (digests->digest[i].alg == alg)
			return &digests->digest[i];
	return NULL;
}

bool tally_digests_equal(const struct tally_digests *a, const struct tally_digests *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!tally_digest_equal(&a->digest[i], &b->digest[i]))
			return false;
	return true;
}

bool tally_digests_same_banks(const struct tally_digests *a, const struct tally_digests *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->digest[i].alg != b->digest[i].alg)
			return false;
	return true;
}

void tally_digests_zero(struct tally_digests *ret, const struct tally_digests *like)
{
	ret->count = like->count;
	for (size_t i = 0; i < like->count; i++) {
		ret->digest[i].alg = like->digest[i].alg;
		memset(ret->digest[i].bytes, 0, sizeof(ret->digest[i].bytes));
	}
	memset(&ret->digest[like->count], 0, (TALLY_BANK_LIMIT - like->count) * sizeof(ret->digest[0]));
}

bool tally_digests_are_zero(const struct tally_digests *digests)
{
	struct tally_digests zero;

	tally_digests_zero(&zero, digests);
	return tally_digests_equal(&zero, digests);
}

enum tally_status tally_digests_hash(struct tally_digests *ret, const struct tally_digests *like,
				     struct tally_bytes data)
{
	struct tally_hash_job jobs[TALLY_BANK_LIMIT];
	struct tally_digests result;
	enum tally_status status;

	memset(jobs, 0, sizeof(jobs));
	tally_digests_zero(&result, like);
	for (size_t i = 0; i < result.count; i++) {
		jobs[i].alg = result.digest[i].alg;
		jobs[i].parts[0] = data;
		jobs[i].ret_digest = result.digest[i].bytes;
	}
	status = tally_env_hash(jobs, result.count);
	if (status == TALLY_OK)
		*ret = result;
	return status;
}
