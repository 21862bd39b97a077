// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Dstack's event log. */
#include "dstack.h"

#include "cel_tlv.h"
#include "json_string.h"
#include "utf8.h"

#define DSTACK_REGISTER_LIMIT 3

/* An event in pieces: strings as they stand between their quotes. */
struct dstack_event {
	uint32_t index;
	uint32_t event_type;
	uint32_t version;
	struct tally_bytes digest;
	struct tally_bytes name;
	struct tally_bytes payload;
	bool has_preimage;
	struct tally_bytes preimage;
};

enum dstack_member {
	DSTACK_IMR,
	DSTACK_EVENT_TYPE,
	DSTACK_DIGEST,
	DSTACK_EVENT,
	DSTACK_EVENT_PAYLOAD,
	DSTACK_VERSION,
	DSTACK_PREIMAGE,
	DSTACK_MEMBER_COUNT
};

static const char *const dstack_members[DSTACK_MEMBER_COUNT] = {
	"imr", "event_type", "digest", "event", "event_payload", "version", "preimage",
};

/* All but the digest, which may be left out with the rest of what follows from the event, and what newer logs add. */
#define DSTACK_REQUIRED (1U << DSTACK_IMR | 1U << DSTACK_EVENT_TYPE | 1U << DSTACK_EVENT | 1U << DSTACK_EVENT_PAYLOAD)

static size_t dstack_member_of(struct tally_bytes name)
{
	size_t i = 0;

	while (i < DSTACK_MEMBER_COUNT && !tally_json_string_is(name, dstack_members[i]))
		i++;
	return i;
}

static void dstack_read_preimage(struct tally_json_reader *json, struct dstack_event *event)
{
	if (tally_json_peek(json) == TALLY_JSON_NULL) {
		(void)tally_json_skip(json);
		return;
	}
	event->has_preimage = true;
	event->preimage = tally_json_read_string(json);
}

static void dstack_read_member(struct tally_json_reader *json, size_t member, struct dstack_event *event)
{
	switch (member) {
	case DSTACK_IMR:
		event->index = (uint32_t)tally_json_read_uint(json, DSTACK_REGISTER_LIMIT);
		break;
	case DSTACK_EVENT_TYPE:
		event->event_type = (uint32_t)tally_json_read_uint(json, UINT32_MAX);
		break;
	case DSTACK_DIGEST:
		event->digest = tally_json_read_string(json);
		break;
	case DSTACK_EVENT:
		event->name = tally_json_read_string(json);
		break;
	case DSTACK_EVENT_PAYLOAD:
		event->payload = tally_json_read_string(json);
		break;
	case DSTACK_VERSION:
		event->version = (uint32_t)tally_json_read_uint(json, UINT32_MAX);
		break;
	case DSTACK_PREIMAGE:
		dstack_read_preimage(json, event);
		break;
	default:
		tally_json_fail(json, TALLY_UNSUPPORTED);
	}
}

static enum tally_status dstack_read_event(struct tally_json_reader *json, struct dstack_event *event)
{
	struct tally_json_names names;
	struct tally_bytes name;
	uint32_t seen = 0;

	memset(event, 0, sizeof(*event));
	event->version = 1;
	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name)) {
		size_t member = dstack_member_of(name);

		seen |= (uint32_t)1 << member;
		dstack_read_member(json, member, event);
	}
	if ((seen & DSTACK_REQUIRED) != DSTACK_REQUIRED)
		tally_json_fail(json, TALLY_DISORDER);
	if (event->version != 1 && event->version != 2)
		tally_json_fail(json, TALLY_UNSUPPORTED);
	/* Nobody but Dstack says what was hashed. */
	if (event->has_preimage && event->event_type != TALLY_EV_DSTACK)
		tally_json_fail(json, TALLY_UNSUPPORTED);
	return json->cursor.status;
}

static void dstack_write_hex(struct tally_writer *writer, struct tally_bytes digits)
{
	struct tally_cursor cursor = tally_cursor(digits);

	if (!tally_json_decode_hex(digits, NULL, 0))
		tally_writer_fail(writer, TALLY_OUT_OF_RANGE);
	while (!tally_cursor_is_done(&cursor) && writer->status == TALLY_OK) {
		uint8_t byte;

		if (tally_json_decode_hex(tally_read_bytes(&cursor, 2), &byte, 1))
			tally_write_u8(writer, byte);
	}
}

