// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* CEL-CBOR records, read and written. */
#include "cel_cbor.h"

#include "cbor.h"
#include "digest_list.h"
#include "tcg2.h"
#include "tlv.h"
#include "utf8.h"

/* Keys of a record's map. spec: TCG CEL 5.2 */
#define KEY_RECNUM 0
#define KEY_PCR 1
#define KEY_NV_INDEX 2
#define KEY_DIGESTS 3
#define KEY_CONTENT_TYPE 9
#define KEY_CONTENT 10

/* Keys of the maps inside it. */
#define KEY_FIRST 0
#define KEY_SECOND 1

/* The head of a map whose keys are read by next_key. */
struct cbor_map {
	size_t left;
	uint64_t least; /* the next key must be at least this: none twice, none out of order */
};

static struct cbor_map begin_map(struct tally_cursor *cursor)
{
	struct cbor_map map = { .left = tally_cbor_expect_map(cursor), .least = 0 };

	return map;
}

static bool next_key(struct tally_cursor *cursor, struct cbor_map *map, uint64_t *ret_key)
{
	if (map->left == 0 || cursor->status != TALLY_OK)
		return false;
	map->left--;
	*ret_key = tally_cbor_expect_uint(cursor);
	if (*ret_key < map->least)
		tally_fail(cursor, *ret_key + 1 == map->least ? TALLY_DUPLICATE : TALLY_DISORDER);
	map->least = *ret_key + 1;
	return cursor->status == TALLY_OK;
}

/* A map of keys 0 and 1, both there; the values are read by the caller. */
static void expect_pair(struct tally_cursor *cursor)
{
	if (tally_cbor_expect_map(cursor) != 2 || tally_cbor_expect_uint(cursor) != KEY_FIRST)
		tally_fail(cursor, TALLY_DISORDER);
}

static void expect_second(struct tally_cursor *cursor)
{
	if (tally_cbor_expect_uint(cursor) != KEY_SECOND)
		tally_fail(cursor, TALLY_DISORDER);
}

static uint64_t expect_uint_up_to(struct tally_cursor *cursor, uint64_t limit)
{
	uint64_t value = tally_cbor_expect_uint(cursor);

	if (value > limit)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return cursor->status == TALLY_OK ? value : 0;
}

static uint16_t cbor_algorithm(struct tally_cursor *cursor)
{
	struct tally_cbor_item item = tally_cbor_read(cursor);

	if (item.major == TALLY_CBOR_TEXT)
		return tally_alg_from_name(item.string);
	if (item.major != TALLY_CBOR_UINT)
		tally_fail(cursor, TALLY_DISORDER);
	else if (item.argument > UINT16_MAX)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return cursor->status == TALLY_OK ? (uint16_t)item.argument : 0;
}

static void read_cbor_digests(struct tally_cursor *cursor, struct tally_digest_list *list)
{
	size_t count = tally_cbor_expect_array(cursor);

	if (count == 0 || count > TALLY_CEL_DIGEST_COUNT_LIMIT)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	for (size_t i = 0; cursor->status == TALLY_OK && i < count; i++) {
		struct tally_bytes bytes;
		enum tally_status status;
		uint16_t alg;

		expect_pair(cursor);
		alg = cbor_algorithm(cursor);
		expect_second(cursor);
		bytes = tally_cbor_expect_bytes(cursor);
		if (cursor->status != TALLY_OK)
			return;
		status = tally_digest_list_add(list, alg, bytes);
		if (status != TALLY_OK && status != TALLY_UNKNOWN_ALGORITHM)
			tally_fail(cursor, status);
	}
	if (list->count == 0)
		tally_fail(cursor, TALLY_UNKNOWN_ALGORITHM);
}

static void cbor_take(struct tally_cursor *cursor, const struct tally_cel_reading *reading,
		      const struct tally_writer *writer, struct tally_record *ret)
{
	enum tally_status status = tally_content_take(reading, writer, ret);

	if (status != TALLY_OK)
		tally_fail(cursor, status);
}

