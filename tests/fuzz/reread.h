/* SPDX-License-Identifier: BSD-2-Clause */
/* The property of our own formats: what a reader accepts, written again, is the same bytes. */
#ifndef TALLY_TESTS_FUZZ_REREAD_H
#define TALLY_TESTS_FUZZ_REREAD_H

#include <stdlib.h>

#include "../../core/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Read input; if that goes well, write what was read. */
typedef enum tally_status (*fuzz_reread)(struct tally_bytes input, struct tally_writer *writer);

static inline void expect_refused_or_same(fuzz_reread reread, struct tally_bytes input)
{
	uint8_t *output = malloc(input.size ? input.size : 1);
	struct tally_writer writer = tally_writer(output, input.size);

	if (!output)
		abort();
	/* A writer that needs more room than the input had has failed, and so is found too. */
	if (reread(input, &writer) == TALLY_OK && !tally_bytes_equal(tally_written(&writer), input))
		abort();
	free(output);
}

#endif
