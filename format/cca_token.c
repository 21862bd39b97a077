// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The envelope of a CCA token, in both of its forms. */
#include "cca_token.h"

#include "cbor_foreign.h"

#define CCA_TAG_MAP 399
#define CCA_TAG_CMW 907
#define CCA_KEY_PLATFORM 44234
#define CCA_KEY_REALM 44241
#define CCA_EAT_CWT 263 /* content format of a message: application/eat+cwt */

/* One token, in the collection beside its type. */
static struct tally_bytes cca_read_message(struct tally_cursor *cursor, enum tally_cca_form form)
{
	struct tally_cbor_elements record;
	struct tally_bytes message;

	if (form == TALLY_CCA_FORM_399)
		return tally_cbor_foreign_bytes(cursor);
	record = tally_cbor_enter_array(cursor);
	if (!tally_cbor_next(cursor, &record) || tally_cbor_foreign_uint(cursor) != CCA_EAT_CWT)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	if (!tally_cbor_next(cursor, &record))
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	message = tally_cbor_foreign_bytes(cursor);
	if (tally_cbor_next(cursor, &record))
		tally_fail(cursor, TALLY_UNSUPPORTED);
	return message;
}

/* Exactly two tokens: what a third one would mean, nobody knows. */
static enum tally_status cca_read_messages(struct tally_bytes input, enum tally_cca_form *ret_form,
					   struct tally_bytes *ret_platform, struct tally_bytes *ret_realm)
{
	struct tally_cursor cursor = tally_cursor(input);
	struct tally_cbor_elements elements;

	*ret_form = TALLY_CCA_FORM_399;
	if (tally_cbor_skip_tag(&cursor, CCA_TAG_CMW))
		*ret_form = TALLY_CCA_FORM_CMW;
	else if (!tally_cbor_skip_tag(&cursor, CCA_TAG_MAP))
		tally_fail(&cursor, TALLY_UNSUPPORTED);
	elements = tally_cbor_enter_map(&cursor);
	while (tally_cbor_next(&cursor, &elements)) {
		int64_t key = tally_cbor_foreign_int(&cursor);

		if (key == CCA_KEY_PLATFORM)
			*ret_platform = cca_read_message(&cursor, *ret_form);
		else if (key == CCA_KEY_REALM)
			*ret_realm = cca_read_message(&cursor, *ret_form);
		else
			tally_fail(&cursor, TALLY_UNSUPPORTED);
	}
	return tally_cursor_end(&cursor);
}

enum tally_status tally_cca_token_read(struct tally_bytes input, struct tally_cca_token *ret)
{
	struct tally_bytes platform = { NULL, 0 };
	struct tally_bytes realm = { NULL, 0 };
	struct tally_cose_sign1 platform_cose;
	struct tally_cose_sign1 realm_cose;
	enum tally_cca_form form;
	enum tally_status status = TALLY_TOO_LARGE;

	if (input.size <= TALLY_CCA_TOKEN_LIMIT)
		status = tally_cbor_check(input);
	if (status == TALLY_OK)
		status = cca_read_messages(input, &form, &platform, &realm);
	if (status == TALLY_OK && (!platform.data || !realm.data))
		status = TALLY_NOT_FOUND;
	if (status == TALLY_OK)
		status = tally_cose_read_foreign(platform, &platform_cose);
	if (status == TALLY_OK)
		status = tally_cose_read_foreign(realm, &realm_cose);
	if (status == TALLY_OK)
		status = tally_cca_platform_read(platform_cose.payload, &ret->platform);
	if (status == TALLY_OK)
		status = tally_cca_realm_read(realm_cose.payload, &ret->realm);
	if (status != TALLY_OK)
		return status;
	ret->form = form;
	ret->platform.cose = platform_cose;
	ret->realm.cose = realm_cose;
	return TALLY_OK;
}
