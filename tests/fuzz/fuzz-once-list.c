// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: the stored list of once names, entry by entry. */
#include "reread.h"

#include "../../format/once_list.h"

static enum tally_status reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_cursor list = tally_cursor(input);
	enum tally_status status = TALLY_OK;

	while (status == TALLY_OK && !tally_cursor_is_done(&list)) {
		struct tally_once_name name;

		status = tally_once_list_read(&list, &name);
		if (status == TALLY_OK)
			tally_once_list_write(writer, &name);
	}
	return status == TALLY_OK ? writer->status : status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	expect_refused_or_same(reread, tally_bytes(data, size));
	return 0;
}
