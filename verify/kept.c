// SPDX-License-Identifier: BSD-2-Clause
/* What was read and verified once and need not be again. */
#include "kept.h"

#include <stdlib.h>

#define PART_COUNT 3  /* of a name, at most */
#define KEY_SIZE 4096 /* that a key of the library's takes, roughly */

/* What something is found by: what it is, and the bytes that it was made from. */
struct name {
	const void *what; /* an address that only things of one kind have */
	struct {
		uint32_t form, alg;
		uint64_t salt_size;
	} scheme; /* of a signature */
	struct tally_bytes part[PART_COUNT];
};

struct entry {
	struct entry *next;
	uint64_t mark; /* of the name: two that differ in it differ */
	struct name name;
	size_t size;		    /* of everything that belongs to it */
	struct tally_period period; /* of a signature */
	struct tally_key *key;	    /* of an SPKI */
	struct tally_arena *arena;  /* of a value; NULL: that of the memory */
	const void *value;
	uint8_t bytes[]; /* of the name's parts; a memory for one judgement borrows them */
};

/* What was used last stands first. */
struct tally_kept {
	struct tally_arena *arena; /* of one judgement; NULL: what is kept outlives them */
	void *aside;		   /* room to read one thing in one judgement */
	size_t aside_size;
	struct entry *first;
	struct tally_kept_counts counts;
};

static const char signatures[] = "signatures";
static const char keys[] = "keys";

struct tally_kept *tally_kept_new(void)
{
	return calloc(1, sizeof(struct tally_kept));
}

struct tally_kept *tally_kept_for_one(struct tally_arena *arena)
{
	struct tally_kept *kept = tally_arena_take(arena, 1, sizeof(*kept));

	if (kept)
		kept->arena = arena;
	return kept;
}

/* What lies in the arena of a judgement goes with it. */
static void entry_free(const struct tally_kept *kept, struct entry *entry)
{
	tally_key_free(entry->key);
	if (kept->arena)
		return;
	tally_arena_free(entry->arena);
	free(entry);
}

/* What stands at *at and behind it goes. */
static void drop_from(struct tally_kept *kept, struct entry **at)
{
	while (*at) {
		struct entry *entry = *at;

		*at = entry->next;
		kept->counts.count--;
		kept->counts.size -= entry->size;
		entry_free(kept, entry);
	}
}

void tally_kept_free(struct tally_kept *kept)
{
	if (!kept)
		return;
	drop_from(kept, &kept->first);
	if (kept->arena)
		return;
	free(kept->aside);
	free(kept);
}

void tally_kept_begin(struct tally_kept *kept)
{
	struct entry **at = &kept->first;
	size_t count = 0;
	size_t size = 0;

	while (*at && count < TALLY_KEPT_COUNT && size + (*at)->size <= TALLY_KEPT_SIZE) {
		count++;
		size += (*at)->size;
		at = &(*at)->next;
	}
	drop_from(kept, at);
}

struct tally_kept_counts tally_kept_counts(const struct tally_kept *kept)
{
	return kept->counts;
}

/* Sizes and last bytes: enough to pass by nearly everything else without looking at its bytes. */
static uint64_t mark_of(const struct name *name)
{
	uint64_t mark = 0;

	for (size_t i = 0; i < PART_COUNT; i++) {
		const struct tally_bytes *part = &name->part[i];
		uint64_t last = 0;

		if (part->size >= sizeof(last))
			memcpy(&last, part->data + part->size - sizeof(last), sizeof(last));
		mark = (mark ^ part->size ^ last) * UINT64_C(0x9e3779b97f4a7c15);
	}
	return mark;
}

static bool is_named(const struct entry *entry, uint64_t mark, const struct name *name)
{
	if (entry->mark != mark || entry->name.what != name->what || entry->name.scheme.form != name->scheme.form ||
	    entry->name.scheme.alg != name->scheme.alg || entry->name.scheme.salt_size != name->scheme.salt_size)
		return false;
	for (size_t i = 0; i < PART_COUNT; i++)
		if (!tally_bytes_equal(entry->name.part[i], name->part[i]))
			return false;
	return true;
}

