// SPDX-License-Identifier: BSD-2-Clause
/* Whole virtual machines: SNP report, manifest or HCL report, a quote of the vTPM, and the record of an activation. */
#include "machine.h"

#include "../../format/bundle.h"
#include "../../format/tpm_evidence.h"
#include "../../format/tpm_public.h"
#include "../../verify/ak_binding.h"

#define EK_START "0001 000b 000300b2 0020 837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa"
#define EK_REST "0006 0080 0043 0010 0800 00000000 0100"
#define ACTIVATED (FORGE_TIME - 3600)

const uint8_t forge_machine_nonce[64] = { 1, 2, 3, 4 };

void forge_machine_start(struct forge_machine *machine, bool is_azure)
{
	memset(machine, 0, sizeof(*machine));
	forge_snp_start(&machine->snp, "Genoa", false);
	forge_tpm_plan(&machine->tpm, tally_bytes(forge_machine_nonce, is_azure ? 64 : 32));
	machine->tpm.mask = machine->tpm.pcrs_mask = 0xffffff;
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

static struct tally_bytes ak_name_of(const struct forge_machine *machine)
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

struct tally_key *forge_machine_binder(void)
{
	static struct tally_key *key;

	if (!key)
		assert_int_equal(tally_key_generate(&key), TALLY_OK);
	return key;
}

static struct tally_bytes record_of(const struct forge_machine *machine)
{
	struct tally_bytes ek = endorsement_key(machine->bound_ek_fill);
	struct tally_ak_binding binding = { .ek_name = name_of(ek),
					    .ak_name = ak_name_of(machine),
					    .time = machine->activated };
	uint8_t room[2048];
	struct tally_writer writer = tally_writer(room, sizeof(room));

	assert_int_equal(tally_ak_binding_sign(forge_machine_binder(), &binding, &writer), TALLY_OK);
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

static struct tally_bytes runtime_data(const struct forge_machine *machine)
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
static struct tally_bytes hcl_report(struct forge_machine *machine)
{
	struct tally_bytes json = runtime_data(machine);
	struct forge_buffer hcl = { 0 };

	memset(machine->snp.report + SNP_AT_REPORT_DATA, 0, 64);
	assert_int_equal(
		EVP_Digest(json.data, json.size, machine->snp.report + SNP_AT_REPORT_DATA, NULL, EVP_sha256(), NULL),
		1);
	machine->snp.report[SNP_AT_REPORT_DATA] ^= machine->has_other_report_data;
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
static struct tally_bytes svsm_manifest(struct forge_machine *machine)
{
	struct tally_bytes manifest = endorsement_key(machine->ek_fill);
	struct forge_buffer both = { 0 };

	forge_add(&both, forge_machine_nonce, sizeof(forge_machine_nonce));
	forge_add_bytes(&both, manifest);
	assert_int_equal(
		EVP_Digest(both.data, both.size, machine->snp.report + SNP_AT_REPORT_DATA, NULL, EVP_sha512(), NULL),
		1);
	free_bytes(forge_bytes(&both));
	machine->snp.report[SNP_AT_REPORT_DATA] ^= machine->has_other_report_data;
	forge_snp_finish(&machine->snp);
	return manifest;
}

static void add_member(struct tally_bundle *bundle, const char *label, const char *type, struct tally_bytes value)
{
	bundle->member[bundle->count++] = (struct tally_member){ tally_text(label), tally_text(type), value };
}

static struct tally_bytes bundle_bytes(const struct tally_bundle *bundle)
{
	static uint8_t room[65536];
	struct tally_writer writer = tally_writer(room, sizeof(room));

	tally_bundle_write(&writer, bundle);
	assert_int_equal(writer.status, TALLY_OK);
	return exact_copy(tally_written(&writer));
}

struct tally_bytes forge_machine_make(struct forge_machine *machine)
{
	struct tally_bytes manifest = machine->is_azure ? hcl_report(machine) : svsm_manifest(machine);
	struct tally_bytes record = record_of(machine);
	struct tally_bytes quote = forge_tpm_quote(&machine->tpm);
	struct tally_bytes pcrs = forge_tpm_pcrs(&machine->tpm);
	struct tally_bytes table = forge_snp_table(&machine->snp);
	struct tally_bundle *bundle = calloc(1, sizeof(*bundle));
	struct tally_bytes made;

	assert_non_null(bundle);
	add_member(bundle, TALLY_LABEL_REPORT, TALLY_MEDIA_SNP_REPORT, tally_bytes(machine->snp.report, SNP_SIZE));
	add_member(bundle, TALLY_LABEL_CERTIFICATES, TALLY_MEDIA_SNP_CERTIFICATES, table);
	add_member(bundle, TALLY_LABEL_MANIFEST, machine->is_azure ? TALLY_MEDIA_AZURE_HCL : TALLY_MEDIA_SVSM_MANIFEST,
		   manifest);
	add_member(bundle, TALLY_LABEL_TPM_QUOTE, TALLY_MEDIA_TPM_QUOTE, quote);
	add_member(bundle, TALLY_LABEL_TPM_PCRS, TALLY_MEDIA_TPM_PCRS, pcrs);
	if (machine->has_record && !machine->is_azure)
		add_member(bundle, TALLY_LABEL_AK_BINDING, TALLY_MEDIA_AK_BINDING, record);
	made = bundle_bytes(bundle);
	free(bundle);
	free_bytes(manifest);
	free_bytes(record);
	free_bytes(quote);
	free_bytes(pcrs);
	free_bytes(table);
	return made;
}
