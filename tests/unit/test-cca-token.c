// SPDX-License-Identifier: BSD-2-Clause
/* CCA tokens: small ones by another encoder, damages to them, and those of real and emulated realms. */
#include "strict.h"
#include "vectors.h"

#include "../../format/cbor_foreign.h"
#include "../../format/cca_token.h"

/* Large ones, not on the stack. */
static struct tally_cca_platform platform;
static struct tally_cca_token token;

#define X16(byte) byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte
#define X32(byte) X16(byte) X16(byte)
#define X48(byte) X32(byte) X16(byte)
#define X64(byte) X32(byte) X32(byte)

/* python3: each claim as cbor2.dumps writes it. */
#define P_PROFILE "190109 6170"
#define P_CHALLENGE "0a 5820" X32("01")
#define P_IMPLEMENTATION "19095c 5820" X32("02")
#define P_INSTANCE "190100 5821 01" X32("03")
#define P_CONFIG "190961 41cf"
#define P_LIFECYCLE "19095b 193003"
#define P_HASH "190962 67'sha-256'"
#define COMPONENT "a5 01 62'BL' 02 5820" X32("04") "04 6131 05 5820" X32("05") "06 67'sha-256'"
#define P_COMPONENTS "19095f 81" COMPONENT
#define P_SERVICE "190960 6176"
#define P_REST P_IMPLEMENTATION P_INSTANCE P_CONFIG P_HASH
#define PLATFORM P_PROFILE P_CHALLENGE P_LIFECYCLE P_COMPONENTS P_REST

#define R_CHALLENGE "0a 5840" X64("08")
#define R_RPV "19accb 5840" X64("09")
#define R_HASH "19accc 67'sha-256'"
#define COSE_KEY "a4 01 02 20 02 21 5830" X48("06") "22 5830" X48("07")
#define R_KEY "19accd 586b" COSE_KEY
#define R_POINT "19accd 5861 04" X48("06") X48("07")
#define R_RIM "19acce 5820" X32("0a")
#define REM "5820" X32("0b")
#define R_REMS "19accf 84" REM REM REM REM
#define R_KEY_HASH "19acd0 67'sha-256'"
#define R_PROFILE "190109 6172"
#define R_REST R_RPV R_HASH R_KEY_HASH
#define REALM R_CHALLENGE R_RIM R_REMS R_REST

static void platform_claims_are_read(void **state)
{
	static const char *const payloads[] = { "a9" PLATFORM P_SERVICE, "bf" P_SERVICE PLATFORM "ff", "a8" PLATFORM };

	(void)state;
	for (size_t i = 0; i < COUNT(payloads); i++) {
		struct tally_bytes payload = hex_bytes(payloads[i]);

		assert_int_equal(tally_cca_platform_read(payload, &platform), TALLY_OK);
		assert_true(tally_bytes_equal(platform.profile, tally_text("p")));
		assert_bytes_hex(platform.challenge, X32("01"));
		assert_bytes_hex(platform.implementation_id, X32("02"));
		assert_bytes_hex(platform.instance_id, "01" X32("03"));
		assert_bytes_hex(platform.config, "cf");
		assert_int_equal(platform.lifecycle, 0x3003);
		assert_true(tally_bytes_equal(platform.hash_alg, tally_text("sha-256")));
		assert_int_equal(platform.verification_service.size, i < 2 ? 1 : 0);
		assert_int_equal(platform.component_count, 1);
		assert_true(tally_bytes_equal(platform.component[0].type, tally_text("BL")));
		assert_true(tally_bytes_equal(platform.component[0].version, tally_text("1")));
		assert_bytes_hex(platform.component[0].measurement, X32("04"));
		assert_bytes_hex(platform.component[0].signer_id, X32("05"));
		assert_true(tally_bytes_equal(platform.component[0].hash_alg, tally_text("sha-256")));
		assert_int_equal(platform.unknown.count, 0);
		free_bytes(payload);
	}
}

