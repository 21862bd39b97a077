// SPDX-License-Identifier: BSD-2-Clause
/* CCA tokens: sound ones hold under a pinned or endorsed key, and each damage gives its one reason. */
#include "../unit/hex.h"

#include "../../format/binding.h"
#include "../../format/bundle.h"
#include "../../verify/kept.h"
#include "../../verify/verifier.h"
#include "cca.h"
#include "judged.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint8_t challenge_data[64] = { 1, 2, 3 };
static struct tally_bytes challenge = { challenge_data, sizeof(challenge_data) };
static struct tally_bytes platform_pem;
static struct tally_collateral_item items[2];
static struct tally_collateral collateral = { 1, items };
static const char *more = "";

static void hex_into(char *text, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", data[i]);
}

static const char *fill_of(uint8_t byte, size_t size)
{
	static char texts[8][129];
	static size_t at;
	char *text = texts[at++ % 8];
	uint8_t data[64];

	memset(data, byte, sizeof(data));
	hex_into(text, data, size);
	return text;
}

static const char *pin_of(struct tally_bytes bytes)
{
	static char text[65];
	uint8_t hash[32];

	assert_int_equal(EVP_Digest(bytes.data, bytes.size, hash, NULL, EVP_sha256(), NULL), 1);
	hex_into(text, hash, sizeof(hash));
	return text;
}

static const char *key_pin(EVP_PKEY *key)
{
	struct tally_bytes spki = forge_spki(key);
	const char *pin = pin_of(spki);

	free_bytes(spki);
	return pin;
}

/* A policy with this section "cca", for tokens with measurements of this size. */
static const char *policy_with(const char *section, const char *binding, size_t size, const char *allow)
{
	static char text[8192];
	char implementation[65];
	char instance[67];
	const char *alg = size == 32 ? "sha256" : size == 48 ? "sha384" : "sha512";

	hex_into(implementation, forge_cca_implementation, sizeof(forge_cca_implementation));
	hex_into(instance, forge_cca_instance, sizeof(forge_cca_instance));
	snprintf(text, sizeof(text),
		 "{\"tally-policy\":1,\"binding\":\"%s\",\"allow\":[%s],\"cca\":{%s},\"claims\":{%s"
		 "\"cca.implementation-id\":\"%s\",\"cca.instance-id\":\"%s\",\"cca.platform-config\":\"636f6e666967\","
		 "\"cca.rim\":\"%s\",\"cca.rpv\":\"%s\"},\"registers\":{\"cca.rem0\":{\"value\":\"%s:%s\"},"
		 "\"cca.rem1\":{\"value\":\"%s:%s\"},\"cca.rem2\":{\"value\":\"%s:%s\"},\"cca.rem3\":{\"value\":\"%s:%"
		 "s\"}}}",
		 binding, allow, section, more, implementation, instance, fill_of(0xd1, size), fill_of(0xd0, 64), alg,
		 fill_of(0xe0, size), alg, fill_of(0, size), alg, fill_of(0, size), alg, fill_of(0, size));
	return text;
}

static const char *pinned_section(EVP_PKEY *key)
{
	static char text[512];

	snprintf(text, sizeof(text),
		 "\"keys\":[\"sha256:%s\"],\"components\":[{\"type\":\"BL\",\"measurement\":\"%s\",\"signer-id\":\"%"
		 "s\"}]",
		 key_pin(key), fill_of(0xc1, 32), fill_of(0xc2, 32));
	return text;
}

static struct tally_bytes pem_of(EVP_PKEY *key)
{
	struct tally_bytes spki = forge_spki(key);
	struct forge_buffer pem = { 0 };

	forge_add_pem(&pem, "PUBLIC KEY", spki);
	free_bytes(spki);
	return forge_bytes(&pem);
}

static struct forge_judged judged_of(struct tally_bytes report, const char *policy)
{
	return (struct forge_judged){ .media_type = TALLY_MEDIA_CCA_TOKEN,
				      .report = report,
				      .policy = policy,
				      .nonce = challenge,
				      .collateral = &collateral };
}

static void expect_policy(const char *name, const struct forge_cca *plan, const char *policy, const char *expected)
{
	struct tally_bytes report = forge_cca(plan);
	struct forge_judged judged = judged_of(report, policy);

	forge_expect(name, &judged, expected);
	free_bytes(report);
}

