// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Contents of CEL-JSON records, put into their CEL-TLV form. */
#include "cel_json.h"

#include "tcg2.h"
#include "tlv.h"

static struct tally_writer room_writer(const struct tally_cel_reading *reading)
{
	return tally_writer(reading->room.data, reading->room.size);
}

static void take_content(struct tally_json_reader *json, const struct tally_cel_reading *reading,
			 const struct tally_writer *writer, struct tally_record *ret)
{
	enum tally_status status = tally_content_take(reading, writer, ret);

	if (status != TALLY_OK)
		tally_json_fail(json, status);
}

/* The bytes of a hex string are the content. */
static void take_hex(struct tally_json_reader *json, const struct tally_cel_reading *reading, struct tally_bytes digits,
		     struct tally_record *ret)
{
	size_t size = digits.size / 2;
	bool fits = size <= reading->room.size;
	size_t room = fits ? size : ret->is_measured ? 0 : reading->room.size;
	enum tally_status status = tally_content_check_size(ret, size);

	if (status == TALLY_OK && !fits && !reading->is_partial)
		status = TALLY_NO_SPACE;
	if (status == TALLY_OK && !tally_json_decode_hex(digits, reading->room.data, room))
		status = TALLY_OUT_OF_RANGE;
	if (status != TALLY_OK)
		tally_json_fail(json, status);
	ret->content = tally_bytes(reading->room.data, room);
}

/* What only JSON can hold. name is between its quotes. */
static void take_named(struct tally_json_reader *json, const struct tally_cel_reading *reading, struct tally_bytes name,
		       struct tally_bytes value, struct tally_record *ret)
{
	struct tally_writer writer = room_writer(reading);
	size_t position = tally_tlv_begin(&writer, TALLY_NAMED_NAME);

	ret->content_type = TALLY_CONTENT_NAMED;
	ret->is_measured = true;
	tally_json_decode_string(&writer, name);
	tally_tlv_end(&writer, position);
	position = tally_tlv_begin(&writer, TALLY_NAMED_JSON);
	tally_json_write_compact(&writer, value);
	tally_tlv_end(&writer, position);
	take_content(json, reading, &writer, ret);
}

/* A name, or a number as such or as text. False for a name that we don't know. */
static bool read_event_type(struct tally_json_reader *json, uint32_t *ret)
{
	struct tally_bytes string;
	uint8_t decoded[48];
	struct tally_writer writer = tally_writer(decoded, sizeof(decoded));
	struct tally_json_reader number;

	if (tally_json_peek(json) == TALLY_JSON_NUMBER) {
		*ret = (uint32_t)tally_json_read_uint(json, UINT32_MAX);
		return true;
	}
	string = tally_json_read_string(json);
	tally_json_decode_string(&writer, string);
	if (writer.status == TALLY_OK && tally_event_type_from_name(tally_written(&writer), ret))
		return true;
	number = tally_json_open(string);
	*ret = (uint32_t)tally_json_read_uint(&number, UINT32_MAX);
	return tally_json_end(&number) == TALLY_OK;
}

static void read_json_pcclient_std(struct tally_json_reader *json, const struct tally_cel_reading *reading,
				   struct tally_record *ret)
{
	struct tally_json_reader whole = *json;
	struct tally_bytes digits = { NULL, 0 };
	struct tally_json_names names;
	struct tally_bytes name;
	bool has_type = false;
	bool has_data = false;
	bool is_known = true;

	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name)) {
		if (tally_json_string_is(name, "event_type")) {
			is_known = read_event_type(json, &ret->event_type);
			has_type = true;
		} else if (tally_json_string_is(name, "event_data")) {
			digits = tally_json_read_string(json);
			has_data = true;
		} else {
			(void)tally_json_skip(json);
		}
	}
	if (!has_type || !has_data)
		tally_json_fail(json, TALLY_DISORDER);
	if (json->cursor.status != TALLY_OK)
		return;
	ret->is_measured = ret->event_type != TALLY_EV_NO_ACTION;
	if (is_known)
		take_hex(json, reading, digits, ret);
	else
		take_named(json, reading, tally_text("pcclient_std"), tally_json_skip(&whole), ret);
	if (!is_known)
		ret->event_type = 0;
}

