// SPDX-License-Identifier: BSD-2-Clause
/* Every value of docs/verifier.md 7, from a verdict that must have it, and what becomes of it in a token. */
#include <jansson.h>
#include <stdlib.h>

#include "hex.h"

#include "../../format/base64.h"
#include "../../verify/ear.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A verdict with one member, and room for one of everything that is looked at. */
struct world {
	struct tally_verdict verdict;
	struct tally_verdict_member member;
	struct tally_finding finding;
	struct tally_verdict_jump jump;
	struct tally_ignored_event ignored;
};

/* A genuine machine under the policy, nothing measured. */
static void start(struct world *world)
{
	memset(world, 0, sizeof(*world));
	world->member = (struct tally_verdict_member){ .provider = "tdx",
						       .label = "report",
						       .caveat = "",
						       .authenticated = "PCK",
						       .standing = TALLY_STANDING_CURRENT };
	world->verdict.is_accepted = true;
	world->verdict.member = &world->member;
	world->verdict.member_count = 1;
	world->verdict.finding = &world->finding;
	world->verdict.jump = &world->jump;
	world->verdict.ignored = &world->ignored;
}

static void rejected(struct world *world, enum tally_reason reason)
{
	world->verdict.is_accepted = false;
	world->finding = (struct tally_finding){ .reason = reason, .subject = "", .detail = "", .count = 1 };
	world->verdict.finding_count = 1;
}

static void genuine(struct world *world)
{
	(void)world;
}

static void unknown_standing(struct world *world)
{
	world->member.standing = TALLY_STANDING_UNKNOWN;
}

static void outdated(struct world *world)
{
	world->member.standing = TALLY_STANDING_OUTDATED;
}

static void revoked_level(struct world *world)
{
	rejected(world, TALLY_REASON_TDX_TCB_REVOKED);
	world->member.standing = TALLY_STANDING_REVOKED;
}

static void revoked_certificate(struct world *world)
{
	rejected(world, TALLY_REASON_CERTIFICATE_REVOKED);
	world->member.authenticated = NULL;
}

static void debug_refused(struct world *world)
{
	rejected(world, TALLY_REASON_TDX_DEBUG);
	world->member.is_debug = true;
}

static void debug_allowed(struct world *world)
{
	world->member.is_debug = true;
	world->verdict.exceptions_used = tally_exception_bit(TALLY_EXCEPTION_TDX_DEBUG);
}

static void unknown_root(struct world *world)
{
	rejected(world, TALLY_REASON_CERTIFICATE_ROOT);
	world->member.authenticated = NULL;
}

static void denied_root(struct world *world)
{
	rejected(world, TALLY_REASON_CERTIFICATE_DENIED);
	world->member.authenticated = NULL;
}

static void test_root(struct world *world)
{
	rejected(world, TALLY_REASON_ROOT_NON_PRODUCTION);
	world->member.is_test_root = true;
}

static void unbound_key(struct world *world)
{
	rejected(world, TALLY_REASON_TPM_AK_UNBOUND);
	world->member.provider = "tpm";
	world->member.authenticated = NULL;
}

static void unpinned_id(struct world *world)
{
	rejected(world, TALLY_REASON_SNP_ID_UNPINNED);
	world->member.provider = "snp";
}

static void missing_collateral(struct world *world)
{
	rejected(world, TALLY_REASON_TDX_TCB_INFO_MISSING);
	world->member.authenticated = NULL;
	world->member.standing = TALLY_STANDING_UNKNOWN;
}

static void software(struct world *world)
{
	world->member.provider = "soft";
	world->member.standing = TALLY_STANDING_UNKNOWN;
	world->verdict.record_count = 4;
}

static void quote_of_a_tpm(struct world *world)
{
	world->member.provider = "tpm";
	world->member.standing = TALLY_STANDING_UNKNOWN;
}

static void pinned(struct world *world)
{
	world->member.is_instance = true;
}

static void pinned_and_refused(struct world *world)
{
	rejected(world, TALLY_REASON_FRESHNESS_NONE);
	world->member.is_instance = true;
}