/* Under the platform's key, pinned. */
static void expect(const char *name, const struct forge_cca *plan, const char *expected)
{
	EVP_PKEY *key = forge_key(FORGE_P384, 0);

	platform_pem = pem_of(key);
	items[0] = (struct tally_collateral_item){ TALLY_COLLATERAL_PUBLIC_KEY, "key.pem", platform_pem };
	collateral.count = 1;
	expect_policy(name, plan, policy_with(pinned_section(key), "raw", plan->rim_size, ""), expected);
	free_bytes(platform_pem);
}

struct row {
	const char *name;
	void (*change)(struct forge_cca *plan);
	const char *expected;
};

#define CHANGE(name, ...)                        \
	static void name(struct forge_cca *plan) \
	{                                        \
		__VA_ARGS__;                     \
	}

/* clang-format off */
CHANGE(nothing, (void)plan)
CHANGE(collection, plan->is_collection = true)
CHANGE(legacy, plan->platform_profile = FORGE_CCA_LEGACY; plan->realm_profile = NULL; plan->is_point = true)
CHANGE(legacy_2023, plan->platform_profile = FORGE_CCA_LEGACY)
CHANGE(untagged, plan->platform.is_tagged = false; plan->realm.is_tagged = false)
CHANGE(indefinite, plan->has_indefinite_maps = true)
CHANGE(sha384, plan->realm_hash = "sha-384"; plan->rim_size = plan->rem_size = 48)
CHANGE(sha512, plan->realm_hash = "sha-512"; plan->rim_size = plan->rem_size = 64)
CHANGE(key_sha512, plan->key_hash = "sha-512")
CHANGE(key_with_alg, plan->key_alg = -35)
CHANGE(key_id, plan->platform.has_key_id = true)
CHANGE(other_platform_part, plan->lifecycle = 0x30ff)
CHANGE(component_sha256, plan->component_hash = "sha-256")

CHANGE(other_tag, plan->tag = 400)
CHANGE(third, plan->has_third = true)
CHANGE(trailing, plan->has_trailing = true)
CHANGE(swapped_tokens, plan->is_swapped = true)
CHANGE(claim_twice, plan->has_claim_twice = true)
CHANGE(lacking, plan->lacks_claim = true)
CHANGE(platform_crit, plan->platform.has_crit = true)
CHANGE(realm_crit, plan->realm.has_crit = true)
CHANGE(platform_unprotected, plan->platform.has_unprotected_alg = true)
CHANGE(realm_no_alg, plan->realm.has_no_alg = true)
CHANGE(other_instance_kind, plan->instance_kind = 2)
CHANGE(point_with_profile, plan->is_point = true)
CHANGE(short_rim, plan->rim_size = 20)

