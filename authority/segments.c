// SPDX-License-Identifier: BSD-2-Clause
/* The folder of attached logs: what is in it, and how a log comes into it whole or not at all. */
#include "segments.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../format/bundle.h"

#define SEGMENT_NAME_SIZE 96
#define SEGMENT_NEW TALLY_FOLDER_SEGMENTS "/new"
#define SEGMENT_FOREIGN "foreign."
#define SEGMENT_NUMBER_LIMIT 1000000 /* far below what a label can hold */

void tally_segment_label(uint32_t number, char ret[TALLY_SEGMENT_LABEL_LIMIT])
{
	snprintf(ret, TALLY_SEGMENT_LABEL_LIMIT, TALLY_LABEL_SEGMENT "%" PRIu32, number);
}

static void segment_name(const struct tally_segment *segment, char ret[SEGMENT_NAME_SIZE])
{
	snprintf(ret, SEGMENT_NAME_SIZE, TALLY_FOLDER_SEGMENTS "/%" PRIu32 ".%s%s", segment->number,
		 segment->kind.is_foreign ? SEGMENT_FOREIGN : "", tally_log_format_name(segment->kind.format));
}

/* --- reading --- */

/* What else lies in the folder is not ours. */
static bool parse_name(const char *name, struct tally_segment *ret)
{
	size_t prefix = strlen(SEGMENT_FOREIGN);
	unsigned long number;
	char *end;

	if (*name < '0' || *name > '9' || (*name == '0' && name[1] != '.'))
		return false;
	number = strtoul(name, &end, 10);
	if (*end != '.' || number >= SEGMENT_NUMBER_LIMIT)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->number = (uint32_t)number;
	end++;
	ret->kind.is_foreign = strncmp(end, SEGMENT_FOREIGN, prefix) == 0;
	ret->kind.format = tally_log_format_from_name(tally_text(ret->kind.is_foreign ? end + prefix : end));
	return ret->kind.format != TALLY_LOG_FORMAT_UNKNOWN;
}

static enum tally_status map_segment(const struct tally_directory *directory, struct tally_segment *segment,
				     struct tally_problem *problem)
{
	char name[SEGMENT_NAME_SIZE];
	void *mapping = MAP_FAILED;
	struct stat stat;
	int fd;

	segment_name(segment, name);
	fd = openat(directory->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && fstat(fd, &stat) == 0 && stat.st_size > 0)
		mapping = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	else if (fd >= 0)
		errno = ENODATA;
	if (mapping == MAP_FAILED) {
		enum tally_status status = tally_directory_fail(directory, "read", name, problem);

		if (fd >= 0)
			close(fd);
		return status;
	}
	close(fd);
	segment->bytes = tally_bytes(mapping, (size_t)stat.st_size);
	return TALLY_OK;
}

