// SPDX-License-Identifier: BSD-2-Clause
/* Statements as verifiers fill them in. */
#include <assert.h>

#include "verifier.h"

static const struct tally_claim_row *find_row(const struct tally_verifier *verifier, const char *name)
{
	for (size_t i = 0; i < verifier->claim_count; i++)
		if (strcmp(verifier->claims[i].name, name) == 0)
			return &verifier->claims[i];
	return NULL;
}

void tally_statement_claim(struct tally_statement *statement, struct tally_arena *arena,
			   const struct tally_verifier *verifier, const char *name,
			   const struct tally_claim_value *value)
{
	const struct tally_claim_row *row = find_row(verifier, name);
	struct tally_claim *claim;

	/* A name that found no memory is no name; and a vector may still have room for it. */
	if (tally_arena_has_failed(arena))
		return;
	claim = tally_vector_add(&statement->claims, arena, sizeof(*claim));
	if (!claim)
		return;
	assert(row && tally_claim_value_type(row->type) == value->type);
	claim->row = row;
	claim->value = *value;
	claim->value.bytes = tally_arena_copy(arena, value->bytes);
}

void tally_statement_claim_bytes(struct tally_statement *statement, struct tally_arena *arena,
				 const struct tally_verifier *verifier, const char *name, struct tally_bytes value)
{
	tally_statement_claim(statement, arena, verifier, name,
			      &(struct tally_claim_value){ .type = TALLY_CLAIM_BYTES, .bytes = value });
}

void tally_statement_claim_number(struct tally_statement *statement, struct tally_arena *arena,
				  const struct tally_verifier *verifier, const char *name, uint64_t value)
{
	tally_statement_claim(statement, arena, verifier, name,
			      &(struct tally_claim_value){ .type = TALLY_CLAIM_NUMBER, .number = value });
}

void tally_statement_claim_text(struct tally_statement *statement, struct tally_arena *arena,
				const struct tally_verifier *verifier, const char *name, const char *value)
{
	tally_statement_claim(statement, arena, verifier, name,
			      &(struct tally_claim_value){ .type = TALLY_CLAIM_TEXT, .bytes = tally_text(value) });
}

void tally_statement_vouch(struct tally_statement *statement, struct tally_arena *arena, enum tally_vouch_kind kind,
			   struct tally_bytes id, const char *how)
{
	struct tally_vouch *vouch = tally_vector_add(&statement->vouches, arena, sizeof(*vouch));

	if (!vouch)
		return;
	vouch->kind = kind;
	vouch->id = tally_arena_copy(arena, id);
	vouch->how = tally_arena_print(arena, "%s", how);
}

void tally_statement_limit(struct tally_statement *statement, int64_t until)
{
	if (!statement->has_valid_until || until < statement->valid_until)
		statement->valid_until = until;
	statement->has_valid_until = true;
}

void tally_statement_check_root(const struct tally_statement *statement, struct tally_ledger *ledger)
{
	if (statement->root)
		tally_ledger_rule(ledger, !statement->is_test_root, TALLY_REASON_ROOT_NON_PRODUCTION,
				  statement->verifier->name, "its chain ends in a root of production", statement->root,
				  NULL, "root=non-production");
}

static const char *value_text(const struct tally_claim_value *value, struct tally_arena *arena)
{
	if (value->type == TALLY_CLAIM_NUMBER)
		return tally_arena_print(arena, "%llu", (unsigned long long)value->number);
	if (value->type == TALLY_CLAIM_TEXT)
		return tally_arena_text(arena, value->bytes);
	return tally_arena_hex(arena, value->bytes);
}

static void show_claims(const struct tally_statement *statement, struct tally_ledger *ledger)
{
	const struct tally_claim *claims = statement->claims.items;

	for (size_t i = 0; i < statement->claims.count; i++) {
		struct tally_verdict_claim *shown = tally_vector_add(&ledger->claims, ledger->arena, sizeof(*shown));

		if (shown)
			*shown = (struct tally_verdict_claim){ claims[i].row->name,
							       value_text(&claims[i].value, ledger->arena),
							       statement->by,
							       claims[i].value.type == TALLY_CLAIM_NUMBER,
							       claims[i].row->type == TALLY_CLAIM_BITS,
							       claims[i].row->check == TALLY_CLAIM_POLICY };
	}
}

static void show_registers(const struct tally_statement *statement, struct tally_ledger *ledger)
{
	size_t count = tally_registers_runtime_count(&statement->registers);

	for (size_t i = 0; statement->is_readable && i < count; i++) {
		struct tally_verdict_register *shown =
			statement->value[i].count ? tally_vector_add(&ledger->registers, ledger->arena, sizeof(*shown))
						  : NULL;

		if (shown)
			*shown = (struct tally_verdict_register){
				statement->name[i], tally_ledger_banks(ledger->arena, &statement->value[i]),
				statement->registers.item[i].is_resettable
			};
	}
}

static bool is_ruled(const struct tally_policy *policy, const char *claim)
{
	for (size_t i = 0; claim && i < policy->claim_count; i++)
		if (strcmp(policy->claim[i].name, claim) == 0)
			return true;
	return false;
}

void tally_statement_show(const struct tally_statement *statement, const struct tally_policy *policy,
			  struct tally_ledger *ledger)
{
	struct tally_verdict_member *shown = tally_vector_add(&ledger->members, ledger->arena, sizeof(*shown));

	if (shown)
		*shown = (struct tally_verdict_member){ .provider = statement->verifier->name,
							.label = statement->label,
							.caveat = statement->verifier->caveat,
							.authenticated = statement->by,
							.root = statement->root,
							.is_test_root = statement->is_test_root,
							.tcb_status = statement->tcb.status,
							.has_tcb_date = statement->tcb.has_date,
							.tcb_date = statement->tcb.date,
							.advisories = statement->tcb.advisories,
							.standing = statement->tcb.standing,
							.is_debug = statement->is_debug,
							.is_instance = is_ruled(policy, statement->instance) };
	show_claims(statement, ledger);
	show_registers(statement, ledger);
}
