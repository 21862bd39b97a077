// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: the policy file. */
#include <stdlib.h>

#include "../../verify/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A policy is read, or its fault is a policy fault with words for it; and it trusts no empty set of keys. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_policy *policy = NULL;
	struct tally_policy_problem problem = { "" };
	enum tally_status status = tally_policy_read(tally_bytes(data, size), &policy, &problem);

	if (status == TALLY_OK ? policy == NULL : status != TALLY_POLICY || problem.text[0] == 0 || policy != NULL)
		abort();
	tally_policy_free(policy);
	return 0;
}
