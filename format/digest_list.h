/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The digests of a record as they stand in the input: checked first, copied once. */
#ifndef TALLY_FORMAT_DIGEST_LIST_H
#define TALLY_FORMAT_DIGEST_LIST_H

#include "../core/digest.h"

/* Borrows; ascending by algorithm, no algorithm twice. count and lacks_digests of a new list are 0, its items need no value. */
struct tally_digest_list {
	size_t count;
	bool lacks_digests; /* one of an algorithm that we don't know was to be added */
	struct {
		uint16_t alg;
		struct tally_bytes bytes;
	} item[TALLY_BANK_LIMIT];
};

/* Put a digest at its place: TALLY_UNKNOWN_ALGORITHM, TALLY_DIGEST_SIZE, TALLY_DUPLICATE. */
TALLY_MUST_CHECK enum tally_status tally_digest_list_add(struct tally_digest_list *list, uint16_t alg,
							 struct tally_bytes bytes);

void tally_digest_list_copy(const struct tally_digest_list *list, struct tally_digests *ret);

#endif
