// SPDX-License-Identifier: BSD-2-Clause
/* Collateral in files. Whether it is any good, its signatures say when it is used. */
#include "collateral_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../verify/chain.h"
#include "problem.h"

/* The whole of a file, in the arena; 0 or an errno. */
static int read_file(struct tally_arena *arena, const char *path, struct tally_bytes *ret)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat stat;
	size_t used = 0;
	ssize_t done = 1;
	uint8_t *data;

	if (file < 0)
		return errno;
	if (fstat(file, &stat) != 0 || !S_ISREG(stat.st_mode) || (size_t)stat.st_size > TALLY_STORE_SIZE_LIMIT) {
		close(file);
		return S_ISREG(stat.st_mode) ? EFBIG : EINVAL;
	}
	data = tally_arena_take(arena, (size_t)stat.st_size + 1, 1);
	while (data && used < (size_t)stat.st_size && done > 0) {
		done = read(file, data + used, (size_t)stat.st_size - used);
		used += done > 0 ? (size_t)done : 0;
	}
	close(file);
	if (!data || done < 0)
		return data ? EIO : ENOMEM;
	*ret = tally_bytes(data, used);
	return 0;
}

static enum tally_exit add_file(struct tally_cli *cli, struct tally_store *store, const char *path,
				enum tally_collateral_kind otherwise)
{
	struct tally_collateral_item *item;
	struct tally_bytes bytes;
	int error = read_file(store->arena, path, &bytes);

	if (error)
		return tally_refuse_errno(cli, error, "%s can't be read", path);
	if (store->items.count == TALLY_STORE_FILE_LIMIT)
		return tally_refuse(cli, TALLY_EXIT_USAGE, "more than %d files of collateral", TALLY_STORE_FILE_LIMIT);
	item = tally_vector_add(&store->items, store->arena, sizeof(*item));
	if (!item)
		return tally_refuse_errno(cli, ENOMEM, "%s can't be read", path);
	item->kind = tally_collateral_kind_of(bytes);
	if (item->kind == TALLY_COLLATERAL_UNKNOWN)
		item->kind = otherwise;
	item->origin = tally_arena_print(store->arena, "%s", path);
	item->bytes = bytes;
	return TALLY_EXIT_OK;
}

static enum tally_exit add_entry(struct tally_cli *cli, struct tally_store *store, const char *folder, const char *name,
				 int depth);

/* A provider has a folder of its own: one level is all there is. */
static enum tally_exit add_folder(struct tally_cli *cli, struct tally_store *store, const char *path, int depth)
{
	DIR *folder = opendir(path);
	enum tally_exit code = TALLY_EXIT_OK;
	struct dirent *entry;

	if (!folder)
		return errno == ENOENT || errno == EACCES ? TALLY_EXIT_OK
							  : tally_refuse_errno(cli, errno, "%s can't be read", path);
	while (code == TALLY_EXIT_OK && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			code = add_entry(cli, store, path, entry->d_name, depth);
	closedir(folder);
	return code;
}

static enum tally_exit add_entry(struct tally_cli *cli, struct tally_store *store, const char *folder, const char *name,
				 int depth)
{
	char path[TALLY_STORE_PATH_LIMIT];
	struct stat stat;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path) || lstat(path, &stat) != 0)
		return TALLY_EXIT_OK;
	if (S_ISDIR(stat.st_mode))
		return depth ? add_folder(cli, store, path, depth - 1) : TALLY_EXIT_OK;
	return S_ISREG(stat.st_mode) ? add_file(cli, store, path, TALLY_COLLATERAL_UNKNOWN) : TALLY_EXIT_OK;
}

/* A cache need not be there; what the caller names must be. */
static enum tally_exit add_named_folder(struct tally_cli *cli, struct tally_store *store, const char *path)
{
	DIR *folder = opendir(path);

	if (!folder)
		return tally_refuse_errno(cli, errno, "%s can't be read", path);
	closedir(folder);
	return add_folder(cli, store, path, 1);
}

enum tally_exit tally_store_add_folder(struct tally_cli *cli, struct tally_store *store, const char *path)
{
	enum tally_exit code;

	if (!store->arena)
		store->arena = tally_arena_new();
	if (!store->arena)
		return tally_refuse_errno(cli, ENOMEM, "%s can't be read", path);
	code = add_named_folder(cli, store, path);
	store->collateral = (struct tally_collateral){ store->items.count, store->items.items };
	return code;
}

bool tally_store_own(const struct tally_cli *cli, char ret[TALLY_STORE_PATH_LIMIT])
{
	const char *given = tally_argument(&cli->arguments, "cache");
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	int size;

	if (given)
		size = snprintf(ret, TALLY_STORE_PATH_LIMIT, "%s", given);
	else if (cache && cache[0] == '/')
		size = snprintf(ret, TALLY_STORE_PATH_LIMIT, "%s/tally", cache);
	else if (geteuid() == 0)
		size = snprintf(ret, TALLY_STORE_PATH_LIMIT, "%s", TALLY_STORE_SYSTEM);
	else if (home && home[0] == '/')
		size = snprintf(ret, TALLY_STORE_PATH_LIMIT, "%s/.cache/tally", home);
	else
		return false;
	return size > 0 && size < TALLY_STORE_PATH_LIMIT;
}

