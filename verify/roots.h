/* SPDX-License-Identifier: BSD-2-Clause */
/* Roots that are trusted for tests, as chains know them. */
#ifndef TALLY_VERIFY_ROOTS_H
#define TALLY_VERIFY_ROOTS_H

#include "chain.h"
#include "verifier.h"

/* SHA-256 of each; roots may be NULL. They live in the arena. */
TALLY_MUST_CHECK enum tally_status tally_roots_fingerprints(const struct tally_roots *roots, struct tally_arena *arena,
							    struct tally_fingerprints *ret);

#endif
