/* SPDX-License-Identifier: BSD-2-Clause */
/* The pages of the cache: reading, searching and adding. */
#ifndef TALLY_AUTHORITY_CACHE_PAGES_H
#define TALLY_AUTHORITY_CACHE_PAGES_H

#include "../core/cursor.h"
#include "../core/digest.h"
#include "../core/writer.h"
#include "cache.h"
#include "directory.h"

#define TALLY_CACHE_HEAD_SIZE (64 * 1024)

/* Write the one empty page that a new table begins with. */
TALLY_MUST_CHECK enum tally_status tally_cache_pages_begin(const struct tally_cache *cache);

/* The page where this key's entries stand. TALLY_CORRUPT if its checksum is wrong. */
TALLY_MUST_CHECK enum tally_status tally_cache_page_of(const struct tally_cache *cache,
						       const uint8_t key[TALLY_NAME_KEY_SIZE],
						       uint8_t page[TALLY_CACHE_PAGE_SIZE]);

/* The next entry of this key in the page, from *position on, which starts at 0. */
bool tally_cache_page_find(const uint8_t page[TALLY_CACHE_PAGE_SIZE], const uint8_t key[TALLY_NAME_KEY_SIZE],
			   size_t *position, struct tally_name_entry *ret);

/* Add an entry, doubling the table when it fills; one that is there already is not added again. */
TALLY_MUST_CHECK enum tally_status tally_cache_page_add(struct tally_cache *cache, int directory,
							const struct tally_name_entry *entry);

#endif
