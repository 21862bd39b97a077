// SPDX-License-Identifier: BSD-2-Clause
/* Every real SNP report, judged twice: by the default policy, and by one that was written for it. */
#include "vectors.h"

#include "../../format/bundle.h"
#include "../../verify/kept.h"
#include "../../verify/verify.h"
#include "snp-policy.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CODES_SIZE 1024

/* 2025-09-01: every VCEK below is valid, and so is the VLEK of one year. */
#define TIME_2025 INT64_C(1756684800)

/* The times at which the reports are judged. AMD's keys live for seven years, a cloud's for one. */
static const struct row {
	const char *name;
	const char *product;
	const char *cloud;     /* of a VLEK */
	const char *exception; /* beside the missing list and the time */
	int64_t time;
	const char *why; /* this time, and this exception */
} rows[] = {
	{ "go-sev-guest-milan-v2", "Milan", NULL, "snp.debug", TIME_2025, "VCEK of 2022; its policy allows debugging" },
	{ "oak-cb-milan-v3", "Milan", NULL, NULL, TIME_2025, "VCEK of February 2025" },
	{ "oak-genoa-v2", "Genoa", NULL, NULL, TIME_2025, "VCEK of June 2024" },
	{ "oak-genoa-v5", "Genoa", NULL, NULL, TIME_2025, "VCEK of August 2025" },
	{ "oak-milan-v2-2024-01", "Milan", NULL, NULL, TIME_2025, "VCEK of January 2024" },
	{ "oak-milan-v2-2024-02", "Milan", NULL, NULL, TIME_2025, "VCEK of February 2024" },
	{ "oak-milan-v2-2024-03", "Milan", NULL, NULL, TIME_2025, "VCEK of March 2024" },
	{ "oak-oc-milan-v3", "Milan", NULL, NULL, TIME_2025, "VCEK of January 2025" },
	{ "oak-rk-milan-v3", "Milan", NULL, NULL, TIME_2025, "VCEK of January 2025" },
	{ "oak-turin-v5", "Turin", NULL, NULL, TIME_2025, "VCEK of July 2025" },
	{ "trustee-az-genoa-v3", "Genoa", NULL, NULL, TIME_2025, "VCEK of January 2025" },
	{ "trustee-az-milan-v2", "Milan", NULL, NULL, TIME_2025, "VCEK of May 2023" },
	{ "trustee-az-milan-v3", "Milan", NULL, NULL, TIME_2025, "VCEK of January 2025" },
	{ "trustee-milan-v2", "Milan", NULL, NULL, TIME_2025, "VCEK of January 2023" },
	{ "trustee-vlek-v3-vmpl1", "Milan", "CN=cc-us-east-2.amazonaws.com", NULL, TIME_2025,
	  "VLEK of December 2024 to December 2025; the guest runs at VMPL 1" },
	{ "virtee-sev-milan-v2", "Milan", NULL, NULL, TIME_2025, "VCEK of April 2023" },
};

/* One report on its way through the verifier. */
struct judging {
	struct tally_bytes report;
	struct tally_bytes certificate; /* size 0: none */
	const struct tally_policy *policy;
	bool has_nonce;
	int64_t time;
	struct tally_kept *kept;
};

static struct tally_verdict *judge(const struct judging *judging)
{
	static uint8_t room[4096];
	struct tally_writer writer = tally_writer(room, sizeof(room));
	struct tally_collateral_item item = { TALLY_COLLATERAL_CERTIFICATES, "vek.der", judging->certificate };
	struct tally_collateral collateral = { judging->certificate.size ? 1 : 0, &item };
	struct tally_bundle bundle = { .count = 1 };
	struct tally_verify_request request = { .collateral = &collateral,
						.policy = judging->policy,
						.kept = judging->kept,
						.has_nonce = judging->has_nonce,
						.nonce = tally_bytes(judging->report.data + SNP_AT_REPORT_DATA, 64),
						.time = judging->time,
						.is_time_given = true };
	struct tally_verdict *verdict;

