// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The bundle: its labels, each with its media type, and the map that holds them. */
#include "bundle.h"

#include "utf8.h"

#define BUNDLE_TYPE_KEY "__cmwc_t"
#define BUNDLE_RECORD_COUNT 2  /* media type, value; CMW's indicator is not ours */
#define BUNDLE_NUMBER_DIGITS 9 /* of segment.N and stored.N */

struct bundle_label {
	const char *label;
	const char *media_type; /* NULL where it depends on provider or format */
	bool has_number;
	bool is_companion;
};

static const struct bundle_label bundle_labels[] = {
	{ TALLY_LABEL_REPORT, NULL, false, false },
	{ TALLY_LABEL_BINDING, TALLY_MEDIA_BINDING, false, false },
	{ TALLY_LABEL_LOG, TALLY_MEDIA_LOG, false, false },
	{ TALLY_LABEL_CERTIFICATES, NULL, false, false },
	{ TALLY_LABEL_MANIFEST, NULL, false, false },
	{ TALLY_LABEL_DATA, TALLY_MEDIA_DATA, false, true },
	{ TALLY_LABEL_SEGMENT, NULL, true, true },
	{ TALLY_LABEL_STORED, TALLY_MEDIA_LOG, true, false },
	{ TALLY_LABEL_TPM_QUOTE, TALLY_MEDIA_TPM_QUOTE, false, true },
	{ TALLY_LABEL_TPM_PCRS, TALLY_MEDIA_TPM_PCRS, false, true },
	{ TALLY_LABEL_AK_BINDING, TALLY_MEDIA_AK_BINDING, false, true },
};

/* Decimal without leading zeros. */
static bool bundle_number_is_valid(struct tally_bytes text)
{
	if (text.size == 0 || text.size > BUNDLE_NUMBER_DIGITS || (text.data[0] == '0' && text.size > 1))
		return false;
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return true;
}

static bool bundle_label_matches(const struct bundle_label *known, struct tally_bytes label)
{
	struct tally_bytes name = tally_text(known->label);
	struct tally_cursor cursor = tally_cursor(label);

	if (!known->has_number)
		return tally_bytes_equal(name, label);
	return tally_bytes_equal(name, tally_read_bytes(&cursor, name.size)) &&
	       bundle_number_is_valid(tally_read_rest(&cursor));
}

static const struct bundle_label *bundle_label_find(struct tally_bytes label)
{
	for (size_t i = 0; i < sizeof(bundle_labels) / sizeof(bundle_labels[0]); i++)
		if (bundle_label_matches(&bundle_labels[i], label))
			return &bundle_labels[i];
	return NULL;
}

bool tally_bundle_label_is_known(struct tally_bytes label)
{
	return bundle_label_find(label) != NULL;
}

bool tally_bundle_label_is_companion(struct tally_bytes label)
{
	const struct bundle_label *known = bundle_label_find(label);

	return known && known->is_companion;
}

/* The same for reader and writer: nothing is written that would not be read. */
static enum tally_status bundle_check_member(const struct tally_member *member)
{
	const struct bundle_label *known = bundle_label_find(member->label);

	if (!known)
		return TALLY_NOT_FOUND;
	if (member->media_type.size == 0 || !tally_utf8_is_clean(member->media_type))
		return TALLY_OUT_OF_RANGE;
	if (known->media_type && !tally_bytes_equal(member->media_type, tally_text(known->media_type)))
		return TALLY_UNSUPPORTED;
	return TALLY_OK;
}

/* The order of two text keys in encoded form: the length stands in front. */
static int bundle_label_compare(struct tally_bytes a, struct tally_bytes b)
{
	if (a.size != b.size)
		return a.size < b.size ? -1 : 1;
	return tally_cbor_key_compare(a, b);
}

static void bundle_read_member(struct tally_cursor *cursor, struct tally_bytes label, struct tally_bundle *bundle)
{
	struct tally_member member = { label, { NULL, 0 }, { NULL, 0 } };
	enum tally_status status;

	if (!tally_bundle_label_is_known(label))
		tally_fail(cursor, TALLY_NOT_FOUND);
	if (bundle->count == TALLY_BUNDLE_MEMBER_LIMIT || tally_cbor_expect_array(cursor) != BUNDLE_RECORD_COUNT)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	member.media_type = tally_cbor_expect_text(cursor);
	member.value = tally_cbor_expect_bytes(cursor);
	status = cursor->status == TALLY_OK ? bundle_check_member(&member) : cursor->status;
	if (status != TALLY_OK)
		tally_fail(cursor, status);
	else
		bundle->member[bundle->count++] = member;
}

static void bundle_read_type(struct tally_cursor *cursor)
{
	if (!tally_bytes_equal(tally_cbor_expect_text(cursor), tally_text(TALLY_BUNDLE_TYPE)))
		tally_fail(cursor, TALLY_UNSUPPORTED);
}

