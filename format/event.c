// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The content of our own events, and of the pin among them. */
#include "event.h"

#include "../core/registers.h"
#include "canonical.h"
#include "cel_tlv.h"
#include "utf8.h"

/* spec: docs/formats/log.md 2, the elements of an event */
enum event_element {
	EVENT_ELEMENT_TYPE = 1,
	EVENT_ELEMENT_NAME = 2,
	EVENT_ELEMENT_ORIGIN = 3,
	EVENT_ELEMENT_DATA = 4,
	EVENT_ELEMENT_DATA_DIGEST = 5,
	EVENT_ELEMENT_ONCE = 6,
	EVENT_ELEMENT_PCR = 7,
	EVENT_ELEMENT_PCR_DIGESTS = 8
};

/* spec: docs/formats/log.md 2, the data of a pin */
enum pin_element {
	PIN_ELEMENT_REGISTER = 0,
	PIN_ELEMENT_FROM = 1,
	PIN_ELEMENT_TO = 2,
	PIN_ELEMENT_NEXT = 3,
	PIN_ELEMENT_HEAD = 4
};

#define EVENT_TAGGED_HEADER_SIZE 8 /* tag id and size */

bool tally_event_text_is_clean(struct tally_bytes text)
{
	return text.size >= 1 && text.size <= TALLY_EVENT_TEXT_LIMIT && tally_utf8_is_clean(text);
}

/* A uid or gid that begins at *at, which then stands behind it. */
static bool origin_id(struct tally_bytes origin, size_t *at)
{
	size_t first = *at;
	uint64_t id = 0;

	for (; *at < origin.size && id <= UINT32_MAX; (*at)++) {
		uint8_t c = origin.data[*at];

		if (c < '0' || c > '9')
			break;
		id = id * 10 + (c - '0');
	}
	return *at > first && id <= UINT32_MAX && (origin.data[first] != '0' || *at == first + 1);
}

bool tally_event_origin_is_valid(struct tally_bytes origin)
{
	size_t at = 0;

	if (!tally_event_text_is_clean(origin))
		return false;
	if (!origin_id(origin, &at) || at == origin.size || origin.data[at++] != ':' || !origin_id(origin, &at))
		return false;
	return at == origin.size || (origin.data[at] == '@' && at + 1 < origin.size);
}

/* Data, or its digest, or what a TPM's PCR was extended with: exactly one of them says what was measured. */
static bool event_body_is_valid(const struct tally_event *event)
{
	if (event->has_pcr)
		return !event->has_data && !event->has_data_digest && event->pcr < TALLY_PCR_COUNT &&
		       event->pcr_digests.count > 0;
	if (event->has_data_digest && tally_alg_size(event->data_digest.alg) == 0)
		return false;
	return event->has_data != event->has_data_digest;
}

/* The same for reader and writer: nothing is written that would not be read. */
static bool event_is_valid(const struct tally_event *event)
{
	bool is_digest_only = tally_bytes_equal(event->type, tally_text(TALLY_EVENT_TYPE_DIGEST_ONLY));

	if (is_digest_only && (!event->has_data || event->data.size != 0 || event->is_once))
		return false;
	return tally_event_text_is_clean(event->type) && tally_event_text_is_clean(event->name) &&
	       tally_event_origin_is_valid(event->origin) && event_body_is_valid(event);
}

/* A list, because an algorithm travels with each digest, but of one. */
static void event_read_data_digest(struct tally_cursor *cursor, struct tally_event *event)
{
	struct tally_digests digests = { 0 };
	struct tally_bytes value;

	event->has_data_digest = tally_tlv_read_optional(cursor, EVENT_ELEMENT_DATA_DIGEST, &value);
	if (!event->has_data_digest)
		return;
	tally_canonical_digests(cursor, value, &digests);
	if (digests.count > 1)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	event->data_digest = digests.digest[0];
}

/* There or not: a value that says "not" would be a second form of absence. */
static void event_read_once(struct tally_cursor *cursor, struct tally_event *event)
{
	struct tally_bytes value;

	event->is_once = tally_tlv_read_optional(cursor, EVENT_ELEMENT_ONCE, &value);
	if (event->is_once && (value.size != 1 || value.data[0] != 1))
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
}

/* Both or neither; digests without their PCR are left over and so refused. */
static void event_read_pcr(struct tally_cursor *cursor, struct tally_event *event)
{
	struct tally_bytes value;

	event->has_pcr = tally_tlv_read_optional(cursor, EVENT_ELEMENT_PCR, &value);
	if (!event->has_pcr)
		return;
	event->pcr = (uint32_t)tally_canonical_integer(cursor, value, TALLY_PCR_COUNT - 1);
	tally_canonical_digests(cursor, tally_tlv_expect(cursor, EVENT_ELEMENT_PCR_DIGESTS), &event->pcr_digests);
}

enum tally_status tally_event_read(struct tally_bytes event_data, struct tally_event *ret)
{
	struct tally_cursor tagged = tally_cursor(event_data);
	struct tally_event event = { 0 };
	struct tally_cursor elements;
	enum tally_status status;

