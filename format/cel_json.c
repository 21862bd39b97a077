// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* CEL-JSON records, read: the members around the content. */
#include "cel_json.h"

#include "digest_list.h"

/* What a record said so far. */
struct json_record {
	struct tally_record record;
	bool has_number;
	bool has_index;
	bool has_digests;
	bool has_type;
	bool has_content;	 /* and it is read */
	bool is_content_put_off; /* it stood before its type: content is where */
	struct tally_bytes type_name;
	struct tally_json_reader content;
};

/* The algorithm of a name or a number; 0 for one that we don't know. */
static uint16_t json_algorithm(struct tally_json_reader *json)
{
	struct tally_bytes string;
	uint8_t name[16];
	struct tally_writer writer = tally_writer(name, sizeof(name));

	if (tally_json_peek(json) == TALLY_JSON_NUMBER)
		return (uint16_t)tally_json_read_uint(json, UINT16_MAX);
	string = tally_json_read_string(json);
	tally_json_decode_string(&writer, string);
	return writer.status == TALLY_OK ? tally_alg_from_name(tally_written(&writer)) : 0;
}

struct json_digest {
	bool has_alg;
	bool has_digest;
	uint16_t alg;
	struct tally_bytes digits;
};

static void json_digest_member(struct tally_json_reader *json, struct tally_bytes name, struct json_digest *digest)
{
	if (tally_json_string_is(name, "hashAlg")) {
		digest->alg = json_algorithm(json);
		digest->has_alg = true;
	} else if (tally_json_string_is(name, "digest")) {
		digest->digits = tally_json_read_string(json);
		digest->has_digest = true;
	} else {
		tally_json_fail(json, TALLY_UNSUPPORTED);
	}
}

static void add_json_digest(struct tally_json_reader *json, const struct json_digest *digest,
			    struct tally_record *record)
{
	struct tally_digest bytes;
	size_t size = tally_alg_size(digest->alg);
	enum tally_status status = TALLY_OK;

	memset(&bytes, 0, sizeof(bytes));
	bytes.alg = digest->alg;
	if (!digest->has_alg || !digest->has_digest)
		status = TALLY_DISORDER;
	else if (!tally_json_decode_hex(digest->digits, bytes.bytes, size))
		status = TALLY_OUT_OF_RANGE;
	else if (size == 0)
		record->lacks_digests = true;
	else if (digest->digits.size != 2 * size)
		status = TALLY_DIGEST_SIZE;
	else
		status = tally_digests_add(&record->digests, &bytes);
	if (status != TALLY_OK)
		tally_json_fail(json, status);
}

static void read_json_digest(struct tally_json_reader *json, struct tally_record *record)
{
	struct json_digest digest = { .has_alg = false };
	struct tally_json_names names;
	struct tally_bytes name;

	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name))
		json_digest_member(json, name, &digest);
	add_json_digest(json, &digest, record);
}

static void read_json_digests(struct tally_json_reader *json, struct tally_record *record)
{
	size_t count = 0;

	tally_json_begin_array(json);
	while (tally_json_next_element(json)) {
		if (++count > TALLY_CEL_DIGEST_COUNT_LIMIT)
			tally_json_fail(json, TALLY_OUT_OF_RANGE);
		read_json_digest(json, record);
	}
	if (count == 0)
		tally_json_fail(json, TALLY_OUT_OF_RANGE);
	else if (record->digests.count == 0)
		tally_json_fail(json, TALLY_UNKNOWN_ALGORITHM);
}

/* Exactly one of them. */
static void read_json_index(struct tally_json_reader *json, enum tally_numbering numbering, struct json_record *ret)
{
	bool is_pcr = numbering == TALLY_NUMBERING_PCR || numbering == TALLY_NUMBERING_REGISTER;

	if (ret->has_index)
		tally_json_fail(json, TALLY_DUPLICATE);
	ret->has_index = true;
	ret->record.numbering = numbering;
	ret->record.index = (uint32_t)tally_json_read_uint(json, is_pcr ? TALLY_CEL_PCR_LIMIT : UINT32_MAX);
}

static void read_json_type(struct tally_json_reader *json, struct json_record *ret)
{
	uint8_t decoded[16];
	struct tally_writer writer = tally_writer(decoded, sizeof(decoded));

	ret->has_type = true;
	if (tally_json_peek(json) == TALLY_JSON_NUMBER) {
		ret->record.content_type = (uint8_t)tally_json_read_uint(json, UINT8_MAX);
		if (ret->record.content_type < TALLY_CONTENT_CEL || ret->record.content_type == TALLY_CEL_RESERVED)
			tally_json_fail(json, TALLY_UNSUPPORTED);
		return;
	}
	ret->type_name = tally_json_read_string(json);
	tally_json_decode_string(&writer, ret->type_name);
	if (writer.status != TALLY_OK ||
	    !tally_content_type_from_name(tally_written(&writer), &ret->record.content_type))
		ret->record.content_type = TALLY_CONTENT_NAMED;
}

/* A content that stands before its type is read once that is known. */
static void read_json_content(struct tally_json_reader *json, const struct tally_cel_reading *reading,
			      struct json_record *ret)
{
	enum tally_status status;