static void realm_claims_are_read(void **state)
{
	static const char *const payloads[] = { "a8" R_PROFILE R_KEY REALM, "a7" R_POINT REALM };
	struct tally_cca_realm realm;

	(void)state;
	for (size_t i = 0; i < COUNT(payloads); i++) {
		struct tally_bytes payload = hex_bytes(payloads[i]);

		assert_int_equal(tally_cca_realm_read(payload, &realm), TALLY_OK);
		assert_int_equal(realm.profile.size, i == 0);
		assert_bytes_hex(realm.challenge, X64("08"));
		assert_bytes_hex(realm.rpv, X64("09"));
		assert_true(tally_bytes_equal(realm.hash_alg, tally_text("sha-256")));
		assert_true(tally_bytes_equal(realm.key_hash_alg, tally_text("sha-256")));
		assert_bytes_hex(realm.key_bytes, i == 0 ? COSE_KEY : "04" X48("06") X48("07"));
		assert_int_equal(realm.key.type, TALLY_COSE_KEY_EC2);
		assert_int_equal(realm.key.curve, TALLY_COSE_P384);
		assert_bytes_hex(realm.key.x, X48("06"));
		assert_bytes_hex(realm.key.y, X48("07"));
		assert_bytes_hex(realm.rim, X32("0a"));
		for (size_t rem = 0; rem < TALLY_CCA_REM_COUNT; rem++)
			assert_bytes_hex(realm.rem[rem], X32("0b"));
		free_bytes(payload);
	}
}

static void claims_of_the_2024_profile_are_read(void **state)
{
	struct tally_bytes payload = hex_bytes("aa" R_PROFILE R_KEY REALM "190100 43010203 19acd3 01");
	struct tally_cca_realm realm;

	(void)state;
	assert_int_equal(tally_cca_realm_read(payload, &realm), TALLY_OK);
	assert_bytes_hex(realm.instance_id, "010203");
	assert_true(realm.has_mec_policy);
	assert_int_equal(realm.mec_policy, 1);
	assert_int_equal(realm.unknown.count, 0);
	free_bytes(payload);
}

static void unknown_claims_are_told(void **state)
{
	struct tally_bytes payload = hex_bytes("aa" R_PROFILE R_KEY REALM "19ffff 80 6161 00");
	struct tally_cca_realm realm;

	(void)state;
	assert_int_equal(tally_cca_realm_read(payload, &realm), TALLY_OK);
	assert_int_equal(realm.unknown.count, 2);
	assert_bytes_hex(realm.unknown.first, "19ffff");
	free_bytes(payload);
}

struct damage {
	const char *name;
	const char *payload;
	enum tally_status expected;
};

