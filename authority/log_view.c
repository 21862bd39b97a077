// SPDX-License-Identifier: BSD-2-Clause
/* Lock-free reading: a log's whole records, mapped. */
#include "owner.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Whole records are never taken away from a file (trim replaces it), but a
 * torn tail is cut off, and touching a mapping there would kill us. A torn
 * tail is part of one record, so what lies so far from the end is safe; the
 * rest is looked at in a copy.
 */
#define TAIL_LIMIT (TALLY_CONTROL_LIMIT + 64 * 1024)

static enum tally_status view_fail(const char *path, struct tally_problem *problem)
{
	int error = errno;

	tally_problem_set(problem, "cannot read %s: %s", path, strerror(error));
	if (error == ENOENT)
		return TALLY_NOT_FOUND;
	return error == EACCES ? TALLY_PERMISSION : TALLY_SYSTEM;
}

static enum tally_status view_map(int fd, const char *path, struct tally_log_view *view, struct tally_problem *problem)
{
	struct stat stat;

	memset(view, 0, sizeof(*view));
	if (fstat(fd, &stat) != 0)
		return view_fail(path, problem);
	if (!S_ISREG(stat.st_mode)) {
		tally_problem_set(problem, "%s is not a regular file", path);
		return TALLY_INVALID;
	}
	view->mapping_size = (size_t)stat.st_size;
	if (view->mapping_size == 0)
		return TALLY_OK;
	view->mapping = mmap(NULL, view->mapping_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (view->mapping == MAP_FAILED) {
		view->mapping = NULL;
		return view_fail(path, problem);
	}
	madvise(view->mapping, view->mapping_size, MADV_SEQUENTIAL);
	view->bytes = tally_bytes(view->mapping, view->mapping_size);
	return TALLY_OK;
}

void tally_log_view_done(struct tally_log_view *view)
{
	if (view->mapping)
		munmap(view->mapping, view->mapping_size);
	memset(view, 0, sizeof(*view));
}

enum tally_status tally_log_view_open(const char *path, struct tally_log_view *ret, struct tally_problem *problem)
{
	struct tally_log_view view;
	/* A pipe that nobody writes to must not stop us before it is refused. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum tally_status status;

	if (fd < 0)
		return view_fail(path, problem);
	status = view_map(fd, path, &view, problem);
	close(fd);
	if (status == TALLY_OK)
		*ret = view;
	return status;
}

/* The number of the first record: 0, but for a log that begins with a trim. */
static uint64_t first_number(struct tally_bytes log)
{
	struct tally_cursor cursor = tally_cursor(log);
	struct tally_record record;
	enum tally_status status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);

	return status == TALLY_OK && tally_control_word(&record) == TALLY_CONTROL_TRIM ? record.number : 0;
}

/* Bytes of whole records at the start of bytes, as long as *number counts up; *ret_status says what ended them. */
static size_t whole_records(struct tally_bytes bytes, size_t stop, uint64_t *number, enum tally_status *ret_status)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	size_t whole = 0;

	*ret_status = TALLY_OK;
	while (!tally_cursor_is_done(&cursor) && whole < stop) {
		struct tally_record record;

		*ret_status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);
		if (*ret_status == TALLY_OK && record.number != *number)
			*ret_status = TALLY_DISORDER;
		if (*ret_status != TALLY_OK)
			break;
		(*number)++;
		whole += record.encoded.size;
	}
	return whole;
}

enum tally_status tally_log_view_shorten(const struct tally_authority *owner, int fd, struct tally_log_view *view)
{
	size_t safe = view->mapping_size > TAIL_LIMIT ? view->mapping_size - TAIL_LIMIT : 0;
	uint64_t number = safe ? first_number(view->bytes) : 0;
	enum tally_status damage;
	size_t whole = whole_records(view->bytes, safe, &number, &damage);
	size_t rest = view->mapping_size - whole;
	uint8_t *copy = malloc(rest ? rest : 1);
	size_t got = 0;
	enum tally_status status = copy ? tally_file_read(fd, copy, rest, whole, &got) : TALLY_NO_MEMORY;

	if (whole == 0 && damage == TALLY_OK)
		number = first_number(tally_bytes(copy, got));
	if (status == TALLY_OK && damage == TALLY_OK) {
		size_t more = whole_records(tally_bytes(copy, got), got, &number, &damage);

		whole += more;
		if (damage == TALLY_TRUNCATED &&
		    tally_tail_is_torn(owner->registers, tally_bytes(copy + more, got - more), number, NULL))
			damage = TALLY_OK;
	}
	free(copy);
	view->torn_size = view->mapping_size - whole;
	view->damage = damage;
	view->bytes.size = whole;
	return status;
}

enum tally_status tally_log_view_map(const struct tally_authority *owner, struct tally_log_view *ret, int *ret_fd,
				     struct tally_problem *problem)
{
	struct tally_log_view view;
	int fd = openat(owner->directory.fd, TALLY_FILE_LOG, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum tally_status status;

	if (fd < 0)
		return tally_directory_fail(&owner->directory, "read", TALLY_FILE_LOG, problem);
	status = view_map(fd, TALLY_FILE_LOG, &view, problem);
	if (status != TALLY_OK) {
		close(fd);
		return status;
	}
	*ret = view;
	*ret_fd = fd;
	return TALLY_OK;
}

enum tally_status tally_authority_log(struct tally_authority *owner, struct tally_log_view *ret,
				      struct tally_problem *problem)
{
	struct tally_log_view view;
	int fd = -1;
	enum tally_status status = tally_log_view_map(owner, &view, &fd, problem);

	if (status != TALLY_OK)
		return status;
	status = tally_log_view_shorten(owner, fd, &view);
	close(fd);
	if (status == TALLY_OK)
		*ret = view;
	else
		tally_log_view_done(&view);
	return status;
}
