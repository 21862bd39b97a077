// SPDX-License-Identifier: BSD-2-Clause
/* Bundle, binding, report and policy: each damage has its reason. */
#include "verdict-cases.h"

static void good_with_data(struct evidence *evidence)
{
	good(evidence);
	evidence->data = tally_text("the caller's");
}

static void good_raw(struct evidence *evidence)
{
	good(evidence);
	evidence->has_raw_report_data = true;
}

static void good_with_key(struct evidence *evidence)
{
	static const uint8_t hash[48] = { 1, 2, 3 };

	good(evidence);
	evidence->binding.key_type = tally_text("tls-spki");
	evidence->binding.key_hash = tally_bytes(hash, sizeof(hash));
	bound_key_type = "tls-spki";
	bound_key_hash = hash;
}

static void good_with_key_for_signing(struct evidence *evidence)
{
	good_with_key(evidence);
	bound_key_type = "signing";
}

static void good_for_audience(struct evidence *evidence)
{
	good(evidence);
	evidence->binding.audience = tally_text("kbs.example");
}

static void extra_member(struct evidence *evidence)
{
	good(evidence);
	evidence->extra_label = "manifest";
}

static void unbound_data(struct evidence *evidence)
{
	good_raw(evidence);
	evidence->extra_label = "data";
}

static void no_report(struct evidence *evidence)
{
	good(evidence);
	evidence->lacks_report = true;
	evidence->lacks_certificates = true;
}

static void report_of_nobody(struct evidence *evidence)
{
	good(evidence);
	evidence->report_media_type = "application/vnd.example.report";
	evidence->lacks_certificates = true;
}

static void no_binding(struct evidence *evidence)
{
	good(evidence);
	evidence->lacks_binding = true;
}

static void broken_binding(struct evidence *evidence)
{
	good(evidence);
	evidence->breaks_binding = true;
}

static void change_caller(struct evidence *evidence)
{
	evidence->binding.caller = tally_text("1000:1000");
}

static void forged_caller(struct evidence *evidence)
{
	good(evidence);
	evidence->after_binding = change_caller;
}

static void other_caller(struct evidence *evidence)
{
	good(evidence);
	change_caller(evidence);
}

static void other_purpose(struct evidence *evidence)
{
	good(evidence);
	evidence->binding.purpose = tally_text("tpm-identity");
}

static void other_provider(struct evidence *evidence)
{
	good(evidence);
	evidence->binding.provider = tally_text("tdx");
}

static void change_data(struct evidence *evidence)
{
	evidence->data = tally_text("somebody's");
}

static void forged_data(struct evidence *evidence)
{
	good_with_data(evidence);
	evidence->after_binding = change_data;
}

static void report_break(struct tally_soft_report *report)
{
	report->reg[4].value.digest[0].bytes[0] ^= 1;
}

static void other_static_register(struct evidence *evidence)
{
	good(evidence);
	evidence->after_report = report_break;
}

static void report_rename(struct tally_soft_report *report)
{
	memcpy(report->reg[7].name, "mrsomething", 12);
}

static void unknown_registers(struct evidence *evidence)
{
	good(evidence);
	evidence->after_report = report_rename;
}

static void no_key(struct evidence *evidence)
{
	good(evidence);
	evidence->lacks_certificates = true;
}

static void broken_key(struct evidence *evidence)
{
	good(evidence);
	evidence->has_certificates = true;
	evidence->certificates = tally_text("0 and no key");
}

static void key_of_other_type(struct evidence *evidence)
{
	good(evidence);
	evidence->certificates_media_type = "application/x-pem-file";
}

static void other_key_named(struct evidence *evidence)
{
	static const uint8_t name[32] = { 1 };

	good(evidence);
	evidence->key_id = tally_bytes(name, sizeof(name));
}

static void broken_signature(struct evidence *evidence)
{
	good(evidence);
	evidence->breaks_signature = true;
}

static void other_algorithm(struct evidence *evidence)
{
	good(evidence);
	evidence->alg = -7;
}

static void other_signer(struct evidence *evidence)
{
	good(evidence);
	evidence->key = other_key;
}

static void report_zero(struct tally_soft_report *report)
{
	report->report_data[0] ^= 1;
}

static void other_report_data(struct evidence *evidence)
{
	good(evidence);
	evidence->after_report = report_zero;
}

static void nothing_measured(struct evidence *evidence)
{
	evidence_header(evidence);
}

static void only_app(struct evidence *evidence)
{
	evidence_header(evidence);
	evidence_event(evidence, 2, "test", "app", "0:0", "one");
}

