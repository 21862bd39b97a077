// SPDX-License-Identifier: BSD-2-Clause
/* Verdicts as a whole: no byte of evidence can be changed, other register sets, and how they are told. */
#include <jansson.h>

#include "verdict-cases.h"

#include "../../verify/arena.h"

/* Nothing is ignored. */
#define ALL                                                                           \
	"[{\"require\": {\"name\": \"app\"}}, {\"require\": {\"name\": \"config\"}}," \
	" {\"require\": {\"name\": \"noise\", \"origin\": \"1000:1000\"}}]"

static struct tally_bytes good_bundle(struct tally_bytes *ret_policy)
{
	struct evidence *evidence = evidence_new(key, evidence_registers_tdx);
	struct tally_bytes bundle;

	good(evidence);
	*ret_policy = evidence_policy(evidence, ALL, "");
	bundle = evidence_bundle(evidence, false);
	evidence_free(evidence);
	return bundle;
}

/* The header's record: hints, of which the verifier ignores what it has no use for. */
static bool is_header(struct tally_bytes bundle, size_t at)
{
	static const uint8_t first[] = { 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
	static const uint8_t second[] = { 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1, 1 };
	const uint8_t *from;
	const uint8_t *to;

	if (!bundle.data)
		return false;
	from = memmem(bundle.data, bundle.size, first, sizeof(first));
	to = memmem(bundle.data, bundle.size, second, sizeof(second));
	assert_true(from && to && from < to);
	return bundle.data + at >= from && bundle.data + at < to;
}

static void no_byte_can_be_changed(void **state)
{
	struct tally_bytes policy;
	struct tally_bytes bundle = good_bundle(&policy);

	(void)state;
	for (size_t at = 0; at < bundle.size; at++) {
		struct tally_bytes copy = exact_copy(bundle);
		struct tally_verdict *verdict;

		((uint8_t *)(uintptr_t)copy.data)[at] ^= (uint8_t)(1 << (at % 8));
		verdict = judge(copy, policy, 0);
		if (verdict->is_accepted && !is_header(bundle, at))
			fail_msg("byte %zu of %zu can be changed", at, bundle.size);
		tally_verdict_free(verdict);
		free_bytes(copy);
	}
	free_bytes(bundle);
	free_bytes(policy);
}

static void no_prefix_is_evidence(void **state)
{
	struct tally_bytes policy;
	struct tally_bytes bundle = good_bundle(&policy);

	(void)state;
	for (size_t size = 0; size < bundle.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(bundle.data, size));
		struct tally_verdict *verdict = judge(prefix, policy, 0);

		assert_false(verdict->is_accepted);
		assert_true(verdict->is_malformed);
		assert_non_null(strstr(verdict->finding[0].detail, "at byte "));
		tally_verdict_free(verdict);
		free_bytes(prefix);
	}
	free_bytes(bundle);
	free_bytes(policy);
}

