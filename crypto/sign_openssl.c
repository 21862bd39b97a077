// SPDX-License-Identifier: BSD-2-Clause
/* Signatures and keys by OpenSSL. */
#include "sign.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/random.h>

#include "../core/digest.h"

#define SCALAR_SIZE (TALLY_ES384_SIZE / 2)
#define PEM_LIMIT (64 * 1024)
#define SPKI_LIMIT (16 * 1024)
#define GROUP_NAME_LIMIT 64
#define GROUP_P256 "prime256v1"
#define GROUP_P384 "secp384r1"

struct tally_key {
	EVP_PKEY *pkey;
	bool is_private;
};

/* OpenSSL keeps a queue of errors per thread; what we leave there would surface in somebody else's report. */
static enum tally_status openssl_failure(enum tally_status status)
{
	if (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
		status = TALLY_NO_MEMORY;
	ERR_clear_error();
	return status;
}

static bool key_has_group(const EVP_PKEY *pkey, const char *group)
{
	char name[GROUP_NAME_LIMIT];

	return EVP_PKEY_is_a(pkey, "EC") &&
	       EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name), NULL) == 1 &&
	       strcmp(name, group) == 0;
}

/* Parameters spelt out are refused even where they are those of a named curve: nobody needs them. */
static bool key_has_explicit_parameters(const EVP_PKEY *pkey)
{
	int is_explicit = 1;

	return EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) != 1 ||
	       is_explicit;
}

/* A named curve that we know and a point on it, or RSA. */
static bool key_is_supported(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *context;
	bool is_sound;

	if (EVP_PKEY_is_a(pkey, "RSA"))
		return true;
	if (!key_has_group(pkey, GROUP_P256) && !key_has_group(pkey, GROUP_P384))
		return false;
	if (key_has_explicit_parameters(pkey))
		return false;
	context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	is_sound = context && EVP_PKEY_public_check_quick(context) == 1;
	EVP_PKEY_CTX_free(context);
	return is_sound;
}

/* Takes pkey over, also when it fails. */
static enum tally_status key_wrap(EVP_PKEY *pkey, bool is_private, struct tally_key **ret)
{
	struct tally_key *key = NULL;
	enum tally_status status = TALLY_OK;

	if (!pkey || !key_is_supported(pkey))
		status = openssl_failure(TALLY_UNSUPPORTED);
	else if (!(key = malloc(sizeof(*key))))
		status = TALLY_NO_MEMORY;
	if (status != TALLY_OK) {
		EVP_PKEY_free(pkey);
		return status;
	}
	key->pkey = pkey;
	key->is_private = is_private;
	ERR_clear_error();
	*ret = key;
	return TALLY_OK;
}

enum tally_status tally_key_generate(struct tally_key **ret)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", GROUP_P384);

	return pkey ? key_wrap(pkey, true, ret) : openssl_failure(TALLY_CRYPTO);
}

enum tally_status tally_key_to_pem(const struct tally_key *key, char **ret_pem, size_t *ret_size)
{
	enum tally_status status = TALLY_OK;
	BIO *bio;
	const char *data;
	char *pem = NULL;
	long size;

	if (!key->is_private)
		return TALLY_INVALID;
	bio = BIO_new(BIO_s_secmem());
	if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) != 1) {
		status = openssl_failure(TALLY_CRYPTO);
		goto out;
	}
	size = BIO_get_mem_data(bio, &data);
	pem = size > 0 ? malloc((size_t)size + 1) : NULL;
	if (!pem) {
		status = TALLY_NO_MEMORY;
		goto out;
	}
	memcpy(pem, data, (size_t)size);
	pem[size] = 0;
	*ret_pem = pem;
	*ret_size = (size_t)size;
out:
	BIO_free(bio);
	return status;
}

/* An encrypted key is refused: OpenSSL's own callback would ask on the terminal. */
static int no_password(char *buffer, int size, int is_writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)is_writing;
	(void)context;
	return -1;
}

enum tally_status tally_key_from_pem(struct tally_bytes pem, struct tally_key **ret)
{
	EVP_PKEY *pkey;
	BIO *bio;
	bool is_private = true;

	if (pem.size == 0 || pem.size > PEM_LIMIT)
		return TALLY_UNSUPPORTED;
	bio = BIO_new_mem_buf(pem.data, (int)pem.size);
	if (!bio)
		return openssl_failure(TALLY_NO_MEMORY);
	pkey = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	if (!pkey && BIO_reset(bio) == 1) {
		is_private = false;
		pkey = PEM_read_bio_PUBKEY(bio, NULL, no_password, NULL);
	}
	BIO_free(bio);
	return key_wrap(pkey, is_private, ret);
}

/* The reading must give back the very bytes, or one key would have several fingerprints. */
static enum tally_status spki_check_canonical(const struct tally_key *key, struct tally_bytes spki)
{
	enum tally_status status;
	uint8_t *again;
	size_t size;

	status = tally_key_spki(key, &again, &size);
	if (status != TALLY_OK)
		return status;
	if (!tally_bytes_equal(tally_bytes(again, size), spki))
		status = TALLY_NOT_CANONICAL;
	free(again);
	return status;
}

enum tally_status tally_key_from_spki(struct tally_bytes spki, struct tally_key **ret)
{
	const unsigned char *at = spki.data;
	struct tally_key *key;
	enum tally_status status;
	EVP_PKEY *pkey;