	bundle.member[0] = (struct tally_member){ tally_text(TALLY_LABEL_REPORT), tally_text(TALLY_MEDIA_SNP_REPORT),
						  judging->report };
	tally_bundle_write(&writer, &bundle);
	request.evidence = tally_written(&writer);
	assert_int_equal(tally_verify(&request, &verdict), TALLY_OK);
	return verdict;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The codes of all findings, each once, in order of the alphabet. */
static const char *codes_of(const struct tally_verdict *verdict, char room[CODES_SIZE])
{
	const char *codes[64];
	size_t count = 0;

	assert_true(verdict->finding_count <= COUNT(codes));
	for (size_t i = 0; i < verdict->finding_count; i++)
		codes[count++] = tally_reason_code(verdict->finding[i].reason);
	qsort(codes, count, sizeof(codes[0]), compare_texts);
	room[0] = 0;
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(codes[i], codes[i - 1]) != 0)
			snprintf(room + strlen(room), CODES_SIZE - strlen(room), "%s%s", i ? " " : "", codes[i]);
	return room;
}

static void expect_codes(const char *name, struct tally_verdict *verdict, const char *expected)
{
	char room[CODES_SIZE];

	if (strcmp(codes_of(verdict, room), expected) != 0)
		fail_msg("%s: %s\nexpected: %s", name, room, expected);
	assert_int_equal(verdict->is_accepted, *expected == 0);
	tally_verdict_free(verdict);
}

static void the_table_is_whole(void **state)
{
	struct vector_names names = vector_names("snp-report", ".report.bin");

	(void)state;
	assert_int_equal(names.count, COUNT(rows));
	for (size_t i = 0; i < names.count; i++)
		assert_string_equal(names.name[i], rows[i].name);
	free_vector_names(&names);
}

/* Nothing is asked, nothing is pinned, no list is there: each of it is told. */
static void the_default_policy_tells_everything(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct judging judging = { .report = vector_bytes("snp-report", rows[i].name, ".report.bin"),
					   .certificate = vector_bytes("snp-report", rows[i].name, ".vek.der"),
					   .time = rows[i].time };
		char expected[CODES_SIZE];

		snprintf(expected, sizeof(expected),
			 "binding.missing freshness.none policy.unruled snp.crl-missing%s snp.id-unpinned "
			 "snp.tcb-unruled time.not-admitted",
			 rows[i].exception ? " snp.debug" : "");
		expect_codes(rows[i].name, judge(&judging), expected);
		free_bytes(judging.report);
		free_bytes(judging.certificate);
	}
}

static const char *claim_of(const struct tally_verdict *verdict, const char *name)
{
	for (size_t i = 0; i < verdict->claim_count; i++)
		if (strcmp(verdict->claim[i].name, name) == 0)
			return verdict->claim[i].authenticated ? verdict->claim[i].value : "not authentic";
	return "missing";
}

