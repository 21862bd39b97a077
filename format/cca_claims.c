// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The claims of platform and realm tokens. spec: draft-ffm-rats-cca-token 3, 4 */
#include "cbor_foreign.h"
#include "cca_token.h"

enum cca_claim {
	CCA_CHALLENGE = 10,
	CCA_INSTANCE_ID = 256,
	CCA_PROFILE = 265,
	CCA_LIFECYCLE = 2395,
	CCA_IMPLEMENTATION_ID = 2396,
	CCA_COMPONENTS = 2399,
	CCA_SERVICE = 2400,
	CCA_CONFIG = 2401,
	CCA_HASH_ALG = 2402,
	CCA_RPV = 44235,
	CCA_REALM_HASH_ALG = 44236,
	CCA_REALM_KEY = 44237,
	CCA_RIM = 44238,
	CCA_REMS = 44239,
	CCA_REALM_KEY_HASH_ALG = 44240,
	CCA_MEC_POLICY = 44243
};

enum cca_component_key {
	CCA_COMPONENT_TYPE = 1,
	CCA_COMPONENT_MEASUREMENT = 2,
	CCA_COMPONENT_VERSION = 4,
	CCA_COMPONENT_SIGNER = 5,
	CCA_COMPONENT_HASH_ALG = 6
};

#define CCA_FIXED_SIZE 64 /* of challenge and personalization value */
#define CCA_IMPLEMENTATION_SIZE 32
#define CCA_INSTANCE_SIZE 33
#define CCA_INSTANCE_RANDOM 0x01 /* first byte: the kind of identifier */
#define CCA_POINT_SIZE 97
#define CCA_POINT_UNCOMPRESSED 0x04

static struct tally_bytes cca_read_fixed(struct tally_cursor *cursor, size_t size)
{
	struct tally_bytes bytes = tally_cbor_foreign_bytes(cursor);

	if (bytes.size != size)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return bytes;
}

/* As long as a digest of SHA-2 can be. */
static struct tally_bytes cca_read_digest(struct tally_cursor *cursor)
{
	struct tally_bytes bytes = tally_cbor_foreign_bytes(cursor);

	if (bytes.size != 32 && bytes.size != 48 && bytes.size != 64)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return bytes;
}

/* Empty text would be taken for a claim that is absent. */
static struct tally_bytes cca_read_text(struct tally_cursor *cursor)
{
	struct tally_bytes text = tally_cbor_foreign_text(cursor);

	if (text.size == 0)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return text;
}

static struct tally_bytes cca_read_instance(struct tally_cursor *cursor)
{
	struct tally_bytes bytes = cca_read_fixed(cursor, CCA_INSTANCE_SIZE);

	if (bytes.size != 0 && bytes.data[0] != CCA_INSTANCE_RANDOM)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return bytes;
}

/* The key of a claim; *ret_key is how it was written. 0, which none of ours has, for text. */
static int64_t cca_read_key(struct tally_cursor *cursor, struct tally_bytes *ret_key)
{
	struct tally_cursor ahead = *cursor;
	bool is_number = tally_cbor_read_foreign(&ahead).major <= TALLY_CBOR_NEGATIVE;
	struct tally_cursor key;

	*ret_key = tally_cbor_take(cursor);
	key = tally_cursor(*ret_key);
	return is_number ? tally_cbor_foreign_int(&key) : 0;
}

static void cca_read_unknown(struct tally_cursor *cursor, struct tally_bytes key, struct tally_cca_unknown *unknown)
{
	if (unknown->count++ == 0)
		unknown->first = key;
	tally_cbor_skip(cursor);
}

