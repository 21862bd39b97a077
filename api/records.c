// SPDX-License-Identifier: BSD-2-Clause
/* Logs, record by record: the authority's own, a file, or bytes. */
#include "handle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../authority/follow.h"
#include "../format/event.h"
#include "../verify/replay.h"

#define READ_STEP (256 * 1024)
#define WAIT_SECONDS 60

/* Texts of events are at most this long. */
#define TEXT_SIZE (TALLY_EVENT_TEXT_LIMIT + 1)

/*
 * One of view and memory holds the bytes, or the caller does; or follower tells records. info points into
 * everything below it, and into the bytes.
 */
struct tally_records {
	struct tally_log_view view;
	uint8_t *memory;
	struct tally_bytes bytes;
	enum tally_status damage; /* what stands behind the bytes */
	struct tally_log_reader reader;
	struct tally_follower *follower; /* NULL, or where the records come from */
	uint8_t *scratch;		 /* where contents are put together that the log holds in another encoding */
	const struct tally_register_set *set; /* that the log declares; NULL if it declares none */
	union {
		struct tally_control_header header;
		struct tally_control_trim trim;
	} declared;
	struct tally_record_info info;
	char reg[TALLY_REGISTER_NAME_LIMIT];
	char type[TEXT_SIZE];
	char name[TEXT_SIZE];
	char origin[TEXT_SIZE];
	struct tally_bank data_digest;
};

/* --- opening --- */

static enum tally_status fail_at(const struct tally_records *records, enum tally_status status,
				 struct tally_error *error)
{
	return tally_api_refuse(error, status, "the log can't be read at byte %llu: %s",
				(unsigned long long)records->reader.offset, tally_status_message(status));
}

static enum tally_status lend_scratch(struct tally_records *records, struct tally_error *error)
{
	size_t size = tally_log_scratch_size(&records->reader);

	if (size == 0)
		return TALLY_OK;
	records->scratch = malloc(size);
	if (!records->scratch)
		return tally_api_fail(error, TALLY_NO_MEMORY, NULL);
	tally_log_lend(&records->reader, records->scratch, size);
	return TALLY_OK;
}

static enum tally_status begin(struct tally_records *records, const char *format, struct tally_error *error)
{
	enum tally_log_format wanted = TALLY_LOG_FORMAT_UNKNOWN;
	enum tally_status status;

	if (format)
		wanted = tally_log_format_from_name(tally_text(format));
	if (format && wanted == TALLY_LOG_FORMAT_UNKNOWN)
		return tally_api_refuse(error, TALLY_INVALID, "there is no log format %.40s", format);
	if (!format && records->bytes.size)
		wanted = tally_log_detect(records->bytes);
	if (wanted == TALLY_LOG_FORMAT_UNKNOWN)
		return tally_api_refuse(error, TALLY_UNSUPPORTED,
					records->bytes.size ? "the log is in no format that is known"
							    : "the log is empty");
	status = tally_log_open(&records->reader, records->bytes, wanted);
	return status == TALLY_OK ? lend_scratch(records, error) : fail_at(records, status, error);
}

/* Takes records over. */
static enum tally_status finish(struct tally_records *records, const char *format, struct tally_records **ret,
				struct tally_error *error)
{
	enum tally_status status = begin(records, format, error);

	if (status == TALLY_OK)
		*ret = records;
	else
		tally_records_close(records);
	return status;
}

enum tally_status tally_records_open_bytes(const void *log, size_t size, const char *format, struct tally_records **ret,
					   struct tally_error *error)
{
	struct tally_records *records = calloc(1, sizeof(*records));

	if (!records)
		return tally_api_fail(error, TALLY_NO_MEMORY, NULL);
	records->bytes = tally_bytes(log, log ? size : 0);
	return finish(records, format, ret, error);
}

enum tally_status tally_records_open(struct tally *tally, struct tally_records **ret, struct tally_error *error)
{
	struct tally_problem problem = { "" };
	struct tally_records *records = calloc(1, sizeof(*records));
	enum tally_status status;

	if (!records)
		return tally_api_fail(error, TALLY_NO_MEMORY, NULL);
	status = tally_authority_log(tally->authority, &records->view, &problem);
	if (status != TALLY_OK) {
		tally_records_close(records);
		return tally_api_fail(error, status, &problem);
	}
	records->bytes = records->view.bytes;
	records->damage = records->view.damage;
	return finish(records, tally_log_format_name(TALLY_LOG_FORMAT_TALLY), ret, error);
}

