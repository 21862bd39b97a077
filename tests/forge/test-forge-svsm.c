// SPDX-License-Identifier: BSD-2-Clause
/* What firmware puts into REPORT_DATA: SVSM manifests and Azure's HCL reports, sound, and one reason for each damage. */
#include "snp-verdict.h"

/* Parts of the template L-1 of TCG's EK Credential Profile, and the modulus. */
#define EK_MODULUS_SIZE 256
#define EK_POLICY "0020 837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa"
#define EK_START "0001 000b 000300b2"
#define EK_END "0006 0080 0043 0010 0800 00000000 0100"

#define SERVICES "bb9e8463923d7046a1ff58f9c94b87bb"
#define VTPM "ebf176c42301a5459641b4e7dde5bfe3"
#define OTHER "593a45a49e1b8747a0331986d6adbe55"

static void add_hex(struct forge_buffer *buffer, const char *hex)
{
	struct tally_bytes bytes = hex_bytes(hex);

	forge_add_bytes(buffer, bytes);
	free_bytes(bytes);
}

/* A TPMT_PUBLIC from its start, policy and end, with a modulus of that size. */
static struct tally_bytes endorsement_key(const char *hex, size_t modulus_size)
{
	struct forge_buffer key = { 0 };

	add_hex(&key, hex);
	for (size_t i = 0; i < modulus_size; i++)
		forge_add_le(&key, 0xa5, 1);
	return forge_bytes(&key);
}

/* The manifest of all services around one; size added to what it says of its own. */
static struct tally_bytes services(const char *guid, struct tally_bytes service, size_t added)
{
	struct forge_buffer manifest = { 0 };

	add_hex(&manifest, SERVICES);
	forge_add_le(&manifest, 48 + service.size + added, 4);
	forge_add_le(&manifest, 1, 4);
	add_hex(&manifest, guid);
	forge_add_le(&manifest, 48, 4);
	forge_add_le(&manifest, service.size, 4);
	forge_add_bytes(&manifest, service);
	return forge_bytes(&manifest);
}

/* REPORT_DATA = SHA-512(nonce, manifest) */
static void bind_svsm(struct forge_snp *forge, struct tally_bytes nonce, struct tally_bytes manifest)
{
	struct forge_buffer both = { 0 };

	forge_add_bytes(&both, nonce);
	forge_add_bytes(&both, manifest);
	assert_int_equal(EVP_Digest(both.data, both.size, forge->report + SNP_AT_REPORT_DATA, NULL, EVP_sha512(), NULL),
			 1);
	free_bytes(forge_bytes(&both));
}

static const uint8_t nonce_bytes[64] = { 1, 2, 3, 4 };

static void svsm_manifests_are_looked_at(void **state)
{
	static const struct {
		const char *name;
		const char *guid; /* NULL: the service's manifest alone */
		const char *key;
		size_t modulus_size;
		size_t added;
		uint32_t vmpl;
		const char *binding;
		size_t nonce_size;
		const char *expected;
	} cases[] = {
		{ "all services", VTPM, EK_START EK_POLICY EK_END, 256, 0, 0, "svsm", 64, SOUND },
		{ "one service", NULL, EK_START EK_POLICY EK_END, 256, 0, 0, "svsm", 64, SOUND },
		{ "VMPL 1", VTPM, EK_START EK_POLICY EK_END, 256, 0, 1, "svsm", 64, "snp.svsm-vmpl" },
		{ "a size one more", VTPM, EK_START EK_POLICY EK_END, 256, 1, 0, "svsm", 64, "snp.svsm-malformed" },
		{ "another service", OTHER, EK_START EK_POLICY EK_END, 256, 0, 0, "svsm", 64, "snp.svsm-ek-missing" },
		{ "a key that ends early", VTPM, EK_START EK_POLICY EK_END, 255, 0, 0, "svsm", 64,
		  "snp.svsm-malformed" },
		{ "a key that also signs", VTPM, "0001 000b 000700b2" EK_POLICY EK_END, 256, 0, 0, "svsm", 64,
		  "snp.svsm-ek" },
		{ "a key that may move", VTPM, "0001 000b 000300b0" EK_POLICY EK_END, 256, 0, 0, "svsm", 64,
		  "snp.svsm-ek" },
		{ "no policy", VTPM, EK_START "0000" EK_END, 256, 0, 0, "svsm", 64, "snp.svsm-ek" },
		{ "AES-256", VTPM, EK_START EK_POLICY "0006 0100 0043 0010 0800 00000000 0100", 256, 0, 0, "svsm", 64,
		  "snp.svsm-ek" },
		{ "an exponent", VTPM, EK_START EK_POLICY "0006 0080 0043 0010 0800 00000003 0100", 256, 0, 0, "svsm",
		  64, "snp.svsm-ek" },
		{ "CBC", VTPM, EK_START EK_POLICY "0006 0080 0042 0010 0800 00000000 0100", 256, 0, 0, "svsm", 64,
		  "snp.svsm-ek" },
		{ "no cipher", VTPM, EK_START EK_POLICY "0010 0010 0800 00000000 0100", 256, 0, 0, "svsm", 64,
		  "snp.svsm-ek" },
		{ "a scheme of signatures", VTPM, EK_START EK_POLICY "0006 0080 0043 0014 000b 0800 00000000 0100", 256,
		  0, 0, "svsm", 64, "snp.svsm-ek" },
		{ "1024 bits", VTPM, EK_START EK_POLICY "0006 0080 0043 0010 0400 00000000 0080", 128, 0, 0, "svsm", 64,
		  "snp.svsm-ek" },
		{ "a modulus of half the bits", VTPM, EK_START EK_POLICY "0006 0080 0043 0010 0800 00000000 0080", 128,
		  0, 0, "svsm", 64, "snp.svsm-ek" },
		{ "P-256", VTPM,
		  "0023 000b 000300b2" EK_POLICY "0006 0080 0043 0010 0003 0010"
		  "0020 a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5 0020",
		  32, 0, 0, "svsm", 64, "snp.svsm-ek" },
		{ "SHA-384", VTPM, "0001 000c 000300b2" EK_POLICY EK_END, 256, 0, 0, "svsm", 64, "snp.svsm-ek" },
		{ "a nonce of 32 bytes", VTPM, EK_START EK_POLICY EK_END, 256, 0, 0, "svsm", 32,
		  "freshness.nonce-mismatch" },
		{ "a policy that expects none", VTPM, EK_START EK_POLICY EK_END, 256, 0, 0, "raw", 64,
		  "bundle.member-unreferenced freshness.nonce-mismatch" },
	};
	struct forge_snp forge;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes key = endorsement_key(cases[i].key, cases[i].modulus_size);
		struct asking asking = { .binding = cases[i].binding,
					 .nonce = tally_bytes(nonce_bytes, cases[i].nonce_size),
					 .manifest_type = TALLY_MEDIA_SVSM_MANIFEST,
					 .manifest = cases[i].guid ? services(cases[i].guid, key, cases[i].added)
								   : exact_copy(key) };

		forge_snp_start(&forge, "Milan", false);
		forge_snp_put(&forge, SNP_AT_VMPL, cases[i].vmpl, 4);
		bind_svsm(&forge, asking.nonce, asking.manifest);
		expect(cases[i].name, &forge, &asking, cases[i].expected);
		free_bytes(asking.manifest);
		free_bytes(key);
	}
}