static void damaged_platforms_are_refused(void **state)
{
	static const struct damage rows[] = {
		{ "no profile", "a7" P_CHALLENGE P_LIFECYCLE P_COMPONENTS P_REST, TALLY_NOT_FOUND },
		{ "no challenge", "a7" P_PROFILE P_LIFECYCLE P_COMPONENTS P_REST, TALLY_NOT_FOUND },
		{ "no lifecycle", "a7" P_PROFILE P_CHALLENGE P_COMPONENTS P_REST, TALLY_NOT_FOUND },
		{ "no components", "a7" P_PROFILE P_CHALLENGE P_LIFECYCLE P_REST, TALLY_NOT_FOUND },
		{ "no implementation id",
		  "a7" P_PROFILE P_CHALLENGE P_LIFECYCLE P_COMPONENTS P_INSTANCE P_CONFIG P_HASH, TALLY_NOT_FOUND },
		{ "no config", "a7" P_PROFILE P_CHALLENGE P_LIFECYCLE P_COMPONENTS P_IMPLEMENTATION P_INSTANCE P_HASH,
		  TALLY_NOT_FOUND },
		{ "profile empty", "a8 190109 60" P_CHALLENGE P_LIFECYCLE P_COMPONENTS P_REST, TALLY_OUT_OF_RANGE },
		{ "challenge of 33 bytes", "a8" P_PROFILE "0a 5821 00" X32("01") P_LIFECYCLE P_COMPONENTS P_REST,
		  TALLY_OUT_OF_RANGE },
		{ "lifecycle beyond 16 bits", "a8" P_PROFILE P_CHALLENGE "19095b 1a00013003" P_COMPONENTS P_REST,
		  TALLY_OUT_OF_RANGE },
		{ "lifecycle negative", "a8" P_PROFILE P_CHALLENGE "19095b 20" P_COMPONENTS P_REST, TALLY_DISORDER },
		{ "no component", "a8" P_PROFILE P_CHALLENGE P_LIFECYCLE "19095f 80" P_REST, TALLY_OUT_OF_RANGE },
		{ "component without a measurement",
		  "a8" P_PROFILE P_CHALLENGE P_LIFECYCLE "19095f 81 a1 05 5820" X32("05") P_REST, TALLY_NOT_FOUND },
		{ "component without a signer",
		  "a8" P_PROFILE P_CHALLENGE P_LIFECYCLE "19095f 81 a1 02 5820" X32("05") P_REST, TALLY_NOT_FOUND },
		{ "component with a key that nobody knows",
		  "a8" P_PROFILE P_CHALLENGE P_LIFECYCLE "19095f 81 a1 07 00" P_REST, TALLY_UNSUPPORTED },
		{ "measurement of 20 bytes",
		  "a8" P_PROFILE P_CHALLENGE P_LIFECYCLE "19095f 81 a1 02 54" X16("01") "01010101" P_REST,
		  TALLY_OUT_OF_RANGE },
		{ "instance id of another kind",
		  "a8" P_PROFILE P_CHALLENGE P_LIFECYCLE P_COMPONENTS P_IMPLEMENTATION P_CONFIG P_HASH
		  "190100 5821 02" X32("03"),
		  TALLY_OUT_OF_RANGE },
		{ "claim twice", "a9" PLATFORM "190109 6171", TALLY_DUPLICATE },
		{ "claim twice, its key wider", "a9" PLATFORM "1a00000109 6171", TALLY_DUPLICATE },
		{ "component's key twice",
		  "a8" P_PROFILE P_CHALLENGE P_LIFECYCLE P_REST "19095f 81 a3 01 6161 01 6162 05 5820" X32("05"),
		  TALLY_DUPLICATE },
		{ "bytes behind", "a8" PLATFORM "00", TALLY_TRAILING },
		{ "no map", "80", TALLY_DISORDER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes payload = hex_bytes(rows[i].payload);
		enum tally_status status = tally_cca_platform_read(payload, &platform);

		if (status != rows[i].expected)
			fail_msg("%s: %s", rows[i].name, tally_status_name(status));
		free_bytes(payload);
	}
}

static void damaged_realms_are_refused(void **state)
{
	static const struct damage rows[] = {
		{ "no challenge", "a7" R_PROFILE R_KEY R_RIM R_REMS R_REST, TALLY_NOT_FOUND },
		{ "no key", "a7" R_PROFILE REALM, TALLY_NOT_FOUND },
		{ "no RIM", "a7" R_PROFILE R_KEY R_CHALLENGE R_REMS R_REST, TALLY_NOT_FOUND },
		{ "no REMs", "a7" R_PROFILE R_KEY R_CHALLENGE R_RIM R_REST, TALLY_NOT_FOUND },
		{ "three REMs", "a8" R_PROFILE R_KEY R_CHALLENGE R_RIM "19accf 83" REM REM REM R_REST,
		  TALLY_OUT_OF_RANGE },
		{ "five REMs", "a8" R_PROFILE R_KEY R_CHALLENGE R_RIM "19accf 85" REM REM REM REM REM R_REST,
		  TALLY_OUT_OF_RANGE },
		{ "challenge of 32 bytes", "a8" R_PROFILE R_KEY "0a 5820" X32("01") R_RIM R_REMS R_REST,
		  TALLY_OUT_OF_RANGE },
		{ "RIM of 20 bytes", "a8" R_PROFILE R_KEY R_CHALLENGE "19acce 54" X16("01") "01010101" R_REMS R_REST,
		  TALLY_OUT_OF_RANGE },
		{ "a point without a profile's key", "a8" R_PROFILE R_POINT REALM, TALLY_TRAILING },
		{ "a key where a point should be", "a7" R_KEY REALM, TALLY_OUT_OF_RANGE },
		{ "a compressed point", "a7 19accd 5861 02" X48("06") X48("07") REALM, TALLY_OUT_OF_RANGE },
		{ "a key with its private half", "a8" R_PROFILE "19accd 46 a2 01 02 23 41 00" REALM,
		  TALLY_UNSUPPORTED },
		{ "a key's part twice", "a8" R_PROFILE "19accd 45 a2 01 02 01 02" REALM, TALLY_DUPLICATE },
		{ "a key with bytes behind", "a8" R_PROFILE "19accd 44 a1 01 02 00" REALM, TALLY_TRAILING },
		{ "a key with its point compressed", "a8" R_PROFILE "19accd 43 a1 22 f5" REALM, TALLY_DISORDER },
		{ "claim twice", "a9" R_PROFILE R_KEY REALM R_PROFILE, TALLY_DUPLICATE },
		{ "no end", "bf" R_PROFILE R_KEY REALM, TALLY_TRUNCATED },
	};
	struct tally_cca_realm realm;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes payload = hex_bytes(rows[i].payload);
		enum tally_status status = tally_cca_realm_read(payload, &realm);

		if (status != rows[i].expected)
			fail_msg("%s: %s", rows[i].name, tally_status_name(status));
		free_bytes(payload);
	}
}

