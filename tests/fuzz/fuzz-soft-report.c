// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: the payload of a soft report. */
#include "reread.h"

#include "../../format/soft_report.h"

static struct tally_soft_report report;

static enum tally_status report_reread(struct tally_bytes input, struct tally_writer *writer)
{
	enum tally_status status = tally_soft_report_read(input, &report);

	if (status == TALLY_OK)
		tally_soft_report_write(writer, &report);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	expect_refused_or_same(report_reread, tally_bytes(data, size));
	return 0;
}
