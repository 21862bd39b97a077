// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lines of an ascii measurement list. */
#include "ima_line.h"

#include "tlv.h"

#define LINE_PCR_SIZE 2	 /* right-aligned */
#define DECIMAL_LIMIT 10 /* digits of 32 bits */

/* Bytes before the first such byte; all if there is none. */
static size_t line_span(struct tally_bytes bytes, char end)
{
	size_t size = 0;

	while (size < bytes.size && bytes.data[size] != (uint8_t)end)
		size++;
	return size;
}

/* Position of the last blank behind the first byte; 0 if there is none. */
static size_t line_last_blank(struct tally_bytes bytes)
{
	size_t at = bytes.size;

	while (at > 1 && bytes.data[at - 1] != ' ')
		at--;
	return at > 1 ? at - 1 : 0;
}

/* The next word; the blank behind it stays. */
static struct tally_bytes line_word(struct tally_cursor *line)
{
	return tally_read_bytes(line, line_span(line->left, ' '));
}

static void line_blank(struct tally_cursor *line)
{
	if (tally_read_u8(line) != ' ')
		tally_fail(line, TALLY_NOT_CANONICAL);
}

static uint8_t line_digit(struct tally_cursor *cursor)
{
	uint8_t c = tally_read_u8(cursor);

	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (uint8_t)(c - 'a' + 10);
	tally_fail(cursor, TALLY_NOT_CANONICAL);
	return 0;
}

/* Two digits are a byte, lower case. */
static uint8_t line_byte(struct tally_cursor *cursor)
{
	uint8_t high = line_digit(cursor);

	return (uint8_t)(high << 4 | line_digit(cursor));
}

/* "%2d" */
static uint32_t line_pcr(struct tally_cursor *line)
{
	struct tally_cursor digits = tally_read_nested(line, LINE_PCR_SIZE);
	uint32_t tens = tally_read_u8(&digits);
	uint32_t units = tally_read_u8(&digits);

	tally_leave(line, &digits);
	if ((tens != ' ' && (tens < '1' || tens > '9')) || units < '0' || units > '9')
		tally_fail(line, TALLY_NOT_CANONICAL);
	return (tens == ' ' ? 0 : 10 * (tens - '0')) + units - '0';
}

static void line_digest(struct tally_cursor *line, struct tally_ima_entry *entry)
{
	struct tally_bytes word = line_word(line);
	struct tally_cursor digits = tally_cursor(word);

	if (word.size == 0 || word.size % 2 != 0 || word.size > 2 * sizeof(entry->digest))
		tally_fail(&digits, TALLY_NOT_CANONICAL);
	for (entry->digest_size = 0; !tally_cursor_is_done(&digits); entry->digest_size++)
		entry->digest[entry->digest_size] = line_byte(&digits);
	tally_leave(line, &digits);
}

/* The texts of the fields, as they stand between blanks. */
struct line_fields {
	size_t count;
	struct tally_bytes text[TALLY_IMA_FIELD_LIMIT];
};

static size_t line_name_position(const struct tally_ima_template *template)
{
	size_t i = 0;

	while (i < template->field_count && template->field[i] != TALLY_IMA_N && template->field[i] != TALLY_IMA_N_NG)
		i++;
	return i;
}

/* Each field has a blank before it; a line that ends earlier has lost empty ones. */
static void line_split_left(struct tally_cursor *line, struct line_fields *fields, size_t count)
{
	while (fields->count < count && !tally_cursor_is_done(line)) {
		line_blank(line);
		fields->text[fields->count++] = line_word(line);
	}
}

/* What is left is the name, which may hold blanks, and up to so many fields without any. */
static void line_split_right(struct tally_cursor *line, struct line_fields *fields, size_t behind_count)
{
	struct tally_bytes rest = line->left;
	size_t found = 0;
	size_t at;

	/* Counted first: where some are missing, those that are there are the first ones. */
	for (at = line_last_blank(rest); at != 0 && found < behind_count; found++) {
		rest.size = at;
		at = line_last_blank(rest);
	}
	line_blank(line);
	fields->text[fields->count++] = tally_read_bytes(line, rest.size ? rest.size - 1 : 0);
	line_split_left(line, fields, fields->count + found);
}