/* NULL: not there, or behind what will be kept: a search is short. What is found goes to the front. */
static struct entry *find(struct tally_kept *kept, const struct name *name)
{
	uint64_t mark = mark_of(name);
	struct entry **at = &kept->first;

	for (size_t i = 0; *at && i < TALLY_KEPT_COUNT; i++, at = &(*at)->next) {
		struct entry *entry = *at;

		if (!is_named(entry, mark, name))
			continue;
		*at = entry->next;
		entry->next = kept->first;
		kept->first = entry;
		return entry;
	}
	return NULL;
}

static void copy_parts(struct entry *entry)
{
	uint8_t *to = entry->bytes;

	for (size_t i = 0; i < PART_COUNT; i++) {
		struct tally_bytes *part = &entry->name.part[i];

		if (part->size)
			memcpy(to, part->data, part->size);
		part->data = to;
		to += part->size;
	}
}

/* With its name, and not in the list yet. NULL if there is no memory. */
static struct entry *entry_new(const struct tally_kept *kept, const struct name *name)
{
	struct entry *entry;
	size_t size = sizeof(*entry);

	for (size_t i = 0; i < PART_COUNT && !kept->arena; i++) {
		if (name->part[i].size > SIZE_MAX / 2 - size)
			return NULL;
		size += name->part[i].size;
	}
	entry = kept->arena ? tally_arena_take(kept->arena, 1, size) : malloc(size);
	if (!entry)
		return NULL;
	memset(entry, 0, sizeof(*entry));
	entry->mark = mark_of(name);
	entry->size = size;
	entry->name = *name;
	if (!kept->arena)
		copy_parts(entry);
	return entry;
}

static void add(struct tally_kept *kept, struct entry *entry)
{
	entry->next = kept->first;
	kept->first = entry;
	kept->counts.count++;
	kept->counts.size += entry->size;
}

enum tally_status tally_kept_key(struct tally_kept *kept, struct tally_bytes spki, const struct tally_key **ret)
{
	const struct name name = { .what = keys, .part = { spki } };
	struct entry *entry = find(kept, &name);

	if (!entry) {
		struct tally_key *key;
		enum tally_status status = tally_key_from_spki(spki, &key);

		if (status != TALLY_OK)
			return status;
		entry = entry_new(kept, &name);
		if (!entry) {
			tally_key_free(key);
			return TALLY_NO_MEMORY;
		}
		entry->key = key;
		entry->size += KEY_SIZE;
		add(kept, entry);
	}
	*ret = entry->key;
	return TALLY_OK;
}

static enum tally_status value_new(const struct tally_kept_form *form, struct tally_bytes bytes,
				   struct tally_arena *arena, const void **ret)
{
	void *value = tally_arena_take_unset(arena, form->size);
	enum tally_status status = value ? form->read(bytes, arena, value) : TALLY_NO_MEMORY;

	if (status == TALLY_OK && tally_arena_has_failed(arena))
		status = TALLY_NO_MEMORY;
	if (status == TALLY_OK)
		*ret = value;
	return status;
}

/* What outlives a judgement borrows from its own copy of the bytes. */
static enum tally_status entry_read(const struct tally_kept *kept, const struct name *name,
				    const struct tally_kept_form *form, struct entry **ret)
{
	struct entry *entry = entry_new(kept, name);
	enum tally_status status = TALLY_NO_MEMORY;

	if (!entry)
		return status;
	entry->arena = tally_arena_new();
	if (entry->arena)
		status = value_new(form, entry->name.part[0], entry->arena, &entry->value);
	if (status != TALLY_OK) {
		entry_free(kept, entry);
		return status;
	}
	entry->size += tally_arena_size(entry->arena);
	*ret = entry;
	return TALLY_OK;
}

