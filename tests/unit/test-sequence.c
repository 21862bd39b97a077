// SPDX-License-Identifier: BSD-2-Clause
/* How a sequence of events is matched: docs/policy.md 3, row by row. */
#include "hex.h"

#include "../../verify/sequence.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define REQUIRE(name) "{\"require\": {\"name\": \"" name "\"}}"
#define TWICE(name) "{\"require\": {\"name\": \"" name "\", \"count\": 2}}"
#define MAX(n) "{\"ignore\": {\"max\": " n "}}"
#define EXACT(n) "{\"ignore\": {\"count\": " n "}}"
#define BUT(n, filter) "{\"ignore\": {\"max\": " n ", \"except\": " filter "}}"
#define OTHER_SHA256 "aa7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define ABC_SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/*
 * Events are letters: a to z are authentic, of that name, by root; A to Z say that they are, and nothing
 * authenticates it; digits are foreign, the digit their digest's first byte.
 */
struct sequence_case {
	const char *rules;
	const char *events;
	const char *codes; /* "" if all holds */
};

static const struct sequence_case cases[] = {
	/* closed, anchored at both ends */
	{ "", "", "" },
	{ "", "a", "policy.event-unmatched" },
	{ REQUIRE("a"), "a", "" },
	{ REQUIRE("a"), "", "policy.event-missing" },
	{ REQUIRE("a"), "b", "policy.event-missing policy.event-unmatched" },
	{ REQUIRE("a"), "ax", "policy.event-unmatched" },
	{ REQUIRE("a"), "xa", "policy.event-unmatched" },
	/* exactly once, unless counted */
	{ REQUIRE("a"), "aa", "policy.event-unmatched" },
	{ TWICE("a"), "aa", "" },
	{ TWICE("a"), "a", "policy.event-missing" },
	{ TWICE("a"), "aaa", "policy.event-unmatched" },
	{ TWICE("a") "," REQUIRE("b"), "ab", "policy.event-missing" },
	{ TWICE("a") "," REQUIRE("b"), "aba", "policy.event-missing policy.event-unmatched" },
	/* in order */
	{ REQUIRE("a") "," REQUIRE("b"), "ab", "" },
	{ REQUIRE("a") "," REQUIRE("b"), "ba", "policy.event-missing policy.event-unmatched" },
	{ REQUIRE("a") "," REQUIRE("b") "," REQUIRE("c"), "ac", "policy.event-missing" },
	{ REQUIRE("a") "," REQUIRE("b") "," REQUIRE("c"), "axbc", "policy.event-unmatched" },
	{ REQUIRE("a") "," REQUIRE("b") "," REQUIRE("a"), "aba", "" },
	/* ignore: at most */
	{ MAX("2"), "", "" },
	{ MAX("2"), "xy", "" },
	{ MAX("2"), "xyz", "policy.event-unmatched" },
	{ MAX("2") "," REQUIRE("a"), "a", "" },
	{ MAX("2") "," REQUIRE("a"), "xya", "" },
	{ MAX("2") "," REQUIRE("a"), "xyza", "policy.event-unmatched" },
	{ MAX("2") "," REQUIRE("a") "," MAX("1"), "xax", "" },
	{ REQUIRE("a") "," MAX("2"), "axy", "" },
	{ REQUIRE("a") "," MAX("2"), "xa", "policy.event-unmatched" },
	/* the event that the next require asks for ends it; a second one is one too many */
	{ MAX("3") "," REQUIRE("a") "," REQUIRE("b"), "aab", "policy.event-unmatched" },
	/* what any require asks for is never ignored */
	{ REQUIRE("a") "," MAX("3"), "axa", "policy.event-unmatched" },
	{ MAX("3") "," REQUIRE("a") "," MAX("3"), "xaxa", "policy.event-unmatched" },
	{ REQUIRE("a") "," EXACT("2"), "axa", "policy.event-missing policy.event-unmatched" },
	/* ignore: exactly */
	{ EXACT("2"), "xy", "" },
	{ EXACT("2"), "x", "policy.event-missing" },
	{ EXACT("2"), "xyz", "policy.event-unmatched" },
	{ EXACT("2") "," REQUIRE("a"), "xa", "policy.event-missing" },
	{ EXACT("2") "," REQUIRE("a"), "xya", "" },
	{ EXACT("1") "," REQUIRE("a") "," EXACT("1"), "xay", "" },
	/* filters */
	{ BUT("3", "{\"name\": \"x\"}"), "yz", "" },
	{ BUT("3", "{\"name\": \"x\"}"), "yxz", "policy.event-unmatched" },
	{ BUT("3", "[{\"name\": \"x\"}, {\"origin\": \"0:0\"}]"), "y", "policy.event-unmatched" },
	{ BUT("3", "{\"name\": \"x\"}") "," REQUIRE("a"), "yxa", "policy.event-unmatched" },
	/* a filter on content keeps out what it can't see through; one on digests does not */
	{ BUT("3", "{\"name\": \"x\"}"), "y1", "policy.event-unmatched" },
	{ BUT("3", "{\"name\": \"x\"}"), "yZ", "policy.event-unmatched" },
	{ BUT("3", "{\"digest\": \"" ABC_SHA256 "\"}"), "y1Z", "" },
	/* labels are no evidence */
	{ REQUIRE("a"), "A", "log.event-unauthentic policy.event-missing policy.event-unmatched" },
	{ MAX("2") "," REQUIRE("a"), "A", "log.event-unauthentic policy.event-missing" },
	{ MAX("2") "," REQUIRE("a"), "Aa", "" },
	{ MAX("2"), "A1", "" },
	/* digests are */
	{ "{\"require\": {\"digest\": "
	  "\"310000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\"}}",
	  "1", "" },
	{ "{\"require\": {\"digest\": "
	  "\"310000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\"}}",
	  "2", "policy.event-missing policy.event-unmatched" },
	{ "{\"require\": {\"digest\": \"" ABC_SHA256 "\"}}", "1", "policy.event-missing policy.event-unmatched" },
	/* who asked, what type, with what data: events here are of type t, by 0:0, their data "abc" */
	{ "{\"require\": {\"name\": \"a\", \"origin\": \"1:1\"}}", "a", "policy.event-missing policy.event-unmatched" },
	{ "{\"require\": {\"type\": \"t\", \"name\": \"a\", \"origin\": \"0:0\"}}", "a", "" },
	{ "{\"require\": {\"type\": \"u\", \"name\": \"a\"}}", "a", "policy.event-missing policy.event-unmatched" },
	{ "{\"require\": {\"type\": \"t\"}}", "a", "" },
	{ "{\"require\": {\"name\": \"a\", \"data\": \"616263\"}}", "a", "" },
	{ "{\"require\": {\"name\": \"a\", \"data\": \"616264\"}}", "a",
	  "policy.event-missing policy.event-unmatched" },
	{ "{\"require\": {\"name\": \"a\", \"data\": \"\"}}", "a", "policy.event-missing policy.event-unmatched" },
	{ "{\"require\": {\"data-digest\": \"" ABC_SHA256 "\"}}", "a", "" },
	{ "{\"require\": {\"data-digest\": \"sm3_256:" ABC_SHA256 "\"}}", "a",
	  "policy.event-missing policy.event-unmatched" },
	/* q carries the SHA-256 of "abc" in the place of data */
	{ "{\"require\": {\"name\": \"q\", \"data\": \"616263\"}}", "q", "" },
	{ "{\"require\": {\"name\": \"q\", \"data\": \"616264\"}}", "q",
	  "policy.event-missing policy.event-unmatched" },
	{ "{\"require\": {\"name\": \"q\", \"data-digest\": \"" ABC_SHA256 "\"}}", "q", "" },
	{ "{\"require\": {\"name\": \"q\", \"data-digest\": \"" OTHER_SHA256 "\"}}", "q",
	  "policy.event-missing policy.event-unmatched" },
	{ "{\"require\": {\"name\": \"a\", \"data-digest\": \"" OTHER_SHA256 "\"}}", "a",
	  "policy.event-missing policy.event-unmatched" },
};