/* Bytes of the input are a content as they stand. */
static void cbor_borrow(struct tally_cursor *cursor, struct tally_bytes bytes, struct tally_record *ret)
{
	enum tally_status status = tally_content_check_size(ret, bytes.size);

	if (status != TALLY_OK)
		tally_fail(cursor, status);
	ret->content = bytes;
}

static void read_cbor_pcclient_std(struct tally_cursor *cursor, struct tally_record *ret)
{
	struct tally_cbor_item type;

	expect_pair(cursor);
	type = tally_cbor_read(cursor);
	ret->event_type = (uint32_t)type.argument;
	if (type.major == TALLY_CBOR_TEXT) {
		if (!tally_event_type_from_name(type.string, &ret->event_type))
			tally_fail(cursor, TALLY_UNSUPPORTED);
	} else if (type.major != TALLY_CBOR_UINT) {
		tally_fail(cursor, TALLY_DISORDER);
	} else if (type.argument > UINT32_MAX) {
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	}
	expect_second(cursor);
	ret->is_measured = ret->event_type != TALLY_EV_NO_ACTION;
	cbor_borrow(cursor, tally_cbor_expect_bytes(cursor), ret);
}

static void read_cbor_ima_template(struct tally_cursor *cursor, const struct tally_cel_reading *reading,
				   struct tally_record *ret)
{
	struct tally_writer writer = tally_writer(reading->room.data, reading->room.size);

	expect_pair(cursor);
	tally_tlv_write(&writer, 0, tally_cbor_expect_text(cursor));
	expect_second(cursor);
	tally_tlv_write(&writer, 1, tally_cbor_expect_bytes(cursor));
	cbor_take(cursor, reading, &writer, ret);
}

static void read_cbor_celmgt_data(struct tally_cursor *cursor, struct tally_celmgt *ret)
{
	switch (ret->type) {
	case TALLY_CELMGT_VERSION:
		expect_pair(cursor);
		ret->major = (uint16_t)expect_uint_up_to(cursor, UINT16_MAX);
		expect_second(cursor);
		ret->minor = (uint16_t)expect_uint_up_to(cursor, UINT16_MAX);
		break;
	case TALLY_CELMGT_TIMESTAMP:
		ret->value = tally_cbor_expect_uint(cursor);
		break;
	case TALLY_CELMGT_STATE_TRANS:
		ret->value = expect_uint_up_to(cursor, UINT32_MAX);
		break;
	case TALLY_CELMGT_FIRMWARE_END:
		tally_fail(cursor, TALLY_DISORDER);
		break;
	default:
		ret->raw = tally_cbor_expect_bytes(cursor);
		/* No data has one form: no key for it. */
		if (ret->raw.size == 0)
			tally_fail(cursor, TALLY_NOT_CANONICAL);
		break;
	}
}

static void read_cbor_celmgt(struct tally_cursor *cursor, struct tally_writer *writer, struct tally_record *ret)
{
	size_t count = tally_cbor_expect_map(cursor);
	struct tally_celmgt element = { .type = 0 };

	if (count == 0 || count > 2 || tally_cbor_expect_uint(cursor) != KEY_FIRST)
		tally_fail(cursor, TALLY_DISORDER);
	element.type = (uint8_t)expect_uint_up_to(cursor, UINT8_MAX);
	if (count == 2) {
		expect_second(cursor);
		read_cbor_celmgt_data(cursor, &element);
	} else if (tally_celmgt_name(element.type) && element.type != TALLY_CELMGT_FIRMWARE_END) {
		tally_fail(cursor, TALLY_DISORDER);
	}
	if (tally_celmgt_is_measured(element.type))
		ret->is_measured = true;
	tally_celmgt_write(writer, &element);
}