static enum tally_exit add_caches(struct tally_cli *cli, struct tally_store *store)
{
	char own[TALLY_STORE_PATH_LIMIT] = "";
	enum tally_exit code = TALLY_EXIT_OK;

	if (tally_argument(&cli->arguments, "no-cache"))
		return code;
	if (tally_store_own(cli, own))
		code = add_folder(cli, store, own, 1);
	if (code == TALLY_EXIT_OK && strcmp(own, TALLY_STORE_SYSTEM) != 0 && !tally_argument(&cli->arguments, "cache"))
		code = add_folder(cli, store, TALLY_STORE_SYSTEM, 1);
	return code;
}

static enum tally_exit add_named(struct tally_cli *cli, struct tally_store *store, const char *path)
{
	struct stat found;

	if (stat(path, &found) == 0 && S_ISDIR(found.st_mode))
		return add_named_folder(cli, store, path);
	return add_file(cli, store, path, TALLY_COLLATERAL_SNP_TABLE);
}

enum tally_exit tally_store_open(struct tally_cli *cli, struct tally_store *store)
{
	enum tally_exit code = TALLY_EXIT_OK;
	const char *path;
	size_t i = 0;

	store->arena = tally_arena_new();
	if (!store->arena)
		return tally_refuse_errno(cli, ENOMEM, "collateral can't be read");
	while (code == TALLY_EXIT_OK && (path = tally_argument_next(&cli->arguments, "collateral", &i)))
		code = add_named(cli, store, path);
	if (code == TALLY_EXIT_OK)
		code = add_caches(cli, store);
	store->collateral = (struct tally_collateral){ store->items.count, store->items.items };
	return code;
}

void tally_store_close(struct tally_store *store)
{
	tally_arena_free(store->arena);
	memset(store, 0, sizeof(*store));
}

/* The first text of this member, wherever it stands: "2026-11-21T12:00:00Z". */
static bool find_date(struct tally_bytes json, const char *member, int64_t *ret)
{
	const char *found = memmem(json.data, json.size, member, strlen(member));
	struct tm fields = { 0 };
	char text[32] = "";
	const char *begin;
	size_t left;

	if (!found)
		return false;
	found += strlen(member);
	left = json.size - (size_t)((const uint8_t *)found - json.data);
	begin = memchr(found, '2', left < 8 ? left : 8);
	if (!begin || (size_t)((const uint8_t *)begin - json.data) + 20 > json.size)
		return false;
	memcpy(text, begin, 20);
	if (!strptime(text, "%Y-%m-%dT%H:%M:%SZ", &fields))
		return false;
	*ret = (int64_t)timegm(&fields);
	return true;
}

static void list_dates(const struct tally_collateral_item *item, struct tally_arena *arena,
		       struct tally_store_dates *ret)
{
	struct tally_crl crl;

	if (tally_crl_read_any(item->bytes, NULL, arena, &crl) != TALLY_OK)
		return;
	ret->has_issued = true;
	ret->issued = crl.this_update;
	ret->has_until = crl.has_next_update;
	ret->until = crl.next_update;
}

static void certificate_dates(const struct tally_collateral_item *item, struct tally_arena *arena,
			      struct tally_store_dates *ret)
{
	struct tally_certificate *certificates;
	size_t count;

	if (tally_certificates_read(item->bytes, NULL, arena, &certificates, &count) != TALLY_OK || count == 0)
		return;
	ret->has_issued = ret->has_until = true;
	ret->issued = certificates[0].not_before;
	ret->until = certificates[0].not_after;
	for (size_t i = 1; i < count; i++)
		if (certificates[i].not_after < ret->until)
			ret->until = certificates[i].not_after;
}

struct tally_store_dates tally_store_dates(const struct tally_collateral_item *item, struct tally_arena *arena)
{
	struct tally_store_dates dates = { false, 0, false, 0 };

	if (item->kind == TALLY_COLLATERAL_CRL) {
		list_dates(item, arena, &dates);
	} else if (item->kind == TALLY_COLLATERAL_CERTIFICATES) {
		certificate_dates(item, arena, &dates);
	} else if (item->kind == TALLY_COLLATERAL_TDX_TCB_INFO || item->kind == TALLY_COLLATERAL_TDX_QE_IDENTITY) {
		dates.has_issued = find_date(item->bytes, "\"issueDate\"", &dates.issued);
		dates.has_until = find_date(item->bytes, "\"nextUpdate\"", &dates.until);
	}
	return dates;
}
