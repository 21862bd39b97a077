// SPDX-License-Identifier: BSD-2-Clause
/* The section "tpm" of a policy. spec: docs/policy.md */
#include "policy_tpm.h"

#include <stdlib.h>

#define SECONDS_PER_DAY 86400
#define DAYS_LIMIT 36500

/* One number or range: "7", "0-9". What follows it; NULL if it is none. */
static const char *read_range(const char *text, uint32_t *mask)
{
	char *end;
	unsigned long first;
	unsigned long last;

	if (*text < '0' || *text > '9')
		return NULL;
	first = last = strtoul(text, &end, 10);
	if (*end == '-' && end[1] >= '0' && end[1] <= '9')
		last = strtoul(end + 1, &end, 10);
	if (first > last || last >= TALLY_PCR_COUNT)
		return NULL;
	for (unsigned long pcr = first; pcr <= last; pcr++) {
		if (*mask >> pcr & 1)
			return NULL;
		*mask |= 1U << pcr;
	}
	return end;
}

static uint32_t read_mask(struct tally_policy_reader *reader, json_t *json)
{
	const char *text = json_is_string(json) ? json_string_value(json) : NULL;
	uint32_t mask = 0;

	do
		text = text ? read_range(text, &mask) : NULL;
	while (text && *text == ',' && text++);
	if (!text || *text) {
		tally_policy_fault(reader, "must name PCRs such as \"0-7,11\", each once");
		return 0;
	}
	return mask;
}

static void read_selection(struct tally_policy_reader *reader, json_t *json, struct tally_tpm_policy *ret)
{
	static const char *const banks[] = { "sha256", "sha384", "sha512", "sm3_256", NULL };

	if (!tally_policy_object(reader, json, banks))
		return;
	if (json_object_size(json) == 0)
		tally_policy_fault(reader, "an empty set: leave the key out");
	for (size_t i = 0; banks[i]; i++) {
		struct tally_pcr_selection *selection = &ret->selection[ret->selection_count];
		json_t *bank = json_object_get(json, banks[i]);
		size_t mark = tally_policy_enter(reader, banks[i]);

		if (bank) {
			selection->alg = tally_alg_from_name(tally_text(banks[i]));
			selection->mask = read_mask(reader, bank);
			ret->selection_count++;
		}
		tally_policy_leave(reader, mark);
	}
}

static void read_age(struct tally_policy_reader *reader, json_t *json, struct tally_tpm_policy *ret)
{
	uint64_t days = tally_policy_number(reader, json, 1);

	if (days > DAYS_LIMIT)
		tally_policy_fault(reader, "is longer than a hundred years");
	else
		ret->binding_max_age = days * SECONDS_PER_DAY;
}

void tally_policy_read_tpm(struct tally_policy_reader *reader, json_t *json, void *ret)
{
	static const char *const keys[] = { "keys", "roots", "binders", "binding-max-days", "pcrs", NULL };
	struct tally_tpm_policy *policy = ret;
	size_t mark;

	if (!tally_policy_object(reader, json, keys))
		return;
	if (json_object_size(json) == 0)
		tally_policy_fault(reader, "an empty set: leave the key out");
	if (json_object_get(json, "keys"))
		policy->key = tally_policy_pins(reader, json, "keys", &policy->key_count);
	if (json_object_get(json, "roots"))
		policy->root = tally_policy_pins(reader, json, "roots", &policy->root_count);
	if (json_object_get(json, "binders"))
		policy->binder = tally_policy_pins(reader, json, "binders", &policy->binder_count);
	mark = tally_policy_enter(reader, "binding-max-days");
	if (json_object_get(json, "binding-max-days"))
		read_age(reader, json_object_get(json, "binding-max-days"), policy);
	tally_policy_leave(reader, mark);
	mark = tally_policy_enter(reader, "pcrs");
	if (json_object_get(json, "pcrs"))
		read_selection(reader, json_object_get(json, "pcrs"), policy);
	tally_policy_leave(reader, mark);
}
