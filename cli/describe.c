// SPDX-License-Identifier: BSD-2-Clause
/* Records of every log, described. */
#include "describe.h"

#include "../format/aael.h"
#include "../format/dstack.h"
#include "../format/event.h"
#include "../format/tcg2.h"
#include "control_text.h"
#include "escape.h"
#include "firmware_text.h"
#include "ima_text.h"
#include "json_line.h"
#include "output.h"

/* The record holds an event of tally's own form. */
static bool read_event(const struct tally_record *record, struct tally_event *ret)
{
	return record->content_type == TALLY_CONTENT_PCCLIENT_STD && record->event_type == TALLY_EV_EVENT_TAG &&
	       tally_event_read(record->content, ret) == TALLY_OK;
}

static const char *content_type_name(uint8_t content_type)
{
	switch (content_type) {
	case TALLY_CONTENT_NAMED:
		return "named";
	case TALLY_CONTENT_CEL:
		return "cel";
	case TALLY_CONTENT_IMA_TEMPLATE:
		return "ima-template";
	case TALLY_CONTENT_IMA_TLV:
		return "ima-tlv";
	case TALLY_CONTENT_SYSTEMD:
		return "systemd";
	case TALLY_CONTENT_COS:
		return "cos";
	default:
		return NULL;
	}
}

void tally_describe_kind(const struct tally_record *record, char to[TALLY_KIND_LIMIT])
{
	enum tally_control_word word = tally_control_word(record);
	const char *name = record->content_type == TALLY_CONTENT_PCCLIENT_STD
				   ? tally_event_type_name(record->event_type)
				   : content_type_name(record->content_type);
	struct tally_event event;

	if (word != TALLY_CONTROL_NOT)
		snprintf(to, TALLY_KIND_LIMIT, "[%s]", tally_control_word_name(word));
	else if (read_event(record, &event))
		tally_escape_text(to, TALLY_KIND_LIMIT, event.type);
	else if (tally_ima_kind(record, to, TALLY_KIND_LIMIT))
		return;
	else if (name)
		snprintf(to, TALLY_KIND_LIMIT, "%s", name);
	else if (record->content_type == TALLY_CONTENT_PCCLIENT_STD)
		snprintf(to, TALLY_KIND_LIMIT, "0x%08x", (unsigned)record->event_type);
	else
		snprintf(to, TALLY_KIND_LIMIT, "content %u", (unsigned)record->content_type);
}

static void pin_text(FILE *file, const struct tally_event *event)
{
	struct tally_pin pin;

	if (tally_pin_read(event->data, &pin) != TALLY_OK)
		fputs("a pin that can't be read", file);
	else
		fprintf(file, "pins what stands before record %llu", (unsigned long long)pin.next);
}

/* What Google's container launcher writes: TLV(event, value). */
static void cos_text(FILE *file, struct tally_bytes content)
{
	struct tally_cursor cursor = tally_cursor(content);
	struct tally_tlv element = tally_tlv_read(&cursor);

	if (tally_cursor_end(&cursor) != TALLY_OK) {
		tally_excerpt(file, content);
		return;
	}
	fprintf(file, "%u: ", (unsigned)element.tag);
	tally_excerpt(file, element.value);
}

/* Version 1 of what Dstack measures: type, name and payload, a colon between them. */
static void dstack_text(FILE *file, struct tally_bytes content)
{
	struct tally_cursor cursor = tally_cursor(content);
	size_t size = 0;

	if (tally_read_le32(&cursor) != TALLY_EV_DSTACK || tally_read_u8(&cursor) != ':') {
		tally_excerpt(file, content);
		return;
	}
	while (size < cursor.left.size && cursor.left.data[size] != ':')
		size++;
	tally_escape_print(file, tally_read_bytes(&cursor, size));
	(void)tally_read_u8(&cursor);
	if (cursor.left.size)
		fputs(", ", file);
	if (cursor.left.size)
		tally_excerpt(file, cursor.left);
}

static void aael_text(FILE *file, const struct tally_record *record, const struct tally_aael *event)
{
	struct tally_digests digests;

	tally_escape_print(file, event->domain);
	putc(' ', file);
	tally_escape_print(file, event->operation);
	putc(' ', file);
	tally_escape_print(file, event->content);
	if (tally_digests_hash(&digests, &record->digests, record->content) != TALLY_OK ||
	    !tally_digests_equal(&digests, &record->digests))
		fprintf(file, " %s(not what its digest was made from)%s", tally_style(TALLY_STYLE_BAD),
			tally_style(TALLY_STYLE_END));
}

static bool read_aael(const struct tally_record *record, struct tally_aael *ret)
{
	return record->content_type == TALLY_CONTENT_PCCLIENT_STD && record->event_type == TALLY_EV_EVENT_TAG &&
	       tally_aael_read(record->content, ret) == TALLY_OK;
}

