// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: a TDX quote; what it points to lies inside it, in order. */
#include <stdlib.h>

#include "../../format/tdx_quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_tdx_quote quote;
	const uint8_t *end;

	if (tally_tdx_quote_read(tally_bytes(data, size), &quote) != TALLY_OK)
		return 0;
	expect(quote.version == 4 || quote.version == 5);
	expect(quote.signed_bytes.data == data);
	expect(quote.signed_bytes.size + 4 + quote.signature_data.size + quote.trailing.size == size);
	end = data + quote.signed_bytes.size;
	expect(quote.tee_tcb_svn > data && quote.mrtd > quote.mrsignerseam && quote.rtmr[0] > quote.mrownerconfig);
	for (size_t i = 1; i < TALLY_TDX_RTMR_COUNT; i++)
		expect(quote.rtmr[i] == quote.rtmr[i - 1] + 48);
	expect((quote.body_type == 3) == (quote.mrservicetd != NULL));
	expect((quote.mrservicetd ? quote.mrservicetd + 48 : quote.report_data + 64) == end);
	return 0;
}