static void line_split(struct tally_cursor *line, const struct tally_ima_template *template, struct line_fields *ret)
{
	size_t name = line_name_position(template);

	memset(ret, 0, sizeof(*ret));
	line_split_left(line, ret, name);
	if (line->status == TALLY_OK && name < template->field_count && ret->count == name && line->left.size != 0)
		line_split_right(line, ret, template->field_count - name - 1);
	ret->count = template->field_count;
}

static void line_write_hex(struct tally_writer *data, struct tally_bytes text)
{
	struct tally_cursor digits = tally_cursor(text);

	while (!tally_cursor_is_done(&digits)) {
		uint8_t byte = line_byte(&digits);

		if (digits.status == TALLY_OK)
			tally_write_u8(data, byte);
	}
	if (digits.status != TALLY_OK)
		tally_writer_fail(data, TALLY_NOT_CANONICAL);
}

/* "sha256:" and digits; the kernel has a NUL between them. */
static void line_write_digest(struct tally_writer *data, struct tally_bytes text)
{
	struct tally_cursor cursor = tally_cursor(text);
	size_t size = text.size;

	while (size > 0 && text.data[size - 1] != ':')
		size--;
	if (text.size != 0 && size == 0)
		tally_writer_fail(data, TALLY_NOT_CANONICAL);
	tally_write_bytes(data, tally_read_bytes(&cursor, size));
	if (size != 0)
		tally_write_u8(data, 0);
	line_write_hex(data, cursor.left);
}

static void line_write_u32(struct tally_writer *data, uint32_t value, enum tally_ima_order order)
{
	if (order == TALLY_IMA_BIG_ENDIAN)
		tally_write_be32(data, value);
	else
		tally_write_le32(data, value);
}

static void line_write_u16(struct tally_writer *data, uint32_t value, enum tally_ima_order order)
{
	if (value > UINT16_MAX)
		tally_writer_fail(data, TALLY_OUT_OF_RANGE);
	else if (order == TALLY_IMA_BIG_ENDIAN)
		tally_write_be16(data, (uint16_t)value);
	else
		tally_write_le16(data, (uint16_t)value);
}

/* "%u"; none where the kernel had no file to ask. */
static void line_write_number(struct tally_writer *data, struct tally_bytes text, bool is_wide,
			      enum tally_ima_order order)
{
	struct tally_cursor digits = tally_cursor(text);
	uint64_t value = 0;

	if (text.size == 0)
		return;
	if (text.size > DECIMAL_LIMIT || (text.size > 1 && text.data[0] == '0'))
		tally_writer_fail(data, TALLY_NOT_CANONICAL);
	while (!tally_cursor_is_done(&digits) && data->status == TALLY_OK) {
		uint8_t c = tally_read_u8(&digits);

		if (c < '0' || c > '9')
			tally_writer_fail(data, TALLY_NOT_CANONICAL);
		value = value * 10 + (uint64_t)(c - '0');
	}
	if (value > UINT32_MAX)
		tally_writer_fail(data, TALLY_OUT_OF_RANGE);
	else if (is_wide)
		line_write_u32(data, (uint32_t)value, order);
	else
		line_write_u16(data, (uint32_t)value, order);
}

static void line_write_text(struct tally_writer *data, struct tally_bytes text, bool has_nul)
{
	tally_write_bytes(data, text);
	if (has_nul)
		tally_write_u8(data, 0);
}

