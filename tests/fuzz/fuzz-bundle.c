// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: the evidence bundle. */
#include "reread.h"

#include "../../format/bundle.h"

static enum tally_status bundle_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_bundle bundle;
	enum tally_status status = tally_bundle_read(input, &bundle);

	if (status == TALLY_OK)
		tally_bundle_write(writer, &bundle);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	expect_refused_or_same(bundle_reread, tally_bytes(data, size));
	(void)tally_bundle_label_is_known(tally_bytes(data, size));
	return 0;
}
