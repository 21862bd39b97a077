// SPDX-License-Identifier: BSD-2-Clause
/* Zero rejects: a claim without a rule, a rule without a claim, and registers that nobody used. */
#include "appraise.h"

static const char *claim_text(struct tally_arena *arena, const struct tally_claim_value *value)
{
	if (value->type == TALLY_CLAIM_NUMBER)
		return tally_arena_print(arena, "%llu", (unsigned long long)value->number);
	if (value->type == TALLY_CLAIM_TEXT)
		return tally_arena_text(arena, value->bytes);
	return tally_arena_hex(arena, value->bytes);
}

static bool claim_fits(const struct tally_claim_rule *rule, const struct tally_claim_value *value)
{
	if (rule->has_bits)
		return (value->number & rule->must) == rule->must && (value->number & ~(rule->must | rule->may)) == 0;
	if (rule->has_min || rule->has_max)
		return value->type == TALLY_CLAIM_NUMBER && (!rule->has_min || value->number >= rule->min) &&
		       (!rule->has_max || value->number <= rule->max);
	for (size_t i = 0; i < rule->value_count; i++)
		if (tally_claim_value_equal(&rule->value[i], value))
			return true;
	return false;
}

static void appraise_claim(const struct tally_claim *claim, const struct tally_policy *policy,
			   struct tally_ledger *ledger)
{
	const struct tally_claim_rule *rule = tally_policy_claim_find(policy, claim->row->name);
	const char *actual;
	bool fits;

	if (claim->row->check == TALLY_CLAIM_BUILT_IN || (claim->row->check == TALLY_CLAIM_OPTIONAL && !rule))
		return;
	actual = claim_text(ledger->arena, &claim->value);
	fits = rule && claim_fits(rule, &claim->value);
	if (rule)
		tally_ledger_policy(
			ledger, fits, TALLY_REASON_POLICY_CLAIM_MISMATCH, claim->row->name, rule->text, actual, NULL,
			fits ? "" : tally_arena_print(ledger->arena, "it is %s, asked is %s", actual, rule->text));
	else
		tally_ledger_policy(ledger, false, TALLY_REASON_POLICY_UNRULED, claim->row->name, "", actual, NULL,
				    actual);
}

static bool value_fits(const struct tally_digests *asked, const struct tally_digests *value)
{
	for (size_t i = 0; i < asked->count; i++) {
		const struct tally_digest *bank = tally_digests_find(value, asked->digest[i].alg);

		if (!bank || !tally_digest_equal(bank, &asked->digest[i]))
			return false;
	}
	return true;
}

static const struct tally_register_rule *register_rule(const struct tally_policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->register_count; i++)
		if (strcmp(policy->reg[i].name, name) == 0)
			return &policy->reg[i];
	return NULL;
}

static void appraise_register(const struct tally_statement *statement, size_t i, const struct tally_policy *policy,
			      struct tally_ledger *ledger)
{
	const char *name = statement->name[i];
	const struct tally_register_rule *rule = register_rule(policy, name);
	const char *actual = tally_arena_digests(ledger->arena, &statement->value[i]);
	const char *asked;
	bool fits;

	if (!rule) {
		tally_ledger_policy(ledger, false, TALLY_REASON_POLICY_UNRULED, name, "", actual, NULL, actual);
		return;
	}
	if (rule->value.count == 0)
		return;
	asked = tally_arena_digests(ledger->arena, &rule->value);
	fits = value_fits(&rule->value, &statement->value[i]);
	tally_ledger_policy(ledger, fits, TALLY_REASON_POLICY_REGISTER_VALUE, name, asked, actual, NULL,
			    fits ? "" : tally_arena_print(ledger->arena, "it is %s, asked is %s", actual, asked));
}

/* A machine whose registers nobody ever extended has measured nothing. */
static void appraise_use(const struct tally_statement *statement, struct tally_ledger *ledger)
{
	size_t count = tally_registers_runtime_count(&statement->registers);
	bool is_used = false;

	for (size_t i = 0; i < count; i++)
		is_used = is_used || (statement->value[i].count &&
				      !tally_digests_equal(&statement->value[i], &statement->registers.item[i].reset));
	if (count)
		tally_ledger_exceptable(ledger, is_used, TALLY_EXCEPTION_ALL_ZERO_REGISTERS,
					TALLY_REASON_REGISTERS_ALL_ZERO, statement->verifier->name,
					"some register was extended");
}

static void appraise_statement(const struct tally_statement *statement, const struct tally_policy *policy,
			       struct tally_ledger *ledger)
{
	const struct tally_claim *claims = statement->claims.items;
	size_t count = tally_registers_runtime_count(&statement->registers);

	for (size_t i = 0; i < statement->claims.count; i++)
		appraise_claim(&claims[i], policy, ledger);
	for (size_t i = 0; i < count; i++)
		if (statement->value[i].count)
			appraise_register(statement, i, policy, ledger);
	appraise_use(statement, ledger);
}

static bool has_claim(const struct tally_statements *statements, const char *name)
{
	for (size_t i = 0; i < statements->count; i++) {
		const struct tally_claim *claims = statements->item[i].claims.items;

		for (size_t claim = 0; claim < statements->item[i].claims.count; claim++)
			if (strcmp(claims[claim].row->name, name) == 0)
				return true;
	}
	return false;
}

static bool has_register(const struct tally_statements *statements, const char *name)
{
	for (size_t i = 0; i < statements->count; i++) {
		size_t count = tally_registers_runtime_count(&statements->item[i].registers);

		for (size_t reg = 0; reg < count; reg++)
			if (strcmp(statements->item[i].name[reg], name) == 0)
				return true;
	}
	return false;
}

void tally_appraise(const struct tally_statements *statements, const struct tally_policy *policy,
		    struct tally_ledger *ledger)
{
	for (size_t i = 0; i < statements->count; i++)
		if (statements->item[i].is_readable)
			appraise_statement(&statements->item[i], policy, ledger);
	for (size_t i = 0; i < policy->claim_count; i++)
		if (!has_claim(statements, policy->claim[i].name))
			tally_ledger_policy(ledger, false, TALLY_REASON_POLICY_CLAIM_MISSING, policy->claim[i].name,
					    policy->claim[i].text, "", NULL, "");
	for (size_t i = 0; i < policy->register_count; i++)
		if (!has_register(statements, policy->reg[i].name))
			tally_ledger_policy(ledger, false, TALLY_REASON_POLICY_REGISTER_MISSING,
					    tally_arena_print(ledger->arena, "%s", policy->reg[i].name), "", "", NULL,
					    "");
}
