// SPDX-License-Identifier: BSD-2-Clause
/* The end of an account: every register of the report against what the log replays to, then against its rule. */
#include "account.h"

static const char *mismatch_text(struct tally_account *account, size_t i, const struct tally_digests *replayed)
{
	struct tally_arena *arena = account->ledger->arena;
	const struct tally_account_register *reg = &account->reg[i];
	const char *text =
		tally_arena_print(arena, "report %s, log %s", tally_arena_digests(arena, &account->statement->value[i]),
				  tally_arena_digests(arena, replayed));

	if (reg->is_lost)
		text = tally_arena_print(arena, "%s; the value was reached, and lost with record %llu", text,
					 (unsigned long long)reg->lost);
	return text;
}

static void compare_register(struct tally_account *account, size_t i, bool has_log)
{
	const struct tally_account_register *reg = &account->reg[i];
	const struct tally_digests *expected = &account->statement->value[i];
	bool is_explained = has_log || reg->segment_count != 0;
	enum tally_reason reason = is_explained ? TALLY_REASON_LOG_REGISTER_MISMATCH : TALLY_REASON_LOG_MISSING;
	struct tally_digests replayed;
	enum tally_status status = tally_replay_value(account->replay, i, &replayed);
	uint64_t event_count;
	const char *actual;
	bool holds;

	if (status != TALLY_OK) {
		tally_account_fail(account, status);
		return;
	}
	/* A pinned value explains itself where there is no log at all. */
	if (!has_log && !reg->segment_count && reg->rule && reg->rule->value.count && !reg->rule->has_events)
		return;
	holds = tally_digests_equal(&replayed, expected);
	event_count = reg->sequence.event_count + reg->before_count;
	actual = tally_arena_print(account->ledger->arena, "%llu %s", (unsigned long long)event_count,
				   event_count == 1 ? "event" : "events");
	tally_ledger_rule(account->ledger, holds, reason, reg->name, "the log replays to the value in the report",
			  actual, reg->is_lost ? &reg->lost : NULL, holds ? "" : mismatch_text(account, i, &replayed));
}

static void check_before(struct tally_account *account, size_t i)
{
	const struct tally_account_register *reg = &account->reg[i];
	uint64_t limit = reg->rule ? reg->rule->before_limit : 0;

	if (!reg->rule || !reg->rule->has_events || reg->before_count == 0)
		return;
	tally_ledger_policy(account->ledger, reg->before_count <= limit, TALLY_REASON_LOG_UNAUTHENTICATED, reg->name,
			    tally_arena_print(account->ledger->arena, "events before a jump: at most %llu",
					      (unsigned long long)limit),
			    tally_arena_print(account->ledger->arena, "%llu", (unsigned long long)reg->before_count),
			    NULL, "");
}

static bool has_require(const struct tally_register_rule *rule)
{
	for (size_t i = 0; rule && i < rule->event_count; i++)
		if (rule->event[i].kind == TALLY_RULE_REQUIRE)
			return true;
	return false;
}

/* A rule that requires something of a register that proves nothing can't be satisfied, and the verdict says why. */
static void check_trust(struct tally_account *account, size_t i)
{
	const struct tally_account_register *reg = &account->reg[i];

	if (account->statement->value[i].count == 0) {
		if (reg->rule)
			tally_ledger_find(account->ledger, TALLY_REASON_REGISTER_UNPROVEN, reg->name, NULL, "%s", "");
		return;
	}
	if (account->statement->registers.item[i].is_resettable && has_require(reg->rule))
		tally_ledger_exceptable(account->ledger, false, TALLY_EXCEPTION_RESETTABLE_REGISTERS,
					TALLY_REASON_LOG_UNAUTHENTICATED, reg->name,
					"nobody can reset the register and extend it again");
}

static void finish_register(struct tally_account *account, size_t i, bool has_log)
{
	enum tally_status status;

	if (account->statement->value[i].count)
		compare_register(account, i, has_log);
	check_trust(account, i);
	check_before(account, i);
	status = tally_sequence_finish(&account->reg[i].sequence, account->ledger);
	if (status != TALLY_OK)
		tally_account_fail(account, status);
}

static void check_boot(struct tally_account *account)
{
	const struct tally_statement *statement = account->statement;

	if (!statement->has_boot_id || !account->has_boot_id)
		return;
	tally_ledger_rule(account->ledger, memcmp(account->boot_id, statement->boot_id, TALLY_BOOT_ID_SIZE) == 0,
			  TALLY_REASON_LOG_BOOT_MISMATCH, "log", "it belongs to the boot of the report",
			  tally_arena_hex(account->ledger->arena, tally_bytes(account->boot_id, TALLY_BOOT_ID_SIZE)),
			  NULL, "");
}

enum tally_status tally_account_finish(struct tally_account *account, bool has_log)
{
	if (account->is_prologue)
		tally_account_prologue_end(account);
	tally_account_jumps_finish(account);
	tally_account_fills_finish(account);
	/* What could not be read to its end is not compared: the values would only mislead. */
	if (!account->is_broken) {
		check_boot(account);
		for (size_t i = 0; i < account->register_count; i++)
			finish_register(account, i, has_log);
	}
	return account->status;
}