/* A message around these claims. */
static void write_message(struct tally_writer *writer, const char *payload_hex)
{
	struct tally_bytes payload = hex_bytes(payload_hex);
	struct tally_bytes front = hex_bytes("d2 84 44 a1 01 38 22 a0");

	tally_write_bytes(writer, front);
	tally_cbor_write_bytes(writer, payload);
	tally_cbor_write_bytes(writer, tally_text("signature"));
	free_bytes(front);
	free_bytes(payload);
}

/* Tag and map head in hexadecimal, then the two messages with what stands before each. */
static struct tally_bytes token_of(const char *head, const char *before_platform, const char *before_realm,
				   const char *tail)
{
	static uint8_t message[1024];
	static uint8_t room[4096];
	const char *const before[] = { before_platform, before_realm };
	const char *const payloads[] = { "a8" PLATFORM, "a8" R_PROFILE R_KEY REALM };
	struct tally_writer writer = tally_writer(room, sizeof(room));
	struct tally_bytes bytes = hex_bytes(head);

	tally_write_bytes(&writer, bytes);
	free_bytes(bytes);
	for (size_t i = 0; i < 2; i++) {
		struct tally_writer inner = tally_writer(message, sizeof(message));

		if (!before[i])
			continue;
		bytes = hex_bytes(before[i]);
		tally_write_bytes(&writer, bytes);
		free_bytes(bytes);
		write_message(&inner, payloads[i]);
		tally_cbor_write_bytes(&writer, tally_written(&inner));
	}
	bytes = hex_bytes(tail);
	tally_write_bytes(&writer, bytes);
	free_bytes(bytes);
	return exact_copy(tally_written(&writer));
}

static void both_forms_are_read(void **state)
{
	struct tally_bytes forms[3];

	(void)state;
	forms[0] = token_of("d9018f a2", "19acca", "19acd1", "");
	forms[1] = token_of("d9038b a2", "19acca 82 190107", "19acd1 82 190107", "");
	forms[2] = token_of("d9038b bf", "19acca 82 190107", "19acd1 82 190107", "ff");
	for (size_t i = 0; i < COUNT(forms); i++) {
		assert_int_equal(tally_cca_token_read(forms[i], &token), TALLY_OK);
		assert_int_equal(token.form, i == 0 ? TALLY_CCA_FORM_399 : TALLY_CCA_FORM_CMW);
		assert_int_equal(token.platform.lifecycle, 0x3003);
		assert_int_equal(token.platform.cose.alg, TALLY_COSE_ES384);
		assert_bytes_hex(token.realm.rim, X32("0a"));
		for (size_t size = 0; size < forms[i].size; size++) {
			struct tally_bytes prefix = exact_copy(tally_bytes(forms[i].data, size));

			assert_int_not_equal(tally_cca_token_read(prefix, &token), TALLY_OK);
			free_bytes(prefix);
		}
		free_bytes(forms[i]);
	}
}