	if (spki.size == 0 || spki.size > SPKI_LIMIT)
		return TALLY_UNSUPPORTED;
	pkey = d2i_PUBKEY(NULL, &at, (long)spki.size);
	if (pkey && at != spki.data + spki.size) {
		EVP_PKEY_free(pkey);
		ERR_clear_error();
		return TALLY_TRAILING;
	}
	status = key_wrap(pkey, false, &key);
	if (status != TALLY_OK)
		return status;
	status = spki_check_canonical(key, spki);
	if (status == TALLY_OK)
		*ret = key;
	else
		tally_key_free(key);
	return status;
}

enum tally_status tally_key_spki(const struct tally_key *key, uint8_t **ret, size_t *ret_size)
{
	unsigned char *der = NULL;
	int size = i2d_PUBKEY(key->pkey, &der);
	uint8_t *copy;

	if (size <= 0)
		return openssl_failure(TALLY_CRYPTO);
	copy = malloc((size_t)size);
	if (copy) {
		memcpy(copy, der, (size_t)size);
		*ret = copy;
		*ret_size = (size_t)size;
	}
	OPENSSL_free(der);
	return copy ? TALLY_OK : TALLY_NO_MEMORY;
}

enum tally_status tally_key_fingerprint(const struct tally_key *key, uint8_t ret[TALLY_SPKI_SHA256_SIZE])
{
	struct tally_hash_job job = { .alg = TALLY_SHA256, .ret_digest = ret };
	enum tally_status status;
	uint8_t *spki;
	size_t size;

	status = tally_key_spki(key, &spki, &size);
	if (status != TALLY_OK)
		return status;
	job.parts[0] = tally_bytes(spki, size);
	status = tally_env_hash(&job, 1);
	free(spki);
	return status;
}

void tally_key_free(struct tally_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

/* DER ECDSA-Sig-Value to r || s of fixed width. */
static bool signature_from_der(const unsigned char *der, size_t size, uint8_t ret[TALLY_ES384_SIZE])
{
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)size);
	const BIGNUM *r = NULL;
	const BIGNUM *s = NULL;
	bool fits;

	if (!signature)
		return false;
	ECDSA_SIG_get0(signature, &r, &s);
	fits = BN_bn2binpad(r, ret, SCALAR_SIZE) == SCALAR_SIZE &&
	       BN_bn2binpad(s, ret + SCALAR_SIZE, SCALAR_SIZE) == SCALAR_SIZE;
	ECDSA_SIG_free(signature);
	return fits;
}

enum tally_status tally_sign_es384(const struct tally_key *key, struct tally_bytes message,
				   uint8_t ret[TALLY_ES384_SIZE])
{
	unsigned char der[TALLY_ES384_SIZE + 16]; /* a sequence of two integers: at most 104 bytes */
	size_t size = sizeof(der);
	EVP_MD_CTX *context;
	bool is_signed;

	if (!key->is_private || !key_has_group(key->pkey, GROUP_P384))
		return TALLY_INVALID;
	context = EVP_MD_CTX_new();
	is_signed = context && EVP_DigestSignInit(context, NULL, EVP_sha384(), NULL, key->pkey) == 1 &&
		    EVP_DigestSign(context, der, &size, message.data, message.size) == 1 &&
		    signature_from_der(der, size, ret);
	EVP_MD_CTX_free(context);
	return is_signed ? TALLY_OK : openssl_failure(TALLY_CRYPTO);
}

/* r || s to DER; *ret_der is freed with OPENSSL_free. The size, or 0. */
static size_t signature_to_der(const uint8_t raw[TALLY_ES384_SIZE], unsigned char **ret_der)
{
	ECDSA_SIG *signature = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, SCALAR_SIZE, NULL);
	BIGNUM *s = BN_bin2bn(raw + SCALAR_SIZE, SCALAR_SIZE, NULL);
	int size = 0;

	if (signature && r && s && ECDSA_SIG_set0(signature, r, s) == 1) {
		/* The signature owns them now. */
		r = NULL;
		s = NULL;
		size = i2d_ECDSA_SIG(signature, ret_der);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(signature);
	return size > 0 ? (size_t)size : 0;
}

enum tally_status tally_verify_es384(const struct tally_key *key, struct tally_bytes message,
				     struct tally_bytes signature)
{
	EVP_MD_CTX *context = NULL;
	unsigned char *der = NULL;
	enum tally_status status;
	size_t size;

	if (!key_has_group(key->pkey, GROUP_P384))
		return TALLY_INVALID;
	if (signature.size != TALLY_ES384_SIZE)
		return TALLY_DIGEST_SIZE;
	size = signature_to_der(signature.data, &der);
	context = EVP_MD_CTX_new();
	if (size == 0 || !context || EVP_DigestVerifyInit(context, NULL, EVP_sha384(), NULL, key->pkey) != 1)
		status = openssl_failure(TALLY_CRYPTO);
	else if (EVP_DigestVerify(context, der, size, message.data, message.size) == 1)
		status = TALLY_OK;
	else
		status = openssl_failure(TALLY_CHECKSUM);
	EVP_MD_CTX_free(context);
	OPENSSL_free(der);
	return status;
}

enum tally_status tally_random(void *ret, size_t size)
{
	uint8_t *to = ret;

	while (size > 0) {
		ssize_t got = getrandom(to, size, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return TALLY_SYSTEM;
		to += got;
		size -= (size_t)got;
	}
	return TALLY_OK;
}