static struct tally_bytes policy_of(const struct evidence *evidence, const char *more, const char *prefix, size_t count,
				    const char *rule)
{
	char *text = malloc(16384);
	size_t size = 0;
	char hex[65];

	assert_non_null(text);
	for (size_t i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", evidence->fingerprint[i]);
	size = (size_t)snprintf(text, 16384,
				"{\"tally-policy\": 1, \"soft\": {\"keys\": \"sha256:%s\"}%s, \"registers\": {", hex,
				more);
	for (size_t i = 0; i < count; i++)
		size += (size_t)snprintf(text + size, 16384 - size, "%s\"soft.%s%zu\": %s", i ? ", " : "", prefix, i,
					 rule);
	size += (size_t)snprintf(text + size, 16384 - size, "}}");
	assert_true(size < 16384);
	return tally_bytes(text, size);
}

/* Evidence of another register set with one event in a register; every register has the same rule. */
static void judge_set(void (*registers)(struct evidence *evidence), size_t reg, size_t ruled, const char *rule,
		      const char *more, const char *expected)
{
	struct evidence *evidence = evidence_new(key, registers);
	struct tally_bytes policy = policy_of(evidence, more, "pcr", ruled, rule);
	struct tally_verdict *verdict;
	struct tally_bytes bundle;
	char codes[1024];

	evidence_header(evidence);
	evidence_event(evidence, reg, "test", "app", "0:0", "");
	bundle = evidence_bundle(evidence, false);
	verdict = judge(bundle, policy, 0);
	codes_of(verdict, codes, sizeof(codes));
	assert_string_equal(codes, expected);
	assert_int_equal(verdict->is_accepted, expected[0] == 0);
	tally_verdict_free(verdict);
	free_bytes(bundle);
	free_bytes(policy);
	evidence_free(evidence);
}

static void a_tpm_has_all_its_banks(void **state)
{
	(void)state;
	judge_set(evidence_registers_tpm, 4, 24, ANY, "", "");
	judge_set(evidence_registers_tpm, 4, 23, ANY, "", "policy.unruled");
}

static void what_can_be_reset_proves_nothing(void **state)
{
	static const char either[] = "[{\"require\": {\"name\": \"app\"}}]";

	(void)state;
	/* Rules without a require have nothing to be deceived about. */
	judge_set(evidence_registers_tpm, 16, 24, ANY, "", "");
	judge_set(evidence_registers_tpm, 16, 24, either, "",
		  "log.unauthenticated policy.event-unmatched policy.event-missing");
	judge_set(evidence_registers_tpm, 16, 24, either, ", \"allow\": [\"resettable-registers\"]",
		  "policy.event-missing");
}

static void an_open_register_of_an_nsm_is_not_proven(void **state)
{
	(void)state;
	/* Locked ones are 0 to 15: the others need no rule, and one that has a rule can't satisfy it. */
	judge_set(evidence_registers_nsm, 3, 16, ANY, "", "");
	judge_set(evidence_registers_nsm, 3, 17, ANY, "", "registers.unproven");
	judge_set(evidence_registers_nsm, 20, 16, ANY, "", "registers.all-zero");
}

static void last_number(struct tally_soft_report *report)
{
	report->reg[report->register_count - 1].number = 99;
}

static void last_kind(struct tally_soft_report *report)
{
	report->reg[report->register_count - 1].kind = TALLY_STATIC;
}

static void last_banks(struct tally_soft_report *report)
{
	report->reg[report->register_count - 1].value.count--;
}

static void last_algorithm(struct tally_soft_report *report)
{
	report->reg[report->register_count - 1].value.digest[0].alg = TALLY_SHA256;
}

static void lacks_last(struct tally_soft_report *report)
{
	report->register_count--;
}

/* Names alone don't make a set: it says numbers, kinds and banks too, and what contradicts one of them is no set. */
static void a_set_is_one_that_soft_can_have(void **state)
{
	static const struct {
		const char *name;
		const char *prefix;
		size_t count;
		void (*registers)(struct evidence *evidence);
		void (*change)(struct tally_soft_report *report);
	} cases[] = {
		{ "another number of a static register", "rtmr", 4, evidence_registers_tdx, last_number },
		{ "another number of a runtime register", "pcr", 24, evidence_registers_tpm, last_number },
		{ "a PCR that is static", "pcr", 24, evidence_registers_tpm, last_kind },
		{ "a bank fewer", "pcr", 24, evidence_registers_tpm, last_banks },
		{ "another bank", "rtmr", 4, evidence_registers_tdx, last_algorithm },
		{ "a register fewer", "pcr", 24, evidence_registers_tpm, lacks_last },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct evidence *evidence = evidence_new(key, cases[i].registers);
		struct tally_bytes policy = policy_of(evidence, "", cases[i].prefix, cases[i].count, ANY);
		struct tally_verdict *verdict;
		struct tally_bytes bundle;
		char codes[1024];

		evidence_header(evidence);
		evidence_event(evidence, 2, "test", "app", "0:0", "");
		evidence->after_report = cases[i].change;
		bundle = evidence_bundle(evidence, false);
		verdict = judge(bundle, policy, 0);
		codes_of(verdict, codes, sizeof(codes));
		if (strcmp(codes, "soft.registers-unknown policy.register-missing") != 0)
			fail_msg("%s: %s", cases[i].name, codes);
		assert_false(verdict->is_accepted);
		tally_verdict_free(verdict);
		free_bytes(bundle);
		free_bytes(policy);
		evidence_free(evidence);
	}
}

static struct tally_verdict *verdict_of(void (*make)(struct evidence *evidence), const char *rtmr2)
{
	struct verify_case row = { "", make, "", rtmr2, NULL, 0 };

	return judge_case(&row);
}

static void a_verdict_says_what_it_rests_on(void **state)
{
	struct tally_verdict *verdict = verdict_of(good, NULL);

	(void)state;
	assert_true(verdict->is_accepted);
	assert_false(verdict->is_malformed);
	assert_false(verdict->is_historical);
	assert_int_equal(verdict->time, EVIDENCE_TIME);
	assert_false(verdict->has_valid_until);
	assert_string_equal(verdict->provider, "soft");
	assert_string_equal(verdict->caller, "0:0");
	assert_null(verdict->audience);
	assert_null(verdict->key_type);
	assert_int_equal(verdict->binding, TALLY_BINDING_TALLY);
	assert_bytes_hex(verdict->nonce, EVIDENCE_NONCE);
	assert_int_equal(verdict->record_count, 4);
	assert_int_equal(verdict->member_count, 1);
	assert_non_null(strstr(verdict->member[0].authenticated, "pinned by the policy"));
	assert_non_null(strstr(verdict->member[0].caveat, "proves nothing about hardware"));
	assert_int_equal(verdict->ignored_count, 1);
	assert_string_equal(verdict->ignored[0].reg, "soft.rtmr2");
	assert_int_equal(verdict->ignored[0].record, 3);
	tally_verdict_free(verdict);
}

static void surprise(struct evidence *evidence)
{
	evidence_header(evidence);
	evidence_event(evidence, 2, "test", "app", "0:0", "one");
	evidence_event(evidence, 2, "test", "konfig", "0:0", "two");
}

static void the_first_difference_is_shown_beside_its_rule(void **state)
{
	struct tally_verdict *verdict = verdict_of(surprise, NULL);
	char *text = tally_verdict_to_text(verdict, true, false);
	const char *found;
	const char *expected;

	(void)state;
	assert_int_equal(verdict->difference_count, 1);
	assert_int_equal(verdict->difference[0].record, 2);
	assert_non_null(strstr(verdict->difference[0].found, "test konfig by 0:0"));
	assert_string_equal(verdict->difference[0].expected, "{\"require\":{\"name\":\"config\"}}");
	assert_memory_equal(text, "rejected: soft, ", 16);
	found = strstr(text, "log      record 2: test konfig by 0:0, data 74776f, sha384:");
	assert_non_null(found);
	expected = strstr(found, "policy   {\"require\":{\"name\":\"config\"}}\n");
	assert_non_null(expected);
	free(text);
	tally_verdict_free(verdict);
}

static void short_text_is_short_and_plain(void **state)
{
	struct tally_verdict *verdict = verdict_of(good, NULL);
	char *plain = tally_verdict_to_text(verdict, false, false);
	char *colored = tally_verdict_to_text(verdict, false, true);

	(void)state;
	assert_memory_equal(plain, "accepted: soft, ", 16);
	assert_null(strchr(plain, '\033'));
	assert_non_null(strstr(plain, "proves nothing about hardware"));
	assert_non_null(strchr(colored, '\033'));
	assert_true(strlen(plain) < 300);
	free(colored);
	free(plain);
	tally_verdict_free(verdict);
}

/* What evidence calls itself would paint the reader's terminal. */
static void control_characters_are_shown_and_not_sent(void **state)
{
	static const struct {
		const char *from;
		const char *to;
	} texts[] = {
		{ "0:0@caf\xc3\xa9", "0:0@caf\xc3\xa9" },
		{ "a\033[31mb", "a\\x1b[31mb" },
		{ "\xc2\x9b!", "\\xc2\\x9b!" }, /* U+009B, which some terminals obey */
		{ "\xff", "\\xff" },
		{ "", "" },
	};
	struct tally_arena *arena = tally_arena_new();

	(void)state;
	assert_non_null(arena);
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_string_equal(tally_arena_text(arena, tally_text(texts[i].from)), texts[i].to);
	tally_arena_free(arena);
}

static void expect_keys(json_t *object, const char *const *keys)
{
	size_t count = 0;

	for (; *keys; keys++, count++)
		if (!json_object_get(object, *keys))
			fail_msg("no %s", *keys);
	assert_int_equal(json_object_size(object), count);
}

static void gapped(struct evidence *evidence)
{
	good(evidence);
	evidence_gap(evidence, 2, 0x77);
}

/* docs/schema/tally.verify.1.json has the types; this has the keys and some values. */
static void json_has_every_part(void **state)
{
	static const char *const top[] = { "schema",	 "result",	"is_malformed",	   "is_historical", "provider",
					   "time",	 "valid_until", "evidence_sha384", "policy_sha384", "binding",
					   "nonce",	 "caller",	"audience",	   "key",	    "records",
					   "exceptions", "members",	"reasons",	   "checks",	    "ignored",
					   "jumps",	 "differences", "claims",	   "registers",	    "edges",
					   "needs",	 NULL };
	static const char *const jump[] = { "register",	 "record", "kind",	  "from", "to",
					    "is_pinned", "proof",  "is_admitted", NULL };
	static const char *const reason[] = { "code",	"severity", "subject", "message",
					      "detail", "record",   "count",   NULL };
	struct tally_verdict *verdict = verdict_of(gapped, ANY);
	char *text = tally_verdict_to_json(verdict);
	json_error_t error;
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	(void)state;
	assert_non_null(json);
	assert_null(strchr(text, '\n'));
	expect_keys(json, top);
	assert_string_equal(json_string_value(json_object_get(json, "schema")), "tally.verify/1");
	assert_string_equal(json_string_value(json_object_get(json, "result")), "rejected");
	assert_string_equal(json_string_value(json_object_get(json, "nonce")), EVIDENCE_NONCE);
	assert_int_equal(json_integer_value(json_object_get(json, "time")), EVIDENCE_TIME);
	assert_int_equal(json_array_size(json_object_get(json, "jumps")), 1);
	expect_keys(json_array_get(json_object_get(json, "jumps"), 0), jump);
	expect_keys(json_array_get(json_object_get(json, "reasons"), 0), reason);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(json_object_get(json, "reasons"), 0), "code")),
		"log.gap");
	json_decref(json);
	free(text);
	tally_verdict_free(verdict);
}

