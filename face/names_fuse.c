// SPDX-License-Identifier: BSD-2-Clause
/* Names, attributes and directories, as FUSE asks for them. */
#include "access.h"
#include "server_inside.h"

#include <errno.h>
#include <stdlib.h>

#include "listing.h"

/*
 * Names and attributes stay as they are until they are removed, by a client, which the kernel sees, or by us, which we
 * tell it: so it need not ask again. spec: research of clients: 94 requests for one report without this, 43 with it
 */
#define FOREVER 86400.0

static void fill_stat(const struct tally_server *server, const struct tally_node *node, struct stat *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->st_ino = node->number;
	ret->st_mode = node->mode;
	ret->st_nlink = tally_node_is_directory(node) ? 2 : 1;
	ret->st_uid = node->user;
	ret->st_gid = node->group;
	ret->st_size = (off_t)node->size;
	ret->st_blksize = 4096;
	ret->st_atim = server->started;
	ret->st_mtim = server->started;
	ret->st_ctim = server->started;
}

/* The log grows by itself. */
static double attributes_last(const struct tally_node *node)
{
	return node->kind == TALLY_NODE_LOG ? 0 : FOREVER;
}

/*
 * Writers of one inode wait for one another in the kernel, where nothing can kill them, so each user has an inode of
 * the transaction file: nobody else's request holds his up. Its name is looked up each time.
 */
static void own_request(fuse_req_t request, struct tally_node *node)
{
	if (node->kind == TALLY_NODE_REQUEST)
		node->number = tally_tree_request_number(node->face, fuse_req_ctx(request)->uid);
}

static void reply_entry(fuse_req_t request, const struct tally_node *node)
{
	struct fuse_entry_param entry = { .ino = node->number, .attr_timeout = attributes_last(node) };

	entry.entry_timeout = node->kind == TALLY_NODE_REQUEST ? 0 : FOREVER;
	fill_stat(tally_server_of(request), node, &entry.attr);
	fuse_reply_entry(request, &entry);
}

void tally_serve_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	struct tally_server *server = tally_server_of(request);
	struct tally_node node;
	int error;

	tally_statistics_count(&server->statistics, TALLY_STATISTIC_LOOKUP);
	error = tally_tree_look_up(&server->tree, parent, name, &node);
	if (error) {
		fuse_reply_err(request, -error);
		return;
	}
	own_request(request, &node);
	reply_entry(request, &node);
}

static void reply_attributes(fuse_req_t request, fuse_ino_t number)
{
	struct tally_server *server = tally_server_of(request);
	struct tally_node node;
	struct stat stat;
	int error = tally_tree_attributes(&server->tree, number, &node);

	if (error) {
		fuse_reply_err(request, -error);
		return;
	}
	fill_stat(server, &node, &stat);
	stat.st_ino = number;
	fuse_reply_attr(request, &stat, attributes_last(&node));
}

void tally_serve_getattr(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info)
{
	(void)info;
	tally_statistics_count(&tally_server_of(request)->statistics, TALLY_STATISTIC_GETATTR);
	reply_attributes(request, number);
}

/* Sizes and times are not kept: a client that truncates before it writes is told that it did. Modes and owners stay. */
void tally_serve_setattr(fuse_req_t request, fuse_ino_t number, struct stat *attributes, int which,
			 struct fuse_file_info *info)
{
	(void)attributes;
	(void)info;
	tally_statistics_count(&tally_server_of(request)->statistics, TALLY_STATISTIC_SETATTR);
	if (which & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
		fuse_reply_err(request, EPERM);
	else
		reply_attributes(request, number);
}

void tally_serve_mkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode)
{
	struct tally_server *server = tally_server_of(request);
	struct tally_caller caller;
	struct tally_node node;
	int error;

	(void)mode; /* as in configfs */
	tally_statistics_count(&server->statistics, TALLY_STATISTIC_MKDIR);
	error = tally_serve_caller(request, parent, &node, &caller);
	if (!error)
		error = tally_access_check(&caller.rights, &node, TALLY_ACCESS_CHANGES);
	if (!error)
		error = tally_tree_make(&server->tree, &caller, parent, name, &node);
	if (error)
		fuse_reply_err(request, -error);
	else
		reply_entry(request, &node);
}

void tally_serve_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	struct tally_server *server = tally_server_of(request);
	struct tally_caller caller;
	struct tally_node node;
	int error;

	tally_statistics_count(&server->statistics, TALLY_STATISTIC_RMDIR);
	error = tally_serve_caller(request, parent, &node, &caller);
	if (!error)
		error = tally_access_check(&caller.rights, &node, TALLY_ACCESS_CHANGES);
	if (!error)
		error = tally_tree_remove(&server->tree, parent, name);
	fuse_reply_err(request, -error);
}

/* --- directories --- */

void tally_serve_opendir(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info)
{
	struct tally_server *server = tally_server_of(request);
	struct tally_caller caller;
	struct tally_handle *handle;
	struct tally_node node;
	int error;

	tally_statistics_count(&server->statistics, TALLY_STATISTIC_OPENDIR);
	error = tally_serve_caller(request, number, &node, &caller);
	if (!error)
		error = tally_listing_open(&server->handles, number, &caller, &handle);
	if (error) {
		fuse_reply_err(request, -error);
		return;
	}
	info->fh = handle->id;
	if (fuse_reply_open(request, info) != 0)
		tally_handle_close(&server->handles, handle);
	tally_handle_put(&server->handles, handle);
}

void tally_serve_readdir(fuse_req_t request, fuse_ino_t number, size_t size, off_t offset, struct fuse_file_info *info)
{
	struct tally_server *server = tally_server_of(request);
	struct tally_handle *handle = tally_handle_get(&server->handles, info->fh);
	struct tally_listing_item item;
	char *buffer = malloc(size);
	size_t used = 0;

	(void)number;
	tally_statistics_count(&server->statistics, TALLY_STATISTIC_READDIR);
	if (!handle || !buffer) {
		fuse_reply_err(request, handle ? ENOMEM : ESTALE);
		if (handle)
			tally_handle_put(&server->handles, handle);
		free(buffer);
		return;
	}
	for (uint64_t i = (uint64_t)offset; tally_listing_read(handle, i, &item); i++) {
		struct stat stat = { .st_ino = item.number, .st_mode = item.mode };
		size_t needed = fuse_add_direntry(request, buffer + used, size - used, item.name, &stat, (off_t)i + 1);

		if (needed > size - used)
			break;
		used += needed;
	}
	fuse_reply_buf(request, buffer, used);
	tally_handle_put(&server->handles, handle);
	free(buffer);
}

void tally_serve_releasedir(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info)
{
	(void)number;
	tally_statistics_count(&tally_server_of(request)->statistics, TALLY_STATISTIC_RELEASEDIR);
	tally_handles_release(&tally_server_of(request)->handles, info->fh);
	fuse_reply_err(request, 0);
}
