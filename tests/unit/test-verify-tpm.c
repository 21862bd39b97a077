// SPDX-License-Identifier: BSD-2-Clause
/* Real quotes: the recorded boot from its key to every register, and those that others have published. */
#include "vectors.h"

#include "../../format/bundle.h"
#include "../../format/tpm_evidence.h"
#include "../../verify/verify.h"

#define BOOT "tests/vectors/boot/ovmf-swtpm"
/* Behind the header of the log, with its list of algorithms. */
#define EVENTS 0x60
/* Four digests, the first of them SHA-1's. */
#define FOUR_FROM_SHA1 "\x04\x00\x00\x00\x04\x00"
#define NOW INT64_C(1800000000)
#define TEXT_ROOM 16384

/* One judgement of a quote; every piece on the heap. */
struct real {
	struct tally_bytes attest;
	struct tally_bytes signature;
	struct tally_bytes area; /* TPMT_PUBLIC; size 0: spki */
	struct tally_bytes spki;
	struct tally_tpm_pcrs pcrs;
	struct tally_bytes log;
	struct tally_bytes ima;
	struct tally_bytes nonce;
	struct tally_collateral_item item[4];
	size_t item_count;
	char section[512]; /* of the policy, with what follows it */
	const char *firmware;
	bool pins_values; /* else events are ignored */
};

static struct tally_bytes boot_file(const char *name)
{
	char path[4096];

	assert_non_null(getenv("TALLY_SOURCE"));
	snprintf(path, sizeof(path), "%s/" BOOT "/%s", getenv("TALLY_SOURCE"), name);
	return read_file(path);
}

static struct tally_bytes vector_file(const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/tpm-quote/%s", vectors_path(), name);
	return read_file(path);
}

static void add_bank(struct real *real, uint16_t alg, struct tally_bytes values)
{
	size_t size = tally_alg_size(alg);

	assert_int_equal(values.size, TALLY_PCR_COUNT * size);
	for (size_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
		struct tally_digest digest;

		assert_int_equal(tally_digest_set(&digest, alg, tally_bytes(values.data + pcr * size, size)), TALLY_OK);
		assert_int_equal(tally_digests_add(&real->pcrs.value[pcr], &digest), TALLY_OK);
	}
}

static void pin_key(struct real *real, struct tally_bytes spki, const char *more)
{
	uint8_t hash[32];
	struct tally_hash_job job = { TALLY_SHA256, { spki }, hash };
	size_t size;

	assert_int_equal(tally_env_hash(&job, 1), TALLY_OK);
	size = (size_t)snprintf(real->section, sizeof(real->section), ", \"tpm\": {\"keys\": \"sha256:");
	for (size_t i = 0; i < sizeof(hash); i++)
		size += (size_t)snprintf(real->section + size, sizeof(real->section) - size, "%02x", hash[i]);
	snprintf(real->section + size, sizeof(real->section) - size, "\"}%s", more);
}

static void boot_open(struct real *real)
{
	struct tally_bytes area = boot_file("ak.pub");
	struct tally_bytes hex = boot_file("nonce.hex");
	struct tally_bytes values = boot_file("pcrs.sha256.bin");
	struct tally_bytes spki;
	char text[65] = "";

	memset(real, 0, sizeof(*real));
	real->attest = boot_file("quote.msg");
	real->signature = boot_file("quote.sig");
	real->area = exact_copy(tally_bytes(area.data + 2, area.size - 2));
	real->log = boot_file("log.bin");
	real->ima = boot_file("ima.bin");
	memcpy(text, hex.data, 64);
	real->nonce = hex_bytes(text);
	real->firmware = "2019102300163636";
	add_bank(real, TALLY_SHA256, values);
	/* SubjectPublicKeyInfo of ak.pem. */
	spki = hex_bytes("3059301306072a8648ce3d020106082a8648ce3d030107034200 04");
	{
		uint8_t whole[91];

		memcpy(whole, spki.data, spki.size);
		/* TPM2B_PUBLIC ends with two TPM2B of 32 bytes: x and y. */
		memcpy(whole + 27, area.data + area.size - 66, 32);
		memcpy(whole + 59, area.data + area.size - 32, 32);
		pin_key(real, tally_bytes(whole, sizeof(whole)), "");
	}
	free_bytes(spki);
	free_bytes(area);
	free_bytes(hex);
	free_bytes(values);
}

