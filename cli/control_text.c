// SPDX-License-Identifier: BSD-2-Clause
/* Control records, one function a word. */
#include "control_text.h"

#include <stdlib.h>

#include "escape.h"
#include "json.h"
#include "output.h"

#define SHORT_BYTES 6 /* of a digest that is only to be recognised */

const char *tally_register_kind_name(enum tally_register_kind kind)
{
	return kind == TALLY_STATIC ? "static" : "runtime";
}

const char *tally_numbering_name(enum tally_numbering numbering)
{
	switch (numbering) {
	case TALLY_NUMBERING_PCR:
		return "pcr";
	case TALLY_NUMBERING_CC_MR:
		return "cc-mr";
	case TALLY_NUMBERING_NV:
		return "nv";
	case TALLY_NUMBERING_REGISTER:
		break;
	}
	return "register";
}

const char *tally_signed_name(enum tally_signed is_signed)
{
	static const char *const names[] = {
		[TALLY_SIGNED_NOT] = "not",
		[TALLY_SIGNED_VALUE] = "value",
		[TALLY_SIGNED_DIGEST] = "digest",
		[TALLY_SIGNED_LOCKED] = "locked",
		[TALLY_SIGNED_ELSEWHERE] = "elsewhere",
	};

	return (size_t)is_signed < sizeof(names) / sizeof(names[0]) && names[is_signed] ? names[is_signed] : "not";
}

const char *tally_extend_rule_name(enum tally_extend_rule rule)
{
	return rule == TALLY_EXTEND_RAW ? "raw" : rule == TALLY_EXTEND_PADDED ? "padded" : "digest";
}

/* The strongest bank, which stands last, is enough for people. */
static void print_short(FILE *file, const struct tally_digests *digests)
{
	struct tally_bytes bytes;

	if (digests->count == 0)
		return;
	bytes = tally_digest_bytes(&digests->digest[digests->count - 1]);
	tally_print_hex(file, tally_bytes(bytes.data, SHORT_BYTES));
	fputs("..", file);
}

json_t *tally_register_json(const struct tally_register *reg)
{
	json_t *object = tally_json_object(), *banks = tally_json_array();
	char pcrs[TALLY_PCR_TEXT_LIMIT];

	for (size_t i = 0; i < reg->reset.count; i++)
		tally_json_append(banks, tally_json_text(tally_text(tally_alg_name(reg->reset.digest[i].alg))));
	tally_pcr_mask_text(reg->pcr_mask, pcrs);
	tally_json_set(object, "name", tally_json_text(tally_text(reg->name)));
	tally_json_set(object, "number", tally_json_integer(reg->number));
	tally_json_set(object, "kind", tally_json_text(tally_text(tally_register_kind_name(reg->kind))));
	tally_json_set(object, "banks", banks);
	tally_json_set(object, "signed", tally_json_text(tally_text(tally_signed_name(reg->is_signed))));
	tally_json_set(object, "extend_rule", tally_json_text(tally_text(tally_extend_rule_name(reg->extend_rule))));
	tally_json_set(object, "is_resettable", tally_json_bool(reg->is_resettable));
	tally_json_set(object, "is_lockable", tally_json_bool(reg->is_lockable));
	tally_json_set(object, "is_late", tally_json_bool(reg->is_late));
	tally_json_set(object, "pcrs", tally_json_text(tally_text(pcrs)));
	tally_json_set(object, "reset", tally_json_digests(&reg->reset));
	return object;
}

json_t *tally_registers_json(const struct tally_register_set *set)
{
	json_t *array = tally_json_array();

	for (size_t i = 0; i < set->count; i++)
		tally_json_append(array, tally_register_json(&set->item[i]));
	return array;
}

static void header_text(FILE *file, const struct tally_control_header *header)
{
	fprintf(file, "%s, boot ", header->registers.provider);
	tally_print_hex(file, tally_bytes(header->boot_id, SHORT_BYTES));
	fprintf(file, ".., %zu registers, capacity %llu bytes", header->registers.count,
		(unsigned long long)header->capacity);
}

