// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* IMA's templates and the fields of template data. */
#include "ima_template.h"

#include "tlv.h"

#define FIRST_TEMPLATE "ima"
#define FIRST_DIGEST_SIZE 20
#define FIRST_NAME_SIZE (TALLY_IMA_EVENT_NAME_LIMIT + 1) /* the name as it is hashed, with zeros behind it */
#define IMA_MD5_SIZE 16
#define IMA_XATTR_LENGTH_SIZE 4

static const struct {
	const char *name;
	const char *format;
} ima_templates[] = {
	{ FIRST_TEMPLATE, "d|n" },
	{ "ima-ng", "d-ng|n-ng" },
	{ "ima-sig", "d-ng|n-ng|sig" },
	{ "ima-ngv2", "d-ngv2|n-ng" },
	{ "ima-sigv2", "d-ngv2|n-ng|sig" },
	{ "ima-buf", "d-ng|n-ng|buf" },
	{ "ima-modsig", "d-ng|n-ng|sig|d-modsig|modsig" },
	{ "evm-sig", "d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|iuid|igid|imode" },
};

static const char *const ima_field_names[] = {
#define IMA_FIELD_NAME(name, number, text) [number] = (text),
	TALLY_IMA_FIELD_TABLE(IMA_FIELD_NAME)
#undef IMA_FIELD_NAME
};

/* The kernel's names of hashes. spec: crypto/hash_info.c; sm3 has had three spellings */
static const struct {
	const char *name;
	uint8_t size;
} ima_file_hashes[] = {
	{ "md4", 16 },	       { "md5", 16 },	      { "sha1", 20 },	  { "rmd160", 20 },   { "sha256", 32 },
	{ "sha384", 48 },      { "sha512", 64 },      { "sha224", 28 },	  { "rmd128", 16 },   { "rmd256", 32 },
	{ "rmd320", 40 },      { "wp256", 32 },	      { "wp384", 48 },	  { "wp512", 64 },    { "tgr128", 16 },
	{ "tgr160", 20 },      { "tgr192", 24 },      { "sm3", 32 },	  { "sm3-256", 32 },  { "sm3_256", 32 },
	{ "streebog256", 32 }, { "streebog512", 64 }, { "sha3-256", 32 }, { "sha3-384", 48 }, { "sha3-512", 64 },
};

#define IMA_TEMPLATE_COUNT (sizeof(ima_templates) / sizeof(ima_templates[0]))
#define IMA_FIELD_COUNT (sizeof(ima_field_names) / sizeof(ima_field_names[0]))
#define IMA_FILE_HASH_COUNT (sizeof(ima_file_hashes) / sizeof(ima_file_hashes[0]))

const char *tally_ima_field_name(enum tally_ima_field_type type)
{
	return type < IMA_FIELD_COUNT ? ima_field_names[type] : NULL;
}

static size_t ima_file_hash_size(struct tally_bytes name)
{
	for (size_t i = 0; i < IMA_FILE_HASH_COUNT; i++)
		if (tally_bytes_equal(tally_text(ima_file_hashes[i].name), name))
			return ima_file_hashes[i].size;
	return 0;
}

/* What stands before the next such byte, or everything; the byte itself is taken too. */
static struct tally_bytes ima_read_until(struct tally_cursor *cursor, char end, bool *ret_is_there)
{
	struct tally_bytes left = cursor->left;
	struct tally_bytes before;
	size_t size = 0;

	while (size < left.size && left.data[size] != (uint8_t)end)
		size++;
	*ret_is_there = size < left.size;
	before = tally_read_bytes(cursor, size);
	if (*ret_is_there)
		(void)tally_read_u8(cursor);
	return before;
}

static enum tally_status ima_template_add(struct tally_ima_template *template, struct tally_bytes field)
{
	if (template->field_count == TALLY_IMA_FIELD_LIMIT)
		return TALLY_OUT_OF_RANGE;
	for (size_t i = 1; i < IMA_FIELD_COUNT; i++) {
		if (!tally_bytes_equal(tally_text(ima_field_names[i]), field))
			continue;
		template->field[template->field_count++] = (enum tally_ima_field_type)i;
		return TALLY_OK;
	}
	return TALLY_UNSUPPORTED;
}

static enum tally_status ima_template_parse(struct tally_bytes format, struct tally_ima_template *ret)
{
	struct tally_cursor cursor = tally_cursor(format);
	enum tally_status status = TALLY_OK;
	bool is_more = true;

	while (status == TALLY_OK && is_more)
		status = ima_template_add(ret, ima_read_until(&cursor, '|', &is_more));
	return status;
}

enum tally_status tally_ima_template_find(struct tally_bytes name, struct tally_ima_template *ret)
{
	struct tally_ima_template found;
	struct tally_bytes format = name;
	enum tally_status status;

