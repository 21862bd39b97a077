// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: Azure's HCL report and the runtime data inside; both also on their own. */
#include <stdlib.h>

#include "../../format/azure_hcl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void read_runtime(struct tally_bytes json)
{
	struct tally_azure_runtime runtime;

	if (tally_azure_runtime_read(json, &runtime) == TALLY_OK)
		expect(runtime.ak.modulus.size + runtime.ak.exponent.size + runtime.ek.modulus.size < json.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_azure_hcl hcl;

	read_runtime(tally_bytes(data, size));
	if (tally_azure_hcl_read(tally_bytes(data, size), &hcl) != TALLY_OK)
		return 0;
	expect(hcl.hardware_report.data == data + 32);
	expect(hcl.runtime_data.size + 1236 <= size);
	read_runtime(hcl.runtime_data);
	return 0;
}