/* spec: Dstack, digest of version 1: event type, name and payload, a colon between them */
static void dstack_write_v1(struct tally_writer *writer, const struct dstack_event *event)
{
	tally_write_le32(writer, event->event_type);
	tally_write_u8(writer, ':');
	tally_json_decode_string(writer, event->name);
	tally_write_u8(writer, ':');
	dstack_write_hex(writer, event->payload);
}

/* spec: RFC 8785, 3.2.2.2: short escapes where there are some, else \u00xx in lower case, and no others */
static void dstack_write_escaped(struct tally_writer *writer, uint8_t byte)
{
	static const char shorts[][2] = { { '\b', 'b' }, { '\t', 't' }, { '\n', 'n' }, { '\f', 'f' },
					  { '\r', 'r' }, { '"', '"' },	{ '\\', '\\' } };
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < sizeof(shorts) / sizeof(shorts[0]); i++) {
		if ((uint8_t)shorts[i][0] != byte)
			continue;
		tally_write_u8(writer, '\\');
		tally_write_u8(writer, (uint8_t)shorts[i][1]);
		return;
	}
	if (byte >= 0x20) {
		tally_write_u8(writer, byte);
		return;
	}
	tally_write_bytes(writer, tally_text("\\u00"));
	tally_write_u8(writer, (uint8_t)digits[byte >> 4]);
	tally_write_u8(writer, (uint8_t)digits[byte & 15]);
}

static void dstack_write_canonical_name(struct tally_writer *writer, struct tally_bytes name)
{
	struct tally_cursor cursor = tally_cursor(name);

	while (!tally_cursor_is_done(&cursor)) {
		uint32_t scalar = tally_json_read_scalar(&cursor);

		if (scalar < 0x80)
			dstack_write_escaped(writer, (uint8_t)scalar);
		else
			tally_utf8_write(writer, scalar);
	}
	if (cursor.status != TALLY_OK)
		tally_writer_fail(writer, TALLY_INVALID);
}

/* Digits again, in lower case. */
static void dstack_write_digits(struct tally_writer *writer, struct tally_bytes digits)
{
	if (!tally_json_decode_hex(digits, NULL, 0))
		tally_writer_fail(writer, TALLY_OUT_OF_RANGE);
	for (size_t i = 0; i < digits.size; i++) {
		uint8_t digit = digits.data[i];

		tally_write_u8(writer, digit >= 'A' && digit <= 'F' ? (uint8_t)(digit - 'A' + 'a') : digit);
	}
}

/* spec: Dstack, digest of version 2: the canonical JSON of name, payload and type (134217729) */
static void dstack_write_v2(struct tally_writer *writer, const struct dstack_event *event)
{
	tally_write_bytes(writer, tally_text("{\"name\":\""));
	dstack_write_canonical_name(writer, event->name);
	tally_write_bytes(writer, tally_text("\",\"payload\":\""));
	dstack_write_digits(writer, event->payload);
	tally_write_bytes(writer, tally_text("\",\"type\":134217729}"));
}

static bool dstack_hex_is(struct tally_bytes digits, struct tally_bytes bytes)
{
	struct tally_cursor cursor = tally_cursor(digits);

	if (digits.size / 2 != bytes.size || !tally_json_decode_hex(digits, NULL, 0))
		return false;
	for (size_t i = 0; i < bytes.size; i++) {
		uint8_t byte;

		if (!tally_json_decode_hex(tally_read_bytes(&cursor, 2), &byte, 1) || byte != bytes.data[i])
			return false;
	}
	return true;
}

/* What firmware's event says is its digest; of one of Dstack's own the digest is computed, and compared if it is there. */
static enum tally_status dstack_digest(const struct dstack_event *event, struct tally_bytes content,
				       struct tally_digests *ret)
{
	struct tally_digests stated = { .count = 1, .digest = { { .alg = TALLY_SHA384 } } };
	struct tally_digests computed;
	enum tally_status status;

