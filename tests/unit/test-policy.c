// SPDX-License-Identifier: BSD-2-Clause
/* Policy files: what they say, every fault with its place, and the pages that list claims and reasons. */
#include "vectors.h"

#include <glob.h>
#include <limits.h>

#include "../../verify/policy.h"
#include "../../verify/policy_soft.h"
#include "../../verify/reason.h"
#include "../../verify/verifier.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HEX32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HEX48 HEX32 "202122232425262728292a2b2c2d2e2f"
#define HEX20 "000102030405060708090a0b0c0d0e0f10111213"
/* A policy with one member beside its version. */
#define P(member) "{\"tally-policy\": 1, " member "}"
#define RULE(rule) P("\"registers\": {\"soft.rtmr2\": [" rule "]}")

static enum tally_status read_text(const char *text, struct tally_policy **ret, struct tally_policy_problem *problem)
{
	struct tally_bytes exact = exact_copy(tally_text(text));
	enum tally_status status = tally_policy_read(exact, ret, problem);

	free_bytes(exact);
	return status;
}

static struct tally_policy *good(const char *text)
{
	struct tally_policy_problem problem;
	struct tally_policy *policy = NULL;
	enum tally_status status = read_text(text, &policy, &problem);

	if (status != TALLY_OK)
		fail_msg("%s: %s", text, problem.text);
	return policy;
}

