/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What core/ and format/ need from outside: integer types, memcpy and its kin, and a hash that does not allocate. */
#ifndef TALLY_CORE_ENV_H
#define TALLY_CORE_ENV_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#endif

#include "bytes.h"
#include "status.h"

#define TALLY_HASH_PARTS 3

/*
 * One message to hash: the parts one after the other; an empty part adds
 * nothing. ret_digest has the size of the algorithm's digest and may overlap
 * the parts of its own job, because it is written after they were read, but
 * nothing of another job.
 */
struct tally_hash_job {
	uint16_t alg; /* enum tally_alg, core/digest.h */
	struct tally_bytes parts[TALLY_HASH_PARTS];
	uint8_t *ret_digest;
};

/*
 * Hash several independent messages. One call takes many, so that an adapter
 * may hash them side by side; the order in which they are done is open.
 * Returns TALLY_UNKNOWN_ALGORITHM for an algorithm that the adapter lacks and
 * TALLY_CRYPTO if the library behind it fails; outputs are then undefined.
 * Allocates nothing after the first call of a thread.
 */
TALLY_MUST_CHECK enum tally_status tally_env_hash(const struct tally_hash_job *jobs, size_t job_count);

#endif