static void read_json_ima_template(struct tally_json_reader *json, const struct tally_cel_reading *reading,
				   struct tally_record *ret)
{
	struct tally_writer writer = room_writer(reading);
	struct tally_bytes template_name = { NULL, 0 };
	struct tally_bytes digits = { NULL, 0 };
	struct tally_json_names names;
	struct tally_bytes name;
	unsigned seen = 0;
	size_t position;

	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name)) {
		if (tally_json_string_is(name, "template_name")) {
			template_name = tally_json_read_string(json);
			seen |= 1;
		} else if (tally_json_string_is(name, "template_data")) {
			digits = tally_json_read_string(json);
			seen |= 2;
		} else {
			(void)tally_json_skip(json);
		}
	}
	if (seen != 3)
		tally_json_fail(json, TALLY_DISORDER);
	position = tally_tlv_begin(&writer, 0);
	tally_json_decode_string(&writer, template_name);
	tally_tlv_end(&writer, position);
	position = tally_tlv_begin(&writer, 1);
	if (!tally_json_decode_hex_to(&writer, digits))
		tally_json_fail(json, TALLY_OUT_OF_RANGE);
	tally_tlv_end(&writer, position);
	take_content(json, reading, &writer, ret);
}

static uint8_t read_celmgt_type(struct tally_json_reader *json)
{
	struct tally_bytes string;

	if (tally_json_peek(json) == TALLY_JSON_NUMBER)
		return (uint8_t)tally_json_read_uint(json, UINT8_MAX);
	string = tally_json_read_string(json);
	for (unsigned type = 0; type <= TALLY_CELMGT_STATE_TRANS; type++) {
		const char *name = tally_celmgt_name((uint8_t)type);

		if (name && tally_json_string_is(string, name))
			return (uint8_t)type;
	}
	tally_json_fail(json, TALLY_UNSUPPORTED);
	return 0;
}

static uint64_t read_state(struct tally_json_reader *json)
{
	struct tally_bytes string;

	if (tally_json_peek(json) == TALLY_JSON_NUMBER)
		return tally_json_read_uint(json, UINT32_MAX);
	string = tally_json_read_string(json);
	for (uint64_t state = 0; tally_celmgt_state_name(state); state++)
		if (tally_json_string_is(string, tally_celmgt_state_name(state)))
			return state;
	tally_json_fail(json, TALLY_UNSUPPORTED);
	return 0;
}

static void read_celmgt_version(struct tally_json_reader *json, struct tally_celmgt *ret)
{
	struct tally_json_names names;
	struct tally_bytes name;

	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name)) {
		if (tally_json_string_is(name, "major"))
			ret->major = (uint16_t)tally_json_read_uint(json, UINT16_MAX);
		else if (tally_json_string_is(name, "minor"))
			ret->minor = (uint16_t)tally_json_read_uint(json, UINT16_MAX);
		else
			tally_json_fail(json, TALLY_UNSUPPORTED);
	}
	if (names.count != 2)
		tally_json_fail(json, TALLY_DISORDER);
}

/* digits: hex of an element of a type that we don't know. */
static void read_celmgt_data(struct tally_json_reader *data, struct tally_celmgt *ret, struct tally_bytes *ret_digits)
{
	switch (ret->type) {
	case TALLY_CELMGT_VERSION:
		read_celmgt_version(data, ret);
		break;
	case TALLY_CELMGT_TIMESTAMP:
		ret->value = tally_json_read_uint(data, UINT64_MAX);
		break;
	case TALLY_CELMGT_STATE_TRANS:
		ret->value = read_state(data);
		break;
	case TALLY_CELMGT_FIRMWARE_END:
		tally_json_fail(data, TALLY_DISORDER);
		break;
	default:
		*ret_digits = tally_json_read_string(data);
		break;
	}
}

static void write_celmgt(struct tally_json_reader *json, struct tally_writer *writer,
			 const struct tally_celmgt *element, struct tally_bytes digits)
{
	size_t position;

	if (digits.size == 0) {
		tally_celmgt_write(writer, element);
		return;
	}
	position = tally_tlv_begin(writer, element->type);
	if (!tally_json_decode_hex_to(writer, digits))
		tally_json_fail(json, TALLY_OUT_OF_RANGE);
	tally_tlv_end(writer, position);
}

