/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Digests that travel with their algorithm, and one digest per bank. */
#ifndef TALLY_CORE_DIGEST_H
#define TALLY_CORE_DIGEST_H

#include "env.h"

#define TALLY_DIGEST_LIMIT 64 /* bytes of the largest digest */
#define TALLY_BANK_LIMIT 5    /* banks that one register can have: one per algorithm below */

/* TCG algorithm identifiers. spec: TCG Algorithm Registry, table 3 */
enum tally_alg {
	TALLY_SHA1 = 0x0004,
	TALLY_SHA256 = 0x000b,
	TALLY_SHA384 = 0x000c,
	TALLY_SHA512 = 0x000d,
	TALLY_SM3_256 = 0x0012,
};

/* bytes beyond the algorithm's size are zero, so that whole structs compare. */
struct tally_digest {
	uint16_t alg; /* enum tally_alg */
	uint8_t bytes[TALLY_DIGEST_LIMIT];
};

/* One digest for each bank, ascending by algorithm, no algorithm twice; unused entries are zero. */
struct tally_digests {
	size_t count;
	struct tally_digest digest[TALLY_BANK_LIMIT];
};

/* Bytes of a digest of this algorithm; 0 if it is not known. */
size_t tally_alg_size(uint16_t alg);

/* Lower-case name ("sha384", "sm3_256"); NULL if not known. */
const char *tally_alg_name(uint16_t alg);

/* The algorithm of a name, case ignored; 0 if not known. */
uint16_t tally_alg_from_name(struct tally_bytes name);

/* A digest of the given bytes. TALLY_UNKNOWN_ALGORITHM, or TALLY_DIGEST_SIZE if the length does not fit. */
TALLY_MUST_CHECK enum tally_status tally_digest_set(struct tally_digest *ret, uint16_t alg, struct tally_bytes bytes);

/* The bytes of a digest, borrowed. */
struct tally_bytes tally_digest_bytes(const struct tally_digest *digest);

bool tally_digest_equal(const struct tally_digest *a, const struct tally_digest *b);

/* Put a digest at its place. TALLY_DUPLICATE if its algorithm is there, TALLY_BANK_SET if there is no room. */
TALLY_MUST_CHECK enum tally_status tally_digests_add(struct tally_digests *digests, const struct tally_digest *digest);

/* The digest of one algorithm; NULL if there is none. */
const struct tally_digest *tally_digests_find(const struct tally_digests *digests, uint16_t alg);

/* Same algorithms and same bytes in all of them. */
bool tally_digests_equal(const struct tally_digests *a, const struct tally_digests *b);

/* Same algorithms. */
bool tally_digests_same_banks(const struct tally_digests *a, const struct tally_digests *b);

/* Digests of the same banks as like, all bytes zero; ret may be like. */
void tally_digests_zero(struct tally_digests *ret, const struct tally_digests *like);

bool tally_digests_are_zero(const struct tally_digests *digests);

/* The digest of data for every bank of like: ret may be like. As tally_env_hash. */
TALLY_MUST_CHECK enum tally_status tally_digests_hash(struct tally_digests *ret, const struct tally_digests *like,
						      struct tally_bytes data);

#endif
