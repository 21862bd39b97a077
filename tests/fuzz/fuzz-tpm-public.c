// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: the public area of a TPM's key, and its name; with its size before it, it is the same key. */
#include <stdlib.h>

#include "../../format/tpm_public.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t name[TALLY_TPM_NAME_LIMIT];
	struct tally_tpm_public key;
	size_t name_size = 0;

	if (tally_tpm2b_public_read(tally_bytes(data, size), &key) == TALLY_OK)
		expect(key.bytes.size == size - 2);
	if (tally_tpm_public_read(tally_bytes(data, size), &key) != TALLY_OK)
		return 0;
	expect(key.bytes.size == size && (key.type == TALLY_TPM_RSA || key.type == TALLY_TPM_ECC));
	expect(key.auth_policy.size + key.modulus.size + key.x.size + key.y.size < size);
	if (tally_tpm_public_name(&key, name, &name_size) == TALLY_OK)
		expect(name_size == 2 + tally_alg_size(key.name_alg));
	return 0;
}
