// SPDX-License-Identifier: BSD-2-Clause
/* Findings and checks as they come up. */
#include "ledger.h"

static struct tally_finding *known_finding(const struct tally_ledger *ledger, enum tally_reason reason,
					   const char *subject)
{
	struct tally_finding *findings = ledger->findings.items;

	for (size_t i = 0; i < ledger->findings.count; i++)
		if (findings[i].reason == reason && strcmp(findings[i].subject, subject) == 0)
			return &findings[i];
	return NULL;
}

static void add_finding(struct tally_ledger *ledger, enum tally_reason reason, const char *subject,
			const uint64_t *record, const char *detail)
{
	struct tally_finding *finding = tally_vector_add(&ledger->findings, ledger->arena, sizeof(*finding));

	if (!finding)
		return;
	finding->reason = reason;
	finding->subject = subject;
	finding->detail = detail;
	finding->has_record = record != NULL;
	finding->record = record ? *record : 0;
	finding->count = 1;
}

void tally_ledger_vfind(struct tally_ledger *ledger, enum tally_reason reason, const char *subject,
			const uint64_t *record, const char *format, va_list arguments)
{
	struct tally_finding *known = known_finding(ledger, reason, subject);

	if (known)
		known->count++;
	else
		add_finding(ledger, reason, subject, record, tally_arena_vprint(ledger->arena, format, arguments));
}

void tally_ledger_find(struct tally_ledger *ledger, enum tally_reason reason, const char *subject,
		       const uint64_t *record, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	tally_ledger_vfind(ledger, reason, subject, record, format, arguments);
	va_end(arguments);
}

static void add_check(struct tally_ledger *ledger, const struct tally_check *check)
{
	struct tally_check *added = tally_vector_add(&ledger->checks, ledger->arena, sizeof(*added));

	if (added)
		*added = *check;
}

bool tally_ledger_rule(struct tally_ledger *ledger, bool holds, enum tally_reason reason, const char *subject,
		       const char *rule, const char *actual, const uint64_t *record, const char *detail)
{
	struct tally_check check = { subject, rule, actual, true, TALLY_OUTCOME_HELD, TALLY_REASON_NONE };

	if (!holds) {
		check.outcome = TALLY_OUTCOME_FAILED;
		check.reason = reason;
		tally_ledger_find(ledger, reason, subject, record, "%s", detail);
	}
	add_check(ledger, &check);
	return holds;
}

bool tally_ledger_exceptable(struct tally_ledger *ledger, bool holds, enum tally_exception exception,
			     enum tally_reason reason, const char *subject, const char *rule)
{
	struct tally_check check = { subject, rule, "", true, TALLY_OUTCOME_EXCEPTED, reason };

	if (holds || !tally_ledger_excepts(ledger, exception))
		return tally_ledger_rule(ledger, holds, reason, subject, rule, "", NULL, "");
	add_check(ledger, &check);
	return true;
}

void tally_ledger_summary(struct tally_ledger *ledger, size_t before, const char *subject, const char *rule,
			  const char *actual)
{
	const struct tally_finding *findings = ledger->findings.items;
	struct tally_check check = { subject, rule, actual, true, TALLY_OUTCOME_HELD, TALLY_REASON_NONE };

	if (ledger->findings.count > before) {
		check.outcome = TALLY_OUTCOME_FAILED;
		check.reason = findings[before].reason;
	}
	add_check(ledger, &check);
}

bool tally_ledger_policy(struct tally_ledger *ledger, bool holds, enum tally_reason reason, const char *subject,
			 const char *rule, const char *actual, const uint64_t *record, const char *detail)
{
	/* The verdict outlives the policy. */
	const char *copy = tally_arena_print(ledger->arena, "%s", rule);
	struct tally_check check = { subject, copy, actual, false, TALLY_OUTCOME_HELD, TALLY_REASON_NONE };

	if (!holds) {
		check.outcome = TALLY_OUTCOME_FAILED;
		check.reason = reason;
		/* Rules are few, and each that fails is told. */
		add_finding(ledger, reason, subject, record, tally_arena_print(ledger->arena, "%s", detail));
	}
	add_check(ledger, &check);
	return holds;
}

bool tally_ledger_excepts(struct tally_ledger *ledger, enum tally_exception exception)
{
	if (!(ledger->allowed & tally_exception_bit(exception)))
		return false;
	ledger->exceptions_used |= tally_exception_bit(exception);
	return true;
}

struct tally_banks tally_ledger_banks(struct tally_arena *arena, const struct tally_digests *digests)
{
	struct tally_banks banks = { 0, NULL };
	struct tally_digest *copy = digests ? tally_arena_take(arena, digests->count, sizeof(*copy)) : NULL;

	if (!copy)
		return banks;
	memcpy(copy, digests->digest, digests->count * sizeof(*copy));
	banks.count = digests->count;
	banks.digest = copy;
	return banks;
}

bool tally_ledger_is_malformed(const struct tally_ledger *ledger)
{
	const struct tally_finding *findings = ledger->findings.items;

	for (size_t i = 0; i < ledger->findings.count; i++)
		if (tally_reason_severity(findings[i].reason) == TALLY_SEVERITY_MALFORMED)
			return true;
	return false;
}

bool tally_ledger_accepts(const struct tally_ledger *ledger)
{
	const struct tally_check *checks = ledger->checks.items;

	for (size_t i = 0; i < ledger->checks.count; i++)
		if (checks[i].outcome != TALLY_OUTCOME_HELD && checks[i].outcome != TALLY_OUTCOME_EXCEPTED)
			return false;
	return ledger->findings.count == 0 && ledger->checks.count != 0;
}
