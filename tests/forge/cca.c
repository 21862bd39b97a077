// SPDX-License-Identifier: BSD-2-Clause
/* CCA tokens under keys of the forge. */
#include "../unit/hex.h"

#include "../../format/cbor.h"
#include "cca.h"

#define REM_COUNT 4
#define EPOCH 1

const uint8_t forge_cca_implementation[32] = { 0xa1, 0xa2, 0xa3 };
const uint8_t forge_cca_instance[33] = { 0x01, 0xb1, 0xb2, 0xb3 };

struct forge_cca forge_cca_sound(struct tally_bytes challenge)
{
	return (struct forge_cca){
		.platform = { .key = forge_key(FORGE_P384, 0), .alg = -35, .is_tagged = true },
		.platform_profile = FORGE_CCA_PLATFORM,
		.lifecycle = 0x3003,
		.platform_hash = "sha-256",
		.measurement_size = 32,
		.component_byte = 0xc1,
		.signer_byte = 0xc2,
		.instance_kind = 1,
		.realm = { .key = forge_key(FORGE_P384, 1), .alg = -35, .is_tagged = true },
		.realm_profile = FORGE_CCA_REALM,
		.realm_key = forge_key(FORGE_P384, 1),
		.key_curve = 2,
		.realm_hash = "sha-256",
		.key_hash = "sha-256",
		.rim_size = 32,
		.rem_size = 32,
		.challenge = challenge,
	};
}

static void add_fill(struct forge_buffer *buffer, uint8_t byte, size_t size)
{
	forge_add_cbor_head(buffer, TALLY_CBOR_BYTES, size);
	for (size_t i = 0; i < size; i++)
		forge_add(buffer, &byte, 1);
}

static void add_text_claim(struct forge_buffer *claims, int64_t key, const char *text)
{
	forge_add_cbor_int(claims, key);
	forge_add_cbor_text(claims, text);
}

static void add_bytes_claim(struct forge_buffer *claims, int64_t key, struct tally_bytes bytes)
{
	forge_add_cbor_int(claims, key);
	forge_add_cbor_bytes(claims, bytes);
}

static void add_component(struct forge_buffer *claims, const struct forge_cca *plan, const char *type)
{
	forge_add_cbor_head(claims, TALLY_CBOR_MAP, plan->component_hash ? 5 : 4);
	add_text_claim(claims, 1, type);
	forge_add_cbor_int(claims, 2);
	add_fill(claims, plan->component_byte, plan->measurement_size);
	add_text_claim(claims, 4, "1.0");
	forge_add_cbor_int(claims, 5);
	add_fill(claims, plan->signer_byte, 32);
	if (plan->component_hash)
		add_text_claim(claims, 6, plan->component_hash);
}

static const EVP_MD *hash_named(const char *name)
{
	if (strcmp(name, "sha-384") == 0)
		return EVP_sha384();
	if (strcmp(name, "sha-512") == 0)
		return EVP_sha512();
	return EVP_sha256();
}

/* The realm's key as the claim has it. */
static struct tally_bytes key_claim(const struct forge_cca *plan)
{
	struct forge_buffer point = { 0 };
	struct tally_bytes coordinates;

	if (!plan->is_point) {
		struct tally_bytes key = forge_cose_key(plan->realm_key, plan->key_curve, plan->key_alg);

		/* The last byte is y's. */
		((uint8_t *)(uintptr_t)key.data)[key.size - 1] ^= plan->has_key_off_curve;
		return key;
	}
	coordinates = forge_point(plan->realm_key);
	forge_add(&point, "\x04", 1);
	forge_add_bytes(&point, coordinates);
	free_bytes(coordinates);
	return forge_bytes(&point);
}

