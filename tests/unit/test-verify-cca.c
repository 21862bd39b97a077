// SPDX-License-Identifier: BSD-2-Clause
/* Known CCA tokens: by the default policy every failed rule is told; by a policy of their own, the one fault that each has. */
#include "vectors.h"

#include "../../core/registers.h"
#include "../../format/bundle.h"
#include "../../verify/verifier.h"
#include "../forge/judged.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FOLDER "cca"
#define NOW INT64_C(1795219200) /* 2026-11-21 */
#define TF_A_KEY "0928f896cb02326566530a62a1e36329a12d0a4a308f4fc81e8ff5560bca6bca"
#define UNBOUND "binding.missing freshness.none "
#define UNENDORSED "cca.key-missing cca.key-denied cca.component-unendorsed"

enum key_form { KEY_PEM, KEY_JWK, KEY_STORE, KEY_CORIM };

/* Why a row is as it is stands beside it; whoever changes one reviews that. */
static const struct row {
	const char *name;
	enum key_form form;
	const char *key; /* file with the platform's key, and its ending */
	const char *ending;
	int64_t time;
	const char *allow;
	const char *own;
	const char *unruled; /* codes by none, without a key */
	const char *reason;
} rows[] = {
	{ "ccatoken-tf-rmm", KEY_PEM, "ccatoken-tf-rmm.cpak.pub", ".pem", NOW, "\"all-zero-registers\"",
	  "cca.key-denied", UNBOUND "registers.all-zero policy.unruled " UNENDORSED,
	  "both tokens are signed by TF-A's samples; RIM and REMs are zero" },
	{ "trustee-example", KEY_STORE, "trustee-example.tastore", ".json", NOW, "\"all-zero-registers\"",
	  "cca.key-denied", UNBOUND "registers.all-zero policy.unruled " UNENDORSED,
	  "the same keys, the platform's as a JWK inside a store" },
	{ "realm-rmm-sha256", KEY_PEM, "ccatoken-tf-rmm.cpak.pub", ".pem", NOW, "", "cca.key-denied",
	  UNBOUND "log.missing policy.unruled " UNENDORSED,
	  "a real realm on an emulated platform, which has TF-A's samples" },
	{ "services-cca-good", KEY_JWK, "services-cca-good.ipak", ".jwk", NOW, "", "cca.measurement-length",
	  UNBOUND "policy.unruled cca.key-missing cca.measurement-length cca.component-unendorsed",
	  "good upstream; says SHA-256, and has RIM and REMs of 64 bytes" },
	{ "services-cca-good", KEY_CORIM, "services-cca-good.platform.corim", ".cbor", NOW, "",
	  "cca.measurement-length", NULL,
	  "the same with its endorsement; the policy adds the signers that the token has" },
	{ "services-e2e", KEY_JWK, "services-e2e.ipak", ".jwk", NOW, "", "cca.measurement-length",
	  UNBOUND "policy.unruled cca.key-missing cca.measurement-length cca.component-unendorsed",
	  "good upstream; the same fault, its key hashed with SHA-512" },
	{ "services-e2e", KEY_CORIM, "services-e2e.endorsements.corim", ".cbor", INT64_C(1767139200), "\"time\"",
	  "cca.measurement-length", NULL, "its endorsement's last second" },
	{ "services-e2e", KEY_CORIM, "services-e2e.endorsements.corim", ".cbor", INT64_C(1767139201), "\"time\"",
	  "cca.key-missing cca.measurement-length cca.endorsement-expired", NULL,
	  "a second later: nothing of the endorsement is taken" },
};

/* What is known of the real realm's token, in the form of the others' answers; its platform is that of trustee-example. */
static json_t *realm_answers(void)
{
	json_t *answers = vector_answers(FOLDER, "trustee-example");
	json_t *realm = json_object_get(answers, "realm_claims");
	static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
	char text[129] = { 0 };

	for (size_t i = 0; i < 64; i++)
		memcpy(text + 2 * i, "43", 2);
	json_object_set_new(realm, "10", json_string(text));
	memset(text, '0', 128);
	json_object_set_new(realm, "44235", json_string(text));
	json_object_set_new(realm, "44236", json_string("sha-256"));
	json_object_set_new(realm, "44238",
			    json_string("e0d7c8cc0cfc6405fbc9bcccc463a6d0dd3e0d9f94c1cfc1d18250dfd73141a8"));
	json_object_set_new(realm, "44239",
			    json_pack("[ssss]", "debb3e7acfff6dd18d501042273629f0b79cb206bb8c24f59f62ddb80849403b",
				      "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925", zeros,
				      zeros));
	return answers;
}

static json_t *answers_of(const struct row *row)
{
	return strcmp(row->name, "realm-rmm-sha256") == 0 ? realm_answers() : vector_answers(FOLDER, row->name);
}

