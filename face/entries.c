// SPDX-License-Identifier: BSD-2-Clause
/* The entries that users made in report/ and rtmrs/. */
#include "entries.h"

#include <assert.h>
#include <stdlib.h>

void tally_entries_init(struct tally_entries *entries, uint64_t first_serial)
{
	memset(entries, 0, sizeof(*entries));
	entries->next_serial = first_serial;
}

/* FNV-1a: names come from users, but a user's own entries are few. */
static size_t name_bucket(uint64_t parent, const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ parent;

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
	return (size_t)(hash % TALLY_ENTRY_BUCKETS);
}

struct tally_entry *tally_entries_add(struct tally_entries *entries, uint64_t parent, const char *name)
{
	struct tally_entry *entry = calloc(1, sizeof(*entry));
	struct tally_entry **bucket;

	if (!entry)
		return NULL;
	entry->name_size = strlen(name);
	assert(entry->name_size <= TALLY_ENTRY_NAME_LIMIT);
	memcpy(entry->name, name, entry->name_size + 1);
	entry->parent = parent;
	entry->serial = entries->next_serial++;
	entry->references = 1;
	bucket = &entries->by_serial[entry->serial % TALLY_ENTRY_BUCKETS];
	entry->next_of_serial = *bucket;
	*bucket = entry;
	bucket = &entries->by_name[name_bucket(parent, name)];
	entry->next_of_name = *bucket;
	*bucket = entry;
	entries->count++;
	return entry;
}

struct tally_entry *tally_entries_find(const struct tally_entries *entries, uint64_t serial)
{
	struct tally_entry *entry = entries->by_serial[serial % TALLY_ENTRY_BUCKETS];

	while (entry && entry->serial != serial)
		entry = entry->next_of_serial;
	return entry;
}

struct tally_entry *tally_entries_find_name(const struct tally_entries *entries, uint64_t parent, const char *name)
{
	struct tally_entry *entry = entries->by_name[name_bucket(parent, name)];

	while (entry && (entry->parent != parent || strcmp(entry->name, name) != 0))
		entry = entry->next_of_name;
	return entry;
}

void tally_entries_remove(struct tally_entries *entries, struct tally_entry *entry)
{
	struct tally_entry **place = &entries->by_serial[entry->serial % TALLY_ENTRY_BUCKETS];

	while (*place != entry)
		place = &(*place)->next_of_serial;
	*place = entry->next_of_serial;
	place = &entries->by_name[name_bucket(entry->parent, entry->name)];
	while (*place != entry)
		place = &(*place)->next_of_name;
	*place = entry->next_of_name;
	entries->count--;
	entry->is_removed = true;
	tally_entry_put(entry);
}

void tally_entry_put(struct tally_entry *entry)
{
	assert(entry->references > 0);
	if (--entry->references)
		return;
	if (!entry->is_rtmr)
		tally_report_entry_done(&entry->report);
	free(entry);
}

static bool is_collectable(const struct tally_entry *entry, uid_t user, uint64_t before)
{
	if (entry->user != user || entry->used >= before || entry->references > 1)
		return false;
	return !entry->is_rtmr || entry->rtmr.reg < 0;
}

struct tally_entry *tally_entries_collectable(const struct tally_entries *entries, uid_t user, uint64_t before)
{
	struct tally_entry *oldest = NULL;

	for (size_t i = 0; i < TALLY_ENTRY_BUCKETS; i++)
		for (struct tally_entry *entry = entries->by_serial[i]; entry; entry = entry->next_of_serial)
			if (is_collectable(entry, user, before) && (!oldest || entry->used < oldest->used))
				oldest = entry;
	return oldest;
}