static void check_claims(const struct row *row, const struct tally_verdict *verdict)
{
	static const struct {
		const char *claim;
		const char *answer;
	} texts[] = {
		{ "snp.measurement", "measurement" },	  { "snp.report-data", "report_data" },
		{ "snp.host-data", "host_data" },	  { "snp.chip-id", "chip_id" },
		{ "snp.reported-tcb", "reported_tcb" },	  { "snp.current-tcb", "current_tcb" },
		{ "snp.committed-tcb", "committed_tcb" }, { "snp.family-id", "family_id" },
		{ "snp.image-id", "image_id" },		  { "snp.report-id", "report_id" },
	};
	static const struct {
		const char *claim;
		const char *answer;
	} numbers[] = { { "snp.version", "version" },
			{ "snp.guest-svn", "guest_svn" },
			{ "snp.policy", "policy" },
			{ "snp.vmpl", "vmpl" },
			{ "snp.platform-info", "platinfo" } };
	json_t *answers = vector_answers("snp-report", row->name);
	char text[32];

	for (size_t i = 0; i < COUNT(texts); i++)
		assert_string_equal(claim_of(verdict, texts[i].claim),
				    json_string_value(json_object_get(answers, texts[i].answer)));
	for (size_t i = 0; i < COUNT(numbers); i++) {
		snprintf(text, sizeof(text), "%lld",
			 (long long)json_integer_value(json_object_get(answers, numbers[i].answer)));
		assert_string_equal(claim_of(verdict, numbers[i].claim), text);
	}
	assert_string_equal(claim_of(verdict, "snp.product"), row->product);
	assert_string_equal(claim_of(verdict, "snp.signing-key"), row->cloud ? "vlek" : "vcek");
	json_decref(answers);
}

static struct tally_policy *policy_of(const struct row *row, struct tally_bytes report)
{
	const char *const exceptions[] = { "time", "snp.crl-missing", row->exception, NULL };

	return snp_policy(snp_policy_json(report, row->product, row->cloud, "raw", exceptions));
}

static void their_own_policy_accepts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes report = vector_bytes("snp-report", rows[i].name, ".report.bin");
		struct tally_policy *policy = policy_of(&rows[i], report);
		struct judging judging = { .report = report,
					   .certificate = vector_bytes("snp-report", rows[i].name, ".vek.der"),
					   .policy = policy,
					   .has_nonce = true,
					   .time = rows[i].time };
		struct tally_verdict *verdict = judge(&judging);

		assert_true(rows[i].why[0] != 0);
		check_claims(&rows[i], verdict);
		assert_true(verdict->is_historical);
		assert_true(verdict->has_valid_until);
		expect_codes(rows[i].name, verdict, "");
		tally_policy_free(policy);
		free_bytes(report);
		free_bytes(judging.certificate);
	}
}

/* What a policy that asks for more than the report has must give, for one report. */
#define ROW_GENOA 3
#define ROW_TURIN 9
#define ROW_VLEK 14

static void each_claim_is_looked_at(void **state)
{
	static const char *const other_bytes = "ffffffffffffffffffffffffffffffffffffffffffffffff"
					       "ffffffffffffffffffffffffffffffffffffffffffffffff";
	const struct row *row = &rows[ROW_VLEK];
	const char *const exceptions[] = { "time", "snp.crl-missing", NULL };
	struct tally_bytes report = vector_bytes("snp-report", row->name, ".report.bin");
	struct judging judging = { .report = report,
				   .certificate = vector_bytes("snp-report", row->name, ".vek.der"),
				   .has_nonce = true,
				   .time = row->time };
	json_t *claims = snp_claims(report, row->cloud);
	const char *name;
	json_t *value;

	(void)state;
	json_object_foreach(claims, name, value)
	{
		json_t *json = snp_policy_json(report, row->product, row->cloud, "raw", exceptions);
		json_t *other = json_is_integer(value)
					? json_integer(json_integer_value(value) + 1)
					: json_string(strcmp(name, "snp.csp-id") == 0 ? "CN=x" : other_bytes);
		struct tally_policy *policy;

		json_object_set_new(json_object_get(json, "claims"), name, other);
		policy = snp_policy(json);
		judging.policy = policy;
		expect_codes(name, judge(&judging), "policy.claim-mismatch");
		tally_policy_free(policy);
	}
	json_decref(claims);
	free_bytes(report);
	free_bytes(judging.certificate);
}

