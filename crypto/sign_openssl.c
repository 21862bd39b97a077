// SPDX-License-Identifier: BSD-2-Clause
/* Signatures by OpenSSL. */
#include "key_openssl.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "../core/cursor.h"

#define SCALAR_SIZE (TALLY_ES384_SIZE / 2)
#define CURVE_COUNT (TALLY_KEY_P521 - TALLY_KEY_P256 + 1)
#define DER_SEQUENCE 0x30
#define DER_INTEGER 0x02
#define DER_LENGTH_OF_ONE 0x81

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

static EVP_MD *hash256, *hash384, *hash512;

/* Fetched by name, for good: what EVP_sha384() and its kin give is looked up at every use. */
static void hashes_fetch(void)
{
	hash256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	hash384 = EVP_MD_fetch(NULL, "SHA2-384", NULL);
	hash512 = EVP_MD_fetch(NULL, "SHA2-512", NULL);
}

static const EVP_MD *rsa_hash(uint16_t alg)
{
	static pthread_once_t hashes_once = PTHREAD_ONCE_INIT;

	pthread_once(&hashes_once, hashes_fetch);
	switch (alg) {
	case TALLY_SHA256:
		return hash256 ? hash256 : EVP_sha256();
	case TALLY_SHA384:
		return hash384 ? hash384 : EVP_sha384();
	case TALLY_SHA512:
		return hash512 ? hash512 : EVP_sha512();
	default:
		return NULL;
	}
}

/* Those that signatures are made of; SHA-1 is not among them. */
static bool is_signed_hash(uint16_t alg)
{
	return alg == TALLY_SHA256 || alg == TALLY_SHA384 || alg == TALLY_SHA512;
}

static bool is_rsa_form(enum tally_signature_form form)
{
	return form == TALLY_SIGNATURE_RSA_PKCS1 || form == TALLY_SIGNATURE_RSA_PSS;
}

/* The signature with the public key applied is an encoded hash. spec: RFC 8017, 8.1.2 */
static bool fits_pss(RSA *rsa, const EVP_MD *hash, const struct tally_digest *digest, size_t salt_size,
		     struct tally_bytes signature)
{
	uint8_t encoded[TALLY_OPENSSL_RSA_LIMIT];
	int size = (int)signature.size;

	return signature.size <= sizeof(encoded) && salt_size <= sizeof(encoded) &&
	       RSA_public_decrypt(size, signature.data, encoded, rsa, RSA_NO_PADDING) == size &&
	       RSA_verify_PKCS1_PSS_mgf1(rsa, digest->bytes, hash, hash, encoded, (int)salt_size) == 1;
}

static enum tally_status check_rsa(const struct tally_key *key, const struct tally_signature_scheme *scheme,
				   struct tally_bytes message, struct tally_bytes signature)
{
	const EVP_MD *hash = rsa_hash(scheme->alg);
	struct tally_digest digest = { .alg = scheme->alg };
	struct tally_hash_job job = { scheme->alg, { message }, digest.bytes };
	enum tally_status status = tally_env_hash(&job, 1);
	RSA *rsa = status == TALLY_OK ? EVP_PKEY_get1_RSA(key->pkey) : NULL;
	bool fits;

	if (!rsa)
		return status == TALLY_OK ? tally_openssl_failure(TALLY_CRYPTO) : status;
	if (scheme->form == TALLY_SIGNATURE_RSA_PSS)
		fits = fits_pss(rsa, hash, &digest, scheme->salt_size, signature);
	else
		fits = RSA_verify(EVP_MD_get_type(hash), digest.bytes, (unsigned)tally_digest_bytes(&digest).size,
				  signature.data, (unsigned)signature.size, rsa) == 1;
	RSA_free(rsa);
	return fits ? TALLY_OK : tally_openssl_failure(TALLY_CHECKSUM);
}

/* An INTEGER of ECDSA-Sig-Value in its one encoding, without its sign; a failure latches. spec: X.690, 8.3 */
static struct tally_bytes read_scalar(struct tally_cursor *sequence)
{
	struct tally_cursor content;
	struct tally_bytes scalar;

	if (tally_read_u8(sequence) != DER_INTEGER)
		tally_fail(sequence, TALLY_CHECKSUM);
	/* Scalars of all curves have less than 128 bytes. */
	content = tally_read_nested(sequence, tally_read_u8(sequence));
	scalar = tally_read_rest(&content);
	tally_leave(sequence, &content);
	if (scalar.size == 0 || scalar.data[0] >= 0x80 ||
	    (scalar.size > 1 && scalar.data[0] == 0 && scalar.data[1] < 0x80))
		tally_fail(sequence, TALLY_CHECKSUM);
	return scalar;
}

