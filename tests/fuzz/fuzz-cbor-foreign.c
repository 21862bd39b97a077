// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: CBOR of other encoders; what was checked can be walked, and our own strict reader agrees about heads. */
#include <stdlib.h>

#include "../../format/cbor_foreign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_bytes input = tally_bytes(data, size);
	enum tally_status status = tally_cbor_check(input);
	struct tally_cursor cursor = tally_cursor(input);
	struct tally_cursor strict = cursor;
	struct tally_cbor_item item = tally_cbor_read(&strict);

	if (strict.status == TALLY_OK) {
		struct tally_cursor foreign = cursor;
		struct tally_cbor_item same = tally_cbor_read_foreign(&foreign);

		expect(foreign.status == TALLY_OK && same.major == item.major && same.argument == item.argument);
		expect(foreign.left.size == strict.left.size && tally_bytes_equal(same.string, item.string));
	}
	if (status != TALLY_OK)
		return 0;
	expect(tally_cbor_take(&cursor).size == size);
	expect(tally_cursor_end(&cursor) == TALLY_OK);
	return 0;
}