static struct tally_policy *read_rules(const char *rules)
{
	struct tally_policy_problem problem;
	struct tally_policy *policy = NULL;
	char text[2048];

	snprintf(text, sizeof(text), "{\"tally-policy\": 1, \"registers\": {\"soft.rtmr2\": [%s]}}", rules);
	if (tally_policy_read(tally_text(text), &policy, &problem) != TALLY_OK)
		fail_msg("%s: %s", rules, problem.text);
	return policy;
}

static void take(struct tally_sequence *sequence, char letter, uint64_t record)
{
	char name[2] = { (char)(letter | 0x20), 0 };
	struct tally_digests digests = { 1, { { TALLY_SHA384, { (uint8_t)letter } } } };
	struct tally_event content = { .type = tally_text("t"),
				       .name = tally_text(name),
				       .origin = tally_text("0:0"),
				       .has_data = letter != 'q',
				       .data = tally_text(letter == 'q' ? "" : "abc"),
				       .has_data_digest = letter == 'q' };
	bool is_foreign = letter >= '0' && letter <= '9';
	struct tally_sequence_event event = { .record = record,
					      .digests = &digests,
					      .content = is_foreign ? NULL : &content,
					      .is_authentic = letter >= 'a' && letter <= 'z' };
	struct tally_bytes digest = hex_bytes(ABC_SHA256);

	assert_int_equal(tally_digest_set(&content.data_digest, TALLY_SHA256, digest), TALLY_OK);
	tally_sequence_take(sequence, &event);
	free_bytes(digest);
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The codes found, sorted, each once. */
static void codes_of(const struct tally_ledger *ledger, char *text, size_t size)
{
	const struct tally_finding *findings = ledger->findings.items;
	const char *codes[16];
	size_t used = 0;

	text[0] = 0;
	assert_true(ledger->findings.count <= COUNT(codes));
	for (size_t i = 0; i < ledger->findings.count; i++)
		codes[i] = tally_reason_code(findings[i].reason);
	qsort(codes, ledger->findings.count, sizeof(codes[0]), compare_text);
	for (size_t i = 0; i < ledger->findings.count; i++)
		if (i == 0 || strcmp(codes[i], codes[i - 1]) != 0)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "", codes[i]);
}