static void one_too_many(struct evidence *evidence)
{
	good(evidence);
	evidence_event(evidence, 3, "test", "surprise", "0:0", "");
}

static void app_in_another_register(struct evidence *evidence)
{
	evidence_header(evidence);
	evidence_event(evidence, 3, "test", "app", "0:0", "one");
	evidence_event(evidence, 2, "test", "config", "0:0", "two");
}

static void app_of_another_user(struct evidence *evidence)
{
	evidence_header(evidence);
	evidence_event(evidence, 2, "test", "app", "1000:1000", "one");
	evidence_event(evidence, 2, "test", "config", "0:0", "two");
}

static const struct verify_case good_cases[] = {
	{ "good", good, "", NULL, NULL, 0 },
	{ "good, with data", good_with_data, "", NULL, NULL, 0 },
	{ "good, raw", good_raw, "", NULL, ", \"binding\": \"raw\"", 0 },
	{ "good, with a key", good_with_key, "", NULL, NULL, 0 },
	{ "good, with the expected key", good_with_key, "", NULL, NULL, ASKED_BOUND_KEY },
	{ "good, for an audience", good_for_audience, "", NULL, NULL, ASKED_AUDIENCE },
	{ "good, at another time", good, "", NULL, ", \"allow\": [\"time\"]", ASKED_GIVEN_TIME },
	{ "good, from a listed caller", good, "", NULL, ", \"callers\": [\"1:1\", \"0:0\"]", 0 },
	{ "unused, and excepted", nothing_measured, "", "[]", ", \"allow\": [\"all-zero-registers\"]", 0 },

};

static void good_evidence_is_accepted(void **state)
{
	(void)state;
	run_cases(good_cases, COUNT(good_cases));
}

static const struct verify_case bundle_cases[] = {
	{ "no policy", good, "soft.key-unpinned policy.unruled", NULL, NULL, NO_POLICY },
	{ "a member that nothing asks for", extra_member, "bundle.member-unreferenced", NULL, NULL, 0 },
	{ "data beside raw REPORT_DATA", unbound_data, "bundle.member-unreferenced", NULL, ", \"binding\": \"raw\"",
	  0 },
	{ "no report", no_report, "bundle.report-missing" NO_REPORT, NULL, NULL, 0 },
	{ "a report of nobody", report_of_nobody, "bundle.report-unknown" NO_REPORT, NULL, NULL, 0 },
};

static void members_must_belong(void **state)
{
	(void)state;
	run_cases(bundle_cases, COUNT(bundle_cases));
}

static const struct verify_case binding_cases[] = {
	{ "no binding", no_binding, "binding.missing", NULL, NULL, 0 },
	{ "raw evidence, bound policy", good_raw, "binding.missing", NULL, NULL, 0 },
	{ "bound evidence, raw policy", good,
	  "bundle.member-unreferenced binding.report-data-mismatch freshness.nonce-mismatch", NULL,
	  ", \"binding\": \"raw\"", 0 },
	{ "a binding that is broken", broken_binding, "binding.malformed", NULL, NULL, 0 },
	{ "another REPORT_DATA", other_report_data, "binding.report-data-mismatch", NULL, NULL, 0 },
	{ "a caller exchanged", forged_caller, "binding.report-data-mismatch", NULL, NULL, 0 },
	{ "another purpose", other_purpose, "binding.purpose-mismatch", NULL, NULL, 0 },
	{ "another provider", other_provider, "binding.provider-mismatch", NULL, NULL, 0 },
	{ "for somebody else", good_for_audience, "binding.audience-mismatch", NULL, NULL, 0 },
	{ "for nobody", good, "binding.audience-mismatch", NULL, NULL, ASKED_AUDIENCE },
	{ "data exchanged", forged_data, "binding.companions-mismatch", NULL, NULL, 0 },
	{ "another key bound", good_with_key, "binding.key-mismatch", NULL, NULL, ASKED_KEY },
	{ "no key bound", good, "binding.key-mismatch", NULL, NULL, ASKED_KEY },
	{ "the key for something else", good_with_key_for_signing, "binding.key-mismatch", NULL, NULL,
	  ASKED_BOUND_KEY },
	{ "a caller who is not listed", other_caller, "binding.caller-unlisted", NULL, ", \"callers\": [\"0:0\"]", 0 },
	{ "a mode that soft lacks", good, "bundle.member-unreferenced binding.mode-unsupported", NULL,
	  ", \"binding\": \"svsm\"", 0 },
	{ "no nonce", good, "freshness.none", NULL, NULL, ASKED_NO_NONCE },
	{ "a nonce of another request", good, "freshness.nonce-mismatch", NULL, NULL, ASKED_OTHER_NONCE },
	{ "a raw nonce of another request", good_raw, "freshness.nonce-mismatch", NULL, ", \"binding\": \"raw\"",
	  ASKED_OTHER_NONCE },
	{ "another time", good, "time.not-admitted", NULL, NULL, ASKED_GIVEN_TIME },
};