static void faults_are_told_with_their_place(void **state)
{
	static const struct {
		const char *text;
		const char *problem; /* how it begins */
	} faults[] = {
		{ "", "line 1, column 0: " },
		{ "{", "line 1, column 1: " },
		{ "{}", "tally-policy: must be 1" },
		{ "[]", "must be an object" },
		{ "{\"tally-policy\": 2}", "tally-policy: must be 1" },
		{ "{\"tally-policy\": \"1\"}", "tally-policy: must be 1" },
		{ "{\"tally-policy\": 1} x", "line 1, column 21: " },
		{ "{\"tally-policy\": 1, \"tally-policy\": 1}", "line 1, column 3" },
		/* The same key, spelt with an escape. */
		{ P("\"allow\": [], \"\\u0061llow\": []"), "line 1, column " },
		{ P("\"bindung\": \"tally\""), "unknown key \"bindung\"" },
		{ P("\"x\\u001by\": 1"), "unknown key \"x?y\"" },
		{ P("\"binding\": \"any\""), "binding: must be tally, raw" },
		{ P("\"binding\": [\"tally\"]"), "binding: must be tally, raw" },
		{ P("\"allow\": \"time\""), "allow: must be an array" },
		{ P("\"allow\": [\"tyme\"]"), "allow[0]: no such exception" },
		{ P("\"allow\": [\"time\", \"time\"]"), "allow[1]: stands here twice" },
		{ P("\"callers\": []"), "callers: an empty set" },
		{ P("\"callers\": [0]"), "callers: must be a text" },
		{ P("\"edges\": \"none\""), "edges: must be vouched or asserted" },
		{ P("\"collateral\": {}"), "collateral.max-days: must say" },
		{ P("\"collateral\": {\"max-days\": {}}"), "collateral.max-days: an empty set" },
		{ P("\"collateral\": {\"max-days\": {\"crl\": 0}}"), "collateral.max-days.crl: must be" },
		{ P("\"collateral\": {\"max-days\": {\"crl\": 36501}}"), "collateral.max-days.crl: is longer" },
		{ P("\"collateral\": {\"max-days\": {\"corim\": 1}}"), "collateral.max-days" },
		{ P("\"soft\": {}"), "soft.keys: must name the keys" },
		{ P("\"soft\": []"), "soft: must be an object" },
		{ P("\"soft\": {\"keys\": []}"), "soft.keys: an empty set" },
		{ P("\"soft\": {\"keys\": [\"sha384:" HEX48 "\"]}"), "soft.keys: a key is pinned by \"sha256:\"" },
		{ P("\"soft\": {\"keys\": [\"sha256:00\"]}"), "soft.keys: must be a digest" },
		{ P("\"soft\": {\"key\": [\"sha256:" HEX32 "\"]}"), "soft: unknown key \"key\"" },
		{ P("\"claims\": {}"), "claims: an empty set" },
		{ P("\"claims\": []"), "claims: must be an object" },
		{ P("\"claims\": {\"soft.mrtx\": \"00\"}"), "claims.soft.mrtx: no such claim" },
		{ P("\"claims\": {\"mrtd\": \"00\"}"), "claims.mrtd: no such claim" },
		{ P("\"claims\": {\"soft.boot-id\": \"00\"}"), "claims.soft.boot-id: the verifier checks" },
		{ P("\"claims\": {\"soft.mrtd\": \"0\"}"), "claims.soft.mrtd: must be hex" },
		{ P("\"claims\": {\"soft.mrtd\": \"0g\"}"), "claims.soft.mrtd: must be hex" },
		{ P("\"claims\": {\"soft.mrtd\": \"\"}"), "claims.soft.mrtd: must be hex" },
		{ P("\"claims\": {\"soft.mrtd\": 7}"), "claims.soft.mrtd: must be hex" },
		{ P("\"claims\": {\"soft.mrtd\": []}"), "claims.soft.mrtd: an empty set" },
		{ P("\"claims\": {\"soft.mrtd\": {\"min\": 1}}"), "claims.soft.mrtd: must be hex" },
		{ P("\"claims\": {\"snp.vmpl\": {\"max\": 3}}"), "claims.snp.vmpl: must be a whole number" },
		{ P("\"claims\": {\"snp.policy\": {\"max\": 3}}"), "claims.snp.policy: unknown key \"max\"" },
		{ P("\"claims\": {\"snp.policy\": {}}"), "claims.snp.policy: an empty set" },
		{ P("\"claims\": {\"snp.policy\": {\"must\": \"0xg\"}}"), "claims.snp.policy.must: must be bits" },
		{ P("\"claims\": {\"snp.policy\": {\"may\": \"0x\"}}"), "claims.snp.policy.may: must be bits" },
		{ P("\"claims\": {\"snp.policy\": \"10\"}"), "claims.snp.policy: must be bits" },
		{ P("\"claims\": {\"snp.policy\": \"0x00000000000000001\"}"), "claims.snp.policy: must be bits" },
		{ P("\"claims\": {\"snp.policy\": {\"must\": 1, \"may\": 3}}"),
		  "claims.snp.policy: a bit stands in must and may" },
		{ P("\"claims\": {\"snp.guest-svn\": {}}"), "claims.snp.guest-svn: an empty range" },
		{ P("\"claims\": {\"snp.guest-svn\": {\"min\": 2, \"max\": 1}}"),
		  "claims.snp.guest-svn: min is greater than max" },
		{ P("\"registers\": {}"), "registers: an empty set" },
		{ P("\"registers\": {\"soft.rtmr4\": []}"), "registers.soft.rtmr4: no such register" },
		{ P("\"registers\": {\"soft.rtmr\": []}"), "registers.soft.rtmr: no such register" },
		{ P("\"registers\": {\"soft.rtmr01\": []}"), "registers.soft.rtmr01: no such register" },
		{ P("\"registers\": {\"soft.mrtd\": []}"), "registers.soft.mrtd: no such register" },
		{ P("\"registers\": {\"tdx.rtmr4\": []}"), "registers.tdx.rtmr4: no such register" },
		{ P("\"registers\": {\"soft.rtmr2\": {}}"), "registers.soft.rtmr2: must have events, value" },
		{ P("\"registers\": {\"soft.rtmr2\": {\"base\": \"" HEX48 "\"}}"),
		  "registers.soft.rtmr2: must have events, value" },
		{ P("\"registers\": {\"soft.rtmr2\": {\"value\": \"" HEX20 "\"}}"),
		  "registers.soft.rtmr2.value: sha1 alone proves nothing" },
		{ P("\"registers\": {\"soft.rtmr2\": {\"value\": [\"" HEX32 "\", \"sha256:" HEX32 "\"]}}"),
		  "registers.soft.rtmr2.value: names the bank sha256 twice" },
		{ P("\"registers\": {\"soft.rtmr2\": {\"value\": \"md5:" HEX32 "\"}}"),
		  "registers.soft.rtmr2.value: must be a digest" },
		{ P("\"registers\": {\"soft.rtmr2\": {\"value\": []}}"), "registers.soft.rtmr2.value: an empty set" },
		{ P("\"registers\": {\"soft.rtmr2\": {\"events\": {}}}"),
		  "registers.soft.rtmr2.events: must be an array" },
		{ P("\"registers\": {\"soft.rtmr2\": {\"events\": [], \"gaps\": {}}}"),
		  "registers.soft.rtmr2.gaps.max: must be a whole number, 1" },
		{ P("\"registers\": {\"soft.rtmr2\": {\"events\": [], \"gaps\": {\"max\": 1, \"befor\": 1}}}"),
		  "registers.soft.rtmr2.gaps: unknown key \"befor\"" },
		{ RULE("1"), "registers.soft.rtmr2[0]: must be an object" },
		{ RULE("{}"), "registers.soft.rtmr2[0]: must be {\"require\"" },
		{ RULE("{\"require\": {\"name\": \"a\"}, \"ignore\": {\"max\": 1}}"),
		  "registers.soft.rtmr2[0]: must be {\"require\"" },
		{ RULE("{\"forbid\": {\"name\": \"a\"}}"), "registers.soft.rtmr2[0]: unknown key \"forbid\"" },
		{ RULE("{\"require\": {}}"), "registers.soft.rtmr2[0].require: name at least one" },
		{ RULE("{\"require\": {\"origin\": \"0:0\"}}"), "registers.soft.rtmr2[0].require: name at least one" },
		{ RULE("{\"require\": {\"name\": \"\"}}"), "registers.soft.rtmr2[0].require.name: must be a text" },
		{ RULE("{\"require\": {\"name\": \"a\", \"count\": 0}}"),
		  "registers.soft.rtmr2[0].require.count: must be a whole number, 1" },
		{ RULE("{\"require\": {\"name\": \"a\", \"count\": 1.0}}"),
		  "registers.soft.rtmr2[0].require.count: must be a whole number" },
		{ RULE("{\"require\": {\"name\": \"a\", \"count\": 9007199254740993}}"),
		  "registers.soft.rtmr2[0].require.count: must be a whole number" },
		{ RULE("{\"require\": {\"name\": \"a\", \"max\": 2}}"),
		  "registers.soft.rtmr2[0].require: unknown key \"max\"" },
		{ RULE("{\"require\": {\"data\": \"00\", \"data-digest\": \"" HEX32 "\"}}"),
		  "registers.soft.rtmr2[0].require.data: data and data-digest exclude" },
		{ RULE("{\"require\": {\"data-digest\": [\"" HEX32 "\", \"" HEX48 "\"]}}"),
		  "registers.soft.rtmr2[0].require.data-digest: must be one digest" },
		{ RULE("{\"require\": {\"digest\": \"" HEX20 "\"}}"),
		  "registers.soft.rtmr2[0].require.digest: sha1 alone" },
		{ RULE("{\"ignore\": {}}"), "registers.soft.rtmr2[0].ignore: name either count or max" },
		{ RULE("{\"ignore\": {\"max\": 1, \"count\": 1}}"),
		  "registers.soft.rtmr2[0].ignore: name either count or max" },
		{ RULE("{\"ignore\": {\"max\": 0}}"), "registers.soft.rtmr2[0].ignore.max: must be a whole number, 1" },
		{ RULE("{\"ignore\": {\"max\": 1, \"except\": []}}"),
		  "registers.soft.rtmr2[0].ignore.except: an empty set" },
		{ RULE("{\"ignore\": {\"max\": 1, \"except\": {}}}"),
		  "registers.soft.rtmr2[0].ignore.except: an empty filter" },
		{ RULE("{\"ignore\": {\"max\": 1, \"except\": {\"count\": 1}}}"),
		  "registers.soft.rtmr2[0].ignore.except: unknown key \"count\"" },
		{ RULE("{\"ignore\": {\"max\": 1}}, {\"ignore\": {\"count\": 1}}"),
		  "registers.soft.rtmr2[1]: an ignore behind an ignore" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(faults); i++) {
		struct tally_policy_problem problem;
		struct tally_policy *policy = NULL;

		if (read_text(faults[i].text, &policy, &problem) != TALLY_POLICY || policy)
			fail_msg("accepted: %s", faults[i].text);
		if (strncmp(problem.text, faults[i].problem, strlen(faults[i].problem)) != 0)
			fail_msg("%s: %s", faults[i].text, problem.text);
	}
}

static void long_keys_do_not_overflow_the_place(void **state)
{
	struct tally_policy_problem problem;
	struct tally_policy *policy = NULL;
	char text[2048];
	char name[1200];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	snprintf(text, sizeof(text), P("\"claims\": {\"%s\": \"00\"}"), name);
	assert_int_equal(read_text(text, &policy, &problem), TALLY_POLICY);
	assert_true(strlen(problem.text) < sizeof(problem.text));
	assert_memory_equal(problem.text, "claims.aaa", 10);
}

static void the_example_of_the_design_reads(void **state)
{
	struct tally_policy *policy = good("{\"tally-policy\":1, \"soft\":{\"keys\":[\"sha256:" HEX32 "\"]},"
					   "\"binding\":\"tally\", \"allow\":[], \"claims\":{\"soft.mrtd\":\"" HEX48
					   "\"}, \"registers\":{\"soft.rtmr2\":[{\"require\":{\"name\":\"app\"}},"
					   "{\"ignore\":{\"max\":3}}]}}");
	const struct tally_event_rule *rule = policy->reg[0].event;
	const struct tally_soft_policy *soft = tally_policy_section(policy, &tally_verifier_soft);

	(void)state;
	assert_int_equal(policy->binding, TALLY_BINDING_TALLY);
	assert_int_equal(policy->edge, TALLY_EDGE_VOUCHED);
	assert_int_equal(policy->allowed, 0);
	assert_int_equal(soft->key_count, 1);
	assert_int_equal(soft->key[0][31], 0x1f);
	assert_int_equal(policy->claim_count, 1);
	assert_string_equal(policy->claim[0].name, "soft.mrtd");
	assert_int_equal(policy->claim[0].value[0].bytes.size, 48);
	assert_int_equal(policy->register_count, 1);
	assert_int_equal(policy->reg[0].event_count, 2);
	assert_int_equal(rule[0].kind, TALLY_RULE_REQUIRE);
	assert_int_equal(rule[0].count, 1);
	assert_bytes_equal(rule[0].pattern.name, tally_text("app"));
	assert_bytes_equal(rule[0].pattern.origin, tally_text("0:0"));
	assert_int_equal(rule[1].kind, TALLY_RULE_IGNORE);
	assert_int_equal(rule[1].count, 3);
	assert_false(rule[1].is_exact);
	assert_string_equal(rule[1].text, "{\"ignore\":{\"max\":3}}");
	tally_policy_free(policy);
}

static void every_key_is_read(void **state)
{
	struct tally_policy *policy =
		good("{\"tally-policy\": 1, \"binding\": \"ek-srk\", \"edges\": \"asserted\","
		     "\"collateral\": {\"max-days\": {\"crl\": 1, \"tcb-info\": 2}}, \"callers\": [\"0:0\", \"5:5@x\"],"
		     "\"allow\": [\"time\", \"all-zero-registers\", \"resettable-registers\"],"
		     "\"registers\": {\"soft.pcr31\": {\"events\": ["
		     "{\"require\": {\"type\": \"t\", \"name\": \"n\", \"origin\": \"1:1\", \"data\": \"\", "
		     "\"digest\": [\"sha1:" HEX20 "\", \"sm3_256:" HEX32 "\"], \"count\": 4}},"
		     "{\"ignore\": {\"count\": 2, \"except\": [{\"origin\": \"2:2\"}, {\"data-digest\": \"" HEX32
		     "\"}]}}, {\"require\": {\"digest\": \"" HEX48 "\"}}],"
		     "\"value\": \"" HEX32 "\", \"base\": \"" HEX32 "\", \"trim\": \"" HEX48 "\","
		     "\"gaps\": {\"max\": 3, \"before\": 0}}}}");
	const struct tally_register_rule *reg = policy->reg;

	(void)state;
	assert_int_equal(policy->binding, TALLY_BINDING_EK_SRK);
	assert_int_equal(policy->edge, TALLY_EDGE_ASSERTED);
	assert_int_equal(policy->collateral->max_age[TALLY_COLLATERAL_CRL], 86400);
	assert_int_equal(policy->collateral->max_age[TALLY_COLLATERAL_TDX_TCB_INFO], 2 * 86400);
	assert_int_equal(policy->collateral->max_age[TALLY_COLLATERAL_TDX_QE_IDENTITY], 0);
	assert_int_equal(policy->allowed, tally_exception_bit(TALLY_EXCEPTION_TIME) |
						  tally_exception_bit(TALLY_EXCEPTION_ALL_ZERO_REGISTERS) |
						  tally_exception_bit(TALLY_EXCEPTION_RESETTABLE_REGISTERS));
	assert_int_equal(policy->caller_count, 2);
	assert_string_equal(policy->caller[1], "5:5@x");
	assert_int_equal(reg->event_count, 3);
	assert_true(reg->event[0].pattern.has_data);
	assert_int_equal(reg->event[0].pattern.data.size, 0);
	assert_int_equal(reg->event[0].count, 4);
	assert_bytes_equal(reg->event[0].pattern.type, tally_text("t"));
	assert_bytes_equal(reg->event[0].pattern.origin, tally_text("1:1"));
	assert_int_equal(reg->event[0].pattern.digest.count, 2);
	assert_int_equal(reg->event[0].pattern.digest.digest[1].alg, TALLY_SM3_256);
	assert_true(reg->event[1].is_exact);
	assert_int_equal(reg->event[1].except_count, 2);
	assert_int_equal(reg->event[1].except[0].name.size, 0);
	assert_bytes_equal(reg->event[1].except[0].origin, tally_text("2:2"));
	/* A filter has no origin but its own, and a digest says nothing about who asked. */
	assert_int_equal(reg->event[1].except[1].origin.size, 0);
	assert_int_equal(reg->event[2].pattern.origin.size, 0);
	assert_int_equal(reg->value.digest[0].alg, TALLY_SHA256);
	assert_int_equal(reg->trim.digest[0].alg, TALLY_SHA384);
	assert_int_equal(reg->gap_limit, 3);
	assert_int_equal(reg->before_limit, 0);
	tally_policy_free(policy);
}

static void only_texts_in_the_table_are_modes(void **state)
{
	(void)state;
	assert_string_equal(tally_binding_mode_name(TALLY_BINDING_SVSM), "svsm");
	assert_string_equal(tally_binding_mode_name((enum tally_binding_mode)99), "");
}

/* The lines of a page's table. */
static char *page_with(const char *name)
{
	struct tally_bytes page = source_bytes(name);
	char *text = strndup((const char *)page.data, page.size);

	assert_non_null(text);
	free_bytes(page);
	return text;
}

static size_t count_rows(const char *text)
{
	size_t count = 0;

	for (const char *row = strstr(text, "\n| `"); row; row = strstr(row + 1, "\n| `"))
		count++;
	return count;
}

static void the_page_of_reasons_lists_exactly_them(void **state)
{
	char *page = page_with("docs/reasons.md");
	size_t count = 0;
	char row[512];

	(void)state;
	for (int number = 1; number < 1000; number++) {
		const char *code = tally_reason_code((enum tally_reason)number);

		if (!*code)
			continue;
		count++;
		snprintf(row, sizeof(row), "\n| `%s` | %s | %s |\n", code,
			 tally_severity_name(tally_reason_severity((enum tally_reason)number)),
			 tally_reason_message((enum tally_reason)number));
		if (!strstr(page, row))
			fail_msg("docs/reasons.md lacks%s", row);
	}
	assert_int_equal(count, count_rows(page));
	assert_string_equal(tally_reason_code((enum tally_reason)0), "");
	assert_string_equal(tally_severity_name((enum tally_severity)0), "");
	free(page);
}

static void codes_are_in_their_form_and_unique(void **state)
{
	(void)state;
	for (int number = 1; number < 1000; number++) {
		const char *code = tally_reason_code((enum tally_reason)number);

		if (!*code)
			continue;
		assert_non_null(strchr(code, '.'));
		assert_int_equal(strspn(code, "abcdefghijklmnopqrstuvwxyz-."), strlen(code));
		for (int other = 1; other < number; other++)
			assert_string_not_equal(code, tally_reason_code((enum tally_reason)other));
	}
}

/* Texts of all sources of a folder that match, one after the other. */
static char *sources(const char *pattern)
{
	const char *root = getenv("TALLY_SOURCE");
	char path[PATH_MAX];
	char *text = strdup("");
	glob_t found;

	assert_non_null(root);
	snprintf(path, sizeof(path), "%s/%s", root, pattern);
	if (glob(path, 0, NULL, &found) != 0)
		return text;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *page = page_with(found.gl_pathv[i] + strlen(root) + 1);
		size_t size = strlen(text) + strlen(page) + 1;

		text = realloc(text, size);
		assert_non_null(text);
		memcpy(text + strlen(text), page, strlen(page) + 1);
		free(page);
	}
	globfree(&found);
	return text;
}

