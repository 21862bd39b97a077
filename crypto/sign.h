/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures and keys: one small interface, one adapter per library (openssl.c). */
#ifndef TALLY_CRYPTO_SIGN_H
#define TALLY_CRYPTO_SIGN_H

#include "../core/digest.h"

#define TALLY_SPKI_SHA256_SIZE 32

struct tally_key;

/* RSA moduli have 2048 to 8192 bits. */
enum tally_key_kind { TALLY_KEY_P256 = 1, TALLY_KEY_P384, TALLY_KEY_P521, TALLY_KEY_RSA };

enum tally_key_kind tally_key_kind(const struct tally_key *key);

/* Bytes of a coordinate and of r and s; of an RSA modulus. */
size_t tally_key_size(const struct tally_key *key);

/* The same public key. */
bool tally_key_equal(const struct tally_key *a, const struct tally_key *b);

/* A new P-384 key pair. TALLY_CRYPTO, TALLY_NO_MEMORY. The caller frees *ret with tally_key_free. */
TALLY_MUST_CHECK enum tally_status tally_key_generate(struct tally_key **ret);

/* The private key as unencrypted PKCS #8 PEM; *ret_pem is NUL-terminated and freed by the caller with free(). */
TALLY_MUST_CHECK enum tally_status tally_key_to_pem(const struct tally_key *key, char **ret_pem, size_t *ret_size);

/* A private or public key from PEM. TALLY_UNSUPPORTED for text that is no key or none of enum tally_key_kind. */
TALLY_MUST_CHECK enum tally_status tally_key_from_pem(struct tally_bytes pem, struct tally_key **ret);

/* A public key from a DER SubjectPublicKeyInfo; trailing bytes are TALLY_TRAILING. */
TALLY_MUST_CHECK enum tally_status tally_key_from_spki(struct tally_bytes spki, struct tally_key **ret);

/* A public key from x || y, big-endian, each of the curve's size. TALLY_UNSUPPORTED for a point that is not on the curve. */
TALLY_MUST_CHECK enum tally_status tally_key_from_point(enum tally_key_kind kind, struct tally_bytes point,
							struct tally_key **ret);

/* A public RSA key from modulus and exponent, big-endian. TALLY_UNSUPPORTED for a size or exponent that is not allowed. */
TALLY_MUST_CHECK enum tally_status tally_key_from_rsa(struct tally_bytes modulus, struct tally_bytes exponent,
						      struct tally_key **ret);

/* DER SubjectPublicKeyInfo; freed with free(). */
TALLY_MUST_CHECK enum tally_status tally_key_spki(const struct tally_key *key, uint8_t **ret, size_t *ret_size);

/* SHA-256 of the DER SubjectPublicKeyInfo: how a policy pins a key. */
TALLY_MUST_CHECK enum tally_status tally_key_fingerprint(const struct tally_key *key,
							 uint8_t ret[TALLY_SPKI_SHA256_SIZE]);

void tally_key_free(struct tally_key *key);

/* ES384 over message: r || s, 96 bytes. TALLY_INVALID for a key that is not a private P-384 key. */
#define TALLY_ES384_SIZE 96
TALLY_MUST_CHECK enum tally_status tally_sign_es384(const struct tally_key *key, struct tally_bytes message,
						    uint8_t ret[TALLY_ES384_SIZE]);

/* How a signature is made. A scheme fits one kind of key, and that is checked before the signature is looked at. */
enum tally_signature_form {
	TALLY_SIGNATURE_ECDSA_RAW = 1, /* r || s, each of tally_key_size bytes */
	TALLY_SIGNATURE_ECDSA_DER,
	TALLY_SIGNATURE_RSA_PKCS1,
	TALLY_SIGNATURE_RSA_PSS /* MGF1 with the same hash */
};

struct tally_signature_scheme {
	enum tally_signature_form form;
	enum tally_key_kind key;
	uint16_t alg;	  /* enum tally_alg: SHA-256, SHA-384 or SHA-512 */
	size_t salt_size; /* RSA_PSS: exactly */
};

/* JOSE's and COSE's. */
extern const struct tally_signature_scheme tally_es256;
extern const struct tally_signature_scheme tally_es384;
extern const struct tally_signature_scheme tally_es512;

/*
 * Check a signature over message. TALLY_CHECKSUM if it does not verify (r or s of 0 or not below the order
 * included), TALLY_DIGEST_SIZE for a raw or RSA signature of another size, TALLY_INVALID for another kind of key,
 * TALLY_UNKNOWN_ALGORITHM for another hash.
 */
TALLY_MUST_CHECK enum tally_status tally_signature_check(const struct tally_key *key,
							 const struct tally_signature_scheme *scheme,
							 struct tally_bytes message, struct tally_bytes signature);

/* Fill with random bytes from the operating system. */
TALLY_MUST_CHECK enum tally_status tally_random(void *ret, size_t size);

#endif
