// SPDX-License-Identifier: BSD-2-Clause
/* The section "snp" of a policy. spec: docs/policy.md */
#include "policy_snp.h"

static uint8_t read_part(struct tally_policy_reader *reader, json_t *json, const char *key)
{
	size_t mark = tally_policy_enter(reader, key);
	json_t *value = json_object_get(json, key);
	uint64_t number = 0;

	if (!value)
		tally_policy_fault(reader, "every part of a TCB version must be named");
	else
		number = tally_policy_number(reader, value, 0);
	if (number > UINT8_MAX)
		tally_policy_fault(reader, "must be at most 255");
	tally_policy_leave(reader, mark);
	return (uint8_t)number;
}

static void read_tcb(struct tally_policy_reader *reader, json_t *json, enum tally_snp_product product,
		     struct tally_snp_tcb *ret)
{
	static const char *const keys[] = { "boot-loader", "tee", "snp", "microcode", NULL };
	static const char *const turin_keys[] = { "fmc", "boot-loader", "tee", "snp", "microcode", NULL };
	bool is_turin = product == TALLY_SNP_TURIN;

	if (!tally_policy_object(reader, json, is_turin ? turin_keys : keys))
		return;
	ret->fmc = is_turin ? read_part(reader, json, "fmc") : 0;
	ret->boot_loader = read_part(reader, json, "boot-loader");
	ret->tee = read_part(reader, json, "tee");
	ret->snp = read_part(reader, json, "snp");
	ret->microcode = read_part(reader, json, "microcode");
}

static void read_minimum(struct tally_policy_reader *reader, json_t *json, const char *key,
			 struct tally_snp_minimum *ret)
{
	static const char *const products[] = { "Milan", "Genoa", "Turin", NULL };
	json_t *minimum = json_object_get(json, key);
	size_t mark = tally_policy_enter(reader, key);

	if (minimum && tally_policy_object(reader, minimum, products) && json_object_size(minimum) == 0)
		tally_policy_fault(reader, "an empty set: name a processor or leave the key out");
	for (enum tally_snp_product product = TALLY_SNP_MILAN; minimum && product <= TALLY_SNP_TURIN; product++) {
		json_t *tcb = json_object_get(minimum, tally_snp_product_name(product));
		size_t inner = tally_policy_enter(reader, tally_snp_product_name(product));

		ret->is_set[product] = tcb != NULL;
		if (tcb)
			read_tcb(reader, tcb, product, &ret->tcb[product]);
		tally_policy_leave(reader, inner);
	}
	tally_policy_leave(reader, mark);
}

void tally_policy_read_snp(struct tally_policy_reader *reader, json_t *json, void *ret)
{
	static const char *const keys[] = { "minimum-tcb", "minimum-committed-tcb", "minimum-launch-tcb",
					    "minimum-crl-number", NULL };
	struct tally_snp_policy *policy = ret;
	json_t *number;
	size_t mark;

	if (!tally_policy_object(reader, json, keys))
		return;
	if (!json_object_get(json, "minimum-tcb"))
		tally_policy_fault(reader, "must have \"minimum-tcb\"");
	read_minimum(reader, json, "minimum-tcb", &policy->reported);
	read_minimum(reader, json, "minimum-committed-tcb", &policy->committed);
	read_minimum(reader, json, "minimum-launch-tcb", &policy->launch);
	number = json_object_get(json, "minimum-crl-number");
	mark = tally_policy_enter(reader, "minimum-crl-number");
	policy->minimum_crl_number = number ? tally_policy_number(reader, number, 1) : 0;
	tally_policy_leave(reader, mark);
}