CHANGE(unknown_pair, plan->realm_profile = "tag:arm.com,2099:realm#9.0.0")
CHANGE(unknown_platform, plan->platform_profile = "tag:arm.com,2099:cca_platform#9.0.0")
CHANGE(legacy_2024, plan->platform_profile = FORGE_CCA_LEGACY; plan->realm_profile = FORGE_CCA_REALM_2024)
CHANGE(new_without_profile, plan->realm_profile = NULL; plan->is_point = true)
CHANGE(platform_es256, plan->platform.alg = -7)
CHANGE(platform_other_key, plan->platform.key = forge_key(FORGE_P384, 4))
CHANGE(platform_other_curve, plan->platform.key = forge_key(FORGE_P256, 0); plan->platform.alg = -7)
CHANGE(platform_r_zero, plan->platform.scalars = FORGE_R_ZERO)
CHANGE(platform_s_order, plan->platform.scalars = FORGE_S_ORDER)
CHANGE(platform_cut, plan->platform.cut = 1)
CHANGE(realm_es512, plan->realm.alg = -36)
CHANGE(realm_other_key, plan->realm.key = forge_key(FORGE_P384, 4))
CHANGE(realm_r_zero, plan->realm.scalars = FORGE_R_ZERO)
CHANGE(realm_s_zero, plan->realm.scalars = FORGE_S_ZERO)
CHANGE(realm_r_order, plan->realm.scalars = FORGE_R_ORDER)
CHANGE(realm_der, plan->realm.is_der_signature = true)
CHANGE(substituted, plan->has_other_key_hash = true)
CHANGE(reencoded, plan->is_hash_of_reencoded = true)
CHANGE(sha1_key, plan->key_hash = "sha-1")
CHANGE(md5_key, plan->key_hash = "md5")
CHANGE(key_p256, plan->realm_key = plan->realm.key = forge_key(FORGE_P256, 1); plan->key_curve = 1; plan->realm.alg = -7)
CHANGE(key_wrong_curve, plan->key_curve = 1)
CHANGE(key_wrong_alg, plan->key_alg = -7)
CHANGE(key_off_curve, plan->has_key_off_curve = true)
CHANGE(unknown_state, plan->lifecycle = 0x0000)
CHANGE(assembly, plan->lifecycle = 0x1000)
CHANGE(provisioning, plan->lifecycle = 0x2000)
CHANGE(non_cca_debug, plan->lifecycle = 0x4000)
CHANGE(recoverable, plan->lifecycle = 0x5001)
CHANGE(decommissioned, plan->lifecycle = 0x6000)
CHANGE(no_state, plan->lifecycle = 0x7000)
CHANGE(rim_longer, plan->rim_size = plan->rem_size = 64)
CHANGE(rem_longer, plan->rem_size = 48)
CHANGE(realm_sha1, plan->realm_hash = "sha-1")
CHANGE(platform_sha3, plan->platform_hash = "sha3-256")
CHANGE(component_longer, plan->measurement_size = 48)
CHANGE(component_sha384, plan->component_hash = "sha-384")
CHANGE(other_component, plan->component_byte = 0xcc)
CHANGE(other_signer, plan->signer_byte = 0xcc)
CHANGE(second_component, plan->has_second_component = true)
CHANGE(unknown_claim, plan->has_unknown_claim = true)
CHANGE(claims_2024, plan->has_2024_claims = true; plan->realm_profile = FORGE_CCA_REALM_2024)
/* clang-format on */

