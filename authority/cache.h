/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be derived from a long log, kept beside it, so that one extend costs the same on any log. docs/formats/cache.md */
#ifndef TALLY_AUTHORITY_CACHE_H
#define TALLY_AUTHORITY_CACHE_H

#include "names.h"
#include "../provider/provider.h"

#define TALLY_CACHE_PAGE_SIZE 4096
#define TALLY_CACHE_HEAD_BITS 16       /* room for the head of most logs */
#define TALLY_CACHE_HEAD_BITS_LIMIT 31 /* its size has 4 bytes */

struct tally_authority;

/*
 * The file `cache`: a head with the history up to covered bytes of the log,
 * in 2^head_bits bytes, then 2^bits pages of a hash table of once names. Written
 * under the lock only, checked by its checksums when read, and dropped when wrong.
 */
struct tally_cache {
	int fd;		  /* -1: there is none */
	bool is_new;	  /* stands in cache.new until its head is written */
	uint64_t covered; /* bytes of the log that it covers */
	unsigned bits;
	unsigned head_bits;
	uint64_t entry_count;
};

void tally_cache_init(struct tally_cache *cache);
void tally_cache_close(struct tally_cache *cache);

/* Begin the history where the cache ends, if there is one and it is of this log; else leave the history as it is. */
TALLY_MUST_CHECK enum tally_status tally_cache_load(struct tally_authority *owner);

/* Write it anew if enough records came since. Never fails: a cache that can't be written is dropped. */
void tally_cache_update(struct tally_authority *owner);

/* Remove it: before its log is replaced, and when it is wrong. */
void tally_cache_drop(struct tally_authority *owner);

/* Everything that may bear one once name, one after the other: first what is in memory, then pages of the cache. */
struct tally_name_search {
	uint8_t key[TALLY_NAME_KEY_SIZE];
	struct tally_name_entry entry; /* the one found */
	bool is_done;
	bool is_in_page;
	size_t position;
	uint64_t page_number;
	uint8_t page[TALLY_CACHE_PAGE_SIZE];
};

TALLY_MUST_CHECK enum tally_status tally_name_search_start(struct tally_name_search *search,
							   struct tally_authority *owner, struct tally_bytes origin,
							   struct tally_bytes name);

/* The next entry; is_done when there is none. TALLY_TRY_AGAIN if the cache proved wrong: it was dropped. */
TALLY_MUST_CHECK enum tally_status tally_name_search_next(struct tally_name_search *search,
							  struct tally_authority *owner, struct tally_problem *problem);

#endif
