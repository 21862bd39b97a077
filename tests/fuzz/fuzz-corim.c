// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: CoRIMs of CCA platforms. */
#include <stdlib.h>

#include "../../format/corim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tally_corim corim;

	if (tally_corim_read(tally_bytes(data, size), &corim) != TALLY_OK)
		return 0;
	for (size_t i = 0; i < corim.key_count; i++)
		if (corim.key[i].implementation_id.size != 32 || corim.key[i].instance_id.size != 33)
			abort();
	for (size_t i = 0; i < corim.component_count; i++)
		if (corim.component[i].measurement.size < 32 || corim.component[i].implementation_id.size != 32)
			abort();
	return 0;
}
