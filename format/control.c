// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Control records: signature, base, gap, abort, fill and kexec; header and trim are in control_header.c. */
#include "control.h"

#include "canonical.h"
#include "event.h"

#define CONTROL_SIGNATURE_SIZE 16

static const char *const control_words[] = {
	[TALLY_CONTROL_NOT] = "",	 [TALLY_CONTROL_HEADER] = "header", [TALLY_CONTROL_BASE] = "base",
	[TALLY_CONTROL_GAP] = "gap",	 [TALLY_CONTROL_FILL] = "fill",	    [TALLY_CONTROL_TRIM] = "trim",
	[TALLY_CONTROL_KEXEC] = "kexec", [TALLY_CONTROL_ABORT] = "abort",
};

#define CONTROL_WORD_COUNT (sizeof(control_words) / sizeof(control_words[0]))

/* spec: docs/formats/log.md 3, the elements of each word */
enum base_element { BASE_ELEMENT_VALUE = 0, BASE_ELEMENT_RESET_COUNT = 1, BASE_ELEMENT_RESTART_COUNT = 2 };

enum gap_element {
	GAP_ELEMENT_FROM = 0,
	GAP_ELEMENT_TO = 1,
	GAP_ELEMENT_INTENT = 2,
	GAP_ELEMENT_ORIGIN = 3,
	GAP_ELEMENT_NAME = 4,
	GAP_ELEMENT_DIGESTS = 5,
	GAP_ELEMENT_RECORD = 6,
	GAP_ELEMENT_DAMAGE = 7
};

enum abort_element { ABORT_ELEMENT_INTENT = 0, ABORT_ELEMENT_RECORD = 1 };

enum fill_element {
	FILL_ELEMENT_GAP = 0,
	FILL_ELEMENT_FORMAT = 1,
	FILL_ELEMENT_NAME = 2,
	FILL_ELEMENT_FIRST = 3,
	FILL_ELEMENT_COUNT = 4
};

enum kexec_element { KEXEC_ELEMENT_BEFORE = 0, KEXEC_ELEMENT_AFTER = 1 };

const char *tally_control_word_name(enum tally_control_word word)
{
	return (size_t)word < CONTROL_WORD_COUNT ? control_words[word] : "";
}

/* `tally <word>`, NUL-padded. */
static void control_signature(enum tally_control_word word, uint8_t ret[CONTROL_SIGNATURE_SIZE])
{
	struct tally_writer writer = tally_writer(ret, CONTROL_SIGNATURE_SIZE);

	tally_write_bytes(&writer, tally_text("tally "));
	tally_write_bytes(&writer, tally_text(tally_control_word_name(word)));
	tally_write_zeros(&writer, CONTROL_SIGNATURE_SIZE - writer.size);
}

static bool control_is_signed(struct tally_bytes signature, enum tally_control_word word)
{
	uint8_t expected[CONTROL_SIGNATURE_SIZE];

	control_signature(word, expected);
	return tally_bytes_equal(signature, tally_bytes(expected, sizeof(expected)));
}

enum tally_control_word tally_control_word(const struct tally_record *record)
{
	struct tally_cursor content = tally_cursor(record->content);
	struct tally_bytes signature = tally_read_bytes(&content, CONTROL_SIGNATURE_SIZE);

	if (record->content_type != TALLY_CONTENT_PCCLIENT_STD || record->event_type != TALLY_EV_NO_ACTION)
		return TALLY_CONTROL_NOT;
	for (size_t word = TALLY_CONTROL_HEADER; word < CONTROL_WORD_COUNT; word++)
		if (control_is_signed(signature, (enum tally_control_word)word))
			return (enum tally_control_word)word;
	return TALLY_CONTROL_NOT;
}

struct tally_cursor tally_control_open(struct tally_bytes content, enum tally_control_word word)
{
	struct tally_cursor cursor = tally_cursor(content);

	if (!control_is_signed(tally_read_bytes(&cursor, CONTROL_SIGNATURE_SIZE), word))
		tally_fail(&cursor, TALLY_UNSUPPORTED);
	return cursor;
}

void tally_control_begin(struct tally_writer *writer, enum tally_control_word word)
{
	uint8_t signature[CONTROL_SIGNATURE_SIZE];

	control_signature(word, signature);
	tally_write_bytes(writer, tally_bytes(signature, sizeof(signature)));
}

/* A TPM's counter, where there is one. */
static bool control_read_count(struct tally_cursor *cursor, uint8_t tag, uint32_t *ret)
{
	struct tally_bytes value;
	bool is_there = tally_tlv_read_optional(cursor, tag, &value);

	if (is_there)
		*ret = (uint32_t)tally_canonical_integer(cursor, value, UINT32_MAX);
	return is_there;
}

enum tally_status tally_control_read_base(struct tally_bytes content, struct tally_control_base *ret)
{
	struct tally_cursor cursor = tally_control_open(content, TALLY_CONTROL_BASE);
	struct tally_control_base base = { 0 };
	enum tally_status status;

