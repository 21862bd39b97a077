// SPDX-License-Identifier: BSD-2-Clause
/* Open files: what each shows its reader, and what its writer has not finished. */
#include "handle.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "access.h"
#include "quota.h"

#define ANY_READ 0444
#define ANY_WRITE 0222

void tally_handles_number(struct tally_handles *handles, uint32_t incarnation)
{
	handles->next_id = ((uint64_t)incarnation + 1) << 32;
}

void tally_handles_init(struct tally_handles *handles, struct tally_tree *tree)
{
	memset(handles, 0, sizeof(*handles));
	handles->tree = tree;
	tally_handles_number(handles, 0);
}

static struct tally_quota *quota_of(const struct tally_handles *handles, const struct tally_handle *handle)
{
	return handles->tree->options.faces[handle->node.face]->quota;
}

static enum tally_quota_kind quota_kind(const struct tally_node *node)
{
	return node->kind == TALLY_NODE_REQUEST ? TALLY_QUOTA_REQUESTS : TALLY_QUOTA_OPEN;
}

static void drop_content(struct tally_handles *handles, struct tally_handle *handle)
{
	tally_blob_put(handle->content);
	handle->content = NULL;
	tally_quota_give(quota_of(handles, handle), handle->caller.uid, TALLY_QUOTA_HELD_BYTES, handle->held_size);
	handle->held_size = 0;
}

static void put_held(struct tally_handles *handles, struct tally_handle *handle)
{
	assert(handle->references > 0);
	if (--handle->references)
		return;
	drop_content(handles, handle);
	if (handle->session)
		tally_request_session_done(handle->session, handles->tree->options.faces[handle->node.face],
					   &handle->caller);
	free(handle->session);
	tally_quota_give(quota_of(handles, handle), handle->caller.uid, quota_kind(&handle->node), 1);
	if (handle->node.entry) {
		handle->node.entry->used = tally_tree_now();
		tally_entry_put(handle->node.entry);
	}
	free(handle);
}

static void close_held(struct tally_handles *handles, struct tally_handle *handle)
{
	struct tally_handle **place = &handles->bucket[handle->id % TALLY_HANDLE_BUCKETS];

	while (*place != handle)
		place = &(*place)->next;
	*place = handle->next;
	put_held(handles, handle);
}

void tally_handles_done(struct tally_handles *handles)
{
	for (size_t i = 0; i < TALLY_HANDLE_BUCKETS; i++)
		while (handles->bucket[i])
			close_held(handles, handles->bucket[i]);
}

/* The mode binds root too: the kernel lets it pass, and configfs and sysfs do not. */
static int check_access(const struct tally_node *node, int flags)
{
	int access = flags & O_ACCMODE;
	bool reads = access == O_RDONLY || access == O_RDWR;
	bool writes = access == O_WRONLY || access == O_RDWR;

	if (tally_node_is_directory(node))
		return flags & O_DIRECTORY ? 0 : -EISDIR;
	if (node->kind == TALLY_NODE_RTMR_TCG_MAP && writes)
		return -EPERM;
	/* A message has no place in the file that it could be put behind. */
	if (node->kind == TALLY_NODE_REQUEST && flags & O_APPEND)
		return -EINVAL;
	if ((reads && !(node->mode & ANY_READ)) || (writes && !(node->mode & ANY_WRITE)))
		return -EACCES;
	return 0;
}

static unsigned access_of(int flags)
{
	int access = flags & O_ACCMODE;

	return (access != O_WRONLY ? TALLY_ACCESS_READS : 0U) | (access != O_RDONLY ? TALLY_ACCESS_WRITES : 0U);
}

static int take_share(struct tally_handles *handles, const struct tally_node *node, const struct tally_caller *caller)
{
	const struct tally_tree_options *options = &handles->tree->options;
	struct tally_quota *quota = options->faces[node->face]->quota;
	uint64_t limit = caller->uid == options->owner ? options->open_quota : TALLY_OPEN_QUOTA_OTHERS;

	if (options->faces[node->face]->callers)
		limit = caller->rights.limit[TALLY_QUOTA_OPEN];
	if (node->kind == TALLY_NODE_REQUEST) {
		if (!tally_caller_may_ask(caller))
			return -EACCES;
		limit = caller->rights.limit[TALLY_QUOTA_REQUESTS];
	}
	return tally_quota_take(quota, caller->uid, quota_kind(node), 1, limit);
}

static int begin_session(struct tally_handle *handle)
{
	if (handle->node.kind != TALLY_NODE_REQUEST)
		return 0;
	handle->session = malloc(sizeof(*handle->session));
	if (!handle->session)
		return -ENOMEM;
	tally_request_session_init(handle->session);
	return 0;
}

static int open_held(struct tally_handles *handles, uint64_t number, int flags, const struct tally_caller *caller,
		     struct tally_handle *handle)
{
	struct tally_node *node = &handle->node;
	int error = tally_tree_node(handles->tree, number, node);

	if (!error)
		error = check_access(node, flags);
	if (!error)
		error = tally_access_check(&caller->rights, node, access_of(flags));
	if (!error)
		error = take_share(handles, node, caller);
	if (error)
		return error;
	error = begin_session(handle);
	if (error) {
		tally_quota_give(handles->tree->options.faces[node->face]->quota, caller->uid, quota_kind(node), 1);
		return error;
	}
	handle->id = handles->next_id++;
	handle->references = 2; /* the table's, and the caller's */
	handle->caller = *caller;
	handle->can_read = (flags & O_ACCMODE) != O_WRONLY;
	handle->can_write = (flags & O_ACCMODE) != O_RDONLY;
	if (node->entry) {
		node->entry->references++;
		node->entry->used = tally_tree_now();
	}
	handle->next = handles->bucket[handle->id % TALLY_HANDLE_BUCKETS];
	handles->bucket[handle->id % TALLY_HANDLE_BUCKETS] = handle;
	return 0;
}

