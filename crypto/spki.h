/* SPDX-License-Identifier: BSD-2-Clause */
/* An RSA key's SubjectPublicKeyInfo, read without a library: decoding it in general takes longer than a signature check. */
#ifndef TALLY_CRYPTO_SPKI_H
#define TALLY_CRYPTO_SPKI_H

#include "../core/cursor.h"

/*
 * The numbers, big-endian without leading zeros, of a key in its one encoding in DER; borrowed. False for anything
 * else, which may still be a key of another kind.
 */
bool tally_spki_read_rsa(struct tally_bytes spki, struct tally_bytes *ret_modulus, struct tally_bytes *ret_exponent);

#endif