static void excepted(struct world *world)
{
	world->verdict.exceptions_used = tally_exception_bit(TALLY_EXCEPTION_TDX_SEPT_VE);
}

static void other_claim(struct world *world)
{
	rejected(world, TALLY_REASON_POLICY_CLAIM_MISMATCH);
}

static void boot_log(struct world *world)
{
	world->verdict.has_boot_log = true;
}

static void boot_and_runtime(struct world *world)
{
	world->verdict.has_boot_log = true;
	world->verdict.record_count = 2;
}

static void unmatched(struct world *world)
{
	rejected(world, TALLY_REASON_POLICY_EVENT_UNMATCHED);
	world->verdict.record_count = 2;
}

static void gap(struct world *world)
{
	rejected(world, TALLY_REASON_LOG_GAP_UNPINNED);
	world->verdict.record_count = 2;
}

static void admitted_gap(struct world *world)
{
	world->jump = (struct tally_verdict_jump){ .kind = TALLY_JUMP_GAP, .is_admitted = true };
	world->verdict.jump_count = 1;
	world->verdict.record_count = 2;
}

static void proven_base(struct world *world)
{
	world->jump = (struct tally_verdict_jump){ .kind = TALLY_JUMP_BASE, .proof = "attached logs" };
	world->verdict.jump_count = 1;
	world->verdict.record_count = 2;
}

static void files(struct world *world)
{
	world->verdict.has_boot_log = true;
	world->verdict.ima = "segment.1";
}

static void ignored_files(struct world *world)
{
	files(world);
	world->ignored = (struct tally_ignored_event){ .source = "segment.1" };
	world->verdict.ignored_count = 1;
}

static void violation(struct world *world)
{
	files(world);
	rejected(world, TALLY_REASON_IMA_VIOLATION);
}

static void wrong_signature(struct world *world)
{
	rejected(world, TALLY_REASON_TDX_QUOTE_SIGNATURE);
	world->member.authenticated = NULL;
}

static void other_report_data(struct world *world)
{
	rejected(world, TALLY_REASON_BINDING_REPORT_DATA);
}

static void other_values(struct world *world)
{
	rejected(world, TALLY_REASON_TPM_PCRS_MISMATCH);
}

