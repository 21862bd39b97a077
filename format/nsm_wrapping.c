// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What attestation documents come in: the answer of /dev/nsm, and what dstack makes of one. */
#include "cbor_foreign.h"
#include "nsm_document.h"

#define NSM_DSTACK_VERSION 0
#define NSM_DSTACK_NITRO 2
#define NSM_DSTACK_REPORT_DATA_SIZE 64

/* A map of one key: its value is next. */
static struct tally_cbor_elements nsm_enter_only(struct tally_cursor *cursor, const char *key)
{
	struct tally_cbor_elements elements = tally_cbor_enter_map(cursor);

	if (!tally_cbor_next(cursor, &elements) || !tally_bytes_equal(tally_cbor_foreign_text(cursor), tally_text(key)))
		tally_fail(cursor, TALLY_UNSUPPORTED);
	return elements;
}

static void nsm_leave_only(struct tally_cursor *cursor, struct tally_cbor_elements *elements)
{
	if (tally_cbor_next(cursor, elements))
		tally_fail(cursor, TALLY_UNSUPPORTED);
}

static enum tally_status nsm_unwrap_response(struct tally_bytes input, struct tally_bytes *ret)
{
	struct tally_cursor cursor = tally_cursor(input);
	enum tally_status status = tally_cbor_check(input);
	struct tally_cbor_elements answer;
	struct tally_cbor_elements body;

	if (status != TALLY_OK)
		return status;
	answer = nsm_enter_only(&cursor, "Attestation");
	body = nsm_enter_only(&cursor, "document");
	*ret = tally_cbor_foreign_bytes(&cursor);
	nsm_leave_only(&cursor, &body);
	nsm_leave_only(&cursor, &answer);
	return tally_cursor_end(&cursor);
}

/* A SCALE compact length: two bits say how many bytes it has. spec: Polkadot, SCALE codec 2.2 */
static uint64_t nsm_read_compact(struct tally_cursor *cursor)
{
	uint8_t first = tally_read_u8(cursor);
	uint64_t value = first;

	if ((first & 3) == 1) {
		value |= (uint64_t)tally_read_u8(cursor) << 8;
	} else if ((first & 3) == 2) {
		value |= (uint64_t)tally_read_u8(cursor) << 8;
		value |= (uint64_t)tally_read_le16(cursor) << 16;
	} else if ((first & 3) == 3) {
		tally_fail(cursor, TALLY_TOO_LARGE);
	}
	return value >> 2;
}

static struct tally_bytes nsm_read_vector(struct tally_cursor *cursor)
{
	return tally_read_bytes(cursor, nsm_read_compact(cursor));
}

/* Version, kind, document, events (name and content each), report data, configuration. */
static enum tally_status nsm_unwrap_dstack(struct tally_bytes input, struct tally_bytes *ret)
{
	struct tally_cursor cursor = tally_cursor(input);
	uint64_t events;

	if (tally_read_u8(&cursor) != NSM_DSTACK_VERSION || tally_read_u8(&cursor) != NSM_DSTACK_NITRO)
		tally_fail(&cursor, TALLY_UNSUPPORTED);
	*ret = nsm_read_vector(&cursor);
	events = nsm_read_compact(&cursor);
	for (uint64_t i = 0; i < events && cursor.status == TALLY_OK; i++) {
		(void)nsm_read_vector(&cursor);
		(void)nsm_read_vector(&cursor);
	}
	(void)tally_read_bytes(&cursor, NSM_DSTACK_REPORT_DATA_SIZE);
	(void)nsm_read_vector(&cursor);
	return tally_cursor_end(&cursor);
}

enum tally_status tally_nsm_unwrap(struct tally_bytes input, enum tally_nsm_wrapping *ret_wrapping,
				   struct tally_bytes *ret_document)
{
	struct tally_cursor ahead = tally_cursor(input);
	struct tally_bytes document = input;
	enum tally_nsm_wrapping wrapping = TALLY_NSM_BARE;
	enum tally_status status = TALLY_OK;
	uint8_t first = tally_read_u8(&ahead);

	if (ahead.status != TALLY_OK)
		return ahead.status;
	if (first >> 5 == TALLY_CBOR_MAP) {
		wrapping = TALLY_NSM_RESPONSE;
		status = nsm_unwrap_response(input, &document);
	} else if (first == NSM_DSTACK_VERSION) {
		wrapping = TALLY_NSM_DSTACK;
		status = nsm_unwrap_dstack(input, &document);
	}
	if (status != TALLY_OK)
		return status;
	*ret_wrapping = wrapping;
	*ret_document = document;
	return TALLY_OK;
}
