// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: TCB info and QE identity; what they count is bounded, and what is signed lies inside. */
#include <stdlib.h>

#include "../../format/tdx_json.h"
#include "../../format/tdx_tcb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void expect_value(struct tally_bytes value, const uint8_t *data, size_t size)
{
	expect(value.size >= 2 && value.data >= data && value.size <= size - (size_t)(value.data - data));
	expect(value.data[0] == '{' && value.data[value.size - 1] == '}');
}

static void expect_standing(const struct tally_tdx_standing *standing)
{
	expect(*tally_tdx_status_name(standing->status) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tally_tdx_tcb_info info;
	static struct tally_tdx_qe_identity identity;
	struct tally_json_reader json = tally_json_open(tally_bytes(data, size));
	size_t offset;

	tally_tdx_json_skip(&json);
	if (tally_tdx_tcb_info_read(tally_bytes(data, size), &info, &offset) == TALLY_OK) {
		expect_value(info.signed_bytes, data, size);
		expect(info.level_count <= TALLY_TDX_LEVEL_LIMIT);
		expect(info.module_count >= 1 && info.module_count <= 1 + TALLY_TDX_MODULE_LIMIT);
		for (size_t i = 0; i < info.level_count; i++)
			expect_standing(&info.level[i].standing);
	}
	expect(offset <= size);
	if (tally_tdx_qe_identity_read(tally_bytes(data, size), &identity, &offset) == TALLY_OK) {
		expect_value(identity.signed_bytes, data, size);
		expect(identity.level_count <= TALLY_TDX_MODULE_LEVEL_LIMIT);
	}
	expect(offset <= size);
	return 0;
}
