// SPDX-License-Identifier: BSD-2-Clause
/* Policies of callers: whom a rule names, what it gives, and every fault with its place. */
#include "strict.h"

#include <grp.h>
#include <limits.h>

#include "../../face/callers_policy.h"

/* A policy of these rules, and of one. */
#define P(rules) "{\"tally-callers\": 1, \"rules\": [" rules "]}"
#define R(rights) P("{\"uid\": 7, " rights "}")
#define RTMR3 (1ULL << 3)

/* rtmr0 to rtmr3, and a static register. */
static void soft_registers(struct tally_register_set *ret)
{
	static const char *const names[] = { "rtmr0", "rtmr1", "rtmr2", "rtmr3", "mrtd" };

	memset(ret, 0, sizeof(*ret));
	memcpy(ret->provider, "soft", sizeof("soft"));
	for (size_t i = 0; i < COUNT(names); i++) {
		struct tally_register reg = { .number = (uint32_t)(i % 4),
					      .kind = i < 4 ? TALLY_RUNTIME : TALLY_STATIC,
					      .is_signed = TALLY_SIGNED_VALUE,
					      .extend_rule = TALLY_EXTEND_DIGEST,
					      .reset = { .count = 1, .digest = { { .alg = TALLY_SHA384 } } } };

		memcpy(reg.name, names[i], strlen(names[i]) + 1);
		assert_int_equal(tally_registers_add(ret, &reg), TALLY_OK);
	}
}

static enum tally_status read_text(const char *text, struct tally_callers **ret, struct tally_problem *problem)
{
	struct tally_bytes exact = exact_copy(tally_text(text));
	struct tally_register_set set;
	enum tally_status status;

	soft_registers(&set);
	status = tally_callers_read(exact, &set, ret, problem);
	free_bytes(exact);
	return status;
}

static struct tally_callers *good(const char *text)
{
	struct tally_problem problem;
	struct tally_callers *callers = NULL;

	if (read_text(text, &callers, &problem) != TALLY_OK)
		fail_msg("%s: %s", text, problem.text);
	return callers;
}

/* What the policy gives a uid with a gid and one group beside it. */
static struct tally_rights rights_of(const char *text, uid_t uid, gid_t gid, gid_t group)
{
	struct tally_callers *callers = good(text);
	struct tally_rights rights;

	tally_callers_rights(callers, uid, gid, &group, 1, &rights);
	tally_callers_free(callers);
	return rights;
}

static bool has_nothing(const struct tally_rights *rights)
{
	static const struct tally_rights nothing;

	return memcmp(rights, &nothing, sizeof(nothing)) == 0;
}