	tally_canonical_digests(&cursor, tally_tlv_expect(&cursor, BASE_ELEMENT_VALUE), &base.value);
	base.has_reset_count = control_read_count(&cursor, BASE_ELEMENT_RESET_COUNT, &base.reset_count);
	base.has_restart_count = control_read_count(&cursor, BASE_ELEMENT_RESTART_COUNT, &base.restart_count);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = base;
	return status;
}

void tally_control_write_base(struct tally_writer *writer, const struct tally_control_base *base)
{
	tally_control_begin(writer, TALLY_CONTROL_BASE);
	tally_tlv_write_digests(writer, BASE_ELEMENT_VALUE, &base->value);
	if (base->has_reset_count)
		tally_tlv_write_integer(writer, BASE_ELEMENT_RESET_COUNT, base->reset_count);
	if (base->has_restart_count)
		tally_tlv_write_integer(writer, BASE_ELEMENT_RESTART_COUNT, base->restart_count);
}

/* A `once` event stands in a gap whole or not at all, and like its record only where the gap names the intent. */
static enum tally_status gap_check(const struct tally_control_gap *gap)
{
	if (!gap->names_intent && (gap->has_once || gap->record.size != 0))
		return TALLY_INVALID;
	if (gap->has_damage && gap->names_intent)
		return TALLY_INVALID;
	if (gap->has_once && (!tally_event_origin_is_valid(gap->origin) || !tally_event_text_is_clean(gap->name)))
		return TALLY_INVALID;
	if (!tally_digests_same_banks(&gap->from, &gap->to))
		return TALLY_BANK_SET;
	if (gap->has_once && !tally_digests_same_banks(&gap->from, &gap->digests))
		return TALLY_BANK_SET;
	return TALLY_OK;
}

static void gap_read_intent(struct tally_cursor *cursor, struct tally_control_gap *gap)
{
	struct tally_bytes value;

	gap->names_intent = tally_tlv_read_optional(cursor, GAP_ELEMENT_INTENT, &value);
	if (gap->names_intent)
		tally_canonical_copy(cursor, value, gap->intent, sizeof(gap->intent));
	gap->has_once = tally_tlv_read_optional(cursor, GAP_ELEMENT_ORIGIN, &gap->origin);
	if (gap->has_once) {
		gap->name = tally_tlv_expect(cursor, GAP_ELEMENT_NAME);
		tally_canonical_digests(cursor, tally_tlv_expect(cursor, GAP_ELEMENT_DIGESTS), &gap->digests);
	}
	/* No bytes would be a second form of no record. */
	if (tally_tlv_read_optional(cursor, GAP_ELEMENT_RECORD, &gap->record) && gap->record.size == 0)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
}

enum tally_status tally_control_read_gap(struct tally_bytes content, struct tally_control_gap *ret)
{
	struct tally_cursor cursor = tally_control_open(content, TALLY_CONTROL_GAP);
	struct tally_control_gap gap = { 0 };
	struct tally_bytes damage;
	enum tally_status status;

	tally_canonical_digests(&cursor, tally_tlv_expect(&cursor, GAP_ELEMENT_FROM), &gap.from);
	tally_canonical_digests(&cursor, tally_tlv_expect(&cursor, GAP_ELEMENT_TO), &gap.to);
	gap_read_intent(&cursor, &gap);
	gap.has_damage = tally_tlv_read_optional(&cursor, GAP_ELEMENT_DAMAGE, &damage);
	if (gap.has_damage)
		tally_canonical_copy(&cursor, damage, gap.damage, sizeof(gap.damage));

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		status = gap_check(&gap);
	if (status == TALLY_OK)
		*ret = gap;
	/* What is the caller's mistake in a writer is damage in a reader. */
	return status == TALLY_INVALID ? TALLY_OUT_OF_RANGE : status;
}

void tally_control_write_gap(struct tally_writer *writer, const struct tally_control_gap *gap)
{
	enum tally_status status = gap_check(gap);

	if (status != TALLY_OK)
		tally_writer_fail(writer, status);
	tally_control_begin(writer, TALLY_CONTROL_GAP);
	tally_tlv_write_digests(writer, GAP_ELEMENT_FROM, &gap->from);
	tally_tlv_write_digests(writer, GAP_ELEMENT_TO, &gap->to);
	if (gap->names_intent)
		tally_tlv_write(writer, GAP_ELEMENT_INTENT, tally_bytes(gap->intent, sizeof(gap->intent)));
	if (gap->has_once) {
		tally_tlv_write(writer, GAP_ELEMENT_ORIGIN, gap->origin);
		tally_tlv_write(writer, GAP_ELEMENT_NAME, gap->name);
		tally_tlv_write_digests(writer, GAP_ELEMENT_DIGESTS, &gap->digests);
	}
	if (gap->record.size != 0)
		tally_tlv_write(writer, GAP_ELEMENT_RECORD, gap->record);
	if (gap->has_damage)
		tally_tlv_write(writer, GAP_ELEMENT_DAMAGE, tally_bytes(gap->damage, sizeof(gap->damage)));
}

