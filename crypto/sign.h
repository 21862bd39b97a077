/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures and keys: one small interface, one adapter per library (openssl.c). */
#ifndef TALLY_CRYPTO_SIGN_H
#define TALLY_CRYPTO_SIGN_H

#include "../core/env.h"

#define TALLY_SPKI_SHA256_SIZE 32

struct tally_key;

/* A new P-384 key pair. TALLY_CRYPTO, TALLY_NO_MEMORY. The caller frees *ret with tally_key_free. */
TALLY_MUST_CHECK enum tally_status tally_key_generate(struct tally_key **ret);

/* The private key as unencrypted PKCS #8 PEM; *ret_pem is NUL-terminated and freed by the caller with free(). */
TALLY_MUST_CHECK enum tally_status tally_key_to_pem(const struct tally_key *key, char **ret_pem, size_t *ret_size);

/* A private or public key from PEM. TALLY_UNSUPPORTED for text that is no key or another kind than EC P-256, P-384 or RSA. */
TALLY_MUST_CHECK enum tally_status tally_key_from_pem(struct tally_bytes pem, struct tally_key **ret);

/* A public key from a DER SubjectPublicKeyInfo; trailing bytes are TALLY_TRAILING. */
TALLY_MUST_CHECK enum tally_status tally_key_from_spki(struct tally_bytes spki, struct tally_key **ret);

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

/*
 * Check an ES384 signature r || s. TALLY_CHECKSUM if it does not verify (r or s of 0 or not below the
 * order included), TALLY_DIGEST_SIZE for another size, TALLY_INVALID for another kind of key.
 */
TALLY_MUST_CHECK enum tally_status tally_verify_es384(const struct tally_key *key, struct tally_bytes message,
						      struct tally_bytes signature);

/* Fill with random bytes from the operating system. */
TALLY_MUST_CHECK enum tally_status tally_random(void *ret, size_t size);

#endif