static void faults_are_told_with_their_place(void **state)
{
	static const struct {
		const char *text;
		const char *problem; /* how it begins */
	} faults[] = {
		{ "", "line 1, column 0: " },
		{ "{", "line 1, column 1: " },
		{ "[]", "must be an object" },
		{ "{\"rules\": []}", "tally-callers: must be 1" },
		{ "{\"tally-callers\": 2, \"rules\": []}", "tally-callers: must be 1" },
		{ "{\"tally-callers\": \"1\", \"rules\": []}", "tally-callers: must be 1" },
		{ "{\"tally-callers\": 1}", "rules must be an array" },
		{ "{\"tally-callers\": 1, \"rules\": {}}", "rules must be an array" },
		{ "{\"tally-callers\": 1, \"rules\": [], \"x\\u001b\": 1}", "unknown key \"x?\"" },
		{ "{\"tally-callers\": 1, \"rules\": [], \"rules\": []}", "line 1, column " },
		{ P("") " x", "line 1, column " },
		{ P("7"), "rules[0]: must be an object" },
		{ P("{\"any\": true}, {\"uid\": 1, \"ful\": true}"), "rules[1]: unknown key \"ful\"" },
		{ P("{\"uid\": 1, \"log\": \"own\", \"\\u006cog\": \"all\"}"), "line 1, column " },
		{ P("{}"), "rules[0]: must name whom it is for" },
		{ P("{\"full\": true}"), "rules[0]: must name whom it is for" },
		{ P("{\"any\": false}"), "rules[0].any: must be true" },
		{ P("{\"any\": 1}"), "rules[0].any: must be true or false" },
		{ P("{\"any\": true, \"uid\": 1}"), "rules[0]: is for any caller" },
		{ P("{\"uid\": -1}"), "rules[0].uid: must be a whole number" },
		{ P("{\"uid\": 4294967295}"), "rules[0].uid: must be a whole number" },
		{ P("{\"uid\": 1.0}"), "rules[0].uid: must be a whole number" },
		{ P("{\"uid\": \"0\"}"), "rules[0].uid: must be a whole number" },
		{ P("{\"uid\": []}"), "rules[0].uid: must be a number, or an array" },
		{ P("{\"uid\": [1]}"), "rules[0].uid: must be a number, or an array" },
		{ P("{\"uid\": [1, 2, 3]}"), "rules[0].uid: must be a number, or an array" },
		{ P("{\"gid\": [2, 1]}"), "rules[0].gid: the range ends before" },
		{ P("{\"user\": \"\"}"), "rules[0].user: must be a text" },
		{ P("{\"user\": \"no such user\"}"), "rules[0].user: there is no user" },
		{ P("{\"group\": \"no such group\"}"), "rules[0].group: there is no group" },
		{ P("{\"uid\": 0, \"user\": \"root\"}"), "rules[0].user: stands beside uid" },
		{ P("{\"gid\": 0, \"group\": \"root\"}"), "rules[0].group: stands beside gid" },
		{ R("\"full\": 1"), "rules[0].full: must be true or false" },
		{ R("\"full\": true, \"log\": \"all\""), "rules[0].full: holds log already" },
		{ R("\"raw-report\": \"yes\""), "rules[0].raw-report: must be true or false" },
		{ R("\"evidence\": true"), "rules[0]: evidence carries the whole log" },
		{ R("\"evidence\": true, \"log\": \"own\""), "rules[0]: evidence carries the whole log" },
		{ R("\"append\": []"), "rules[0].append: an empty set" },
		{ R("\"append\": \"rtmr4\""), "rules[0].append: soft has no register \"rtmr4\"" },
		{ R("\"append\": \"mrtd\""), "rules[0].append: mrtd is static" },
		{ R("\"append\": [\"rtmr3\", \"rtmr3\"]"), "rules[0].append[1]: stands here twice" },
		{ R("\"append\": [\"rtmr3\", \"all\"]"), "rules[0].append[1]: soft has no register \"all\"" },
		{ R("\"raw-extend\": true"), "rules[0].raw-extend: must be a text" },
		{ R("\"raw-extend\": [7]"), "rules[0].raw-extend[0]: must be a text" },
		{ R("\"log\": \"mine\""), "rules[0].log: must be none, own, label or all" },
		{ R("\"quota\": 7"), "rules[0].quota: must be an object" },
		{ R("\"quota\": {\"files\": 7}"), "rules[0].quota: unknown key \"files\"" },
		{ R("\"quota\": {\"entries\": -1}"), "rules[0].quota.entries: must be a whole number" },
		{ R("\"quota\": {\"log-bytes\": 9007199254740993}"),
		  "rules[0].quota.log-bytes: must be a whole number" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(faults); i++) {
		struct tally_problem problem;
		struct tally_callers *callers = NULL;

		assert_int_equal(read_text(faults[i].text, &callers, &problem), TALLY_POLICY);
		if (strncmp(problem.text, faults[i].problem, strlen(faults[i].problem)) != 0)
			fail_msg("%s: \"%s\" in the place of \"%s\"", faults[i].text, problem.text, faults[i].problem);
	}
}

static void the_first_rule_that_names_a_caller_decides(void **state)
{
	static const char text[] =
		P("{\"uid\": 7, \"log\": \"own\"}, {\"uid\": [5, 9], \"gid\": 50, \"registers\": true},"
		  "{\"gid\": [60, 69], \"report\": true}, {\"any\": true, \"log\": \"label\"}");
	struct tally_rights rights;

	(void)state;
	rights = rights_of(text, 7, 50, 60);
	assert_int_equal(rights.log, TALLY_LOG_OWN);
	assert_false(rights.sees_registers || rights.has_report);
	rights = rights_of(text, 5, 1, 50);
	assert_true(rights.sees_registers);
	rights = rights_of(text, 9, 50, 1);
	assert_true(rights.sees_registers);
	rights = rights_of(text, 10, 50, 69);
	assert_true(rights.has_report);
	assert_false(rights.sees_registers);
	rights = rights_of(text, 4, 59, 70);
	assert_int_equal(rights.log, TALLY_LOG_LABEL);
	assert_false(rights.has_report);
}

static void whom_no_rule_names_has_nothing(void **state)
{
	struct tally_rights rights;

	(void)state;
	rights = rights_of(P(""), 0, 0, 0);
	assert_true(has_nothing(&rights));
	rights = rights_of(P("{\"uid\": 1, \"full\": true}"), 0, 0, 0);
	assert_true(has_nothing(&rights));
}

/* A rule that could take something away is not passed over. */
static void unknown_groups_are_no_way_around(void **state)
{
	struct tally_callers *callers = good(P("{\"uid\": 7, \"report\": true}, {\"gid\": 5},"
					       "{\"any\": true, \"report\": true}"));
	struct tally_rights rights;

	(void)state;
	tally_callers_rights(callers, 7, 1, NULL, TALLY_GROUPS_UNKNOWN, &rights);
	assert_true(rights.has_report);
	tally_callers_rights(callers, 8, 1, NULL, TALLY_GROUPS_UNKNOWN, &rights);
	assert_true(has_nothing(&rights));
	tally_callers_rights(callers, 8, 1, NULL, 0, &rights);
	assert_true(rights.has_report);
	tally_callers_rights(callers, 8, 5, NULL, TALLY_GROUPS_UNKNOWN, &rights);
	assert_false(rights.has_report);
	tally_callers_free(callers);
	tally_callers_rights(NULL, 8, 5, NULL, TALLY_GROUPS_UNKNOWN, &rights);
	assert_true(has_nothing(&rights));
}

static void a_rule_gives_what_it_says(void **state)
{
	struct tally_rights rights = rights_of(R("\"report\": true, \"evidence\": true, \"append\": [\"rtmr3\"],"
						 "\"raw-extend\": \"all\", \"log\": \"all\","
						 "\"quota\": {\"requests\": 0, \"log-bytes\": 100}"),
					       7, 1, 1);

	(void)state;
	assert_true(rights.has_report && rights.has_evidence);
	assert_false(rights.is_full || rights.has_raw_report || rights.sees_registers);
	assert_int_equal(rights.appends, RTMR3);
	assert_int_equal(rights.raw_extends, 15);
	assert_int_equal(rights.log, TALLY_LOG_ALL);
	assert_int_equal(rights.limit[TALLY_QUOTA_REQUESTS], 0);
	assert_int_equal(rights.limit[TALLY_QUOTA_LOG_BYTES], 100);
	assert_int_equal(rights.limit[TALLY_QUOTA_ENTRIES], 64);
	rights = rights_of(R("\"report\": false, \"full\": false"), 7, 1, 1);
	assert_false(rights.is_full || rights.has_report);
}

static void full_rights_hold_all_others(void **state)
{
	struct tally_rights rights = rights_of(R("\"full\": true, \"quota\": {\"entries\": 5}"), 7, 1, 1);

	(void)state;
	assert_true(rights.is_full && rights.has_raw_report && rights.has_report && rights.has_evidence &&
		    rights.sees_registers);
	assert_int_equal(rights.log, TALLY_LOG_ALL);
	assert_true(rights.appends & RTMR3 && rights.raw_extends & RTMR3);
	assert_int_equal(rights.limit[TALLY_QUOTA_ENTRIES], 5);
	assert_true(rights.limit[TALLY_QUOTA_LOG_BYTES] == TALLY_QUOTA_NONE);
}

/* DESIGN 7, "Default": root as in the kernel; others nothing, group tally aside. */
static void the_default_is_for_root_and_the_group(void **state)
{
	struct group *group = getgrnam("tally");
	struct tally_rights rights;
	gid_t none = 4294967294U;

	(void)state;
	tally_callers_rights(NULL, 0, 0, NULL, 0, &rights);
	assert_true(rights.is_full && rights.has_raw_report);
	tally_callers_rights(NULL, 4242, none, &none, 1, &rights);
	assert_true(has_nothing(&rights));
	if (group) {
		tally_callers_rights(NULL, 4242, none, &group->gr_gid, 1, &rights);
		assert_true(rights.sees_registers && rights.log == TALLY_LOG_ALL);
		assert_false(rights.is_full || rights.has_report || rights.appends);
	}
}

static void users_and_groups_are_found_by_name(void **state)
{
	struct tally_rights rights =
		rights_of(P("{\"user\": \"root\", \"group\": \"root\", \"report\": true}"), 0, 0, 1);

	(void)state;
	assert_true(rights.has_report);
}

static void files_are_read(void **state)
{
	struct tally_problem problem;
	struct tally_callers *callers;
	struct tally_register_set set;
	char path[PATH_MAX];

	(void)state;
	soft_registers(&set);
	snprintf(path, sizeof(path), "%s/docs/examples/callers.json", getenv("TALLY_SOURCE"));
	assert_int_equal(tally_callers_read_file(path, &set, &callers, &problem), TALLY_OK);
	tally_callers_free(callers);
	assert_int_equal(tally_callers_read_file("/nowhere/callers.json", &set, &callers, &problem), TALLY_NOT_FOUND);
	assert_int_equal(tally_callers_read_file("/", &set, &callers, &problem), TALLY_SYSTEM);
	assert_int_equal(tally_callers_read_file("/dev/null", &set, &callers, &problem), TALLY_SYSTEM);
	snprintf(path, sizeof(path), "%s/docs/examples/policy.json", getenv("TALLY_SOURCE"));
	assert_int_equal(tally_callers_read_file(path, &set, &callers, &problem), TALLY_POLICY);
	assert_non_null(strstr(problem.text, "policy.json: unknown key"));
}

static void a_policy_has_a_limit(void **state)
{
	size_t size = TALLY_CALLERS_SIZE_LIMIT + 1;
	char *text = malloc(size + 1);
	struct tally_problem problem;
	struct tally_callers *callers;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', size);
	text[size] = 0;
	memcpy(text, P(""), strlen(P("")));
	assert_int_equal(read_text(text, &callers, &problem), TALLY_POLICY);
	assert_non_null(strstr(problem.text, "larger than"));
	text[size - 1] = 0;
	assert_int_equal(read_text(text, &callers, &problem), TALLY_OK);
	tally_callers_free(callers);
	free(text);
}

static void a_caller_is_a_text(void **state)
{
	struct tally_caller caller;

	(void)state;
	tally_caller_init(&caller, 1000, 100, 1, NULL);
	assert_string_equal(caller.text, "1000:100");
	assert_int_equal(tally_caller_label(tally_text(caller.text)).size, 0);
	assert_false(tally_caller_may_ask(&caller));
	tally_caller_init(&caller, 4294967294U, 0, 1, "web");
	assert_string_equal(caller.text, "4294967294:0@web");
	assert_true(tally_bytes_equal(tally_caller_label(tally_text(caller.text)), tally_text("web")));
	caller.rights.appends = RTMR3;
	assert_true(tally_caller_may_ask(&caller));
}

static void labels_are_texts_that_fit(void **state)
{
	char longest[TALLY_LABEL_LIMIT + 1];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[TALLY_LABEL_LIMIT] = 0;
	assert_false(tally_caller_label_is_valid(longest));
	longest[TALLY_LABEL_LIMIT - 1] = 0;
	assert_true(tally_caller_label_is_valid(longest));
	assert_true(tally_caller_label_is_valid("web-1"));
	assert_false(tally_caller_label_is_valid(""));
	assert_false(tally_caller_label_is_valid("a@b"));
	assert_false(tally_caller_label_is_valid("0:0"));
	assert_false(tally_caller_label_is_valid("a\nb"));
	assert_false(tally_caller_label_is_valid("\xff"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_are_told_with_their_place),
		cmocka_unit_test(the_first_rule_that_names_a_caller_decides),
		cmocka_unit_test(whom_no_rule_names_has_nothing),
		cmocka_unit_test(unknown_groups_are_no_way_around),
		cmocka_unit_test(a_rule_gives_what_it_says),
		cmocka_unit_test(full_rights_hold_all_others),
		cmocka_unit_test(the_default_is_for_root_and_the_group),
		cmocka_unit_test(users_and_groups_are_found_by_name),
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(a_policy_has_a_limit),
		cmocka_unit_test(a_caller_is_a_text),
		cmocka_unit_test(labels_are_texts_that_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
