// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The envelope of a CoRIM: tags, profile and validity. What is in the tags is comid.c's. */
#include "corim.h"

#include "cbor_foreign.h"
#include "comid.h"

#define CORIM_TAG 501
#define CORIM_TAG_COMID 506
#define CORIM_TAG_URI 32
#define CORIM_TAG_EPOCH 1

enum corim_key {
	CORIM_ID = 0,
	CORIM_TAGS = 1,
	CORIM_DEPENDENT = 2,
	CORIM_PROFILE = 3,
	CORIM_VALIDITY = 4,
	CORIM_ENTITIES = 5
};

/* What is gathered before tags are read: the profile may stand behind them. */
struct corim_parts {
	struct tally_bytes tags;
	struct tally_bytes profile;
};

static int64_t corim_read_time(struct tally_cursor *cursor)
{
	tally_cbor_foreign_tag(cursor, CORIM_TAG_EPOCH);
	return tally_cbor_foreign_int(cursor);
}

static void corim_read_validity(struct tally_cursor *cursor, struct tally_corim *corim)
{
	struct tally_cbor_elements elements = tally_cbor_enter_map(cursor);

	while (tally_cbor_next(cursor, &elements)) {
		int64_t key = tally_cbor_foreign_int(cursor);

		if (key == 0) {
			corim->not_before = corim_read_time(cursor);
			corim->has_not_before = true;
		} else if (key == 1) {
			corim->not_after = corim_read_time(cursor);
			corim->has_not_after = true;
		} else {
			tally_fail(cursor, TALLY_UNSUPPORTED);
		}
	}
	if (!corim->has_not_after)
		tally_fail(cursor, TALLY_NOT_FOUND);
}

static void corim_read_part(struct tally_cursor *cursor, struct corim_parts *parts, struct tally_corim *corim)
{
	switch (tally_cbor_foreign_int(cursor)) {
	case CORIM_TAGS:
		parts->tags = tally_cbor_take(cursor);
		break;
	case CORIM_PROFILE:
		(void)tally_cbor_skip_tag(cursor, CORIM_TAG_URI);
		parts->profile = tally_cbor_foreign_text(cursor);
		break;
	case CORIM_VALIDITY:
		corim_read_validity(cursor, corim);
		break;
	case CORIM_ID:
	case CORIM_DEPENDENT:
	case CORIM_ENTITIES:
		tally_cbor_skip(cursor);
		break;
	default:
		tally_fail(cursor, TALLY_UNSUPPORTED);
	}
}

static bool corim_is_cca(struct tally_bytes profile)
{
	return tally_bytes_equal(profile, tally_text("http://arm.com/cca/ssd/1")) ||
	       tally_bytes_equal(profile, tally_text("tag:arm.com,2025:cca_platform#1.0.0"));
}

static enum tally_status corim_read_tags(struct tally_bytes tags, struct tally_corim *corim)
{
	struct tally_cursor cursor = tally_cursor(tags);
	struct tally_cbor_elements elements = tally_cbor_enter_array(&cursor);

	while (tally_cbor_next(&cursor, &elements)) {
		enum tally_status status;

		tally_cbor_foreign_tag(&cursor, CORIM_TAG_COMID);
		status = tally_comid_read(tally_cbor_foreign_bytes(&cursor), corim);
		if (status != TALLY_OK)
			tally_fail(&cursor, status);
	}
	return tally_cursor_end(&cursor);
}

enum tally_status tally_corim_read(struct tally_bytes input, struct tally_corim *ret)
{
	struct tally_cursor cursor = tally_cursor(input);
	struct corim_parts parts = { { NULL, 0 }, { NULL, 0 } };
	enum tally_status status = input.size > TALLY_CORIM_LIMIT ? TALLY_TOO_LARGE : tally_cbor_check(input);
	struct tally_cbor_elements elements;

	if (status != TALLY_OK)
		return status;
	memset(ret, 0, sizeof(*ret));
	if (!tally_cbor_skip_tag(&cursor, CORIM_TAG))
		return TALLY_UNSUPPORTED;
	elements = tally_cbor_enter_map(&cursor);
	while (tally_cbor_next(&cursor, &elements))
		corim_read_part(&cursor, &parts, ret);
	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK && (!parts.tags.size || !parts.profile.size))
		status = TALLY_NOT_FOUND;
	if (status == TALLY_OK && !corim_is_cca(parts.profile))
		status = TALLY_UNSUPPORTED;
	return status == TALLY_OK ? corim_read_tags(parts.tags, ret) : status;
}