static void read_cbor_management(struct tally_cursor *cursor, const struct tally_cel_reading *reading,
				 struct tally_record *ret)
{
	struct tally_writer writer = tally_writer(reading->room.data, reading->room.size);
	struct tally_cursor ahead = *cursor;
	size_t count = 1;

	ret->is_measured = false;
	if (tally_cbor_read(&ahead).major == TALLY_CBOR_ARRAY)
		count = tally_cbor_expect_array(cursor);
	if (count == 0 || count > TALLY_CELMGT_COUNT_LIMIT)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	for (size_t i = 0; cursor->status == TALLY_OK && i < count; i++)
		read_cbor_celmgt(cursor, &writer, ret);
	cbor_take(cursor, reading, &writer, ret);
}

/* A form that we don't know can't be told from damage. */
static void read_cbor_other(struct tally_cursor *cursor, struct tally_record *ret)
{
	struct tally_cbor_item item = tally_cbor_read(cursor);

	if (item.major != TALLY_CBOR_BYTES)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	cbor_borrow(cursor, item.string, ret);
}

static void read_cbor_content(struct tally_cursor *cursor, const struct tally_cel_reading *reading,
			      struct tally_record *ret)
{
	ret->is_measured = true;
	switch (ret->content_type) {
	case TALLY_CONTENT_CEL:
		read_cbor_management(cursor, reading, ret);
		break;
	case TALLY_CONTENT_PCCLIENT_STD:
		read_cbor_pcclient_std(cursor, ret);
		break;
	case TALLY_CONTENT_IMA_TEMPLATE:
		read_cbor_ima_template(cursor, reading, ret);
		break;
	default:
		read_cbor_other(cursor, ret);
		break;
	}
}

/* What a record said so far. */
struct cbor_record {
	struct tally_record record;
	struct tally_digest_list digests;
	unsigned seen; /* bits below */
};

#define SEEN_NUMBER 1U
#define SEEN_INDEX 2U
#define SEEN_DIGESTS 4U
#define SEEN_TYPE 8U
#define SEEN_CONTENT 16U

static void read_cbor_index(struct tally_cursor *cursor, enum tally_numbering numbering, uint64_t limit,
			    struct cbor_record *ret)
{
	if (ret->seen & SEEN_INDEX)
		tally_fail(cursor, TALLY_DUPLICATE);
	ret->seen |= SEEN_INDEX;
	ret->record.numbering = numbering;
	ret->record.index = (uint32_t)expect_uint_up_to(cursor, limit);
}

static void read_cbor_type(struct tally_cursor *cursor, struct cbor_record *ret)
{
	uint64_t type = expect_uint_up_to(cursor, UINT8_MAX);

	if (type < TALLY_CONTENT_CEL || type == TALLY_CEL_RESERVED)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	ret->record.content_type = (uint8_t)type;
	ret->seen |= SEEN_TYPE;
}

/* Content under its own key, 10, or under the number of its type. */
static void read_cbor_keyed(struct tally_cursor *cursor, const struct tally_cel_reading *reading, uint64_t key,
			    struct cbor_record *ret)
{
	bool is_typed = key == KEY_CONTENT;

	if ((ret->seen & SEEN_CONTENT) || is_typed != ((ret->seen & SEEN_TYPE) != 0)) {
		tally_fail(cursor, TALLY_DISORDER);
		return;
	}
	if (!is_typed)
		ret->record.content_type = (uint8_t)key;
	ret->seen |= SEEN_TYPE | SEEN_CONTENT;
	read_cbor_content(cursor, reading, &ret->record);
}

