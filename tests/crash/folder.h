/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory with all that it holds, in memory: to be put in place again and again, and compared. */
#ifndef TALLY_TESTS_CRASH_FOLDER_H
#define TALLY_TESTS_CRASH_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FOLDER_NAME_LIMIT 160
#define FOLDER_ENTRY_LIMIT 32
#define FOLDER_HASH_SIZE 32

struct folder_entry {
	char name[FOLDER_NAME_LIMIT]; /* with the folders on the way: "old/0102/log" */
	mode_t mode;
	uint8_t *data; /* NULL for a folder; else size bytes on the heap */
	size_t size;
};

/* Entries ascending by name. Released with folder_done. */
struct folder {
	size_t count;
	struct folder_entry entry[FOLDER_ENTRY_LIMIT];
};

/* A new empty directory of the test's own: below TMPDIR, or where memory serves as disk. */
void folder_make_path(char path[static FOLDER_NAME_LIMIT]);
void folder_remove_path(const char *path);

struct folder folder_read(const char *path);
void folder_done(struct folder *folder);

/* Make the directory hold this and nothing else. */
void folder_put(const struct folder *folder, const char *path);

/* NULL if there is no such file. */
const struct folder_entry *folder_find(const struct folder *folder, const char *name);

/* A copy, to be changed. */
struct folder folder_copy(const struct folder *folder);

/* Replace the bytes of a file that is there; take one away. */
void folder_change(struct folder *folder, const char *name, const void *data, size_t size);
void folder_drop(struct folder *folder, const char *name);

/* Names and bytes are the same. */
bool folder_equal(const struct folder *a, const struct folder *b);

/* SHA-256 over names and bytes. */
void folder_hash(const struct folder *folder, uint8_t ret[FOLDER_HASH_SIZE]);

/* One file whole, on the heap; NULL if there is none. */
uint8_t *file_read_whole(const char *folder, const char *name, size_t *ret_size);

#endif