static void sound_tokens_hold(void **state)
{
	static const struct row rows[] = {
		{ "tag 399", nothing, "" },
		{ "tag 907", collection, "" },
		{ "before profiles", legacy, "" },
		{ "the older platform profile", legacy_2023, "" },
		{ "messages without their tag", untagged, "" },
		{ "maps without a count", indefinite, "" },
		{ "SHA-384", sha384, "" },
		{ "SHA-512", sha512, "" },
		{ "the key's hash with SHA-512", key_sha512, "" },
		{ "the key with its algorithm", key_with_alg, "" },
		{ "an unprotected key id", key_id, "" },
		{ "secured, in the implementation's own words", other_platform_part, "" },
		{ "a component that names its hash", component_sha256, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct forge_cca plan = forge_cca_sound(challenge);

		rows[i].change(&plan);
		expect(rows[i].name, &plan, rows[i].expected);
	}
}

#define MALFORMED "policy.claim-missing policy.register-missing cca.token-malformed"

static void each_damage_has_its_reason(void **state)
{
	static const struct row rows[] = {
		{ "another tag", other_tag, MALFORMED },
		{ "a third token", third, MALFORMED },
		{ "a byte behind", trailing, MALFORMED },
		{ "tokens exchanged", swapped_tokens, MALFORMED },
		{ "a claim twice", claim_twice, MALFORMED },
		{ "a claim missing", lacking, MALFORMED },
		{ "crit in the platform's header", platform_crit, MALFORMED },
		{ "crit in the realm's header", realm_crit, MALFORMED },
		{ "an unprotected algorithm", platform_unprotected, MALFORMED },
		{ "no algorithm", realm_no_alg, MALFORMED },
		{ "an instance id of another kind", other_instance_kind, MALFORMED },
		{ "a point although there is a profile", point_with_profile, MALFORMED },
		{ "a RIM of 20 bytes", short_rim, MALFORMED },
		{ "an unknown realm profile", unknown_pair, "cca.profile" },
		{ "an unknown platform profile", unknown_platform, "cca.profile" },
		{ "profiles that do not go together", legacy_2024, "cca.profile" },
		{ "no realm profile beside a new one", new_without_profile, "cca.profile" },
		{ "the platform names ES256", platform_es256, "cca.platform-algorithm" },
		{ "the platform's key is another", platform_other_key, "cca.platform-signature-invalid" },
		{ "the platform's key has another curve", platform_other_curve, "cca.platform-algorithm" },
		{ "platform, r = 0", platform_r_zero, "cca.platform-signature-invalid" },
		{ "platform, s = n", platform_s_order, "cca.platform-signature-invalid" },
		{ "platform, a byte short", platform_cut, "cca.platform-signature-invalid" },
		{ "the realm names ES512", realm_es512, "cca.realm-algorithm" },
		{ "the realm's key is another", realm_other_key, "cca.realm-signature-invalid" },
		{ "realm, r = 0", realm_r_zero, "cca.realm-signature-invalid" },
		{ "realm, s = 0", realm_s_zero, "cca.realm-signature-invalid" },
		{ "realm, r = n", realm_r_order, "cca.realm-signature-invalid" },
		{ "realm, in DER", realm_der, "cca.realm-signature-invalid" },
		{ "the realm's key substituted", substituted, "cca.realm-key-mismatch" },
		{ "the hash of the key encoded anew", reencoded, "cca.realm-key-mismatch" },
		{ "the key's hash with SHA-1", sha1_key, "cca.realm-key-hash" },
		{ "the key's hash with MD5", md5_key, "cca.realm-key-hash" },
		{ "a realm key of P-256", key_p256, "cca.realm-key-unsupported" },
		{ "a realm key that names another curve", key_wrong_curve, "cca.realm-key-unsupported" },
		{ "a realm key for another algorithm", key_wrong_alg, "cca.realm-key-unsupported" },
		{ "a realm key that is no point of the curve", key_off_curve, "cca.realm-key-unsupported" },
		{ "state unknown", unknown_state, "cca.lifecycle" },
		{ "state assembly", assembly, "cca.lifecycle" },
		{ "state provisioning", provisioning, "cca.lifecycle" },
		{ "state decommissioned", decommissioned, "cca.lifecycle" },
		{ "a state that there is not", no_state, "cca.lifecycle" },
		{ "debugging beside CCA", non_cca_debug, "cca.debug" },
		{ "recoverable debugging", recoverable, "cca.debug" },
		{ "an unendorsed component", other_component, "cca.component-unendorsed" },
		{ "an unendorsed signer", other_signer, "cca.component-unendorsed" },
		{ "a component that nobody names", second_component, "cca.component-unendorsed" },
		{ "a platform hash that is not SHA-2", platform_sha3, "cca.hash-algorithm" },
		{ "a component with another hash than its length", component_sha384, "cca.measurement-length" },
		{ "a claim that nobody knows", unknown_claim, "policy.unruled" },
		{ "claims of 2024 without rules", claims_2024, "policy.unruled" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct forge_cca plan = forge_cca_sound(challenge);

		rows[i].change(&plan);
		/* The policy is for the sound token. */
		if (strcmp(rows[i].expected, MALFORMED) == 0) {
			struct tally_bytes report = forge_cca(&plan);
			struct forge_judged judged =
				judged_of(report, policy_with(pinned_section(forge_key(FORGE_P384, 0)), "raw", 32, ""));

			forge_expect(rows[i].name, &judged, rows[i].expected);
			free_bytes(report);
			continue;
		}
		expect(rows[i].name, &plan, rows[i].expected);
	}
}

/* Registers whose length is wrong are none: a policy that rules them misses them. */
static void lengths_are_judged(void **state)
{
	static const struct row rows[] = {
		{ "longer than the hash", rim_longer, "policy.register-missing cca.measurement-length" },
		{ "REMs longer than the RIM", rem_longer, "policy.register-missing cca.measurement-length" },
		{ "SHA-1", realm_sha1, "policy.register-missing cca.hash-algorithm" },
		{ "a component longer than the hash", component_longer,
		  "cca.measurement-length cca.component-unendorsed" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct forge_cca plan = forge_cca_sound(challenge);

		rows[i].change(&plan);
		expect(rows[i].name, &plan, rows[i].expected);
	}
}

static void debugging_can_be_admitted(void **state)
{
	struct forge_cca plan = forge_cca_sound(challenge);
	EVP_PKEY *key = forge_key(FORGE_P384, 0);

	(void)state;
	plan.lifecycle = 0x4000;
	platform_pem = pem_of(key);
	items[0].bytes = platform_pem;
	expect_policy("debugging, admitted", &plan, policy_with(pinned_section(key), "raw", 32, "\"cca.debug\""), "");
	plan.lifecycle = 0x6000;
	expect_policy("decommissioned all the same", &plan,
		      policy_with(pinned_section(key), "raw", 32, "\"cca.debug\""), "cca.lifecycle");
	free_bytes(platform_pem);
}

/* Platform keys of each curve, in each form. */
static void keys_come_in_several_forms(void **state)
{
	static const struct {
		enum forge_key_kind kind;
		int64_t alg;
	} kinds[] = { { FORGE_P256, -7 }, { FORGE_P384, -35 }, { FORGE_P521, -36 } };

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		EVP_PKEY *key = forge_key(kinds[i].kind, 2);
		struct forge_cca plan = forge_cca_sound(challenge);
		struct tally_bytes spki = forge_spki(key);
		struct tally_bytes pem = pem_of(key);

		plan.platform.key = key;
		plan.platform.alg = kinds[i].alg;
		items[0] = (struct tally_collateral_item){ TALLY_COLLATERAL_PUBLIC_KEY, "key.pem", pem };
		expect_policy("PEM", &plan, policy_with(pinned_section(key), "raw", 32, ""), "");
		items[0].bytes = spki;
		expect_policy("DER", &plan, policy_with(pinned_section(key), "raw", 32, ""), "");
		free_bytes(pem);
		free_bytes(spki);
	}
}

static void trust_comes_from_the_policy(void **state)
{
	EVP_PKEY *key = forge_key(FORGE_P384, 0);
	struct forge_cca plan = forge_cca_sound(challenge);
	struct tally_bytes spki = forge_spki(key);
	struct tally_bytes pem = pem_of(key);
	struct tally_bytes other = pem_of(forge_key(FORGE_P384, 4));
	struct tally_roots roots = { 1, &spki };
	struct tally_bytes report = forge_cca(&plan);
	struct forge_judged judged;

	(void)state;
	items[0] = (struct tally_collateral_item){ TALLY_COLLATERAL_PUBLIC_KEY, "key.pem", pem };
	expect_policy("another key is pinned", &plan,
		      policy_with(pinned_section(forge_key(FORGE_P384, 4)), "raw", 32, ""), "cca.key-unpinned");
	items[0].bytes = tally_text("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
	expect_policy("a key that can't be read", &plan, policy_with(pinned_section(key), "raw", 32, ""),
		      "cca.key-missing cca.key-malformed");
	collateral.count = 0;
	expect_policy("no key", &plan, policy_with(pinned_section(key), "raw", 32, ""), "cca.key-missing");
	judged = judged_of(report, policy_with(pinned_section(forge_key(FORGE_P384, 4)), "raw", 32, ""));
	judged.roots = &roots;
	forge_expect("a key for a test", &judged, "");
	/* The right one is found among several. */
	collateral.count = 2;
	items[0] = (struct tally_collateral_item){ TALLY_COLLATERAL_PUBLIC_KEY, "other.pem", other };
	items[1] = (struct tally_collateral_item){ TALLY_COLLATERAL_PUBLIC_KEY, "key.pem", pem };
	expect_policy("two keys, one pinned", &plan, policy_with(pinned_section(key), "raw", 32, ""), "");
	collateral.count = 1;
	free_bytes(report);
	free_bytes(other);
	free_bytes(pem);
	free_bytes(spki);
}

static const char *endorsed_section(struct tally_bytes corim)
{
	static char text[128];

	snprintf(text, sizeof(text), "\"endorsements\":[\"sha256:%s\"]", pin_of(corim));
	return text;
}

static void endorsements_are_judged(void **state)
{
	static const struct {
		const char *name;
		int64_t from, until;
		uint8_t instance;
		size_t key;
		const char *expected;
	} rows[] = {
		{ "for ever", 0, 0, 0xb1, 0, "" },
		{ "its last second", FORGE_TIME - 1, FORGE_TIME, 0xb1, 0, "" },
		{ "its first second", FORGE_TIME, FORGE_TIME + 1, 0xb1, 0, "" },
		{ "over", FORGE_TIME - 2, FORGE_TIME - 1, 0xb1, 0,
		  "cca.key-missing cca.component-unendorsed cca.endorsement-expired" },
		{ "not yet", FORGE_TIME + 1, FORGE_TIME + 2, 0xb1, 0,
		  "cca.key-missing cca.component-unendorsed cca.endorsement-expired" },
		{ "of another instance", 0, 0, 0xb9, 0, "cca.key-missing" },
		{ "of another key", 0, 0, 0xb1, 4, "cca.platform-signature-invalid" },
	};
	struct forge_cca plan = forge_cca_sound(challenge);

	(void)state;
	collateral.count = 1;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes corim = forge_corim(forge_key(FORGE_P384, rows[i].key), rows[i].from, rows[i].until,
						       rows[i].instance, NULL);

		items[0] = (struct tally_collateral_item){ TALLY_COLLATERAL_CORIM, "platform.corim", corim };
		expect_policy(rows[i].name, &plan, policy_with(endorsed_section(corim), "raw", 32, ""),
			      rows[i].expected);
		free_bytes(corim);
	}
}

static void endorsements_must_be_named(void **state)
{
	struct tally_bytes corim = forge_corim(forge_key(FORGE_P384, 0), 0, 0, 0xb1, NULL);
	struct forge_cca plan = forge_cca_sound(challenge);
	struct tally_bytes cut = tally_bytes(corim.data, corim.size - 1);

	(void)state;
	items[0] = (struct tally_collateral_item){ TALLY_COLLATERAL_CORIM, "platform.corim", corim };
	expect_policy("another one is named", &plan, policy_with(endorsed_section(tally_text("other")), "raw", 32, ""),
		      "cca.key-missing cca.component-unendorsed");
	items[0].bytes = cut;
	expect_policy("cut", &plan, policy_with(endorsed_section(cut), "raw", 32, ""),
		      "cca.key-missing cca.component-unendorsed cca.endorsement-malformed");
	free_bytes(corim);
}

/* A kind of firmware that the policy names must be there. */
static void firmware_is_a_closed_set(void **state)
{
	struct forge_cca plan = forge_cca_sound(challenge);
	EVP_PKEY *key = forge_key(FORGE_P384, 0);
	struct tally_bytes pem = pem_of(key);
	char section[1024];

	(void)state;
	items[0] = (struct tally_collateral_item){ TALLY_COLLATERAL_PUBLIC_KEY, "key.pem", pem };
	snprintf(section, sizeof(section),
		 "\"keys\":[\"sha256:%s\"],\"components\":[{\"type\":\"BL\",\"measurement\":\"%s\"},"
		 "{\"type\":\"M1\",\"measurement\":\"%s\"}]",
		 key_pin(key), fill_of(0xc1, 32), fill_of(0xc1, 32));
	expect_policy("one is missing", &plan, policy_with(section, "raw", 32, ""), "cca.component-missing");
	plan.has_second_component = true;
	expect_policy("both are there", &plan, policy_with(section, "raw", 32, ""), "");
	free_bytes(pem);
}

/* Where policy or endorsement names a version, the measurement alone does not do: the token says "1.0". */
static void firmware_has_its_version(void **state)
{
	static const struct {
		const char *version;
		const char *expected;
	} rows[] = {
		{ "1.0", "" },
		{ "1.1", "cca.component-unendorsed" },
		{ "1", "cca.component-unendorsed" },
	};
	struct forge_cca plan = forge_cca_sound(challenge);
	EVP_PKEY *key = forge_key(FORGE_P384, 0);
	struct tally_bytes pem = pem_of(key);
	char section[1024];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes corim = forge_corim(key, 0, 0, 0xb1, rows[i].version);

		items[0] = (struct tally_collateral_item){ TALLY_COLLATERAL_PUBLIC_KEY, "key.pem", pem };
		snprintf(section, sizeof(section),
			 "\"keys\":[\"sha256:%s\"],\"components\":[{\"measurement\":\"%s\",\"version\":\"%s\"}]",
			 key_pin(key), fill_of(0xc1, 32), rows[i].version);
		expect_policy(rows[i].version, &plan, policy_with(section, "raw", 32, ""), rows[i].expected);
		items[0] = (struct tally_collateral_item){ TALLY_COLLATERAL_CORIM, "platform.corim", corim };
		expect_policy(rows[i].version, &plan, policy_with(endorsed_section(corim), "raw", 32, ""),
			      rows[i].expected);
		free_bytes(corim);
	}
	free_bytes(pem);
}

static void newer_claims_are_ruled(void **state)
{
	struct forge_cca plan = forge_cca_sound(challenge);

	(void)state;
	plan.has_2024_claims = true;
	plan.realm_profile = FORGE_CCA_REALM_2024;
	more = "\"cca.realm-instance-id\":\"7265616c6d\",\"cca.mec-policy\":1,";
	expect("claims of 2024 with rules", &plan, "");
	more = "";
}

/* The array that the challenge hashes. */
static struct tally_bytes binding_of(uint8_t ret[TALLY_REPORT_DATA_SIZE], struct tally_bytes nonce)
{
	static uint8_t room[512];
	static uint8_t companions[48];
	struct tally_hash_job job = { TALLY_SHA384, { tally_text("\x80") }, companions };
	struct tally_writer writer = tally_writer(room, sizeof(room));
	struct tally_binding binding = { .purpose = tally_text(TALLY_PURPOSE_EVIDENCE),
					 .provider = tally_text("cca"),
					 .caller = tally_text("0:0"),
					 .nonce = nonce,
					 .companions = tally_bytes(companions, sizeof(companions)) };

	assert_int_equal(tally_env_hash(&job, 1), TALLY_OK);
	tally_binding_write(&writer, &binding);
	assert_int_equal(tally_binding_report_data(tally_written(&writer), ret), TALLY_OK);
	return tally_written(&writer);
}

static void the_challenge_binds(void **state)
{
	uint8_t report_data[TALLY_REPORT_DATA_SIZE];
	struct tally_bytes binding = binding_of(report_data, challenge);
	struct forge_cca plan = forge_cca_sound(tally_bytes(report_data, sizeof(report_data)));
	EVP_PKEY *key = forge_key(FORGE_P384, 0);
	struct tally_bytes pem = pem_of(key);
	struct tally_bytes report = forge_cca(&plan);
	struct forge_judged judged = judged_of(report, policy_with(pinned_section(key), "tally", 32, ""));

	(void)state;
	items[0] = (struct tally_collateral_item){ TALLY_COLLATERAL_PUBLIC_KEY, "key.pem", pem };
	judged.binding = binding;
	forge_expect("bound", &judged, "");
	free_bytes(report);
	plan.challenge = challenge;
	report = forge_cca(&plan);
	judged.report = report;
	forge_expect("not bound", &judged, "binding.report-data-mismatch");
	free_bytes(report);
	free_bytes(pem);
}

/* Every bit of both messages and of what holds them together. */
static void every_bit_counts(void **state)
{
	struct forge_cca plan = forge_cca_sound(challenge);
	struct tally_bytes report = forge_cca(&plan);
	uint8_t *bytes = (uint8_t *)(uintptr_t)report.data;
	EVP_PKEY *key = forge_key(FORGE_P384, 0);
	struct tally_bytes pem = pem_of(key);
	struct tally_policy *policy;
	struct forge_judged judged = judged_of(report, policy_with(pinned_section(key), "raw", 32, ""));

	(void)state;
	items[0] = (struct tally_collateral_item){ TALLY_COLLATERAL_PUBLIC_KEY, "key.pem", pem };
	judged.kept = tally_kept_new();
	judged.read_policy = policy = forge_policy(judged.policy);
	forge_expect("as it is", &judged, "");
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
	free_bytes(pem);
	free_bytes(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_tokens_hold),	      cmocka_unit_test(each_damage_has_its_reason),
		cmocka_unit_test(lengths_are_judged),	      cmocka_unit_test(debugging_can_be_admitted),
		cmocka_unit_test(keys_come_in_several_forms), cmocka_unit_test(trust_comes_from_the_policy),
		cmocka_unit_test(endorsements_are_judged),    cmocka_unit_test(endorsements_must_be_named),
		cmocka_unit_test(firmware_is_a_closed_set),   cmocka_unit_test(firmware_has_its_version),
		cmocka_unit_test(newer_claims_are_ruled),     cmocka_unit_test(the_challenge_binds),
		cmocka_unit_test(every_bit_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
