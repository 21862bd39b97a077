// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: the policy of callers. */
#include <stdlib.h>

#include "../../face/callers_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A policy is read, or its fault has words; and what it gives to nobody's uid is looked up without harm. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tally_register_set set = {
		.provider = "soft",
		.count = 1,
		.item = { { .name = "rtmr0", .kind = TALLY_RUNTIME } },
	};
	struct tally_callers *callers = NULL;
	struct tally_problem problem = { "" };
	struct tally_rights rights;
	enum tally_status status = tally_callers_read(tally_bytes(data, size), &set, &callers, &problem);

	if (status == TALLY_OK ? !callers : status != TALLY_POLICY || problem.text[0] == 0 || callers)
		abort();
	tally_callers_rights(callers, 1, 2, NULL, 0, &rights);
	if (rights.has_evidence && rights.log != TALLY_LOG_ALL)
		abort();
	tally_callers_free(callers);
	return 0;
}
