// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The claims of platform, TSM and TVM. Labels that the draft leaves open come from one table in cove_token.h. */
#include "cove_claims.h"

#include "cbor_foreign.h"

#define COVE_TAG_CWT_CLAIMS 61
#define COVE_WIDE_SIZE 64 /* of challenge, identity and manufacturer id */

enum cove_claim { COVE_CHALLENGE = 10, COVE_PROFILE = 265 };

enum cove_measurement_key { COVE_MEASUREMENT_INDEX = 1, COVE_MEASUREMENT_VALUE = 2, COVE_MEASUREMENT_HASH = 3 };

enum cove_component_key {
	COVE_COMPONENT_TYPE = 1,
	COVE_COMPONENT_MEASUREMENT = 2,
	COVE_COMPONENT_SVN = 3,
	COVE_COMPONENT_MANIFEST = 4,
	COVE_COMPONENT_SIGNER = 5,
	COVE_COMPONENT_HASH = 6
};

static struct tally_bytes cove_read_wide(struct tally_cursor *cursor)
{
	struct tally_bytes bytes = tally_cbor_foreign_bytes(cursor);

	if (bytes.size != COVE_WIDE_SIZE)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return bytes;
}

/* SHA-384 and SHA-512, of both families, are what a TSM can measure with. */
static struct tally_bytes cove_read_digest(struct tally_cursor *cursor)
{
	struct tally_bytes bytes = tally_cbor_foreign_bytes(cursor);

	if (bytes.size != 48 && bytes.size != 64)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return bytes;
}

static struct tally_bytes cove_read_text(struct tally_cursor *cursor)
{
	struct tally_bytes text = tally_cbor_foreign_text(cursor);

	if (text.size == 0)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return text;
}

static void cove_read_component_field(struct tally_cursor *cursor, struct tally_cove_component *component)
{
	switch (tally_cbor_foreign_int(cursor)) {
	case COVE_COMPONENT_TYPE:
		component->type = cove_read_text(cursor);
		break;
	case COVE_COMPONENT_MEASUREMENT:
		component->measurement = cove_read_digest(cursor);
		break;
	case COVE_COMPONENT_SVN:
		component->svn = cove_read_text(cursor);
		break;
	case COVE_COMPONENT_MANIFEST:
		component->manifest_hash = cove_read_digest(cursor);
		break;
	case COVE_COMPONENT_SIGNER:
		component->signer = cove_read_digest(cursor);
		break;
	case COVE_COMPONENT_HASH:
		component->hash_alg = cove_read_text(cursor);
		break;
	default:
		tally_fail(cursor, TALLY_UNSUPPORTED);
	}
}

static void cove_read_component(struct tally_cursor *cursor, struct tally_cove_component *component)
{
	struct tally_cbor_elements elements = tally_cbor_enter_map(cursor);

	while (tally_cbor_next(cursor, &elements))
		cove_read_component_field(cursor, component);
	if (!component->type.size || !component->measurement.size || !component->svn.size || !component->signer.size ||
	    !component->hash_alg.size)
		tally_fail(cursor, TALLY_NOT_FOUND);
}

static void cove_read_components(struct tally_cursor *cursor, struct tally_cove_components *components)
{
	struct tally_cbor_elements elements = tally_cbor_enter_array(cursor);

	while (tally_cbor_next(cursor, &elements)) {
		if (components->count == TALLY_COVE_COMPONENT_LIMIT)
			tally_fail(cursor, TALLY_TOO_LARGE);
		else
			cove_read_component(cursor, &components->item[components->count++]);
	}
	if (components->count == 0)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
}

static struct tally_cove_measurement cove_read_measurement(struct tally_cursor *cursor)
{
	struct tally_cbor_elements elements = tally_cbor_enter_map(cursor);
	struct tally_cove_measurement measurement = { 0 };
	bool has_index = false;

	while (tally_cbor_next(cursor, &elements)) {
		int64_t key = tally_cbor_foreign_int(cursor);

		if (key == COVE_MEASUREMENT_INDEX) {
			measurement.index = tally_cbor_foreign_uint(cursor);
			has_index = true;
		} else if (key == COVE_MEASUREMENT_VALUE) {
			measurement.value = cove_read_digest(cursor);
		} else if (key == COVE_MEASUREMENT_HASH) {
			measurement.hash_alg = cove_read_text(cursor);
		} else {
			tally_fail(cursor, TALLY_UNSUPPORTED);
		}
	}
	if (!has_index || !measurement.value.size || !measurement.hash_alg.size)
		tally_fail(cursor, TALLY_NOT_FOUND);
	return measurement;
}

/* A list of one entry at least, no register twice. */
static size_t cove_read_measurements(struct tally_cursor *cursor, struct tally_cove_measurement *list, size_t limit)
{
	struct tally_cbor_elements elements = tally_cbor_enter_array(cursor);
	size_t count = 0;

	while (tally_cbor_next(cursor, &elements)) {
		struct tally_cove_measurement measurement = cove_read_measurement(cursor);

		if (count == limit) {
			tally_fail(cursor, TALLY_TOO_LARGE);
			break;
		}
		for (size_t i = 0; i < count; i++)
			if (list[i].index == measurement.index)
				tally_fail(cursor, TALLY_DUPLICATE);
		list[count++] = measurement;
	}
	if (count == 0)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return count;
}