static void line_write_value(struct tally_writer *data, enum tally_ima_field_type type, struct tally_bytes text,
			     bool is_first, enum tally_ima_order order)
{
	switch (type) {
	case TALLY_IMA_D_NG:
	case TALLY_IMA_D_NGV2:
	case TALLY_IMA_D_MODSIG:
		line_write_digest(data, text);
		break;
	case TALLY_IMA_N:
	case TALLY_IMA_N_NG:
		line_write_text(data, text, !is_first);
		break;
	case TALLY_IMA_XATTRNAMES:
		line_write_text(data, text, text.size != 0);
		break;
	case TALLY_IMA_IUID:
	case TALLY_IMA_IGID:
	case TALLY_IMA_IMODE:
		line_write_number(data, text, type != TALLY_IMA_IMODE, order);
		break;
	case TALLY_IMA_D:
	case TALLY_IMA_SIG:
	case TALLY_IMA_BUF:
	case TALLY_IMA_MODSIG:
	case TALLY_IMA_EVMSIG:
	case TALLY_IMA_XATTRLENGTHS:
	case TALLY_IMA_XATTRVALUES:
	default:
		line_write_hex(data, text);
		break;
	}
}

/* How many bytes a field has is known by writing it nowhere. */
static uint32_t line_value_size(enum tally_ima_field_type type, struct tally_bytes text, bool is_first,
				enum tally_ima_order order)
{
	struct tally_writer measure = tally_writer(NULL, 0);

	line_write_value(&measure, type, text, is_first, order);
	return (uint32_t)measure.size;
}

static void line_write_fields(struct tally_writer *data, const struct tally_ima_template *template,
			      const struct line_fields *fields, enum tally_ima_order order)
{
	for (size_t i = 0; i < template->field_count; i++) {
		enum tally_ima_field_type type = template->field[i];

		if (!template->is_first || i != 0)
			line_write_u32(data, line_value_size(type, fields->text[i], template->is_first, order), order);
		line_write_value(data, type, fields->text[i], template->is_first, order);
	}
}

static void line_read_head(struct tally_cursor *line, struct tally_ima_entry *entry)
{
	entry->pcr = line_pcr(line);
	line_blank(line);
	line_digest(line, entry);
	line_blank(line);
	entry->name = line_word(line);
}

bool tally_ima_line_looks_like(struct tally_bytes list)
{
	struct tally_cursor cursor = tally_cursor(list);
	struct tally_cursor line = tally_read_nested(&cursor, line_span(list, '\n'));
	struct tally_ima_template template;
	struct tally_ima_entry entry;

	line_read_head(&line, &entry);
	return line.status == TALLY_OK && tally_ima_template_find(entry.name, &template) == TALLY_OK;
}

enum tally_status tally_ima_line_read(struct tally_cursor *list, enum tally_ima_order order,
				      struct tally_writer *content, struct tally_ima_entry *ret)
{
	struct tally_cursor line = tally_read_nested(list, line_span(list->left, '\n'));
	struct tally_ima_template template;
	struct tally_ima_entry entry;
	struct line_fields fields;
	enum tally_status status;
	size_t data;

	(void)tally_read_u8(list);
	if (list->status != TALLY_OK)
		return list->status;
	line_read_head(&line, &entry);
	if (line.status != TALLY_OK)
		return TALLY_NOT_CANONICAL;
	status = tally_ima_template_find(entry.name, &template);
	if (status != TALLY_OK)
		return status;
	line_split(&line, &template, &fields);
	if (tally_cursor_end(&line) != TALLY_OK)
		return TALLY_NOT_CANONICAL;
	tally_tlv_write(content, TALLY_IMA_CONTENT_NAME, entry.name);
	data = tally_tlv_begin(content, TALLY_IMA_CONTENT_DATA);
	line_write_fields(content, &template, &fields, order);
	tally_tlv_end(content, data);
	entry.content = tally_written(content);
	if (content->status == TALLY_OK)
		status = tally_ima_content_read(entry.content, &entry.name, &entry.data);
	else
		status = content->status;
	if (status == TALLY_OK)
		*ret = entry;
	return status;
}