/* One second before and after a certificate's life, and both its ends. */
static void certificates_hold_from_the_first_second_to_the_last(void **state)
{
	/* notBefore and notAfter of the sidecar, 2025-07-17 17:04:46 and 2032-07-17 17:04:46 */
	static const struct {
		int64_t time;
		const char *expected;
	} cases[] = {
		{ INT64_C(1752771885), "certificate.not-yet-valid" },
		{ INT64_C(1752771886), "" },
		{ INT64_C(1973696686), "" },
		{ INT64_C(1973696687), "certificate.expired" },
	};
	const struct row *row = &rows[ROW_TURIN];
	struct tally_bytes report = vector_bytes("snp-report", row->name, ".report.bin");
	struct tally_policy *policy = policy_of(row, report);
	struct judging judging = { .report = report,
				   .certificate = vector_bytes("snp-report", row->name, ".vek.der"),
				   .policy = policy,
				   .has_nonce = true };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		judging.time = cases[i].time;
		expect_codes(row->name, judge(&judging), cases[i].expected);
	}
	tally_policy_free(policy);
	free_bytes(report);
	free_bytes(judging.certificate);
}

/* The certificate of another chip, of another processor, one that AMD did not sign, and none. */
static void other_certificates_are_refused(void **state)
{
	static const struct {
		const char *folder;
		const char *name;
		const char *ending;
		const char *expected;
	} cases[] = {
		{ "snp-report", "oak-milan-v2-2024-01", ".vek.der", "snp.product-mismatch" },
		{ "snp-report", "trustee-az-genoa-v3", ".vek.der",
		  "snp.certificate-tcb snp.chip-mismatch snp.signature-invalid" },
		{ "snp-report", "oak-turin-v5", ".vek.der", "snp.product-mismatch" },
		{ "snp-report", "trustee-vlek-v3-vmpl1", ".vek.der", "snp.certificate-missing" },
		{ NULL, NULL, NULL, "snp.certificate-missing" },
	};
	const struct row *row = &rows[ROW_GENOA];
	struct tally_bytes report = vector_bytes("snp-report", row->name, ".report.bin");
	struct tally_policy *policy = policy_of(row, report);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct judging judging = { .report = report, .policy = policy, .has_nonce = true, .time = row->time };

		if (cases[i].name)
			judging.certificate = vector_bytes(cases[i].folder, cases[i].name, cases[i].ending);
		expect_codes(cases[i].name ? cases[i].name : "none", judge(&judging), cases[i].expected);
		free_bytes(judging.certificate);
	}
	tally_policy_free(policy);
	free_bytes(report);
}

/* Where AMD's service has the certificate. spec: AMD 57230, 4.1 */
static void a_missing_certificate_is_named(void **state)
{
	static const char *const turin = "https://kdsintf.amd.com/vcek/v1/Turin/"
					 "3b42092f69c656d3?fmcSPL=00&blSPL=01&teeSPL=00&snpSPL=02&ucodeSPL=71";
	static const char *const milan =
		"https://kdsintf.amd.com/vcek/v1/Milan/"
		"3ac3fe21e13fb0990eb28a802e3fb6a29483a6b0753590c951bdd3b8e53786184ca39e359669a2b76a1936776b564ea4"
		"64cdce40c05f63c9b610c5068b006b5d?blSPL=02&teeSPL=00&snpSPL=05&ucodeSPL=68";
	const char *const names[] = { "oak-turin-v5", "go-sev-guest-milan-v2" };
	const char *const urls[] = { turin, milan };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct judging judging = { .report = vector_bytes("snp-report", names[i], ".report.bin"),
					   .time = TIME_2025 };
		struct tally_verdict *verdict = judge(&judging);

		assert_true(verdict->need_count >= 1);
		assert_string_equal(verdict->need[0].url, urls[i]);
		assert_false(verdict->need[0].is_stale);
		tally_verdict_free(verdict);
		free_bytes(judging.report);
	}
}