	memset(&found, 0, sizeof(found));
	for (size_t i = 0; i < IMA_TEMPLATE_COUNT; i++)
		if (tally_bytes_equal(tally_text(ima_templates[i].name), name))
			format = tally_text(ima_templates[i].format);
	found.is_first = tally_bytes_equal(name, tally_text(FIRST_TEMPLATE));
	status = ima_template_parse(format, &found);
	if (status == TALLY_OK)
		*ret = found;
	return status;
}

static uint32_t ima_read_u32(struct tally_cursor *cursor, enum tally_ima_order order)
{
	return order == TALLY_IMA_BIG_ENDIAN ? tally_read_be32(cursor) : tally_read_le32(cursor);
}

static bool ima_is_zero(struct tally_bytes bytes)
{
	uint8_t seen = 0;

	for (size_t i = 0; i < bytes.size; i++)
		seen |= bytes.data[i];
	return seen == 0;
}

/* Older kernels leave room for 20 bytes in a violation's digest, whatever the algorithm. */
static bool is_violation_of_old(struct tally_bytes digest)
{
	return digest.size == FIRST_DIGEST_SIZE && ima_is_zero(digest);
}

/* "sha256:", NUL, digest; d-ngv2 has "ima:" or "verity:" before that. */
static enum tally_status ima_read_digest(struct tally_ima_field *field)
{
	struct tally_cursor cursor = tally_cursor(field->data);
	size_t size;
	bool is_there = true;

	if (field->type == TALLY_IMA_D_NGV2)
		field->kind = ima_read_until(&cursor, ':', &is_there);
	if (!is_there)
		return TALLY_OUT_OF_RANGE;
	field->alg = ima_read_until(&cursor, ':', &is_there);
	if (!is_there || cursor.left.size == 0 || tally_read_u8(&cursor) != 0)
		return TALLY_OUT_OF_RANGE;
	if (field->type == TALLY_IMA_D_NGV2 && !tally_bytes_equal(field->kind, tally_text("ima")) &&
	    !tally_bytes_equal(field->kind, tally_text("verity")))
		return TALLY_UNSUPPORTED;
	size = ima_file_hash_size(field->alg);
	if (size == 0)
		return TALLY_UNKNOWN_ALGORITHM;
	field->value = tally_read_rest(&cursor);
	return field->value.size == size || is_violation_of_old(field->value) ? TALLY_OK : TALLY_DIGEST_SIZE;
}

/* A text ends with its one NUL; of template "ima" it has none. */
static enum tally_status ima_read_text(struct tally_ima_field *field, bool has_nul)
{
	struct tally_cursor cursor = tally_cursor(field->data);
	bool is_there;

	field->value = ima_read_until(&cursor, 0, &is_there);
	if (is_there != has_nul || cursor.left.size != 0)
		return TALLY_NOT_CANONICAL;
	return field->type == TALLY_IMA_N && field->value.size > TALLY_IMA_EVENT_NAME_LIMIT ? TALLY_OUT_OF_RANGE
											    : TALLY_OK;
}

/* Empty where the kernel had no file to ask. */
static enum tally_status ima_read_number(struct tally_ima_field *field, enum tally_ima_order order)
{
	struct tally_cursor cursor = tally_cursor(field->data);
	bool is_big = order == TALLY_IMA_BIG_ENDIAN;

	if (field->data.size == 0)
		return TALLY_OK;
	if (field->type != TALLY_IMA_IMODE)
		field->number = ima_read_u32(&cursor, order);
	else
		field->number = is_big ? tally_read_be16(&cursor) : tally_read_le16(&cursor);
	return tally_cursor_end(&cursor) == TALLY_OK ? TALLY_OK : TALLY_OUT_OF_RANGE;
}

static enum tally_status ima_read_field(struct tally_ima_field *field, const struct tally_ima_fields *fields)
{
	field->value = field->data;
	switch (field->type) {
	case TALLY_IMA_D:
		return field->data.size == FIRST_DIGEST_SIZE || (field->data.size == IMA_MD5_SIZE && !fields->is_first)
			       ? TALLY_OK
			       : TALLY_DIGEST_SIZE;
	case TALLY_IMA_D_NG:
	case TALLY_IMA_D_NGV2:
		return ima_read_digest(field);
	case TALLY_IMA_D_MODSIG:
		return field->data.size ? ima_read_digest(field) : TALLY_OK;
	case TALLY_IMA_N:
	case TALLY_IMA_N_NG:
		return ima_read_text(field, !fields->is_first);
	case TALLY_IMA_XATTRNAMES:
		return field->data.size ? ima_read_text(field, true) : TALLY_OK;
	case TALLY_IMA_XATTRLENGTHS:
		return field->data.size % IMA_XATTR_LENGTH_SIZE ? TALLY_OUT_OF_RANGE : TALLY_OK;
	case TALLY_IMA_IUID:
	case TALLY_IMA_IGID:
	case TALLY_IMA_IMODE:
		return ima_read_number(field, fields->order);
	case TALLY_IMA_SIG:
	case TALLY_IMA_BUF:
	case TALLY_IMA_MODSIG:
	case TALLY_IMA_EVMSIG:
	case TALLY_IMA_XATTRVALUES:
	default:
		return TALLY_OK;
	}
}

