// SPDX-License-Identifier: BSD-2-Clause
/* A whole virtual machine: SNP report, what its firmware vouches for, and a quote of its vTPM; sound, and spliced. */
#include "snp-verdict.h"

#include "../../format/tpm_evidence.h"
#include "../../format/tpm_public.h"
#include "../../verify/ak_binding.h"
#include "tpm.h"

#define EK_START "0001 000b 000300b2 0020 837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa"
#define EK_REST "0006 0080 0043 0010 0800 00000000 0100"
#define ACTIVATED (FORGE_TIME - 3600)
#define ALL_PCRS 0xffffff

static const uint8_t nonce_bytes[64] = { 1, 2, 3, 4 };

/* One case, sound after machine_start. */
struct machine {
	struct forge_snp snp;
	struct forge_tpm tpm;
	bool is_azure;
	uint8_t ek_fill;       /* of the EK's modulus in the manifest */
	uint8_t bound_ek_fill; /* and in the record of the activation */
	size_t bound_key;      /* number of the AK in that record, or in the runtime data */
	bool has_record;
	bool is_binder_pinned;
	uint64_t binding_days; /* that the policy allows; 0: any */
	uint64_t activated;
	const char *edges; /* NULL: the default */
};

static void machine_start(struct machine *machine, bool is_azure)
{
	memset(machine, 0, sizeof(*machine));
	forge_snp_start(&machine->snp, "Genoa", false);
	forge_tpm_plan(&machine->tpm, tally_bytes(nonce_bytes, is_azure ? 64 : 32));
	machine->tpm.mask = machine->tpm.pcrs_mask = ALL_PCRS;
	if (is_azure) {
		machine->tpm.kind = FORGE_RSA2048;
		machine->tpm.scheme = machine->tpm.area_scheme = FORGE_TPM_RSASSA;
		machine->tpm.key = machine->tpm.named_key = machine->bound_key = 4;
	}
	machine->is_azure = is_azure;
	machine->ek_fill = machine->bound_ek_fill = 0xa5;
	machine->has_record = machine->is_binder_pinned = true;
	machine->activated = ACTIVATED;
}

static void add_hex(struct forge_buffer *buffer, const char *hex)
{
	struct tally_bytes bytes = hex_bytes(hex);

	forge_add_bytes(buffer, bytes);
	free_bytes(bytes);
}

static struct tally_bytes endorsement_key(uint8_t fill)
{
	struct forge_buffer key = { 0 };

	add_hex(&key, EK_START EK_REST);
	for (size_t i = 0; i < 256; i++)
		forge_add_le(&key, fill, 1);
	return forge_bytes(&key);
}

/* SHA-256 name of a public area. */
static struct tally_bytes name_of(struct tally_bytes area)
{
	struct forge_buffer name = { 0 };
	uint8_t digest[32];

	assert_int_equal(EVP_Digest(area.data, area.size, digest, NULL, EVP_sha256(), NULL), 1);
	forge_add_be(&name, 0x000b, 2);
	forge_add(&name, digest, sizeof(digest));
	return forge_bytes(&name);
}

static struct tally_bytes ak_name_of(const struct machine *machine)
{
	struct forge_tpm bound = machine->tpm;
	struct tally_tpm_evidence evidence;
	struct tally_bytes quote;
	struct tally_bytes name;

	bound.named_key = machine->bound_key;
	quote = forge_tpm_quote(&bound);
	assert_int_equal(tally_tpm_evidence_read(quote, &evidence), TALLY_OK);
	name = name_of(evidence.public_area);
	free_bytes(quote);
	return name;
}

static struct tally_key *binder(void)
{
	static struct tally_key *key;

	if (!key)
		assert_int_equal(tally_key_generate(&key), TALLY_OK);
	return key;
}

static struct tally_bytes record_of(const struct machine *machine)
{
	struct tally_bytes ek = endorsement_key(machine->bound_ek_fill);
	struct tally_ak_binding binding = { .ek_name = name_of(ek),
					    .ak_name = ak_name_of(machine),
					    .time = machine->activated };
	uint8_t room[2048];
	struct tally_writer writer = tally_writer(room, sizeof(room));