/* Manifest or nonce of another report. */
static void svsm_manifests_belong_to_their_report(void **state)
{
	struct tally_bytes key = endorsement_key(EK_START EK_POLICY EK_END, EK_MODULUS_SIZE);
	struct tally_bytes manifest = services(VTPM, key, 0);
	struct tally_bytes other = services(OTHER, key, 0);
	static const uint8_t other_nonce[64] = { 9 };
	struct asking asking = { .binding = "svsm",
				 .nonce = tally_bytes(nonce_bytes, 64),
				 .manifest_type = TALLY_MEDIA_SVSM_MANIFEST,
				 .manifest = manifest };
	struct forge_snp forge;

	(void)state;
	forge_snp_start(&forge, "Milan", false);
	bind_svsm(&forge, asking.nonce, other);
	expect("another manifest", &forge, &asking, "binding.report-data-mismatch");
	forge_snp_start(&forge, "Milan", false);
	bind_svsm(&forge, tally_bytes(other_nonce, 64), manifest);
	expect("another nonce", &forge, &asking, "binding.report-data-mismatch");
	free_bytes(other);
	free_bytes(manifest);
	free_bytes(key);
}

/* A modulus of 2048 bits in base64url: odd, and its highest bit is set. */
#define MODULUS                                                                                                        \
	"v5q34gAAqd1KNv4-URtPlGGeoMHjXcYI7hIsgG0ZPlJRAABc9DlvxMQ9Ic1Ut70_5D-s7aLdh74DMpspXtRcjkXcdZyq5oCPmxWabg2ITqad" \
	"mPz2wP-G1B5DRolZqohyXoW_tA6RfAVTEUikEkf1PMZYSLpW88hhHpsPjHFjjsFkvDBMtc8ij-hFG-X8fXAMdPW6e4UZrXe9hTEo-53-oNXo" \
	"3vyAwCII5kXnQLVLQp0lVsymC6tCMXVjFJHNd-PSYPe06Kl4Emv6LiD0PK2UwcuBTMB157W1ixp-L5qz0YPsHqxIhSlYWC5JFNXr7BeYI1dO" \
	"HMG7A8qHpYsDe4uR_w"
#define AK "{\"keys\":[{\"kid\":\"HCLAkPub\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" MODULUS "\"}]}"

/* The HCL report around an SNP report; type and hash as asked. */
static struct tally_bytes hcl_report(const struct forge_snp *forge, uint32_t type, uint32_t hash, const char *json)
{
	struct forge_buffer hcl = { 0 };
	size_t size = strlen(json);

