// SPDX-License-Identifier: BSD-2-Clause
/* CoVE evidence of the draft: sound evidence holds, and each damage gives its one reason. */
#include "../unit/hex.h"

#include "../../format/bundle.h"
#include "../../verify/kept.h"
#include "../../verify/verifier.h"
#include "cove.h"
#include "judged.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define X16(byte) byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte
#define X48(byte) X16(byte) X16(byte) X16(byte)
#define X64(byte) X48(byte) X16(byte)
#define FIRMWARE "\"fw 7 " X48("01") " " X48("02") ";\""

static uint8_t challenge_data[64] = { 4, 5, 6 };
static struct tally_bytes challenge = { challenge_data, sizeof(challenge_data) };
static struct tally_bytes platform_spki;
static struct tally_collateral_item item;
static struct tally_collateral collateral = { 1, &item };

static const char *policy_of(const char *pin)
{
	static char text[4096];

	snprintf(text, sizeof(text),
		 "{\"tally-policy\":1,\"binding\":\"raw\",\"cove\":{\"keys\":[\"sha256:%s\"]},\"claims\":{"
		 "\"cove.manufacturer-id\":\"" X64(
			 "03") "\",\"cove.platform-components\":" FIRMWARE ",\"cove.tsm-components\":" FIRMWARE
			       ",\"cove.mr0\":\"" X48("06") "\"},"
							    "\"registers\":{\"cove.mr8\":{\"value\":\"sha384:" X48(
								    "07") "\"}}}",
		 pin);
	return text;
}

static const char *pin_of(struct tally_bytes bytes)
{
	static char text[65];
	uint8_t hash[32];

	assert_int_equal(EVP_Digest(bytes.data, bytes.size, hash, NULL, EVP_sha256(), NULL), 1);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
	return text;
}

static struct forge_judged judged_of(struct tally_bytes report)
{
	return (struct forge_judged){ .media_type = TALLY_MEDIA_COVE_TOKEN,
				      .report = report,
				      .policy = policy_of(pin_of(platform_spki)),
				      .nonce = challenge,
				      .collateral = &collateral };
}

struct row {
	const char *name;
	void (*change)(struct forge_cove *plan);
	const char *expected;
};

#define CHANGE(name, ...)                         \
	static void name(struct forge_cove *plan) \
	{                                         \
		__VA_ARGS__;                      \
	}

/* clang-format off */
CHANGE(nothing, (void)plan)
CHANGE(certificate, plan->has_certificate = true)
CHANGE(trailing, plan->has_trailing = true)
CHANGE(twice, plan->has_twice = true)
CHANGE(crit, plan->tvm.has_crit = true)
CHANGE(other_profile, plan->profile = "https://riscv.org/other")
CHANGE(platform_other, plan->platform.key = forge_key(FORGE_P384, 5))
CHANGE(platform_es256, plan->platform.alg = -7)
CHANGE(tsm_other, plan->tsm.key = forge_key(FORGE_P384, 5))
CHANGE(tsm_substituted, plan->named_by_platform = forge_key(FORGE_P384, 5))
CHANGE(tvm_other, plan->tvm.key = forge_key(FORGE_P384, 5))
CHANGE(tvm_r_zero, plan->tvm.scalars = FORGE_R_ZERO)
CHANGE(tvm_eddsa, plan->tvm.alg = -8)
CHANGE(certificate_other, plan->has_certificate = true; plan->certificate.key = forge_key(FORGE_P384, 5))
CHANGE(unusable_key, plan->tsm_curve = 6)
CHANGE(not_configured, plan->state = 1)
CHANGE(debugging, plan->state = 3)
CHANGE(recovery, plan->state = 4)
CHANGE(no_state, plan->state = 5)
CHANGE(longer, plan->size = 64)
CHANGE(sha3, plan->hash = "sha3-384")
CHANGE(in_both, plan->initial_index = 7; plan->runtime_index = 7)
CHANGE(initial_beyond, plan->initial_index = 9)
CHANGE(runtime_beyond, plan->runtime_index = 26)
/* clang-format on */

#define MALFORMED "policy.claim-missing policy.register-missing cove.token-malformed"
#define NO_REGISTERS "policy.claim-missing policy.register-missing "