static void malformed_is_not_rejected_and_rejected_is_not_malformed(void **state)
{
	static const struct {
		const char *name;
		const char *expected;
		bool is_malformed;
	} cases[] = {
		{ "derived-public-snp-trunc-3", "snp.report-malformed", true },
		{ "derived-public-snp-trunc-159", "snp.report-malformed", true },
		{ "derived-public-snp-trunc-672", "snp.report-malformed", true },
		{ "derived-public-snp-trunc-1183", "snp.report-malformed", true },
		{ "derived-public-snp-sig-r-overflow", "snp.report-malformed", true },
		{ "derived-public-snp-sig-r-zero", "snp.signature-invalid", false },
		{ "derived-public-snp-sigalgo-2", "snp.signature-algorithm snp.signature-invalid", false },
		{ "derived-public-snp-measurement-bitflip", "policy.claim-mismatch snp.signature-invalid", false },
	};
	const struct row *row = &rows[13];
	struct tally_bytes report = vector_bytes("snp-report", row->name, ".report.bin");
	struct tally_policy *policy = policy_of(row, report);
	struct tally_bytes certificate = vector_bytes("snp-report", row->name, ".vek.der");

	(void)state;
	assert_string_equal(row->name, "trustee-milan-v2");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct judging judging = { .report = vector_bytes("malformed", cases[i].name, ".bin"),
					   .certificate = certificate,
					   .policy = policy,
					   .time = row->time };
		struct tally_verdict *verdict = judge(&judging);
		bool is_found = false;
		char room[CODES_SIZE];

		snprintf(room, sizeof(room), "%s", cases[i].expected);
		for (const char *code = strtok(room, " "); code; code = strtok(NULL, " ")) {
			is_found = false;
			for (size_t n = 0; n < verdict->finding_count; n++)
				is_found |= strcmp(tally_reason_code(verdict->finding[n].reason), code) == 0;
			if (!is_found)
				fail_msg("%s does not give %s", cases[i].name, code);
		}
		assert_int_equal(verdict->is_malformed, cases[i].is_malformed);
		assert_false(verdict->is_accepted);
		tally_verdict_free(verdict);
		free_bytes(judging.report);
	}
	tally_policy_free(policy);
	free_bytes(certificate);
	free_bytes(report);
}

/* Every bit that the signature covers, and every bit of r and s. */
static void no_flipped_bit_is_accepted(void **state)
{
	const struct row *row = &rows[ROW_TURIN];
	struct tally_bytes report = vector_bytes("snp-report", row->name, ".report.bin");
	struct tally_policy *policy = policy_of(row, report);
	struct judging judging = { .report = report,
				   .certificate = vector_bytes("snp-report", row->name, ".vek.der"),
				   .policy = policy,
				   .has_nonce = true,
				   .time = row->time,
				   .kept = tally_kept_new() };
	uint8_t *bytes = (uint8_t *)(uintptr_t)report.data;

	(void)state;
	expect_codes(row->name, judge(&judging), "");
	for (size_t bit = 0; bit < 8 * (size_t)SNP_SIZE; bit++) {
		struct tally_verdict *verdict;

		bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
		verdict = judge(&judging);
		if (verdict->is_accepted)
			fail_msg("bit %zu of byte 0x%zx", bit % 8, bit / 8);
		tally_verdict_free(verdict);
		bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	expect_codes(row->name, judge(&judging), "");
	tally_kept_free(judging.kept);
	tally_policy_free(policy);
	free_bytes(report);
	free_bytes(judging.certificate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_whole),
		cmocka_unit_test(the_default_policy_tells_everything),
		cmocka_unit_test(their_own_policy_accepts),
		cmocka_unit_test(each_claim_is_looked_at),
		cmocka_unit_test(certificates_hold_from_the_first_second_to_the_last),
		cmocka_unit_test(other_certificates_are_refused),
		cmocka_unit_test(a_missing_certificate_is_named),
		cmocka_unit_test(malformed_is_not_rejected_and_rejected_is_not_malformed),
		cmocka_unit_test(no_flipped_bit_is_accepted),
	};

	if (vectors_are_missing())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
