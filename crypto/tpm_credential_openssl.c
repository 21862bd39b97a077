// SPDX-License-Identifier: BSD-2-Clause
/* TPM2_MakeCredential by OpenSSL. */
#include "tpm_credential.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "key_openssl.h"

#define SEED_LABEL "IDENTITY" /* labels count with their NUL. spec: TPM 2.0 part 1, 11.4.10.2 */
#define COORDINATE_LIMIT 48
#define RSA_SIZE_LIMIT 512
#define NAME_LIMIT (2 + TALLY_DIGEST_LIMIT)
#define MESSAGE_LIMIT (4 + 16 + NAME_LIMIT + 4)

/* The seed that both sides share, from which the two keys of the credential are derived. */
struct seed {
	uint8_t bytes[TALLY_DIGEST_LIMIT];
	size_t size;
};

static const char *hash_name(uint16_t alg)
{
	switch (alg) {
	case TALLY_SHA256:
		return "SHA256";
	case TALLY_SHA384:
		return "SHA384";
	case TALLY_SHA512:
		return "SHA512";
	default:
		return NULL;
	}
}

static bool hmac(uint16_t alg, struct tally_bytes key, struct tally_bytes message, uint8_t ret[TALLY_DIGEST_LIMIT])
{
	size_t size;

	return EVP_Q_mac(NULL, "HMAC", NULL, hash_name(alg), NULL, key.data, key.size, message.data, message.size, ret,
			 TALLY_DIGEST_LIMIT, &size) != NULL;
}

/* KDFa with one round: no key is longer than its digest. spec: TPM 2.0 part 1, 11.4.10.2 */
static bool derive_key(uint16_t alg, const struct seed *seed, const char *label, struct tally_bytes context,
		       uint16_t bits, uint8_t ret[TALLY_DIGEST_LIMIT])
{
	uint8_t message[MESSAGE_LIMIT];
	struct tally_writer writer = tally_writer(message, sizeof(message));

	tally_write_be32(&writer, 1);
	tally_write_bytes(&writer, tally_bytes(label, strlen(label) + 1));
	tally_write_bytes(&writer, context);
	tally_write_be32(&writer, bits);
	return writer.status == TALLY_OK &&
	       hmac(alg, tally_bytes(seed->bytes, seed->size), tally_written(&writer), ret);
}

/* AES-CFB over the sized secret, with an IV of zeros: the key is used once. */
static bool encrypt_secret(uint16_t aes_bits, const uint8_t *key, struct tally_bytes secret,
			   uint8_t ret[2 + TALLY_CREDENTIAL_LIMIT])
{
	static const uint8_t iv[16];
	uint8_t plain[2 + TALLY_CREDENTIAL_LIMIT];
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	struct tally_writer writer = tally_writer(plain, sizeof(plain));
	bool is_done;
	int size = 0;

	tally_write_be16(&writer, (uint16_t)secret.size);
	tally_write_bytes(&writer, secret);
	is_done = context &&
		  EVP_EncryptInit_ex2(context, aes_bits == 128 ? EVP_aes_128_cfb128() : EVP_aes_256_cfb128(), key, iv,
				      NULL) == 1 &&
		  EVP_EncryptUpdate(context, ret, &size, plain, (int)writer.size) == 1 && (size_t)size == writer.size;
	EVP_CIPHER_CTX_free(context);
	OPENSSL_cleanse(plain, sizeof(plain));
	return is_done;
}

/* TPMS_ID_OBJECT: the integrity HMAC, sized, and the encrypted secret. */
static enum tally_status write_blob(const struct tally_credential_key *ek, const struct seed *seed,
				    struct tally_bytes object_name, struct tally_bytes secret,
				    struct tally_writer *blob)
{
	uint8_t key[TALLY_DIGEST_LIMIT];
	uint8_t digest[TALLY_DIGEST_LIMIT];
	uint8_t message[2 + TALLY_CREDENTIAL_LIMIT + NAME_LIMIT];
	size_t hash_size = tally_alg_size(ek->name_alg);
	size_t size = 2 + secret.size;
	bool is_done =
		derive_key(ek->name_alg, seed, "STORAGE", object_name, ek->aes_bits, key) &&
		encrypt_secret(ek->aes_bits, key, secret, message) &&
		derive_key(ek->name_alg, seed, "INTEGRITY", tally_bytes(NULL, 0), (uint16_t)(8 * hash_size), key);

	memcpy(message + size, object_name.data, object_name.size);
	is_done = is_done && hmac(ek->name_alg, tally_bytes(key, hash_size),
				  tally_bytes(message, size + object_name.size), digest);
	OPENSSL_cleanse(key, sizeof(key));
	if (!is_done)
		return tally_openssl_failure(TALLY_CRYPTO);
	tally_write_be16(blob, (uint16_t)hash_size);
	tally_write_bytes(blob, tally_bytes(digest, hash_size));
	tally_write_bytes(blob, tally_bytes(message, size));
	return blob->status;
}

/* A random seed, encrypted by OAEP with the EK's hash. spec: TPM 2.0 part 1, B.10.4 */
static enum tally_status share_seed_rsa(const struct tally_credential_key *ek, const struct seed *seed,
					struct tally_writer *encrypted)
{
	char *hash = (char *)(uintptr_t)hash_name(ek->name_alg);
	char label[] = SEED_LABEL;
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_PAD_MODE,
						 (char *)(uintptr_t)OSSL_PKEY_RSA_PAD_MODE_OAEP, 0),
		OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, hash, 0),
		OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, hash, 0),
		OSSL_PARAM_construct_octet_string(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, label, sizeof(label)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, ek->key->pkey, NULL);
	uint8_t bytes[RSA_SIZE_LIMIT];
	size_t size = sizeof(bytes);
	bool is_done = context && EVP_PKEY_encrypt_init_ex(context, parameters) == 1 &&
		       EVP_PKEY_encrypt(context, bytes, &size, seed->bytes, seed->size) == 1;

	EVP_PKEY_CTX_free(context);
	if (!is_done)
		return tally_openssl_failure(TALLY_CRYPTO);
	tally_write_bytes(encrypted, tally_bytes(bytes, size));
	return encrypted->status;
}

