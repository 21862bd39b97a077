// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* PEM: blocks of base64 between lines that name them. */
#include "pem.h"

#include "base64.h"

#define PEM_BEGIN "-----BEGIN "
#define PEM_END "-----END "
#define PEM_DASHES "-----"

static void skip_pem_space(struct tally_cursor *text)
{
	while (!tally_cursor_is_done(text)) {
		uint8_t next = text->left.data[0];

		if (next != ' ' && next != '\t' && next != '\r' && next != '\n')
			return;
		(void)tally_read_u8(text);
	}
}

static void expect_pem_text(struct tally_cursor *text, const char *expected)
{
	struct tally_bytes wanted = tally_text(expected);

	if (!tally_bytes_equal(tally_read_bytes(text, wanted.size), wanted))
		tally_fail(text, TALLY_DISORDER);
}

bool tally_pem_is(struct tally_bytes text)
{
	struct tally_cursor cursor = tally_cursor(text);

	skip_pem_space(&cursor);
	expect_pem_text(&cursor, PEM_BEGIN);
	return cursor.status == TALLY_OK;
}

/* Everything before the next dash, which base64 does not have. */
static struct tally_bytes read_pem_body(struct tally_cursor *text)
{
	const uint8_t *dash = text->left.size ? memchr(text->left.data, '-', text->left.size) : NULL;

	return dash ? tally_read_bytes(text, (uint64_t)(dash - text->left.data)) : tally_read_rest(text);
}

bool tally_pem_next_body(struct tally_cursor *text, const char *label, struct tally_bytes *ret)
{
	struct tally_bytes body;

	skip_pem_space(text);
	if (tally_cursor_is_done(text))
		return false;
	expect_pem_text(text, PEM_BEGIN);
	expect_pem_text(text, label);
	expect_pem_text(text, PEM_DASHES);
	body = read_pem_body(text);
	expect_pem_text(text, PEM_END);
	expect_pem_text(text, label);
	expect_pem_text(text, PEM_DASHES);
	if (text->status == TALLY_OK)
		*ret = body;
	return text->status == TALLY_OK;
}

bool tally_pem_next(struct tally_cursor *text, const char *label, struct tally_span room, struct tally_bytes *ret)
{
	enum tally_status status;
	struct tally_bytes body;

	if (!tally_pem_next_body(text, label, &body))
		return false;
	status = tally_base64_read(body, TALLY_BASE64_LINES, room, ret);
	if (status != TALLY_OK)
		tally_fail(text, status);
	return status == TALLY_OK;
}