static void read_cbor_member(struct tally_cursor *cursor, const struct tally_cel_reading *reading, uint64_t key,
			     struct cbor_record *ret)
{
	switch (key) {
	case KEY_RECNUM:
		ret->record.number = tally_cbor_expect_uint(cursor);
		ret->seen |= SEEN_NUMBER;
		break;
	case KEY_PCR:
		read_cbor_index(cursor, reading->numbering, TALLY_CEL_PCR_LIMIT, ret);
		break;
	case KEY_NV_INDEX:
		read_cbor_index(cursor, TALLY_NUMBERING_NV, UINT32_MAX, ret);
		break;
	case TALLY_CEL_CC_MR:
		read_cbor_index(cursor, TALLY_NUMBERING_CC_MR, UINT32_MAX, ret);
		break;
	case KEY_DIGESTS:
		read_cbor_digests(cursor, &ret->digests);
		ret->seen |= SEEN_DIGESTS;
		break;
	case KEY_CONTENT_TYPE:
		read_cbor_type(cursor, ret);
		break;
	case KEY_CONTENT:
	case TALLY_CONTENT_CEL:
	case TALLY_CONTENT_PCCLIENT_STD:
	case TALLY_CONTENT_IMA_TEMPLATE:
	case TALLY_CONTENT_IMA_TLV:
	case TALLY_CONTENT_COS:
		read_cbor_keyed(cursor, reading, key, ret);
		break;
	default:
		tally_fail(cursor, TALLY_UNSUPPORTED);
		break;
	}
}

enum tally_status tally_cel_cbor_read(struct tally_cursor *cursor, const struct tally_cel_reading *reading,
				      struct tally_record *ret)
{
	struct tally_bytes input = cursor->left;
	struct cbor_map map = begin_map(cursor);
	struct cbor_record read;
	uint64_t key;

	memset(&read, 0, sizeof(read));
	while (next_key(cursor, &map, &key))
		read_cbor_member(cursor, reading, key, &read);
	if (cursor->status == TALLY_OK &&
	    read.seen != (SEEN_NUMBER | SEEN_INDEX | SEEN_DIGESTS | SEEN_TYPE | SEEN_CONTENT))
		tally_fail(cursor, TALLY_DISORDER);
	if (cursor->status != TALLY_OK)
		return cursor->status;
	read.record.lacks_digests = read.digests.lacks_digests;
	tally_digest_list_copy(&read.digests, &read.record.digests);
	tally_content_note_static(&read.record);
	read.record.encoded = tally_bytes(input.data, input.size - cursor->left.size);
	*ret = read.record;
	return TALLY_OK;
}

const char *tally_cel_cbor_dialect(const struct tally_record *record)
{
	struct tally_cursor cursor = tally_cursor(record->encoded);

	/* Keyed by its type a content needs one key less. */
	return tally_cbor_expect_map(&cursor) == 4 ? "keyed" : "";
}

static void write_cbor_digests(struct tally_writer *writer, const struct tally_digests *digests)
{
	tally_cbor_write_uint(writer, KEY_DIGESTS);
	tally_cbor_write_array(writer, digests->count);
	for (size_t i = 0; i < digests->count; i++) {
		struct tally_bytes bytes = tally_digest_bytes(&digests->digest[i]);

		if (bytes.size == 0)
			tally_writer_fail(writer, TALLY_UNKNOWN_ALGORITHM);
		tally_cbor_write_map(writer, 2);
		tally_cbor_write_uint(writer, KEY_FIRST);
		tally_cbor_write_uint(writer, digests->digest[i].alg);
		tally_cbor_write_uint(writer, KEY_SECOND);
		tally_cbor_write_bytes(writer, bytes);
	}
}

static void write_cbor_ima_template(struct tally_writer *writer, struct tally_bytes content)
{
	struct tally_bytes name = { NULL, 0 };
	struct tally_bytes data = { NULL, 0 };

	if (tally_content_two_fields(content, &name, &data) != TALLY_OK)
		tally_writer_fail(writer, TALLY_INVALID);
	else if (!tally_utf8_is_valid(name))
		tally_writer_fail(writer, TALLY_UNSUPPORTED);
	tally_cbor_write_map(writer, 2);
	tally_cbor_write_uint(writer, KEY_FIRST);
	tally_cbor_write_text(writer, name);
	tally_cbor_write_uint(writer, KEY_SECOND);
	tally_cbor_write_bytes(writer, data);
}

