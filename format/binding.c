// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The array that REPORT_DATA hashes, and the companions that it commits to. */
#include "binding.h"

#include "../core/digest.h"
#include "utf8.h"

#define BINDING_CONTEXT "tally-report-data/1" /* hashed with its NUL */
#define BINDING_COUNT 7			      /* elements of the array */
#define BINDING_KEY_COUNT 2		      /* type, hash */
#define BINDING_HASH_SIZE 48		      /* SHA-384 */
#define COMPANION_COUNT 4		      /* label, media type, size, hash */

static bool binding_text_is_valid(struct tally_bytes text)
{
	return text.size != 0 && tally_utf8_is_clean(text);
}

/* Nothing is written that would not be read. */
static enum tally_status binding_check(const struct tally_binding *binding)
{
	bool has_key = binding->key_type.size != 0 || binding->key_hash.size != 0;

	if (binding->nonce.size < TALLY_NONCE_MIN || binding->nonce.size > TALLY_NONCE_MAX)
		return TALLY_NONCE_SIZE;
	if (!binding_text_is_valid(binding->purpose) || !binding_text_is_valid(binding->provider) ||
	    !binding_text_is_valid(binding->caller) || !tally_utf8_is_clean(binding->audience))
		return TALLY_OUT_OF_RANGE;
	if (has_key && (!binding_text_is_valid(binding->key_type) || binding->key_hash.size != BINDING_HASH_SIZE))
		return TALLY_OUT_OF_RANGE;
	return binding->companions.size == BINDING_HASH_SIZE ? TALLY_OK : TALLY_OUT_OF_RANGE;
}

static void binding_read_key(struct tally_cursor *cursor, struct tally_binding *binding)
{
	if (tally_cbor_read_null(cursor))
		return;
	if (tally_cbor_expect_array(cursor) != BINDING_KEY_COUNT)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	binding->key_type = tally_cbor_expect_text(cursor);
	binding->key_hash = tally_cbor_expect_bytes(cursor);
	/* Both empty would be the null that it is not. */
	if (binding->key_type.size == 0)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
}

enum tally_status tally_binding_read(struct tally_bytes input, struct tally_binding *ret)
{
	struct tally_cursor cursor = tally_cursor(input);
	struct tally_binding binding = { 0 };
	enum tally_status status;

	if (tally_cbor_expect_array(&cursor) != BINDING_COUNT)
		tally_fail(&cursor, TALLY_OUT_OF_RANGE);
	binding.purpose = tally_cbor_expect_text(&cursor);
	binding.provider = tally_cbor_expect_text(&cursor);
	binding.caller = tally_cbor_expect_text(&cursor);
	binding.audience = tally_cbor_expect_text(&cursor);
	binding.nonce = tally_cbor_expect_bytes(&cursor);
	binding_read_key(&cursor, &binding);
	binding.companions = tally_cbor_expect_bytes(&cursor);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		status = binding_check(&binding);
	if (status == TALLY_OK)
		*ret = binding;
	return status;
}

void tally_binding_write(struct tally_writer *writer, const struct tally_binding *binding)
{
	enum tally_status status = binding_check(binding);

	if (status != TALLY_OK)
		tally_writer_fail(writer, status);
	tally_cbor_write_array(writer, BINDING_COUNT);
	tally_cbor_write_text(writer, binding->purpose);
	tally_cbor_write_text(writer, binding->provider);
	tally_cbor_write_text(writer, binding->caller);
	tally_cbor_write_text(writer, binding->audience);
	tally_cbor_write_bytes(writer, binding->nonce);
	if (binding->key_type.size == 0) {
		tally_cbor_write_null(writer);
	} else {
		tally_cbor_write_array(writer, BINDING_KEY_COUNT);
		tally_cbor_write_text(writer, binding->key_type);
		tally_cbor_write_bytes(writer, binding->key_hash);
	}
	tally_cbor_write_bytes(writer, binding->companions);
}

enum tally_status tally_binding_report_data(struct tally_bytes array, uint8_t ret[TALLY_REPORT_DATA_SIZE])
{
	struct tally_hash_job job = {
		TALLY_SHA512,
		{ tally_bytes(BINDING_CONTEXT, sizeof(BINDING_CONTEXT)), array },
		ret,
	};

	return tally_env_hash(&job, 1);
}

/* Whether a companion may stand behind the one before it (NULL for the first). */
static enum tally_status companion_check(const struct tally_companion *previous, const struct tally_companion *next)
{
	int order = previous ? tally_cbor_key_compare(previous->label, next->label) : -1;

	if (!binding_text_is_valid(next->label) || !binding_text_is_valid(next->media_type))
		return TALLY_OUT_OF_RANGE;
	if (order == 0)
		return TALLY_DUPLICATE;
	return order < 0 ? TALLY_OK : TALLY_DISORDER;
}

void tally_companions_write(struct tally_writer *writer, const struct tally_companion *companions, size_t count)
{
	tally_cbor_write_array(writer, count);
	for (size_t i = 0; i < count; i++) {
		const struct tally_companion *companion = &companions[i];
		enum tally_status status = companion_check(i ? &companions[i - 1] : NULL, companion);

		if (status != TALLY_OK)
			tally_writer_fail(writer, status);
		tally_cbor_write_array(writer, COMPANION_COUNT);
		tally_cbor_write_text(writer, companion->label);
		tally_cbor_write_text(writer, companion->media_type);
		tally_cbor_write_uint(writer, companion->size);
		tally_cbor_write_bytes(writer, tally_bytes(companion->sha384, sizeof(companion->sha384)));
	}
}

size_t tally_companions_open(struct tally_cursor *cursor)
{
	return tally_cbor_expect_array(cursor);
}

void tally_companion_read(struct tally_cursor *cursor, const struct tally_companion *previous,
			  struct tally_companion *ret)
{
	struct tally_companion companion = { 0 };
	struct tally_bytes sha384;
	enum tally_status status;

	if (tally_cbor_expect_array(cursor) != COMPANION_COUNT)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	companion.label = tally_cbor_expect_text(cursor);
	companion.media_type = tally_cbor_expect_text(cursor);
	companion.size = tally_cbor_expect_uint(cursor);
	sha384 = tally_cbor_expect_bytes(cursor);
	if (sha384.size == sizeof(companion.sha384))
		memcpy(companion.sha384, sha384.data, sha384.size);
	else
		tally_fail(cursor, TALLY_OUT_OF_RANGE);

	status = cursor->status == TALLY_OK ? companion_check(previous, &companion) : cursor->status;
	if (status != TALLY_OK)
		tally_fail(cursor, status);
	else
		*ret = companion;
}