/* ECDSA-Sig-Value in DER, and nothing behind it. */
static bool read_scalars(struct tally_bytes signature, struct tally_bytes ret[2])
{
	struct tally_cursor cursor = tally_cursor(signature);
	struct tally_cursor sequence;
	uint8_t size;

	if (tally_read_u8(&cursor) != DER_SEQUENCE)
		tally_fail(&cursor, TALLY_CHECKSUM);
	size = tally_read_u8(&cursor);
	/* Only those of P-521 need a length of two bytes. */
	if (size == DER_LENGTH_OF_ONE) {
		size = tally_read_u8(&cursor);
		if (size < 0x80)
			tally_fail(&cursor, TALLY_CHECKSUM);
	} else if (size > DER_LENGTH_OF_ONE) {
		tally_fail(&cursor, TALLY_CHECKSUM);
	}
	sequence = tally_read_nested(&cursor, size);
	ret[0] = read_scalar(&sequence);
	ret[1] = read_scalar(&sequence);
	tally_leave(&cursor, &sequence);
	return tally_cursor_end(&cursor) == TALLY_OK;
}

/*
 * OpenSSL checks with a key whose group is the key's own, and that copy costs more than the point does: each thread has
 * one key for each curve, and the point of the moment is put in.
 */
struct checkers {
	EC_KEY *key[CURVE_COUNT];
};

static pthread_key_t checkers_key;
static bool checkers_key_exists;
static _Thread_local struct checkers *thread_checkers;

static void checkers_free(void *memory)
{
	struct checkers *checkers = memory;

	for (size_t i = 0; i < CURVE_COUNT; i++)
		EC_KEY_free(checkers->key[i]);
	free(checkers);
	thread_checkers = NULL;
}

static void checkers_key_create(void)
{
	checkers_key_exists = pthread_key_create(&checkers_key, checkers_free) == 0;
}

static struct checkers *checkers_get(void)
{
	static pthread_once_t checkers_once = PTHREAD_ONCE_INIT;

	if (thread_checkers)
		return thread_checkers;
	pthread_once(&checkers_once, checkers_key_create);
	thread_checkers = checkers_key_exists ? calloc(1, sizeof(*thread_checkers)) : NULL;
	if (thread_checkers && pthread_setspecific(checkers_key, thread_checkers) != 0)
		checkers_free(thread_checkers);
	return thread_checkers;
}

/* This thread's key with that point; NULL if there is no memory. */
static EC_KEY *checker_of(const struct tally_key *key)
{
	struct checkers *checkers = checkers_get();
	EC_KEY **checker = checkers ? &checkers->key[key->kind - TALLY_KEY_P256] : NULL;

	if (checker && !*checker) {
		*checker = EC_KEY_new();
		if (*checker && EC_KEY_set_group(*checker, tally_openssl_group(key)) != 1) {
			EC_KEY_free(*checker);
			*checker = NULL;
		}
	}
	return checker && *checker && EC_KEY_set_public_key(*checker, key->point) == 1 ? *checker : NULL;
}

/* spec: SEC 1, 4.1.4; r and s of 0 or not below the order are refused there. */
static enum tally_status check_scalars(const struct tally_key *key, const struct tally_digest *digest,
				       const struct tally_bytes scalar[2])
{
	struct tally_bytes hash = tally_digest_bytes(digest);
	EC_KEY *checker = checker_of(key);
	ECDSA_SIG *signature = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(scalar[0].data, (int)scalar[0].size, NULL);
	BIGNUM *s = BN_bin2bn(scalar[1].data, (int)scalar[1].size, NULL);
	enum tally_status status;
	int verdict;

	if (!checker || !signature || !r || !s || ECDSA_SIG_set0(signature, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(signature);
		return tally_openssl_failure(checker ? TALLY_CRYPTO : TALLY_NO_MEMORY);
	}
	/* -1 is what it says of some wrong signatures, too: nothing but 1 is a yes. */
	verdict = ECDSA_do_verify(hash.data, (int)hash.size, signature, checker);
	status = verdict == 1 ? TALLY_OK : tally_openssl_failure(TALLY_CHECKSUM);
	ECDSA_SIG_free(signature);
	return status;
}

static enum tally_status check_ecdsa(const struct tally_key *key, const struct tally_signature_scheme *scheme,
				     struct tally_bytes message, struct tally_bytes signature)
{
	size_t size = tally_key_size(key);
	struct tally_digest digest = { .alg = scheme->alg };
	struct tally_hash_job job = { scheme->alg, { message }, digest.bytes };
	struct tally_bytes scalar[2] = { { signature.data, size }, { signature.data + size, size } };
	enum tally_status status;

	if (scheme->form == TALLY_SIGNATURE_ECDSA_RAW ? signature.size != 2 * size : !read_scalars(signature, scalar))
		return scheme->form == TALLY_SIGNATURE_ECDSA_RAW ? TALLY_DIGEST_SIZE : TALLY_CHECKSUM;
	status = tally_env_hash(&job, 1);
	return status == TALLY_OK ? check_scalars(key, &digest, scalar) : status;
}

enum tally_status tally_signature_check(const struct tally_key *key, const struct tally_signature_scheme *scheme,
					struct tally_bytes message, struct tally_bytes signature)
{
	if (scheme->key != key->kind || is_rsa_form(scheme->form) != (key->kind == TALLY_KEY_RSA))
		return TALLY_INVALID;
	if (!is_signed_hash(scheme->alg))
		return TALLY_UNKNOWN_ALGORITHM;
	if (!is_rsa_form(scheme->form))
		return check_ecdsa(key, scheme, message, signature);
	if (signature.size != tally_key_size(key))
		return TALLY_DIGEST_SIZE;
	return check_rsa(key, scheme, message, signature);
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
