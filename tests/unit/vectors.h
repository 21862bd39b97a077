/* SPDX-License-Identifier: BSD-2-Clause */
/* Real evidence and logs, outside the repository, with known answers beside them. */
#ifndef TALLY_TESTS_UNIT_VECTORS_H
#define TALLY_TESTS_UNIT_VECTORS_H

#include <dirent.h>
#include <jansson.h>

#include "hex.h"

#define VECTOR_LIMIT 128

/* Base names of one folder, without their ending, in order. */
struct vector_names {
	size_t count;
	char *name[VECTOR_LIMIT];
};

/* A program that lives on vectors says so and ends, in a way that test runners count as skipped. */
static inline bool vectors_are_missing(void)
{
	const char *path = getenv("TALLY_VECTORS");

	if (path && *path)
		return false;
	puts("1..0 # SKIP TALLY_VECTORS is not set");
	return true;
}

static inline const char *vectors_path(void)
{
	const char *path = getenv("TALLY_VECTORS");

	assert_non_null(path);
	return path;
}

static inline int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The files of a folder that end so; at least one. */
static inline struct vector_names vector_names(const char *folder, const char *ending)
{
	struct vector_names names = { 0 };
	struct dirent *entry;
	char path[4096];
	DIR *directory;

	snprintf(path, sizeof(path), "%s/%s", vectors_path(), folder);
	directory = opendir(path);
	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		size_t size = strlen(entry->d_name);

		if (size <= strlen(ending) || strcmp(entry->d_name + size - strlen(ending), ending) != 0)
			continue;
		assert_true(names.count < VECTOR_LIMIT);
		names.name[names.count] = strndup(entry->d_name, size - strlen(ending));
		assert_non_null(names.name[names.count++]);
	}
	closedir(directory);
	assert_true(names.count > 0);
	qsort(names.name, names.count, sizeof(names.name[0]), compare_names);
	return names;
}

static inline void free_vector_names(struct vector_names *names)
{
	while (names->count > 0)
		free(names->name[--names->count]);
}

/* A file as a heap block of exactly its size. */
static inline struct tally_bytes read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	long size;

	if (!file)
		fail_msg("%s can't be opened", path);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	assert_true(size >= 0);
	rewind(file);
	data = malloc((size_t)size);
	if (size != 0)
		assert_int_equal(fread(data, 1, (size_t)size, file), (size_t)size);
	fclose(file);
	return tally_bytes(data, (size_t)size);
}

static inline struct tally_bytes vector_bytes(const char *folder, const char *name, const char *ending)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s/%s%s", vectors_path(), folder, name, ending);
	return read_file(path);
}

/* A file of the repository. */
static inline struct tally_bytes source_bytes(const char *name)
{
	char path[4096];

	assert_non_null(getenv("TALLY_SOURCE"));
	snprintf(path, sizeof(path), "%s/%s", getenv("TALLY_SOURCE"), name);
	return read_file(path);
}

/* The known answers of a vector; the caller drops the reference. */
static inline json_t *vector_answers(const char *folder, const char *name)
{
	char path[4096];
	json_error_t error;
	json_t *answers;

	snprintf(path, sizeof(path), "%s/%s/%s.expected.json", vectors_path(), folder, name);
	answers = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!answers)
		fail_msg("%s: %s", path, error.text);
	return answers;
}

/* The answer is this value in hexadecimal. */
static inline void assert_answer_hex(json_t *answers, const char *key, struct tally_bytes bytes)
{
	const char *text = json_string_value(json_object_get(answers, key));

	if (!text)
		fail_msg("no answer %s", key);
	else
		assert_bytes_hex(bytes, text);
}

#endif