/* The rows of lists, and who vouches for a claim. */
static void json_rows_are_whole(void **state)
{
	static const char *const member[] = { "provider",     "label",	    "authenticated", "caveat",	   "root",
					      "is_test_root", "tcb_status", "tcb_date",	     "advisories", NULL };
	static const char *const check[] = { "subject", "rule", "is_built_in", "actual", "outcome", "code", NULL };
	static const char *const ignored[] = { "register", "record", "digests", NULL };
	static const char *const claim[] = { "name", "value", "authenticated", NULL };
	static const char *const reg[] = { "name", "value", NULL };
	static const struct {
		const char *list;
		const char *const *keys;
	} lists[] = { { "members", member },
		      { "checks", check },
		      { "ignored", ignored },
		      { "claims", claim },
		      { "registers", reg } };
	struct tally_verdict *verdict = verdict_of(good, NULL);
	char *text = tally_verdict_to_json(verdict);
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	(void)state;
	assert_non_null(json);
	for (size_t i = 0; i < COUNT(lists); i++)
		expect_keys(json_array_get(json_object_get(json, lists[i].list), 0), lists[i].keys);
	/* Who vouches for a claim, and what was judged by what. */
	assert_non_null(strstr(
		json_string_value(json_object_get(json_array_get(json_object_get(json, "claims"), 0), "authenticated")),
		"pinned by the policy"));
	assert_int_equal(json_string_length(json_object_get(json, "evidence_sha384")), 96);
	assert_int_equal(json_string_length(json_object_get(json, "policy_sha384")), 96);
	json_decref(json);
	free(text);
	tally_verdict_free(verdict);
}

