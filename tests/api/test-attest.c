// SPDX-License-Identifier: BSD-2-Clause
/* The installed API at both ends: records, reports, evidence, verdicts. */
#include "stick.h"

static const uint8_t nonce[64] = { 1, 2, 3 };

static struct tally_request request_of(size_t nonce_size)
{
	struct tally_request request = { .size = sizeof(request), .nonce = nonce, .nonce_size = nonce_size };

	return request;
}

static const struct tally_record_info *next(struct stick *stick, struct tally_records *records)
{
	const struct tally_record_info *record = NULL;

	assert_int_equal(tally_records_next(records, &record, &stick->error), TALLY_OK);
	return record;
}

static void records_are_what_was_measured(void **state)
{
	struct stick *stick = *state;
	const struct tally_record_info *record;
	struct tally_records *records;

	stick_measure(stick, "rtmr2", "greeting", "hello");
	assert_int_equal(tally_records_open(stick->tally, &records, &stick->error), TALLY_OK);
	assert_string_equal(tally_records_format(records), "tally");
	record = next(stick, records);
	assert_string_equal(record->control, "header");
	assert_false(record->flags & (TALLY_RECORD_MEASURED | TALLY_RECORD_EVENT));
	assert_null(record->name);
	record = next(stick, records);
	assert_int_equal(record->number, 1);
	assert_string_equal(record->reg, "rtmr2");
	assert_int_equal(record->index, 2);
	assert_int_equal(record->numbering, TALLY_BY_REGISTER);
	assert_int_equal(record->content_type, 5);
	assert_int_equal(record->event_type, 6);
	assert_int_equal(record->flags, TALLY_RECORD_MEASURED | TALLY_RECORD_EVENT | TALLY_RECORD_AUTHENTIC);
	assert_string_equal(record->type, "data");
	assert_string_equal(record->name, "greeting");
	assert_int_equal(record->data_size, 5);
	assert_memory_equal(record->data, "hello", 5);
	assert_null(record->data_digest);
	assert_null(record->control);
	assert_int_equal(record->digests.count, 1);
	assert_null(next(stick, records));
	tally_records_close(records);
}

static size_t read_log(struct stick *stick, uint8_t *log, size_t size)
{
	char path[DIRECTORY_LIMIT + 16];
	FILE *file;

	snprintf(path, sizeof(path), "%s/log", stick->path);
	file = fopen(path, "rb");
	assert_non_null(file);
	size = fread(log, 1, size, file);
	fclose(file);
	return size;
}

static unsigned count_records(struct stick *stick, struct tally_records *records, enum tally_status expected)
{
	const struct tally_record_info *record;
	unsigned count = 0;
	enum tally_status status;

	while ((status = tally_records_next(records, &record, &stick->error)) == TALLY_OK && record)
		count++;
	assert_int_equal(status, expected);
	/* A failure stays one. */
	assert_int_equal(tally_records_next(records, &record, NULL), expected);
	return count;
}

static void a_log_in_memory_and_in_a_file(void **state)
{
	struct stick *stick = *state;
	static uint8_t log[65536];
	char path[DIRECTORY_LIMIT + 16];
	struct tally_records *records;
	size_t size;

	stick_measure(stick, "rtmr2", "greeting", "hello");
	size = read_log(stick, log, sizeof(log));
	assert_int_equal(tally_records_open_bytes(log, size, NULL, &records, &stick->error), TALLY_OK);
	assert_int_equal(count_records(stick, records, TALLY_OK), 2);
	tally_records_close(records);
	assert_int_equal(tally_records_open_bytes(log, size - 1, "cel-tlv", &records, &stick->error), TALLY_OK);
	assert_int_equal(count_records(stick, records, TALLY_TRUNCATED), 1);
	assert_non_null(strstr(stick->error.text, "byte"));
	tally_records_close(records);
	snprintf(path, sizeof(path), "%s/log", stick->path);
	assert_int_equal(tally_records_open_file(path, NULL, &records, &stick->error), TALLY_OK);
	assert_int_equal(count_records(stick, records, TALLY_OK), 2);
	tally_records_close(records);
}

