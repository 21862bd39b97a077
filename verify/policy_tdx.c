// SPDX-License-Identifier: BSD-2-Clause
/* The section "tdx" of a policy. spec: docs/policy.md */
#include "policy_tdx.h"

#include "../core/cursor.h"

static void read_tdx_status(struct tally_policy_reader *reader, json_t *json, struct tally_tdx_policy *ret)
{
	struct tally_bytes text = tally_policy_string(reader, json);

	for (uint32_t i = TALLY_TDX_VERDICT_FIRST; i <= TALLY_TDX_VERDICT_LAST; i++)
		if (tally_bytes_equal(text, tally_text(tally_tdx_verdict_name((enum tally_tdx_verdict)i)))) {
			ret->statuses |= 1U << i;
			return;
		}
	tally_policy_fault(reader, "is no TCB status that can be accepted");
}

static void read_tdx_statuses(struct tally_policy_reader *reader, json_t *json, struct tally_tdx_policy *ret)
{
	size_t count = tally_policy_list(reader, json);

	for (size_t i = 0; i < count; i++)
		read_tdx_status(reader, tally_policy_list_get(json, i), ret);
}

static void read_tdx_advisories(struct tally_policy_reader *reader, json_t *json, struct tally_tdx_policy *ret)
{
	size_t count = json_is_array(json) ? json_array_size(json) : 1;
	struct tally_bytes *advisory = tally_arena_take(reader->arena, count + 1, sizeof(*advisory));

	/* An empty list is a rule, too: no advisory may apply. */
	ret->has_advisories = true;
	for (size_t i = 0; advisory && i < count; i++)
		advisory[i] = tally_policy_string(reader, tally_policy_list_get(json, i));
	ret->advisory = advisory;
	ret->advisory_count = advisory ? count : 0;
}

static void read_tdx_xfam(struct tally_policy_reader *reader, json_t *json, struct tally_tdx_policy *ret)
{
	struct tally_cursor cursor = tally_cursor(tally_policy_hex(reader, json));

	ret->has_xfam = true;
	ret->xfam = tally_read_le64(&cursor);
	if (tally_cursor_end(&cursor) != TALLY_OK)
		tally_policy_fault(reader, "must be 8 bytes, as they stand in a quote");
}

static void read_tdx_number(struct tally_policy_reader *reader, json_t *json, uint64_t *ret)
{
	*ret = tally_policy_number(reader, json, 1);
}

void tally_policy_read_tdx(struct tally_policy_reader *reader, json_t *json, void *ret)
{
	static const char *const keys[] = { "tcb-status",  "advisories",   "tcb-evaluation-min",
					    "pck-crl-min", "root-crl-min", "xfam",
					    NULL };
	struct tally_tdx_policy *policy = ret;

	if (!tally_policy_object(reader, json, keys))
		return;
	if (json_object_size(json) == 0)
		tally_policy_fault(reader, "an empty set: leave the key out");
	for (size_t i = 0; keys[i]; i++) {
		json_t *value = json_object_get(json, keys[i]);
		size_t mark = tally_policy_enter(reader, keys[i]);

		if (value && i == 0)
			read_tdx_statuses(reader, value, policy);
		else if (value && i == 1)
			read_tdx_advisories(reader, value, policy);
		else if (value && i == 2)
			read_tdx_number(reader, value, &policy->evaluation_number);
		else if (value && i == 3)
			read_tdx_number(reader, value, &policy->pck_crl_number);
		else if (value && i == 4)
			read_tdx_number(reader, value, &policy->root_crl_number);
		else if (value && i == 5)
			read_tdx_xfam(reader, value, policy);
		tally_policy_leave(reader, mark);
	}
}
