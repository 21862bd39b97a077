/* SPDX-License-Identifier: BSD-2-Clause */
/* Several short messages hashed side by side: the extends of different registers. */
#ifndef TALLY_CRYPTO_HASH_LANES_H
#define TALLY_CRYPTO_HASH_LANES_H

#include "../core/env.h"

#define TALLY_LANES 4
#define TALLY_LANES_MESSAGE_LIMIT 111 /* bytes that fit into one SHA-512 block beside its padding */

/* This processor has the vectors that make it worth while; without them tally_lanes_sha384 must not be called. */
bool tally_lanes_are_fast(void);

/*
 * SHA-384 of one message each of at most TALLY_LANES_MESSAGE_LIMIT bytes, all its parts together; alg is not looked
 * at. The same job may stand in several lanes. Inputs are read before any output is written.
 */
void tally_lanes_sha384(const struct tally_hash_job *const jobs[TALLY_LANES]);

#endif
