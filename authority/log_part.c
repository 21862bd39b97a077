// SPDX-License-Identifier: BSD-2-Clause
/* Reading a part of the log, from where the same reader stopped the last time. */
#include "log_part.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log_window.h"
#include "owner.h"

/* One request while it is done. */
struct reading {
	const struct tally_log_part_request *request;
	struct tally_log_window window;
	struct stat stat;
	bool is_begun;	 /* the file has a first record */
	uint64_t first;	 /* its number */
	uint64_t number; /* of the record at the position */
	struct tally_log_part part;
	size_t capacity; /* of part.records */
};

static enum tally_status trimmed(const struct reading *reading, uint64_t first, struct tally_problem *problem)
{
	tally_problem_set(problem,
			  "records %" PRIu64 " to %" PRIu64 " were trimmed: they stand in the files that "
			  "`tally log trim` wrote",
			  reading->request->from, first - 1);
	return TALLY_HISTORY_LOST;
}

/* The record at the position. TALLY_TRUNCATED at the end of the file. */
static enum tally_status read_record(struct reading *reading, struct tally_record *ret, struct tally_problem *problem)
{
	enum tally_status status = tally_log_window_read(&reading->window, ret);

	if (status == TALLY_OK && reading->is_begun && ret->number != reading->number)
		status = TALLY_DISORDER;
	if (status == TALLY_OK || status == TALLY_TRUNCATED || status == TALLY_NO_MEMORY || status == TALLY_SYSTEM)
		return status;
	tally_problem_set(problem, "the log is damaged at byte %" PRIu64 ": %s; run `tally doctor`",
			  tally_log_window_position(&reading->window), tally_status_message(status));
	return TALLY_CORRUPT;
}

/* Begin at the first record, or at the place if it is one of this log. TALLY_TRUNCATED if there is no record. */
static enum tally_status begin(struct reading *reading, int fd, const struct tally_log_place *place,
			       struct tally_problem *problem)
{
	const struct tally_log_part_request *request = reading->request;
	struct tally_record record;
	enum tally_status status;

	tally_log_window_set(&reading->window, fd, 0);
	status = read_record(reading, &record, problem);
	if (status != TALLY_OK)
		return status;
	reading->is_begun = true;
	reading->first = record.number;
	reading->number = record.number;
	if (record.number > request->from && !request->is_oldest)
		return trimmed(reading, record.number, problem);
	if (place && place->is_known && place->device == reading->stat.st_dev && place->inode == reading->stat.st_ino &&
	    place->first == record.number && place->number <= request->from) {
		reading->number = place->number;
		tally_log_window_set(&reading->window, fd, place->offset);
	}
	return TALLY_OK;
}

static bool has_room(const struct reading *reading, const struct tally_record *record)
{
	const struct tally_log_part *part = &reading->part;

	return part->size == 0 ||
	       (part->size <= reading->request->limit && record->encoded.size <= reading->request->limit - part->size);
}

static enum tally_status keep(struct reading *reading, const struct tally_record *record)
{
	struct tally_log_part *part = &reading->part;

	if (reading->capacity - part->size < record->encoded.size) {
		size_t capacity = 2 * reading->capacity + record->encoded.size;
		uint8_t *grown = realloc(part->records, capacity);

		if (!grown)
			return TALLY_NO_MEMORY;
		part->records = grown;
		reading->capacity = capacity;
	}
	memcpy(part->records + part->size, record->encoded.data, record->encoded.size);
	part->size += record->encoded.size;
	return TALLY_OK;
}

static bool is_wanted(const struct reading *reading, const struct tally_record *record)
{
	const struct tally_log_part_request *request = reading->request;

	return record->number >= request->from && (!request->sees || request->sees(request->context, record));
}

static enum tally_status read_part(struct reading *reading, struct tally_problem *problem)
{
	const struct tally_log_part_request *request = reading->request;
	enum tally_status status = TALLY_OK;

	while (request->until == 0 || reading->number < request->until) {
		struct tally_record record;
		bool wanted;

		status = read_record(reading, &record, problem);
		if (status != TALLY_OK)
			break;
		wanted = is_wanted(reading, &record);
		reading->part.is_more = wanted && !has_room(reading, &record);
		if (reading->part.is_more)
			break;
		if (wanted)
			status = keep(reading, &record);
		if (status != TALLY_OK)
			break;
		tally_log_window_take(&reading->window, &record);
		reading->number++;
	}
	reading->part.next = reading->number;
	return status == TALLY_TRUNCATED ? TALLY_OK : status;
}

static void note_place(const struct reading *reading, struct tally_log_place *place)
{
	place->is_known = reading->is_begun;
	place->device = reading->stat.st_dev;
	place->inode = reading->stat.st_ino;
	place->first = reading->first;
	place->number = reading->number;
	place->offset = tally_log_window_position(&reading->window);
}

enum tally_status tally_authority_log_part(struct tally_authority *owner, const struct tally_log_part_request *request,
					   struct tally_log_place *place, struct tally_log_part *ret,
					   struct tally_problem *problem)
{
	struct reading reading = { .request = request };
	int fd = openat(owner->directory.fd, TALLY_FILE_LOG, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum tally_status status;

	if (fd < 0 || fstat(fd, &reading.stat) != 0) {
		status = tally_directory_fail(&owner->directory, "read", TALLY_FILE_LOG, problem);
		if (fd >= 0)
			close(fd);
		return status;
	}
	status = begin(&reading, fd, place, problem);
	if (status == TALLY_OK)
		status = read_part(&reading, problem);
	else if (status == TALLY_TRUNCATED)
		status = TALLY_OK; /* a log that is being written: nothing yet */
	if (status == TALLY_SYSTEM)
		status = tally_directory_fail(&owner->directory, "read", TALLY_FILE_LOG, problem);
	if (status == TALLY_OK && place)
		note_place(&reading, place);
	tally_log_window_done(&reading.window);
	close(fd);
	if (status == TALLY_OK)
		*ret = reading.part;
	else
		free(reading.part.records);
	return status;
}