static void real_close(struct real *real)
{
	struct tally_bytes *const pieces[] = { &real->attest, &real->signature, &real->area, &real->spki,
					       &real->log,    &real->ima,	&real->nonce };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		if (pieces[i]->data)
			free_bytes(*pieces[i]);
	for (size_t i = 0; i < real->item_count; i++)
		free_bytes(real->item[i].bytes);
}

static void add_member(struct tally_bundle *bundle, const char *label, const char *type, struct tally_bytes value)
{
	if (value.size)
		bundle->member[bundle->count++] = (struct tally_member){ tally_text(label), tally_text(type), value };
}

static struct tally_bytes bundle_of(const struct real *real)
{
	struct tally_tpm_evidence quote = { real->attest, real->signature, real->area, real->spki };
	uint8_t *memory = malloc(1 << 20);
	struct tally_writer report = tally_writer(memory, 1 << 14);
	struct tally_writer pcrs = tally_writer(memory + (1 << 14), 1 << 14);
	struct tally_writer whole = tally_writer(memory + (1 << 15), (1 << 20) - (1 << 15));
	struct tally_bundle *bundle = calloc(1, sizeof(*bundle));
	struct tally_bytes bytes;

	assert_non_null(memory);
	assert_non_null(bundle);
	tally_tpm_evidence_write(&report, &quote);
	tally_tpm_pcrs_write(&pcrs, &real->pcrs);
	add_member(bundle, "report", "application/vnd.tally.tpm-quote+cbor", tally_written(&report));
	add_member(bundle, "tpm-pcrs", "application/vnd.tally.tpm-pcrs+cbor", tally_written(&pcrs));
	add_member(bundle, "segment.0", "application/vnd.tally.log+tcg2", real->log);
	add_member(bundle, "segment.1", "application/vnd.tally.log+ima", real->ima);
	tally_bundle_write(&whole, bundle);
	assert_int_equal(whole.status, TALLY_OK);
	bytes = exact_copy(tally_written(&whole));
	free(bundle);
	free(memory);
	return bytes;
}

static void add_rule(const struct real *real, unsigned pcr, char *text)
{
	const struct tally_digest *digest = &real->pcrs.value[pcr].digest[0];
	size_t size = strlen(text);

	size += (size_t)snprintf(text + size, TEXT_ROOM - size, "%s\"tpm.pcr%u\": ", pcr ? ", " : "", pcr);
	if (!real->pins_values) {
		snprintf(text + size, TEXT_ROOM - size, "[{\"ignore\": {\"max\": 100}}]");
		return;
	}
	size += (size_t)snprintf(text + size, TEXT_ROOM - size, "{\"value\": \"%s:", tally_alg_name(digest->alg));
	for (size_t i = 0; i < tally_alg_size(digest->alg); i++)
		size += (size_t)snprintf(text + size, TEXT_ROOM - size, "%02x", digest->bytes[i]);
	snprintf(text + size, TEXT_ROOM - size, "\"}");
}

static struct tally_policy *policy_of(const struct real *real)
{
	char *text = calloc(1, TEXT_ROOM);
	struct tally_policy_problem problem;
	struct tally_policy *policy = NULL;

