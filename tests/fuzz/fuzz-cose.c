// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: COSE_Sign1, with its protected header made anew. */
#include "reread.h"

#include "../../format/cose.h"

static enum tally_status cose_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_cose_sign1 message;
	enum tally_status status = tally_cose_read(input, &message);
	uint8_t *header = malloc(input.size ? input.size : 1);
	struct tally_writer front = tally_writer(header, input.size);

	if (!header)
		abort();
	if (status == TALLY_OK) {
		tally_cose_write_protected(&front, message.alg, message.content_type, message.key_id);
		tally_cose_write(writer, tally_written(&front), message.payload, message.signature);
	}
	free(header);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	expect_refused_or_same(cose_reread, tally_bytes(data, size));
	return 0;
}
