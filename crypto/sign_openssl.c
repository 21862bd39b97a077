// SPDX-License-Identifier: BSD-2-Clause
/* Signatures by OpenSSL. */
#include "key_openssl.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <sys/random.h>

#define SCALAR_SIZE (TALLY_ES384_SIZE / 2)

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

	if (!key->is_private || key->kind != TALLY_KEY_P384)
		return TALLY_INVALID;
	context = EVP_MD_CTX_new();
	is_signed = context && EVP_DigestSignInit(context, NULL, EVP_sha384(), NULL, key->pkey) == 1 &&
		    EVP_DigestSign(context, der, &size, message.data, message.size) == 1 &&
		    signature_from_der(der, size, ret);
	EVP_MD_CTX_free(context);
	return is_signed ? TALLY_OK : tally_openssl_failure(TALLY_CRYPTO);
}

const struct tally_signature_scheme tally_es256 = { TALLY_SIGNATURE_ECDSA_RAW, TALLY_KEY_P256, TALLY_SHA256, 0 };
const struct tally_signature_scheme tally_es384 = { TALLY_SIGNATURE_ECDSA_RAW, TALLY_KEY_P384, TALLY_SHA384, 0 };
const struct tally_signature_scheme tally_es512 = { TALLY_SIGNATURE_ECDSA_RAW, TALLY_KEY_P521, TALLY_SHA512, 0 };

/* r || s, each of size bytes, to DER; *ret_der is freed with OPENSSL_free. The size, or 0. */
static size_t signature_to_der(const uint8_t *raw, size_t size, unsigned char **ret_der)
{
	ECDSA_SIG *signature = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, (int)size, NULL);
	BIGNUM *s = BN_bin2bn(raw + size, (int)size, NULL);
	int der_size = 0;

	if (signature && r && s && ECDSA_SIG_set0(signature, r, s) == 1) {
		/* The signature owns them now. */
		r = NULL;
		s = NULL;
		der_size = i2d_ECDSA_SIG(signature, ret_der);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(signature);
	return der_size > 0 ? (size_t)der_size : 0;
}

static const EVP_MD *scheme_hash(const struct tally_signature_scheme *scheme)
{
	switch (scheme->alg) {
	case TALLY_SHA256:
		return EVP_sha256();
	case TALLY_SHA384:
		return EVP_sha384();
	case TALLY_SHA512:
		return EVP_sha512();
	default:
		return NULL;
	}
}

static bool is_rsa_form(enum tally_signature_form form)
{
	return form == TALLY_SIGNATURE_RSA_PKCS1 || form == TALLY_SIGNATURE_RSA_PSS;
}

static bool set_padding(EVP_PKEY_CTX *context, const struct tally_signature_scheme *scheme, const EVP_MD *hash)
{
	if (scheme->form == TALLY_SIGNATURE_RSA_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
	if (scheme->form == TALLY_SIGNATURE_RSA_PSS)
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)scheme->salt_size) == 1;
	return true;
}

/* The signature in the form that OpenSSL takes. */
static enum tally_status check_encoded(const struct tally_key *key, const struct tally_signature_scheme *scheme,
				       const EVP_MD *hash, struct tally_bytes message, struct tally_bytes signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *padding = NULL;
	enum tally_status status;

	if (!context || EVP_DigestVerifyInit(context, &padding, hash, NULL, key->pkey) != 1 ||
	    !set_padding(padding, scheme, hash))
		status = tally_openssl_failure(TALLY_CRYPTO);
	else if (EVP_DigestVerify(context, signature.data, signature.size, message.data, message.size) == 1)
		status = TALLY_OK;
	else
		status = tally_openssl_failure(TALLY_CHECKSUM);
	EVP_MD_CTX_free(context);
	return status;
}

static enum tally_status check_raw(const struct tally_key *key, const struct tally_signature_scheme *scheme,
				   const EVP_MD *hash, struct tally_bytes message, struct tally_bytes signature)
{
	unsigned char *der = NULL;
	enum tally_status status;
	size_t size = signature_to_der(signature.data, signature.size / 2, &der);

	if (size == 0)
		return tally_openssl_failure(TALLY_CRYPTO);
	status = check_encoded(key, scheme, hash, message, tally_bytes(der, size));
	OPENSSL_free(der);
	return status;
}

enum tally_status tally_signature_check(const struct tally_key *key, const struct tally_signature_scheme *scheme,
					struct tally_bytes message, struct tally_bytes signature)
{
	const EVP_MD *hash = scheme_hash(scheme);

	if (scheme->key != key->kind || is_rsa_form(scheme->form) != (key->kind == TALLY_KEY_RSA))
		return TALLY_INVALID;
	if (!hash)
		return TALLY_UNKNOWN_ALGORITHM;
	if (scheme->form == TALLY_SIGNATURE_ECDSA_RAW && signature.size != 2 * tally_key_size(key))
		return TALLY_DIGEST_SIZE;
	if (is_rsa_form(scheme->form) && signature.size != tally_key_size(key))
		return TALLY_DIGEST_SIZE;
	if (scheme->form == TALLY_SIGNATURE_ECDSA_RAW)
		return check_raw(key, scheme, hash, message, signature);
	return check_encoded(key, scheme, hash, message, signature);
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
