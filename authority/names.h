/* SPDX-License-Identifier: BSD-2-Clause */
/* Where in the log the once names stand: a hash table in memory. */
#ifndef TALLY_AUTHORITY_NAMES_H
#define TALLY_AUTHORITY_NAMES_H

#include "../core/env.h"

#define TALLY_NAME_KEY_SIZE 16

enum tally_name_kind {
	TALLY_NAME_EVENT = 1, /* a once event of this name stands at offset */
	TALLY_NAME_DOUBT = 2, /* an abort or a gap there names one, or did before it was trimmed */
	TALLY_NAME_STORED = 3 /* a once event was trimmed: offset is that of its entry in the stored list */
};

struct tally_name_entry {
	uint8_t key[TALLY_NAME_KEY_SIZE]; /* of (origin, name): a prefix of a SHA-256 */
	uint64_t offset;
	uint8_t kind; /* enum tally_name_kind; 0 for a free place */
};

/* Open addressing; room is 0 or a power of two. */
struct tally_names {
	struct tally_name_entry *entries;
	size_t count;
	size_t room;
};

void tally_names_init(struct tally_names *names);
void tally_names_done(struct tally_names *names);

/* The key of a name. As tally_env_hash. */
TALLY_MUST_CHECK enum tally_status tally_name_key(struct tally_bytes origin, struct tally_bytes name,
						  uint8_t ret[TALLY_NAME_KEY_SIZE]);

/* Add an entry; one that is there already is not added again. TALLY_NO_MEMORY. */
TALLY_MUST_CHECK enum tally_status tally_names_add(struct tally_names *names, const struct tally_name_entry *entry);

/* The next entry with this key after *position, which starts at 0; NULL when there is no more. */
const struct tally_name_entry *tally_names_find(const struct tally_names *names, const uint8_t key[TALLY_NAME_KEY_SIZE],
						size_t *position);

#endif
