// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* CEL-TLV records, read and written. */
#include "cel_tlv.h"

/* Tags of a record's fields. spec: TCG CEL, TPMS_CEL_EVENT */
#define CEL_RECNUM 0
#define CEL_PCR 1
#define CEL_NV_INDEX 2
#define CEL_DIGESTS 3

/* Tags inside pcclient_std and ima_template; cel_version has major and minor in their place. */
#define CEL_FIRST_FIELD 0
#define CEL_SECOND_FIELD 1

#define CEL_DIGESTS_LIMIT (16 * (TALLY_TLV_HEADER_SIZE + TALLY_DIGEST_LIMIT))
/* Around event data: two headers and an event type. */
#define CEL_VALUE_LIMIT (TALLY_CONTROL_LIMIT + 2 * TALLY_TLV_HEADER_SIZE + 4)

/* A record in pieces: copied into the caller's only once nothing can fail any more. */
struct cel_fields {
	uint64_t number;
	enum tally_numbering numbering;
	uint32_t index;
	struct tally_bytes digests;
	struct tally_tlv element; /* content as it stands */
	struct tally_bytes content;
	uint32_t event_type;
	bool is_measured;
};

/* What a container holds is complete, so a field that runs over its end is damage and no tear. */
static enum tally_status of_complete(enum tally_status status)
{
	return status == TALLY_TRUNCATED ? TALLY_OUT_OF_RANGE : status;
}

static enum tally_status read_pcclient_std(struct cel_fields *record)
{
	struct tally_cursor fields = tally_cursor(tally_bytes(NULL, 0));
	struct tally_bytes event_type;
	enum tally_status status = tally_content_two_fields(record->element.value, &event_type, &record->content);

	if (status != TALLY_OK)
		return of_complete(status);
	record->event_type = (uint32_t)tally_tlv_integer(&fields, event_type, sizeof(record->event_type));
	record->is_measured = record->event_type != TALLY_EV_NO_ACTION;
	return fields.status;
}

static enum tally_status check_ima_template(struct tally_bytes value)
{
	struct tally_bytes name;
	struct tally_bytes data;

	return of_complete(tally_content_two_fields(value, &name, &data));
}

/* A list of management elements: other producers put several into one record. */
static enum tally_status read_management(struct cel_fields *record)
{
	struct tally_cursor list = tally_cursor(record->element.value);
	size_t count = 0;

	record->is_measured = false;
	do {
		struct tally_celmgt element = tally_celmgt_read(&list);

		record->is_measured = record->is_measured || tally_celmgt_is_measured(element.type);
		if (++count > TALLY_CELMGT_COUNT_LIMIT)
			tally_fail(&list, TALLY_OUT_OF_RANGE);
	} while (!tally_cursor_is_done(&list));
	return of_complete(list.status);
}

static enum tally_status check_content_size(const struct cel_fields *record)
{
	size_t limit = record->is_measured ? TALLY_CONTENT_LIMIT : TALLY_CONTROL_LIMIT;

	return record->content.size > limit ? TALLY_TOO_LARGE : TALLY_OK;
}

static enum tally_status read_content(struct cel_fields *record)
{
	enum tally_status status = TALLY_OK;

	record->content = record->element.value;
	record->event_type = 0;
	record->is_measured = true;
	if (record->element.tag == TALLY_CONTENT_PCCLIENT_STD)
		status = read_pcclient_std(record);
	else if (record->element.tag == TALLY_CONTENT_CEL)
		status = read_management(record);
	else if (record->element.tag == TALLY_CONTENT_IMA_TEMPLATE)
		status = check_ima_template(record->element.value);
	else if (record->element.tag == TALLY_CEL_RESERVED)
		status = TALLY_UNSUPPORTED;
	return status == TALLY_OK ? check_content_size(record) : status;
}

/* The value of one of the record's own fields: its length is checked before the input's end is. */
static struct tally_bytes field_value(struct tally_cursor *cursor, uint32_t size, uint32_t size_limit)
{
	if (size > size_limit)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return tally_read_bytes(cursor, size);
}

/* Register or NV index: the tag says how it is counted. */
static void read_index(struct tally_cursor *cursor, enum tally_numbering numbering, struct cel_fields *record)
{
	uint8_t tag;
	uint32_t size = tally_tlv_read_header(cursor, &tag);
	struct tally_bytes value;

	record->numbering = numbering;
	if (tag == CEL_NV_INDEX)
		record->numbering = TALLY_NUMBERING_NV;
	else if (tag == TALLY_CEL_CC_MR)
		record->numbering = TALLY_NUMBERING_CC_MR;
	else if (tag != CEL_PCR)
		tally_fail(cursor, TALLY_DISORDER);
	value = field_value(cursor, size, sizeof(record->index));
	record->index = (uint32_t)tally_tlv_integer(cursor, value, sizeof(record->index));
	if (tag == CEL_PCR && record->index > TALLY_CEL_PCR_LIMIT)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
}

