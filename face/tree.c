// SPDX-License-Identifier: BSD-2-Clause
/* Names that are looked up, made and removed. */
#include "tree.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

#include "../authority/directory.h"
#include "quota.h"

#define NANOSECONDS UINT64_C(1000000000)
#define INCARNATION_MASK ((UINT32_C(1) << 21) - 1) /* a node's number has that much room above its serial */

uint64_t tally_tree_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS + (uint64_t)now.tv_nsec;
}

void tally_tree_number(struct tally_tree *tree, uint32_t incarnation)
{
	tree->entries.next_serial = ((uint64_t)(incarnation & INCARNATION_MASK) + 1) << 32;
}

void tally_tree_init(struct tally_tree *tree, const struct tally_tree_options *options)
{
	memset(tree, 0, sizeof(*tree));
	tree->options = *options;
	pthread_mutex_init(&tree->lock, NULL);
	tally_entries_init(&tree->entries, UINT64_C(1) << 32);
	for (size_t i = 0; i < options->face_count; i++)
		tree->names[i].registers = tally_authority_registers(options->faces[i]->authority);
}

/* The entry goes. Its name, its user's share and its register are free again. */
static void remove_entry(struct tally_tree *tree, struct tally_entry *entry)
{
	if (entry->is_rtmr)
		tally_rtmr_entry_done(&entry->rtmr, &tree->names[entry->face]);
	tally_quota_give(tree->options.faces[entry->face]->quota, entry->user, TALLY_QUOTA_ENTRIES, 1);
	tally_entries_remove(&tree->entries, entry);
}

void tally_tree_done(struct tally_tree *tree)
{
	for (size_t i = 0; i < TALLY_ENTRY_BUCKETS; i++)
		while (tree->entries.by_serial[i])
			remove_entry(tree, tree->entries.by_serial[i]);
	pthread_mutex_destroy(&tree->lock);
}

/* --- looking up --- */

static int find_child(const struct tally_tree *tree, const struct tally_node *directory, const char *name,
		      struct tally_node *ret)
{
	struct tally_node child;

	if (directory->kind == TALLY_DIR_REPORT || directory->kind == TALLY_DIR_RTMRS) {
		struct tally_entry *entry = tally_entries_find_name(&tree->entries, directory->number, name);

		if (!entry)
			return -ENOENT;
		tally_tree_entry_node(tree, entry, ret);
		return 0;
	}
	for (unsigned i = 0; *name && tally_tree_child(tree, directory, i, &child); i++) {
		if (strcmp(child.name, name) != 0)
			continue;
		*ret = child;
		return 0;
	}
	return -ENOENT;
}

static int look_up_held(const struct tally_tree *tree, uint64_t parent, const char *name, struct tally_node *ret)
{
	struct tally_node directory;
	int error = tally_tree_node(tree, parent, &directory);

	if (error)
		return error;
	if (!tally_node_is_directory(&directory))
		return -ENOTDIR;
	return find_child(tree, &directory, name, ret);
}

/* What changes by itself: asked outside the lock. */
static void add_live_size(const struct tally_tree *tree, struct tally_node *node)
{
	struct stat stat;
	char path[PATH_MAX + sizeof(TALLY_FILE_LOG) + 1];

	node->entry = NULL;
	if (node->kind != TALLY_NODE_LOG)
		return;
	snprintf(path, sizeof(path), "%s/" TALLY_FILE_LOG,
		 tally_authority_directory(tree->options.faces[node->face]->authority));
	if (lstat(path, &stat) == 0)
		node->size = (uint64_t)stat.st_size;
}

int tally_tree_look_up(struct tally_tree *tree, uint64_t parent, const char *name, struct tally_node *ret)
{
	int error;

	pthread_mutex_lock(&tree->lock);
	error = look_up_held(tree, parent, name, ret);
	pthread_mutex_unlock(&tree->lock);
	if (!error)
		add_live_size(tree, ret);
	return error;
}

