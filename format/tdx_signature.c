// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What stands behind a TDX quote. */
#include "tdx_signature.h"

#define TDX_CERTIFICATION_QE_REPORT 6

static void read_qe_certification(struct tally_cursor *outer, struct tally_tdx_signature *signature)
{
	struct tally_cursor data = tally_read_nested(outer, tally_read_le32(outer));

	signature->qe_report = tally_sgx_report_read(&data);
	signature->qe_signature = tally_read_bytes(&data, TALLY_TDX_SIGNATURE_SIZE).data;
	signature->qe_auth = tally_read_bytes(&data, tally_read_le16(&data));
	signature->certification_type = tally_read_le16(&data);
	if (signature->certification_type == 0 || signature->certification_type > TALLY_TDX_CERTIFICATION_PEM_CHAIN)
		tally_fail(&data, TALLY_UNSUPPORTED);
	signature->certification = tally_read_bytes(&data, tally_read_le32(&data));
	tally_leave(outer, &data);
}

enum tally_status tally_tdx_signature_read(struct tally_bytes bytes, struct tally_tdx_signature *ret)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	struct tally_tdx_signature signature;
	enum tally_status status;

	memset(&signature, 0, sizeof(signature));
	signature.quote_signature = tally_read_bytes(&cursor, TALLY_TDX_SIGNATURE_SIZE).data;
	signature.attestation_key = tally_read_bytes(&cursor, TALLY_TDX_POINT_SIZE).data;
	if (tally_read_le16(&cursor) != TDX_CERTIFICATION_QE_REPORT)
		tally_fail(&cursor, TALLY_UNSUPPORTED);
	read_qe_certification(&cursor, &signature);
	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = signature;
	return status;
}
