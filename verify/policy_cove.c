// SPDX-License-Identifier: BSD-2-Clause
/* The section "cove" of a policy. spec: docs/policy.md */
#include "policy_cove.h"

void tally_policy_read_cove(struct tally_policy_reader *reader, json_t *json, void *ret)
{
	static const char *const keys[] = { "keys", NULL };
	struct tally_cove_policy *policy = ret;

	if (tally_policy_object(reader, json, keys))
		policy->key = tally_policy_pins(reader, json, "keys", &policy->key_count);
}
