// SPDX-License-Identifier: BSD-2-Clause
/* Reading a directory into memory and putting it back. */
#include "folder.h"

#include "../unit/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#define PATH_LIMIT 512

void folder_make_path(char path[static FOLDER_NAME_LIMIT])
{
	const char *parent = getenv("TMPDIR");

	if (!parent)
		parent = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(path, FOLDER_NAME_LIMIT, "%s/tally-crash-XXXXXX", parent);
	assert_non_null(mkdtemp(path));
}

static int remove_one(const char *path, const struct stat *found, int type, struct FTW *where)
{
	(void)found;
	(void)type;
	return where->level > 0 ? remove(path) : 0;
}

static void folder_empty(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void folder_remove_path(const char *path)
{
	folder_empty(path);
	rmdir(path);
}

uint8_t *file_read_whole(const char *folder, const char *name, size_t *ret_size)
{
	char path[PATH_LIMIT];
	struct stat stat;
	uint8_t *data;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	assert_int_equal(fstat(fd, &stat), 0);
	data = malloc((size_t)stat.st_size + 1);
	assert_non_null(data);
	assert_int_equal(read(fd, data, (size_t)stat.st_size), stat.st_size);
	close(fd);
	*ret_size = (size_t)stat.st_size;
	return data;
}

static int entry_compare(const void *a, const void *b)
{
	return strcmp(((const struct folder_entry *)a)->name, ((const struct folder_entry *)b)->name);
}

static void read_below(struct folder *folder, const char *path, const char *below)
{
	char name[PATH_LIMIT];
	struct dirent *found;
	DIR *directory;

	snprintf(name, sizeof(name), "%s/%s", path, below);
	directory = opendir(name);
	assert_non_null(directory);
	while ((found = readdir(directory))) {
		struct folder_entry *entry = &folder->entry[folder->count];
		struct stat stat;

		if (!strcmp(found->d_name, ".") || !strcmp(found->d_name, ".."))
			continue;
		assert_true(folder->count < FOLDER_ENTRY_LIMIT);
		folder->count++;
		snprintf(entry->name, sizeof(entry->name), "%s%.*s", below, 100, found->d_name);
		snprintf(name, sizeof(name), "%s/%s", path, entry->name);
		assert_int_equal(lstat(name, &stat), 0);
		entry->mode = stat.st_mode & 07777;
		entry->data = S_ISDIR(stat.st_mode) ? NULL : file_read_whole(path, entry->name, &entry->size);
		if (S_ISDIR(stat.st_mode)) {
			snprintf(name, sizeof(name), "%s/", entry->name);
			read_below(folder, path, name);
		}
	}
	closedir(directory);
}

struct folder folder_read(const char *path)
{
	struct folder folder = { 0 };

	read_below(&folder, path, "");
	qsort(folder.entry, folder.count, sizeof(folder.entry[0]), entry_compare);
	return folder;
}

void folder_done(struct folder *folder)
{
	for (size_t i = 0; i < folder->count; i++)
		free(folder->entry[i].data);
	memset(folder, 0, sizeof(*folder));
}

static void file_put(const char *path, const struct folder_entry *entry)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, entry->data, entry->size), entry->size);
	assert_int_equal(fchmod(fd, entry->mode), 0);
	close(fd);
}

void folder_put(const struct folder *folder, const char *path)
{
	folder_empty(path);
	for (size_t i = 0; i < folder->count; i++) {
		char name[PATH_LIMIT];

		snprintf(name, sizeof(name), "%s/%s", path, folder->entry[i].name);
		if (folder->entry[i].data)
			file_put(name, &folder->entry[i]);
		else
			assert_int_equal(mkdir(name, folder->entry[i].mode), 0);
	}
}

const struct folder_entry *folder_find(const struct folder *folder, const char *name)
{
	for (size_t i = 0; i < folder->count; i++)
		if (!strcmp(folder->entry[i].name, name) && folder->entry[i].data)
			return &folder->entry[i];
	return NULL;
}

struct folder folder_copy(const struct folder *folder)
{
	struct folder copy = *folder;

	for (size_t i = 0; i < copy.count; i++) {
		struct folder_entry *entry = &copy.entry[i];

		if (!entry->data)
			continue;
		entry->data = malloc(entry->size + 1);
		assert_non_null(entry->data);
		memcpy(entry->data, folder->entry[i].data, entry->size);
	}
	return copy;
}

static size_t entry_of(const struct folder *folder, const char *name)
{
	for (size_t i = 0; i < folder->count; i++)
		if (!strcmp(folder->entry[i].name, name))
			return i;
	fail_msg("there is no file %s", name);
	return 0;
}

void folder_change(struct folder *folder, const char *name, const void *data, size_t size)
{
	struct folder_entry *entry = &folder->entry[entry_of(folder, name)];
	uint8_t *copy = malloc(size + 1);

	assert_non_null(copy);
	memcpy(copy, data, size);
	free(entry->data);
	entry->data = copy;
	entry->size = size;
}

void folder_drop(struct folder *folder, const char *name)
{
	size_t at = entry_of(folder, name);

	free(folder->entry[at].data);
	folder->count--;
	memmove(&folder->entry[at], &folder->entry[at + 1], (folder->count - at) * sizeof(folder->entry[0]));
}

bool folder_equal(const struct folder *a, const struct folder *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct folder_entry *x = &a->entry[i];
		const struct folder_entry *y = &b->entry[i];

		if (strcmp(x->name, y->name) != 0 || x->size != y->size || !x->data != !y->data)
			return false;
		if (x->data && memcmp(x->data, y->data, x->size) != 0)
			return false;
	}
	return true;
}

void folder_hash(const struct folder *folder, uint8_t ret[FOLDER_HASH_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	assert_non_null(context);
	assert_int_equal(EVP_DigestInit_ex(context, EVP_sha256(), NULL), 1);
	for (size_t i = 0; i < folder->count; i++) {
		const struct folder_entry *entry = &folder->entry[i];

		assert_int_equal(EVP_DigestUpdate(context, entry->name, sizeof(entry->name)), 1);
		assert_int_equal(EVP_DigestUpdate(context, &entry->size, sizeof(entry->size)), 1);
		assert_int_equal(EVP_DigestUpdate(context, entry->data, entry->size), 1);
	}
	assert_int_equal(EVP_DigestFinal_ex(context, ret, NULL), 1);
	EVP_MD_CTX_free(context);
}