static enum tally_status ima_read_fields(const struct tally_ima_template *template, struct tally_bytes data,
					 struct tally_ima_fields *fields)
{
	struct tally_cursor cursor = tally_cursor(data);
	enum tally_status status = TALLY_OK;

	for (fields->count = 0; status == TALLY_OK && fields->count < template->field_count; fields->count++) {
		struct tally_ima_field *field = &fields->field[fields->count];
		bool has_length = !template->is_first || fields->count != 0;

		memset(field, 0, sizeof(*field));
		field->type = template->field[fields->count];
		field->data = tally_read_bytes(&cursor,
					       has_length ? ima_read_u32(&cursor, fields->order) : FIRST_DIGEST_SIZE);
		/* The data is whole, so a field that runs over its end is damage and no tear. */
		status = cursor.status == TALLY_OK ? ima_read_field(field, fields) : TALLY_OUT_OF_RANGE;
	}
	return status == TALLY_OK ? tally_cursor_end(&cursor) : status;
}

enum tally_status tally_ima_fields_read(struct tally_bytes template_name, struct tally_bytes data,
					enum tally_ima_order order, struct tally_ima_fields *ret)
{
	struct tally_ima_template template;
	struct tally_ima_fields fields;
	enum tally_status status = tally_ima_template_find(template_name, &template);
	enum tally_status other;

	if (status != TALLY_OK)
		return status;
	fields.is_first = template.is_first;
	fields.order = order == TALLY_IMA_ORDER_ANY ? TALLY_IMA_LITTLE_ENDIAN : order;
	status = ima_read_fields(&template, data, &fields);
	if (status != TALLY_OK && order == TALLY_IMA_ORDER_ANY) {
		fields.order = TALLY_IMA_BIG_ENDIAN;
		other = ima_read_fields(&template, data, &fields);
		status = other == TALLY_OK ? TALLY_OK : status;
	}
	if (status == TALLY_OK)
		*ret = fields;
	return status;
}

const struct tally_ima_field *tally_ima_fields_find(const struct tally_ima_fields *fields,
						    enum tally_ima_field_type type)
{
	for (size_t i = 0; i < fields->count; i++)
		if (fields->field[i].type == type)
			return &fields->field[i];
	return NULL;
}

const struct tally_ima_field *tally_ima_fields_digest(const struct tally_ima_fields *fields)
{
	for (size_t i = 0; i < fields->count; i++)
		if (fields->field[i].type == TALLY_IMA_D || fields->field[i].type == TALLY_IMA_D_NG ||
		    fields->field[i].type == TALLY_IMA_D_NGV2)
			return &fields->field[i];
	return NULL;
}

const struct tally_ima_field *tally_ima_fields_name(const struct tally_ima_fields *fields)
{
	for (size_t i = 0; i < fields->count; i++)
		if (fields->field[i].type == TALLY_IMA_N || fields->field[i].type == TALLY_IMA_N_NG)
			return &fields->field[i];
	return NULL;
}

/* spec: Linux, ima_calc_field_array_hash: lengths are hashed too, but "ima" has none and pads its name */
void tally_ima_fields_message(const struct tally_ima_fields *fields, struct tally_bytes data,
			      struct tally_hash_job *ret)
{
	static const uint8_t zeros[FIRST_NAME_SIZE];

	memset(ret->parts, 0, sizeof(ret->parts));
	ret->parts[0] = data;
	if (!fields->is_first)
		return;
	ret->parts[0] = fields->field[0].data;
	ret->parts[1] = fields->field[1].data;
	ret->parts[2] = tally_bytes(zeros, FIRST_NAME_SIZE - fields->field[1].data.size);
}

enum tally_status tally_ima_content_read(struct tally_bytes content, struct tally_bytes *ret_name,
					 struct tally_bytes *ret_data)
{
	struct tally_cursor cursor = tally_cursor(content);
	struct tally_tlv a = tally_tlv_read(&cursor);
	struct tally_tlv b = tally_tlv_read(&cursor);
	bool is_in_order = a.tag == TALLY_IMA_CONTENT_NAME && b.tag == TALLY_IMA_CONTENT_DATA;

	/* Other producers may write them in either order. */
	if (!is_in_order && (a.tag != TALLY_IMA_CONTENT_DATA || b.tag != TALLY_IMA_CONTENT_NAME))
		tally_fail(&cursor, TALLY_DISORDER);
	if (tally_cursor_end(&cursor) != TALLY_OK)
		return tally_cursor_end(&cursor);
	*ret_name = is_in_order ? a.value : b.value;
	*ret_data = is_in_order ? b.value : a.value;
	return TALLY_OK;
}
