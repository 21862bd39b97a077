// SPDX-License-Identifier: BSD-2-Clause
/* REPORT_DATA as others make it, and collateral beside a report: each damage has its reason. */
#include "verdict-cases.h"

#include "../../verify/verifier.h"

#define EK_SRK_TYPE "application/vnd.tally.ek-srk+cbor"
#define COLLATERAL_TYPE "application/vnd.tally.collateral+cbor"
#define COCO ", \"binding\": \"coco\""
#define EK_SRK ", \"binding\": \"ek-srk\""
#define RAW ", \"binding\": \"raw\""
#define CALLERS ", \"callers\": [\"0:0\"]"

/* 0x82: an array of two byte strings. */
static const uint8_t ek_srk[] = { 0x82, 0x42, 'e', 'k', 0x43, 's', 'r', 'k' };

static uint8_t report_data[64];

static void sha512(struct tally_bytes first, struct tally_bytes second)
{
	struct tally_hash_job job = { TALLY_SHA512, { first, second }, report_data };

	assert_int_equal(tally_env_hash(&job, 1), TALLY_OK);
}

static void make_raw(struct evidence *evidence, const char *label, const char *type, struct tally_bytes extra)
{
	good(evidence);
	evidence->has_raw_report_data = true;
	evidence->report_data = report_data;
	evidence->extra_label = label;
	evidence->extra_media_type = type;
	evidence->extra = extra;
}

static void good_ek_srk(struct evidence *evidence)
{
	make_raw(evidence, "manifest", EK_SRK_TYPE, tally_bytes(ek_srk, sizeof(ek_srk)));
	sha512(evidence->nonce, tally_text("eksrk"));
}

static void ek_srk_exchanged(struct evidence *evidence)
{
	good_ek_srk(evidence);
	sha512(evidence->nonce, tally_text("srkek"));
}

static void ek_srk_cut(struct evidence *evidence)
{
	good_ek_srk(evidence);
	evidence->extra.size--;
	sha512(evidence->nonce, tally_bytes(NULL, 0));
}

static void ek_srk_missing(struct evidence *evidence)
{
	good_ek_srk(evidence);
	evidence->extra_label = NULL;
}

/* The nonce of these tests, in base64; no other key. */
#define RUNTIME "{\"nonce\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\",\"tee-pubkey\":{\"kty\":\"EC\"}}"

static void coco_with(struct evidence *evidence, const char *text)
{
	struct tally_hash_job job = { TALLY_SHA384, { tally_text(text) }, report_data };

	memset(report_data, 0, sizeof(report_data));
	assert_int_equal(tally_env_hash(&job, 1), TALLY_OK);
	make_raw(evidence, "data", "application/octet-stream", tally_text(text));
}

static void good_coco(struct evidence *evidence)
{
	coco_with(evidence, RUNTIME);
}

/* python3: hashlib.sha384(b'{"kty":"EC"}').hexdigest() */
static const uint8_t coco_key_hash[48] = { 0x86, 0xb5, 0xc5, 0x8e, 0x4d, 0x79, 0xc4, 0xee, 0x38, 0x09, 0x04, 0xb6,
					   0x52, 0xc0, 0xf6, 0x0d, 0xb8, 0xde, 0xc2, 0x86, 0xe9, 0xcd, 0x25, 0x32,
					   0x22, 0xd4, 0x36, 0xd0, 0x59, 0x7e, 0x12, 0xdc, 0xb3, 0x36, 0x3f, 0x83,
					   0xa6, 0xe1, 0xe7, 0x61, 0xc3, 0x1c, 0xdb, 0x30, 0x98, 0xb9, 0x75, 0x6c };

static void good_coco_key(struct evidence *evidence)
{
	good_coco(evidence);
	bound_key_type = "tee-pubkey";
	bound_key_hash = coco_key_hash;
}

static void coco_key_for_tls(struct evidence *evidence)
{
	good_coco_key(evidence);
	bound_key_type = "tls-spki";
}

static void coco_key_of_others(struct evidence *evidence)
{
	static const uint8_t other[48] = { 1 };

	good_coco_key(evidence);
	bound_key_hash = other;
}

static void coco_sha512(struct evidence *evidence)
{
	good_coco(evidence);
	sha512(tally_text(RUNTIME), tally_bytes(NULL, 0));
}

static void coco_tail(struct evidence *evidence)
{
	good_coco(evidence);
	report_data[63] = 1;
}

static void coco_other_data(struct evidence *evidence)
{
	good_coco(evidence);
	report_data[0] ^= 1;
}

static void coco_no_json(struct evidence *evidence)
{
	coco_with(evidence, "nonce");
}

static void coco_twice(struct evidence *evidence)
{
	coco_with(evidence, "{\"nonce\":\"AA==\",\"nonce\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}");
}

static void coco_no_nonce(struct evidence *evidence)
{
	coco_with(evidence, "{\"tee-pubkey\":{}}");
}