static struct tally_bytes read_digest_list(struct tally_cursor *cursor)
{
	uint8_t tag;
	uint32_t size = tally_tlv_read_header(cursor, &tag);

	if (tag != CEL_DIGESTS)
		tally_fail(cursor, TALLY_DISORDER);
	return field_value(cursor, size, CEL_DIGESTS_LIMIT);
}

static struct tally_tlv read_content_element(struct tally_cursor *cursor)
{
	struct tally_tlv element;
	uint32_t size = tally_tlv_read_header(cursor, &element.tag);

	if (cursor->status == TALLY_OK && element.tag <= CEL_DIGESTS)
		tally_fail(cursor, TALLY_DISORDER);
	element.value = field_value(cursor, size, CEL_VALUE_LIMIT);
	return element;
}

static void fill_record(struct tally_record *ret, const struct cel_fields *fields,
			const struct tally_digest_list *digests, struct tally_bytes encoded)
{
	ret->number = fields->number;
	ret->offset = 0;
	ret->numbering = fields->numbering;
	ret->index = fields->index;
	ret->content_type = fields->element.tag;
	ret->event_type = fields->event_type;
	ret->is_measured = fields->is_measured;
	ret->lacks_digests = digests->lacks_digests;
	tally_digest_list_copy(digests, &ret->digests);
	ret->content = fields->content;
	ret->encoded = encoded;
	tally_content_note_static(ret);
}

enum tally_status tally_cel_read(struct tally_cursor *cursor, enum tally_numbering numbering, struct tally_record *ret)
{
	struct tally_bytes input = cursor->left;
	struct tally_digest_list digests;
	struct cel_fields fields;
	enum tally_status status;
	size_t size;

	fields.number = tally_tlv_expect_integer(cursor, CEL_RECNUM, sizeof(fields.number));
	read_index(cursor, numbering, &fields);
	fields.digests = read_digest_list(cursor);
	fields.element = read_content_element(cursor);
	if (cursor->status != TALLY_OK)
		return cursor->status;
	/* All four fields are there: from here on nothing is a tear. */
	size = input.size - cursor->left.size;
	status = read_content(&fields);
	if (status != TALLY_OK)
		tally_fail(cursor, status);
	tally_tlv_read_digest_list(cursor, fields.digests, &digests);
	if (cursor->status == TALLY_OK)
		fill_record(ret, &fields, &digests, tally_bytes(input.data, size));
	return cursor->status;
}

const char *tally_cel_dialect(const struct tally_record *record)
{
	struct tally_cursor cursor = tally_cursor(record->encoded);
	size_t number_size = tally_tlv_read(&cursor).value.size;
	size_t index_size = tally_tlv_read(&cursor).value.size;

	if (record->content_type == TALLY_CONTENT_COS)
		return "google-cos";
	if (number_size == sizeof(record->number) && (index_size == 1 || record->numbering == TALLY_NUMBERING_NV))
		return "";
	if (number_size == 4 && index_size == 4)
		return "safford";
	if (number_size == 1 || (number_size < 8 && record->number >> (8 * (number_size - 1)) != 0))
		return "libcel";
	return "other";
}

static void write_index(struct tally_writer *writer, const struct tally_record *record)
{
	switch (record->numbering) {
	case TALLY_NUMBERING_PCR:
	case TALLY_NUMBERING_REGISTER:
		tally_tlv_write_fixed(writer, CEL_PCR, record->index, 1);
		break;
	case TALLY_NUMBERING_CC_MR:
		tally_tlv_write_fixed(writer, TALLY_CEL_CC_MR, record->index, 1);
		break;
	case TALLY_NUMBERING_NV:
		tally_tlv_write_fixed(writer, CEL_NV_INDEX, record->index, sizeof(record->index));
		break;
	default:
		tally_writer_fail(writer, TALLY_INVALID);
		break;
	}
}

void tally_cel_write(struct tally_writer *writer, const struct tally_record *record)
{
	size_t position;

	tally_tlv_write_fixed(writer, CEL_RECNUM, record->number, sizeof(record->number));
	write_index(writer, record);
	tally_tlv_write_digests(writer, CEL_DIGESTS, &record->digests);
	if (record->content_type != TALLY_CONTENT_PCCLIENT_STD) {
		tally_tlv_write(writer, record->content_type, record->content);
		return;
	}
	position = tally_tlv_begin(writer, TALLY_CONTENT_PCCLIENT_STD);
	tally_tlv_write_fixed(writer, CEL_FIRST_FIELD, record->event_type, sizeof(record->event_type));
	tally_tlv_write(writer, CEL_SECOND_FIELD, record->content);
	tally_tlv_end(writer, position);
}