/* A key behind the one before it. */
static struct tally_bytes bundle_read_key(struct tally_cursor *cursor, struct tally_bytes previous)
{
	struct tally_bytes key = tally_cbor_expect_text(cursor);
	int order = bundle_label_compare(previous, key);

	if (order >= 0)
		tally_fail(cursor, order == 0 ? TALLY_DUPLICATE : TALLY_DISORDER);
	return key;
}

enum tally_status tally_bundle_read(struct tally_bytes input, struct tally_bundle *ret)
{
	struct tally_cursor cursor = tally_cursor(input);
	size_t count = tally_cbor_expect_map(&cursor);
	struct tally_bytes key = tally_bytes(NULL, 0);
	struct tally_bundle bundle;
	bool has_type = false;
	enum tally_status status;

	bundle.count = 0;
	for (size_t i = 0; i < count && cursor.status == TALLY_OK; i++) {
		key = bundle_read_key(&cursor, key);
		if (tally_bytes_equal(key, tally_text(BUNDLE_TYPE_KEY))) {
			has_type = true;
			bundle_read_type(&cursor);
		} else {
			bundle_read_member(&cursor, key, &bundle);
		}
	}
	if (!has_type)
		tally_fail(&cursor, TALLY_UNSUPPORTED);
	if (bundle.count == 0)
		tally_fail(&cursor, TALLY_OUT_OF_RANGE);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK) {
		memset(ret, 0, sizeof(*ret));
		ret->count = bundle.count;
		memcpy(ret->member, bundle.member, bundle.count * sizeof(bundle.member[0]));
	}
	return status;
}

/* The member with the least label behind previous; NULL if there is none. */
static const struct tally_member *bundle_next(const struct tally_bundle *bundle, struct tally_bytes previous)
{
	const struct tally_member *next = NULL;

	for (size_t i = 0; i < bundle->count; i++) {
		const struct tally_member *member = &bundle->member[i];

		if (bundle_label_compare(member->label, previous) > 0 &&
		    (!next || bundle_label_compare(member->label, next->label) < 0))
			next = member;
	}
	return next;
}

static void bundle_write_type(struct tally_writer *writer)
{
	tally_cbor_write_text(writer, tally_text(BUNDLE_TYPE_KEY));
	tally_cbor_write_text(writer, tally_text(TALLY_BUNDLE_TYPE));
}

static void bundle_write_member(struct tally_writer *writer, const struct tally_member *member)
{
	enum tally_status status = bundle_check_member(member);

	if (status != TALLY_OK)
		tally_writer_fail(writer, status);
	tally_cbor_write_text(writer, member->label);
	tally_cbor_write_array(writer, BUNDLE_RECORD_COUNT);
	tally_cbor_write_text(writer, member->media_type);
	tally_cbor_write_bytes(writer, member->value);
}

/* All members in their order, with the type among them. */
static void bundle_write_members(struct tally_writer *writer, const struct tally_bundle *bundle)
{
	struct tally_bytes type_key = tally_text(BUNDLE_TYPE_KEY);
	const struct tally_member *member = bundle_next(bundle, tally_bytes(NULL, 0));
	bool has_type = false;
	size_t count = 0;

	for (; member; member = bundle_next(bundle, member->label)) {
		if (!has_type && bundle_label_compare(type_key, member->label) < 0) {
			bundle_write_type(writer);
			has_type = true;
		}
		bundle_write_member(writer, member);
		count++;
	}
	if (!has_type)
		bundle_write_type(writer);
	/* A label that is there twice was passed over once. */
	if (count != bundle->count)
		tally_writer_fail(writer, TALLY_DUPLICATE);
}

void tally_bundle_write(struct tally_writer *writer, const struct tally_bundle *bundle)
{
	if (bundle->count == 0)
		tally_writer_fail(writer, TALLY_INVALID);
	tally_cbor_write_map(writer, bundle->count + 1);
	bundle_write_members(writer, bundle);
}

void tally_bundle_write_around(struct tally_writer *front, struct tally_writer *back, const struct tally_bundle *bundle,
			       uint64_t log_size)
{
	if (tally_bundle_find(bundle, TALLY_LABEL_LOG))
		tally_writer_fail(front, TALLY_DUPLICATE);
	tally_cbor_write_map(front, bundle->count + 2);
	tally_cbor_write_text(front, tally_text(TALLY_LABEL_LOG));
	tally_cbor_write_array(front, BUNDLE_RECORD_COUNT);
	tally_cbor_write_text(front, tally_text(TALLY_MEDIA_LOG));
	tally_cbor_write_head(front, TALLY_CBOR_BYTES, log_size);
	bundle_write_members(back, bundle);
}

const struct tally_member *tally_bundle_find(const struct tally_bundle *bundle, const char *label)
{
	for (size_t i = 0; i < bundle->count; i++)
		if (tally_bytes_equal(bundle->member[i].label, tally_text(label)))
			return &bundle->member[i];
	return NULL;
}
