// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Proof that a TPM holds both an EK and an AK. */
#include "ak_binding.h"

#include "../core/digest.h"
#include "cbor.h"

/* Keys of both maps; 1 to 4 mean the same in both. */
enum ak_key { AK_KEY_VERSION = 1, AK_KEY_EK, AK_KEY_AK, AK_KEY_TIME, AK_KEY_LAST, AK_KEY_COUNT = 5 };

#define AK_SPKI_LIMIT 600 /* a P-384 key has 120 bytes, RSA 4096 550 */
#define AK_TIME_LIMIT INT64_MAX

/* What tpm2-tools put before a credential. */
#define CREDENTIAL_MAGIC 0xbadcc0deU
#define CREDENTIAL_VERSION 1

/* A name is its algorithm, big-endian, and the digest. spec: TPM 2.0 part 1, 16 */
static bool ak_is_name(struct tally_bytes name)
{
	struct tally_cursor cursor = tally_cursor(name);
	size_t size = tally_alg_size(tally_read_be16(&cursor));

	return cursor.status == TALLY_OK && size != 0 && cursor.left.size == size;
}

static void ak_read_key(struct tally_cursor *cursor, enum ak_key key)
{
	if (tally_cbor_expect_uint(cursor) != key)
		tally_fail(cursor, TALLY_DISORDER);
}

static struct tally_bytes ak_read_name(struct tally_cursor *cursor, enum ak_key key)
{
	struct tally_bytes name;

	ak_read_key(cursor, key);
	name = tally_cbor_expect_bytes(cursor);
	if (cursor->status == TALLY_OK && !ak_is_name(name))
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return name;
}

/* What both messages begin with. */
static uint64_t ak_read_start(struct tally_cursor *cursor, struct tally_bytes *ret_ek, struct tally_bytes *ret_ak)
{
	uint64_t time;

	if (tally_cbor_expect_map(cursor) != AK_KEY_COUNT)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	ak_read_key(cursor, AK_KEY_VERSION);
	if (tally_cbor_expect_uint(cursor) != TALLY_AK_BINDING_VERSION)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	*ret_ek = ak_read_name(cursor, AK_KEY_EK);
	*ret_ak = ak_read_name(cursor, AK_KEY_AK);
	ak_read_key(cursor, AK_KEY_TIME);
	time = tally_cbor_expect_uint(cursor);
	if (time > AK_TIME_LIMIT)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	ak_read_key(cursor, AK_KEY_LAST);
	return time;
}

static void ak_write_start(struct tally_writer *writer, struct tally_bytes ek, struct tally_bytes ak, uint64_t time)
{
	if (!ak_is_name(ek) || !ak_is_name(ak) || time > AK_TIME_LIMIT)
		tally_writer_fail(writer, TALLY_OUT_OF_RANGE);
	tally_cbor_write_map(writer, AK_KEY_COUNT);
	tally_cbor_write_uint(writer, AK_KEY_VERSION);
	tally_cbor_write_uint(writer, TALLY_AK_BINDING_VERSION);
	tally_cbor_write_uint(writer, AK_KEY_EK);
	tally_cbor_write_bytes(writer, ek);
	tally_cbor_write_uint(writer, AK_KEY_AK);
	tally_cbor_write_bytes(writer, ak);
	tally_cbor_write_uint(writer, AK_KEY_TIME);
	tally_cbor_write_uint(writer, time);
	tally_cbor_write_uint(writer, AK_KEY_LAST);
}

static bool ak_spki_has_size(struct tally_bytes spki)
{
	return spki.size > 0 && spki.size <= AK_SPKI_LIMIT;
}

enum tally_status tally_ak_binding_read(struct tally_bytes payload, struct tally_ak_binding *ret)
{
	struct tally_cursor cursor = tally_cursor(payload);
	struct tally_ak_binding binding;
	enum tally_status status;

	binding.time = ak_read_start(&cursor, &binding.ek_name, &binding.ak_name);
	binding.key_spki = tally_cbor_expect_bytes(&cursor);
	if (!ak_spki_has_size(binding.key_spki))
		tally_fail(&cursor, TALLY_OUT_OF_RANGE);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = binding;
	return status;
}

void tally_ak_binding_write(struct tally_writer *writer, const struct tally_ak_binding *binding)
{
	if (!ak_spki_has_size(binding->key_spki))
		tally_writer_fail(writer, TALLY_OUT_OF_RANGE);
	ak_write_start(writer, binding->ek_name, binding->ak_name, binding->time);
	tally_cbor_write_bytes(writer, binding->key_spki);
}

enum tally_status tally_ak_challenge_read(struct tally_bytes bytes, struct tally_ak_challenge *ret)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	struct tally_ak_challenge challenge;
	struct tally_bytes hash;
	enum tally_status status;

	challenge.time = ak_read_start(&cursor, &challenge.ek_name, &challenge.ak_name);
	hash = tally_cbor_expect_bytes(&cursor);
	if (hash.size == sizeof(challenge.secret_hash))
		memcpy(challenge.secret_hash, hash.data, hash.size);
	else
		tally_fail(&cursor, TALLY_OUT_OF_RANGE);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = challenge;
	return status;
}

void tally_ak_challenge_write(struct tally_writer *writer, const struct tally_ak_challenge *challenge)
{
	ak_write_start(writer, challenge->ek_name, challenge->ak_name, challenge->time);
	tally_cbor_write_bytes(writer, tally_bytes(challenge->secret_hash, sizeof(challenge->secret_hash)));
}

enum tally_status tally_tpm_credential_read(struct tally_bytes bytes, struct tally_tpm_credential *ret)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	struct tally_tpm_credential credential;
	enum tally_status status;

	if (tally_read_be32(&cursor) != CREDENTIAL_MAGIC || tally_read_be32(&cursor) != CREDENTIAL_VERSION)
		tally_fail(&cursor, TALLY_UNSUPPORTED);
	credential.blob = tally_read_bytes(&cursor, tally_read_be16(&cursor));
	credential.secret = tally_read_bytes(&cursor, tally_read_be16(&cursor));

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = credential;
	return status;
}

void tally_tpm_credential_write(struct tally_writer *writer, const struct tally_tpm_credential *credential)
{
	if (credential->blob.size > UINT16_MAX || credential->secret.size > UINT16_MAX)
		tally_writer_fail(writer, TALLY_OUT_OF_RANGE);
	tally_write_be32(writer, CREDENTIAL_MAGIC);
	tally_write_be32(writer, CREDENTIAL_VERSION);
	tally_write_be16(writer, (uint16_t)credential->blob.size);
	tally_write_bytes(writer, credential->blob);
	tally_write_be16(writer, (uint16_t)credential->secret.size);
	tally_write_bytes(writer, credential->secret);
}
