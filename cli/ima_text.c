// SPDX-License-Identifier: BSD-2-Clause
/* Measurements of IMA as text and as JSON. */
#include "ima_text.h"

#include "../format/ima_list.h"
#include "escape.h"
#include "firmware_text.h"
#include "output.h"

#define SHORT_BYTES 6

static bool read_fields(const struct tally_record *record, struct tally_bytes *ret_name, struct tally_ima_fields *ret)
{
	struct tally_bytes data;

	return record->content_type == TALLY_CONTENT_IMA_TEMPLATE &&
	       tally_ima_content_read(record->content, ret_name, &data) == TALLY_OK &&
	       tally_ima_fields_read(*ret_name, data, TALLY_IMA_ORDER_ANY, ret) == TALLY_OK;
}

bool tally_ima_kind(const struct tally_record *record, char *to, size_t capacity)
{
	struct tally_ima_fields fields;
	struct tally_bytes name;

	if (!read_fields(record, &name, &fields))
		return false;
	tally_escape_text(to, capacity, name);
	return true;
}

static void print_digest(FILE *file, const struct tally_ima_field *field)
{
	struct tally_bytes shown = field->value;

	if (shown.size > SHORT_BYTES)
		shown.size = SHORT_BYTES;
	if (field->kind.size)
		fprintf(file, "%.*s:", (int)field->kind.size, (const char *)field->kind.data);
	if (field->alg.size)
		fprintf(file, "%.*s:", (int)field->alg.size, (const char *)field->alg.data);
	tally_print_hex(file, shown);
	fputs(field->value.size > SHORT_BYTES ? ".." : "", file);
}

static void print_other(FILE *file, const struct tally_ima_field *field)
{
	if (field->data.size == 0)
		return;
	fprintf(file, ", %s ", tally_ima_field_name(field->type));
	switch (field->type) {
	case TALLY_IMA_BUF:
		tally_excerpt(file, field->value);
		break;
	case TALLY_IMA_XATTRNAMES:
		tally_escape_print(file, field->value);
		break;
	case TALLY_IMA_IUID:
	case TALLY_IMA_IGID:
		fprintf(file, "%u", (unsigned)field->number);
		break;
	case TALLY_IMA_IMODE:
		fprintf(file, "%o", (unsigned)field->number);
		break;
	case TALLY_IMA_D_MODSIG:
		print_digest(file, field);
		break;
	case TALLY_IMA_D:
	case TALLY_IMA_D_NG:
	case TALLY_IMA_D_NGV2:
	case TALLY_IMA_N:
	case TALLY_IMA_N_NG:
	case TALLY_IMA_SIG:
	case TALLY_IMA_MODSIG:
	case TALLY_IMA_EVMSIG:
	case TALLY_IMA_XATTRLENGTHS:
	case TALLY_IMA_XATTRVALUES:
	default:
		fprintf(file, "%zu bytes", field->value.size);
	}
}

void tally_ima_text(FILE *file, const struct tally_record *record)
{
	const struct tally_ima_field *digest, *name;
	struct tally_ima_fields fields;
	struct tally_bytes template;

	if (!read_fields(record, &template, &fields)) {
		tally_excerpt(file, record->content);
		return;
	}
	digest = tally_ima_fields_digest(&fields);
	name = tally_ima_fields_name(&fields);
	if (tally_ima_is_violation(record))
		fprintf(file, "%sviolation%s", tally_style(TALLY_STYLE_BAD), tally_style(TALLY_STYLE_END));
	else if (digest)
		print_digest(file, digest);
	if (name)
		fputs(digest || tally_ima_is_violation(record) ? " " : "", file);
	if (name)
		tally_escape_print(file, name->value);
	for (size_t i = 0; i < fields.count; i++)
		if (&fields.field[i] != digest && &fields.field[i] != name)
			print_other(file, &fields.field[i]);
}

static bool is_text(enum tally_ima_field_type type)
{
	return type == TALLY_IMA_N || type == TALLY_IMA_N_NG || type == TALLY_IMA_XATTRNAMES;
}

static bool is_number(enum tally_ima_field_type type)
{
	return type == TALLY_IMA_IUID || type == TALLY_IMA_IGID || type == TALLY_IMA_IMODE;
}

static void field_json(struct tally_json_line *line, const struct tally_ima_field *field)
{
	tally_json_line_open(line, NULL, '{');
	tally_json_line_text(line, "field", tally_text(tally_ima_field_name(field->type)));
	if (field->kind.size)
		tally_json_line_text(line, "kind", field->kind);
	if (field->alg.size)
		tally_json_line_text(line, "algorithm", field->alg);
	if (is_text(field->type))
		tally_json_line_text(line, "text", field->value);
	else if (is_number(field->type) && field->data.size)
		tally_json_line_integer(line, "number", field->number);
	else
		tally_json_line_hex(line, "value", field->value);
	tally_json_line_close(line, '}');
}

void tally_ima_json(struct tally_json_line *line, const struct tally_record *record)
{
	struct tally_ima_fields fields;
	struct tally_bytes template;

	if (!read_fields(record, &template, &fields))
		return;
	tally_json_line_open(line, "ima", '{');
	tally_json_line_text(line, "template", template);
	tally_json_line_bool(line, "is_violation", tally_ima_is_violation(record));
	tally_json_line_open(line, "fields", '[');
	for (size_t i = 0; i < fields.count; i++)
		field_json(line, &fields.field[i]);
	tally_json_line_close(line, ']');
	tally_json_line_close(line, '}');
}