/* The vector as numbers: instance, configuration, executables, files, hardware, runtime, storage, sourced data. */
static const struct {
	const char *name;
	void (*make)(struct world *world);
	const char *vector;
	const char *status;
} cases[] = {
	{ "genuine", genuine, "0 2 0 0 2 2 0 0", "affirming" },
	{ "its maker publishes no standing", unknown_standing, "0 2 0 0 2 2 0 0", "affirming" },
	{ "outdated, or advisories apply", outdated, "0 2 0 0 32 2 0 0", "warning" },
	{ "a level that is revoked", revoked_level, "0 0 0 0 96 0 0 0", "contraindicated" },
	{ "a certificate that is revoked", revoked_certificate, "0 0 0 0 96 0 0 0", "contraindicated" },
	{ "debug", debug_refused, "0 0 0 0 96 96 0 0", "contraindicated" },
	{ "debug, by exception", debug_allowed, "0 32 0 0 96 96 0 0", "contraindicated" },
	{ "an unknown root", unknown_root, "0 0 0 0 97 0 0 0", "contraindicated" },
	{ "a root that is denied", denied_root, "0 0 0 0 97 0 0 0", "contraindicated" },
	{ "a root for tests", test_root, "0 0 0 0 97 0 0 0", "contraindicated" },
	{ "a key that nobody knows", unbound_key, "0 0 0 0 97 0 0 0", "contraindicated" },
	{ "id key not pinned", unpinned_id, "0 0 0 0 2 2 0 0", "contraindicated" },
	{ "not evaluated", missing_collateral, "0 0 0 0 0 0 0 0", "contraindicated" },
	{ "software", software, "0 2 2 0 0 0 0 0", "none" },
	{ "a TPM says nothing of memory", quote_of_a_tpm, "0 2 0 0 2 0 0 0", "affirming" },
	{ "the instance is pinned", pinned, "2 2 0 0 2 2 0 0", "affirming" },
	{ "pinned, and rejected", pinned_and_refused, "0 0 0 0 2 2 0 0", "contraindicated" },
	{ "a named exception", excepted, "0 32 0 0 2 2 0 0", "warning" },
	{ "a claim of another value", other_claim, "0 96 0 0 2 2 0 0", "contraindicated" },
	{ "boot log complete", boot_log, "0 2 3 0 2 2 0 0", "affirming" },
	{ "with runtime events", boot_and_runtime, "0 2 2 0 2 2 0 0", "affirming" },
	{ "an unmatched event", unmatched, "0 0 33 0 2 2 0 0", "contraindicated" },
	{ "a jump", gap, "0 0 33 0 2 2 0 0", "contraindicated" },
	{ "a jump that is admitted", admitted_gap, "0 2 33 0 2 2 0 0", "warning" },
	{ "a jump that is proven", proven_base, "0 2 2 0 2 2 0 0", "affirming" },
	{ "files by IMA", files, "0 2 3 2 2 2 0 0", "affirming" },
	{ "files that nobody looked at", ignored_files, "0 2 3 32 2 2 0 0", "warning" },
	{ "files that changed", violation, "0 0 0 32 2 2 0 0", "contraindicated" },
	{ "a wrong signature", wrong_signature, "99 99 99 99 99 99 99 99", "contraindicated" },
	{ "another REPORT_DATA", other_report_data, "99 99 99 99 99 99 99 99", "contraindicated" },
	{ "other values than the quote's", other_values, "99 99 99 99 99 99 99 99", "contraindicated" },
};

static void vector_text(const struct tally_trust_vector *vector, char *text, size_t size)
{
	snprintf(text, size, "%d %d %d %d %d %d %d %d", vector->instance_identity, vector->configuration,
		 vector->executables, vector->file_system, vector->hardware, vector->runtime_opaque,
		 vector->storage_opaque, vector->sourced_data);
}

