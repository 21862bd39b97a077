/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys as people keep them: PEM, JWK, SubjectPublicKeyInfo, certificates, and the parts of keys. */
#ifndef TALLY_VERIFY_PUBLIC_KEY_H
#define TALLY_VERIFY_PUBLIC_KEY_H

#include "../crypto/sign.h"
#include "../format/cose_key.h"
#include "arena.h"

/*
 * The SubjectPublicKeyInfo of a key in PEM, in JWK (RFC 7517: "EC" with x and y, "RSA" with n and e), in DER, or in the
 * first of the certificates, in the arena. TALLY_UNSUPPORTED for another kind of key, TALLY_INVALID for JSON that is no
 * key; as the readers of crypto/sign.h and of certificates. Of coordinates, here and below, only the size is looked at:
 * who reads the SPKI sees whether they are a point.
 */
TALLY_MUST_CHECK enum tally_status tally_public_key_read(struct tally_bytes text, struct tally_arena *arena,
							 struct tally_bytes *ret_spki);

/* Where a key is wrong that can't be read for this status, in words. */
const char *tally_public_key_fault(struct tally_bytes text, enum tally_status status, struct tally_arena *arena);

/* The same of an RSA key's modulus and exponent, big-endian. */
TALLY_MUST_CHECK enum tally_status tally_public_key_of_rsa(struct tally_bytes modulus, struct tally_bytes exponent,
							   struct tally_arena *arena, struct tally_bytes *ret_spki);

/* The same of a COSE_Key on a curve; its alg, if it has one, must be the curve's: TALLY_UNSUPPORTED. */
TALLY_MUST_CHECK enum tally_status tally_public_key_of_cose(const struct tally_cose_key *key, struct tally_arena *arena,
							    struct tally_bytes *ret_spki);

/* SHA-256 of a SubjectPublicKeyInfo: how a policy pins it. */
TALLY_MUST_CHECK enum tally_status tally_public_key_pin(struct tally_bytes spki, uint8_t ret[TALLY_SPKI_SHA256_SIZE]);

#endif
