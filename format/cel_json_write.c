// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* CEL-JSON records, written. */
#include "cel_json.h"

#include "tcg2.h"
#include "tlv.h"
#include "utf8.h"

/* Text of ours that needs no escape. */
static void put(struct tally_writer *writer, const char *text)
{
	tally_write_bytes(writer, tally_text(text));
}

static void put_name(struct tally_writer *writer, const char *name)
{
	put(writer, "\"");
	put(writer, name);
	put(writer, "\"");
}

static void put_index(struct tally_writer *writer, const struct tally_record *record)
{
	switch (record->numbering) {
	case TALLY_NUMBERING_PCR:
	case TALLY_NUMBERING_REGISTER:
		put(writer, ",\"pcr\":");
		if (record->index > TALLY_CEL_PCR_LIMIT)
			tally_writer_fail(writer, TALLY_OUT_OF_RANGE);
		break;
	case TALLY_NUMBERING_CC_MR:
		put(writer, ",\"ccmr\":");
		break;
	case TALLY_NUMBERING_NV:
		put(writer, ",\"nv_index\":");
		break;
	default:
		tally_writer_fail(writer, TALLY_INVALID);
		break;
	}
	tally_json_write_uint(writer, record->index);
}

static void put_digests(struct tally_writer *writer, const struct tally_digests *digests)
{
	put(writer, "\"digests\":[");
	for (size_t i = 0; i < digests->count; i++) {
		const char *name = tally_alg_name(digests->digest[i].alg);

		if (!name)
			tally_writer_fail(writer, TALLY_UNKNOWN_ALGORITHM);
		put(writer, i ? ",{\"hashAlg\":\"" : "{\"hashAlg\":\"");
		put(writer, name ? name : "");
		put(writer, "\",\"digest\":");
		tally_json_write_hex(writer, tally_digest_bytes(&digests->digest[i]));
		put(writer, "}");
	}
	put(writer, "]");
}

static void put_pcclient_std(struct tally_writer *writer, const struct tally_record *record)
{
	const char *name = tally_event_type_name(record->event_type);

	put(writer, "{\"event_type\":");
	if (name)
		put_name(writer, name);
	else
		tally_json_write_uint(writer, record->event_type);
	put(writer, ",\"event_data\":");
	tally_json_write_hex(writer, record->content);
	put(writer, "}");
}

static void put_ima_template(struct tally_writer *writer, struct tally_bytes content)
{
	struct tally_bytes name = { NULL, 0 };
	struct tally_bytes data = { NULL, 0 };

	if (tally_content_two_fields(content, &name, &data) != TALLY_OK)
		tally_writer_fail(writer, TALLY_INVALID);
	else if (!tally_utf8_is_valid(name))
		tally_writer_fail(writer, TALLY_UNSUPPORTED);
	put(writer, "{\"template_name\":");
	tally_json_write_string(writer, name);
	put(writer, ",\"template_data\":");
	tally_json_write_hex(writer, data);
	put(writer, "}");
}

static void put_celmgt_data(struct tally_writer *writer, const struct tally_celmgt *element)
{
	const char *state = tally_celmgt_state_name(element->value);

	put(writer, ",\"data\":");
	if (element->type == TALLY_CELMGT_VERSION) {
		put(writer, "{\"major\":");
		tally_json_write_uint(writer, element->major);
		put(writer, ",\"minor\":");
		tally_json_write_uint(writer, element->minor);
		put(writer, "}");
	} else if (element->type == TALLY_CELMGT_STATE_TRANS && state) {
		put_name(writer, state);
	} else if (tally_celmgt_name(element->type)) {
		tally_json_write_uint(writer, element->value);
	} else {
		tally_json_write_hex(writer, element->raw);
	}
}

static void put_celmgt(struct tally_writer *writer, const struct tally_celmgt *element)
{
	const char *name = tally_celmgt_name(element->type);

	put(writer, "{\"type\":");
	if (name)
		put_name(writer, name);
	else
		tally_json_write_uint(writer, element->type);
	if (tally_celmgt_has_data(element))
		put_celmgt_data(writer, element);
	put(writer, "}");
}

/* One element as itself, several as an array. */
static void put_management(struct tally_writer *writer, struct tally_bytes content)
{
	struct tally_cursor left = tally_cursor(content);
	size_t count = 0;

	if (tally_celmgt_count(content, &count) != TALLY_OK) {
		tally_writer_fail(writer, TALLY_INVALID);
		return;
	}
	put(writer, count > 1 ? "[" : "");
	for (size_t i = 0; i < count; i++) {
		struct tally_celmgt element = tally_celmgt_read(&left);

		put(writer, i ? "," : "");
		put_celmgt(writer, &element);
	}
	put(writer, count > 1 ? "]" : "");
}

/* What was read from JSON goes back as it was; a record without content had none. */
static void put_named(struct tally_writer *writer, struct tally_bytes content)
{
	struct tally_bytes name = { NULL, 0 };
	struct tally_bytes json = { NULL, 0 };

	if (content.size == 0)
		return;
	if (tally_content_two_fields(content, &name, &json) != TALLY_OK)
		tally_writer_fail(writer, TALLY_INVALID);
	put(writer, ",\"content_type\":");
	tally_json_write_string(writer, name);
	put(writer, ",\"content\":");
	tally_json_write_compact(writer, json);
}

static void put_content(struct tally_writer *writer, const struct tally_record *record)
{
	switch (record->content_type) {
	case TALLY_CONTENT_CEL:
		put_management(writer, record->content);
		break;
	case TALLY_CONTENT_PCCLIENT_STD:
		put_pcclient_std(writer, record);
		break;
	case TALLY_CONTENT_IMA_TEMPLATE:
		put_ima_template(writer, record->content);
		break;
	case TALLY_CONTENT_SYSTEMD:
		if (tally_cel_json_is_object(record->content))
			tally_json_write_compact(writer, record->content);
		else
			tally_json_write_hex(writer, record->content);
		break;
	default:
		tally_json_write_hex(writer, record->content);
		break;
	}
}

/* Everything behind number and index. */
static void put_members(struct tally_writer *writer, const struct tally_record *record)
{
	const char *type = tally_content_type_name(record->content_type);

	put_digests(writer, &record->digests);
	if (record->content_type == TALLY_CONTENT_NAMED) {
		put_named(writer, record->content);
	} else {
		put(writer, ",\"content_type\":");
		if (type)
			put_name(writer, type);
		else
			tally_json_write_uint(writer, record->content_type);
		put(writer, ",\"content\":");
		put_content(writer, record);
	}
	put(writer, "}");
}

void tally_cel_json_write(struct tally_writer *writer, const struct tally_record *record)
{
	put(writer, "{\"recnum\":");
	tally_json_write_uint(writer, record->number);
	put_index(writer, record);
	put(writer, ",");
	put_members(writer, record);
}

void tally_cel_json_write_systemd(struct tally_writer *writer, const struct tally_record *record)
{
	if (record->numbering != TALLY_NUMBERING_PCR || !record->is_measured)
		tally_writer_fail(writer, TALLY_UNSUPPORTED);
	put(writer, "\x1e{\"pcr\":");
	tally_json_write_uint(writer, record->index);
	put(writer, ",");
	put_members(writer, record);
	put(writer, "\n");
}
