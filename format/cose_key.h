/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A public key as COSE writes it. spec: RFC 9052 7; RFC 9053 7 */
#ifndef TALLY_FORMAT_COSE_KEY_H
#define TALLY_FORMAT_COSE_KEY_H

#include "../core/cursor.h"

enum tally_cose_key_type { TALLY_COSE_KEY_OKP = 1, TALLY_COSE_KEY_EC2 = 2 };

enum tally_cose_curve { TALLY_COSE_P256 = 1, TALLY_COSE_P384 = 2, TALLY_COSE_P521 = 3, TALLY_COSE_ED25519 = 6 };

/* Borrows. What is absent is 0; whether it is a key that somebody can use is not judged. */
struct tally_cose_key {
	int64_t type;  /* enum tally_cose_key_type */
	int64_t curve; /* enum tally_cose_curve */
	int64_t alg;   /* TALLY_COSE_ES256, ... */
	struct tally_bytes x;
	struct tally_bytes y; /* both coordinates: compressed points are TALLY_DISORDER */
};

/* A map of any encoder; parameters that say nothing about the key's value are passed over. */
TALLY_MUST_CHECK enum tally_status tally_cose_key_read(struct tally_bytes input, struct tally_cose_key *ret);

#endif