static void damaged_envelopes_are_refused(void **state)
{
	static const struct {
		const char *name;
		const char *head;
		const char *platform;
		const char *realm;
		const char *tail;
		enum tally_status expected;
	} rows[] = {
		{ "another tag", "d90190 a2", "19acca", "19acd1", "", TALLY_UNSUPPORTED },
		{ "no tag", "a2", "19acca", "19acd1", "", TALLY_UNSUPPORTED },
		{ "tagged twice", "d9018f d9018f a2", "19acca", "19acd1", "", TALLY_DISORDER },
		{ "bytes behind", "d9018f a2", "19acca", "19acd1", "00", TALLY_TRAILING },
		{ "a third token", "d9018f a3", "19acca", "19acd1", "19acd2 40", TALLY_UNSUPPORTED },
		{ "one token", "d9018f a1", "19acca", NULL, "", TALLY_NOT_FOUND },
		{ "the other token alone", "d9018f a1", NULL, "19acd1", "", TALLY_NOT_FOUND },
		{ "a token twice", "d9018f a2", "19acca", "19acca", "", TALLY_DUPLICATE },
		{ "a token twice, its key wider", "d9018f a2", "19acca", "1a0000acca", "", TALLY_DUPLICATE },
		{ "an unwrapped message in a collection", "d9038b a2", "19acca", "19acd1", "", TALLY_DISORDER },
		{ "a message of a collection without one", "d9018f a2", "19acca 82 190107", "19acd1 82 190107", "",
		  TALLY_DISORDER },
		{ "a message of another type", "d9038b a2", "19acca 82 190108", "19acd1 82 190107", "",
		  TALLY_UNSUPPORTED },
		{ "a message with an indicator", "d9038b a2", "19acca 82 190107", "19acd1 83 190107", "01",
		  TALLY_UNSUPPORTED },
		{ "the tokens in each other's place", "d9018f a2", "19acd1", "19acca", "", TALLY_NOT_FOUND },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes bytes = token_of(rows[i].head, rows[i].platform, rows[i].realm, rows[i].tail);
		enum tally_status status = tally_cca_token_read(bytes, &token);

		if (status != rows[i].expected)
			fail_msg("%s: %s", rows[i].name, tally_status_name(status));
		free_bytes(bytes);
	}
}

static void assert_claim_hex(json_t *claims, const char *key, struct tally_bytes value)
{
	if (json_object_get(claims, key))
		assert_answer_hex(claims, key, value);
	else
		assert_int_equal(value.size, 0);
}

static void assert_claim_text(json_t *claims, const char *key, struct tally_bytes value)
{
	assert_true(tally_bytes_equal(value, tally_text(json_string_value(json_object_get(claims, key)))));
}

static void check_platform(const struct tally_cca_platform *shown, json_t *claims)
{
	json_t *components = json_object_get(claims, "2399");

	assert_claim_text(claims, "265", shown->profile);
	assert_claim_hex(claims, "10", shown->challenge);
	assert_claim_hex(claims, "2396", shown->implementation_id);
	assert_claim_hex(claims, "256", shown->instance_id);
	assert_claim_hex(claims, "2401", shown->config);
	assert_claim_text(claims, "2400", shown->verification_service);
	assert_claim_text(claims, "2402", shown->hash_alg);
	assert_int_equal(shown->lifecycle, json_integer_value(json_object_get(claims, "2395")));
	assert_int_equal(shown->component_count, json_array_size(components));
	for (size_t i = 0; i < shown->component_count; i++) {
		json_t *component = json_array_get(components, i);

		assert_claim_text(component, "1", shown->component[i].type);
		assert_claim_hex(component, "2", shown->component[i].measurement);
		assert_claim_text(component, "4", shown->component[i].version);
		assert_claim_hex(component, "5", shown->component[i].signer_id);
		assert_claim_text(component, "6", shown->component[i].hash_alg);
	}
}

static void check_realm(const struct tally_cca_realm *realm, json_t *claims)
{
	json_t *rems = json_object_get(claims, "44239");

	assert_claim_text(claims, "265", realm->profile);
	assert_claim_hex(claims, "10", realm->challenge);
	assert_claim_hex(claims, "44235", realm->rpv);
	assert_claim_text(claims, "44236", realm->hash_alg);
	assert_claim_hex(claims, "44237", realm->key_bytes);
	assert_claim_hex(claims, "44238", realm->rim);
	assert_claim_text(claims, "44240", realm->key_hash_alg);
	for (size_t i = 0; i < TALLY_CCA_REM_COUNT; i++)
		assert_bytes_hex(realm->rem[i], json_string_value(json_array_get(rems, i)));
}