static void cove_read_platform_claim(struct tally_cursor *cursor, struct tally_cove_platform *platform)
{
	switch (tally_cbor_foreign_int(cursor)) {
	case COVE_PROFILE:
		platform->profile = cove_read_text(cursor);
		break;
	case TALLY_COVE_PUBLIC_KEY:
		platform->key = tally_cbor_foreign_bytes(cursor);
		break;
	case TALLY_COVE_MANUFACTURER_ID:
		platform->manufacturer_id = cove_read_wide(cursor);
		break;
	case TALLY_COVE_STATE:
		platform->state = tally_cbor_foreign_uint(cursor);
		if (platform->state < TALLY_COVE_NOT_CONFIGURED || platform->state > TALLY_COVE_RECOVERY)
			tally_fail(cursor, TALLY_OUT_OF_RANGE);
		break;
	case TALLY_COVE_COMPONENTS:
		cove_read_components(cursor, &platform->components);
		break;
	default:
		tally_fail(cursor, TALLY_UNSUPPORTED);
	}
}

static void cove_read_tsm_claim(struct tally_cursor *cursor, struct tally_cove_tsm *tsm)
{
	int64_t label = tally_cbor_foreign_int(cursor);

	if (label == TALLY_COVE_PUBLIC_KEY)
		tsm->key = tally_cbor_foreign_bytes(cursor);
	else if (label == TALLY_COVE_COMPONENTS)
		cove_read_components(cursor, &tsm->components);
	else
		tally_fail(cursor, TALLY_UNSUPPORTED);
}

static void cove_read_tvm_claim(struct tally_cursor *cursor, struct tally_cove_tvm *tvm)
{
	switch (tally_cbor_foreign_int(cursor)) {
	case COVE_CHALLENGE:
		tvm->challenge = cove_read_wide(cursor);
		break;
	case TALLY_COVE_IDENTITY:
		tvm->identity = cove_read_wide(cursor);
		break;
	case TALLY_COVE_PUBLIC_KEY:
		tvm->key = tally_cbor_foreign_bytes(cursor);
		break;
	case TALLY_COVE_INITIAL_MEASUREMENTS:
		tvm->initial_count = cove_read_measurements(cursor, tvm->initial, TALLY_COVE_INITIAL_LIMIT);
		break;
	case TALLY_COVE_RUNTIME_MEASUREMENTS:
		tvm->runtime_count = cove_read_measurements(cursor, tvm->runtime, TALLY_COVE_RUNTIME_LIMIT);
		break;
	default:
		tally_fail(cursor, TALLY_UNSUPPORTED);
	}
}

static struct tally_cbor_elements cove_enter_claims(struct tally_cursor *cursor)
{
	tally_cbor_foreign_tag(cursor, COVE_TAG_CWT_CLAIMS);
	return tally_cbor_enter_map(cursor);
}

static enum tally_status cove_complete(const struct tally_cursor *cursor, bool is_complete)
{
	enum tally_status status = tally_cursor_end(cursor);

	return status == TALLY_OK && !is_complete ? TALLY_NOT_FOUND : status;
}

enum tally_status tally_cove_platform_read(struct tally_bytes input, struct tally_cove_platform *ret)
{
	enum tally_status status = tally_cove_message_read(input, &ret->cose);
	struct tally_cursor cursor = tally_cursor(ret->cose.payload);
	struct tally_cbor_elements elements;

	if (status != TALLY_OK)
		return status;
	elements = cove_enter_claims(&cursor);
	while (tally_cbor_next(&cursor, &elements))
		cove_read_platform_claim(&cursor, ret);
	return cove_complete(&cursor, ret->profile.size && ret->key.size && ret->manufacturer_id.size && ret->state &&
					      ret->components.count);
}

enum tally_status tally_cove_tsm_read(struct tally_bytes input, struct tally_cove_tsm *ret)
{
	enum tally_status status = tally_cove_message_read(input, &ret->cose);
	struct tally_cursor cursor = tally_cursor(ret->cose.payload);
	struct tally_cbor_elements elements;

	if (status != TALLY_OK)
		return status;
	elements = cove_enter_claims(&cursor);
	while (tally_cbor_next(&cursor, &elements))
		cove_read_tsm_claim(&cursor, ret);
	return cove_complete(&cursor, ret->key.size && ret->components.count);
}

enum tally_status tally_cove_tvm_read(struct tally_bytes input, struct tally_cove_tvm *ret)
{
	enum tally_status status = tally_cove_message_read(input, &ret->cose);
	struct tally_cursor cursor = tally_cursor(ret->cose.payload);
	struct tally_cbor_elements elements;

	if (status != TALLY_OK)
		return status;
	elements = cove_enter_claims(&cursor);
	while (tally_cbor_next(&cursor, &elements))
		cove_read_tvm_claim(&cursor, ret);
	return cove_complete(&cursor, ret->challenge.size && ret->key.size && ret->initial_count);
}
