// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The public part of a TPM's key, and the name that it gives the key. */
#include "tpm_public.h"

#define SCHEME_RSAES 0x0015
#define SCHEME_OAEP 0x0017
#define SCHEME_ECDH 0x0019
#define SYMMETRIC_XOR 0x000a

/* TPM2B: a size of two bytes and so many bytes. */
static struct tally_bytes read_public_bytes(struct tally_cursor *cursor)
{
	return tally_read_bytes(cursor, tally_read_be16(cursor));
}

/* TPMT_SYM_DEF_OBJECT. spec: TPM 2.0 part 2, 11.1.7 */
static void read_symmetric(struct tally_cursor *cursor, struct tally_tpm_public *key)
{
	key->symmetric = tally_read_be16(cursor);
	if (key->symmetric == TALLY_TPM_NULL)
		return;
	if (key->symmetric == SYMMETRIC_XOR)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	key->symmetric_bits = tally_read_be16(cursor);
	key->symmetric_mode = tally_read_be16(cursor);
}

/* TPMT_RSA_SCHEME and TPMT_ECC_SCHEME: all that are known have a hash, but for null and RSAES. */
static void read_key_scheme(struct tally_cursor *cursor, struct tally_tpm_public *key)
{
	key->scheme = tally_read_be16(cursor);
	switch (key->scheme) {
	case TALLY_TPM_NULL:
	case SCHEME_RSAES:
		return;
	case TALLY_TPM_RSASSA:
	case TALLY_TPM_RSAPSS:
	case TALLY_TPM_ECDSA:
	case SCHEME_OAEP:
	case SCHEME_ECDH:
		key->scheme_hash = tally_read_be16(cursor);
		return;
	default:
		tally_fail(cursor, TALLY_UNSUPPORTED);
	}
}

/* TPMS_RSA_PARMS and the modulus. */
static void read_rsa_key(struct tally_cursor *cursor, struct tally_tpm_public *key)
{
	read_symmetric(cursor, key);
	read_key_scheme(cursor, key);
	key->key_bits = tally_read_be16(cursor);
	key->exponent = tally_read_be32(cursor);
	key->modulus = read_public_bytes(cursor);
}

/* TPMS_ECC_PARMS and the point. */
static void read_ecc_key(struct tally_cursor *cursor, struct tally_tpm_public *key)
{
	read_symmetric(cursor, key);
	read_key_scheme(cursor, key);
	key->curve = tally_read_be16(cursor);
	key->kdf = tally_read_be16(cursor);
	if (key->kdf != TALLY_TPM_NULL)
		key->kdf_hash = tally_read_be16(cursor);
	key->x = read_public_bytes(cursor);
	key->y = read_public_bytes(cursor);
}

enum tally_status tally_tpm_public_read(struct tally_bytes bytes, struct tally_tpm_public *ret)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	struct tally_tpm_public key;
	enum tally_status status;

	memset(&key, 0, sizeof(key));
	key.bytes = bytes;
	key.type = tally_read_be16(&cursor);
	key.name_alg = tally_read_be16(&cursor);
	key.attributes = tally_read_be32(&cursor);
	key.auth_policy = read_public_bytes(&cursor);
	if (key.type == TALLY_TPM_RSA)
		read_rsa_key(&cursor, &key);
	else if (key.type == TALLY_TPM_ECC)
		read_ecc_key(&cursor, &key);
	else
		tally_fail(&cursor, TALLY_UNSUPPORTED);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = key;
	return status;
}

enum tally_status tally_tpm2b_public_read(struct tally_bytes bytes, struct tally_tpm_public *ret)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	struct tally_bytes inner = read_public_bytes(&cursor);
	enum tally_status status = tally_cursor_end(&cursor);

	return status == TALLY_OK ? tally_tpm_public_read(inner, ret) : status;
}

enum tally_status tally_tpm_public_name(const struct tally_tpm_public *key, uint8_t ret[TALLY_TPM_NAME_LIMIT],
					size_t *ret_size)
{
	struct tally_hash_job job = { key->name_alg, { key->bytes, { NULL, 0 }, { NULL, 0 } }, ret + 2 };
	size_t size = tally_alg_size(key->name_alg);
	enum tally_status status = size == 0 ? TALLY_UNKNOWN_ALGORITHM : tally_env_hash(&job, 1);

	if (status != TALLY_OK)
		return status;
	ret[0] = (uint8_t)(key->name_alg >> 8);
	ret[1] = (uint8_t)key->name_alg;
	*ret_size = 2 + size;
	return TALLY_OK;
}
