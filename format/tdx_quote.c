// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An Intel TDX quote, versions 4 and 5. */
#include "tdx_quote.h"

#define TDX_KEY_ECDSA_P256 2
#define TDX_TEE_TYPE 0x81
#define TDX_HEADER_SVNS_SIZE 4
#define TDX_VENDOR_SIZE 16
#define TDX_USER_DATA_SIZE 20
#define TDX_BODY_TD10_SIZE 584
#define TDX_BODY_TD15_SIZE 648
#define TDX_SVN_SIZE 16
#define TDX_MEASUREMENT_SIZE 48
#define TDX_REPORT_DATA_SIZE 64

static const uint8_t *read_measurement(struct tally_cursor *body)
{
	return tally_read_bytes(body, TDX_MEASUREMENT_SIZE).data;
}

/* Fields in the order of the body, TD 1.0 first. */
static void read_body(struct tally_cursor *body, struct tally_tdx_quote *quote)
{
	quote->tee_tcb_svn = tally_read_bytes(body, TDX_SVN_SIZE).data;
	quote->mrseam = read_measurement(body);
	quote->mrsignerseam = read_measurement(body);
	quote->seam_attributes = tally_read_le64(body);
	quote->td_attributes = tally_read_le64(body);
	quote->xfam = tally_read_le64(body);
	quote->mrtd = read_measurement(body);
	quote->mrconfigid = read_measurement(body);
	quote->mrowner = read_measurement(body);
	quote->mrownerconfig = read_measurement(body);
	for (size_t i = 0; i < TALLY_TDX_RTMR_COUNT; i++)
		quote->rtmr[i] = read_measurement(body);
	quote->report_data = tally_read_bytes(body, TDX_REPORT_DATA_SIZE).data;
	if (quote->body_type != TALLY_TDX_BODY_TD15)
		return;
	quote->tee_tcb_svn2 = tally_read_bytes(body, TDX_SVN_SIZE).data;
	quote->mrservicetd = read_measurement(body);
}

static void read_quote_header(struct tally_cursor *cursor, struct tally_tdx_quote *quote)
{
	quote->version = tally_read_le16(cursor);
	if (quote->version != 4 && quote->version != 5)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	quote->attestation_key_type = tally_read_le16(cursor);
	if (quote->attestation_key_type != TDX_KEY_ECDSA_P256)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	if (tally_read_le32(cursor) != TDX_TEE_TYPE)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	quote->header_svns = tally_read_bytes(cursor, TDX_HEADER_SVNS_SIZE).data;
	quote->vendor_id = tally_read_bytes(cursor, TDX_VENDOR_SIZE).data;
	quote->user_data = tally_read_bytes(cursor, TDX_USER_DATA_SIZE).data;
}

/* Version 5 states type and size of the body; version 4 has the body of TD 1.0 and no more. */
static uint32_t read_body_size(struct tally_cursor *cursor, struct tally_tdx_quote *quote)
{
	uint32_t expected;
	uint32_t size;

	quote->body_type = TALLY_TDX_BODY_TD10;
	if (quote->version == 4)
		return TDX_BODY_TD10_SIZE;
	quote->body_type = tally_read_le16(cursor);
	size = tally_read_le32(cursor);
	expected = quote->body_type == TALLY_TDX_BODY_TD15 ? TDX_BODY_TD15_SIZE : TDX_BODY_TD10_SIZE;
	if (quote->body_type != TALLY_TDX_BODY_TD10 && quote->body_type != TALLY_TDX_BODY_TD15)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	else if (size != expected)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return size;
}

enum tally_status tally_tdx_quote_read(struct tally_bytes bytes, struct tally_tdx_quote *ret)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	struct tally_tdx_quote quote;
	struct tally_cursor body;

	memset(&quote, 0, sizeof(quote));
	read_quote_header(&cursor, &quote);
	body = tally_read_nested(&cursor, read_body_size(&cursor, &quote));
	read_body(&body, &quote);
	tally_leave(&cursor, &body);
	quote.signed_bytes = tally_bytes(bytes.data, bytes.size - cursor.left.size);
	quote.signature_data = tally_read_bytes(&cursor, tally_read_le32(&cursor));
	quote.trailing = tally_read_rest(&cursor);
	if (cursor.status == TALLY_OK)
		*ret = quote;
	return cursor.status;
}
