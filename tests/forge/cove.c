// SPDX-License-Identifier: BSD-2-Clause
/* CoVE evidence of the draft. */
#include "../unit/hex.h"

#include "../../format/cbor.h"
#include "../../format/cove_token.h"
#include "cove.h"

#define CURVE_P384 2

struct forge_cove forge_cove_sound(struct tally_bytes challenge)
{
	struct forge_cose platform = { .key = forge_key(FORGE_P384, 0), .alg = -35, .is_tagged = true };
	struct forge_cose tsm = { .key = forge_key(FORGE_P384, 1), .alg = -35, .is_tagged = true };
	struct forge_cose tvm = { .key = forge_key(FORGE_P384, 2), .alg = -35, .is_tagged = true };

	return (struct forge_cove){ .platform = platform,
				    .tsm = tsm,
				    .tvm = tvm,
				    .certificate = tvm,
				    .named_by_platform = tsm.key,
				    .named_by_tsm = tvm.key,
				    .tsm_curve = CURVE_P384,
				    .profile = "https://riscv.org/TBD",
				    .state = TALLY_COVE_SECURED,
				    .hash = "sha-384",
				    .size = 48,
				    .runtime_index = 8,
				    .challenge = challenge };
}

static void add_fill(struct forge_buffer *buffer, uint8_t byte, size_t size)
{
	forge_add_cbor_head(buffer, TALLY_CBOR_BYTES, size);
	for (size_t i = 0; i < size; i++)
		forge_add(buffer, &byte, 1);
}

static void add_key(struct forge_buffer *claims, EVP_PKEY *key, int64_t curve)
{
	struct tally_bytes bytes = forge_cose_key(key, curve, 0);

	forge_add_cbor_int(claims, TALLY_COVE_PUBLIC_KEY);
	forge_add_cbor_bytes(claims, bytes);
	free_bytes(bytes);
}

static void add_components(struct forge_buffer *claims)
{
	forge_add_cbor_int(claims, TALLY_COVE_COMPONENTS);
	forge_add_cbor_head(claims, TALLY_CBOR_ARRAY, 1);
	forge_add_cbor_head(claims, TALLY_CBOR_MAP, 5);
	forge_add_cbor_int(claims, 1);
	forge_add_cbor_text(claims, "fw");
	forge_add_cbor_int(claims, 2);
	add_fill(claims, 1, 48);
	forge_add_cbor_int(claims, 3);
	forge_add_cbor_text(claims, "7");
	forge_add_cbor_int(claims, 5);
	add_fill(claims, 2, 48);
	forge_add_cbor_int(claims, 6);
	forge_add_cbor_text(claims, "sha-384");
}

static void add_register(struct forge_buffer *claims, const struct forge_cove *plan, int64_t label, uint64_t index,
			 uint8_t byte)
{
	forge_add_cbor_int(claims, label);
	forge_add_cbor_head(claims, TALLY_CBOR_ARRAY, 1);
	forge_add_cbor_head(claims, TALLY_CBOR_MAP, 3);
	forge_add_cbor_int(claims, 1);
	forge_add_cbor_head(claims, TALLY_CBOR_UINT, index);
	forge_add_cbor_int(claims, 2);
	add_fill(claims, byte, plan->size);
	forge_add_cbor_int(claims, 3);
	forge_add_cbor_text(claims, plan->hash);
}

static void begin_claims(struct forge_buffer *claims, uint64_t count)
{
	forge_add_cbor_head(claims, TALLY_CBOR_TAG, 61);
	forge_add_cbor_head(claims, TALLY_CBOR_MAP, count);
}

static void add_message(struct forge_buffer *buffer, const struct forge_cose *cose, struct forge_buffer *claims)
{
	struct tally_bytes message = forge_cose(cose, forge_bytes(claims));

	forge_add_bytes(buffer, message);
	free_bytes(message);
	free_bytes(forge_bytes(claims));
}

static void add_platform(struct forge_buffer *token, const struct forge_cove *plan)
{
	struct forge_buffer claims = { 0 };

	begin_claims(&claims, plan->has_twice ? 6 : 5);
	forge_add_cbor_int(&claims, 265);
	forge_add_cbor_text(&claims, plan->profile);
	add_key(&claims, plan->named_by_platform, CURVE_P384);
	forge_add_cbor_int(&claims, TALLY_COVE_MANUFACTURER_ID);
	add_fill(&claims, 3, 64);
	for (int i = 0; i < 1 + plan->has_twice; i++) {
		forge_add_cbor_int(&claims, TALLY_COVE_STATE);
		forge_add_cbor_head(&claims, TALLY_CBOR_UINT, plan->state);
	}
	add_components(&claims);
	forge_add_cbor_text(token, "platform");
	add_message(token, &plan->platform, &claims);
}

static void add_tsm(struct forge_buffer *token, const struct forge_cove *plan)
{
	struct forge_buffer claims = { 0 };

	begin_claims(&claims, 2);
	add_key(&claims, plan->named_by_tsm, plan->tsm_curve);
	add_components(&claims);
	forge_add_cbor_text(token, "tsm");
	add_message(token, &plan->tsm, &claims);
}

static void add_tvm(struct forge_buffer *token, const struct forge_cove *plan)
{
	struct forge_buffer claims = { 0 };

	begin_claims(&claims, 4);
	forge_add_cbor_int(&claims, 10);
	forge_add_cbor_bytes(&claims, plan->challenge);
	add_key(&claims, forge_key(FORGE_P384, 3), CURVE_P384);
	add_register(&claims, plan, TALLY_COVE_INITIAL_MEASUREMENTS, plan->initial_index, 6);
	add_register(&claims, plan, TALLY_COVE_RUNTIME_MEASUREMENTS, plan->runtime_index, 7);
	forge_add_cbor_text(token, "tvm");
	add_message(token, &plan->tvm, &claims);
}

static struct tally_bytes certificate_around(const struct forge_cove *plan, struct forge_buffer *token)
{
	struct forge_buffer claims = { 0 };
	struct forge_buffer whole = { 0 };

	begin_claims(&claims, 3);
	forge_add_cbor_int(&claims, 1);
	forge_add_cbor_text(&claims, "tsm");
	forge_add_cbor_int(&claims, 2);
	forge_add_cbor_text(&claims, "tvm");
	forge_add_cbor_int(&claims, TALLY_COVE_EVIDENCE);
	forge_add_bytes(&claims, forge_bytes(token));
	free_bytes(forge_bytes(token));
	add_message(&whole, &plan->certificate, &claims);
	return forge_bytes(&whole);
}

struct tally_bytes forge_cove(const struct forge_cove *plan)
{
	struct forge_buffer token = { 0 };

	forge_add_cbor_head(&token, TALLY_CBOR_MAP, 1);
	forge_add_cbor_int(&token, 266);
	forge_add_cbor_head(&token, TALLY_CBOR_MAP, 3);
	add_platform(&token, plan);
	add_tsm(&token, plan);
	add_tvm(&token, plan);
	if (plan->has_trailing)
		forge_add(&token, "\0", 1);
	return plan->has_certificate ? certificate_around(plan, &token) : forge_bytes(&token);
}
