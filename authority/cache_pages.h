/* SPDX-License-Identifier: BSD-2-Clause */
/* The pages of the cache: reading, searching and adding. */
#ifndef TALLY_AUTHORITY_CACHE_PAGES_H
#define TALLY_AUTHORITY_CACHE_PAGES_H

#include "../core/cursor.h"
#include "../core/digest.h"
#include "../core/writer.h"
#include "cache.h"
#include "directory.h"

/* Write the one empty page that a new table begins with. */
TALLY_MUST_CHECK enum tally_status tally_cache_pages_begin(const struct tally_cache *cache);

/* Bytes before the pages, for the head. */
static inline uint64_t tally_cache_head_room(const struct tally_cache *cache)
{
	return UINT64_C(1) << cache->head_bits;
}

/* Make room for a head of this size, if it has outgrown it. TALLY_NO_SPACE. */
TALLY_MUST_CHECK enum tally_status tally_cache_make_room(struct tally_cache *cache, int directory, uint64_t head_size);

/* Where the search for a key begins, and where it goes on while pages are full. */
uint64_t tally_cache_page_first(const struct tally_cache *cache, const uint8_t key[TALLY_NAME_KEY_SIZE]);
uint64_t tally_cache_page_next(const struct tally_cache *cache, uint64_t number);

/* TALLY_CORRUPT if its checksum is wrong. */
TALLY_MUST_CHECK enum tally_status tally_cache_page_read(const struct tally_cache *cache, uint64_t number,
							 uint8_t page[TALLY_CACHE_PAGE_SIZE]);

/* The next entry of this key in the page, from *position on, which starts at 0. */
bool tally_cache_page_find(const uint8_t page[TALLY_CACHE_PAGE_SIZE], const uint8_t key[TALLY_NAME_KEY_SIZE],
			   size_t *position, struct tally_name_entry *ret);

bool tally_cache_page_is_full(const uint8_t page[TALLY_CACHE_PAGE_SIZE]);

/* Add an entry, doubling the table when it fills; one that is there already is not added again. */
TALLY_MUST_CHECK enum tally_status tally_cache_page_add(struct tally_cache *cache, int directory,
							const struct tally_name_entry *entry);

#endif
