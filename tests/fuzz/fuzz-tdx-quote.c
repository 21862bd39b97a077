// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: a TDX quote, its signature data and a PCK certificate's extension; what they point to lies inside, in order. */
#include <stdlib.h>

#include "../../format/sgx_pck.h"
#include "../../format/tdx_quote.h"
#include "../../format/tdx_signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void try_signature(struct tally_bytes bytes)
{
	struct tally_tdx_signature signature;
	const uint8_t *end = bytes.data + bytes.size;

	if (tally_tdx_signature_read(bytes, &signature) != TALLY_OK)
		return;
	expect(signature.quote_signature == bytes.data && signature.attestation_key == bytes.data + 64);
	expect(signature.qe_report.signed_bytes.size == 384);
	expect(signature.qe_report.report_data + 64 == signature.qe_signature);
	expect(signature.certification.size == 0 || signature.certification.data + signature.certification.size == end);
}

static void try_pck(struct tally_bytes bytes)
{
	struct tally_sgx_pck pck;

	if (tally_sgx_pck_read(bytes, &pck) == TALLY_OK)
		expect(pck.ppid && pck.cpusvn && pck.pceid && pck.fmspc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_tdx_quote quote;
	const uint8_t *end;

	try_signature(tally_bytes(data, size));
	try_pck(tally_bytes(data, size));
	if (tally_tdx_quote_read(tally_bytes(data, size), &quote) != TALLY_OK)
		return 0;
	try_signature(quote.signature_data);
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
