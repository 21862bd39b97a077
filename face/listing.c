// SPDX-License-Identifier: BSD-2-Clause
/* What a directory holds, as of when it was opened. */
#include "listing.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

/* Items one behind the other, in memory that grows. */
struct list {
	struct tally_listing_item *item;
	size_t count;
	size_t capacity;
};

static bool list_add(struct list *list, uint64_t number, mode_t mode, const char *name)
{
	struct tally_listing_item *item;

	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : 16;

		item = reallocarray(list->item, capacity, sizeof(*item));
		if (!item)
			return false;
		list->item = item;
		list->capacity = capacity;
	}
	item = &list->item[list->count++];
	memset(item, 0, sizeof(*item));
	item->number = number;
	item->mode = mode;
	snprintf(item->name, sizeof(item->name), "%s", name);
	return true;
}

static bool list_entries(const struct tally_tree *tree, uint64_t parent, struct list *list)
{
	for (size_t i = 0; i < TALLY_ENTRY_BUCKETS; i++) {
		const struct tally_entry *entry = tree->entries.by_serial[i];

		for (; entry; entry = entry->next_of_serial)
			if (entry->parent == parent && !list_add(list, entry->serial << 8, S_IFDIR, entry->name))
				return false;
	}
	return true;
}

static bool list_children(const struct tally_tree *tree, const struct tally_node *directory, struct list *list)
{
	struct tally_node child;

	if (!list_add(list, directory->number, S_IFDIR, ".") || !list_add(list, TALLY_ROOT_NODE, S_IFDIR, ".."))
		return false;
	for (unsigned i = 0; tally_tree_child(tree, directory, i, &child); i++)
		if (child.name[0] && !list_add(list, child.number, child.mode & S_IFMT, child.name))
			return false;
	return list_entries(tree, directory->number, list);
}

int tally_listing_open(struct tally_handles *handles, uint64_t number, const struct tally_caller *caller,
		       struct tally_handle **ret)
{
	struct list list = { 0 };
	struct tally_handle *handle;
	struct tally_blob *blob;
	int error = tally_handle_open(handles, number, O_RDONLY | O_DIRECTORY, caller, &handle);

	if (error)
		return error;
	pthread_mutex_lock(&handles->tree->lock);
	error = list_children(handles->tree, &handle->node, &list) ? 0 : -ENOMEM;
	pthread_mutex_unlock(&handles->tree->lock);
	blob = tally_blob_own((uint8_t *)list.item, error ? 0 : list.count * sizeof(*list.item));
	if (!error)
		error = blob ? tally_handle_keep(handles, handle, blob) : -ENOMEM;
	else
		tally_blob_put(blob);
	if (error) {
		tally_handle_close(handles, handle);
		tally_handle_put(handles, handle);
		return error;
	}
	*ret = handle;
	return 0;
}

/* The content of a directory's handle never changes: no lock is needed. */
bool tally_listing_read(const struct tally_handle *handle, uint64_t i, struct tally_listing_item *ret)
{
	if (!handle->content || i >= handle->content->bytes.size / sizeof(*ret))
		return false;
	memcpy(ret, handle->content->bytes.data + i * sizeof(*ret), sizeof(*ret));
	return true;
}
