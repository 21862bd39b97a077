// SPDX-License-Identifier: BSD-2-Clause
/*
 * The extend of docs/settle.md on a model, all of it: two writers, strangers
 * who may use the digest in the slot, crashes at every system call with torn
 * slots and tails, failing calls, late extends, stale reads, resets, `once`.
 *
 * What runs is tally_settle, tally_slot_classify and the real hash, under the
 * steps of protocol.c; oracle.c, which knows what truly happened, judges every
 * reachable state, each as if the writer died there and the next one recovered.
 *
 * Bounded are: the calls, two to four of two writers, and how often each
 * trouble strikes, both as the configurations say; two registers, two banks.
 * Of the reads of one settle at most one is stale, and an extend of ours that
 * was not reported as done is hidden by one only where the provider is late.
 * Left out, because nothing of it enters settle: boot identity and slots of
 * other logs, trims, capacity, locked registers, damage to whole records.
 */
#include <stdio.h>

#include "explore.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct event different[] = { { .digest = 1 }, { .digest = 2 }, { .digest = 3 }, { .digest = 4 } };
static const struct event equal_digests[] = { { .digest = 1 }, { .digest = 1 } };
static const struct event two_registers[] = { { .digest = 1 }, { .reg = 1, .digest = 2 }, { .digest = 3 } };
static const struct event once[] = { { .digest = 1, .once = 1 }, { .digest = 2, .once = 1 } };

#define BASE(registers, banks) .register_count = (registers), .bank_count = (banks)

static const struct configuration configurations[] = {
	{ .name = "extends",
	  BASE(1, 1),
	  .events = different,
	  .call_event = { 0, 1, 2 },
	  .calls = { 2, 1 },
	  .trouble = { [STRANGER] = 2, [CRASH] = 1, [FAULT] = 1 } },
	{ .name = "two banks",
	  BASE(1, 2),
	  .events = different,
	  .call_event = { 0, 1 },
	  .calls = { 1, 1 },
	  .trouble = { [STRANGER] = 2, [CRASH] = 1, [FAULT] = 1 } },
	{ .name = "crashes",
	  BASE(1, 1),
	  .events = different,
	  .call_event = { 0, 1, 2 },
	  .calls = { 2, 1 },
	  .trouble = { [STRANGER] = 2, [CRASH] = 3 } },
	{ .name = "faults",
	  BASE(1, 1),
	  .events = different,
	  .call_event = { 0, 1, 2 },
	  .calls = { 2, 1 },
	  .trouble = { [STRANGER] = 1, [FAULT] = 3 } },
	{ .name = "strangers",
	  BASE(1, 1),
	  .events = different,
	  .call_event = { 0, 1 },
	  .calls = { 1, 1 },
	  .trouble = { [STRANGER] = 3, [CRASH] = 2 } },
	{ .name = "stale reads",
	  BASE(1, 1),
	  .events = different,
	  .call_event = { 0, 1 },
	  .calls = { 1, 1 },
	  .trouble = { [STRANGER] = 2, [CRASH] = 1, [FAULT] = 1, [STALE] = 2 } },
	{ .name = "stale reads, cleared first",
	  BASE(1, 1),
	  .clears_first = true,
	  .events = different,
	  .call_event = { 0, 1, 2 },
	  .calls = { 2, 1 },
	  .trouble = { [STRANGER] = 1, [CRASH] = 1, [FAULT] = 2, [STALE] = 1 } },
	{ .name = "equal events",
	  BASE(1, 1),
	  .events = different,
	  .call_event = { 0, 0, 0 },
	  .calls = { 2, 1 },
	  .trouble = { [STRANGER] = 1, [CRASH] = 1, [FAULT] = 1, [STALE] = 1 } },
	{ .name = "equal digests",
	  BASE(1, 1),
	  .events = equal_digests,
	  .call_event = { 0, 1, 0 },
	  .calls = { 2, 1 },
	  .trouble = { [STRANGER] = 1, [CRASH] = 1, [FAULT] = 1, [STALE] = 1 } },
	{ .name = "two registers",
	  BASE(2, 1),
	  .events = two_registers,
	  .call_event = { 0, 1, 2 },
	  .calls = { 2, 1 },
	  .trouble = { [STRANGER] = 1, [CRASH] = 1, [FAULT] = 1 } },
	{ .name = "once",
	  BASE(1, 1),
	  .events = once,
	  .call_event = { 0, 0, 1 },
	  .calls = { 2, 1 },
	  .trouble = { [STRANGER] = 1, [CRASH] = 2, [FAULT] = 1, [STALE] = 1 } },
	{ .name = "reset",
	  BASE(1, 1),
	  .is_resettable = true,
	  .events = different,
	  .call_event = { 0, 1 },
	  .calls = { 1, 1 },
	  .trouble = { [STRANGER] = 1, [RESET] = 1, [CRASH] = 1, [FAULT] = 1 } },
	{ .name = "reset, equal events",
	  BASE(1, 1),
	  .is_resettable = true,
	  .events = different,
	  .call_event = { 0, 0 },
	  .calls = { 1, 1 },
	  .trouble = { [STRANGER] = 1, [RESET] = 2, [CRASH] = 1, [STALE] = 1 } },
	{ .name = "late",
	  BASE(1, 1),
	  .is_late = true,
	  .events = different,
	  .call_event = { 0, 1, 2 },
	  .calls = { 2, 1 },
	  .trouble = { [STRANGER] = 1, [FAULT] = 1, [LATE] = 2 } },
	{ .name = "late, crashes",
	  BASE(1, 1),
	  .is_late = true,
	  .events = different,
	  .call_event = { 0, 1 },
	  .calls = { 1, 1 },
	  .trouble = { [STRANGER] = 1, [CRASH] = 2, [FAULT] = 1, [LATE] = 2 } },
	{ .name = "late, strangers",
	  BASE(1, 1),
	  .is_late = true,
	  .events = different,
	  .call_event = { 0, 1 },
	  .calls = { 1, 1 },
	  .trouble = { [STRANGER] = 2, [CRASH] = 1, [LATE] = 2 } },
	{ .name = "late, more than are tried",
	  BASE(1, 1),
	  .is_late = true,
	  .may_exceed_candidates = true,
	  .events = different,
	  .call_event = { 0, 1, 2, 3 },
	  .calls = { 2, 2 },
	  .trouble = { [CRASH] = 1, [LATE] = 3 } },
	{ .name = "late, equal events",
	  BASE(1, 1),
	  .is_late = true,
	  .events = different,
	  .call_event = { 0, 0, 0 },
	  .calls = { 2, 1 },
	  .trouble = { [STRANGER] = 1, [FAULT] = 1, [LATE] = 2 } },
	{ .name = "late, equal digests",
	  BASE(1, 1),
	  .is_late = true,
	  .events = equal_digests,
	  .call_event = { 0, 1, 0 },
	  .calls = { 2, 1 },
	  .trouble = { [STRANGER] = 1, [CRASH] = 1, [LATE] = 2 } },
	{ .name = "late, stale reads",
	  BASE(1, 1),
	  .is_late = true,
	  .events = different,
	  .call_event = { 0, 1 },
	  .calls = { 1, 1 },
	  .trouble = { [STRANGER] = 1, [CRASH] = 1, [FAULT] = 1, [LATE] = 1, [STALE] = 2 } },
	{ .name = "late, once",
	  BASE(1, 1),
	  .is_late = true,
	  .events = once,
	  .call_event = { 0, 0, 1 },
	  .calls = { 2, 1 },
	  .trouble = { [STRANGER] = 1, [CRASH] = 1, [FAULT] = 1, [LATE] = 2 } },
	{ .name = "late, two registers, equal events",
	  BASE(2, 1),
	  .is_late = true,
	  .events = two_registers,
	  .call_event = { 0, 0, 1 },
	  .calls = { 2, 1 },
	  .trouble = { [STRANGER] = 1, [CRASH] = 1, [LATE] = 2 } },
	{ .name = "late, reset",
	  BASE(1, 1),
	  .is_late = true,
	  .is_resettable = true,
	  .events = different,
	  .call_event = { 0, 1 },
	  .calls = { 1, 1 },
	  .trouble = { [STRANGER] = 1, [RESET] = 1, [CRASH] = 1, [LATE] = 1 } },
};