static const char *text_of(json_t *claims, const char *key)
{
	const char *text = json_string_value(json_object_get(claims, key));

	return text ? text : "";
}

static void add(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void add(char *text, size_t size, const char *format, ...)
{
	size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	assert_true((size_t)vsnprintf(text + used, size - used, format, arguments) < size - used);
	va_end(arguments);
}

static void add_components(char *text, size_t size, json_t *components)
{
	json_t *component;
	size_t i;

	json_array_foreach(components, i, component)
		add(text, size, "%s{\"type\":\"%s\",\"measurement\":\"%s\",\"signer-id\":\"%s\"}", i ? "," : "",
		    text_of(component, "1"), text_of(component, "2"), text_of(component, "5"));
}

/* Where the length does not fit the hash there are no registers. */
static bool has_registers(json_t *realm)
{
	size_t digits = strcmp(text_of(realm, "44236"), "sha-512") == 0 ? 128 : 64;

	return strlen(text_of(realm, "44238")) == digits;
}

static void add_rems(char *text, size_t size, json_t *realm)
{
	const char *alg = strcmp(text_of(realm, "44236"), "sha-512") == 0 ? "sha512" : "sha256";
	json_t *rem;
	size_t i;

	json_array_foreach(json_object_get(realm, "44239"), i, rem)
		add(text, size, "%s\"cca.rem%zu\":{\"value\":\"%s:%s\"}", i ? "," : "", i, alg, json_string_value(rem));
}

static void hash_hex(struct tally_bytes bytes, char text[65])
{
	uint8_t hash[32];
	struct tally_hash_job job = { TALLY_SHA256, { bytes }, hash };

	assert_int_equal(tally_env_hash(&job, 1), TALLY_OK);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
}

/* SHA-256 of the SPKIs: TF-A's, and that of the JWK of RFC 7517, A.1, made with openssl. */
static const char *pin_of(const struct row *row)
{
	return row->form == KEY_JWK ? "51b944cdfa544d4c3273aa6bf350625a7dd53bbb6a71723274f538b19a207760" : TF_A_KEY;
}

static const char *policy_of(const struct row *row, json_t *answers, struct tally_bytes key)
{
	static char text[16384];
	json_t *platform = json_object_get(answers, "platform_claims");
	json_t *realm = json_object_get(answers, "realm_claims");
	char hash[65];

	hash_hex(key, hash);
	snprintf(text, sizeof(text),
		 "{\"tally-policy\":1,\"binding\":\"raw\",\"allow\":[%s],\"cca\":{\"%s\":[\"sha256:%s\"],", row->allow,
		 row->form == KEY_CORIM ? "endorsements" : "keys", row->form == KEY_CORIM ? hash : pin_of(row));
	add(text, sizeof(text), "\"components\":[");
	add_components(text, sizeof(text), json_object_get(platform, "2399"));
	add(text, sizeof(text), "]},\"claims\":{\"cca.implementation-id\":\"%s\",\"cca.instance-id\":\"%s\",",
	    text_of(platform, "2396"), text_of(platform, "256"));
	add(text, sizeof(text), "\"cca.platform-config\":\"%s\",\"cca.rim\":\"%s\",\"cca.rpv\":\"%s\"}",
	    text_of(platform, "2401"), text_of(realm, "44238"), text_of(realm, "44235"));
	if (has_registers(realm)) {
		add(text, sizeof(text), ",\"registers\":{");
		add_rems(text, sizeof(text), realm);
		add(text, sizeof(text), "}");
	}
	add(text, sizeof(text), "}");
	return text;
}

/* A store of Trustee's has the JWK inside. */
static struct tally_bytes key_of(const struct row *row)
{
	struct tally_bytes bytes = vector_bytes(FOLDER, row->key, row->ending);
	json_t *store;
	char *jwk;

	if (row->form != KEY_STORE)
		return bytes;
	store = json_loadb((const char *)bytes.data, bytes.size, 0, NULL);
	jwk = json_dumps(json_object_get(json_array_get(store, 0), "pkey"), JSON_COMPACT);
	assert_non_null(jwk);
	json_decref(store);
	free_bytes(bytes);
	return tally_bytes(jwk, strlen(jwk));
}

static bool is_denied(const struct tally_verdict *verdict, const char *subject)
{
	for (size_t i = 0; i < verdict->finding_count; i++)
		if (verdict->finding[i].reason == TALLY_REASON_CCA_KEY_DENIED &&
		    strcmp(verdict->finding[i].subject, subject) == 0)
			return true;
	return false;
}

/* Either sample alone would let anybody make tokens. */
static void expect_both_denied(const struct forge_judged *judged)
{
	struct tally_verdict *verdict = forge_judge(judged);

	assert_true(is_denied(verdict, "cca.platform-token"));
	assert_true(is_denied(verdict, "cca.realm-token"));
	tally_verdict_free(verdict);
}

static void judge(const struct row *row, bool has_policy)
{
	struct tally_bytes report = vector_bytes(FOLDER, row->name, ".cbor");
	json_t *answers = answers_of(row);
	struct tally_bytes key = key_of(row);
	struct tally_bytes nonce = hex_bytes(text_of(json_object_get(answers, "realm_claims"), "10"));
	struct tally_collateral_item item = { row->form == KEY_CORIM ? TALLY_COLLATERAL_CORIM
								     : TALLY_COLLATERAL_PUBLIC_KEY,
					      row->key, key };
	struct tally_collateral collateral = { 1, &item };
	struct forge_judged judged = { .media_type = TALLY_MEDIA_CCA_TOKEN, .report = report, .time = NOW };

	if (has_policy) {
		judged.policy = policy_of(row, answers, key);
		judged.nonce = nonce;
		judged.collateral = &collateral;
		judged.time = row->time;
		judged.is_time_given = row->time != NOW;
	}
	forge_expect(row->reason, &judged, has_policy ? row->own : row->unruled);
	if (has_policy && strcmp(row->own, "cca.key-denied") == 0)
		expect_both_denied(&judged);
	free_bytes(nonce);
	free_bytes(key);
	json_decref(answers);
	free_bytes(report);
}

static void tokens_have_their_one_fault(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		judge(&rows[i], true);
}

static void every_failed_rule_is_told_without_a_policy(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].unruled)
			judge(&rows[i], false);
}