	if (event->event_type != TALLY_EV_DSTACK || event->digest.size != 0) {
		if (event->digest.size != 2 * tally_alg_size(TALLY_SHA384))
			return TALLY_DIGEST_SIZE;
		if (!tally_json_decode_hex(event->digest, stated.digest[0].bytes, TALLY_DIGEST_LIMIT))
			return TALLY_OUT_OF_RANGE;
	}
	computed = stated;
	if (event->event_type == TALLY_EV_DSTACK) {
		status = tally_digests_hash(&computed, &stated, content);
		if (status != TALLY_OK)
			return status;
		if (event->digest.size != 0 && !tally_digests_equal(&computed, &stated))
			return TALLY_CHECKSUM;
	}
	*ret = computed;
	return TALLY_OK;
}

static enum tally_status dstack_content(const struct tally_dstack_reader *reader, const struct dstack_event *event,
					struct tally_bytes *ret)
{
	struct tally_writer writer = tally_writer(reader->room.data, reader->room.size);

	if (event->event_type != TALLY_EV_DSTACK)
		dstack_write_hex(&writer, event->payload);
	else if (event->version == 1)
		dstack_write_v1(&writer, event);
	else
		dstack_write_v2(&writer, event);
	*ret = tally_written(&writer);
	if (writer.status == TALLY_OK && ret->size > TALLY_CONTENT_LIMIT)
		return TALLY_TOO_LARGE;
	if (writer.status == TALLY_OK && event->has_preimage && !dstack_hex_is(event->preimage, *ret))
		return TALLY_CHECKSUM;
	return writer.status;
}

static enum tally_status dstack_begin(struct tally_dstack_reader *reader, bool *ret_is_end)
{
	if (!reader->has_begun)
		tally_json_begin_array(&reader->json);
	reader->has_begun = true;
	*ret_is_end = !tally_json_next_element(&reader->json);
	if (!*ret_is_end)
		(void)tally_json_peek(&reader->json);
	reader->offset = tally_json_offset(&reader->json);
	return *ret_is_end ? tally_json_end(&reader->json) : TALLY_OK;
}

enum tally_status tally_dstack_next(struct tally_dstack_reader *reader, struct tally_record *ret, bool *ret_is_end)
{
	enum tally_status status = dstack_begin(reader, ret_is_end);
	struct tally_cursor log = tally_cursor(reader->log);
	struct dstack_event event;
	struct tally_digests digests;
	struct tally_bytes content;

	if (status != TALLY_OK || *ret_is_end)
		return status;
	status = dstack_read_event(&reader->json, &event);
	if (status == TALLY_OK)
		status = dstack_content(reader, &event, &content);
	if (status == TALLY_OK)
		status = dstack_digest(&event, content, &digests);
	if (status != TALLY_OK) {
		tally_json_fail(&reader->json, status);
		return status;
	}
	memset(ret, 0, sizeof(*ret));
	ret->number = reader->record_count++;
	ret->offset = reader->offset;
	ret->numbering = TALLY_NUMBERING_REGISTER;
	ret->index = event.index;
	ret->content_type = TALLY_CONTENT_PCCLIENT_STD;
	ret->event_type = event.event_type;
	ret->is_measured = event.event_type != TALLY_EV_NO_ACTION;
	ret->digests = digests;
	ret->content = content;
	(void)tally_read_bytes(&log, reader->offset);
	ret->encoded = tally_read_bytes(&log, tally_json_offset(&reader->json) - reader->offset);
	return TALLY_OK;
}

void tally_dstack_open(struct tally_dstack_reader *reader, struct tally_bytes log)
{
	memset(reader, 0, sizeof(*reader));
	reader->json = tally_json_open(log);
	reader->log = log;
}

void tally_dstack_lend(struct tally_dstack_reader *reader, void *room, size_t size)
{
	reader->room.data = room;
	reader->room.size = size;
}

bool tally_dstack_looks_like(struct tally_bytes log)
{
	struct tally_json_reader json = tally_json_open(log);
	struct tally_bytes name;

	tally_json_begin_array(&json);
	if (!tally_json_next_element(&json) || tally_json_peek(&json) != TALLY_JSON_OBJECT)
		return false;
	tally_json_begin_object(&json);
	while (tally_json_next_member(&json, NULL, &name)) {
		if (dstack_member_of(name) == DSTACK_IMR)
			return true;
		(void)tally_json_skip(&json);
	}
	return false;
}
