// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The envelope of CoVE evidence: a certificate around submodules, each a signed set of claims. */
#include "cove_token.h"

#include "cbor_foreign.h"
#include "cove_claims.h"

#define COVE_TAG_CWT 61

enum cove_cwt_label { COVE_CWT_ISSUER = 1, COVE_CWT_SUBJECT = 2, COVE_CWT_SUBMODS = 266 };

/* The messages of the three submodules. */
struct cove_submods {
	struct tally_bytes platform;
	struct tally_bytes tsm;
	struct tally_bytes tvm;
};

static void cove_read_submod(struct tally_cursor *cursor, struct cove_submods *submods)
{
	struct tally_bytes name = tally_cbor_foreign_text(cursor);

	if (tally_bytes_equal(name, tally_text("platform")))
		submods->platform = tally_cbor_take(cursor);
	else if (tally_bytes_equal(name, tally_text("tsm")))
		submods->tsm = tally_cbor_take(cursor);
	else if (tally_bytes_equal(name, tally_text("tvm")))
		submods->tvm = tally_cbor_take(cursor);
	else
		tally_fail(cursor, TALLY_UNSUPPORTED);
}

/* {266: {"platform": ..., "tsm": ..., "tvm": ...}} */
static void cove_read_submods(struct tally_cursor *cursor, struct cove_submods *submods)
{
	struct tally_cbor_elements outer = tally_cbor_enter_map(cursor);
	struct tally_cbor_elements inner;

	if (!tally_cbor_next(cursor, &outer) || tally_cbor_foreign_int(cursor) != COVE_CWT_SUBMODS)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	inner = tally_cbor_enter_map(cursor);
	while (tally_cbor_next(cursor, &inner))
		cove_read_submod(cursor, submods);
	if (tally_cbor_next(cursor, &outer))
		tally_fail(cursor, TALLY_UNSUPPORTED);
}

static enum tally_status cove_read_certificate(struct tally_bytes input, struct tally_cove_token *token,
					       struct cove_submods *submods)
{
	enum tally_status status = tally_cove_message_read(input, &token->certificate);
	struct tally_cursor cursor = tally_cursor(token->certificate.payload);
	struct tally_cbor_elements elements;

	if (status != TALLY_OK)
		return status;
	tally_cbor_foreign_tag(&cursor, COVE_TAG_CWT);
	elements = tally_cbor_enter_map(&cursor);
	while (tally_cbor_next(&cursor, &elements)) {
		int64_t label = tally_cbor_foreign_int(&cursor);

		if (label == COVE_CWT_ISSUER)
			token->issuer = tally_cbor_foreign_text(&cursor);
		else if (label == COVE_CWT_SUBJECT)
			token->subject = tally_cbor_foreign_text(&cursor);
		else if (label == TALLY_COVE_EVIDENCE)
			cove_read_submods(&cursor, submods);
		else
			tally_fail(&cursor, TALLY_UNSUPPORTED);
	}
	token->has_certificate = true;
	return tally_cursor_end(&cursor);
}

static enum tally_status cove_read_bare(struct tally_bytes input, struct cove_submods *submods)
{
	struct tally_cursor cursor = tally_cursor(input);

	cove_read_submods(&cursor, submods);
	return tally_cursor_end(&cursor);
}

static bool cove_is_map(struct tally_bytes input)
{
	struct tally_cursor ahead = tally_cursor(input);

	return tally_cbor_read_foreign(&ahead).major == TALLY_CBOR_MAP;
}

enum tally_status tally_cove_message_read(struct tally_bytes input, struct tally_cose_sign1 *ret)
{
	enum tally_status status = tally_cose_read_foreign(input, ret);

	return status == TALLY_OK ? tally_cbor_check(ret->payload) : status;
}

enum tally_status tally_cove_token_read(struct tally_bytes input, struct tally_cove_token *ret)
{
	struct cove_submods submods = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
	enum tally_status status;

	if (input.size > TALLY_COVE_TOKEN_LIMIT)
		return TALLY_TOO_LARGE;
	memset(ret, 0, sizeof(*ret));
	status = tally_cbor_check(input);
	if (status == TALLY_OK)
		status = cove_is_map(input) ? cove_read_bare(input, &submods)
					    : cove_read_certificate(input, ret, &submods);
	if (status == TALLY_OK && (!submods.platform.size || !submods.tsm.size || !submods.tvm.size))
		status = TALLY_NOT_FOUND;
	if (status == TALLY_OK)
		status = tally_cove_platform_read(submods.platform, &ret->platform);
	if (status == TALLY_OK)
		status = tally_cove_tsm_read(submods.tsm, &ret->tsm);
	if (status == TALLY_OK)
		status = tally_cove_tvm_read(submods.tvm, &ret->tvm);
	return status;
}
