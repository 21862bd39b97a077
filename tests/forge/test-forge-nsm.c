// SPDX-License-Identifier: BSD-2-Clause
/* Nitro documents: sound ones hold, and each damage gives its one reason. */
#include "../unit/hex.h"

#include "../../format/binding.h"
#include "../../format/bundle.h"
#include "../../verify/kept.h"
#include "../../verify/verifier.h"
#include "judged.h"
#include "nsm.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint8_t nonce_data[32] = { 1, 2, 3 };
static struct tally_bytes nonce = { nonce_data, sizeof(nonce_data) };
static struct tally_bytes root;
static struct tally_roots roots = { 1, &root };

/* A rule for each of the 16 PCRs that every document has. */
static const char *policy_of(const char *binding, const char *allow, const char *more)
{
	static char text[8192];
	size_t used;

	used = (size_t)snprintf(text, sizeof(text),
				"{\"tally-policy\":1,\"binding\":\"%s\",\"allow\":[%s],%s\"registers\":{", binding,
				allow, more);
	for (unsigned pcr = 0; pcr < 16; pcr++) {
		bool is_zero = !(0x117 >> pcr & 1);

		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s\"nsm.pcr%u\":{\"value\":\"sha384:", pcr ? "," : "", pcr);
		for (unsigned i = 0; i < 48; i++)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%02x", is_zero ? 0 : pcr + 1);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "\"}");
	}
	snprintf(text + used, sizeof(text) - used, "}}");
	return text;
}

static struct forge_nsm raw_sound(void)
{
	struct forge_nsm plan = forge_nsm_sound();

	plan.nonce = nonce;
	return plan;
}

static struct forge_judged judged_of(struct tally_bytes report, const char *policy)
{
	return (struct forge_judged){ .media_type = TALLY_MEDIA_NSM_DOCUMENT,
				      .report = report,
				      .policy = policy,
				      .nonce = nonce,
				      .roots = &roots };
}

static void expect_plan(const char *name, const struct forge_nsm *plan, const char *policy, const char *expected)
{
	struct tally_bytes report = forge_nsm(plan);
	struct forge_judged judged = judged_of(report, policy);

	if (plan->is_response)
		judged.media_type = TALLY_MEDIA_NSM_RESPONSE;
	forge_expect(name, &judged, expected);
	free_bytes(report);
}

static void expect_raw(const char *name, const struct forge_nsm *plan, const char *expected)
{
	expect_plan(name, plan, policy_of("raw", "", ""), expected);
}

struct row {
	const char *name;
	void (*change)(struct forge_nsm *plan);
	const char *expected;
};

#define CHANGE(name, ...)                        \
	static void name(struct forge_nsm *plan) \
	{                                        \
		__VA_ARGS__;                     \
	}

/* clang-format off */
CHANGE(nothing, (void)plan)
CHANGE(definite, plan->is_definite = true)
CHANGE(left_out, plan->leaves_out = true)
CHANGE(tagged, plan->cose.is_tagged = true)
CHANGE(indefinite_message, plan->cose.has_indefinite_array = true)
CHANGE(key_id, plan->cose.has_key_id = true)
CHANGE(response, plan->is_response = true)
CHANGE(negated, plan->cose.scalars = FORGE_S_NEGATED)
CHANGE(first_moment, plan->timestamp = ((uint64_t)FORGE_TIME - 3600) * 1000)
CHANGE(last_moment, plan->timestamp = (uint64_t)FORGE_TIME * 1000 + 999)
CHANGE(with_key, plan->public_key = tally_text("a public key"))
CHANGE(no_path_limits, for (size_t i = 0; i < FORGE_NSM_LEVELS; i++) plan->path_limit[i] = -1)

CHANGE(crit, plan->cose.has_crit = true)
CHANGE(unprotected_alg, plan->cose.has_unprotected_alg = true)
CHANGE(no_alg, plan->cose.has_no_alg = true)
CHANGE(alg_twice, plan->cose.has_alg_twice = true)
CHANGE(trailing, plan->has_trailing = true)
CHANGE(twice, plan->twice = "nonce")
CHANGE(wide_twice, plan->twice = "nonce"; plan->is_wide_twice = true)
CHANGE(definite_twice, plan->twice = "module_id"; plan->is_definite = true)
CHANGE(nitrotpm, plan->is_nitrotpm = true)
CHANGE(sha256, plan->digest = "SHA256")
CHANGE(no_module, plan->module_id = "")
CHANGE(no_time, plan->timestamp = 0)

