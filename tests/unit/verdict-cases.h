/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of evidence, good or with one damage, and the codes that its verdict must have. */
#ifndef TALLY_TESTS_UNIT_VERDICT_CASES_H
#define TALLY_TESTS_UNIT_VERDICT_CASES_H

#include "evidence.h"
#include "placed.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define RULES "[{\"require\": {\"name\": \"app\"}}, {\"require\": {\"name\": \"config\"}}, {\"ignore\": {\"max\": 3}}]"
#define ANY "[{\"ignore\": {\"max\": 20}}]"
#define GAPS "{\"events\": [{\"ignore\": {\"max\": 20}}], \"gaps\": {\"max\": 2, \"before\": 20}}"
#define OTHER_NONCE "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
/* What follows if there is no report that can be read. */
#define NO_REPORT " policy.claim-missing policy.register-missing"

enum asked {
	ASKED_OTHER_NONCE = 1,
	ASKED_NO_NONCE = 2,
	ASKED_GIVEN_TIME = 4,
	ASKED_KEY = 8,
	ASKED_AUDIENCE = 16,
	KEEPS_STORED = 32,
	NO_POLICY = 64,
	ASKED_BOUND_KEY = 128 /* that the evidence is bound to */
};

struct verify_case {
	const char *name;
	void (*make)(struct evidence *evidence);
	const char *expected; /* codes, ascending by number; "" is accepted */
	const char *rtmr2;    /* its rule; NULL: RULES */
	const char *more;     /* of the policy; NULL: nothing */
	int asked;
};

static const char *bound_key_type;
static const uint8_t *bound_key_hash; /* 48 bytes */
static struct tally_key *key;
static struct tally_key *other_key;

static void three_events(struct evidence *evidence)
{
	evidence_event(evidence, 2, "test", "app", "0:0", "one");
	evidence_event(evidence, 2, "test", "config", "0:0", "two");
	evidence_event(evidence, 2, "test", "noise", "1000:1000", "three");
}

static void good(struct evidence *evidence)
{
	evidence_header(evidence);
	three_events(evidence);
}

static struct tally_policy *read_policy(struct tally_bytes text)
{
	struct tally_policy_problem problem;
	struct tally_policy *policy = NULL;
	enum tally_status status = tally_policy_read(text, &policy, &problem);

	if (status != TALLY_OK)
		fail_msg("%s", problem.text);
	return policy;
}

static struct tally_verdict *judge(struct tally_bytes evidence, struct tally_bytes policy_text, int asked)
{
	static const uint8_t other_hash[48] = { 9 };
	struct tally_policy *policy = asked & NO_POLICY ? NULL : read_policy(policy_text);
	struct tally_bytes nonce = hex_bytes(asked & ASKED_OTHER_NONCE ? OTHER_NONCE : EVIDENCE_NONCE);
	struct tally_verify_request request = { .evidence = evidence,
						.policy = policy,
						.policy_bytes = policy_text,
						.has_nonce = !(asked & ASKED_NO_NONCE),
						.nonce = nonce,
						.time = EVIDENCE_TIME,
						.is_time_given = asked & ASKED_GIVEN_TIME };
	struct tally_verdict *verdict = NULL;

	if (asked & ASKED_KEY) {
		request.key_type = tally_text("tls-spki");
		request.key_hash = tally_bytes(other_hash, sizeof(other_hash));
	}
	if (asked & ASKED_BOUND_KEY) {
		request.key_type = tally_text(bound_key_type);
		request.key_hash = tally_bytes(bound_key_hash, 48);
	}
	if (asked & ASKED_AUDIENCE)
		request.audience = tally_text("kbs.example");
	assert_int_equal(tally_verify(&request, &verdict), TALLY_OK);
	assert_non_null(verdict);
	free_bytes(nonce);
	tally_policy_free(policy);
	return verdict;
}

/* The codes of a verdict, each once, ascending by number. */
static void codes_of(const struct tally_verdict *verdict, char *text, size_t size)
{
	size_t used = 0;

	text[0] = 0;
	for (int number = 1; number < 1000; number++) {
		const char *code = tally_reason_code((enum tally_reason)number);

		for (size_t i = 0; i < verdict->finding_count; i++) {
			if ((int)verdict->finding[i].reason != number)
				continue;
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "", code);
			break;
		}
	}
}

static void show(const struct verify_case *row, const struct tally_verdict *verdict)
{
	char *text = tally_verdict_to_text(verdict, true, false);

	print_message("%s\n%s", row->name, text);
	free(text);
}

static struct tally_verdict *judge_case(const struct verify_case *row)
{
	struct evidence *evidence = evidence_new(key, evidence_registers_tdx);
	struct tally_bytes policy =
		evidence_policy(evidence, row->rtmr2 ? row->rtmr2 : RULES, row->more ? row->more : "");
	struct tally_verdict *verdict;
	struct tally_bytes bundle;

	row->make(evidence);
	bundle = evidence_bundle(evidence, row->asked & KEEPS_STORED);
	verdict = judge(bundle, policy, row->asked);
	free_bytes(bundle);
	free_bytes(policy);
	evidence_free(evidence);
	return verdict;
}

static inline void run_cases(const struct verify_case *cases, size_t count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++) {
		struct tally_verdict *verdict = judge_case(&cases[i]);
		char codes[1024];

		codes_of(verdict, codes, sizeof(codes));
		expect_places(verdict);
		if (strcmp(codes, cases[i].expected) != 0 || verdict->is_accepted != (cases[i].expected[0] == 0)) {
			show(&cases[i], verdict);
			print_message("expected: %s\nfound:    %s\n", cases[i].expected, codes);
			wrong++;
		}
		tally_verdict_free(verdict);
	}
	assert_int_equal(wrong, 0);
}

/* Both keys, and the tests between. */
static int run_verdict_tests(const struct CMUnitTest *tests, size_t count)
{
	int failed;

	if (tally_key_generate(&key) != TALLY_OK || tally_key_generate(&other_key) != TALLY_OK)
		return 1;
	failed = _cmocka_run_group_tests("verdicts", tests, count, NULL, NULL);
	tally_key_free(key);
	tally_key_free(other_key);
	return failed;
}

#endif