static void header_json(json_t *object, const struct tally_control_header *header)
{
	tally_json_set(object, "version", tally_json_integer(header->version));
	tally_json_set(object, "provider", tally_json_text(tally_text(header->registers.provider)));
	tally_json_set(object, "boot_id", tally_json_hex(tally_bytes(header->boot_id, TALLY_BOOT_ID_SIZE)));
	tally_json_set(object, "numbering", tally_json_text(tally_text(tally_numbering_name(header->numbering))));
	tally_json_set(object, "capacity", tally_json_integer(header->capacity));
	tally_json_set(object, "registers", tally_registers_json(&header->registers));
}

static enum tally_status show_header(struct tally_bytes content, FILE *file, json_t *object)
{
	struct tally_control_header header;
	enum tally_status status = tally_control_read_header(content, &header);

	if (status == TALLY_OK && file)
		header_text(file, &header);
	else if (status == TALLY_OK)
		header_json(object, &header);
	return status;
}

static enum tally_status show_base(struct tally_bytes content, FILE *file, json_t *object)
{
	struct tally_control_base base;
	enum tally_status status = tally_control_read_base(content, &base);

	if (status != TALLY_OK)
		return status;
	if (file) {
		fputs("the log starts from ", file);
		print_short(file, &base.value);
		return TALLY_OK;
	}
	tally_json_set(object, "value", tally_json_digests(&base.value));
	if (base.has_reset_count)
		tally_json_set(object, "reset_count", tally_json_integer(base.reset_count));
	if (base.has_restart_count)
		tally_json_set(object, "restart_count", tally_json_integer(base.restart_count));
	return TALLY_OK;
}

static void gap_text(FILE *file, const struct tally_control_gap *gap)
{
	print_short(file, &gap->from);
	fputs(" to ", file);
	print_short(file, &gap->to);
	if (gap->has_damage)
		fputs(", records were lost with a damaged log", file);
	else
		fputs(gap->names_intent ? ", may hold an event of ours" : ", this log does not say how", file);
	if (gap->has_once) {
		fputs(": once ", file);
		tally_escape_print(file, gap->name);
	}
}

static void gap_json(json_t *object, const struct tally_control_gap *gap)
{
	tally_json_set(object, "from", tally_json_digests(&gap->from));
	tally_json_set(object, "to", tally_json_digests(&gap->to));
	if (gap->names_intent)
		tally_json_set(object, "intent", tally_json_hex(tally_bytes(gap->intent, sizeof(gap->intent))));
	if (gap->has_once) {
		tally_json_set(object, "origin", tally_json_text(gap->origin));
		tally_json_set(object, "name", tally_json_text(gap->name));
		tally_json_set(object, "digests", tally_json_digests(&gap->digests));
	}
	if (gap->record.size)
		tally_json_set(object, "record", tally_json_hex(gap->record));
	if (gap->has_damage)
		tally_json_set(object, "damage", tally_json_hex(tally_bytes(gap->damage, sizeof(gap->damage))));
}

static enum tally_status show_gap(struct tally_bytes content, FILE *file, json_t *object)
{
	struct tally_control_gap gap;
	enum tally_status status = tally_control_read_gap(content, &gap);

	if (status == TALLY_OK && file)
		gap_text(file, &gap);
	else if (status == TALLY_OK)
		gap_json(object, &gap);
	return status;
}

static enum tally_status show_abort(struct tally_bytes content, FILE *file, json_t *object)
{
	struct tally_control_abort ended;
	enum tally_status status = tally_control_read_abort(content, &ended);

	if (status != TALLY_OK)
		return status;
	if (file) {
		fputs("an event that had not taken effect, intent ", file);
		tally_print_hex(file, tally_bytes(ended.intent, SHORT_BYTES));
		fputs("..", file);
		return TALLY_OK;
	}
	tally_json_set(object, "intent", tally_json_hex(tally_bytes(ended.intent, sizeof(ended.intent))));
	tally_json_set(object, "record", tally_json_hex(ended.record));
	return TALLY_OK;
}