	if (tally_read_le32(&tagged) != TALLY_EVENT_TAG_ID)
		tally_fail(&tagged, TALLY_UNSUPPORTED);
	if (event_data.size > TALLY_CONTENT_LIMIT)
		tally_fail(&tagged, TALLY_OUT_OF_RANGE);
	elements = tally_read_nested(&tagged, tally_read_le32(&tagged));
	event.type = tally_tlv_expect(&elements, EVENT_ELEMENT_TYPE);
	event.name = tally_tlv_expect(&elements, EVENT_ELEMENT_NAME);
	event.origin = tally_tlv_expect(&elements, EVENT_ELEMENT_ORIGIN);
	event.has_data = tally_tlv_read_optional(&elements, EVENT_ELEMENT_DATA, &event.data);
	event_read_data_digest(&elements, &event);
	event_read_once(&elements, &event);
	event_read_pcr(&elements, &event);
	tally_leave(&tagged, &elements);

	status = tally_cursor_end(&tagged);
	if (status == TALLY_OK && !event_is_valid(&event))
		status = TALLY_OUT_OF_RANGE;
	if (status == TALLY_OK)
		*ret = event;
	return status;
}

static void event_write_elements(struct tally_writer *writer, const struct tally_event *event)
{
	struct tally_digests data_digest = { 1, { event->data_digest } };

	tally_tlv_write(writer, EVENT_ELEMENT_TYPE, event->type);
	tally_tlv_write(writer, EVENT_ELEMENT_NAME, event->name);
	tally_tlv_write(writer, EVENT_ELEMENT_ORIGIN, event->origin);
	if (event->has_data)
		tally_tlv_write(writer, EVENT_ELEMENT_DATA, event->data);
	if (event->has_data_digest)
		tally_tlv_write_digests(writer, EVENT_ELEMENT_DATA_DIGEST, &data_digest);
	if (event->is_once)
		tally_tlv_write_integer(writer, EVENT_ELEMENT_ONCE, 1);
	if (!event->has_pcr)
		return;
	tally_tlv_write_integer(writer, EVENT_ELEMENT_PCR, event->pcr);
	tally_tlv_write_digests(writer, EVENT_ELEMENT_PCR_DIGESTS, &event->pcr_digests);
}

void tally_event_write(struct tally_writer *writer, const struct tally_event *event)
{
	/* The size stands in front, little-endian, where a CEL container would have its own. */
	struct tally_writer measure = tally_writer(NULL, 0);

	if (!event_is_valid(event)) {
		tally_writer_fail(writer, TALLY_INVALID);
		return;
	}
	event_write_elements(&measure, event);
	if (measure.size > TALLY_CONTENT_LIMIT - EVENT_TAGGED_HEADER_SIZE) {
		tally_writer_fail(writer, TALLY_TOO_LARGE);
		return;
	}
	tally_write_le32(writer, TALLY_EVENT_TAG_ID);
	tally_write_le32(writer, (uint32_t)measure.size);
	event_write_elements(writer, event);
}

enum tally_status tally_event_is_authentic(const struct tally_record *record, bool *ret)
{
	struct tally_digests expected;
	enum tally_status status = tally_digests_hash(&expected, &record->digests, record->content);

	/* No digest proves nothing, however equal. */
	if (status == TALLY_OK)
		*ret = record->digests.count > 0 && tally_digests_equal(&expected, &record->digests);
	return status;
}

enum tally_status tally_pin_read(struct tally_bytes data, struct tally_pin *ret)
{
	struct tally_cursor cursor = tally_cursor(data);
	struct tally_pin pin = { 0 };
	enum tally_status status;

	pin.index =
		(uint32_t)tally_canonical_integer(&cursor, tally_tlv_expect(&cursor, PIN_ELEMENT_REGISTER), UINT32_MAX);
	tally_canonical_digests(&cursor, tally_tlv_expect(&cursor, PIN_ELEMENT_FROM), &pin.from);
	tally_canonical_digests(&cursor, tally_tlv_expect(&cursor, PIN_ELEMENT_TO), &pin.to);
	pin.next = tally_canonical_integer(&cursor, tally_tlv_expect(&cursor, PIN_ELEMENT_NEXT), UINT64_MAX);
	tally_canonical_copy(&cursor, tally_tlv_expect(&cursor, PIN_ELEMENT_HEAD), pin.head, sizeof(pin.head));

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK && !tally_digests_same_banks(&pin.from, &pin.to))
		status = TALLY_BANK_SET;
	if (status == TALLY_OK)
		*ret = pin;
	return status;
}

void tally_pin_write(struct tally_writer *writer, const struct tally_pin *pin)
{
	if (!tally_digests_same_banks(&pin->from, &pin->to))
		tally_writer_fail(writer, TALLY_BANK_SET);
	tally_tlv_write_integer(writer, PIN_ELEMENT_REGISTER, pin->index);
	tally_tlv_write_digests(writer, PIN_ELEMENT_FROM, &pin->from);
	tally_tlv_write_digests(writer, PIN_ELEMENT_TO, &pin->to);
	tally_tlv_write_integer(writer, PIN_ELEMENT_NEXT, pin->next);
	tally_tlv_write(writer, PIN_ELEMENT_HEAD, tally_bytes(pin->head, sizeof(pin->head)));
}