/* The tables of the other programs hold each code as what some damage must give. */
static void every_reason_has_a_case(void **state)
{
	static const char *const patterns[] = { "tests/unit/test-verify*.c", "tests/unit/test-fills.c",
						"tests/unit/test-verdict.c", "tests/unit/verdict-cases.h",
						"tests/forge/*.[ch]" };
	char *text[COUNT(patterns)];

	(void)state;
	for (size_t i = 0; i < COUNT(patterns); i++)
		text[i] = sources(patterns[i]);
	for (int number = 1; number < 1000; number++) {
		const char *code = tally_reason_code((enum tally_reason)number);
		bool is_found = false;

		for (size_t i = 0; i < COUNT(patterns); i++)
			is_found = is_found || strstr(text[i], code);
		if (!is_found)
			fail_msg("no case gives %s", code);
	}
	for (size_t i = 0; i < COUNT(patterns); i++)
		free(text[i]);
}

static void the_page_of_claims_lists_exactly_them(void **state)
{
	static const char *const types[] = { "", "bytes", "number", "text", "bits", "code" };
	static const char *const checks[] = { "", "built-in", "policy", "optional" };
	char *page = page_with("docs/claims.md");
	size_t verifier_count;
	const struct tally_verifier *const *verifiers = tally_verifiers(&verifier_count);
	size_t count = 0;
	char row[512];

	(void)state;
	for (size_t i = 0; i < verifier_count; i++) {
		for (size_t claim = 0; claim < verifiers[i]->claim_count; claim++) {
			const struct tally_claim_row *found = &verifiers[i]->claims[claim];

			count++;
			snprintf(row, sizeof(row), "\n| `%s` | %s | %s | %s |\n", found->name, types[found->type],
				 checks[found->check], found->summary);
			if (!strstr(page, row))
				fail_msg("docs/claims.md lacks%s", row);
		}
	}
	assert_int_equal(count, count_rows(page));
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_are_told_with_their_place),
		cmocka_unit_test(long_keys_do_not_overflow_the_place),
		cmocka_unit_test(the_example_of_the_design_reads),
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(only_texts_in_the_table_are_modes),
		cmocka_unit_test(the_page_of_reasons_lists_exactly_them),
		cmocka_unit_test(codes_are_in_their_form_and_unique),
		cmocka_unit_test(every_reason_has_a_case),
		cmocka_unit_test(the_page_of_claims_lists_exactly_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