static void logs_that_can_not_be_opened(void **state)
{
	struct stick *stick = *state;
	struct tally_records *records = NULL;

	assert_refused(tally_records_open_bytes("no log", 6, NULL, &records, &stick->error), TALLY_UNSUPPORTED);
	assert_refused(tally_records_open_bytes("", 0, NULL, &records, &stick->error), TALLY_UNSUPPORTED);
	assert_refused(tally_records_open_bytes("no log", 6, "runes", &records, &stick->error), TALLY_INVALID);
	assert_refused(tally_records_open_file("/nowhere/at/all", NULL, &records, &stick->error), TALLY_NOT_FOUND);
	assert_refused(tally_records_open_file(stick->folder, NULL, &records, &stick->error), TALLY_SYSTEM);
	assert_refused(tally_records_open_file(NULL, NULL, &records, &stick->error), TALLY_INVALID);
	assert_null(records);
	tally_records_close(NULL);
}

static void a_report_comes_with_its_binding(void **state)
{
	struct stick *stick = *state;
	struct tally_request request = request_of(32);
	const struct tally_report_info *report = NULL;

	assert_int_equal(tally_report(stick->tally, &request, &report, &stick->error), TALLY_OK);
	assert_string_equal(report->media_type, "application/vnd.tally.soft-report+cbor");
	assert_true(report->report_size > 64 && report->binding_size > 32 && report->certificates_size > 0);
	assert_int_equal(report->manifest_size, 0);
	tally_report_close(report);
	request = request_of(64);
	request.flags = TALLY_REQUEST_RAW;
	assert_int_equal(tally_report(stick->tally, &request, &report, &stick->error), TALLY_OK);
	assert_int_equal(report->binding_size, 0);
	tally_report_close(report);
	tally_report_close(NULL);
}

static void requests_that_are_refused(void **state)
{
	struct stick *stick = *state;
	static const uint8_t hash[48];
	const struct {
		struct tally_request request;
		enum tally_status report, evidence;
	} cases[] = {
		{ { .nonce_size = 0 }, TALLY_NONCE_SIZE, TALLY_NONCE_SIZE },
		{ { .nonce_size = 31 }, TALLY_NONCE_SIZE, TALLY_NONCE_SIZE },
		{ { .nonce_size = 65 }, TALLY_NONCE_SIZE, TALLY_NONCE_SIZE },
		{ { .nonce_size = 32, .key_type = "tls" }, TALLY_DIGEST_SIZE, TALLY_DIGEST_SIZE },
		{ { .nonce_size = 32, .key_hash = hash }, TALLY_DIGEST_SIZE, TALLY_DIGEST_SIZE },
		{ { .nonce_size = 32, .data_size = 4 }, TALLY_INVALID, TALLY_INVALID },
		{ { .nonce_size = 32, .flags = 8 }, TALLY_UNSUPPORTED, TALLY_UNSUPPORTED },
		{ { .nonce_size = 32, .flags = TALLY_REQUEST_RAW }, TALLY_NONCE_SIZE, TALLY_UNSUPPORTED },
		{ { .nonce_size = 64, .flags = TALLY_REQUEST_RAW, .audience = "a" }, TALLY_INVALID, TALLY_UNSUPPORTED },
	};
	const struct tally_report_info *report = NULL;
	uint8_t *evidence = NULL;
	size_t size = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_request request = cases[i].request;

		request.size = sizeof(request);
		request.nonce = nonce;
		assert_refused(tally_report(stick->tally, &request, &report, &stick->error), cases[i].report);
		assert_refused(tally_evidence(stick->tally, &request, &evidence, &size, &stick->error),
			       cases[i].evidence);
	}
	assert_null(report);
	assert_null(evidence);
}

static uint8_t *evidence_of(struct stick *stick, size_t *size)
{
	struct tally_request request = request_of(32);
	uint8_t *evidence = NULL;

	request.audience = "somebody";
	assert_int_equal(tally_evidence(stick->tally, &request, &evidence, size, &stick->error), TALLY_OK);
	return evidence;
}