/* One element; its data may stand before its type. */
static void read_json_celmgt(struct tally_json_reader *json, struct tally_writer *writer, struct tally_record *ret)
{
	struct tally_celmgt element = { .type = 0 };
	struct tally_json_reader data = *json;
	struct tally_bytes digits = { NULL, 0 };
	struct tally_json_names names;
	struct tally_bytes name;
	bool has_type = false;
	bool has_data = false;

	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name)) {
		if (tally_json_string_is(name, "type")) {
			element.type = read_celmgt_type(json);
			has_type = true;
		} else if (tally_json_string_is(name, "data")) {
			data = *json;
			has_data = true;
			(void)tally_json_skip(json);
		} else {
			tally_json_fail(json, TALLY_UNSUPPORTED);
		}
	}
	if (has_data && has_type)
		read_celmgt_data(&data, &element, &digits);
	else if (element.type == TALLY_CELMGT_VERSION || element.type == TALLY_CELMGT_TIMESTAMP ||
		 element.type == TALLY_CELMGT_STATE_TRANS || !has_type)
		tally_json_fail(json, TALLY_DISORDER);
	if (data.cursor.status != TALLY_OK)
		tally_json_fail(json, data.cursor.status);
	if (tally_celmgt_is_measured(element.type))
		ret->is_measured = true;
	write_celmgt(json, writer, &element, digits);
}

/* One element or, from libcel, an array of several. */
static void read_json_management(struct tally_json_reader *json, const struct tally_cel_reading *reading,
				 struct tally_record *ret)
{
	struct tally_writer writer = room_writer(reading);
	size_t count = 0;

	ret->is_measured = false;
	if (tally_json_peek(json) == TALLY_JSON_ARRAY) {
		tally_json_begin_array(json);
		while (tally_json_next_element(json)) {
			if (++count > TALLY_CELMGT_COUNT_LIMIT)
				tally_json_fail(json, TALLY_OUT_OF_RANGE);
			read_json_celmgt(json, &writer, ret);
		}
		if (count == 0)
			tally_json_fail(json, TALLY_OUT_OF_RANGE);
	} else {
		read_json_celmgt(json, &writer, ret);
	}
	take_content(json, reading, &writer, ret);
}

/* systemd's own content is an object; in the specification's form it is the string that was measured, in hex. */
static void read_json_systemd(struct tally_json_reader *json, const struct tally_cel_reading *reading,
			      struct tally_record *ret)
{
	struct tally_writer writer = room_writer(reading);
	struct tally_json_reader whole = *json;
	struct tally_json_names names;
	struct tally_bytes name;

	if (tally_json_peek(json) == TALLY_JSON_STRING) {
		take_hex(json, reading, tally_json_read_string(json), ret);
		return;
	}
	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name))
		(void)tally_json_skip(json);
	if (json->cursor.status != TALLY_OK)
		return;
	tally_json_write_compact(&writer, tally_json_skip(&whole));
	take_content(json, reading, &writer, ret);
}

/* A type that is a number without a name for us: its bytes, or what else there is under its number as a name. */
static void read_json_other(struct tally_json_reader *json, const struct tally_cel_reading *reading,
			    struct tally_bytes type_name, struct tally_record *ret)
{
	uint8_t digits[4];
	struct tally_writer writer = tally_writer(digits, sizeof(digits));

	if (ret->content_type == TALLY_CONTENT_NAMED) {
		take_named(json, reading, type_name, tally_json_skip(json), ret);
	} else if (tally_json_peek(json) == TALLY_JSON_STRING) {
		take_hex(json, reading, tally_json_read_string(json), ret);
	} else {
		tally_json_write_uint(&writer, ret->content_type);
		take_named(json, reading, tally_written(&writer), tally_json_skip(json), ret);
	}
}

enum tally_status tally_cel_json_read_content(struct tally_json_reader *json, const struct tally_cel_reading *reading,
					      struct tally_bytes type_name, struct tally_record *ret)
{
	ret->is_measured = true;
	switch (ret->content_type) {
	case TALLY_CONTENT_CEL:
		read_json_management(json, reading, ret);
		break;
	case TALLY_CONTENT_PCCLIENT_STD:
		read_json_pcclient_std(json, reading, ret);
		break;
	case TALLY_CONTENT_IMA_TEMPLATE:
		read_json_ima_template(json, reading, ret);
		break;
	case TALLY_CONTENT_SYSTEMD:
		read_json_systemd(json, reading, ret);
		break;
	default:
		read_json_other(json, reading, type_name, ret);
		break;
	}
	return json->cursor.status;
}
