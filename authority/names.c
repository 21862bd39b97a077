// SPDX-License-Identifier: BSD-2-Clause
/* The hash table of once names. */
#include "names.h"

#include <stdlib.h>

#include "../core/digest.h"

#define ROOM_FIRST 64

void tally_names_init(struct tally_names *names)
{
	memset(names, 0, sizeof(*names));
}

void tally_names_done(struct tally_names *names)
{
	free(names->entries);
	tally_names_init(names);
}

enum tally_status tally_name_key(struct tally_bytes origin, struct tally_bytes name, uint8_t ret[TALLY_NAME_KEY_SIZE])
{
	static const uint8_t separator = 0; /* clean text holds no NUL, so that no two pairs give the same bytes */
	uint8_t sha256[32];
	struct tally_hash_job job = { TALLY_SHA256, { origin, { &separator, 1 }, name }, sha256 };
	enum tally_status status = tally_env_hash(&job, 1);

	if (status == TALLY_OK)
		memcpy(ret, sha256, TALLY_NAME_KEY_SIZE);
	return status;
}

static size_t key_place(const uint8_t key[TALLY_NAME_KEY_SIZE])
{
	uint64_t place;

	memcpy(&place, key, sizeof(place));
	return (size_t)place;
}

static void place_entry(struct tally_name_entry *entries, size_t room, const struct tally_name_entry *entry)
{
	size_t at = key_place(entry->key) & (room - 1);

	while (entries[at].kind)
		at = (at + 1) & (room - 1);
	entries[at] = *entry;
}

static enum tally_status names_grow(struct tally_names *names)
{
	size_t room = names->room ? 2 * names->room : ROOM_FIRST;
	struct tally_name_entry *entries = calloc(room, sizeof(*entries));

	if (!entries)
		return TALLY_NO_MEMORY;
	for (size_t i = 0; i < names->room; i++)
		if (names->entries[i].kind)
			place_entry(entries, room, &names->entries[i]);
	free(names->entries);
	names->entries = entries;
	names->room = room;
	return TALLY_OK;
}

enum tally_status tally_names_add(struct tally_names *names, const struct tally_name_entry *entry)
{
	const struct tally_name_entry *found;
	size_t position = 0;

	while ((found = tally_names_find(names, entry->key, &position)))
		if (found->offset == entry->offset && found->kind == entry->kind)
			return TALLY_OK;
	if (names->count >= names->room / 2) {
		enum tally_status status = names_grow(names);

		if (status != TALLY_OK)
			return status;
	}
	place_entry(names->entries, names->room, entry);
	names->count++;
	return TALLY_OK;
}

const struct tally_name_entry *tally_names_find(const struct tally_names *names, const uint8_t key[TALLY_NAME_KEY_SIZE],
						size_t *position)
{
	while (*position < names->room) {
		size_t at = (key_place(key) + (*position)++) & (names->room - 1);
		const struct tally_name_entry *entry = &names->entries[at];

		if (!entry->kind)
			break;
		if (memcmp(entry->key, key, TALLY_NAME_KEY_SIZE) == 0)
			return entry;
	}
	*position = names->room;
	return NULL;
}