static void sequences_match_as_the_page_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_policy *policy = read_rules(cases[i].rules);
		struct tally_ledger ledger = { .arena = tally_arena_new() };
		struct tally_sequence sequence;
		char codes[256];

		assert_non_null(ledger.arena);
		tally_sequence_init(&sequence, ledger.arena, "soft.rtmr2", &policy->reg[0]);
		for (size_t event = 0; cases[i].events[event]; event++)
			take(&sequence, cases[i].events[event], event);
		assert_int_equal(tally_sequence_finish(&sequence, &ledger), TALLY_OK);
		codes_of(&ledger, codes, sizeof(codes));
		if (strcmp(codes, cases[i].codes) != 0)
			fail_msg("[%s] over %s: %s, expected %s", cases[i].rules, cases[i].events, codes,
				 cases[i].codes);
		tally_arena_free(ledger.arena);
		tally_policy_free(policy);
	}
}

static void what_was_ignored_is_listed(void **state)
{
	struct tally_policy *policy = read_rules(MAX("2") "," REQUIRE("a") "," MAX("1"));
	struct tally_ledger ledger = { .arena = tally_arena_new() };
	const struct tally_ignored_event *ignored;
	struct tally_sequence sequence;

	(void)state;
	assert_non_null(ledger.arena);
	tally_sequence_init(&sequence, ledger.arena, "soft.rtmr2", &policy->reg[0]);
	for (uint64_t i = 0; i < 3; i++)
		take(&sequence, "xa1"[i], i + 10);
	assert_int_equal(tally_sequence_finish(&sequence, &ledger), TALLY_OK);
	assert_true(tally_ledger_accepts(&ledger));
	assert_int_equal(ledger.ignored.count, 2);
	ignored = ledger.ignored.items;
	assert_string_equal(ignored[0].reg, "soft.rtmr2");
	assert_int_equal(ignored[0].record, 10);
	assert_int_equal(ignored[1].record, 12);
	assert_int_equal(ignored[1].digests.digest[0].bytes[0], '1');
	tally_arena_free(ledger.arena);
	tally_policy_free(policy);
}

static void a_restart_forgets_everything(void **state)
{
	struct tally_policy *policy = read_rules(REQUIRE("a") "," MAX("1"));
	struct tally_ledger ledger = { .arena = tally_arena_new() };
	struct tally_sequence sequence;
	char codes[256];

	(void)state;
	assert_non_null(ledger.arena);
	tally_sequence_init(&sequence, ledger.arena, "soft.rtmr2", &policy->reg[0]);
	take(&sequence, 'a', 0);
	take(&sequence, 'x', 1);
	take(&sequence, 'y', 2);
	assert_int_equal(tally_sequence_restart(&sequence), 3);
	assert_int_equal(tally_sequence_finish(&sequence, &ledger), TALLY_OK);
	codes_of(&ledger, codes, sizeof(codes));
	assert_string_equal(codes, "policy.event-missing");
	assert_int_equal(ledger.ignored.count, 0);
	tally_arena_free(ledger.arena);
	tally_policy_free(policy);
}

static void an_untrusted_register_satisfies_nothing(void **state)
{
	struct tally_policy *policy = read_rules(REQUIRE("a"));
	struct tally_ledger ledger = { .arena = tally_arena_new() };
	struct tally_sequence sequence;
	char codes[256];

	(void)state;
	assert_non_null(ledger.arena);
	tally_sequence_init(&sequence, ledger.arena, "soft.rtmr2", &policy->reg[0]);
	sequence.is_untrusted = true;
	take(&sequence, 'a', 0);
	assert_int_equal(tally_sequence_finish(&sequence, &ledger), TALLY_OK);
	codes_of(&ledger, codes, sizeof(codes));
	assert_string_equal(codes, "policy.event-missing policy.event-unmatched");
	tally_arena_free(ledger.arena);
	tally_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequences_match_as_the_page_says),
		cmocka_unit_test(what_was_ignored_is_listed),
		cmocka_unit_test(a_restart_forgets_everything),
		cmocka_unit_test(an_untrusted_register_satisfies_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