	assert_non_null(text);
	snprintf(text, TEXT_ROOM,
		 "{\"tally-policy\": 1, \"binding\": \"raw\", \"claims\": {\"tpm.firmware-version\": \"%s\"}, "
		 "\"registers\": {",
		 real->firmware);
	for (unsigned pcr = 0; pcr < TALLY_PCR_COUNT; pcr++)
		add_rule(real, pcr, text);
	snprintf(text + strlen(text), TEXT_ROOM - strlen(text), "}%s}", real->section);
	if (tally_policy_read(tally_text(text), &policy, &problem) != TALLY_OK)
		fail_msg("%s", problem.text);
	free(text);
	return policy;
}

/* Judge it, by its own policy or by none, and compare the codes. */
static void expect(const struct real *real, bool has_policy, const char *expected)
{
	struct tally_policy *policy = has_policy ? policy_of(real) : NULL;
	struct tally_collateral collateral = { real->item_count, real->item };
	struct tally_verify_request request = { .evidence = bundle_of(real),
						.policy = policy,
						.collateral = &collateral,
						.has_nonce = real->nonce.size != 0,
						.nonce = real->nonce,
						.time = NOW };
	struct tally_verdict *verdict = NULL;
	char codes[512] = "";

	assert_int_equal(tally_verify(&request, &verdict), TALLY_OK);
	for (size_t i = 0; i < verdict->finding_count; i++)
		if (!strstr(codes, tally_reason_code(verdict->finding[i].reason)))
			snprintf(codes + strlen(codes), sizeof(codes) - strlen(codes), "%s%s", *codes ? " " : "",
				 tally_reason_code(verdict->finding[i].reason));
	assert_string_equal(codes, expected);
	assert_int_equal(verdict->is_accepted, expected[0] == 0);
	tally_verdict_free(verdict);
	tally_policy_free(policy);
	free_bytes(request.evidence);
}

static uint8_t *writable(struct tally_bytes bytes)
{
	return (uint8_t *)(uintptr_t)bytes.data;
}

static void a_recorded_boot_is_accepted(void **state)
{
	struct real real;

	(void)state;
	boot_open(&real);
	expect(&real, true, "");
	real.pins_values = true;
	expect(&real, true, "");
	expect(&real, false, "tpm.ak-unbound binding.missing policy.unruled");
	real_close(&real);
}

static void each_piece_of_it_counts(void **state)
{
	struct real real;
	uint8_t *sha256;

	(void)state;
	boot_open(&real);
	/* What an event is said to be proves nothing either way; its digest does. */
	sha256 = memmem(real.log.data + EVENTS, real.log.size - EVENTS, FOUR_FROM_SHA1, 6);
	assert_non_null(sha256);
	sha256 += 6 + 20;
	assert_memory_equal(sha256, "\x0b\x00", 2);
	sha256[5] ^= 1;
	expect(&real, true, "log.register-mismatch");
	sha256[5] ^= 1;
	free_bytes(real.ima);
	real.ima = tally_bytes(NULL, 0);
	expect(&real, true, "log.missing");
	writable(real.nonce)[31] ^= 1;
	expect(&real, true, "freshness.nonce-mismatch log.missing");
	writable(real.nonce)[31] ^= 1;
	writable(real.signature)[20] ^= 1;
	expect(&real, true, "tpm.signature-invalid log.missing");
	real_close(&real);
}

static json_t *vector_pcrs(const char *name, struct real *real, const char *bank)
{
	char path[256];
	struct tally_bytes text;
	json_t *expected;
	json_t *value;
	const char *pcr;

	snprintf(path, sizeof(path), "%s.expected.json", name);
	text = vector_file(path);
	expected = json_loadb((const char *)text.data, text.size, 0, NULL);
	assert_non_null(expected);
	json_object_foreach(json_object_get(expected, "pcrs"), pcr, value)
	{
		struct tally_bytes bytes = hex_bytes(json_string_value(value));
		struct tally_digest digest;

		assert_int_equal(tally_digest_set(&digest, tally_alg_from_name(tally_text(bank)), bytes), TALLY_OK);
		assert_int_equal(tally_digests_add(&real->pcrs.value[atoi(pcr)], &digest), TALLY_OK);
		free_bytes(bytes);
	}
	free_bytes(text);
	return expected;
}

