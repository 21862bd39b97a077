// SPDX-License-Identifier: BSD-2-Clause
/* The list of once names that trims took out of the log: the file once.N beside a log that begins with trim record N. */
#include "owner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../format/event.h"
#include "../format/once_list.h"

#define NAME_SIZE 48
#define FIRST_READ_SIZE 1024
#define ENTRY_LIMIT 4096

static void list_name(uint64_t number, char ret[NAME_SIZE])
{
	snprintf(ret, NAME_SIZE, TALLY_FILE_ONCE "%" PRIu64, number);
}

/* --- reading --- */

enum tally_status tally_once_load(struct tally_authority *owner, uint64_t number, uint8_t **ret_memory,
				  struct tally_problem *problem)
{
	char name[NAME_SIZE];
	uint8_t *memory = NULL;
	struct stat stat;
	size_t got = 0;
	enum tally_status status = TALLY_OK;
	int fd;

	*ret_memory = NULL;
	owner->history.once_list = tally_bytes(NULL, 0);
	list_name(number, name);
	fd = openat(owner->directory.fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	/* Without it the names are lost, which once events are told. */
	if (fd < 0)
		return errno == ENOENT ? TALLY_OK : tally_directory_fail(&owner->directory, "open", name, problem);
	if (fstat(fd, &stat) != 0)
		status = tally_directory_fail(&owner->directory, "look at", name, problem);
	if (status == TALLY_OK && stat.st_size != 0) {
		memory = malloc((size_t)stat.st_size);
		status = memory ? tally_file_read(fd, memory, (size_t)stat.st_size, 0, &got) : TALLY_NO_MEMORY;
		if (status == TALLY_SYSTEM)
			status = tally_directory_fail(&owner->directory, "read", name, problem);
	}
	close(fd);
	if (status != TALLY_OK) {
		free(memory);
		return status;
	}
	owner->history.once_list = tally_bytes(memory, got);
	*ret_memory = memory;
	return TALLY_OK;
}

void tally_once_unload(struct tally_authority *owner, uint8_t *memory)
{
	owner->history.once_list = tally_bytes(NULL, 0);
	free(memory);
}

enum tally_status tally_once_read(struct tally_authority *owner, uint64_t offset, struct tally_once_name *ret,
				  struct tally_problem *problem)
{
	struct tally_cursor cursor;
	char name[NAME_SIZE];
	size_t got = 0;
	int fd;
	enum tally_status status = tally_scratch_grow(&owner->content, ENTRY_LIMIT);

	if (status != TALLY_OK)
		return status;
	list_name(owner->history.first_number, name);
	fd = openat(owner->directory.fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return tally_directory_fail(&owner->directory, "open", name, problem);
	status = tally_file_read(fd, owner->content.data, ENTRY_LIMIT, offset, &got);
	close(fd);
	if (status != TALLY_OK)
		return tally_directory_fail(&owner->directory, "read", name, problem);
	cursor = tally_cursor(tally_bytes(owner->content.data, got));
	return tally_once_list_read(&cursor, ret);
}

/* --- writing --- */

static void write_doubt(struct tally_writer *writer, struct tally_bytes origin, struct tally_bytes name)
{
	struct tally_once_name doubt = { .origin = origin, .name = name, .is_doubt = true };

	tally_once_list_write(writer, &doubt);
}

/* The record that an abort or gap holds. */
static void write_held(struct tally_writer *writer, struct tally_bytes encoded)
{
	struct tally_cursor cursor = tally_cursor(encoded);
	struct tally_record record;
	struct tally_event event;

	if (tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record) == TALLY_OK &&
	    tally_event_read(record.content, &event) == TALLY_OK && event.is_once)
		write_doubt(writer, event.origin, event.name);
}

static void write_event(struct tally_writer *writer, const struct tally_record *record)
{
	struct tally_event event;
	struct tally_once_name name = { .number = record->number, .index = record->index, .digests = record->digests };

	if (record->event_type != TALLY_EV_EVENT_TAG || tally_event_read(record->content, &event) != TALLY_OK ||
	    !event.is_once)
		return;
	name.origin = event.origin;
	name.name = event.name;
	tally_once_list_write(writer, &name);
}

static void write_record(struct tally_writer *writer, const struct tally_record *record)
{
	struct tally_control_abort abort;
	struct tally_control_gap gap;

	switch (tally_control_word(record)) {
	case TALLY_CONTROL_NOT:
		write_event(writer, record);
		break;
	case TALLY_CONTROL_ABORT:
		if (tally_control_read_abort(record->content, &abort) == TALLY_OK)
			write_held(writer, abort.record);
		break;
	case TALLY_CONTROL_GAP:
		if (tally_control_read_gap(record->content, &gap) == TALLY_OK && gap.has_once)
			write_doubt(writer, gap.origin, gap.name);
		break;
	case TALLY_CONTROL_HEADER:
	case TALLY_CONTROL_BASE:
	case TALLY_CONTROL_FILL:
	case TALLY_CONTROL_TRIM:
	case TALLY_CONTROL_KEXEC:
	default:
		break;
	}
}

/* The names of the list before, and those of the records. Records were applied, so they can be read. */
static void write_list(struct tally_writer *writer, struct tally_bytes before, struct tally_bytes records)
{
	struct tally_cursor cursor = tally_cursor(records);
	struct tally_record record;

	tally_write_bytes(writer, before);
	while (!tally_cursor_is_done(&cursor))
		if (tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record) == TALLY_OK)
			write_record(writer, &record);
}

