/* SPDX-License-Identifier: BSD-2-Clause */
/* The digest of a file of any size, for events that carry one in the place of data. */
#ifndef TALLY_AUTHORITY_MEASURE_H
#define TALLY_AUTHORITY_MEASURE_H

#include "../core/digest.h"

/* Told how many bytes are done, after each piece. */
struct tally_measure_watch {
	void (*progress)(void *context, uint64_t done);
	void *context;
};

/*
 * SHA-384 of everything that can be read from fd. watch may be NULL. TALLY_SYSTEM with *ret_error, an errno, if it
 * can't be read; TALLY_TRY_AGAIN for a regular file that changed meanwhile: the digest would be of a file that
 * never was. TALLY_NO_MEMORY, TALLY_CRYPTO.
 */
TALLY_MUST_CHECK enum tally_status tally_measure_fd(int fd, const struct tally_measure_watch *watch,
						    struct tally_digest *ret, int *ret_error);

#endif