static void vector_open(struct real *real, const char *name, const char *bank)
{
	char path[256];
	json_t *expected;

	memset(real, 0, sizeof(*real));
	snprintf(path, sizeof(path), "%s.msg", name);
	real->attest = vector_file(path);
	snprintf(path, sizeof(path), "%s.sig", name);
	real->signature = vector_file(path);
	expected = vector_pcrs(name, real, bank);
	json_decref(expected);
	real->pins_values = true;
}

/* Nobody can have asked for it with a nonce of two bytes; the rest of it holds, up to Google's root. */
static void google_certifies_its_keys(void **state)
{
	static const char *const files[] = { "gce-cos85-nonce9009.ak.crt.der", "gce-ca-tpm_ek_intermediate_2.crt",
					     "gce-ca-tpm_ek_root_1.cer" };
	struct real real;
	uint8_t root[32];
	size_t size;

	(void)state;
	vector_open(&real, "gce-cos85-nonce9009-sha256", "sha256");
	real.area = vector_file("gce-cos85-nonce9009.ak.tpmt.bin");
	real.firmware = "2016051100162800";
	for (size_t i = 0; i < 3; i++)
		real.item[real.item_count++] = (struct tally_collateral_item){ TALLY_COLLATERAL_CERTIFICATES, files[i],
									       vector_file(files[i]) };
	{
		struct tally_hash_job job = { TALLY_SHA256, { real.item[2].bytes }, root };

		assert_int_equal(tally_env_hash(&job, 1), TALLY_OK);
	}
	size = (size_t)snprintf(real.section, sizeof(real.section), ", \"tpm\": {\"roots\": \"sha256:");
	for (size_t i = 0; i < 32; i++)
		size += (size_t)snprintf(real.section + size, sizeof(real.section) - size, "%02x", root[i]);
	snprintf(real.section + size, sizeof(real.section) - size, "\"}");
	expect(&real, true, "tpm.crl-missing freshness.none");
	snprintf(real.section + size, sizeof(real.section) - size, "\"}, \"allow\": [\"tpm.crl-missing\"]");
	expect(&real, true, "freshness.none");
	real.item_count--;
	expect(&real, true, "certificate.root-untrusted tpm.ak-unbound freshness.none");
	real.item_count++;
	real_close(&real);
}

static void another_agent_has_quoted(void **state)
{
	struct real real;
	struct tally_tpm_quote quote;

	(void)state;
	vector_open(&real, "trustee-tpm-evidence", "sha256");
	real.spki = vector_file("trustee-tpm-evidence.ak.pub.der");
	real.firmware = "2019102300163636";
	assert_int_equal(tally_tpm_quote_read(real.attest, &quote), TALLY_OK);
	real.nonce = exact_copy(quote.extra_data);
	pin_key(&real, real.spki, ", \"allow\": [\"all-zero-registers\"]");
	expect(&real, true, "");
	real.section[0] = 0;
	expect(&real, true, "tpm.ak-unbound registers.all-zero");
	real_close(&real);
}

static void sha1_proves_nothing(void **state)
{
	struct real real;

	(void)state;
	vector_open(&real, "go-attestation-windows-gcp", "sha1");
	real.area = vector_file("go-attestation-windows-gcp.ak.tpmt.bin");
	real.firmware = "41e4356df966e035";
	real.pins_values = false;
	expect(&real, true, "tpm.weak-hash tpm.ak-unbound freshness.none log.missing");
	real_close(&real);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recorded_boot_is_accepted), cmocka_unit_test(each_piece_of_it_counts),
		cmocka_unit_test(google_certifies_its_keys),   cmocka_unit_test(another_agent_has_quoted),
		cmocka_unit_test(sha1_proves_nothing),
	};

	if (vectors_are_missing())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
