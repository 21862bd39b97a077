// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: an SVSM's manifest; services lie inside it, apart from each other, and the vTPM's key is read on. */
#include <stdlib.h>

#include "../../format/svsm_manifest.h"
#include "../../format/tpm_public.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_svsm_manifest manifest;
	struct tally_tpm_public key;
	size_t used;

	if (tally_svsm_manifest_read(tally_bytes(data, size), &manifest) != TALLY_OK)
		return 0;
	expect(tally_svsm_is_manifest(tally_bytes(data, size)));
	used = 24 + 24 * manifest.service_count;
	for (size_t i = 0; i < manifest.service_count; i++)
		used += manifest.service[i].manifest.size;
	expect(used <= size);
	if (tally_tpm_public_read(manifest.vtpm, &key) == TALLY_OK)
		expect(key.bytes.size == manifest.vtpm.size);
	return 0;
}