static void cca_read_component_field(struct tally_cursor *cursor, struct tally_cca_component *component)
{
	switch (tally_cbor_foreign_int(cursor)) {
	case CCA_COMPONENT_TYPE:
		component->type = cca_read_text(cursor);
		break;
	case CCA_COMPONENT_MEASUREMENT:
		component->measurement = cca_read_digest(cursor);
		break;
	case CCA_COMPONENT_VERSION:
		component->version = cca_read_text(cursor);
		break;
	case CCA_COMPONENT_SIGNER:
		component->signer_id = cca_read_digest(cursor);
		break;
	case CCA_COMPONENT_HASH_ALG:
		component->hash_alg = cca_read_text(cursor);
		break;
	default:
		tally_fail(cursor, TALLY_UNSUPPORTED);
	}
}

static void cca_read_component(struct tally_cursor *cursor, struct tally_cca_component *component)
{
	struct tally_cbor_elements elements = tally_cbor_enter_map(cursor);

	while (tally_cbor_next(cursor, &elements))
		cca_read_component_field(cursor, component);
	if (component->measurement.size == 0 || component->signer_id.size == 0)
		tally_fail(cursor, TALLY_NOT_FOUND);
}

static void cca_read_components(struct tally_cursor *cursor, struct tally_cca_platform *platform)
{
	struct tally_cbor_elements elements = tally_cbor_enter_array(cursor);

	while (tally_cbor_next(cursor, &elements)) {
		if (platform->component_count == TALLY_CCA_COMPONENT_LIMIT)
			tally_fail(cursor, TALLY_TOO_LARGE);
		else
			cca_read_component(cursor, &platform->component[platform->component_count++]);
	}
	if (platform->component_count == 0)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
}

static uint16_t cca_read_lifecycle(struct tally_cursor *cursor)
{
	uint64_t value = tally_cbor_foreign_uint(cursor);

	if (value > UINT16_MAX)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return (uint16_t)value;
}

static void cca_read_platform_claim(struct tally_cursor *cursor, struct tally_cca_platform *platform)
{
	struct tally_bytes key;

	switch (cca_read_key(cursor, &key)) {
	case CCA_PROFILE:
		platform->profile = cca_read_text(cursor);
		break;
	case CCA_CHALLENGE:
		platform->challenge = cca_read_digest(cursor);
		break;
	case CCA_IMPLEMENTATION_ID:
		platform->implementation_id = cca_read_fixed(cursor, CCA_IMPLEMENTATION_SIZE);
		break;
	case CCA_INSTANCE_ID:
		platform->instance_id = cca_read_instance(cursor);
		break;
	case CCA_CONFIG:
		platform->config = tally_cbor_foreign_bytes(cursor);
		break;
	case CCA_LIFECYCLE:
		platform->lifecycle = cca_read_lifecycle(cursor);
		platform->has_lifecycle = true;
		break;
	case CCA_COMPONENTS:
		cca_read_components(cursor, platform);
		break;
	case CCA_SERVICE:
		platform->verification_service = cca_read_text(cursor);
		break;
	case CCA_HASH_ALG:
		platform->hash_alg = cca_read_text(cursor);
		break;
	default:
		cca_read_unknown(cursor, key, &platform->unknown);
	}
}

static bool cca_platform_is_complete(const struct tally_cca_platform *platform)
{
	return platform->profile.size && platform->challenge.size && platform->implementation_id.size &&
	       platform->instance_id.size && platform->config.data && platform->has_lifecycle &&
	       platform->component_count && platform->hash_alg.size;
}

enum tally_status tally_cca_platform_read(struct tally_bytes payload, struct tally_cca_platform *ret)
{
	struct tally_cursor cursor = tally_cursor(payload);
	enum tally_status status = tally_cbor_check(payload);
	struct tally_cbor_elements elements;

	if (status != TALLY_OK)
		return status;
	memset(ret, 0, sizeof(*ret));
	elements = tally_cbor_enter_map(&cursor);
	while (tally_cbor_next(&cursor, &elements))
		cca_read_platform_claim(&cursor, ret);
	status = tally_cursor_end(&cursor);
	return status == TALLY_OK && !cca_platform_is_complete(ret) ? TALLY_NOT_FOUND : status;
}