/* What the platform says it saw of the realm's key. */
static void add_challenge(struct forge_buffer *claims, const struct forge_cca *plan)
{
	struct forge_cca other = *plan;
	uint8_t hash[EVP_MAX_MD_SIZE];
	struct tally_bytes key;
	unsigned size;

	if (plan->has_other_key_hash)
		other.realm_key = forge_key(FORGE_P384, 5);
	if (plan->is_hash_of_reencoded)
		other.key_alg = plan->key_alg ? 0 : -35;
	key = key_claim(&other);
	assert_int_equal(EVP_Digest(key.data, key.size, hash, &size, hash_named(plan->key_hash), NULL), 1);
	add_bytes_claim(claims, 10, tally_bytes(hash, size));
	free_bytes(key);
}

static void add_map(struct forge_buffer *payload, const struct forge_cca *plan, size_t count, struct tally_bytes claims)
{
	if (plan->has_indefinite_maps)
		forge_add(payload, "\xbf", 1);
	else
		forge_add_cbor_head(payload, TALLY_CBOR_MAP, count);
	forge_add_bytes(payload, claims);
	if (plan->has_indefinite_maps)
		forge_add(payload, "\xff", 1);
}

static struct tally_bytes platform_payload(const struct forge_cca *plan)
{
	struct forge_buffer claims = { 0 };
	struct forge_buffer payload = { 0 };
	uint8_t instance[sizeof(forge_cca_instance)];
	size_t count = 8;

	memcpy(instance, forge_cca_instance, sizeof(instance));
	instance[0] = plan->instance_kind;
	add_text_claim(&claims, 265, plan->platform_profile);
	add_challenge(&claims, plan);
	add_bytes_claim(&claims, 2396, tally_bytes(forge_cca_implementation, sizeof(forge_cca_implementation)));
	add_bytes_claim(&claims, 256, tally_bytes(instance, sizeof(instance)));
	add_bytes_claim(&claims, 2401, tally_text("config"));
	forge_add_cbor_int(&claims, 2395);
	forge_add_cbor_int(&claims, plan->lifecycle);
	if (plan->lacks_claim)
		count--;
	else
		add_text_claim(&claims, 2402, plan->platform_hash);
	forge_add_cbor_int(&claims, 2399);
	forge_add_cbor_head(&claims, TALLY_CBOR_ARRAY, plan->has_second_component ? 2 : 1);
	add_component(&claims, plan, "BL");
	if (plan->has_second_component)
		add_component(&claims, plan, "M1");
	if (plan->has_unknown_claim)
		add_text_claim(&claims, 99999, "unknown");
	if (plan->has_claim_twice)
		add_text_claim(&claims, 265, plan->platform_profile);
	add_map(&payload, plan, count + plan->has_unknown_claim + plan->has_claim_twice, forge_bytes(&claims));
	free_bytes(forge_bytes(&claims));
	return forge_bytes(&payload);
}

static void add_rems(struct forge_buffer *claims, const struct forge_cca *plan)
{
	forge_add_cbor_int(claims, 44239);
	forge_add_cbor_head(claims, TALLY_CBOR_ARRAY, REM_COUNT);
	for (size_t i = 0; i < REM_COUNT; i++)
		if (plan->rem)
			forge_add_cbor_bytes(claims, tally_bytes(plan->rem[i], plan->rem_size));
		else
			add_fill(claims, i == 0 ? 0xe0 : 0, plan->rem_size);
}

static struct tally_bytes realm_payload(const struct forge_cca *plan)
{
	struct forge_buffer claims = { 0 };
	struct forge_buffer payload = { 0 };
	struct tally_bytes key = key_claim(plan);
	size_t count = 7;

