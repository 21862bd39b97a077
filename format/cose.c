// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* COSE_Sign1 with its three header parameters, all of them protected. */
#include "cose.h"

#define COSE_SIGN1_TAG 18
#define COSE_SIGN1_COUNT 4 /* protected, unprotected, payload, signature */
#define COSE_CONTEXT "Signature1"

/* Labels of header parameters. spec: RFC 9052 3.1 */
enum cose_label { COSE_LABEL_ALG = 1, COSE_LABEL_CONTENT_TYPE = 3, COSE_LABEL_KEY_ID = 4 };

static struct tally_bytes cose_not_empty(struct tally_cursor *cursor, struct tally_bytes value)
{
	if (value.size == 0)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return value;
}

static void cose_read_parameter(struct tally_cursor *cursor, int64_t label, struct tally_cose_sign1 *message)
{
	if (label == COSE_LABEL_ALG)
		message->alg = tally_cbor_expect_int(cursor);
	else if (label == COSE_LABEL_CONTENT_TYPE)
		message->content_type = cose_not_empty(cursor, tally_cbor_expect_text(cursor));
	else if (label == COSE_LABEL_KEY_ID)
		message->key_id = cose_not_empty(cursor, tally_cbor_expect_bytes(cursor));
	else
		tally_fail(cursor, TALLY_UNSUPPORTED); /* crit among them */
}

/* alg first: it has the lowest label, and a signature without it can't be checked. */
static void cose_read_protected(struct tally_cursor *cursor, struct tally_cose_sign1 *message)
{
	struct tally_cursor map = tally_cursor(message->protected_bytes);
	size_t count = tally_cbor_expect_map(&map);
	int64_t previous = 0;

	for (size_t i = 0; i < count && map.status == TALLY_OK; i++) {
		int64_t label = tally_cbor_expect_int(&map);

		if (i == 0 && label != COSE_LABEL_ALG)
			tally_fail(&map, TALLY_UNSUPPORTED);
		else if (label == previous)
			tally_fail(&map, TALLY_DUPLICATE);
		else if (label > 0 && label < previous)
			tally_fail(&map, TALLY_DISORDER);
		cose_read_parameter(&map, label, message);
		previous = label;
	}
	if (count == 0)
		tally_fail(&map, TALLY_UNSUPPORTED);
	tally_leave(cursor, &map);
}

enum tally_status tally_cose_read(struct tally_bytes input, struct tally_cose_sign1 *ret)
{
	struct tally_cursor cursor = tally_cursor(input);
	struct tally_cose_sign1 message = { 0 };
	enum tally_status status;

	tally_cbor_expect_tag(&cursor, COSE_SIGN1_TAG);
	if (tally_cbor_expect_array(&cursor) != COSE_SIGN1_COUNT)
		tally_fail(&cursor, TALLY_OUT_OF_RANGE);
	message.protected_bytes = tally_cbor_expect_bytes(&cursor);
	if (cursor.status == TALLY_OK)
		cose_read_protected(&cursor, &message);
	if (tally_cbor_expect_map(&cursor) != 0)
		tally_fail(&cursor, TALLY_UNSUPPORTED);
	message.payload = tally_cbor_expect_bytes(&cursor);
	message.signature = tally_cbor_expect_bytes(&cursor);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = message;
	return status;
}

void tally_cose_write_protected(struct tally_writer *writer, int64_t alg, struct tally_bytes content_type,
				struct tally_bytes key_id)
{
	tally_cbor_write_map(writer, 1U + (content_type.size != 0) + (key_id.size != 0));
	tally_cbor_write_uint(writer, COSE_LABEL_ALG);
	tally_cbor_write_int(writer, alg);
	if (content_type.size != 0) {
		tally_cbor_write_uint(writer, COSE_LABEL_CONTENT_TYPE);
		tally_cbor_write_text(writer, content_type);
	}
	if (key_id.size != 0) {
		tally_cbor_write_uint(writer, COSE_LABEL_KEY_ID);
		tally_cbor_write_bytes(writer, key_id);
	}
}

void tally_cose_write_tbs(struct tally_writer *writer, struct tally_bytes protected_bytes, struct tally_bytes payload)
{
	tally_cbor_write_array(writer, 4);
	tally_cbor_write_text(writer, tally_text(COSE_CONTEXT));
	tally_cbor_write_bytes(writer, protected_bytes);
	tally_cbor_write_bytes(writer, tally_bytes(NULL, 0)); /* no external data */
	tally_cbor_write_bytes(writer, payload);
}

void tally_cose_write(struct tally_writer *writer, struct tally_bytes protected_bytes, struct tally_bytes payload,
		      struct tally_bytes signature)
{
	tally_cbor_write_head(writer, TALLY_CBOR_TAG, COSE_SIGN1_TAG);
	tally_cbor_write_array(writer, COSE_SIGN1_COUNT);
	tally_cbor_write_bytes(writer, protected_bytes);
	tally_cbor_write_map(writer, 0);
	tally_cbor_write_bytes(writer, payload);
	tally_cbor_write_bytes(writer, signature);
}
