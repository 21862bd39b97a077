// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* COSE_Sign1 as AWS, Arm and others write it: what was received is what is verified. spec: RFC 9052 3, 4.2 */
#include "cbor_foreign.h"
#include "cose.h"

#define COSE_FOREIGN_TAG 18

enum cose_foreign_label {
	COSE_FOREIGN_ALG = 1,
	COSE_FOREIGN_CRIT = 2,
	COSE_FOREIGN_CONTENT_TYPE = 3,
	COSE_FOREIGN_KEY_ID = 4
};

/* The label of a header parameter; 0, which is none, for a text. */
static int64_t cose_foreign_label(struct tally_cursor *cursor)
{
	struct tally_cursor ahead = *cursor;
	struct tally_cbor_item item = tally_cbor_read_foreign(&ahead);

	if (item.major != TALLY_CBOR_TEXT)
		return tally_cbor_foreign_int(cursor);
	*cursor = ahead;
	return 0;
}

static bool cose_foreign_is_text(const struct tally_cursor *cursor)
{
	struct tally_cursor ahead = *cursor;

	return tally_cbor_read_foreign(&ahead).major == TALLY_CBOR_TEXT;
}

static void cose_foreign_parameter(struct tally_cursor *map, int64_t label, struct tally_cose_sign1 *message)
{
	if (label == COSE_FOREIGN_ALG)
		message->alg = tally_cbor_foreign_int(map);
	else if (label == COSE_FOREIGN_CRIT)
		tally_fail(map, TALLY_UNSUPPORTED);
	else if (label == COSE_FOREIGN_CONTENT_TYPE && cose_foreign_is_text(map))
		message->content_type = tally_cbor_foreign_text(map);
	else if (label == COSE_FOREIGN_KEY_ID)
		message->key_id = tally_cbor_foreign_bytes(map);
	else
		tally_cbor_skip(map);
}

static enum tally_status cose_foreign_protected(struct tally_cose_sign1 *message)
{
	struct tally_cursor map = tally_cursor(message->protected_bytes);
	struct tally_cbor_elements elements;
	enum tally_status status = tally_cbor_check(message->protected_bytes);
	bool has_alg = false;

	if (status != TALLY_OK)
		return message->protected_bytes.size ? status : TALLY_UNSUPPORTED;
	elements = tally_cbor_enter_map(&map);
	while (tally_cbor_next(&map, &elements)) {
		int64_t label = cose_foreign_label(&map);

		has_alg |= label == COSE_FOREIGN_ALG;
		cose_foreign_parameter(&map, label, message);
	}
	if (!has_alg)
		tally_fail(&map, TALLY_UNSUPPORTED);
	return tally_cursor_end(&map);
}

/* What is not signed decides nothing; what claims to decide is refused. */
static void cose_foreign_unprotected(struct tally_cursor *cursor)
{
	struct tally_cbor_elements elements = tally_cbor_enter_map(cursor);

	while (tally_cbor_next(cursor, &elements)) {
		int64_t label = cose_foreign_label(cursor);

		if (label == COSE_FOREIGN_ALG || label == COSE_FOREIGN_CRIT)
			tally_fail(cursor, TALLY_UNSUPPORTED);
		tally_cbor_skip(cursor);
	}
}

static void cose_foreign_expect(struct tally_cursor *cursor, struct tally_cbor_elements *elements)
{
	if (!tally_cbor_next(cursor, elements))
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
}

static enum tally_status cose_foreign_read(struct tally_cursor *cursor, struct tally_cose_sign1 *message)
{
	struct tally_cbor_elements elements;

	(void)tally_cbor_skip_tag(cursor, COSE_FOREIGN_TAG);
	elements = tally_cbor_enter_array(cursor);
	cose_foreign_expect(cursor, &elements);
	message->protected_bytes = tally_cbor_foreign_bytes(cursor);
	cose_foreign_expect(cursor, &elements);
	cose_foreign_unprotected(cursor);
	cose_foreign_expect(cursor, &elements);
	message->payload = tally_cbor_foreign_bytes(cursor);
	cose_foreign_expect(cursor, &elements);
	message->signature = tally_cbor_foreign_bytes(cursor);
	if (tally_cbor_next(cursor, &elements))
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return tally_cursor_end(cursor);
}

enum tally_status tally_cose_read_foreign(struct tally_bytes input, struct tally_cose_sign1 *ret)
{
	struct tally_cursor cursor = tally_cursor(input);
	struct tally_cose_sign1 message = { 0 };
	enum tally_status status = tally_cbor_check(input);

	if (status == TALLY_OK)
		status = cose_foreign_read(&cursor, &message);
	if (status == TALLY_OK)
		status = cose_foreign_protected(&message);
	if (status == TALLY_OK)
		*ret = message;
	return status;
}