static bool is_of_type(const struct tally_event *event, const char *type)
{
	return tally_bytes_equal(event->type, tally_text(type));
}

static void event_text(FILE *file, const struct tally_record *record, const struct tally_event *event)
{
	bool is_authentic = false;

	if (is_of_type(event, TALLY_EVENT_TYPE_PIN)) {
		pin_text(file, event);
		return;
	}
	tally_escape_print(file, event->name);
	fputs(", by ", file);
	tally_escape_print(file, event->origin);
	fputs(event->is_once ? ", once" : "", file);
	if (event->has_data_digest) {
		fprintf(file, ", data %s ", tally_alg_name(event->data_digest.alg));
		tally_print_hex(file, tally_bytes(event->data_digest.bytes, 6));
		fputs("..", file);
	} else if (event->has_data && event->data.size) {
		fputs(", ", file);
		tally_excerpt(file, event->data);
	}
	if (is_of_type(event, TALLY_EVENT_TYPE_DIGEST_ONLY))
		return;
	if (tally_event_is_authentic(record, &is_authentic) != TALLY_OK || !is_authentic)
		fprintf(file, " %s(not what its digest was made from)%s", tally_style(TALLY_STYLE_BAD),
			tally_style(TALLY_STYLE_END));
}

void tally_describe(FILE *file, const struct tally_record *record)
{
	enum tally_control_word word = tally_control_word(record);
	struct tally_event event;
	struct tally_aael aael;

	if (word != TALLY_CONTROL_NOT)
		tally_control_text(file, record, word);
	else if (read_event(record, &event))
		event_text(file, record, &event);
	else if (read_aael(record, &aael))
		aael_text(file, record, &aael);
	else if (record->content_type == TALLY_CONTENT_PCCLIENT_STD && record->event_type == TALLY_EV_DSTACK)
		dstack_text(file, record->content);
	else if (record->content_type == TALLY_CONTENT_PCCLIENT_STD)
		tally_firmware_text(file, record);
	else if (record->content_type == TALLY_CONTENT_COS)
		cos_text(file, record->content);
	else if (record->content_type == TALLY_CONTENT_IMA_TEMPLATE)
		tally_ima_text(file, record);
	else
		tally_excerpt(file, record->content);
}

static void event_json(struct tally_json_line *line, const struct tally_record *record, const struct tally_event *event)
{
	bool is_authentic = false;
	struct tally_digests data_digest = { 1, { event->data_digest } };

	tally_json_line_open(line, "event", '{');
	tally_json_line_text(line, "type", event->type);
	tally_json_line_text(line, "name", event->name);
	tally_json_line_text(line, "origin", event->origin);
	if (event->has_data)
		tally_json_line_hex(line, "data", event->data);
	if (event->has_data_digest)
		tally_json_line_digests(line, "data_digest", &data_digest);
	if (event->has_pcr) {
		tally_json_line_integer(line, "pcr", event->pcr);
		tally_json_line_digests(line, "pcr_digests", &event->pcr_digests);
	}
	tally_json_line_bool(line, "is_once", event->is_once);
	if (tally_event_is_authentic(record, &is_authentic) == TALLY_OK)
		tally_json_line_bool(line, "is_authentic", is_authentic);
	tally_json_line_close(line, '}');
}

static void content_json(struct tally_json_line *line, const struct tally_record *record)
{
	enum tally_control_word word = tally_control_word(record);
	json_t *control = word == TALLY_CONTROL_NOT ? NULL : tally_control_json(record, word);
	struct tally_event event;

	if (control)
		tally_json_line_value(line, "control", control);
	else if (read_event(record, &event))
		event_json(line, record, &event);
	else
		tally_ima_json(line, record);
	tally_json_line_hex(line, "content", record->content);
}

void tally_describe_json(FILE *file, const struct tally_record *record, const char *register_name)
{
	struct tally_json_line line;
	const char *name;

	tally_json_line_begin(&line, file, "tally.log-show");
	tally_json_line_integer(&line, "number", record->number);
	tally_json_line_integer(&line, "offset", record->offset);
	tally_json_line_integer(&line, "size", record->encoded.size);
	if (register_name)
		tally_json_line_text(&line, "register", tally_text(register_name));
	tally_json_line_text(&line, "numbering", tally_text(tally_numbering_name(record->numbering)));
	tally_json_line_integer(&line, "index", record->index);
	tally_json_line_integer(&line, "content_type", record->content_type);
	if (record->content_type == TALLY_CONTENT_PCCLIENT_STD) {
		name = tally_event_type_name(record->event_type);
		tally_json_line_integer(&line, "event_type", record->event_type);
		if (name)
			tally_json_line_text(&line, "event_type_name", tally_text(name));
	}
	tally_json_line_bool(&line, "is_measured", record->is_measured);
	tally_json_line_digests(&line, "digests", &record->digests);
	content_json(&line, record);
	tally_json_line_end(&line);
}