	assert_int_equal(tally_ak_binding_sign(binder(), &binding, &writer), TALLY_OK);
	free_bytes(ek);
	free_bytes(binding.ek_name);
	free_bytes(binding.ak_name);
	return exact_copy(tally_written(&writer));
}

/* Big-endian bytes as base64url without padding. */
static void add_base64url(struct forge_buffer *buffer, struct tally_bytes bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	for (size_t i = 0; i < bytes.size; i += 3) {
		size_t left = bytes.size - i < 3 ? bytes.size - i : 3;
		uint32_t group = 0;

		for (size_t n = 0; n < 3; n++)
			group = group << 8 | (n < left ? bytes.data[i + n] : 0);
		for (size_t n = 0; n < left + 1; n++)
			forge_add(buffer, &digits[group >> (18 - 6 * n) & 63], 1);
	}
}

static struct tally_bytes runtime_data(const struct machine *machine)
{
	BIGNUM *modulus = NULL;
	struct forge_buffer json = { 0 };
	uint8_t bytes[256];

	assert_int_equal(EVP_PKEY_get_bn_param(forge_key(FORGE_RSA2048, machine->bound_key), "n", &modulus), 1);
	assert_int_equal(BN_bn2binpad(modulus, bytes, sizeof(bytes)), sizeof(bytes));
	BN_free(modulus);
	forge_add_text(&json, "{\"keys\":[{\"kid\":\"HCLAkPub\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"");
	add_base64url(&json, tally_bytes(bytes, sizeof(bytes)));
	forge_add_text(&json, "\"}]}");
	return forge_bytes(&json);
}

/* The HCL report: REPORT_DATA first, because the report stands inside. */
static struct tally_bytes hcl_report(struct machine *machine)
{
	struct tally_bytes json = runtime_data(machine);
	struct forge_buffer hcl = { 0 };

	memset(machine->snp.report + SNP_AT_REPORT_DATA, 0, 64);
	assert_int_equal(
		EVP_Digest(json.data, json.size, machine->snp.report + SNP_AT_REPORT_DATA, NULL, EVP_sha256(), NULL),
		1);
	forge_snp_finish(&machine->snp);
	forge_add_text(&hcl, "HCLA");
	forge_add_le(&hcl, 2, 4);
	forge_add_le(&hcl, 1236 + json.size, 4);
	forge_add_le(&hcl, 2, 4);
	forge_add_le(&hcl, 0, 8);
	forge_add_le(&hcl, 0, 8);
	forge_add(&hcl, machine->snp.report, SNP_SIZE);
	forge_add_le(&hcl, 20 + json.size, 4);
	forge_add_le(&hcl, 1, 4);
	forge_add_le(&hcl, 2, 4);
	forge_add_le(&hcl, 1, 4);
	forge_add_le(&hcl, json.size, 4);
	forge_add_bytes(&hcl, json);
	free_bytes(json);
	return forge_bytes(&hcl);
}

/* The vTPM's part of the manifest alone; REPORT_DATA = SHA-512(nonce, manifest). */
static struct tally_bytes svsm_manifest(struct machine *machine)
{
	struct tally_bytes manifest = endorsement_key(machine->ek_fill);
	struct forge_buffer both = { 0 };

	forge_add(&both, nonce_bytes, sizeof(nonce_bytes));
	forge_add_bytes(&both, manifest);
	assert_int_equal(
		EVP_Digest(both.data, both.size, machine->snp.report + SNP_AT_REPORT_DATA, NULL, EVP_sha512(), NULL),
		1);
	free_bytes(forge_bytes(&both));
	forge_snp_finish(&machine->snp);
	return manifest;
}

static void rule_pcrs(const struct machine *machine, json_t *policy)
{
	json_t *registers = json_object();

	for (unsigned pcr = 0; pcr < FORGE_TPM_PCRS; pcr++) {
		char name[16];
		char text[7 + 64 + 1] = "sha256:";
		uint8_t value[64];

		if (!(machine->tpm.mask >> pcr & 1))
			continue;
		forge_tpm_value(&machine->tpm, FORGE_TPM_SHA256, pcr, value);
		for (size_t i = 0; i < 32; i++)
			snprintf(text + 7 + 2 * i, 3, "%02x", value[i]);
		snprintf(name, sizeof(name), "tpm.pcr%u", pcr);
		json_object_set_new(registers, name, json_pack("{s:s}", "value", text));
	}
	json_object_set_new(policy, "registers", registers);
}

static struct tally_policy *policy_of(const struct machine *machine)
{
	const char *const exceptions[] = { "resettable-registers", NULL };
	json_t *json = snp_policy_json(tally_bytes(machine->snp.report, SNP_SIZE), "Genoa", NULL,
				       machine->is_azure ? "raw" : "svsm", exceptions);
	char pin[7 + 64 + 1] = "sha256:";
	uint8_t fingerprint[32];