/* The whole file: a mapping would end the process where somebody cuts it. 0 or an errno. */
static int read_all(int fd, struct tally_records *records)
{
	size_t capacity = 0, used = 0;
	ssize_t done;

	do {
		if (used == capacity) {
			size_t wanted = capacity ? capacity * 2 : READ_STEP;
			uint8_t *grown = realloc(records->memory, wanted);

			if (!grown)
				return ENOMEM;
			records->memory = grown;
			capacity = wanted;
		}
		done = read(fd, records->memory + used, capacity - used);
		if (done > 0)
			used += (size_t)done;
	} while (done > 0 || (done < 0 && errno == EINTR));
	records->bytes = tally_bytes(records->memory, used);
	return done < 0 ? errno : 0;
}

enum tally_status tally_records_open_file(const char *path, const char *format, struct tally_records **ret,
					  struct tally_error *error)
{
	struct tally_records *records;
	int fd, number;

	if (!path)
		return tally_api_refuse(error, TALLY_INVALID, "the path is missing");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return tally_api_fail_errno(error, errno, "open", path);
	records = calloc(1, sizeof(*records));
	number = records ? read_all(fd, records) : ENOMEM;
	close(fd);
	if (number == 0)
		return finish(records, format, ret, error);
	tally_records_close(records);
	return tally_api_fail_errno(error, number, "read", path);
}

void tally_records_close(struct tally_records *records)
{
	if (!records)
		return;
	tally_follower_close(records->follower);
	tally_log_view_done(&records->view);
	free(records->memory);
	free(records->scratch);
	free(records);
}

/* --- following --- */

enum tally_status tally_records_follow(struct tally *tally, uint64_t from, struct tally_records **ret,
				       struct tally_error *error)
{
	struct tally_problem problem = { "" };
	struct tally_records *records = calloc(1, sizeof(*records));
	enum tally_status status;

	if (!records)
		return tally_api_fail(error, TALLY_NO_MEMORY, NULL);
	records->reader.format = TALLY_LOG_FORMAT_TALLY;
	status = tally_follower_open(tally_authority_directory(tally->authority), from, &records->follower, &problem);
	if (status != TALLY_OK) {
		tally_records_close(records);
		return tally_api_fail(error, status, &problem);
	}
	*ret = records;
	return TALLY_OK;
}

enum tally_status tally_records_wait(struct tally_records *records, uint64_t deadline, struct tally_error *error)
{
	struct tally_problem problem = { "" };
	enum tally_status status;

	if (!records->follower)
		return tally_api_refuse(error, TALLY_INVALID, "these records are not followed");
	status = tally_follower_wait(records->follower, deadline ? deadline : tally_deadline_after(WAIT_SECONDS),
				     &problem);
	return status == TALLY_OK ? TALLY_OK : tally_api_fail(error, status, &problem);
}

int tally_records_fd(const struct tally_records *records)
{
	return records->follower ? tally_follower_fd(records->follower) : -1;
}

const char *tally_records_format(const struct tally_records *records)
{
	return tally_log_format_name(records->reader.format);
}

struct tally_api_log tally_api_log(const struct tally_records *records)
{
	return (struct tally_api_log){ records->bytes, records->reader.format, records->damage };
}

/* --- one record --- */

/* The first record of a log of ours declares the registers. */
static void read_set(struct tally_records *records, const struct tally_record *record)
{
	enum tally_control_word word = tally_control_word(record);

	if (word == TALLY_CONTROL_HEADER &&
	    tally_control_read_header(record->content, &records->declared.header) == TALLY_OK)
		records->set = &records->declared.header.registers;
	if (word == TALLY_CONTROL_TRIM && tally_control_read_trim(record->content, &records->declared.trim) == TALLY_OK)
		records->set = &records->declared.trim.header.registers;
}

