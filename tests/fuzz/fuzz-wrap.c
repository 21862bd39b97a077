// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: evidence in foreign forms, the JSON of CoCo's agent among them, becomes a bundle that can be read. */
#include <stdlib.h>

#include "../../verify/wrap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_wrap wrap = { .evidence = tally_bytes(data, size) };
	struct tally_arena *arena = tally_arena_new();
	struct tally_bundle *bundle = calloc(1, sizeof(*bundle));
	struct tally_bytes wrapped;
	const char *what = NULL;

	if (!arena || !bundle)
		abort();
	if (tally_wrap(&wrap, arena, &wrapped, &what) == TALLY_OK && wrapped.data != data &&
	    tally_bundle_read(wrapped, bundle) != TALLY_OK)
		abort();
	free(bundle);
	tally_arena_free(arena);
	return 0;
}
