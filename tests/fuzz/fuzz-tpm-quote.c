// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: a TPM's quote, and values for it that are made up. */
#include <stdlib.h>

#include "../../format/tpm_quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* Bytes of the selected values; 0 where an algorithm is selected that we don't know. */
static size_t values_size(const struct tally_tpm_quote *quote)
{
	size_t size = 0;

	for (size_t i = 0; i < quote->selection_count; i++) {
		if (quote->selection[i].mask != 0 && tally_alg_size(quote->selection[i].alg) == 0)
			return 0;
		size += tally_alg_size(quote->selection[i].alg) * (size_t)__builtin_popcount(quote->selection[i].mask);
	}
	return size;
}

/* Nothing but the right number of bytes gets as far as the digest, and made-up ones get no further. */
static void try_values(const struct tally_tpm_quote *quote, struct tally_bytes values)
{
	static struct tally_digests value[TALLY_PCR_COUNT];
	size_t size = values_size(quote);
	enum tally_status status;

	if (size == 0 || size > values.size)
		return;
	status = tally_tpm_quote_values(quote, tally_bytes(values.data, size), value);
	expect(status == TALLY_OK || status == TALLY_CHECKSUM);
	expect(tally_tpm_quote_values(quote, tally_bytes(values.data, size - 1), value) == TALLY_TRUNCATED);
	if (size < values.size)
		expect(tally_tpm_quote_values(quote, tally_bytes(values.data, size + 1), value) == TALLY_TRAILING);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t zeros[TALLY_PCR_COUNT * 5 * TALLY_DIGEST_LIMIT];
	struct tally_tpm_quote quote;

	if (tally_tpm_quote_read(tally_bytes(data, size), &quote) != TALLY_OK)
		return 0;
	expect(quote.selection_count <= TALLY_PCR_SELECTION_LIMIT);
	for (size_t i = 0; i < quote.selection_count; i++)
		expect(quote.selection[i].mask >> TALLY_PCR_COUNT == 0);
	/* The digest is the last field: what it borrows ends where the input ends. */
	expect(quote.pcr_digest.size == 0 || quote.pcr_digest.data + quote.pcr_digest.size == data + size);
	try_values(&quote, tally_bytes(zeros, sizeof(zeros)));
	try_values(&quote, tally_bytes(data, size));
	return 0;
}
