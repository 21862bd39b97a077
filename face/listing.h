/* SPDX-License-Identifier: BSD-2-Clause */
/* What a directory holds, as of when it was opened. */
#ifndef TALLY_FACE_LISTING_H
#define TALLY_FACE_LISTING_H

#include "handle.h"

struct tally_listing_item {
	uint64_t number;
	mode_t mode;
	char name[TALLY_NODE_NAME_LIMIT];
};

/* opendir(3): a handle whose content is the list. */
int tally_listing_open(struct tally_handles *handles, uint64_t number, const struct tally_caller *caller,
		       struct tally_handle **ret);

/* The i-th item, "." and ".." first; false behind the last. */
bool tally_listing_read(const struct tally_handle *handle, uint64_t i, struct tally_listing_item *ret);

#endif