static enum tally_status show_fill(struct tally_bytes content, FILE *file, json_t *object)
{
	struct tally_control_fill fill;
	enum tally_status status = tally_control_read_fill(content, &fill);

	if (status != TALLY_OK)
		return status;
	if (file) {
		fprintf(file, "gap %llu is explained by %llu records from %llu on of ", (unsigned long long)fill.gap,
			(unsigned long long)fill.count, (unsigned long long)fill.first);
		tally_escape_print(file, fill.name);
		return TALLY_OK;
	}
	tally_json_set(object, "gap", tally_json_integer(fill.gap));
	tally_json_set(object, "format", tally_json_text(fill.format));
	tally_json_set(object, "name", tally_json_text(fill.name));
	tally_json_set(object, "first", tally_json_integer(fill.first));
	tally_json_set(object, "count", tally_json_integer(fill.count));
	return TALLY_OK;
}

static void trim_json(json_t *object, const struct tally_control_trim *trim)
{
	json_t *values = tally_json_object(), *header = tally_json_object();

	for (size_t i = 0; i < tally_registers_runtime_count(&trim->header.registers); i++)
		tally_json_set(values, trim->header.registers.item[i].name, tally_json_digests(&trim->value[i]));
	header_json(header, &trim->header);
	tally_json_set(object, "header", header);
	tally_json_set(object, "values", values);
	tally_json_set(object, "once_list", tally_json_hex(trim->once_list_digest));
	tally_json_set(object, "head", tally_json_hex(tally_bytes(trim->head, TALLY_HEAD_SIZE)));
}

static enum tally_status show_trim(struct tally_bytes content, FILE *file, json_t *object)
{
	struct tally_control_trim *trim = calloc(1, sizeof(*trim));
	enum tally_status status = trim ? tally_control_read_trim(content, trim) : TALLY_NO_MEMORY;

	if (status == TALLY_OK && file) {
		fputs("older records were moved out; ", file);
		header_text(file, &trim->header);
	} else if (status == TALLY_OK) {
		trim_json(object, trim);
	}
	free(trim);
	return status;
}

static enum tally_status show_kexec(struct tally_bytes content, FILE *file, json_t *object)
{
	struct tally_control_kexec kexec;
	enum tally_status status = tally_control_read_kexec(content, &kexec);

	if (status != TALLY_OK)
		return status;
	if (file) {
		fputs("boot ", file);
		tally_print_hex(file, tally_bytes(kexec.before, SHORT_BYTES));
		fputs(".. goes on as ", file);
		tally_print_hex(file, tally_bytes(kexec.after, SHORT_BYTES));
		fputs("..", file);
		return TALLY_OK;
	}
	tally_json_set(object, "before", tally_json_hex(tally_bytes(kexec.before, TALLY_BOOT_ID_SIZE)));
	tally_json_set(object, "after", tally_json_hex(tally_bytes(kexec.after, TALLY_BOOT_ID_SIZE)));
	return TALLY_OK;
}

/* Each shows to the file if there is one, else into the object. */
typedef enum tally_status (*show_function)(struct tally_bytes content, FILE *file, json_t *object);

static const show_function shows[] = {
	[TALLY_CONTROL_HEADER] = show_header, [TALLY_CONTROL_BASE] = show_base, [TALLY_CONTROL_GAP] = show_gap,
	[TALLY_CONTROL_FILL] = show_fill,     [TALLY_CONTROL_TRIM] = show_trim, [TALLY_CONTROL_KEXEC] = show_kexec,
	[TALLY_CONTROL_ABORT] = show_abort,
};

void tally_control_text(FILE *file, const struct tally_record *record, enum tally_control_word word)
{
	enum tally_status status = shows[word](record->content, file, NULL);

	if (status != TALLY_OK)
		fprintf(file, "can't be read: %s", tally_status_message(status));
}

json_t *tally_control_json(const struct tally_record *record, enum tally_control_word word)
{
	json_t *object = tally_json_object();

	tally_json_set(object, "word", tally_json_text(tally_text(tally_control_word_name(word))));
	if (shows[word](record->content, NULL, object) == TALLY_OK)
		return object;
	json_decref(object);
	return NULL;
}
