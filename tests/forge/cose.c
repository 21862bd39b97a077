// SPDX-License-Identifier: BSD-2-Clause
/* Signed messages of COSE. */
#include "../unit/hex.h"

#include "../../format/cbor.h"
#include "cose.h"

#define HEAD_ROOM 9

void forge_add_cbor_head(struct forge_buffer *buffer, unsigned major, uint64_t argument)
{
	uint8_t room[HEAD_ROOM];
	struct tally_writer writer = tally_writer(room, sizeof(room));

	tally_cbor_write_head(&writer, (enum tally_cbor_major)major, argument);
	forge_add_bytes(buffer, tally_written(&writer));
}

void forge_add_cbor_int(struct forge_buffer *buffer, int64_t value)
{
	if (value < 0)
		forge_add_cbor_head(buffer, TALLY_CBOR_NEGATIVE, (uint64_t)(-1 - value));
	else
		forge_add_cbor_head(buffer, TALLY_CBOR_UINT, (uint64_t)value);
}

void forge_add_cbor_bytes(struct forge_buffer *buffer, struct tally_bytes bytes)
{
	forge_add_cbor_head(buffer, TALLY_CBOR_BYTES, bytes.size);
	forge_add_bytes(buffer, bytes);
}

void forge_add_cbor_text(struct forge_buffer *buffer, const char *text)
{
	forge_add_cbor_head(buffer, TALLY_CBOR_TEXT, strlen(text));
	forge_add_text(buffer, text);
}

static void add_alg(struct forge_buffer *header, int64_t alg)
{
	forge_add_cbor_int(header, 1);
	forge_add_cbor_int(header, alg);
}

static void make_header(const struct forge_cose *plan, struct forge_buffer *header)
{
	uint64_t count = (plan->has_no_alg ? 0U : 1U) + plan->has_alg_twice + plan->has_crit;

	forge_add_cbor_head(header, TALLY_CBOR_MAP, count);
	if (!plan->has_no_alg)
		add_alg(header, plan->alg);
	if (plan->has_alg_twice)
		add_alg(header, plan->alg);
	if (plan->has_crit) {
		forge_add_cbor_int(header, 2);
		forge_add_cbor_head(header, TALLY_CBOR_ARRAY, 1);
		forge_add_cbor_int(header, 1);
	}
}

static void add_unprotected(const struct forge_cose *plan, struct forge_buffer *message)
{
	forge_add_cbor_head(message, TALLY_CBOR_MAP, (uint64_t)plan->has_unprotected_alg + plan->has_key_id);
	if (plan->has_unprotected_alg)
		add_alg(message, plan->alg);
	if (plan->has_key_id) {
		forge_add_cbor_int(message, 4);
		forge_add_cbor_bytes(message, tally_text("a key"));
	}
}

static const EVP_MD *hash_of(EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	return bits <= 256 ? EVP_sha256() : bits <= 384 ? EVP_sha384() : EVP_sha512();
}

static struct tally_bytes sign(const struct forge_cose *plan, struct tally_bytes header, struct tally_bytes payload)
{
	struct forge_signer signer = { plan->key, hash_of(plan->key), FORGE_NO_PSS };
	struct forge_buffer tbs = { 0 };
	struct tally_bytes signature;

	forge_add_cbor_head(&tbs, TALLY_CBOR_ARRAY, 4);
	forge_add_cbor_text(&tbs, "Signature1");
	forge_add_cbor_bytes(&tbs, header);
	forge_add_cbor_bytes(&tbs, tally_bytes(NULL, 0));
	forge_add_cbor_bytes(&tbs, payload);
	signature = plan->is_der_signature ? forge_sign(&signer, forge_bytes(&tbs))
					   : forge_sign_raw(&signer, forge_bytes(&tbs));
	free_bytes(forge_bytes(&tbs));
	if (plan->scalars)
		forge_damage_scalars((uint8_t *)(uintptr_t)signature.data, plan->key, plan->scalars);
	return signature;
}

struct tally_bytes forge_cose(const struct forge_cose *plan, struct tally_bytes payload)
{
	struct forge_buffer header = { 0 };
	struct forge_buffer message = { 0 };
	struct tally_bytes signature;

	make_header(plan, &header);
	signature = sign(plan, forge_bytes(&header), payload);
	if (plan->is_tagged)
		forge_add_cbor_head(&message, TALLY_CBOR_TAG, 18);
	if (plan->has_indefinite_array)
		forge_add(&message, "\x9f", 1);
	else
		forge_add_cbor_head(&message, TALLY_CBOR_ARRAY, 4);
	forge_add_cbor_bytes(&message, forge_bytes(&header));
	add_unprotected(plan, &message);
	forge_add_cbor_bytes(&message, payload);
	forge_add_cbor_bytes(&message, tally_bytes(signature.data, signature.size - plan->cut));
	if (plan->has_indefinite_array)
		forge_add(&message, "\xff", 1);
	free_bytes(signature);
	free_bytes(forge_bytes(&header));
	return forge_bytes(&message);
}

struct tally_bytes forge_cose_key(EVP_PKEY *key, int64_t curve, int64_t alg)
{
	struct tally_bytes point = forge_point(key);
	struct forge_buffer map = { 0 };

	forge_add_cbor_head(&map, TALLY_CBOR_MAP, alg ? 5 : 4);
	forge_add_cbor_int(&map, 1);
	forge_add_cbor_int(&map, 2);
	if (alg) {
		forge_add_cbor_int(&map, 3);
		forge_add_cbor_int(&map, alg);
	}
	forge_add_cbor_int(&map, -1);
	forge_add_cbor_int(&map, curve);
	forge_add_cbor_int(&map, -2);
	forge_add_cbor_bytes(&map, tally_bytes(point.data, point.size / 2));
	forge_add_cbor_int(&map, -3);
	forge_add_cbor_bytes(&map, tally_bytes(point.data + point.size / 2, point.size / 2));
	free_bytes(point);
	return forge_bytes(&map);
}