static int compare_segments(const void *a, const void *b)
{
	const struct tally_segment *x = a;
	const struct tally_segment *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static enum tally_status segments_damaged(const struct tally_directory *directory, struct tally_problem *problem)
{
	tally_problem_set(problem,
			  "%s/" TALLY_FOLDER_SEGMENTS " holds a number twice, or more than %d logs: somebody else "
			  "wrote there; nothing was changed",
			  directory->path, TALLY_SEGMENT_LIMIT);
	return TALLY_CORRUPT;
}

static enum tally_status list_segments(const struct tally_directory *directory, DIR *folder,
				       struct tally_segments *segments, struct tally_problem *problem)
{
	const struct dirent *entry;

	while ((entry = readdir(folder))) {
		struct tally_segment segment;

		if (!parse_name(entry->d_name, &segment))
			continue;
		if (segments->count == TALLY_SEGMENT_LIMIT)
			return segments_damaged(directory, problem);
		segments->item[segments->count++] = segment;
	}
	qsort(segments->item, segments->count, sizeof(segments->item[0]), compare_segments);
	for (size_t i = 1; i < segments->count; i++)
		if (segments->item[i].number == segments->item[i - 1].number)
			return segments_damaged(directory, problem);
	return TALLY_OK;
}

enum tally_status tally_segments_load(const struct tally_directory *directory, struct tally_segments *ret,
				      struct tally_problem *problem)
{
	int fd = openat(directory->fd, TALLY_FOLDER_SEGMENTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	enum tally_status status;
	DIR *folder;

	memset(ret, 0, sizeof(*ret));
	if (fd < 0)
		return errno == ENOENT ? TALLY_OK
				       : tally_directory_fail(directory, "open", TALLY_FOLDER_SEGMENTS, problem);
	folder = fdopendir(fd);
	if (!folder) {
		close(fd);
		return TALLY_NO_MEMORY;
	}
	status = list_segments(directory, folder, ret, problem);
	closedir(folder);
	for (size_t i = 0; status == TALLY_OK && i < ret->count; i++)
		status = map_segment(directory, &ret->item[i], problem);
	if (status != TALLY_OK)
		tally_segments_done(ret);
	return status;
}

void tally_segments_done(struct tally_segments *segments)
{
	for (size_t i = 0; i < segments->count; i++)
		if (segments->item[i].bytes.data)
			munmap((void *)(uintptr_t)segments->item[i].bytes.data, segments->item[i].bytes.size);
	segments->count = 0;
}

/* --- writing --- */

enum tally_status tally_segments_next(const struct tally_segments *segments, uint32_t *ret,
				      struct tally_problem *problem)
{
	uint32_t next = segments->count ? segments->item[segments->count - 1].number + 1 : 0;

	if (segments->count == TALLY_SEGMENT_LIMIT || next >= SEGMENT_NUMBER_LIMIT) {
		tally_problem_set(problem, "a log has at most %d attached logs, because evidence carries them all",
				  TALLY_SEGMENT_LIMIT);
		return TALLY_FULL;
	}
	*ret = next;
	return TALLY_OK;
}

static enum tally_status make_folder(const struct tally_directory *directory, struct tally_problem *problem)
{
	enum tally_status status = TALLY_OK;
	int fd;

	if (mkdirat(directory->fd, TALLY_FOLDER_SEGMENTS, 0750) != 0) {
		if (errno == EEXIST)
			return TALLY_OK;
		return tally_directory_fail(directory, "create", TALLY_FOLDER_SEGMENTS, problem);
	}
	fd = openat(directory->fd, TALLY_FOLDER_SEGMENTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return tally_directory_fail(directory, "open", TALLY_FOLDER_SEGMENTS, problem);
	status = tally_directory_adopt(directory, fd, 0750, problem);
	close(fd);
	return status;
}

static enum tally_status write_new(const struct tally_directory *directory, struct tally_bytes bytes, bool is_durable,
				   struct tally_problem *problem)
{
	int fd = openat(directory->fd, SEGMENT_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	enum tally_status status;

	if (fd < 0)
		return tally_directory_fail(directory, "create", SEGMENT_NEW, problem);
	status = tally_directory_adopt(directory, fd, 0640, problem);
	if (status == TALLY_OK && (tally_file_write(fd, bytes, 0) != TALLY_OK || (is_durable && fdatasync(fd) != 0)))
		status = tally_directory_fail(directory, "write", SEGMENT_NEW, problem);
	close(fd);
	return status;
}

/* The name of the file, and that of the folder, which may be new. */
static enum tally_status sync_names(const struct tally_directory *directory, struct tally_problem *problem)
{
	int fd = openat(directory->fd, TALLY_FOLDER_SEGMENTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	bool is_synced = fd >= 0 && fsync(fd) == 0 && fsync(directory->fd) == 0;
	enum tally_status status = TALLY_OK;

	if (!is_synced)
		status = tally_directory_fail(directory, "sync", TALLY_FOLDER_SEGMENTS, problem);
	if (fd >= 0)
		close(fd);
	return status;
}

enum tally_status tally_segments_put(const struct tally_directory *directory, const struct tally_segment *segment,
				     bool is_durable, struct tally_problem *problem)
{
	char name[SEGMENT_NAME_SIZE];
	enum tally_status status = make_folder(directory, problem);

	segment_name(segment, name);
	if (status == TALLY_OK)
		status = write_new(directory, segment->bytes, is_durable, problem);
	if (status == TALLY_OK && renameat(directory->fd, SEGMENT_NEW, directory->fd, name) != 0)
		status = tally_directory_fail(directory, "put in place", name, problem);
	if (status == TALLY_OK && is_durable)
		status = sync_names(directory, problem);
	return status;
}

enum tally_status tally_segments_move(const struct tally_directory *directory, const char *to,
				      struct tally_problem *problem)
{
	struct stat stat;

	if (fstatat(directory->fd, TALLY_FOLDER_SEGMENTS, &stat, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
		return TALLY_OK;
	return tally_directory_put_aside(directory, TALLY_FOLDER_SEGMENTS, to, problem);
}