static void each_value_has_its_verdict(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_trust_vector vector;
		struct world world;
		const char *status;
		char text[80];

		start(&world);
		cases[i].make(&world);
		vector = tally_trust_vector(&world.verdict, &world.member);
		status = tally_trust_status(&world.verdict, &world.member);
		vector_text(&vector, text, sizeof(text));
		if (strcmp(text, cases[i].vector) == 0 && strcmp(status, cases[i].status) == 0)
			continue;
		print_message("%s: expected %s, %s; found %s, %s\n", cases[i].name, cases[i].vector, cases[i].status,
			      text, status);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* A reason code that stands in the table for an unknown key must exist: causes are matched by their text. */
static void codes_of_keys_and_signatures_are_seen(void **state)
{
	size_t signatures = 0;
	size_t keys = 0;

	(void)state;
	for (int number = 1; number < 1000; number++) {
		const char *code = tally_reason_code((enum tally_reason)number);
		bool is_key = strstr(code, ".key-unpinned") || strstr(code, ".key-denied");
		struct tally_trust_vector vector;
		struct world world;

		if (!is_key && !strstr(code, "signature-invalid"))
			continue;
		signatures += !is_key;
		keys += is_key;
		start(&world);
		rejected(&world, (enum tally_reason)number);
		vector = tally_trust_vector(&world.verdict, &world.member);
		assert_int_equal(vector.hardware, is_key ? 97 : 99);
	}
	assert_true(signatures > 8 && keys > 3);
}

/* The payload of a token. */
static json_t *payload_of(const char *token)
{
	const char *first = strchr(token, '.');
	const char *last = strrchr(token, '.');
	char room[4096];
	struct tally_span span = { (uint8_t *)room, sizeof(room) };
	struct tally_bytes text;
	json_t *json;

	assert_true(first && last && first < last);
	assert_int_equal(
		tally_base64_read(tally_bytes(first + 1, (size_t)(last - first - 1)), TALLY_BASE64_URL, span, &text),
		TALLY_OK);
	json = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	return json;
}

static json_t *token_of(const struct tally_verdict *verdict, enum tally_ear_profile profile)
{
	struct tally_key *key = NULL;
	char *token = NULL;
	json_t *json;

	assert_int_equal(tally_key_generate(&key), TALLY_OK);
	assert_int_equal(tally_verdict_to_ear(verdict, profile, key, 1000, &token), TALLY_OK);
	json = payload_of(token);
	free(token);
	tally_key_free(key);
	return json;
}

static const char *text_at(const json_t *json, const char *key)
{
	return json_string_value(json_object_get(json, key));
}

/* Nonce, end of validity and the bound key are the verdict's; each member has its submodule. */
static void a_token_carries_what_binds_it(void **state)
{
	static const uint8_t nonce[32] = { 0xff, 0xfe };
	static const uint8_t hash[48] = { 7 };
	struct tally_verdict_member members[2];
	const json_t *submodule;
	struct world world;
	json_t *json;

	(void)state;
	start(&world);
	members[0] = members[1] = world.member;
	members[1].label = "tpm-quote";
	members[1].standing = TALLY_STANDING_OUTDATED;
	world.verdict.member = members;
	world.verdict.member_count = 2;
	world.verdict.has_nonce = true;
	world.verdict.nonce = tally_bytes(nonce, sizeof(nonce));
	world.verdict.has_valid_until = true;
	world.verdict.valid_until = 2000;
	world.verdict.key_type = "tls-spki";
	world.verdict.key_hash = tally_bytes(hash, sizeof(hash));
	json = token_of(&world.verdict, TALLY_EAR_VERAISON);
	assert_string_equal(text_at(json, "eat_profile"), "tag:github.com,2023:veraison/ear");
	/* python3: base64.urlsafe_b64encode(b"\xff\xfe" + bytes(30)), without padding */
	assert_string_equal(text_at(json, "eat_nonce"), "__4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	assert_int_equal(json_integer_value(json_object_get(json, "iat")), 1000);
	assert_int_equal(json_integer_value(json_object_get(json, "exp")), 2000);
	assert_int_equal(json_object_size(json_object_get(json, "submods")), 2);
	submodule = json_object_get(json_object_get(json, "submods"), "tpm-quote");
	assert_string_equal(text_at(submodule, "ear.status"), "warning");
	assert_string_equal(text_at(json_object_get(submodule, "tally.key-attestation"), "type"), "tls-spki");
	submodule = json_object_get(json_object_get(json, "submods"), "report");
	assert_string_equal(text_at(submodule, "ear.status"), "affirming");
	json_decref(json);

	json = token_of(&world.verdict, TALLY_EAR_IETF);
	assert_string_equal(text_at(json, "eat_profile"), "tag:ietf.org,2026:rats/ear#03");
	assert_string_equal(text_at(json, "ear_status"), "warning");
	json_decref(json);
}

/* What nobody evaluated, and what could not be read at all, is not affirmed by any path. */
static void nothing_is_affirmed_without_evidence(void **state)
{
	struct world world;
	json_t *json;

	(void)state;
	start(&world);
	world.verdict.is_accepted = false;
	world.verdict.member_count = 0;
	json = token_of(&world.verdict, TALLY_EAR_IETF);
	assert_string_equal(text_at(json, "ear_status"), "contraindicated");
	assert_null(json_object_get(json, "eat_nonce"));
	assert_null(json_object_get(json, "exp"));
	json_decref(json);

	start(&world);
	software(&world);
	json = token_of(&world.verdict, TALLY_EAR_IETF);
	assert_string_equal(text_at(json, "ear_status"), "none");
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_value_has_its_verdict),
		cmocka_unit_test(codes_of_keys_and_signatures_are_seen),
		cmocka_unit_test(a_token_carries_what_binds_it),
		cmocka_unit_test(nothing_is_affirmed_without_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
