// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* COSE_Key, of which the public parts are taken. */
#include "cose_key.h"

#include "cbor_foreign.h"

enum cose_key_label {
	COSE_KEY_TYPE = 1,
	COSE_KEY_ALG = 3,
	COSE_KEY_CURVE = -1,
	COSE_KEY_X = -2,
	COSE_KEY_Y = -3,
	COSE_KEY_PRIVATE = -4
};

static void cose_key_read_part(struct tally_cursor *cursor, struct tally_cose_key *key)
{
	switch (tally_cbor_foreign_int(cursor)) {
	case COSE_KEY_TYPE:
		key->type = tally_cbor_foreign_int(cursor);
		break;
	case COSE_KEY_ALG:
		key->alg = tally_cbor_foreign_int(cursor);
		break;
	case COSE_KEY_CURVE:
		key->curve = tally_cbor_foreign_int(cursor);
		break;
	case COSE_KEY_X:
		key->x = tally_cbor_foreign_bytes(cursor);
		break;
	case COSE_KEY_Y:
		key->y = tally_cbor_foreign_bytes(cursor);
		break;
	case COSE_KEY_PRIVATE:
		/* Whoever hands out the private half has no secret. */
		tally_fail(cursor, TALLY_UNSUPPORTED);
		break;
	default:
		tally_cbor_skip(cursor);
	}
}

enum tally_status tally_cose_key_read(struct tally_bytes input, struct tally_cose_key *ret)
{
	struct tally_cursor cursor = tally_cursor(input);
	enum tally_status status = tally_cbor_check(input);
	struct tally_cbor_elements elements;
	struct tally_cose_key key = { 0 };

	if (status != TALLY_OK)
		return status;
	elements = tally_cbor_enter_map(&cursor);
	while (tally_cbor_next(&cursor, &elements))
		cose_key_read_part(&cursor, &key);
	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = key;
	return status;
}