static void damaged_tokens_are_refused(void **state)
{
	static const struct {
		const char *name;
		const char *expected;
	} damaged[] = {
		{ "derived-public-cca-nested-depth", "cca.token-malformed" },
		{ "derived-public-cca-realm-sig-bitflip", "cca.realm-signature-invalid" },
		{ "derived-public-cca-trunc-2", "cca.token-malformed" },
		{ "derived-public-cca-trunc-10", "cca.token-malformed" },
		{ "derived-public-cca-trunc-300", "cca.token-malformed" },
		{ "derived-public-cca-trunc-1221", "cca.token-malformed" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(damaged); i++) {
		struct tally_bytes report = vector_bytes("malformed", damaged[i].name, ".bin");
		struct forge_judged judged = { .media_type = TALLY_MEDIA_CCA_TOKEN, .report = report, .time = NOW };
		struct tally_verdict *verdict = forge_judge(&judged);

		if (!strstr(forge_codes(verdict), damaged[i].expected))
			fail_msg("%s: %s", damaged[i].name, forge_codes(verdict));
		assert_int_equal(verdict->is_malformed, strstr(damaged[i].expected, "malformed") != NULL);
		tally_verdict_free(verdict);
		free_bytes(report);
	}
}

static bool next_line(FILE *file, const char *start, char *line, size_t size)
{
	while (fgets(line, (int)size, file))
		if (strncmp(line, start, strlen(start)) == 0)
			return true;
	return false;
}

/* Words of a register as RSI answers them: little-endian, in hexadecimal. */
static void words_into(const char *line, uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *end;
		unsigned long long word = strtoull(line, &end, 16);

		for (size_t byte = 0; byte < 8; byte++)
			bytes[8 * i + byte] = (uint8_t)(word >> (8 * byte));
		line = end;
	}
}

/* TF-RMM answered this extend: the plain rule is what it computes. */
static void the_extend_rule_is_that_of_the_monitor(void **state)
{
	char path[4096];
	char line[1024];
	struct tally_digests old = { .count = 1, .digest = { { .alg = TALLY_SHA256 } } };
	struct tally_digests digest = old;
	struct tally_digests found;
	uint8_t expected[32];
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "%s/rsi/calls.txt", vectors_path());
	file = fopen(path, "r");
	assert_non_null(file);
	/* MEASUREMENT_EXTEND of register 1 by 32 bytes. */
	assert_true(next_line(file, "c4000193 1 20 ", line, sizeof(line)));
	words_into(line + strlen("c4000193 1 20 "), digest.digest[0].bytes, 4);
	fclose(file);
	assert_int_equal(tally_extend_value(TALLY_EXTEND_DIGEST, &old, &digest, &found), TALLY_OK);
	/* The answer to the reading that follows. */
	snprintf(path, sizeof(path), "%s/rsi/answers.txt", vectors_path());
	file = fopen(path, "r");
	assert_non_null(file);
	assert_true(next_line(file, "ret 0 d16dffcf7a3ebbde ", line, sizeof(line)));
	words_into(line + strlen("ret 0 "), expected, 4);
	fclose(file);
	assert_memory_equal(found.digest[0].bytes, expected, sizeof(expected));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_have_their_one_fault),
		cmocka_unit_test(every_failed_rule_is_told_without_a_policy),
		cmocka_unit_test(damaged_tokens_are_refused),
		cmocka_unit_test(the_extend_rule_is_that_of_the_monitor),
	};

	if (vectors_are_missing())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