CHANGE(es256, plan->cose.alg = -7)
CHANGE(es512, plan->cose.alg = -36)
CHANGE(rs384, plan->cose.alg = -258)
CHANGE(other_key, plan->cose.key = forge_key(FORGE_P384, 6))
CHANGE(r_zero, plan->cose.scalars = FORGE_R_ZERO)
CHANGE(s_zero, plan->cose.scalars = FORGE_S_ZERO)
CHANGE(r_order, plan->cose.scalars = FORGE_R_ORDER)
CHANGE(s_order, plan->cose.scalars = FORGE_S_ORDER)
CHANGE(r_ones, plan->cose.scalars = FORGE_R_ONES)
CHANGE(swapped, plan->cose.scalars = FORGE_SWAPPED)
CHANGE(der, plan->cose.is_der_signature = true)
CHANGE(cut, plan->cose.cut = 1)

CHANGE(other_module, plan->module_id = "i-0123456789abcdef0-enc0123456789abcdee")
CHANGE(shorter_module, plan->module_id = "i-0123456789abcdef0-enc0123456789abcde")
CHANGE(whole_name, plan->module_id = plan->leaf_name)
CHANGE(before_leaf, plan->timestamp = ((uint64_t)FORGE_TIME - 3600) * 1000 - 1)
CHANGE(future, plan->timestamp = (uint64_t)FORGE_TIME * 1000 + 1000)
CHANGE(after_leaf, plan->timestamp = ((uint64_t)FORGE_TIME + 3601) * 1000)

CHANGE(leaf_ca, plan->leaf_is_ca = true)
CHANGE(leaf_signs, plan->leaf_usage = FORGE_USAGE_SIGN | FORGE_USAGE_CA)
CHANGE(leaf_no_usage, plan->leaf_usage = 0)
CHANGE(leaf_path, plan->leaf_is_ca = true; plan->path_limit[0] = 0)
CHANGE(path_instance, plan->path_limit[2] = 0)
CHANGE(path_zone, plan->path_limit[3] = 1)
CHANGE(path_region, plan->path_limit[3] = 0)
CHANGE(path_root, plan->path_limit[4] = 2)
CHANGE(many, plan->extra = 4)
CHANGE(most, plan->extra = 3)
CHANGE(no_root, plan->has_no_root = true)
CHANGE(reversed, plan->has_swapped_bundle = true)
CHANGE(leaf_p256, plan->has_key_kind = true; plan->key_kind = FORGE_P256; plan->cose.key = forge_key(FORGE_P256, 0))
CHANGE(leaf_p256_alg, leaf_p256(plan); plan->cose.alg = -7)
CHANGE(zone_p521, plan->has_key_kind = true; plan->key_kind = FORGE_P521; plan->key_place = 2)
CHANGE(instance_rsa, plan->has_key_kind = true; plan->key_kind = FORGE_RSA2048; plan->key_place = 1)
/* clang-format on */

