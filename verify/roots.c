// SPDX-License-Identifier: BSD-2-Clause
/* Fingerprints of roots that the caller added. */
#include "roots.h"

enum tally_status tally_roots_fingerprints(const struct tally_roots *roots, struct tally_arena *arena,
					   struct tally_fingerprints *ret)
{
	size_t count = roots ? roots->count : 0;
	uint8_t(*sha256)[TALLY_FINGERPRINT_SIZE] = tally_arena_take(arena, count ? count : 1, sizeof(*sha256));
	enum tally_status status = TALLY_OK;

	if (!sha256)
		return TALLY_NO_MEMORY;
	for (size_t i = 0; status == TALLY_OK && i < count; i++) {
		struct tally_hash_job job = { TALLY_SHA256, { roots->der[i] }, sha256[i] };

		status = tally_env_hash(&job, 1);
	}
	ret->count = count;
	ret->sha256 = (const uint8_t(*)[TALLY_FINGERPRINT_SIZE])sha256;
	return status;
}