/* Read aside: evidence can bring any number of pieces that can't be read, and none of them takes room. */
static enum tally_status entry_read_for_one(struct tally_kept *kept, const struct name *name,
					    const struct tally_kept_form *form, struct entry **ret)
{
	enum tally_status status;
	struct tally_bytes value;
	struct entry *entry;

	if (kept->aside_size < form->size) {
		kept->aside = tally_arena_take_unset(kept->arena, form->size);
		kept->aside_size = kept->aside ? form->size : 0;
	}
	status = kept->aside ? form->read(name->part[0], kept->arena, kept->aside) : TALLY_NO_MEMORY;
	if (status != TALLY_OK)
		return status;
	entry = entry_new(kept, name);
	value = tally_arena_copy(kept->arena, tally_bytes(kept->aside, form->size));
	if (!entry || !value.data)
		return TALLY_NO_MEMORY;
	entry->value = value.data;
	*ret = entry;
	return TALLY_OK;
}

/* The same for what outlives a judgement: what can be read is read once more, from the copy that is kept. */
static enum tally_status read_aside(struct tally_kept *kept, const struct tally_kept_form *form,
				    struct tally_bytes bytes, struct tally_arena *arena)
{
	if (!arena)
		return TALLY_OK;
	if (kept->aside_size < form->size) {
		void *aside = realloc(kept->aside, form->size);

		if (!aside)
			return TALLY_NO_MEMORY;
		kept->aside = aside;
		kept->aside_size = form->size;
	}
	return form->read(bytes, arena, kept->aside);
}

static enum tally_status entry_read_to_keep(struct tally_kept *kept, const struct name *name,
					    const struct tally_kept_form *form, struct tally_arena *arena,
					    struct entry **ret)
{
	enum tally_status status = read_aside(kept, form, name->part[0], arena);

	return status == TALLY_OK ? entry_read(kept, name, form, ret) : status;
}

static enum tally_status recall(struct tally_kept *kept, const struct tally_kept_form *form, struct tally_bytes bytes,
				struct tally_arena *arena, const void **ret)
{
	const struct name name = { .what = form, .part = { bytes } };
	struct entry *entry = find(kept, &name);

	if (!entry) {
		enum tally_status status = kept->arena ? entry_read_for_one(kept, &name, form, &entry)
						       : entry_read_to_keep(kept, &name, form, arena, &entry);

		if (status != TALLY_OK)
			return status;
		add(kept, entry);
	}
	*ret = entry->value;
	return TALLY_OK;
}

enum tally_status tally_kept_read(struct tally_kept *kept, const struct tally_kept_form *form, struct tally_bytes bytes,
				  struct tally_arena *arena, const void **ret)
{
	const void *value = NULL;
	enum tally_status status = kept ? recall(kept, form, bytes, arena, ret) : value_new(form, bytes, arena, &value);

	if (status == TALLY_NO_MEMORY && arena)
		tally_arena_fail(arena);
	if (value)
		*ret = value;
	return status;
}

static bool is_within(const struct tally_period *period, int64_t time)
{
	return period->from <= time && time <= period->until;
}

static enum tally_status check_now(struct tally_kept *kept, const struct tally_signed_message *what)
{
	struct tally_signature_scheme scheme = { what->form, 0, what->alg, what->salt_size };
	const struct tally_key *key;
	enum tally_status status = tally_kept_key(kept, what->spki, &key);

	if (status != TALLY_OK)
		return status;
	kept->counts.made++;
	/* The form says RSA or a curve, and the signer's certificate or pin says which: both must fit the key. */
	scheme.key = tally_key_kind(key);
	return tally_signature_check(key, &scheme, what->message, what->signature);
}

enum tally_status tally_kept_check(struct tally_kept *kept, const struct tally_signed_message *what,
				   const struct tally_period *period, int64_t time)
{
	const struct name name = { .what = signatures,
				   .scheme = { what->form, what->alg, what->salt_size },
				   .part = { what->spki, what->message, what->signature } };
	struct entry *entry;
	enum tally_status status;

	if (!period || !is_within(period, time))
		return check_now(kept, what);
	entry = find(kept, &name);
	if (entry && is_within(&entry->period, time)) {
		kept->counts.spared++;
		return TALLY_OK;
	}
	status = check_now(kept, what);
	if (status != TALLY_OK)
		return status;
	if (!entry) {
		entry = entry_new(kept, &name);
		if (!entry)
			return TALLY_NO_MEMORY;
		add(kept, entry);
	}
	entry->period = *period;
	return TALLY_OK;
}