static bool has_reason(const struct tally_verdict *verdict, const char *code)
{
	for (size_t i = 0; i < tally_verdict_reason_count(verdict); i++) {
		assert_non_null(tally_verdict_reason_message(verdict, i));
		assert_non_null(tally_verdict_reason_subject(verdict, i));
		assert_non_null(tally_verdict_reason_detail(verdict, i));
		if (strcmp(tally_verdict_reason_code(verdict, i), code) == 0)
			return true;
	}
	return false;
}

static void without_a_policy_nothing_is_accepted(void **state)
{
	struct stick *stick = *state;
	struct tally_verification verification = { .size = sizeof(verification), .audience = "somebody" };
	struct tally_verdict *verdict = NULL;
	uint8_t *evidence = evidence_of(stick, &verification.evidence_size);
	char *json, *text;

	verification.evidence = evidence;
	verification.nonce = nonce;
	verification.nonce_size = 32;
	assert_int_equal(tally_verify_evidence(&verification, &verdict, &stick->error), TALLY_OK);
	assert_false(tally_verdict_is_accepted(verdict));
	assert_false(tally_verdict_is_malformed(verdict));
	assert_true(has_reason(verdict, "soft.key-unpinned"));
	assert_null(tally_verdict_reason_code(verdict, tally_verdict_reason_count(verdict)));
	json = tally_verdict_json(verdict);
	text = tally_verdict_text(verdict, false);
	assert_non_null(strstr(json, "\"tally.verify/1\""));
	assert_int_equal(strncmp(text, "rejected: ", 10), 0);
	tally_free(json);
	tally_free(text);
	tally_verdict_close(verdict);
	tally_verdict_close(NULL);
	tally_free(evidence);
}

static void a_nonce_and_an_audience_are_compared(void **state)
{
	struct stick *stick = *state;
	struct tally_verification verification = { .size = sizeof(verification), .audience = "somebody else" };
	struct tally_verdict *verdict = NULL;
	uint8_t *evidence = evidence_of(stick, &verification.evidence_size);

	verification.evidence = evidence;
	assert_int_equal(tally_verify_evidence(&verification, &verdict, &stick->error), TALLY_OK);
	assert_true(has_reason(verdict, "freshness.none"));
	assert_true(has_reason(verdict, "binding.audience-mismatch"));
	tally_verdict_close(verdict);
	tally_free(evidence);
}

/* A file of the evidence that the forger has made. */
static struct tally_part forged(const char *name, const char *file)
{
	const char *folder = getenv("TALLY_FORGED");
	static uint8_t room[8][32768];
	static size_t at;
	uint8_t *bytes = room[at++ % 8];
	char path[4096];
	FILE *stream;
	size_t size;

	assert_non_null(folder);
	snprintf(path, sizeof(path), "%s/%s/%s", folder, name, file);
	stream = fopen(path, "rb");
	assert_non_null(stream);
	size = fread(bytes, 1, sizeof(room[0]), stream);
	assert_true(size > 0 && size < sizeof(room[0]));
	fclose(stream);
	return (struct tally_part){ bytes, size };
}

/* The verdict has the first reason and not the second; "" for none. Nothing that rests on a root for tests is accepted. */
static void expect_reasons(const struct tally_verification *verification, const char *has, const char *lacks)
{
	struct tally_verdict *verdict = NULL;
	struct tally_error error;

	assert_int_equal(tally_verify_evidence(verification, &verdict, &error), TALLY_OK);
	assert_false(tally_verdict_is_accepted(verdict));
	assert_false(tally_verdict_is_malformed(verdict));
	if (!has_reason(verdict, has) || (*lacks && has_reason(verdict, lacks)))
		fail_msg("has not %s, or has %s", has, lacks);
	tally_verdict_close(verdict);
}