static void sound_documents_hold(void **state)
{
	static const struct row rows[] = {
		{ "as AWS makes them", nothing, "" },
		{ "a map with its count", definite, "" },
		{ "fields left out", left_out, "" },
		{ "tagged", tagged, "" },
		{ "an array without a count", indefinite_message, "" },
		{ "an unprotected key id", key_id, "" },
		{ "the device's answer", response, "" },
		{ "s negated", negated, "" },
		{ "made in the leaf's first second", first_moment, "" },
		{ "made in this second", last_moment, "" },
		{ "a public key", with_key, "" },
		{ "no path lengths", no_path_limits, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct forge_nsm plan = raw_sound();

		rows[i].change(&plan);
		expect_raw(rows[i].name, &plan, rows[i].expected);
	}
}

static void each_damage_has_its_reason(void **state)
{
	static const struct row rows[] = {
		{ "crit", crit, "nsm.document-malformed" },
		{ "an unprotected algorithm", unprotected_alg, "nsm.document-malformed" },
		{ "no algorithm", no_alg, "nsm.document-malformed" },
		{ "the algorithm twice", alg_twice, "nsm.document-malformed" },
		{ "a byte behind", trailing, "nsm.document-malformed" },
		{ "a field twice", twice, "nsm.document-malformed" },
		{ "a field twice, its length wider", wide_twice, "nsm.document-malformed" },
		{ "a field twice in a counted map", definite_twice, "nsm.document-malformed" },
		{ "a NitroTPM's document", nitrotpm, "nsm.document-malformed" },
		{ "another digest", sha256, "nsm.document-malformed" },
		{ "no module", no_module, "nsm.document-malformed" },
		{ "no time", no_time, "nsm.document-malformed" },
		{ "ES256 named", es256, "nsm.algorithm" },
		{ "ES512 named", es512, "nsm.algorithm" },
		{ "RS384 named", rs384, "nsm.algorithm" },
		{ "another key", other_key, "nsm.signature-invalid" },
		{ "r = 0", r_zero, "nsm.signature-invalid" },
		{ "s = 0", s_zero, "nsm.signature-invalid" },
		{ "r = n", r_order, "nsm.signature-invalid" },
		{ "s = n", s_order, "nsm.signature-invalid" },
		{ "r all ones", r_ones, "nsm.signature-invalid" },
		{ "r and s exchanged", swapped, "nsm.signature-invalid" },
		{ "a signature in DER", der, "nsm.signature-invalid" },
		{ "a signature that lacks a byte", cut, "nsm.signature-invalid" },
		{ "another module", other_module, "nsm.module-id-mismatch" },
		{ "the beginning of the module's name", shorter_module, "nsm.module-id-mismatch" },
		{ "the whole name of the certificate", whole_name, "nsm.module-id-mismatch" },
		{ "a millisecond before the leaf", before_leaf, "nsm.timestamp-outside" },
		{ "a second too late", future, "nsm.timestamp-future" },
		{ "after the leaf", after_leaf, "nsm.timestamp-outside nsm.timestamp-future" },
		{ "a leaf that is an authority", leaf_ca, "nsm.leaf-unfit" },
		{ "a leaf that may sign certificates", leaf_signs, "nsm.leaf-unfit" },
		{ "a leaf without a usage", leaf_no_usage, "nsm.leaf-unfit" },
		{ "a leaf with a path length", leaf_path, "nsm.leaf-unfit" },
		{ "path length of the zone", path_instance, "certificate.path-length" },
		{ "path length of the region", path_zone, "certificate.path-length" },
		{ "path length 0 of the region", path_region, "certificate.path-length" },
		{ "path length of the root", path_root, "certificate.path-length" },
		{ "nine certificates", many, "nsm.chain-length" },
		{ "eight certificates that do not follow", most,
		  "certificate.issuer-mismatch certificate.signature-invalid certificate.path-length" },
		{ "no root", no_root, "certificate.root-untrusted" },
		{ "the bundle upside down", reversed,
		  "certificate.root-untrusted certificate.issuer-mismatch certificate.signature-invalid "
		  "certificate.path-length" },
		{ "a leaf of P-256", leaf_p256, "nsm.algorithm nsm.key-unsupported" },
		{ "a leaf of P-256 and ES256", leaf_p256_alg, "nsm.key-unsupported" },
		{ "an authority of P-521", zone_p521, "nsm.key-unsupported" },
		{ "an authority of RSA", instance_rsa, "nsm.key-unsupported" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct forge_nsm plan = raw_sound();
		char expected[256];
		bool is_malformed = strcmp(rows[i].expected, "nsm.document-malformed") == 0;

		rows[i].change(&plan);
		snprintf(expected, sizeof(expected), "%s%s", is_malformed ? "policy.register-missing " : "",
			 rows[i].expected);
		if (rows[i].change == path_root) {
			struct tally_bytes sound = root;

			root = plan.root = forge_nsm_root(&plan);
			expect_raw(rows[i].name, &plan, expected);
			free_bytes(root);
			root = sound;
			continue;
		}
		expect_raw(rows[i].name, &plan, expected);
	}
}

/* Every damage of a certificate, at each of the five levels. */
static void each_damage_of_the_chain_has_its_reason(void **state)
{
	static const unsigned places[FORGE_NSM_LEVELS] = { FORGE_AT_LEAF, FORGE_AT_AUTHORITY, FORGE_AT_AUTHORITY,
							   FORGE_AT_AUTHORITY, FORGE_AT_ROOT };
	size_t count;
	const struct forge_damage_row *rows = forge_damages(&count);

	(void)state;
	for (size_t row = 0; row < count * FORGE_NSM_LEVELS; row++) {
		const struct forge_damage_row *damage = &rows[row / FORGE_NSM_LEVELS];
		struct forge_nsm plan = raw_sound();
		const char *expected = damage->reason ? damage->reason : "";
		struct tally_bytes sound = root;
		char name[128];

		plan.place = row % FORGE_NSM_LEVELS;
		plan.damage = damage->damage;
		if (!(damage->places & places[plan.place]) || damage->needs_pss)
			continue;
		/* What stands in a damaged certificate is judged, too. */
		if (damage->damage == FORGE_WEAK_HASH || damage->damage == FORGE_OTHER_ALGORITHM)
			expected = "nsm.key-unsupported certificate.algorithm";
		/* It has no extensions, so that nothing says what its key is for. */
		if (damage->damage == FORGE_VERSION_1)
			expected = "nsm.leaf-unfit certificate.version";
		if (damage->damage == FORGE_EXPIRED || damage->damage == FORGE_NOT_YET ||
		    damage->damage == FORGE_FIRST_SECOND)
			plan.timestamp = (uint64_t)FORGE_TIME * 1000;
		if (damage->damage == FORGE_EXPIRED)
			expected = "nsm.timestamp-outside certificate.expired";
		if (damage->damage == FORGE_NOT_YET)
			expected = "nsm.timestamp-outside certificate.not-yet-valid";
		/* A root is trusted as it is, with its damage, unless it is not the one that was to be trusted. */
		if (plan.place == FORGE_NSM_LEVELS - 1) {
			plan.root = forge_nsm_root(&plan);
			if (damage->damage != FORGE_ROOT)
				root = plan.root;
		}
		snprintf(name, sizeof(name), "%s, level %zu", damage->name, plan.place);
		expect_raw(name, &plan, expected);
		root = sound;
		free_bytes(plan.root);
	}
}

static void debug_enclaves_are_refused(void **state)
{
	const char *rules = policy_of("raw", "\"nsm.debug\"", "");
	char policy[8192];

	(void)state;
	snprintf(policy, sizeof(policy), "%s", rules);
	for (unsigned pcr = 0; pcr < 3; pcr++) {
		struct forge_nsm plan = raw_sound();

		plan.zero_mask |= 1U << pcr;
		expect_raw("a PCR of the image is zero", &plan, "policy.register-mismatch nsm.debug");
		plan.zero_mask = raw_sound().zero_mask;
		plan.pcr_mask &= ~(1U << pcr);
		expect_raw("a PCR of the image is missing", &plan, "registers.unproven nsm.debug");
	}
	struct forge_nsm plan = raw_sound();

	plan.zero_mask = 0xffff & ~0x110U;
	expect_plan("an exception", &plan, policy, "policy.register-mismatch");
}

static void registers_are_judged(void **state)
{
	struct forge_nsm plan = raw_sound();

	(void)state;
	plan.pcr_mask |= 1U << 16;
	expect_raw("a locked PCR without a rule", &plan, "log.missing policy.unruled");
	plan.zero_mask |= 1U << 16;
	expect_raw("a locked PCR that is zero, without a rule", &plan, "policy.unruled");
	plan = raw_sound();
	plan.zero_mask |= 1U << 4;
	expect_raw("another value", &plan, "policy.register-mismatch");
}

static void freshness_is_judged(void **state)
{
	static uint8_t other[32] = { 9 };
	struct forge_nsm plan = raw_sound();
	struct forge_judged judged;
	struct tally_bytes report;

	(void)state;
	plan.nonce = tally_bytes(other, sizeof(other));
	expect_raw("another nonce", &plan, "freshness.nonce-mismatch");
	plan = forge_nsm_sound();
	expect_raw("no nonce at all", &plan, "freshness.none");
	plan.user_data = nonce;
	expect_raw("the nonce in user_data alone", &plan, "");
	plan = raw_sound();
	plan.user_data = tally_text("free");
	expect_raw("user_data without a rule", &plan, "policy.unruled");
	expect_plan("user_data with a rule", &plan,
		    policy_of("raw", "", "\"claims\":{\"nsm.user-data\":\"66726565\"},"), "");
	plan = raw_sound();
	plan.other = "other";
	expect_raw("a field that nobody knows", &plan, "policy.unruled");
	plan = raw_sound();
	report = forge_nsm(&plan);
	judged = judged_of(report, policy_of("raw", "", ""));
	judged.nonce = tally_bytes(NULL, 0);
	forge_expect("none asked", &judged, "freshness.none");
	judged = judged_of(report, policy_of("raw", "", ""));
	judged.roots = NULL;
	forge_expect("a root that nobody trusts", &judged, "certificate.root-untrusted");
	free_bytes(report);
}

/* The array that user_data hashes. */
static struct tally_bytes binding_of(const char *provider, uint8_t ret[TALLY_REPORT_DATA_SIZE])
{
	static uint8_t room[512];
	static uint8_t companions[48];
	struct tally_hash_job job = { TALLY_SHA384, { tally_text("\x80") }, companions };
	struct tally_writer writer = tally_writer(room, sizeof(room));
	struct tally_binding binding = { .purpose = tally_text(TALLY_PURPOSE_EVIDENCE),
					 .provider = tally_text(provider),
					 .caller = tally_text("0:0"),
					 .nonce = nonce,
					 .companions = tally_bytes(companions, sizeof(companions)) };

	assert_int_equal(tally_env_hash(&job, 1), TALLY_OK);
	tally_binding_write(&writer, &binding);
	assert_int_equal(tally_binding_report_data(tally_written(&writer), ret), TALLY_OK);
	return tally_written(&writer);
}

static void expect_bound(const char *name, const struct forge_nsm *plan, struct tally_bytes binding,
			 const char *expected)
{
	struct tally_bytes report = forge_nsm(plan);
	struct forge_judged judged = judged_of(report, policy_of("tally", "", ""));

	judged.binding = binding;
	forge_expect(name, &judged, expected);
	free_bytes(report);
}

/* Both places are compared: REPORT_DATA in user_data, the nonce in nonce. */
static void the_binding_stands_in_two_places(void **state)
{
	static uint8_t other[32] = { 9 };
	uint8_t report_data[TALLY_REPORT_DATA_SIZE];
	struct tally_bytes binding = binding_of("nsm", report_data);
	struct forge_nsm plan = raw_sound();

	(void)state;
	plan.user_data = tally_bytes(report_data, sizeof(report_data));
	expect_bound("bound", &plan, binding, "");
	plan.nonce = tally_bytes(NULL, 0);
	expect_bound("no nonce beside it", &plan, binding, "nsm.nonce-missing");
	plan.nonce = tally_bytes(other, sizeof(other));
	expect_bound("another nonce beside it", &plan, binding, "freshness.nonce-mismatch");
	plan = raw_sound();
	plan.user_data = tally_bytes(report_data, sizeof(report_data) - 1);
	expect_bound("REPORT_DATA cut", &plan, binding, "binding.report-data-mismatch");
	binding = binding_of("tdx", report_data);
	plan.user_data = tally_bytes(report_data, sizeof(report_data));
	expect_bound("another provider's", &plan, binding, "binding.provider-mismatch");
}

#define X8(byte) byte byte byte byte byte byte byte byte
#define X48(byte) X8(byte) X8(byte) X8(byte) X8(byte) X8(byte) X8(byte)
#define RULE(pcr, byte) "\"nsm.pcr" pcr "\":{\"value\":\"sha384:" X48(byte) "\"}"
#define SHORT_POLICY                                                                                            \
	"{\"tally-policy\":1,\"binding\":\"raw\",\"registers\":{" RULE("0", "01") "," RULE("1", "02") "," RULE( \
		"2", "03") "," RULE("4", "05") "}}"

/* Each bit of the message, the protected header and the signature: nothing of it is accepted. */
static void every_bit_counts(void **state)
{
	struct forge_nsm plan = raw_sound();
	struct tally_policy *policy;
	struct forge_judged judged;
	struct tally_bytes report;
	uint8_t *bytes;

	(void)state;
	plan.is_short = true;
	plan.pcr_mask = 0x17;
	report = forge_nsm(&plan);
	bytes = (uint8_t *)(uintptr_t)report.data;
	judged = judged_of(report, policy_of("raw", "", ""));
	judged.policy = SHORT_POLICY;
	forge_expect("as it is", &judged, "");
	judged.kept = tally_kept_new();
	judged.read_policy = policy = forge_policy(judged.policy);
	for (size_t bit = 0; bit < 8 * report.size; bit++) {
		struct tally_verdict *verdict;

		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		verdict = forge_judge(&judged);
		if (*forge_codes(verdict) == 0)
			fail_msg("bit %zu", bit);
		tally_verdict_free(verdict);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	tally_kept_free(judged.kept);
	tally_policy_free(policy);
	free_bytes(report);
}

static int make_root(void **state)
{
	struct forge_nsm plan = forge_nsm_sound();

	(void)state;
	root = forge_nsm_root(&plan);
	return 0;
}

static int free_root(void **state)
{
	(void)state;
	free_bytes(root);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_documents_hold),
		cmocka_unit_test(each_damage_has_its_reason),
		cmocka_unit_test(each_damage_of_the_chain_has_its_reason),
		cmocka_unit_test(debug_enclaves_are_refused),
		cmocka_unit_test(registers_are_judged),
		cmocka_unit_test(freshness_is_judged),
		cmocka_unit_test(the_binding_stands_in_two_places),
		cmocka_unit_test(every_bit_counts),
	};

	return cmocka_run_group_tests(tests, make_root, free_root);
}
