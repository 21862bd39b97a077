// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: the array that REPORT_DATA hashes, and the companions. */
#include "reread.h"

#include "../../format/binding.h"

#define COMPANION_LIMIT 64

static enum tally_status binding_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_binding binding;
	enum tally_status status = tally_binding_read(input, &binding);

	if (status == TALLY_OK)
		tally_binding_write(writer, &binding);
	return status;
}

static enum tally_status companions_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_cursor cursor = tally_cursor(input);
	size_t count = tally_companions_open(&cursor);
	struct tally_companion companions[COMPANION_LIMIT];
	enum tally_status status;

	for (size_t i = 0; i < count && i < COMPANION_LIMIT; i++)
		tally_companion_read(&cursor, i ? &companions[i - 1] : NULL, &companions[i]);
	/* More than the limit leave bytes behind. */
	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		tally_companions_write(writer, companions, count);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	expect_refused_or_same(binding_reread, tally_bytes(data, size));
	expect_refused_or_same(companions_reread, tally_bytes(data, size));
	return 0;
}