static void write_cbor_celmgt(struct tally_writer *writer, const struct tally_celmgt *element)
{
	bool has_data = tally_celmgt_has_data(element);

	tally_cbor_write_map(writer, has_data ? 2 : 1);
	tally_cbor_write_uint(writer, KEY_FIRST);
	tally_cbor_write_uint(writer, element->type);
	if (!has_data)
		return;
	tally_cbor_write_uint(writer, KEY_SECOND);
	if (element->type == TALLY_CELMGT_VERSION) {
		tally_cbor_write_map(writer, 2);
		tally_cbor_write_uint(writer, KEY_FIRST);
		tally_cbor_write_uint(writer, element->major);
		tally_cbor_write_uint(writer, KEY_SECOND);
		tally_cbor_write_uint(writer, element->minor);
	} else if (tally_celmgt_name(element->type)) {
		tally_cbor_write_uint(writer, element->value);
	} else {
		tally_cbor_write_bytes(writer, element->raw);
	}
}

static void write_cbor_management(struct tally_writer *writer, struct tally_bytes content)
{
	struct tally_cursor left = tally_cursor(content);
	size_t count = 0;

	if (tally_celmgt_count(content, &count) != TALLY_OK) {
		tally_writer_fail(writer, TALLY_INVALID);
		return;
	}
	if (count > 1)
		tally_cbor_write_array(writer, count);
	for (size_t i = 0; i < count; i++) {
		struct tally_celmgt element = tally_celmgt_read(&left);

		write_cbor_celmgt(writer, &element);
	}
}

static void write_cbor_content(struct tally_writer *writer, const struct tally_record *record)
{
	switch (record->content_type) {
	case TALLY_CONTENT_CEL:
		write_cbor_management(writer, record->content);
		break;
	case TALLY_CONTENT_PCCLIENT_STD:
		tally_cbor_write_map(writer, 2);
		tally_cbor_write_uint(writer, KEY_FIRST);
		tally_cbor_write_uint(writer, record->event_type);
		tally_cbor_write_uint(writer, KEY_SECOND);
		tally_cbor_write_bytes(writer, record->content);
		break;
	case TALLY_CONTENT_IMA_TEMPLATE:
		write_cbor_ima_template(writer, record->content);
		break;
	case TALLY_CONTENT_NAMED:
		tally_writer_fail(writer, TALLY_UNSUPPORTED);
		break;
	default:
		tally_cbor_write_bytes(writer, record->content);
		break;
	}
}

void tally_cel_cbor_write(struct tally_writer *writer, const struct tally_record *record)
{
	bool is_cc = record->numbering == TALLY_NUMBERING_CC_MR;

	tally_cbor_write_map(writer, 5);
	tally_cbor_write_uint(writer, KEY_RECNUM);
	tally_cbor_write_uint(writer, record->number);
	if (record->numbering != TALLY_NUMBERING_NV && !is_cc && record->index > TALLY_CEL_PCR_LIMIT)
		tally_writer_fail(writer, TALLY_OUT_OF_RANGE);
	if (!is_cc) {
		tally_cbor_write_uint(writer, record->numbering == TALLY_NUMBERING_NV ? KEY_NV_INDEX : KEY_PCR);
		tally_cbor_write_uint(writer, record->index);
	}
	write_cbor_digests(writer, &record->digests);
	tally_cbor_write_uint(writer, KEY_CONTENT_TYPE);
	tally_cbor_write_uint(writer, record->content_type);
	tally_cbor_write_uint(writer, KEY_CONTENT);
	write_cbor_content(writer, record);
	/* Its key is the largest: deterministic CBOR has it behind the content. */
	if (is_cc) {
		tally_cbor_write_uint(writer, TALLY_CEL_CC_MR);
		tally_cbor_write_uint(writer, record->index);
	}
}