static void coco_no_key(struct evidence *evidence)
{
	coco_with(evidence, "{\"nonce\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}");
}

/* The nonce itself, and zeros. */
static void good_raw(struct evidence *evidence)
{
	make_raw(evidence, NULL, NULL, tally_bytes(NULL, 0));
	memset(report_data, 0, sizeof(report_data));
	memcpy(report_data, evidence->nonce.data, evidence->nonce.size);
}

static void raw_tail(struct evidence *evidence)
{
	good_raw(evidence);
	report_data[63] = 1;
}

static void coco_missing(struct evidence *evidence)
{
	good_coco(evidence);
	evidence->extra_label = NULL;
}

static const struct verify_case mode_cases[] = {
	{ "EK and SRK", good_ek_srk, "", NULL, EK_SRK, 0 },
	{ "EK and SRK exchanged", ek_srk_exchanged, "binding.report-data-mismatch", NULL, EK_SRK, 0 },
	{ "EK and SRK cut", ek_srk_cut, "manifest.malformed", NULL, EK_SRK, 0 },
	{ "no EK and SRK", ek_srk_missing, "binding.manifest-missing", NULL, EK_SRK, 0 },
	{ "EK and SRK, another nonce", good_ek_srk, "binding.report-data-mismatch", NULL, EK_SRK, ASKED_OTHER_NONCE },
	{ "EK and SRK, no nonce", good_ek_srk, "freshness.none", NULL, EK_SRK, ASKED_NO_NONCE },
	{ "CoCo", good_coco, "", NULL, COCO, 0 },
	{ "CoCo, SHA-512", coco_sha512, "", NULL, COCO, 0 },
	{ "CoCo, more than zeros behind the hash", coco_tail, "binding.report-data-mismatch", NULL, COCO, 0 },
	{ "CoCo, another hash", coco_other_data, "binding.report-data-mismatch", NULL, COCO, 0 },
	{ "CoCo, no JSON", coco_no_json, "binding.malformed", NULL, COCO, 0 },
	{ "CoCo, two nonces", coco_twice, "binding.malformed", NULL, COCO, 0 },
	{ "CoCo, no nonce inside", coco_no_nonce, "freshness.nonce-mismatch", NULL, COCO, 0 },
	{ "CoCo, another nonce", good_coco, "freshness.nonce-mismatch", NULL, COCO, ASKED_OTHER_NONCE },
	{ "CoCo, another key", good_coco, "binding.key-mismatch", NULL, COCO, ASKED_KEY },
	{ "CoCo, no nonce", good_coco, "freshness.none", NULL, COCO, ASKED_NO_NONCE },
	{ "CoCo, no runtime data", coco_missing, "binding.missing", NULL, COCO, 0 },
	{ "CoCo, the expected key", good_coco_key, "", NULL, COCO, ASKED_BOUND_KEY },
	{ "CoCo, the key for something else", coco_key_for_tls, "binding.key-mismatch", NULL, COCO, ASKED_BOUND_KEY },
	{ "CoCo, somebody else's key", coco_key_of_others, "binding.key-mismatch", NULL, COCO, ASKED_BOUND_KEY },
	{ "CoCo, no key", coco_no_key, "", NULL, COCO, 0 },
	{ "CoCo, no key where one is expected", coco_no_key, "binding.key-mismatch", NULL, COCO, ASKED_KEY },
	{ "CoCo names no audience", good_coco, "binding.audience-mismatch", NULL, COCO, ASKED_AUDIENCE },
	{ "CoCo names no caller", good_coco, "binding.caller-unlisted", NULL, COCO CALLERS, 0 },
	{ "EK and SRK bind no key", good_ek_srk, "binding.key-mismatch", NULL, EK_SRK, ASKED_KEY },
	{ "EK and SRK name no audience", good_ek_srk, "binding.audience-mismatch", NULL, EK_SRK, ASKED_AUDIENCE },
	{ "EK and SRK name no caller", good_ek_srk, "binding.caller-unlisted", NULL, EK_SRK CALLERS, 0 },
	{ "raw", good_raw, "", NULL, RAW, 0 },
	{ "raw, more than zeros behind the nonce", raw_tail, "binding.report-data-mismatch", NULL, RAW, 0 },
	{ "raw, another nonce", good_raw, "freshness.nonce-mismatch", NULL, RAW, ASKED_OTHER_NONCE },
	{ "raw, no nonce", good_raw, "freshness.none", NULL, RAW, ASKED_NO_NONCE },
	{ "raw binds no key", good_raw, "binding.key-mismatch", NULL, RAW, ASKED_KEY },
	{ "raw names no audience", good_raw, "binding.audience-mismatch", NULL, RAW, ASKED_AUDIENCE },
	{ "raw names no caller", good_raw, "binding.caller-unlisted", NULL, RAW CALLERS, 0 },
	{ "the bundle does not choose", good_coco,
	  "bundle.member-unreferenced binding.report-data-mismatch freshness.nonce-mismatch", NULL, RAW, 0 },
};

