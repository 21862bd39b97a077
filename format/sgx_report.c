// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The body of an SGX enclave's report. */
#include "sgx_report.h"

#define SGX_SVN_SIZE 16
#define SGX_ATTRIBUTES_SIZE 16
#define SGX_MEASUREMENT_SIZE 32
#define SGX_REPORT_DATA_SIZE 64

/* Fields in the order of the body; the bytes between them are reserved, or say what no verifier asks for. */
struct tally_sgx_report tally_sgx_report_read(struct tally_cursor *cursor)
{
	struct tally_bytes from = cursor->left;
	struct tally_cursor body = tally_read_nested(cursor, TALLY_SGX_REPORT_SIZE);
	struct tally_sgx_report report;

	memset(&report, 0, sizeof(report));
	report.cpusvn = tally_read_bytes(&body, SGX_SVN_SIZE).data;
	report.miscselect = tally_read_le32(&body);
	(void)tally_read_bytes(&body, 28); /* reserved, ISVEXTPRODID */
	report.attributes = tally_read_bytes(&body, SGX_ATTRIBUTES_SIZE).data;
	report.mrenclave = tally_read_bytes(&body, SGX_MEASUREMENT_SIZE).data;
	(void)tally_read_bytes(&body, 32); /* reserved */
	report.mrsigner = tally_read_bytes(&body, SGX_MEASUREMENT_SIZE).data;
	(void)tally_read_bytes(&body, 96); /* reserved, CONFIGID */
	report.isvprodid = tally_read_le16(&body);
	report.isvsvn = tally_read_le16(&body);
	(void)tally_read_bytes(&body, 60); /* CONFIGSVN, reserved, ISVFAMILYID */
	report.report_data = tally_read_bytes(&body, SGX_REPORT_DATA_SIZE).data;
	tally_leave(cursor, &body);
	report.signed_bytes = tally_bytes(from.data, cursor->status == TALLY_OK ? TALLY_SGX_REPORT_SIZE : 0);
	return report;
}
