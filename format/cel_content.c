// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Contents of CEL records in their CEL-TLV form. */
#include "cel_content.h"

#include "tlv.h"

static const struct {
	uint8_t content_type;
	const char *name;
} content_types[] = {
	{ TALLY_CONTENT_CEL, "cel" },
	{ TALLY_CONTENT_PCCLIENT_STD, "pcclient_std" },
	{ TALLY_CONTENT_IMA_TEMPLATE, "ima_template" },
	{ TALLY_CONTENT_IMA_TLV, "ima_tlv" },
	{ TALLY_CONTENT_SYSTEMD, "systemd" },
};

#define CONTENT_TYPE_COUNT (sizeof(content_types) / sizeof(content_types[0]))

const char *tally_content_type_name(uint8_t content_type)
{
	for (size_t i = 0; i < CONTENT_TYPE_COUNT; i++)
		if (content_types[i].content_type == content_type)
			return content_types[i].name;
	return NULL;
}

bool tally_content_type_from_name(struct tally_bytes name, uint8_t *ret)
{
	for (size_t i = 0; i < CONTENT_TYPE_COUNT; i++) {
		if (!tally_bytes_equal(tally_text(content_types[i].name), name))
			continue;
		*ret = content_types[i].content_type;
		return true;
	}
	return false;
}

enum tally_status tally_content_check_size(const struct tally_record *record, size_t size)
{
	return size > (record->is_measured ? TALLY_CONTENT_LIMIT : TALLY_CONTROL_LIMIT) ? TALLY_TOO_LARGE : TALLY_OK;
}

void tally_content_note_static(struct tally_record *record)
{
	if (record->numbering == TALLY_NUMBERING_CC_MR && record->index == 0)
		record->is_measured = false;
}

enum tally_status tally_content_take(const struct tally_cel_reading *reading, const struct tally_writer *writer,
				     struct tally_record *record)
{
	enum tally_status status = tally_content_check_size(record, writer->size);

	if (status == TALLY_OK)
		status = writer->status;
	record->content = tally_written(writer);
	return status == TALLY_NO_SPACE && reading->is_partial ? TALLY_OK : status;
}

const char *tally_celmgt_name(uint8_t type)
{
	switch (type) {
	case TALLY_CELMGT_VERSION:
		return "cel_version";
	case TALLY_CELMGT_FIRMWARE_END:
		return "firmware_end";
	case TALLY_CELMGT_TIMESTAMP:
		return "cel_timestamp";
	case TALLY_CELMGT_STATE_TRANS:
		return "state_trans";
	default:
		return NULL;
	}
}

const char *tally_celmgt_state_name(uint64_t state)
{
	static const char *const names[] = { "suspend", "hibernate", "kexec" };

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : NULL;
}

bool tally_celmgt_is_measured(uint8_t type)
{
	return type != TALLY_CELMGT_VERSION && type != TALLY_CELMGT_FIRMWARE_END;
}

void tally_celmgt_write(struct tally_writer *writer, const struct tally_celmgt *element)
{
	size_t position;

	switch (element->type) {
	case TALLY_CELMGT_VERSION:
		position = tally_tlv_begin(writer, element->type);
		tally_tlv_write_integer(writer, 0, element->major);
		tally_tlv_write_integer(writer, 1, element->minor);
		tally_tlv_end(writer, position);
		break;
	case TALLY_CELMGT_FIRMWARE_END:
		tally_tlv_write(writer, element->type, tally_bytes(NULL, 0));
		break;
	case TALLY_CELMGT_TIMESTAMP:
	case TALLY_CELMGT_STATE_TRANS:
		tally_tlv_write_integer(writer, element->type, element->value);
		break;
	default:
		tally_tlv_write(writer, element->type, element->raw);
		break;
	}
}

bool tally_celmgt_has_data(const struct tally_celmgt *element)
{
	if (tally_celmgt_name(element->type))
		return element->type != TALLY_CELMGT_FIRMWARE_END;
	return element->raw.size != 0;
}

static void read_version(struct tally_cursor *content, struct tally_bytes value, struct tally_celmgt *ret)
{
	struct tally_bytes major;
	struct tally_bytes minor;
	enum tally_status status = tally_content_two_fields(value, &major, &minor);

	if (status != TALLY_OK) {
		tally_fail(content, status);
		return;
	}
	ret->major = (uint16_t)tally_tlv_integer(content, major, sizeof(ret->major));
	ret->minor = (uint16_t)tally_tlv_integer(content, minor, sizeof(ret->minor));
}

struct tally_celmgt tally_celmgt_read(struct tally_cursor *content)
{
	struct tally_tlv element = tally_tlv_read(content);
	struct tally_celmgt ret = { .type = element.tag };

	if (content->status != TALLY_OK)
		return ret;
	if (element.tag == TALLY_CELMGT_VERSION)
		read_version(content, element.value, &ret);
	else if (element.tag == TALLY_CELMGT_FIRMWARE_END && element.value.size != 0)
		tally_fail(content, TALLY_TRAILING);
	else if (element.tag == TALLY_CELMGT_TIMESTAMP)
		ret.value = tally_tlv_integer(content, element.value, 8);
	else if (element.tag == TALLY_CELMGT_STATE_TRANS)
		ret.value = tally_tlv_integer(content, element.value, 4);
	else
		ret.raw = element.value;
	return ret;
}

enum tally_status tally_celmgt_count(struct tally_bytes content, size_t *ret)
{
	struct tally_cursor cursor = tally_cursor(content);
	size_t count = 0;

	while (!tally_cursor_is_done(&cursor)) {
		(void)tally_celmgt_read(&cursor);
		count++;
	}
	if (cursor.status != TALLY_OK)
		return cursor.status;
	if (count == 0 || count > TALLY_CELMGT_COUNT_LIMIT)
		return TALLY_OUT_OF_RANGE;
	*ret = count;
	return TALLY_OK;
}

enum tally_status tally_content_two_fields(struct tally_bytes content, struct tally_bytes *ret_first,
					   struct tally_bytes *ret_second)
{
	struct tally_cursor fields = tally_cursor(content);
	struct tally_tlv a = tally_tlv_read(&fields);
	struct tally_tlv b = tally_tlv_read(&fields);
	enum tally_status status = tally_cursor_end(&fields);

	if (status == TALLY_OK && (a.tag > 1 || b.tag > 1))
		status = TALLY_UNSUPPORTED;
	if (status == TALLY_OK && a.tag == b.tag)
		status = TALLY_DUPLICATE;
	if (status != TALLY_OK)
		return status;
	*ret_first = a.tag == 0 ? a.value : b.value;
	*ret_second = a.tag == 0 ? b.value : a.value;
	return TALLY_OK;
}
