// SPDX-License-Identifier: BSD-2-Clause
/* Attached logs and data on their way into evidence, and what REPORT_DATA says of them. */
#include "enclosure.h"

#include <stdlib.h>

#include "../format/binding.h"
#include "../format/cel_tlv.h"
#include "../format/control.h"

static void enclose(struct tally_enclosure *enclosure, const char *label, const char *media_type,
		    struct tally_bytes value)
{
	struct tally_enclosed *item = &enclosure->item[enclosure->count++];

	memset(item, 0, sizeof(*item));
	memcpy(item->label, label, strlen(label));
	memcpy(item->media_type, media_type, strlen(media_type));
	item->value = value;
}

void tally_enclosure_data(struct tally_enclosure *enclosure, struct tally_bytes data)
{
	memset(enclosure, 0, sizeof(*enclosure));
	if (data.size)
		enclose(enclosure, TALLY_LABEL_DATA, TALLY_MEDIA_DATA, data);
}

/* --- which foreign logs the log names --- */

static void note_named(const struct tally_record *record, const struct tally_segments *segments,
		       bool is_named[TALLY_SEGMENT_LIMIT])
{
	struct tally_control_fill fill;

	if (tally_control_read_fill(record->content, &fill) != TALLY_OK)
		return;
	for (size_t i = 0; i < segments->count; i++) {
		char label[TALLY_SEGMENT_LABEL_LIMIT];

		tally_segment_label(segments->item[i].number, label);
		is_named[i] = is_named[i] || tally_bytes_equal(tally_text(label), fill.name);
	}
}

static void find_named(struct tally_bytes log, const struct tally_segments *segments,
		       bool is_named[TALLY_SEGMENT_LIMIT])
{
	struct tally_cursor cursor = tally_cursor(log);
	struct tally_record record;

	while (!tally_cursor_is_done(&cursor) &&
	       tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record) == TALLY_OK) {
		enum tally_control_word word = tally_control_word(&record);

		/* What was trimmed may name any of them. */
		for (size_t i = 0; word == TALLY_CONTROL_TRIM && i < TALLY_SEGMENT_LIMIT; i++)
			is_named[i] = true;
		if (word == TALLY_CONTROL_FILL)
			note_named(&record, segments, is_named);
	}
}

bool tally_enclosure_has_fill(struct tally_bytes records)
{
	struct tally_cursor cursor = tally_cursor(records);
	struct tally_record record;

	while (!tally_cursor_is_done(&cursor) && tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record) == TALLY_OK)
		if (tally_control_word(&record) == TALLY_CONTROL_FILL)
			return true;
	return false;
}

/* --- taking --- */

static enum tally_status enclose_segment(struct tally_enclosure *enclosure, const struct tally_segment *segment)
{
	char label[TALLY_SEGMENT_LABEL_LIMIT];
	char media_type[TALLY_SEGMENT_MEDIA_LIMIT + 1] = { 0 };
	struct tally_writer writer = tally_writer(media_type, TALLY_SEGMENT_MEDIA_LIMIT);

	tally_segment_label(segment->number, label);
	tally_segment_media_write(&writer, &segment->kind);
	if (writer.status == TALLY_OK)
		enclose(enclosure, label, media_type, segment->bytes);
	return writer.status;
}

enum tally_status tally_enclosure_take(const struct tally_directory *directory, struct tally_bytes log,
				       struct tally_bytes data, struct tally_enclosure *ret,
				       struct tally_problem *problem)
{
	bool is_named[TALLY_SEGMENT_LIMIT] = { false };
	bool has_foreign = false;
	enum tally_status status;

	tally_enclosure_data(ret, data);
	status = tally_segments_load(directory, &ret->segments, problem);
	for (size_t i = 0; status == TALLY_OK && i < ret->segments.count; i++)
		has_foreign = has_foreign || ret->segments.item[i].kind.is_foreign;
	if (has_foreign)
		find_named(log, &ret->segments, is_named);
	for (size_t i = 0; status == TALLY_OK && i < ret->segments.count; i++)
		if (!ret->segments.item[i].kind.is_foreign || is_named[i])
			status = enclose_segment(ret, &ret->segments.item[i]);
	if (status != TALLY_OK)
		tally_enclosure_done(ret);
	return status;
}

void tally_enclosure_done(struct tally_enclosure *enclosure)
{
	tally_segments_done(&enclosure->segments);
	enclosure->count = 0;
}

/* --- what is bound --- */

static int compare_companions(const void *a, const void *b)
{
	return tally_cbor_key_compare(((const struct tally_companion *)a)->label,
				      ((const struct tally_companion *)b)->label);
}

static enum tally_status list_companions(const struct tally_enclosure *enclosure, struct tally_companion *ret)
{
	for (size_t i = 0; i < enclosure->count; i++) {
		const struct tally_enclosed *item = &enclosure->item[i];
		struct tally_hash_job job = { TALLY_SHA384, { item->value }, ret[i].sha384 };
		enum tally_status status = tally_env_hash(&job, 1);

		if (status != TALLY_OK)
			return status;
		ret[i].label = tally_text(item->label);
		ret[i].media_type = tally_text(item->media_type);
		ret[i].size = item->value.size;
	}
	qsort(ret, enclosure->count, sizeof(*ret), compare_companions);
	return TALLY_OK;
}

#define COMPANION_SIZE 192 /* of one in the array, more than it needs */

enum tally_status tally_enclosure_digest(const struct tally_enclosure *enclosure, uint8_t ret[48])
{
	struct tally_hash_job job = { .alg = TALLY_SHA384, .ret_digest = ret };
	struct tally_companion *companions = calloc(enclosure->count + 1, sizeof(*companions));
	size_t room = COMPANION_SIZE * (enclosure->count + 1);
	uint8_t *array = malloc(room);
	enum tally_status status = companions && array ? list_companions(enclosure, companions) : TALLY_NO_MEMORY;

	if (status == TALLY_OK) {
		struct tally_writer writer = tally_writer(array, room);

		tally_companions_write(&writer, companions, enclosure->count);
		job.parts[0] = tally_written(&writer);
		status = writer.status;
	}
	if (status == TALLY_OK)
		status = tally_env_hash(&job, 1);
	free(array);
	free(companions);
	return status;
}

void tally_enclosure_add(const struct tally_enclosure *enclosure, struct tally_bundle *bundle)
{
	for (size_t i = 0; i < enclosure->count; i++) {
		struct tally_member *member = &bundle->member[bundle->count++];

		member->label = tally_text(enclosure->item[i].label);
		member->media_type = tally_text(enclosure->item[i].media_type);
		member->value = enclosure->item[i].value;
	}
}