static enum tally_status list_bytes(struct tally_bytes before, struct tally_bytes records, uint8_t **ret_memory,
				    size_t *ret_size)
{
	struct tally_writer writer = tally_writer(NULL, 0);
	uint8_t *memory;

	write_list(&writer, before, records);
	*ret_memory = NULL;
	*ret_size = writer.size;
	if (writer.size == 0)
		return TALLY_OK;
	if (writer.status != TALLY_NO_SPACE)
		return writer.status;
	memory = malloc(writer.size);
	if (!memory)
		return TALLY_NO_MEMORY;
	writer = tally_writer(memory, writer.size);
	write_list(&writer, before, records);
	if (writer.status != TALLY_OK) {
		free(memory);
		return writer.status;
	}
	*ret_memory = memory;
	return TALLY_OK;
}

static enum tally_status list_put(struct tally_authority *owner, uint64_t number, struct tally_bytes list,
				  struct tally_problem *problem)
{
	char name[NAME_SIZE];
	int fd;
	enum tally_status status;

	list_name(number, name);
	fd = openat(owner->directory.fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return tally_directory_fail(&owner->directory, "create", name, problem);
	status = tally_directory_adopt(&owner->directory, fd, 0640, problem);
	if (status == TALLY_OK &&
	    (tally_file_write(fd, list, 0) != TALLY_OK || (owner->is_durable && fdatasync(fd) != 0)))
		status = tally_directory_fail(&owner->directory, "write", name, problem);
	/* Its name must not come to the disk after the log that needs it. */
	if (status == TALLY_OK && owner->is_durable && fsync(owner->directory.fd) != 0)
		status = tally_directory_fail(&owner->directory, "sync", "", problem);
	close(fd);
	return status;
}

enum tally_status tally_once_store(struct tally_authority *owner, uint64_t number, struct tally_bytes records,
				   uint8_t ret_digest[TALLY_HEAD_SIZE], size_t *ret_size, struct tally_problem *problem)
{
	uint8_t *before = NULL;
	uint8_t *memory = NULL;
	struct tally_hash_job job = { .alg = TALLY_SHA384, .ret_digest = ret_digest };
	enum tally_status status = TALLY_OK;

	*ret_size = TALLY_HEAD_SIZE;
	if (owner->history.is_once_lost) {
		/* No list has this digest: lost stays lost. */
		memset(ret_digest, 0, TALLY_HEAD_SIZE);
		return TALLY_OK;
	}
	if (owner->history.first_number != 0)
		status = tally_once_load(owner, owner->history.first_number, &before, problem);
	if (status == TALLY_OK)
		status = list_bytes(owner->history.once_list, records, &memory, ret_size);
	tally_once_unload(owner, before);
	if (status != TALLY_OK || *ret_size == 0)
		return status;
	job.parts[0] = tally_bytes(memory, *ret_size);
	status = tally_env_hash(&job, 1);
	if (status == TALLY_OK)
		status = list_put(owner, number, job.parts[0], problem);
	free(memory);
	*ret_size = TALLY_HEAD_SIZE;
	return status;
}

void tally_once_remove_others(struct tally_authority *owner, uint64_t number)
{
	int fd = openat(owner->directory.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	char keep[NAME_SIZE];

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return;
	}
	list_name(number, keep);
	while ((entry = readdir(folder)))
		if (strncmp(entry->d_name, TALLY_FILE_ONCE, strlen(TALLY_FILE_ONCE)) == 0 &&
		    strcmp(entry->d_name, keep) != 0)
			unlinkat(owner->directory.fd, entry->d_name, 0);
	closedir(folder);
}