static void only_the_policy_admits_other_modes(void **state)
{
	(void)state;
	run_cases(mode_cases, COUNT(mode_cases));
}

static void collateral_cut(struct evidence *evidence)
{
	static const uint8_t array[] = { 0x82, 0x41, 'x' };

	good(evidence);
	evidence->certificates_media_type = COLLATERAL_TYPE;
	evidence->has_certificates = true;
	evidence->certificates = tally_bytes(array, sizeof(array));
}

static const struct verify_case collateral_cases[] = {
	{ "collateral cut", collateral_cut, "bundle.media-type collateral.malformed", NULL, NULL, 0 },
};

static void collateral_inside_is_read_strictly(void **state)
{
	(void)state;
	run_cases(collateral_cases, COUNT(collateral_cases));
}

static void collateral_is_told_apart(void **state)
{
	static const struct {
		enum tally_collateral_kind kind;
		const char *text;
	} cases[] = {
		{ TALLY_COLLATERAL_CERTIFICATES, "\n-----BEGIN CERTIFICATE-----\n" },
		{ TALLY_COLLATERAL_CRL, "-----BEGIN X509 CRL-----\n" },
		{ TALLY_COLLATERAL_PUBLIC_KEY, "-----BEGIN PUBLIC KEY-----\n" },
		{ TALLY_COLLATERAL_PUBLIC_KEY, " {\"kty\":\"EC\"}" },
		{ TALLY_COLLATERAL_TDX_TCB_INFO, "{\"tcbInfo\":{}}" },
		{ TALLY_COLLATERAL_TDX_QE_IDENTITY, "{\"enclaveIdentity\":{}}" },
		{ TALLY_COLLATERAL_CERTIFICATES, "\x30\x82\x01\x01\x30\x81\x80\xa0\x03" },
		{ TALLY_COLLATERAL_CRL, "\x30\x82\x01\x01\x30\x81\x80\x02\x01\x01" },
		{ TALLY_COLLATERAL_CORIM, "\xd9\x01\xf5\xa0" },
		{ TALLY_COLLATERAL_UNKNOWN, "{}" },
		{ TALLY_COLLATERAL_UNKNOWN, "\x30\x03\x31" },
		{ TALLY_COLLATERAL_UNKNOWN, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(tally_collateral_kind_of(tally_text(cases[i].text)), cases[i].kind);
}

/* A limit of a day: a second less, exactly, a second more. */
static void collateral_ages(void **state)
{
	static const struct tally_collateral_policy policy = { .max_age = { [TALLY_COLLATERAL_CRL] = 86400 } };

	(void)state;
	for (int64_t second = -1; second <= 1; second++) {
		struct tally_ledger ledger = { .arena = tally_arena_new() };
		struct tally_statement statement = { .has_valid_until = false };
		const struct tally_finding *findings;

		tally_collateral_check_age(&ledger, &statement, &policy, TALLY_COLLATERAL_CRL, "tdx", EVIDENCE_TIME,
					   EVIDENCE_TIME + 86400 + second);
		tally_collateral_check_age(&ledger, &statement, &policy, TALLY_COLLATERAL_TDX_TCB_INFO, "tdx", 0,
					   EVIDENCE_TIME);
		assert_true(statement.has_valid_until && statement.valid_until == EVIDENCE_TIME + 86400);
		assert_int_equal(ledger.findings.count, second > 0);
		findings = ledger.findings.items;
		if (second > 0)
			assert_string_equal(tally_reason_code(findings[0].reason), "collateral.too-old");
		tally_arena_free(ledger.arena);
	}
}

static void roots_for_tests_accept_nothing(void **state)
{
	static const struct {
		const char *root;
		bool is_test_root;
		const char *expected;
	} cases[] = {
		{ NULL, false, "" },
		{ "a root", false, "" },
		{ "a root", true, "root.non-production" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_ledger ledger = { .arena = tally_arena_new() };
		struct tally_statement statement = { .verifier = &tally_verifier_soft,
						     .root = cases[i].root,
						     .is_test_root = cases[i].is_test_root };
		const struct tally_finding *findings;

		tally_statement_check_root(&statement, &ledger);
		findings = ledger.findings.items;
		assert_string_equal(ledger.findings.count ? tally_reason_code(findings[0].reason) : "",
				    cases[i].expected);
		tally_arena_free(ledger.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_policy_admits_other_modes),
		cmocka_unit_test(collateral_inside_is_read_strictly),
		cmocka_unit_test(collateral_is_told_apart),
		cmocka_unit_test(collateral_ages),
		cmocka_unit_test(roots_for_tests_accept_nothing),
	};

	return run_verdict_tests(tests, COUNT(tests));
}