/* Before there was a profile the key was a bare point. */
static enum tally_status cca_read_point(struct tally_bytes bytes, struct tally_cose_key *key)
{
	struct tally_cursor cursor = tally_cursor(bytes);

	if (bytes.size != CCA_POINT_SIZE || tally_read_u8(&cursor) != CCA_POINT_UNCOMPRESSED)
		return TALLY_OUT_OF_RANGE;
	key->type = TALLY_COSE_KEY_EC2;
	key->curve = TALLY_COSE_P384;
	key->x = tally_read_bytes(&cursor, CCA_POINT_SIZE / 2);
	key->y = tally_read_bytes(&cursor, CCA_POINT_SIZE / 2);
	return tally_cursor_end(&cursor);
}

static void cca_read_rems(struct tally_cursor *cursor, struct tally_cca_realm *realm)
{
	struct tally_cbor_elements elements = tally_cbor_enter_array(cursor);
	size_t count = 0;

	while (tally_cbor_next(cursor, &elements)) {
		struct tally_bytes value = cca_read_digest(cursor);

		if (count == TALLY_CCA_REM_COUNT)
			tally_fail(cursor, TALLY_OUT_OF_RANGE);
		else
			realm->rem[count++] = value;
	}
	if (count != TALLY_CCA_REM_COUNT)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
}

static void cca_read_realm_claim(struct tally_cursor *cursor, struct tally_cca_realm *realm)
{
	struct tally_bytes key;

	switch (cca_read_key(cursor, &key)) {
	case CCA_PROFILE:
		realm->profile = cca_read_text(cursor);
		break;
	case CCA_CHALLENGE:
		realm->challenge = cca_read_fixed(cursor, CCA_FIXED_SIZE);
		break;
	case CCA_RPV:
		realm->rpv = cca_read_fixed(cursor, CCA_FIXED_SIZE);
		break;
	case CCA_REALM_HASH_ALG:
		realm->hash_alg = cca_read_text(cursor);
		break;
	case CCA_REALM_KEY:
		realm->key_bytes = tally_cbor_foreign_bytes(cursor);
		break;
	case CCA_REALM_KEY_HASH_ALG:
		realm->key_hash_alg = cca_read_text(cursor);
		break;
	case CCA_RIM:
		realm->rim = cca_read_digest(cursor);
		break;
	case CCA_REMS:
		cca_read_rems(cursor, realm);
		break;
	case CCA_INSTANCE_ID:
		realm->instance_id = tally_cbor_foreign_bytes(cursor);
		break;
	case CCA_MEC_POLICY:
		realm->mec_policy = tally_cbor_foreign_uint(cursor);
		realm->has_mec_policy = true;
		break;
	default:
		cca_read_unknown(cursor, key, &realm->unknown);
	}
}

static bool cca_realm_is_complete(const struct tally_cca_realm *realm)
{
	return realm->challenge.size && realm->rpv.size && realm->hash_alg.size && realm->key_bytes.size &&
	       realm->key_hash_alg.size && realm->rim.size && realm->rem[0].size;
}

enum tally_status tally_cca_realm_read(struct tally_bytes payload, struct tally_cca_realm *ret)
{
	struct tally_cursor cursor = tally_cursor(payload);
	enum tally_status status = tally_cbor_check(payload);
	struct tally_cbor_elements elements;

	if (status != TALLY_OK)
		return status;
	memset(ret, 0, sizeof(*ret));
	elements = tally_cbor_enter_map(&cursor);
	while (tally_cbor_next(&cursor, &elements))
		cca_read_realm_claim(&cursor, ret);
	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK && !cca_realm_is_complete(ret))
		status = TALLY_NOT_FOUND;
	if (status != TALLY_OK)
		return status;
	return ret->profile.size ? tally_cose_key_read(ret->key_bytes, &ret->key)
				 : cca_read_point(ret->key_bytes, &ret->key);
}