	if (!ret->has_type) {
		ret->is_content_put_off = true;
		ret->content = *json;
		(void)tally_json_skip(json);
		return;
	}
	ret->has_content = true;
	status = tally_cel_json_read_content(json, reading, ret->type_name, &ret->record);
	if (status != TALLY_OK)
		tally_json_fail(json, status);
}

static void read_json_member(struct tally_json_reader *json, const struct tally_cel_reading *reading,
			     struct tally_bytes name, struct json_record *ret)
{
	if (tally_json_string_is(name, "recnum")) {
		ret->record.number = tally_json_read_uint(json, UINT64_MAX);
		ret->has_number = true;
	} else if (tally_json_string_is(name, "pcr")) {
		read_json_index(json, reading->numbering, ret);
	} else if (tally_json_string_is(name, "nv_index")) {
		read_json_index(json, TALLY_NUMBERING_NV, ret);
	} else if (tally_json_string_is(name, "ccmr")) {
		read_json_index(json, TALLY_NUMBERING_CC_MR, ret);
	} else if (tally_json_string_is(name, "digests")) {
		read_json_digests(json, &ret->record);
		ret->has_digests = true;
	} else if (tally_json_string_is(name, "content_type")) {
		read_json_type(json, ret);
	} else if (tally_json_string_is(name, "content")) {
		read_json_content(json, reading, ret);
	} else {
		tally_json_fail(json, TALLY_UNSUPPORTED);
	}
}

/* What must be there is; a record without any content is measured, and is all that systemd-pcrlock says of some. */
static void end_json_record(struct tally_json_reader *json, const struct tally_cel_reading *reading,
			    struct json_record *ret)
{
	if (ret->is_content_put_off && ret->has_type) {
		read_json_content(&ret->content, reading, ret);
		if (ret->content.cursor.status != TALLY_OK) {
			json->fault_offset = ret->content.fault_offset;
			tally_fail(&json->cursor, ret->content.cursor.status);
		}
	}
	if (!ret->has_type && !ret->is_content_put_off)
		ret->record.is_measured = true;
	else if (!ret->has_content)
		tally_json_fail(json, TALLY_DISORDER);
	if (!ret->has_index || !ret->has_digests || (reading->is_numbered && !ret->has_number))
		tally_json_fail(json, TALLY_DISORDER);
}

enum tally_status tally_cel_json_read(struct tally_json_reader *json, const struct tally_cel_reading *reading,
				      struct tally_record *ret)
{
	struct tally_json_names names;
	struct json_record read;
	struct tally_bytes input;
	struct tally_bytes name;

	memset(&read, 0, sizeof(read));
	(void)tally_json_peek(json);
	input = json->cursor.left;
	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name))
		read_json_member(json, reading, name, &read);
	if (json->cursor.status == TALLY_OK)
		end_json_record(json, reading, &read);
	if (json->cursor.status != TALLY_OK)
		return json->cursor.status;
	tally_content_note_static(&read.record);
	read.record.encoded = tally_bytes(input.data, input.size - json->cursor.left.size);
	*ret = read.record;
	return TALLY_OK;
}

bool tally_cel_json_is_object(struct tally_bytes text)
{
	struct tally_json_reader json = tally_json_open(text);

	if (tally_json_peek(&json) != TALLY_JSON_OBJECT)
		return false;
	(void)tally_json_skip(&json);
	return tally_json_end(&json) == TALLY_OK;
}

/* What tells producers apart: numbers in the place of names, names in lower case, and what stands first. */
static const char *libcel_or_ours(struct tally_json_reader json)
{
	struct tally_bytes name;

	tally_json_begin_object(&json);
	while (tally_json_next_member(&json, NULL, &name)) {
		struct tally_bytes value = tally_json_skip(&json);
		struct tally_json_reader content = tally_json_open(value);

		if (!tally_json_string_is(name, "content") || tally_json_peek(&content) != TALLY_JSON_OBJECT)
			continue;
		tally_json_begin_object(&content);
		while (tally_json_next_member(&content, NULL, &name)) {
			value = tally_json_skip(&content);
			if (tally_json_string_is(name, "event_type") && value.size > 1 && value.data[0] == '"' &&
			    value.data[1] == 'e')
				return "libcel";
		}
	}
	return "";
}

const char *tally_cel_json_dialect(const struct tally_record *record)
{
	struct tally_json_reader json = tally_json_open(record->encoded);
	struct tally_json_reader first = json;
	struct tally_bytes name;
	struct tally_bytes type;
	struct tally_bytes text;

	tally_json_begin_object(&first);
	if (tally_json_next_member(&first, NULL, &name) && !tally_json_string_is(name, "recnum"))
		return "pcrlock";
	if (record->content_type == TALLY_CONTENT_SYSTEMD && tally_cel_json_is_object(record->content))
		return "systemd";
	if (record->content_type == TALLY_CONTENT_NAMED &&
	    tally_content_two_fields(record->content, &type, &text) == TALLY_OK &&
	    tally_bytes_equal(type, tally_text("tss2")))
		return "tss2-fapi";
	return libcel_or_ours(json);
}
