// SPDX-License-Identifier: BSD-2-Clause
/* Real TDX quotes, each with the collateral of its platform: by the default policy, and by one written for it. */
#include "tdx-judge.h"

#include "../../format/utc.h"

#define QUOTES "tdx-quote"
#define COLLATERAL "tdx-collateral"
#define JUDGEMENTS "tests/vectors/tdx/judgements.tsv"
#define LINE_SIZE 1024
#define POLICY_SIZE 4096

static int64_t seconds_of(const char *text)
{
	struct tally_cursor cursor = tally_cursor(tally_text(text));
	int64_t time = tally_utc_read(&cursor);

	assert_int_equal(tally_cursor_end(&cursor), TALLY_OK);
	return time;
}

static bool has_vector(const char *folder, const char *name, const char *ending)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/%s%s", vectors_path(), folder, name, ending);
	file = fopen(path, "rb");
	if (file)
		fclose(file);
	return file != NULL;
}

/* Every file of a set of collateral that is there. */
static void add_collateral(struct tdx_trial *trial, const char *name)
{
	static const struct {
		const char *ending;
		enum tally_collateral_kind kind;
	} files[] = {
		{ ".tcbinfo.json", TALLY_COLLATERAL_TDX_TCB_INFO },
		{ ".qeidentity.json", TALLY_COLLATERAL_TDX_QE_IDENTITY },
		{ ".tcbsign-chain.pem", TALLY_COLLATERAL_CERTIFICATES },
		{ ".pckcrl.der", TALLY_COLLATERAL_CRL },
		{ ".rootcrl.der", TALLY_COLLATERAL_CRL },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (has_vector(COLLATERAL, name, files[i].ending))
			tdx_trial_add(trial, files[i].kind, files[i].ending,
				      vector_bytes(COLLATERAL, name, files[i].ending));
}

static void free_trial(struct tdx_trial *trial)
{
	for (size_t i = 0; i < trial->item_count; i++)
		free_bytes(trial->item[i].bytes);
	free_bytes(trial->quote);
}

/* The nonce of a raw quote is its REPORT_DATA. */
static void open_trial(struct tdx_trial *trial, const char *name)
{
	struct tally_tdx_quote quote;

	memset(trial, 0, sizeof(*trial));
	trial->quote = vector_bytes(QUOTES, name, ".bin");
	assert_int_equal(tally_tdx_quote_read(trial->quote, &quote), TALLY_OK);
	trial->has_nonce = true;
	trial->nonce = tally_bytes(quote.report_data, 64);
}

static const char *answer_of(json_t *answers, const char *key)
{
	const char *text = json_string_value(json_object_get(answers, key));

	assert_non_null(text);
	return text;
}

/* Claims and registers as independent parsers found them. */
static void write_policy(json_t *answers, const char *registers, const char *more, char ret[POLICY_SIZE])
{
	char values[1024];

	snprintf(values, sizeof(values),
		 "{\"tdx.rtmr0\": {\"value\": \"%s\"}, \"tdx.rtmr1\": {\"value\": \"%s\"}, \"tdx.rtmr2\": {\"value\": "
		 "\"%s\"}, \"tdx.rtmr3\": {\"value\": \"%s\"}}",
		 answer_of(answers, "rtmr0"), answer_of(answers, "rtmr1"), answer_of(answers, "rtmr2"),
		 answer_of(answers, "rtmr3"));
	snprintf(
		ret, POLICY_SIZE,
		"{\"tally-policy\": 1, \"binding\": \"raw\", \"allow\": [\"time\"], \"claims\": {\"tdx.mrtd\": \"%s\", "
		"\"tdx.mrconfigid\": \"%s\", \"tdx.mrowner\": \"%s\", \"tdx.mrownerconfig\": \"%s\", "
		"\"tdx.attributes\": "
		"\"%s\", \"tdx.xfam\": \"%s\", \"tdx.tee-tcb-svn\": \"%s\", \"tdx.mrseam\": \"%s\"%s}, \"registers\": "
		"%s}",
		answer_of(answers, "mrtd"), answer_of(answers, "mrconfigid"), answer_of(answers, "mrowner"),
		answer_of(answers, "mrownerconfig"), answer_of(answers, "tdattr"), answer_of(answers, "xfam"),
		answer_of(answers, "tcb_svn"), answer_of(answers, "mrseam"), more, registers ? registers : values);
}

static bool contains_word(const char *text, const char *word)
{
	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
		if ((at == text || at[-1] == ' ') && strchr(" ", at[strlen(word)]))
			return true;
	return false;
}

static void the_default_policy_names_everything_that_is_missing(void **state)
{
	static const char *const expected[] = { "binding.missing",	"crl", /* of either authority */
						"freshness.none",	"policy.unruled",
						"tdx.tcb-info-missing", "tdx.qe-identity-missing",
						"tdx.pck-crl-missing",	"tdx.root-crl-missing",
						"time.not-admitted" };
	struct vector_names names = vector_names(QUOTES, ".expected.json");

	(void)state;
	for (size_t i = 0; i < names.count; i++) {
		struct tally_verdict *verdict;
		char codes[TDX_CODES_SIZE];
		struct tdx_trial trial;
		json_t *answers = vector_answers(QUOTES, names.name[i]);

		open_trial(&trial, names.name[i]);
		trial.has_nonce = false;
		trial.time = seconds_of("2026-05-01T00:00:00Z");
		verdict = tdx_judge(&trial);
		tdx_codes(verdict, codes);
		assert_false(verdict->is_accepted || verdict->is_malformed);
		for (size_t n = 0; n < sizeof(expected) / sizeof(expected[0]); n++)
			if (strcmp(expected[n], "crl") != 0 && !contains_word(codes, expected[n]))
				fail_msg("%s: no %s in %s", names.name[i], expected[n], codes);
		assert_int_equal(contains_word(codes, "certificate.root-denied"),
				 !json_is_true(json_object_get(answers, "root_is_intel_production")));
		assert_int_equal(verdict->need_count, 4);
		tally_verdict_free(verdict);
		json_decref(answers);
		free_trial(&trial);
	}
	free_vector_names(&names);
}

/* The verdict of independent verifiers for this pair; NULL if they give none. */
static json_t *answered_verdict(json_t *answers, const char *collateral)
{
	json_t *verdict;
	size_t i;

	json_array_foreach(json_object_get(answers, "verdicts"), i, verdict)
	{
		if (strcmp(answer_of(verdict, "collateral"), collateral) == 0)
			return verdict;
	}
	return NULL;
}

/* What the platform is, by those who computed it independently. */
static void check_status(const struct tally_verdict *verdict, json_t *answered, const char *what)
{
	const char *expected = answer_of(answered, "status");
	const char *status = tdx_claim(verdict, "tdx.tcb-status");

	if (strncmp(expected, "REJECT", 6) == 0 || json_is_null(json_object_get(answered, "qe")))
		return;
	if (!status || strcmp(status, expected) != 0)
		fail_msg("%s: %s, not %s", what, status ? status : "no status", expected);
	for (size_t i = 0; i < json_array_size(json_object_get(answered, "advisories")); i++) {
		const char *advisories = tdx_claim(verdict, "tdx.advisories");
		const char *advisory = json_string_value(json_array_get(json_object_get(answered, "advisories"), i));

		if (!advisories || !strstr(advisories, advisory))
			fail_msg("%s: no %s", what, advisory);
	}
}

/* One line of the table: tab-separated quote, collateral, time, codes, why. */
static void judge_line(char *line)
{
	char *save = NULL;
	const char *name = strtok_r(line, "\t", &save);
	const char *collateral = strtok_r(NULL, "\t", &save);
	const char *time = strtok_r(NULL, "\t", &save);
	const char *expected = strtok_r(NULL, "\t", &save);
	json_t *answers = vector_answers(QUOTES, name);
	struct tally_verdict *verdict;
	char codes[TDX_CODES_SIZE];
	char policy[POLICY_SIZE];
	struct tdx_trial trial;
	char what[256];

	assert_non_null(expected);
	snprintf(what, sizeof(what), "%s with %s", name, collateral);
	open_trial(&trial, name);
	add_collateral(&trial, collateral);
	trial.time = seconds_of(time);
	write_policy(answers, NULL, "", policy);
	trial.policy = policy;
	verdict = tdx_judge(&trial);
	tdx_codes(verdict, codes);
	if (strcmp(codes, strcmp(expected, "-") == 0 ? "" : expected) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", what, codes, expected);
	assert_int_equal(verdict->is_accepted, strcmp(expected, "-") == 0);
	check_status(verdict, answered_verdict(answers, collateral), what);
	tally_verdict_free(verdict);
	json_decref(answers);
	free_trial(&trial);
}

static void each_quote_is_judged_with_each_collateral(void **state)
{
	struct vector_names names = vector_names(QUOTES, ".expected.json");
	char path[4096], line[LINE_SIZE];
	size_t known = 0;
	size_t count = 0;
	FILE *file;

	(void)state;
	for (size_t i = 0; i < names.count; i++) {
		json_t *answers = vector_answers(QUOTES, names.name[i]);

		known += json_array_size(json_object_get(answers, "verdicts"));
		json_decref(answers);
	}
	free_vector_names(&names);
	snprintf(path, sizeof(path), "%s/" JUDGEMENTS, getenv("TALLY_SOURCE"));
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '#')
			continue;
		judge_line(line);
		count++;
	}
	fclose(file);
	assert_int_equal(count, known);
}