static void each_damage_has_its_reason(void **state)
{
	static const struct row rows[] = {
		{ "sound", nothing, "" },
		{ "in a certificate", certificate, "" },
		{ "a byte behind", trailing, MALFORMED },
		{ "a claim twice", twice, MALFORMED },
		{ "crit", crit, MALFORMED },
		{ "a state that there is not", no_state, MALFORMED },
		{ "another profile", other_profile, "cove.profile" },
		{ "the platform's key is another", platform_other, "cove.signature-invalid" },
		{ "the platform names ES256", platform_es256, "cove.algorithm" },
		{ "the TSM's key is another", tsm_other, "cove.signature-invalid" },
		{ "the platform names another key", tsm_substituted, "cove.signature-invalid" },
		{ "the TVM's signer is another", tvm_other, "cove.signature-invalid" },
		{ "r = 0", tvm_r_zero, "cove.signature-invalid" },
		{ "EdDSA named", tvm_eddsa, "cove.algorithm" },
		{ "the certificate's signer is another", certificate_other, "cove.signature-invalid" },
		{ "a key of another curve", unusable_key, "cove.key-unsupported" },
		{ "not configured", not_configured, "cove.state" },
		{ "debugging", debugging, "cove.state" },
		{ "recovery", recovery, "cove.state" },
		{ "registers longer than their hash", longer, NO_REGISTERS "cove.measurement-length" },
		{ "registers of SHA-3", sha3, NO_REGISTERS "cove.hash-algorithm" },
		{ "a number in both lists", in_both, NO_REGISTERS "cove.register" },
		{ "an initial register beyond the eighth", initial_beyond, NO_REGISTERS "cove.register" },
		{ "a runtime register beyond the last", runtime_beyond, NO_REGISTERS "cove.register" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct forge_cove plan = forge_cove_sound(challenge);
		struct forge_judged judged;
		struct tally_bytes report;

		rows[i].change(&plan);
		report = forge_cove(&plan);
		judged = judged_of(report);
		forge_expect(rows[i].name, &judged, rows[i].expected);
		free_bytes(report);
	}
}

static void trust_comes_from_the_policy(void **state)
{
	struct forge_cove plan = forge_cove_sound(challenge);
	struct tally_bytes report = forge_cove(&plan);
	struct forge_judged judged = judged_of(report);
	struct tally_roots roots = { 1, &platform_spki };

	(void)state;
	judged.policy = policy_of(X16("00") X16("00"));
	forge_expect("another key is pinned", &judged, "cove.key-unpinned");
	item.bytes = tally_text("no key");
	forge_expect("a key that can't be read", &judged, "cove.key-missing cove.key-malformed");
	judged.collateral = NULL;
	forge_expect("no key", &judged, "cove.key-missing");
	judged.roots = &roots;
	forge_expect("a key for a test", &judged, "");
	item.bytes = platform_spki;
	free_bytes(report);
}

static void every_bit_counts(void **state)
{
	struct forge_cove plan = forge_cove_sound(challenge);
	struct tally_bytes report = forge_cove(&plan);
	uint8_t *bytes = (uint8_t *)(uintptr_t)report.data;
	struct forge_judged judged = judged_of(report);
	struct tally_policy *policy = forge_policy(judged.policy);

	(void)state;
	judged.read_policy = policy;
	judged.kept = tally_kept_new();
	for (size_t bit = 0; bit < 8 * report.size; bit++) {
		struct tally_verdict *verdict;

		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		verdict = forge_judge(&judged);
		if (verdict->is_accepted)
			fail_msg("bit %zu", bit);
		tally_verdict_free(verdict);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	tally_kept_free(judged.kept);
	tally_policy_free(policy);
	free_bytes(report);
}

static int make_key(void **state)
{
	(void)state;
	platform_spki = forge_spki(forge_key(FORGE_P384, 0));
	item = (struct tally_collateral_item){ TALLY_COLLATERAL_PUBLIC_KEY, "key.der", platform_spki };
	return 0;
}

static int free_key(void **state)
{
	(void)state;
	free_bytes(platform_spki);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_damage_has_its_reason),
		cmocka_unit_test(trust_comes_from_the_policy),
		cmocka_unit_test(every_bit_counts),
	};

	return cmocka_run_group_tests(tests, make_key, free_key);
}