	forge_add_text(&hcl, "HCLA");
	forge_add_le(&hcl, 2, 4);
	forge_add_le(&hcl, 1236 + size, 4);
	forge_add_le(&hcl, 2, 4);
	for (size_t i = 0; i < 4; i++)
		forge_add_le(&hcl, 0, 4);
	if (type == 4)
		for (size_t i = 0; i < SNP_SIZE / 4; i++)
			forge_add_le(&hcl, 0, 4);
	else
		forge_add(&hcl, forge->report, SNP_SIZE);
	forge_add_le(&hcl, 20 + size, 4);
	forge_add_le(&hcl, 1, 4);
	forge_add_le(&hcl, type, 4);
	forge_add_le(&hcl, hash, 4);
	forge_add_le(&hcl, size, 4);
	forge_add_text(&hcl, json);
	return forge_bytes(&hcl);
}

/* All of REPORT_DATA is taken, and no vTPM quote is there to carry a nonce. */
#define BOUND "freshness.none"

static void hcl_reports_are_looked_at(void **state)
{
	static const struct {
		const char *name;
		const char *json;
		uint32_t type;
		uint32_t hash;
		uint32_t vmpl;
		uint8_t tail;  /* a byte behind the hash in REPORT_DATA */
		uint8_t first; /* what the first byte of the HCL report becomes */
		const char *expected;
	} cases[] = {
		{ "sound", AK, 2, 1, 0, 0, 'H', BOUND },
		{ "VMPL 2", AK, 2, 1, 2, 0, 'H', "freshness.nonce-mismatch snp.svsm-vmpl" },
		{ "another magic", AK, 2, 1, 0, 0, 'h', "azure.report-malformed freshness.nonce-mismatch" },
		{ "of TDX", AK, 4, 1, 0, 0, 'H', "azure.report-type freshness.nonce-mismatch" },
		{ "SHA-384", AK, 2, 2, 0, 0, 'H', "azure.hash-type freshness.nonce-mismatch" },
		{ "a byte behind the hash", AK, 2, 1, 0, 1, 'H', "azure.runtime-unbound freshness.nonce-mismatch" },
		{ "runtime data that is no JSON", "keys", 2, 1, 0, 0, 'H', "azure.runtime-malformed " BOUND },
		{ "a key of 8 bits", "{\"keys\":[{\"kid\":\"HCLAkPub\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"vw\"}]}",
		  2, 1, 0, 0, 'H', "azure.runtime-malformed " BOUND },
		{ "a key that is no base64url",
		  "{\"keys\":[{\"kid\":\"HCLAkPub\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"v5+3\"}]}", 2, 1, 0, 0, 'H',
		  "azure.runtime-malformed " BOUND },
		{ "no key", "{\"keys\":[]}", 2, 1, 0, 0, 'H', "azure.ak-missing " BOUND },
	};
	struct forge_snp forge;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct asking asking = { .nonce = tally_bytes(nonce_bytes, 64),
					 .manifest_type = TALLY_MEDIA_AZURE_HCL };

		forge_snp_start(&forge, "Milan", false);
		memset(forge.report + SNP_AT_REPORT_DATA, 0, 64);
		assert_int_equal(EVP_Digest(cases[i].json, strlen(cases[i].json), forge.report + SNP_AT_REPORT_DATA,
					    NULL, EVP_sha256(), NULL),
				 1);
		forge.report[SNP_AT_REPORT_DATA + 40] = cases[i].tail;
		forge_snp_put(&forge, SNP_AT_VMPL, cases[i].vmpl, 4);
		forge_snp_finish(&forge);
		asking.manifest = hcl_report(&forge, cases[i].type, cases[i].hash, cases[i].json);
		((uint8_t *)(uintptr_t)asking.manifest.data)[0] = cases[i].first;
		forge_snp_done(&forge);
		/* ECDSA is not deterministic: the report inside must be the one that is judged. */
		forge.is_unsigned = true;
		expect(cases[i].name, &forge, &asking, cases[i].expected);
		free_bytes(asking.manifest);
	}
}

/* The runtime data of another report, and an HCL report of another machine around the same data. */
static void hcl_reports_belong_to_their_report(void **state)
{
	struct asking asking = { .nonce = tally_bytes(nonce_bytes, 64), .manifest_type = TALLY_MEDIA_AZURE_HCL };
	struct forge_snp forge;

	(void)state;
	forge_snp_start(&forge, "Milan", false);
	forge_snp_finish(&forge);
	asking.manifest = hcl_report(&forge, 2, 1, AK);
	forge_snp_done(&forge);
	forge.is_unsigned = true;
	expect("other runtime data", &forge, &asking, "azure.runtime-unbound freshness.nonce-mismatch");
	forge.report[SNP_AT_MEASUREMENT] ^= 1;
	forge.is_unsigned = false;
	expect("another report", &forge, &asking, "azure.report-type azure.runtime-unbound freshness.nonce-mismatch");
	free_bytes(asking.manifest);
}

static int forget(void **state)
{
	(void)state;
	tally_kept_free(forge_kept());
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(svsm_manifests_are_looked_at),
		cmocka_unit_test(svsm_manifests_belong_to_their_report),
		cmocka_unit_test(hcl_reports_are_looked_at),
		cmocka_unit_test(hcl_reports_belong_to_their_report),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