int tally_handle_open(struct tally_handles *handles, uint64_t number, int flags, const struct tally_caller *caller,
		      struct tally_handle **ret)
{
	struct tally_handle *handle = calloc(1, sizeof(*handle));
	int error;

	if (!handle)
		return -ENOMEM;
	pthread_mutex_lock(&handles->tree->lock);
	error = open_held(handles, number, flags, caller, handle);
	pthread_mutex_unlock(&handles->tree->lock);
	if (error)
		free(handle);
	else
		*ret = handle;
	return error;
}

struct tally_handle *tally_handle_get(struct tally_handles *handles, uint64_t id)
{
	struct tally_handle *handle;

	pthread_mutex_lock(&handles->tree->lock);
	handle = handles->bucket[id % TALLY_HANDLE_BUCKETS];
	while (handle && handle->id != id)
		handle = handle->next;
	if (handle)
		handle->references++;
	pthread_mutex_unlock(&handles->tree->lock);
	return handle;
}

void tally_handle_put(struct tally_handles *handles, struct tally_handle *handle)
{
	pthread_mutex_lock(&handles->tree->lock);
	put_held(handles, handle);
	pthread_mutex_unlock(&handles->tree->lock);
}

void tally_handle_close(struct tally_handles *handles, struct tally_handle *handle)
{
	pthread_mutex_lock(&handles->tree->lock);
	close_held(handles, handle);
	pthread_mutex_unlock(&handles->tree->lock);
}

void tally_handles_release(struct tally_handles *handles, uint64_t id)
{
	struct tally_handle *handle = tally_handle_get(handles, id);

	if (!handle)
		return;
	tally_handle_close(handles, handle);
	tally_handle_put(handles, handle);
}

/* --- reading --- */

/* As sysfs: each read from the beginning sees the register as it is. Others stay as they were first read. */
static bool is_live(const struct tally_node *node)
{
	return node->kind == TALLY_NODE_MEASUREMENT;
}

struct tally_blob *tally_handle_content(struct tally_handles *handles, struct tally_handle *handle, uint64_t offset)
{
	struct tally_blob *content;

	pthread_mutex_lock(&handles->tree->lock);
	if (is_live(&handle->node) && offset == 0)
		drop_content(handles, handle);
	content = tally_blob_get(handle->content);
	pthread_mutex_unlock(&handles->tree->lock);
	return content;
}

static int keep_held(struct tally_handles *handles, struct tally_handle *handle, struct tally_blob *content)
{
	uint64_t size = content->memory ? content->bytes.size : 0;
	uint64_t limit = TALLY_HELD_QUOTA;
	int error;

	if (handles->tree->options.faces[handle->node.face]->callers)
		limit = handle->caller.rights.limit[TALLY_QUOTA_HELD_BYTES];
	drop_content(handles, handle);
	error = tally_quota_take(quota_of(handles, handle), handle->caller.uid, TALLY_QUOTA_HELD_BYTES, size, limit);
	if (error)
		return error;
	handle->held_size = size;
	handle->content = tally_blob_get(content);
	return 0;
}

int tally_handle_keep(struct tally_handles *handles, struct tally_handle *handle, struct tally_blob *content)
{
	int error;

	pthread_mutex_lock(&handles->tree->lock);
	error = keep_held(handles, handle, content);
	pthread_mutex_unlock(&handles->tree->lock);
	tally_blob_put(content);
	return error;
}

/* --- inblob --- */

static int buffer_held(struct tally_handle *handle, uint64_t offset, struct tally_bytes bytes)
{
	handle->is_dirty = true;
	if (offset > TALLY_INBLOB_LIMIT || bytes.size > TALLY_INBLOB_LIMIT - offset)
		return -EFBIG;
	memcpy(handle->inblob + offset, bytes.data, bytes.size);
	if (offset + bytes.size > handle->inblob_size)
		handle->inblob_size = (size_t)offset + bytes.size;
	return 0;
}

int tally_handle_buffer(struct tally_handles *handles, struct tally_handle *handle, uint64_t offset,
			struct tally_bytes bytes)
{
	int error;

	pthread_mutex_lock(&handles->tree->lock);
	error = buffer_held(handle, offset, bytes);
	pthread_mutex_unlock(&handles->tree->lock);
	return error;
}

/*
 * The first close after a write commits; the kernel tells of each close and not of the last. A file whose descriptors
 * were shared (dup, fork, a group of writers) may go on being written to: then the whole replaces what was committed,
 * and counts as the same write, as if it had been committed at the last close. If somebody else wrote in between it
 * counts again, or that requester would take the report of this blob for its own. An entry that is gone takes nothing.
 */
void tally_handle_flush(struct tally_handles *handles, struct tally_handle *handle)
{
	struct tally_entry *entry = handle->node.entry;

	pthread_mutex_lock(&handles->tree->lock);
	if (handle->is_dirty && entry && !entry->is_removed) {
		bool is_again = handle->has_committed && handle->committed == entry->report.version;

		tally_report_entry_commit(&entry->report, tally_bytes(handle->inblob, handle->inblob_size), is_again);
		handle->has_committed = true;
		handle->committed = entry->report.version;
		entry->used = tally_tree_now();
	}
	handle->is_dirty = false;
	pthread_mutex_unlock(&handles->tree->lock);
}