enum tally_status tally_control_read_abort(struct tally_bytes content, struct tally_control_abort *ret)
{
	struct tally_cursor cursor = tally_control_open(content, TALLY_CONTROL_ABORT);
	struct tally_control_abort abort = { 0 };
	enum tally_status status;

	tally_canonical_copy(&cursor, tally_tlv_expect(&cursor, ABORT_ELEMENT_INTENT), abort.intent,
			     sizeof(abort.intent));
	abort.record = tally_tlv_expect(&cursor, ABORT_ELEMENT_RECORD);
	if (abort.record.size == 0)
		tally_fail(&cursor, TALLY_OUT_OF_RANGE);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = abort;
	return status;
}

void tally_control_write_abort(struct tally_writer *writer, const struct tally_control_abort *abort)
{
	if (abort->record.size == 0)
		tally_writer_fail(writer, TALLY_INVALID);
	tally_control_begin(writer, TALLY_CONTROL_ABORT);
	tally_tlv_write(writer, ABORT_ELEMENT_INTENT, tally_bytes(abort->intent, sizeof(abort->intent)));
	tally_tlv_write(writer, ABORT_ELEMENT_RECORD, abort->record);
}

enum tally_status tally_control_read_fill(struct tally_bytes content, struct tally_control_fill *ret)
{
	struct tally_cursor cursor = tally_control_open(content, TALLY_CONTROL_FILL);
	struct tally_control_fill fill = { 0 };
	enum tally_status status;

	fill.gap = tally_canonical_integer(&cursor, tally_tlv_expect(&cursor, FILL_ELEMENT_GAP), UINT64_MAX);
	fill.format = tally_canonical_text(&cursor, tally_tlv_expect(&cursor, FILL_ELEMENT_FORMAT));
	fill.name = tally_canonical_text(&cursor, tally_tlv_expect(&cursor, FILL_ELEMENT_NAME));
	fill.first = tally_canonical_integer(&cursor, tally_tlv_expect(&cursor, FILL_ELEMENT_FIRST), UINT64_MAX);
	fill.count = tally_canonical_integer(&cursor, tally_tlv_expect(&cursor, FILL_ELEMENT_COUNT), UINT64_MAX);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = fill;
	return status;
}

void tally_control_write_fill(struct tally_writer *writer, const struct tally_control_fill *fill)
{
	if (!tally_event_text_is_clean(fill->format) || !tally_event_text_is_clean(fill->name))
		tally_writer_fail(writer, TALLY_INVALID);
	tally_control_begin(writer, TALLY_CONTROL_FILL);
	tally_tlv_write_integer(writer, FILL_ELEMENT_GAP, fill->gap);
	tally_tlv_write(writer, FILL_ELEMENT_FORMAT, fill->format);
	tally_tlv_write(writer, FILL_ELEMENT_NAME, fill->name);
	tally_tlv_write_integer(writer, FILL_ELEMENT_FIRST, fill->first);
	tally_tlv_write_integer(writer, FILL_ELEMENT_COUNT, fill->count);
}

enum tally_status tally_control_read_kexec(struct tally_bytes content, struct tally_control_kexec *ret)
{
	struct tally_cursor cursor = tally_control_open(content, TALLY_CONTROL_KEXEC);
	struct tally_control_kexec kexec = { 0 };
	enum tally_status status;

	tally_canonical_copy(&cursor, tally_tlv_expect(&cursor, KEXEC_ELEMENT_BEFORE), kexec.before,
			     sizeof(kexec.before));
	tally_canonical_copy(&cursor, tally_tlv_expect(&cursor, KEXEC_ELEMENT_AFTER), kexec.after, sizeof(kexec.after));

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = kexec;
	return status;
}

void tally_control_write_kexec(struct tally_writer *writer, const struct tally_control_kexec *kexec)
{
	tally_control_begin(writer, TALLY_CONTROL_KEXEC);
	tally_tlv_write(writer, KEXEC_ELEMENT_BEFORE, tally_bytes(kexec->before, sizeof(kexec->before)));
	tally_tlv_write(writer, KEXEC_ELEMENT_AFTER, tally_bytes(kexec->after, sizeof(kexec->after)));
}

void tally_control_record(struct tally_record *ret, uint64_t number, const struct tally_register *reg,
			  struct tally_bytes content)
{
	memset(ret, 0, sizeof(*ret));
	ret->number = number;
	ret->numbering = TALLY_NUMBERING_REGISTER;
	ret->index = reg->number;
	ret->content_type = TALLY_CONTENT_PCCLIENT_STD;
	ret->event_type = TALLY_EV_NO_ACTION;
	tally_digests_zero(&ret->digests, &reg->reset);
	ret->content = content;
}