static void known_tokens_are_read(void **state)
{
	static const char *const names[] = { "ccatoken-tf-rmm", "services-cca-good", "services-e2e",
					     "trustee-example" };

	(void)state;
	if (!getenv("TALLY_VECTORS"))
		skip();
	for (size_t i = 0; i < COUNT(names); i++) {
		struct tally_bytes bytes = vector_bytes("cca", names[i], ".cbor");
		json_t *answers = vector_answers("cca", names[i]);

		assert_int_equal(tally_cca_token_read(bytes, &token), TALLY_OK);
		assert_int_equal(token.form, TALLY_CCA_FORM_399);
		check_platform(&token.platform, json_object_get(answers, "platform_claims"));
		check_realm(&token.realm, json_object_get(answers, "realm_claims"));
		json_decref(answers);
		free_bytes(bytes);
	}
}

static void a_token_of_a_real_realm_is_read(void **state)
{
	struct tally_bytes bytes;

	(void)state;
	if (!getenv("TALLY_VECTORS"))
		skip();
	bytes = vector_bytes("cca", "realm-rmm-sha256", ".cbor");
	assert_int_equal(tally_cca_token_read(bytes, &token), TALLY_OK);
	assert_int_equal(token.platform.component_count, 13);
	assert_true(tally_bytes_equal(token.realm.profile, tally_text("tag:arm.com,2023:realm#1.0.0")));
	assert_bytes_hex(token.realm.challenge, X64("43"));
	assert_int_equal(token.realm.key.x.size, 48);
	free_bytes(bytes);
}

static void bare_claims_are_read(void **state)
{
	struct tally_cca_realm realm;
	struct tally_bytes bytes;

	(void)state;
	if (!getenv("TALLY_VECTORS"))
		skip();
	bytes = vector_bytes("cca-claims", "rust-ccatoken-platform-claims", ".cbor");
	assert_int_equal(tally_cca_platform_read(bytes, &platform), TALLY_OK);
	free_bytes(bytes);
	bytes = vector_bytes("cca-claims", "rust-ccatoken-realm-claims", ".cbor");
	assert_int_equal(tally_cca_realm_read(bytes, &realm), TALLY_OK);
	assert_int_equal(realm.unknown.count, 0);
	free_bytes(bytes);
	bytes = vector_bytes("cca-claims", "rust-ccatoken-realm-claims-spurious-numeric-key", ".cbor");
	assert_int_equal(tally_cca_realm_read(bytes, &realm), TALLY_OK);
	assert_int_equal(realm.unknown.count, 1);
	free_bytes(bytes);
}

static void damaged_tokens_are_refused(void **state)
{
	static const struct {
		const char *name;
		enum tally_status expected;
	} rows[] = {
		{ "derived-public-cca-nested-depth", TALLY_TOO_LARGE },
		{ "derived-public-cca-realm-sig-bitflip", TALLY_OK },
		{ "derived-public-cca-trunc-2", TALLY_TRUNCATED },
		{ "derived-public-cca-trunc-10", TALLY_TRUNCATED },
		{ "derived-public-cca-trunc-300", TALLY_TRUNCATED },
		{ "derived-public-cca-trunc-1221", TALLY_TRUNCATED },
	};

	(void)state;
	if (!getenv("TALLY_VECTORS"))
		skip();
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes bytes = vector_bytes("malformed", rows[i].name, ".bin");
		enum tally_status status = tally_cca_token_read(bytes, &token);

		if (status != rows[i].expected)
			fail_msg("%s: %s", rows[i].name, tally_status_name(status));
		free_bytes(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(platform_claims_are_read),
		cmocka_unit_test(realm_claims_are_read),
		cmocka_unit_test(claims_of_the_2024_profile_are_read),
		cmocka_unit_test(unknown_claims_are_told),
		cmocka_unit_test(damaged_platforms_are_refused),
		cmocka_unit_test(damaged_realms_are_refused),
		cmocka_unit_test(both_forms_are_read),
		cmocka_unit_test(damaged_envelopes_are_refused),
		cmocka_unit_test(known_tokens_are_read),
		cmocka_unit_test(a_token_of_a_real_realm_is_read),
		cmocka_unit_test(bare_claims_are_read),
		cmocka_unit_test(damaged_tokens_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