static void collateral_is_an_argument(void **state)
{
	static const char *const files[] = { "tcb-info.json", "qe-identity.json", "signer.pem", "pck.crl", "root.crl" };
	struct tally_part evidence = forged("tdx", "bundle");
	struct tally_part root = forged("tdx", "root");
	struct tally_part collateral[5];
	struct tally_verification verification = { .size = sizeof(verification),
						   .evidence = evidence.bytes,
						   .evidence_size = evidence.size,
						   .time = 1800000000,
						   .collateral = collateral,
						   .test_roots = &root,
						   .test_root_count = 1 };
	char name[64];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "collateral/%s", files[i]);
		collateral[i] = forged("tdx", name);
	}
	expect_reasons(&verification, "tdx.tcb-info-missing", "");
	expect_reasons(&verification, "tdx.root-crl-missing", "");
	verification.collateral_count = 1;
	expect_reasons(&verification, "tdx.qe-identity-missing", "tdx.tcb-info-missing");
	verification.collateral_count = 5;
	expect_reasons(&verification, "root.non-production", "tdx.root-crl-missing");
	expect_reasons(&verification, "policy.unruled", "tdx.qe-identity-missing");
}

static void roots_for_tests_are_an_argument(void **state)
{
	struct tally_part evidence = forged("snp", "bundle");
	struct tally_part root = forged("snp", "root");
	struct tally_part table = forged("snp", "table");
	struct tally_verification verification = { .size = sizeof(verification),
						   .evidence = evidence.bytes,
						   .evidence_size = evidence.size,
						   .time = 1800000000,
						   .collateral = &table,
						   .test_roots = &root };

	(void)state;
	expect_reasons(&verification, "snp.certificate-missing", "");
	verification.collateral_count = 1;
	expect_reasons(&verification, "snp.authority-missing", "snp.certificate-missing");
	verification.test_root_count = 1;
	expect_reasons(&verification, "root.non-production", "snp.authority-missing");
}

static void what_is_no_evidence_is_a_verdict(void **state)
{
	struct stick *stick = *state;
	struct tally_verification verification = { .size = sizeof(verification), .evidence = "?", .evidence_size = 1 };
	struct tally_verdict *verdict = NULL;

	assert_int_equal(tally_verify_evidence(&verification, &verdict, &stick->error), TALLY_OK);
	assert_false(tally_verdict_is_accepted(verdict));
	assert_true(tally_verdict_is_malformed(verdict));
	assert_true(has_reason(verdict, "bundle.malformed"));
	tally_verdict_close(verdict);
	assert_false(tally_verdict_is_accepted(NULL));
}

static void what_is_not_judged(void **state)
{
	struct stick *stick = *state;
	static const char policy[] = "{\"tally-policy\": 1, \"sofd\": {}}";
	const struct {
		struct tally_verification verification;
		enum tally_status expected;
	} cases[] = {
		{ { .evidence = NULL }, TALLY_INVALID },
		{ { .evidence = "?", .policy = policy, .policy_size = sizeof(policy) - 1 }, TALLY_POLICY },
		{ { .evidence = "?", .policy_size = 1 }, TALLY_INVALID },
		{ { .evidence = "?", .nonce = nonce, .nonce_size = 3 }, TALLY_NONCE_SIZE },
		{ { .evidence = "?", .key_type = "tls" }, TALLY_DIGEST_SIZE },
	};
	struct tally_verdict *verdict = NULL;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_verification verification = cases[i].verification;

		verification.size = sizeof(verification);
		assert_refused(tally_verify_evidence(&verification, &verdict, &stick->error), cases[i].expected);
		if (cases[i].expected == TALLY_POLICY)
			assert_non_null(strstr(stick->error.text, "sofd"));
	}
	assert_null(verdict);
}

#define with_stick(test) cmocka_unit_test_setup_teardown(test, stick_make, stick_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_stick(records_are_what_was_measured),
		with_stick(a_log_in_memory_and_in_a_file),
		with_stick(logs_that_can_not_be_opened),
		with_stick(a_report_comes_with_its_binding),
		with_stick(requests_that_are_refused),
		with_stick(without_a_policy_nothing_is_accepted),
		with_stick(a_nonce_and_an_audience_are_compared),
		cmocka_unit_test(collateral_is_an_argument),
		cmocka_unit_test(roots_for_tests_are_an_argument),
		with_stick(what_is_no_evidence_is_a_verdict),
		with_stick(what_is_not_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