	assert_int_equal(tally_key_fingerprint(binder(), fingerprint), TALLY_OK);
	for (size_t i = 0; i < 32; i++)
		snprintf(pin + 7 + 2 * i, 3, "%02x", machine->is_binder_pinned ? fingerprint[i] : 0);
	if (!machine->is_azure)
		json_object_set_new(json, "tpm", json_pack("{s:s}", "binders", pin));
	if (machine->binding_days)
		json_object_set_new(json_object_get(json, "tpm"), "binding-max-days",
				    json_integer((json_int_t)machine->binding_days));
	if (machine->edges)
		json_object_set_new(json, "edges", json_string(machine->edges));
	json_object_set_new(json_object_get(json, "claims"), "tpm.firmware-version", json_string("0000000000002026"));
	rule_pcrs(machine, json);
	return snp_policy(json);
}

static void add_member(struct tally_bundle *bundle, const char *label, const char *type, struct tally_bytes value)
{
	bundle->member[bundle->count++] = (struct tally_member){ tally_text(label), tally_text(type), value };
}

static void expect_machine(const char *name, struct machine *machine, const char *expected)
{
	static uint8_t room[65536];
	struct tally_bytes manifest = machine->is_azure ? hcl_report(machine) : svsm_manifest(machine);
	struct tally_bytes record = record_of(machine);
	struct tally_bytes quote = forge_tpm_quote(&machine->tpm);
	struct tally_bytes pcrs = forge_tpm_pcrs(&machine->tpm);
	struct tally_bytes table = forge_snp_table(&machine->snp);
	struct tally_policy *policy = policy_of(machine);
	struct tally_roots roots = { 1, &machine->snp.root_der };
	struct tally_writer writer = tally_writer(room, sizeof(room));
	struct tally_bundle *bundle = calloc(1, sizeof(*bundle));
	struct tally_verify_request request = { .roots = &roots,
						.kept = forge_kept(),
						.policy = policy,
						.has_nonce = true,
						.nonce = tally_bytes(nonce_bytes, sizeof(nonce_bytes)),
						.time = FORGE_TIME };
	struct tally_verdict *verdict;
	char codes[CODES_SIZE];

	assert_non_null(bundle);
	add_member(bundle, TALLY_LABEL_REPORT, TALLY_MEDIA_SNP_REPORT, tally_bytes(machine->snp.report, SNP_SIZE));
	add_member(bundle, TALLY_LABEL_CERTIFICATES, TALLY_MEDIA_SNP_CERTIFICATES, table);
	add_member(bundle, TALLY_LABEL_MANIFEST, machine->is_azure ? TALLY_MEDIA_AZURE_HCL : TALLY_MEDIA_SVSM_MANIFEST,
		   manifest);
	add_member(bundle, TALLY_LABEL_TPM_QUOTE, TALLY_MEDIA_TPM_QUOTE, quote);
	add_member(bundle, TALLY_LABEL_TPM_PCRS, TALLY_MEDIA_TPM_PCRS, pcrs);
	if (machine->has_record && !machine->is_azure)
		add_member(bundle, TALLY_LABEL_AK_BINDING, TALLY_MEDIA_AK_BINDING, record);
	tally_bundle_write(&writer, bundle);
	assert_int_equal(writer.status, TALLY_OK);
	request.evidence = tally_written(&writer);
	assert_int_equal(tally_verify(&request, &verdict), TALLY_OK);
	if (strcmp(codes_of(verdict, codes), expected) != 0)
		fail_msg("%s: %s\nexpected: %s", name, codes, expected);
	tally_verdict_free(verdict);
	tally_policy_free(policy);
	forge_snp_done(&machine->snp);
	free(bundle);
	free_bytes(manifest);
	free_bytes(record);
	free_bytes(quote);
	free_bytes(pcrs);
	free_bytes(table);
}

static void an_svsm_and_an_activation_vouch_for_a_quote(void **state)
{
	struct machine machine;

	(void)state;
	machine_start(&machine, false);
	expect_machine("sound", &machine, SOUND);
	machine_start(&machine, false);
	machine.tpm.mask = machine.tpm.pcrs_mask = 0xff;
	expect_machine("some PCRs", &machine, SOUND);
	machine_start(&machine, false);
	machine.has_record = false;
	expect_machine("an EK only decrypts", &machine, "composite.edge-none tpm.ak-unbound");
	machine_start(&machine, false);
	machine.bound_key = 1;
	expect_machine("another AK was activated", &machine,
		       "composite.edge-none tpm.ak-binding-mismatch tpm.ak-unbound");
	machine_start(&machine, false);
	machine.bound_ek_fill = 0xa7;
	expect_machine("an AK beside another EK", &machine, "composite.edge-none");
	machine_start(&machine, false);
	machine.ek_fill = 0xa7;
	expect_machine("another machine's manifest", &machine, "composite.edge-none");
	machine_start(&machine, false);
	machine.is_binder_pinned = false;
	expect_machine("another verifier's record", &machine,
		       "composite.edge-none tpm.ak-binding-unpinned tpm.ak-unbound");
	machine_start(&machine, false);
	machine.binding_days = 1;
	expect_machine("an activation of today", &machine, SOUND);
	machine_start(&machine, false);
	machine.binding_days = 1;
	machine.activated = FORGE_TIME - FORGE_DAY - 1;
	expect_machine("an activation too long ago", &machine,
		       "composite.edge-none tpm.ak-binding-too-old tpm.ak-unbound");
	machine_start(&machine, false);
	machine.activated = FORGE_TIME + 1;
	expect_machine("an activation of tomorrow", &machine,
		       "composite.edge-none tpm.ak-binding-not-yet-valid tpm.ak-unbound");
	machine_start(&machine, false);
	machine.tpm.extra = tally_bytes(nonce_bytes + 1, 32);
	expect_machine("a quote of another request", &machine, "freshness.nonce-mismatch");
	machine_start(&machine, false);
	machine.tpm.attributes &= ~(1U << 16);
	expect_machine("an AK that signs anything", &machine, "tpm.key-attributes");
}

static void azure_s_runtime_data_vouches_for_a_quote(void **state)
{
	struct machine machine;

	(void)state;
	machine_start(&machine, true);
	expect_machine("sound", &machine, SOUND);
	machine_start(&machine, true);
	machine.tpm.mask = machine.tpm.pcrs_mask = 0xff;
	expect_machine("not all PCRs", &machine, "tpm.selection-mismatch");
	machine_start(&machine, true);
	machine.bound_key = 3;
	expect_machine("another machine's runtime data", &machine, "composite.edge-none tpm.ak-unbound");
	machine_start(&machine, true);
	forge_snp_put(&machine.snp, SNP_AT_VMPL, 1, 4);
	expect_machine("a report of the guest itself", &machine,
		       "composite.edge-none freshness.nonce-mismatch snp.svsm-vmpl tpm.ak-unbound");
	machine_start(&machine, true);
	machine.tpm.extra = tally_bytes(nonce_bytes + 1, 32);
	expect_machine("a quote of another request", &machine, "freshness.nonce-mismatch");
}

static int forget(void **state)
{
	(void)state;
	tally_key_free(binder());
	tally_kept_free(forge_kept());
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_svsm_and_an_activation_vouch_for_a_quote),
		cmocka_unit_test(azure_s_runtime_data_vouches_for_a_quote),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
