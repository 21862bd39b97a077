// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: attestation documents of Nitro and what they come in; what is read lies inside the input. */
#include <stdlib.h>

#include "../../format/nsm_document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void expect_inside(struct tally_bytes outer, struct tally_bytes inner)
{
	if (inner.size != 0)
		expect(inner.data >= outer.data && inner.data + inner.size <= outer.data + outer.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_bytes input = tally_bytes(data, size);
	struct tally_bytes bytes = input;
	struct tally_nsm_document document;
	enum tally_nsm_wrapping wrapping;

	if (tally_nsm_unwrap(input, &wrapping, &bytes) == TALLY_OK)
		expect_inside(input, bytes);
	if (tally_nsm_document_read(bytes, &document) != TALLY_OK)
		return 0;
	expect_inside(bytes, document.cose.payload);
	expect_inside(document.cose.payload, document.module_id);
	expect_inside(document.cose.payload, document.certificate);
	expect(document.pcr_mask != 0 && document.timestamp != 0);
	for (unsigned pcr = 0; pcr < TALLY_NSM_PCR_COUNT; pcr++)
		expect(document.pcr[pcr].size == (document.pcr_mask >> pcr & 1) * TALLY_NSM_PCR_SIZE);
	expect(document.cabundle_count > 0 && document.cabundle_count <= TALLY_NSM_BUNDLE_LIMIT);
	for (size_t i = 0; i < document.cabundle_count; i++)
		expect_inside(document.cose.payload, document.cabundle[i]);
	return 0;
}