int tally_tree_attributes(struct tally_tree *tree, uint64_t number, struct tally_node *ret)
{
	int error;

	pthread_mutex_lock(&tree->lock);
	error = tally_tree_node(tree, number, ret);
	pthread_mutex_unlock(&tree->lock);
	if (!error)
		add_live_size(tree, ret);
	return error;
}

/* --- making and removing --- */

/*
 * An entry of a user who has as many as the quota admits goes if it was left alone long enough: clients forget theirs,
 * and some come back to them.
 */
static bool collect(struct tally_tree *tree, uid_t user)
{
	uint64_t idle = TALLY_ENTRY_IDLE_SECONDS * NANOSECONDS;
	uint64_t now = tally_tree_now();
	struct tally_entry *entry = tally_entries_collectable(&tree->entries, user, now > idle ? now - idle : 0);

	if (!entry)
		return false;
	if (tree->removed)
		tree->removed(tree->removed_context, entry->parent, entry->name);
	remove_entry(tree, entry);
	return true;
}

/* A policy has quotas of its own. */
static int take_share(struct tally_tree *tree, unsigned face, const struct tally_caller *caller)
{
	const struct tally_face *served = tree->options.faces[face];
	uint64_t limit = served->callers ? caller->rights.limit[TALLY_QUOTA_ENTRIES] : tree->options.entry_quota;
	int error;

	do
		error = tally_quota_take(served->quota, caller->uid, TALLY_QUOTA_ENTRIES, 1, limit);
	while (error == -EDQUOT && collect(tree, caller->uid));
	return error;
}

static int make_held(struct tally_tree *tree, const struct tally_caller *caller, uint64_t parent, const char *name,
		     struct tally_node *ret)
{
	struct tally_node directory;
	struct tally_entry *entry;
	int error = tally_tree_node(tree, parent, &directory);

	if (error)
		return error;
	if (directory.kind != TALLY_DIR_REPORT && directory.kind != TALLY_DIR_RTMRS)
		return -EPERM;
	if (strlen(name) > TALLY_ENTRY_NAME_LIMIT)
		return -ENAMETOOLONG;
	if (tally_entries_find_name(&tree->entries, parent, name))
		return -EEXIST;
	error = take_share(tree, directory.face, caller);
	if (error)
		return error;
	entry = tally_entries_add(&tree->entries, parent, name);
	if (!entry) {
		tally_quota_give(tree->options.faces[directory.face]->quota, caller->uid, TALLY_QUOTA_ENTRIES, 1);
		return -ENOMEM;
	}
	entry->is_rtmr = directory.kind == TALLY_DIR_RTMRS;
	entry->face = directory.face;
	entry->user = caller->uid;
	entry->used = tally_tree_now();
	tally_report_entry_init(&entry->report, tree->options.present[directory.face]);
	tally_rtmr_entry_init(&entry->rtmr);
	tally_tree_entry_node(tree, entry, ret);
	ret->entry = NULL;
	return 0;
}

int tally_tree_make(struct tally_tree *tree, const struct tally_caller *caller, uint64_t parent, const char *name,
		    struct tally_node *ret)
{
	int error;

	pthread_mutex_lock(&tree->lock);
	error = make_held(tree, caller, parent, name, ret);
	pthread_mutex_unlock(&tree->lock);
	return error;
}

/* What is always there stays; an entry goes with the files that stand in it. */
int tally_tree_remove(struct tally_tree *tree, uint64_t parent, const char *name)
{
	struct tally_node node;
	int error;

	pthread_mutex_lock(&tree->lock);
	error = look_up_held(tree, parent, name, &node);
	if (!error && !tally_node_is_directory(&node))
		error = -ENOTDIR;
	if (!error && !node.entry)
		error = -EPERM;
	if (!error)
		remove_entry(tree, node.entry);
	pthread_mutex_unlock(&tree->lock);
	return error;
}
