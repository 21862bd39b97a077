// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: a TPM's side of evidence and its signature; what was read, written again, is the same bytes. */
#include <stdlib.h>

#include "../../format/tpm_evidence.h"
#include "../../format/tpm_signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_same(const struct tally_writer *writer, struct tally_bytes input)
{
	if (writer->status != TALLY_OK || !tally_bytes_equal(tally_written(writer), input))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_bytes input = tally_bytes(data, size);
	uint8_t *memory = malloc(size + 1);
	struct tally_writer evidence_writer = tally_writer(memory, size);
	struct tally_writer pcrs_writer = tally_writer(memory, size);
	struct tally_writer signature_writer = tally_writer(memory, size);
	struct tally_tpm_evidence evidence;
	struct tally_tpm_pcrs pcrs;
	struct tally_tpm_signature signature;

	if (!memory)
		abort();
	if (tally_tpm_evidence_read(input, &evidence) == TALLY_OK) {
		tally_tpm_evidence_write(&evidence_writer, &evidence);
		expect_same(&evidence_writer, input);
	}
	if (tally_tpm_pcrs_read(input, &pcrs) == TALLY_OK) {
		tally_tpm_pcrs_write(&pcrs_writer, &pcrs);
		expect_same(&pcrs_writer, input);
	}
	if (tally_tpm_signature_read(input, &signature) == TALLY_OK) {
		tally_tpm_signature_write(&signature_writer, &signature);
		expect_same(&signature_writer, input);
	}
	free(memory);
	return 0;
}
