// SPDX-License-Identifier: BSD-2-Clause
/* The section "collateral" of a policy: how old what the makers publish may be. */
#include "collateral.h"
#include "policy_value.h"

#define SECONDS_PER_DAY 86400
#define DAYS_LIMIT 36500

static void read_age(struct tally_policy_reader *reader, json_t *json, enum tally_collateral_kind kind,
		     struct tally_collateral_policy *ret)
{
	size_t mark = tally_policy_enter(reader, tally_collateral_kind_name(kind));
	uint64_t days = tally_policy_number(reader, json, 1);

	if (days > DAYS_LIMIT)
		tally_policy_fault(reader, "is longer than a hundred years");
	else
		ret->max_age[kind] = days * SECONDS_PER_DAY;
	tally_policy_leave(reader, mark);
}

static void read_ages(struct tally_policy_reader *reader, json_t *json, struct tally_collateral_policy *ret)
{
	static const enum tally_collateral_kind kinds[] = { TALLY_COLLATERAL_CRL, TALLY_COLLATERAL_TDX_TCB_INFO,
							    TALLY_COLLATERAL_TDX_QE_IDENTITY };
	const char *keys[sizeof(kinds) / sizeof(kinds[0]) + 1] = { NULL };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		keys[i] = tally_collateral_kind_name(kinds[i]);
	if (!tally_policy_object(reader, json, keys))
		return;
	if (json_object_size(json) == 0)
		tally_policy_fault(reader, "an empty set: leave the key out");
	for (size_t i = 0; keys[i]; i++)
		if (json_object_get(json, keys[i]))
			read_age(reader, json_object_get(json, keys[i]), kinds[i], ret);
}

void tally_policy_collateral(struct tally_policy_reader *reader, json_t *json, struct tally_collateral_policy *ret)
{
	static const char *const keys[] = { "max-days", NULL };
	json_t *ages;
	size_t mark;

	if (!tally_policy_object(reader, json, keys))
		return;
	mark = tally_policy_enter(reader, "max-days");
	ages = json_object_get(json, "max-days");
	if (ages)
		read_ages(reader, ages, ret);
	else
		tally_policy_fault(reader, "must say how old collateral may be");
	tally_policy_leave(reader, mark);
}