/* Without a declaration the numbering is all that is known. */
static const char *register_name(struct tally_records *records, const struct tally_record *record)
{
	int i = records->set ? tally_log_register(records->set, record) : -1;

	if (records->set)
		return i < 0 ? NULL : records->set->item[i].name;
	if (record->numbering == TALLY_NUMBERING_PCR && record->index < TALLY_PCR_COUNT)
		snprintf(records->reg, sizeof(records->reg), "pcr%u", (unsigned)record->index);
	else if (record->numbering == TALLY_NUMBERING_CC_MR && record->index > 0 && record->index <= TALLY_CC_MR_LIMIT)
		snprintf(records->reg, sizeof(records->reg), "rtmr%u", (unsigned)record->index - 1);
	else
		return NULL;
	return records->reg;
}

/* text is at most TALLY_EVENT_TEXT_LIMIT bytes and without NUL: tally_event_read saw to it. */
static const char *copy_text(char to[TEXT_SIZE], struct tally_bytes text)
{
	memcpy(to, text.data, text.size);
	to[text.size] = 0;
	return to;
}

static enum tally_status describe_event(struct tally_records *records, const struct tally_record *record)
{
	struct tally_record_info *info = &records->info;
	struct tally_event event;
	enum tally_status status;
	bool is_authentic;

	if (record->content_type != TALLY_CONTENT_PCCLIENT_STD || record->event_type != TALLY_EV_EVENT_TAG ||
	    tally_event_read(record->content, &event) != TALLY_OK)
		return TALLY_OK;
	status = tally_event_is_authentic(record, &is_authentic);
	if (status != TALLY_OK)
		return status;
	info->flags |= TALLY_RECORD_EVENT | (is_authentic ? TALLY_RECORD_AUTHENTIC : 0U) |
		       (event.is_once ? TALLY_RECORD_ONCE : 0U);
	info->type = copy_text(records->type, event.type);
	info->name = copy_text(records->name, event.name);
	info->origin = copy_text(records->origin, event.origin);
	if (event.has_data) {
		info->data = event.data.data;
		info->data_size = event.data.size;
	}
	if (event.has_data_digest) {
		tally_api_bank(&records->data_digest, &event.data_digest);
		info->data_digest = &records->data_digest;
	}
	return TALLY_OK;
}

static enum tally_status describe(struct tally_records *records, const struct tally_record *record)
{
	struct tally_record_info *info = &records->info;
	enum tally_control_word word = tally_control_word(record);

	memset(info, 0, sizeof(*info));
	info->number = record->number;
	info->offset = record->offset;
	info->reg = register_name(records, record);
	info->index = record->index;
	info->numbering = record->numbering;
	info->content_type = record->content_type;
	info->event_type = record->content_type == TALLY_CONTENT_PCCLIENT_STD ? record->event_type : 0;
	info->flags = record->is_measured ? TALLY_RECORD_MEASURED : 0U;
	tally_api_value(&info->digests, &record->digests);
	info->content = record->content.data;
	info->content_size = record->content.size;
	if (word != TALLY_CONTROL_NOT)
		info->control = tally_control_word_name(word);
	return describe_event(records, record);
}

static enum tally_status next_followed(struct tally_records *records, const struct tally_record_info **ret,
				       struct tally_error *error)
{
	struct tally_problem problem = { "" };
	struct tally_record record;
	bool is_there;
	enum tally_status status = tally_follower_next(records->follower, &record, &is_there, &problem);

	if (status == TALLY_OK && is_there) {
		records->set = tally_follower_registers(records->follower);
		status = describe(records, &record);
	}
	if (status != TALLY_OK)
		return tally_api_fail(error, status, problem.text[0] ? &problem : NULL);
	*ret = is_there ? &records->info : NULL;
	return TALLY_OK;
}

enum tally_status tally_records_next(struct tally_records *records, const struct tally_record_info **ret,
				     struct tally_error *error)
{
	struct tally_log_reader before = records->reader;
	struct tally_record record;
	bool is_end = false;
	enum tally_status status;

	if (records->follower)
		return next_followed(records, ret, error);
	status = tally_log_next(&records->reader, &record, &is_end);
	if (status == TALLY_OK && is_end)
		status = records->damage;
	if (status != TALLY_OK) {
		status = fail_at(records, status, error);
		records->reader = before;
		return status;
	}
	if (is_end) {
		*ret = NULL;
		return TALLY_OK;
	}
	if (before.record_count == 0)
		read_set(records, &record);
	status = describe(records, &record);
	if (status != TALLY_OK) {
		records->reader = before;
		return tally_api_fail(error, status, NULL);
	}
	*ret = &records->info;
	return TALLY_OK;
}
