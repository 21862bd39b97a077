// SPDX-License-Identifier: BSD-2-Clause
/* The section "soft" of a policy. spec: docs/policy.md */
#include "policy_soft.h"

void tally_policy_read_soft(struct tally_policy_reader *reader, json_t *json, void *ret)
{
	static const char *const keys[] = { "keys", NULL };
	struct tally_soft_policy *policy = ret;

	if (tally_policy_object(reader, json, keys))
		policy->key = tally_policy_pins(reader, json, "keys", &policy->key_count);
}