	add_bytes_claim(&claims, 10, plan->challenge);
	forge_add_cbor_int(&claims, 44235);
	add_fill(&claims, 0xd0, 64);
	add_text_claim(&claims, 44236, plan->realm_hash);
	add_bytes_claim(&claims, 44237, key);
	forge_add_cbor_int(&claims, 44238);
	add_fill(&claims, 0xd1, plan->rim_size);
	add_rems(&claims, plan);
	add_text_claim(&claims, 44240, plan->key_hash);
	if (plan->realm_profile) {
		add_text_claim(&claims, 265, plan->realm_profile);
		count++;
	}
	if (plan->has_2024_claims) {
		add_bytes_claim(&claims, 256, tally_text("realm"));
		forge_add_cbor_int(&claims, 44243);
		forge_add_cbor_int(&claims, 1);
		count += 2;
	}
	add_map(&payload, plan, count, forge_bytes(&claims));
	free_bytes(key);
	free_bytes(forge_bytes(&claims));
	return forge_bytes(&payload);
}

static void add_token(struct forge_buffer *token, const struct forge_cca *plan, int64_t key,
		      const struct forge_cose *cose, struct tally_bytes payload)
{
	struct tally_bytes message = forge_cose(cose, payload);

	forge_add_cbor_int(token, key);
	if (plan->is_collection) {
		forge_add_cbor_head(token, TALLY_CBOR_ARRAY, 2);
		forge_add_cbor_int(token, 263);
	}
	forge_add_cbor_bytes(token, message);
	free_bytes(message);
	free_bytes(payload);
}

struct tally_bytes forge_cca(const struct forge_cca *plan)
{
	struct forge_buffer token = { 0 };
	uint64_t tag = plan->is_collection ? 907 : 399;

	forge_add_cbor_head(&token, TALLY_CBOR_TAG, plan->tag ? plan->tag : tag);
	forge_add_cbor_head(&token, TALLY_CBOR_MAP, plan->has_third ? 3 : 2);
	add_token(&token, plan, plan->is_swapped ? 44241 : 44234, &plan->platform, platform_payload(plan));
	add_token(&token, plan, plan->is_swapped ? 44234 : 44241, &plan->realm, realm_payload(plan));
	if (plan->has_third)
		add_bytes_claim(&token, 44242, tally_text("third"));
	if (plan->has_trailing)
		forge_add(&token, "\0", 1);
	return forge_bytes(&token);
}

/* {0: class {0: 560(implementation id)}, 1: 550(instance id)} */
static void add_environment(struct forge_buffer *tag, const uint8_t *instance)
{
	forge_add_cbor_head(tag, TALLY_CBOR_MAP, instance ? 2 : 1);
	forge_add_cbor_int(tag, 0);
	forge_add_cbor_head(tag, TALLY_CBOR_MAP, 1);
	forge_add_cbor_int(tag, 0);
	forge_add_cbor_head(tag, TALLY_CBOR_TAG, 560);
	forge_add_cbor_bytes(tag, tally_bytes(forge_cca_implementation, sizeof(forge_cca_implementation)));
	if (!instance)
		return;
	forge_add_cbor_int(tag, 1);
	forge_add_cbor_head(tag, TALLY_CBOR_TAG, 550);
	forge_add_cbor_bytes(tag, tally_bytes(instance, sizeof(forge_cca_instance)));
}

static void add_reference(struct forge_buffer *tag, const char *version)
{
	forge_add_cbor_head(tag, TALLY_CBOR_ARRAY, 2);
	add_environment(tag, NULL);
	forge_add_cbor_head(tag, TALLY_CBOR_ARRAY, 1);
	forge_add_cbor_head(tag, TALLY_CBOR_MAP, 2);
	add_text_claim(tag, 0, "cca.software-component");
	forge_add_cbor_int(tag, 1);
	forge_add_cbor_head(tag, TALLY_CBOR_MAP, version ? 4 : 3);
	if (version) {
		forge_add_cbor_int(tag, 0);
		forge_add_cbor_head(tag, TALLY_CBOR_MAP, 1);
		add_text_claim(tag, 0, version);
	}
	forge_add_cbor_int(tag, 2);
	forge_add_cbor_head(tag, TALLY_CBOR_ARRAY, 1);
	forge_add_cbor_head(tag, TALLY_CBOR_ARRAY, 2);
	forge_add_cbor_int(tag, 1);
	add_fill(tag, 0xc1, 32);
	add_text_claim(tag, 11, "BL");
	forge_add_cbor_int(tag, 13);
	forge_add_cbor_head(tag, TALLY_CBOR_ARRAY, 1);
	forge_add_cbor_head(tag, TALLY_CBOR_TAG, 560);
	add_fill(tag, 0xc2, 32);
}