/* From Intel's root to the last event of the boot log: nothing is made up but the question. */
static void a_real_case_from_root_to_registers(void **state)
{
	static const char *const name = "go-tdx-guest-cos113";
	static const char registers[] =
		"{\"tdx.rtmr0\": [{\"ignore\": {\"max\": 60}}], \"tdx.rtmr1\": [{\"ignore\": "
		"{\"max\": 60}}], \"tdx.rtmr2\": [{\"ignore\": {\"max\": 60}}], \"tdx.rtmr3\": []}";
	json_t *answers = vector_answers(QUOTES, name);
	struct tally_verdict *verdict;
	char codes[TDX_CODES_SIZE];
	char policy[POLICY_SIZE];
	struct tdx_trial trial;
	uint8_t *last;

	(void)state;
	open_trial(&trial, name);
	add_collateral(&trial, "automata-2025-07-00806f");
	trial.time = seconds_of("2025-07-22T09:13:34Z");
	trial.log = vector_bytes("ccel", name, ".ccel.bin");
	trial.log_type = "application/vnd.tally.log+ccel";
	write_policy(answers, registers, "", policy);
	trial.policy = policy;
	verdict = tdx_judge(&trial);
	tdx_codes(verdict, codes);
	assert_string_equal(codes, "");
	assert_true(verdict->is_accepted);
	assert_true(verdict->ignored_count > 20);
	assert_non_null(verdict->member[0].authenticated);
	assert_false(verdict->member[0].is_test_root);
	/* The CRL of PCK certificates is the first to end. */
	assert_true(verdict->has_valid_until && verdict->valid_until == seconds_of("2025-08-06T09:06:43Z"));
	tally_verdict_free(verdict);
	/* Another value of RTMR0: its signature does not cover it, and the log does not lead there. */
	last = (uint8_t *)(uintptr_t)trial.quote.data + 48 + 328;
	*last ^= 1;
	verdict = tdx_judge(&trial);
	tdx_codes(verdict, codes);
	assert_string_equal(codes, "log.register-mismatch tdx.quote-signature-invalid");
	tally_verdict_free(verdict);
	free_bytes(trial.log);
	json_decref(answers);
	free_trial(&trial);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_policy_names_everything_that_is_missing),
		cmocka_unit_test(each_quote_is_judged_with_each_collateral),
		cmocka_unit_test(a_real_case_from_root_to_registers),
	};

	if (vectors_are_missing())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
