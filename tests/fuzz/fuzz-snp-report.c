// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: an SNP report; written again it is the same bytes. */
#include <stdlib.h>

#include "../../format/snp_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[TALLY_SNP_REPORT_SIZE];
	struct tally_writer writer = tally_writer(again, sizeof(again));
	struct tally_snp_report report;
	struct tally_snp_tcb tcb;

	if (tally_snp_report_read(tally_bytes(data, size), &report) != TALLY_OK)
		return 0;
	tally_snp_report_write(&writer, &report);
	expect(writer.status == TALLY_OK && tally_bytes_equal(tally_written(&writer), tally_bytes(data, size)));
	if (tally_snp_tcb_read(report.reported_tcb, tally_snp_report_product(&report), &tcb) == TALLY_OK)
		expect(tally_snp_tcb_at_most(&tcb, &tcb));
	return 0;
}