/* Where the oracle must notice a damage. */
static const struct {
	enum damage damage;
	const char *configuration;
} proofs[] = {
	{ SLOT_NOT_CLEARED, "extends" },
	{ TORN_TAIL_IS_EVIDENCE, "crashes" },
	{ LATE_IGNORED, "late" },
	{ SUCCESS_IGNORED, "stale reads" },
	{ GAP_UNNAMED, "extends" },
	{ GAP_NO_ATTEMPT, "late" },
	{ NOT_SETTLED_AGAIN, "late, two registers, equal events" },
	{ SLOT_IGNORED, "crashes" },
	{ SLOT_OF_TARGET_ONLY, "two registers" },
	{ FAILED_APPEND_IS_NOTHING, "faults" },
	{ FAILED_CLEAR_IS_NOTHING, "faults" },
	{ FAILED_READ_IS_NOTHING, "faults" },
	{ ABORT_IS_NOTHING, "late" },
	{ SLOT_LEFT, "faults" },
	{ NO_PIN, "strangers" },
	{ PIN_GOES_ON, "faults" },
	{ PIN_COVERS_ALL, "late, strangers" },
	{ ONCE_IGNORES_GAPS, "once" },
	{ ONCE_IGNORES_ABORTS, "late, once" },
	{ ONCE_FIRST, "once" },
	{ ENDS_NEWEST, "equal events" },
	{ LOG_FIRST, "late" },
	{ CANDIDATES_IGNORED, "late" },
	{ CANDIDATES_TWICE, "late, equal events" },
};

static const struct configuration *configuration_find(const char *name)
{
	size_t i = 0;

	while (strcmp(configurations[i].name, name) != 0)
		i++;
	return &configurations[i];
}

static const char *damage_text(enum damage which)
{
	static const char *const texts[] = {
#define DAMAGE_TEXT(name, text) [name] = (text),
		DAMAGES(DAMAGE_TEXT)
#undef DAMAGE_TEXT
	};

	return texts[which];
}

static bool configuration_run(size_t number, const struct configuration *configuration)
{
	size_t state_count;
	const char *violation = explore(configuration, DAMAGE_NONE, &state_count);

	printf("%s %zu - %s\n# %zu states\n", violation ? "not ok" : "ok", number, configuration->name, state_count);
	if (violation)
		explore_print_path();
	return !violation;
}

static bool proof_run(size_t number, enum damage which, const struct configuration *configuration)
{
	size_t state_count;
	const char *violation = explore(configuration, which, &state_count);

	printf("%s %zu - noticed: %s\n", violation ? "ok" : "not ok", number, damage_text(which));
	if (violation)
		printf("# %s, in %zu states\n", violation, state_count);
	return violation != NULL;
}

int main(void)
{
	size_t number = 0;
	bool is_good = true;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%zu\n", COUNT(configurations) + COUNT(proofs));
	for (size_t i = 0; i < COUNT(configurations); i++)
		is_good &= configuration_run(++number, &configurations[i]);
	for (size_t i = 0; i < COUNT(proofs); i++)
		is_good &= proof_run(++number, proofs[i].damage, configuration_find(proofs[i].configuration));
	return is_good ? 0 : 1;
}
