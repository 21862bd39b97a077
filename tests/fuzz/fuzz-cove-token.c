// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: CoVE evidence of the draft. */
#include <stdlib.h>

#include "../../format/cove_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tally_cove_token token;

	if (tally_cove_token_read(tally_bytes(data, size), &token) != TALLY_OK)
		return 0;
	expect(token.platform.state >= TALLY_COVE_NOT_CONFIGURED && token.platform.state <= TALLY_COVE_RECOVERY);
	expect(token.tvm.challenge.size == 64);
	expect(token.tvm.initial_count > 0 && token.tvm.initial_count <= TALLY_COVE_INITIAL_LIMIT);
	expect(token.tvm.runtime_count <= TALLY_COVE_RUNTIME_LIMIT);
	return 0;
}