/* x of a public point, with its leading zeros. */
static bool point_x(const EVP_PKEY *pkey, const char *name, size_t size, uint8_t ret[COORDINATE_LIMIT])
{
	BIGNUM *number = NULL;
	bool is_done =
		EVP_PKEY_get_bn_param(pkey, name, &number) == 1 && BN_bn2binpad(number, ret, (int)size) == (int)size;

	BN_free(number);
	return is_done;
}

static bool shared_x(EVP_PKEY *own, EVP_PKEY *peer, size_t size, uint8_t ret[COORDINATE_LIMIT])
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	size_t got = size;
	bool is_done = context && EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, peer) == 1 &&
		       EVP_PKEY_derive(context, ret, &got) == 1 && got == size;

	EVP_PKEY_CTX_free(context);
	return is_done;
}

/* KDFe with one round, over the shared point and the x of both. spec: TPM 2.0 part 1, 11.4.10.3 */
static enum tally_status derive_seed(const struct tally_credential_key *ek, const uint8_t *z, const uint8_t *own,
				     const uint8_t *peer, struct seed *ret)
{
	uint8_t message[4 + sizeof(SEED_LABEL) + 3 * COORDINATE_LIMIT];
	struct tally_writer writer = tally_writer(message, sizeof(message));
	size_t size = tally_key_size(ek->key);
	struct tally_hash_job job = { ek->name_alg, { { NULL, 0 } }, ret->bytes };
	enum tally_status status;

	tally_write_be32(&writer, 1);
	tally_write_bytes(&writer, tally_bytes(z, size));
	tally_write_bytes(&writer, tally_bytes(SEED_LABEL, sizeof(SEED_LABEL)));
	tally_write_bytes(&writer, tally_bytes(own, size));
	tally_write_bytes(&writer, tally_bytes(peer, size));
	job.parts[0] = tally_written(&writer);
	status = tally_env_hash(&job, 1);
	OPENSSL_cleanse(message, sizeof(message));
	return status;
}

/* A point of one use, TPMS_ECC_POINT, and the seed that it shares with the EK. */
static enum tally_status share_seed_ecc(const struct tally_credential_key *ek, struct seed *seed,
					struct tally_writer *encrypted)
{
	const char *group = tally_key_kind(ek->key) == TALLY_KEY_P256 ? "P-256" : "P-384";
	size_t size = tally_key_size(ek->key);
	EVP_PKEY *own = EVP_PKEY_Q_keygen(NULL, NULL, "EC", group);
	EVP_PKEY *other = tally_openssl_pkey(ek->key);
	uint8_t z[COORDINATE_LIMIT], x[COORDINATE_LIMIT], y[COORDINATE_LIMIT], peer[COORDINATE_LIMIT];
	bool is_done = own && other && point_x(own, OSSL_PKEY_PARAM_EC_PUB_X, size, x) &&
		       point_x(own, OSSL_PKEY_PARAM_EC_PUB_Y, size, y) &&
		       point_x(other, OSSL_PKEY_PARAM_EC_PUB_X, size, peer) && shared_x(own, other, size, z);
	enum tally_status status;

	EVP_PKEY_free(own);
	EVP_PKEY_free(other);
	if (!is_done)
		return tally_openssl_failure(TALLY_CRYPTO);
	status = derive_seed(ek, z, x, peer, seed);
	OPENSSL_cleanse(z, sizeof(z));
	if (status != TALLY_OK)
		return status;
	tally_write_be16(encrypted, (uint16_t)size);
	tally_write_bytes(encrypted, tally_bytes(x, size));
	tally_write_be16(encrypted, (uint16_t)size);
	tally_write_bytes(encrypted, tally_bytes(y, size));
	return encrypted->status;
}

static bool is_usable(const struct tally_credential_key *ek)
{
	enum tally_key_kind kind = tally_key_kind(ek->key);

	return hash_name(ek->name_alg) && (ek->aes_bits == 128 || ek->aes_bits == 256) &&
	       (kind == TALLY_KEY_P256 || kind == TALLY_KEY_P384 ||
		(kind == TALLY_KEY_RSA && tally_key_size(ek->key) <= RSA_SIZE_LIMIT));
}

enum tally_status tally_credential_make(const struct tally_credential_key *ek, struct tally_bytes object_name,
					struct tally_bytes secret, struct tally_writer *blob,
					struct tally_writer *encrypted_seed)
{
	struct seed seed = { .size = tally_alg_size(ek->name_alg) };
	enum tally_status status;

	if (!is_usable(ek))
		return TALLY_UNSUPPORTED;
	if (object_name.size > NAME_LIMIT || secret.size == 0 || secret.size > TALLY_CREDENTIAL_LIMIT)
		return TALLY_INVALID;
	if (tally_key_kind(ek->key) == TALLY_KEY_RSA) {
		status = tally_random(seed.bytes, seed.size);
		if (status == TALLY_OK)
			status = share_seed_rsa(ek, &seed, encrypted_seed);
	} else {
		status = share_seed_ecc(ek, &seed, encrypted_seed);
	}
	if (status == TALLY_OK)
		status = write_blob(ek, &seed, object_name, secret, blob);
	OPENSSL_cleanse(&seed, sizeof(seed));
	return status;
}