static void nothing_is_decided_about_a_bad_request(void **state)
{
	uint8_t bytes[65] = { 0 };
	struct tally_verify_request request = { .evidence = tally_bytes(bytes, 1), .time = EVIDENCE_TIME };
	struct tally_verdict *verdict = NULL;

	(void)state;
	request.has_nonce = true;
	request.nonce = tally_bytes(bytes, 31);
	assert_int_equal(tally_verify(&request, &verdict), TALLY_NONCE_SIZE);
	request.nonce = tally_bytes(bytes, 65);
	assert_int_equal(tally_verify(&request, &verdict), TALLY_NONCE_SIZE);
	request.nonce = tally_bytes(bytes, 64);
	request.time = 0;
	assert_int_equal(tally_verify(&request, &verdict), TALLY_INVALID);
	request.time = EVIDENCE_TIME;
	request.key_type = tally_text("tls-spki");
	assert_int_equal(tally_verify(&request, &verdict), TALLY_INVALID);
	assert_null(verdict);
	assert_false(tally_time_is_plausible(0));
	assert_false(tally_time_is_plausible(INT64_MAX));
	assert_true(tally_time_is_plausible(EVIDENCE_TIME));
}

/* The envelope says that it is something else. */
static void a_report_must_be_one(void **state)
{
	static const char type[] = "soft-report+cbor\x04";
	struct tally_bytes policy;
	struct tally_bytes bundle = good_bundle(&policy);
	uint8_t *found = memmem(bundle.data, bundle.size, type, strlen(type));
	struct tally_verdict *verdict;
	char codes[1024];

	(void)state;
	assert_non_null(found);
	found[0] = 'z';
	verdict = judge(bundle, policy, 0);
	codes_of(verdict, codes, sizeof(codes));
	assert_string_equal(codes, "soft.report-malformed" NO_REPORT);
	assert_true(verdict->is_malformed);
	tally_verdict_free(verdict);
	free_bytes(bundle);
	free_bytes(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_byte_can_be_changed),
		cmocka_unit_test(no_prefix_is_evidence),
		cmocka_unit_test(a_tpm_has_all_its_banks),
		cmocka_unit_test(what_can_be_reset_proves_nothing),
		cmocka_unit_test(a_set_is_one_that_soft_can_have),
		cmocka_unit_test(an_open_register_of_an_nsm_is_not_proven),
		cmocka_unit_test(a_verdict_says_what_it_rests_on),
		cmocka_unit_test(the_first_difference_is_shown_beside_its_rule),
		cmocka_unit_test(short_text_is_short_and_plain),
		cmocka_unit_test(control_characters_are_shown_and_not_sent),
		cmocka_unit_test(json_has_every_part),
		cmocka_unit_test(json_rows_are_whole),
		cmocka_unit_test(nothing_is_decided_about_a_bad_request),
		cmocka_unit_test(a_report_must_be_one),
	};

	return run_verdict_tests(tests, COUNT(tests));
}