static void add_key(struct forge_buffer *tag, EVP_PKEY *key, const uint8_t *instance)
{
	struct tally_bytes spki = forge_spki(key);
	struct forge_buffer pem = { 0 };

	forge_add_pem(&pem, "PUBLIC KEY", spki);
	forge_add_cbor_head(tag, TALLY_CBOR_ARRAY, 2);
	add_environment(tag, instance);
	forge_add_cbor_head(tag, TALLY_CBOR_ARRAY, 1);
	forge_add_cbor_head(tag, TALLY_CBOR_TAG, 554);
	forge_add_cbor_head(tag, TALLY_CBOR_TEXT, pem.size);
	forge_add_bytes(tag, forge_bytes(&pem));
	free_bytes(forge_bytes(&pem));
	free_bytes(spki);
}

static struct tally_bytes comid_of(EVP_PKEY *key, uint8_t instance_byte, const char *version)
{
	uint8_t instance[sizeof(forge_cca_instance)];
	struct forge_buffer tag = { 0 };

	memcpy(instance, forge_cca_instance, sizeof(instance));
	instance[1] = instance_byte;
	forge_add_cbor_head(&tag, TALLY_CBOR_MAP, 2);
	forge_add_cbor_int(&tag, 1);
	forge_add_cbor_head(&tag, TALLY_CBOR_MAP, 1);
	add_text_claim(&tag, 0, "forged");
	forge_add_cbor_int(&tag, 4);
	forge_add_cbor_head(&tag, TALLY_CBOR_MAP, 2);
	forge_add_cbor_int(&tag, 0);
	forge_add_cbor_head(&tag, TALLY_CBOR_ARRAY, 1);
	add_reference(&tag, version);
	forge_add_cbor_int(&tag, 3);
	forge_add_cbor_head(&tag, TALLY_CBOR_ARRAY, 1);
	add_key(&tag, key, instance);
	return forge_bytes(&tag);
}

static void add_epoch(struct forge_buffer *corim, int64_t key, int64_t time)
{
	forge_add_cbor_int(corim, key);
	forge_add_cbor_head(corim, TALLY_CBOR_TAG, EPOCH);
	forge_add_cbor_int(corim, time);
}

struct tally_bytes forge_corim(EVP_PKEY *key, int64_t not_before, int64_t not_after, uint8_t instance_byte,
			       const char *version)
{
	struct tally_bytes comid = comid_of(key, instance_byte, version);
	struct forge_buffer corim = { 0 };

	forge_add_cbor_head(&corim, TALLY_CBOR_TAG, 501);
	forge_add_cbor_head(&corim, TALLY_CBOR_MAP, not_after ? 4 : 3);
	add_text_claim(&corim, 0, "forged");
	forge_add_cbor_int(&corim, 1);
	forge_add_cbor_head(&corim, TALLY_CBOR_ARRAY, 1);
	forge_add_cbor_head(&corim, TALLY_CBOR_TAG, 506);
	forge_add_cbor_bytes(&corim, comid);
	forge_add_cbor_int(&corim, 3);
	forge_add_cbor_head(&corim, TALLY_CBOR_TAG, 32);
	forge_add_cbor_text(&corim, "tag:arm.com,2025:cca_platform#1.0.0");
	if (not_after) {
		forge_add_cbor_int(&corim, 4);
		forge_add_cbor_head(&corim, TALLY_CBOR_MAP, 2);
		add_epoch(&corim, 0, not_before);
		add_epoch(&corim, 1, not_after);
	}
	free_bytes(comid);
	return forge_bytes(&corim);
}