static void reports_are_bound_to_a_request(void **state)
{
	(void)state;
	run_cases(binding_cases, COUNT(binding_cases));
}

static const struct verify_case soft_cases[] = {
	{ "no key", no_key, "soft.key-missing", NULL, NULL, 0 },
	{ "a key that is broken", broken_key, "soft.key-malformed", NULL, NULL, 0 },
	{ "a key of another media type", key_of_other_type, "bundle.media-type", NULL, NULL, 0 },
	{ "another key named", other_key_named, "soft.key-mismatch", NULL, NULL, 0 },
	{ "a signature that is broken", broken_signature, "soft.signature-invalid", NULL, NULL, 0 },
	{ "another signer", other_signer, "soft.signature-invalid", NULL, NULL, 0 },
	{ "another algorithm than was used", other_algorithm, "soft.signature-invalid", NULL, NULL, 0 },
	{ "registers that soft can't have", unknown_registers, "soft.registers-unknown" NO_REPORT, NULL, NULL, 0 },
	{ "nothing measured", nothing_measured, "registers.all-zero", "[]", NULL, 0 },
};

static void soft_reports_need_a_pinned_key(void **state)
{
	(void)state;
	run_cases(soft_cases, COUNT(soft_cases));
}

static const struct verify_case policy_cases[] = {
	{ "another static register", other_static_register, "policy.claim-mismatch", NULL, NULL, 0 },
	{ "another value than pinned", good, "policy.register-mismatch",
	  "{\"value\": \"66666666666666666666666666666666666666666666666666666666"
	  "6666666666666666666666666666666666666666\"}",
	  NULL, 0 },
	{ "an event that no rule names", one_too_many, "policy.event-unmatched", NULL, NULL, 0 },
	{ "an event missing", only_app, "policy.event-missing", NULL, NULL, 0 },
	{ "an event in another register", app_in_another_register, "policy.event-unmatched policy.event-missing", NULL,
	  NULL, 0 },
	{ "an event of another user", app_of_another_user, "policy.event-unmatched policy.event-missing", NULL, NULL,
	  0 },

};

static void claims_and_events_must_fit_the_policy(void **state)
{
	(void)state;
	run_cases(policy_cases, COUNT(policy_cases));
}

/* A good bundle with some bytes exchanged, or cut. */
static void bundles_are_read_strictly(void **state)
{
	static const struct {
		const char *from;
		const char *to;
		const char *expected;
	} damage[] = {
		{ "clog", "clox", "bundle.label-unknown" },
		{ "clog", "clof", "bundle.label-unknown" },
		{ "evidence/1", "evidence/2", "bundle.malformed" },
		{ "log+cel-tlv", "log+cel-tlw", "bundle.malformed" },
		{ "binding+cbor", "binding+cbox", "bundle.malformed" },
	};
	struct evidence *evidence = evidence_new(key, evidence_registers_tdx);
	struct tally_bytes policy = evidence_policy(evidence, RULES, "");
	struct tally_bytes bundle;

	(void)state;
	good(evidence);
	bundle = evidence_bundle(evidence, false);
	for (size_t i = 0; i < COUNT(damage); i++) {
		struct tally_bytes copy = exact_copy(bundle);
		uint8_t *found = memmem(copy.data, copy.size, damage[i].from, strlen(damage[i].from));
		struct tally_verdict *verdict;
		char codes[1024];

		assert_non_null(found);
		memcpy(found, damage[i].to, strlen(damage[i].to));
		verdict = judge(copy, policy, 0);
		codes_of(verdict, codes, sizeof(codes));
		assert_string_equal(codes, damage[i].expected);
		assert_false(verdict->is_accepted);
		tally_verdict_free(verdict);
		free_bytes(copy);
	}
	free_bytes(bundle);
	free_bytes(policy);
	evidence_free(evidence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_evidence_is_accepted),
		cmocka_unit_test(members_must_belong),
		cmocka_unit_test(reports_are_bound_to_a_request),
		cmocka_unit_test(soft_reports_need_a_pinned_key),
		cmocka_unit_test(claims_and_events_must_fit_the_policy),
		cmocka_unit_test(bundles_are_read_strictly),
	};

	return run_verdict_tests(tests, COUNT(tests));
}
