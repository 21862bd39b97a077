/* SPDX-License-Identifier: BSD-2-Clause */
/* A key as OpenSSL holds it: what this adapter's files share. */
#ifndef TALLY_CRYPTO_KEY_OPENSSL_H
#define TALLY_CRYPTO_KEY_OPENSSL_H

/*
 * Signatures are checked by EC_KEY and RSA: OpenSSL 3 has deprecated them, and keeps them. The way by EVP makes a copy
 * of the group and fetches its methods for every key, which costs half of a check for a key that signs once.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "sign.h"

#define TALLY_OPENSSL_RSA_LIMIT 1024 /* bytes of the largest modulus */

struct tally_key {
	enum tally_key_kind kind;
	EVP_PKEY *pkey;	 /* NULL for a public key on a curve */
	EC_POINT *point; /* the public half on a curve; NULL for RSA */
	bool is_private;
};

/* The group of a key on a curve, which lives as long as the process. */
const EC_GROUP *tally_openssl_group(const struct tally_key *key);

/* The key for EVP, freed with EVP_PKEY_free; NULL if that fails. */
EVP_PKEY *tally_openssl_pkey(const struct tally_key *key);

/* OpenSSL keeps a queue of errors per thread; what we leave there would surface in somebody else's report. */
enum tally_status tally_openssl_failure(enum tally_status status);

#endif
