// SPDX-License-Identifier: BSD-2-Clause
/* SVSM manifests, public areas of a TPM's keys, Azure's HCL report: where each field stands, and their damage. */
#include "hex.h"

#include "../../format/azure_hcl.h"
#include "../../format/svsm_manifest.h"
#include "../../format/tpm_public.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* GUIDs as they stand in memory. spec: AMD 58019, tables 11 and 12 */
#define SERVICES "bb9e8463923d7046a1ff58f9c94b87bb"
#define VTPM "ebf176c42301a5459641b4e7dde5bfe3"
#define UEFI_MM "593a45a49e1b8747a0331986d6adbe55"

static void manifests_are_read(void **state)
{
	struct tally_bytes bytes =
		hex_bytes(SERVICES "4b000000 02000000" UEFI_MM "48000000 01000000" VTPM "49000000 02000000 aa bbcc");
	struct tally_svsm_manifest manifest;

	(void)state;
	assert_true(tally_svsm_is_manifest(bytes));
	assert_int_equal(tally_svsm_manifest_read(bytes, &manifest), TALLY_OK);
	assert_int_equal(manifest.service_count, 2);
	assert_bytes_hex(manifest.service[0].guid, UEFI_MM);
	assert_bytes_hex(manifest.service[0].manifest, "aa");
	assert_bytes_hex(manifest.vtpm, "bbcc");
	for (size_t size = 0; size < bytes.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(bytes.data, size));

		assert_int_equal(tally_svsm_manifest_read(prefix, &manifest), TALLY_TRUNCATED);
		free_bytes(prefix);
	}
	free_bytes(bytes);
}

static void manifest_damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} cases[] = {
		{ "no service", SERVICES "18000000 00000000", TALLY_OK },
		{ "a byte behind", SERVICES "18000000 00000000 00", TALLY_TRAILING },
		{ "a size one less", SERVICES "17000000 00000000", TALLY_TRAILING },
		{ "a size one more", SERVICES "19000000 00000000", TALLY_TRUNCATED },
		{ "one service's manifest", VTPM "18000000 00000000", TALLY_UNSUPPORTED },
		{ "GUID as it is printed", "63849ebb3d924670a1ff58f9c94b87bb 18000000 00000000", TALLY_UNSUPPORTED },
		{ "a service without its entry", SERVICES "18000000 01000000", TALLY_TRUNCATED },
		{ "17 services", SERVICES "18000000 11000000", TALLY_OUT_OF_RANGE },
		{ "an absurd number of services", SERVICES "18000000 ffffffff", TALLY_OUT_OF_RANGE },
		{ "an empty service", SERVICES "30000000 01000000" VTPM "30000000 00000000", TALLY_OK },
		{ "data in the list", SERVICES "31000000 01000000" VTPM "2f000000 01000000 aa", TALLY_OUT_OF_RANGE },
		{ "data behind the end", SERVICES "31000000 01000000" VTPM "31000000 01000000 aa", TALLY_OUT_OF_RANGE },
		{ "the largest length", SERVICES "31000000 01000000" VTPM "30000000 ffffffff aa", TALLY_OUT_OF_RANGE },
		{ "the largest offset", SERVICES "31000000 01000000" VTPM "ffffffff 02000000 aa", TALLY_OUT_OF_RANGE },
		{ "a service twice",
		  SERVICES "4a000000 02000000" VTPM "48000000 01000000" VTPM "49000000 01000000 aabb",
		  TALLY_DUPLICATE },
		{ "services that overlap",
		  SERVICES "4b000000 02000000" VTPM "48000000 02000000" UEFI_MM "49000000 02000000 aabbcc",
		  TALLY_OUT_OF_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes bytes = hex_bytes(cases[i].hex);
		struct tally_svsm_manifest manifest;
		enum tally_status status = tally_svsm_manifest_read(bytes, &manifest);

		if (status != cases[i].expected)
			fail_msg("%s: %s", cases[i].name, tally_status_message(status));
		free_bytes(bytes);
	}
}

/* Parts of the templates of the TCG EK Credential Profile. */
#define POLICY_A "0020 837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa"
#define EK_RSA "0001 000b 000300b2" POLICY_A "0006 0080 0043 0010 0800 00000000"
#define EK_ECC "0023 000b 000300b2" POLICY_A "0006 0080 0043 0010 0003 0010"
#define AK_ECC "0023 000b 00050072 0000 0010 0018 000b 0003 0010"
#define AK_RSA "0001 000b 00050072 0000 0010 0014 000b 0800 00000000"

static void public_areas_are_read(void **state)
{
	struct tally_bytes bytes = hex_bytes(EK_RSA "0003 c0ffee");
	struct tally_tpm_public key;

	(void)state;
	assert_int_equal(tally_tpm_public_read(bytes, &key), TALLY_OK);
	assert_int_equal(key.type, TALLY_TPM_RSA);
	assert_int_equal(key.name_alg, TALLY_SHA256);
	assert_int_equal(key.attributes, TALLY_TPM_FIXED_TPM | TALLY_TPM_FIXED_PARENT |
						 TALLY_TPM_SENSITIVE_DATA_ORIGIN | TALLY_TPM_ADMIN_WITH_POLICY |
						 TALLY_TPM_RESTRICTED | TALLY_TPM_DECRYPT);
	assert_int_equal(key.auth_policy.size, 32);
	assert_int_equal(key.symmetric, TALLY_TPM_AES);
	assert_int_equal(key.symmetric_bits, 128);
	assert_int_equal(key.symmetric_mode, TALLY_TPM_CFB);
	assert_int_equal(key.scheme, TALLY_TPM_NULL);
	assert_int_equal(key.key_bits, 2048);
	assert_int_equal(key.exponent, 0);
	assert_bytes_hex(key.modulus, "c0ffee");
	free_bytes(bytes);

	bytes = hex_bytes("0038" AK_ECC "0010 000102030405060708090a0b0c0d0e0f 0010 101112131415161718191a1b1c1d1e1f");
	assert_int_equal(tally_tpm2b_public_read(bytes, &key), TALLY_OK);
	assert_int_equal(key.type, TALLY_TPM_ECC);
	assert_int_equal(key.attributes, TALLY_TPM_FIXED_TPM | TALLY_TPM_FIXED_PARENT |
						 TALLY_TPM_SENSITIVE_DATA_ORIGIN | TALLY_TPM_USER_WITH_AUTH |
						 TALLY_TPM_RESTRICTED | TALLY_TPM_SIGN);
	assert_int_equal(key.symmetric, TALLY_TPM_NULL);
	assert_int_equal(key.scheme, TALLY_TPM_ECDSA);
	assert_int_equal(key.scheme_hash, TALLY_SHA256);
	assert_int_equal(key.curve, TALLY_TPM_P256);
	assert_int_equal(key.kdf, TALLY_TPM_NULL);
	assert_bytes_hex(key.x, "000102030405060708090a0b0c0d0e0f");
	assert_bytes_hex(key.y, "101112131415161718191a1b1c1d1e1f");
	assert_ptr_equal(key.bytes.data, bytes.data + 2);
	free_bytes(bytes);
}

static void public_damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} cases[] = {
		{ "RSA", AK_RSA "0001 aa", TALLY_OK },
		{ "a byte behind", AK_RSA "0001 aabb", TALLY_TRAILING },
		{ "ECC without symmetric cipher", AK_ECC "0001 aa 0001 bb", TALLY_OK },
		{ "ECC with one", EK_ECC "0001 aa 0001 bb", TALLY_OK },
		{ "a keyed hash", "0008 000b 00040072 0000 0010 0000", TALLY_UNSUPPORTED },
		{ "a symmetric key", "0025 000b 00040072 0000 0006 0080 0043 0000", TALLY_UNSUPPORTED },
		{ "an anonymous scheme", "0023 000b 00050072 0000 0010 001a 000b 0000 0003 0010 0000 0000",
		  TALLY_UNSUPPORTED },
		{ "a KDF", "0023 000b 00050072 0000 0010 0018 000b 0003 0020 000b 0001 aa 0001 bb", TALLY_OK },
		{ "RSAES, which has no hash", "0001 000b 00020072 0000 0010 0015 0800 00000000 0001 aa", TALLY_OK },
		{ "a policy beyond the end", "0001 000b 00050072 ffff 0010", TALLY_TRUNCATED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes bytes = hex_bytes(cases[i].hex);
		struct tally_tpm_public key;
		enum tally_status status = tally_tpm_public_read(bytes, &key);

		if (status != cases[i].expected)
			fail_msg("%s: %s", cases[i].name, tally_status_message(status));
		for (size_t size = 0; status == TALLY_OK && size < bytes.size; size++) {
			struct tally_bytes prefix = exact_copy(tally_bytes(bytes.data, size));

			assert_int_equal(tally_tpm_public_read(prefix, &key), TALLY_TRUNCATED);
			free_bytes(prefix);
		}
		free_bytes(bytes);
	}
}

/* The EK of a swtpm 0.7 in its TPM2B_PUBLIC, as tpm2_createek stored it, and the name that tpm2_readpublic gave. */
static void names_are_those_of_a_tpm(void **state)
{
	struct tally_bytes bytes =
		hex_bytes("013a" EK_RSA "0100"
			  "c0eb7f89cf40525ba89872a9155e7bcb77e3fd031ce9202a99e1de27bbcd44d0cc22a79945e639380bb5d129"
			  "dd8683587ae11bbf3814c9d93e370438250ca19ecf2a3403d1d2f632f2ba2515e54ced14851378834385c670"
			  "e994d4fcb85af621f0a6902e0fea64d045bf6a8ce65bf609ba00c069c23dcc8e083d9cfb6332f5efaa12763e"
			  "47b928a2535bb44338f3249b9700ea41ba1bfc725e64ef5a59b276226269710e3814359819d379eb622695ca"
			  "2f96cdce4323bdb82e854ee91426fb9ed730c8b366ec268e3ea37b74e2fc61f8b113076846be9de2edd56abf"
			  "b0aa37568f207cc390c472bab634e0c222843e9a92840997a545769a67fc34fc18255fe5");
	uint8_t name[TALLY_TPM_NAME_LIMIT];
	struct tally_tpm_public key;
	size_t size = 0;

	(void)state;
	assert_int_equal(tally_tpm2b_public_read(bytes, &key), TALLY_OK);
	assert_int_equal(tally_tpm_public_name(&key, name, &size), TALLY_OK);
	assert_bytes_hex(tally_bytes(name, size),
			 "000b80fba40b07e0c602a30f535c86e4fa738edf15eaa8fcc139a546f641558d4f2c");
	key.name_alg = TALLY_TPM_NULL;
	assert_int_equal(tally_tpm_public_name(&key, name, &size), TALLY_UNKNOWN_ALGORITHM);
	assert_int_equal(tally_tpm2b_public_read(tally_bytes(bytes.data, bytes.size - 1), &key), TALLY_TRUNCATED);
	free_bytes(bytes);
}

#define HCL_PADDING 7
#define HCL_JSON "{\"keys\":[]}"

static void put_le32s(uint8_t *at, const uint32_t *values, size_t count)
{
	for (size_t i = 0; i < 4 * count; i++)
		at[i] = (uint8_t)(values[i / 4] >> (8 * (i % 4)));
}

/* An HCL report of that type around runtime data, and zeros behind it. */
static struct tally_bytes hcl_report(uint32_t report_type, const char *json)
{
	uint32_t size = (uint32_t)strlen(json);
	const uint32_t header[] = { 0x414c4348, 2, 1236 + size, 2, 0 };
	const uint32_t data[] = { 20 + size, 1, report_type, 1, size };
	uint8_t *bytes = calloc(1, 1236 + size + HCL_PADDING);

	assert_non_null(bytes);
	put_le32s(bytes, header, COUNT(header));
	put_le32s(bytes + 1216, data, COUNT(data));
	memset(bytes + 32, 0xab, report_type == TALLY_AZURE_TDX ? 1024 : 1184);
	memcpy(bytes + 1236, json, size);
	return tally_bytes(bytes, 1236 + size + HCL_PADDING);
}

static void hcl_reports_are_read(void **state)
{
	static const uint32_t types[] = { TALLY_AZURE_SNP, TALLY_AZURE_TDX };

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		struct tally_bytes bytes = hcl_report(types[i], HCL_JSON);
		struct tally_azure_hcl hcl;

		assert_int_equal(tally_azure_hcl_read(bytes, &hcl), TALLY_OK);
		assert_int_equal(hcl.version, 2);
		assert_int_equal(hcl.report_type, types[i]);
		assert_int_equal(hcl.hash_type, TALLY_AZURE_SHA256);
		assert_ptr_equal(hcl.hardware_report.data, bytes.data + 32);
		assert_int_equal(hcl.hardware_report.size, types[i] == TALLY_AZURE_TDX ? 1024 : 1184);
		assert_bytes_equal(hcl.runtime_data, tally_text(HCL_JSON));
		for (size_t size = 0; size < bytes.size; size++) {
			struct tally_bytes prefix = exact_copy(tally_bytes(bytes.data, size));

			assert_int_equal(tally_azure_hcl_read(prefix, &hcl),
					 size < bytes.size - HCL_PADDING ? TALLY_TRUNCATED : TALLY_OK);
			free_bytes(prefix);
		}
		free_bytes(bytes);
	}
}

static void hcl_damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		uint32_t report_type;
		size_t at;
		uint8_t value;
		enum tally_status expected;
	} cases[] = {
		{ "another signature", 2, 0, 'h', TALLY_UNSUPPORTED },
		{ "version 0", 2, 4, 0, TALLY_UNSUPPORTED },
		{ "version 3", 2, 4, 3, TALLY_UNSUPPORTED },
		{ "version 1", 2, 4, 1, TALLY_OK },
		{ "size one less", 2, 8, 0xd4 + 10, TALLY_OUT_OF_RANGE },
		{ "size far more", 2, 11, 0x80, TALLY_OUT_OF_RANGE },
		{ "another request", 2, 12, 1, TALLY_UNSUPPORTED },
		{ "a status", 2, 16, 1, TALLY_UNSUPPORTED },
		{ "reserved bytes", 2, 31, 1, TALLY_RESERVED },
		{ "bytes behind a TDREPORT", 4, 32 + 1024, 1, TALLY_RESERVED },
		{ "data size one more", 2, 1216, 32, TALLY_OUT_OF_RANGE },
		{ "data version 2", 2, 1220, 2, TALLY_UNSUPPORTED },
		{ "report type VBS", 2, 1224, 1, TALLY_UNSUPPORTED },
		{ "hash type 0", 2, 1228, 0, TALLY_UNSUPPORTED },
		{ "hash type SHA-384", 2, 1228, 2, TALLY_OK },
		{ "hash type 4", 2, 1228, 4, TALLY_UNSUPPORTED },
		{ "runtime data one less", 2, 1232, 10, TALLY_OUT_OF_RANGE },
		{ "runtime data far more", 2, 1235, 0xff, TALLY_OUT_OF_RANGE },
		{ "bytes behind", 2, 1236 + 11 + 6, 1, TALLY_RESERVED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes bytes = hcl_report(cases[i].report_type, HCL_JSON);
		struct tally_azure_hcl hcl;
		enum tally_status status;

		((uint8_t *)(uintptr_t)bytes.data)[cases[i].at] = cases[i].value;
		status = tally_azure_hcl_read(bytes, &hcl);
		if (status != cases[i].expected)
			fail_msg("%s: %s", cases[i].name, tally_status_message(status));
		free_bytes(bytes);
	}
}

#define HEX16 "000102030405060708090a0B0C0D0E0F"
#define AK "{\"kid\":\"HCLAkPub\",\"key_ops\":[\"sign\"],\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"v5q3\"}"
#define EK "{\"kid\":\"HCLEkPub\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"1S7M\"}"

static void runtime_data_is_read(void **state)
{
	static const char json[] = "{\"keys\":[" AK "," EK ",{\"kid\":\"other\"}],\"vm-configuration\":"
				   "{\"secure-boot\":true},\"user-data\":\"" HEX16 HEX16 HEX16 HEX16 "\"}";
	struct tally_azure_runtime runtime;

	(void)state;
	assert_int_equal(tally_azure_runtime_read(tally_text(json), &runtime), TALLY_OK);
	assert_bytes_equal(runtime.ak.modulus, tally_text("v5q3"));
	assert_bytes_equal(runtime.ak.exponent, tally_text("AQAB"));
	assert_bytes_equal(runtime.ek.modulus, tally_text("1S7M"));
	assert_true(runtime.has_user_data);
	assert_bytes_hex(tally_bytes(runtime.user_data, 64), HEX16 HEX16 HEX16 HEX16);
}

static void runtime_damage_is_refused(void **state)
{
	static const struct {
		const char *json;
		enum tally_status expected;
	} cases[] = {
		{ "{}", TALLY_OK },
		{ "{\"keys\":[" AK "]}", TALLY_OK },
		{ "{\"keys\":[" AK "," AK "]}", TALLY_DUPLICATE },
		{ "{\"keys\":[" AK ",{\"k\\u0069d\":\"HCLAkPub\",\"kty\":\"RSA\",\"n\":\"AA\"}]}", TALLY_DUPLICATE },
		{ "{\"keys\":[],\"k\\u0065ys\":[]}", TALLY_DUPLICATE },
		{ "{\"keys\":[{\"kid\":\"a\",\"kid\":\"b\"}]}", TALLY_DUPLICATE },
		{ "{\"keys\":[{\"kid\":\"HCLAkPub\",\"kty\":\"EC\",\"n\":\"AA\"}]}", TALLY_UNSUPPORTED },
		{ "{\"keys\":[{\"kid\":\"HCLAkPub\",\"kty\":\"RSA\"}]}", TALLY_UNSUPPORTED },
		{ "{\"keys\":{}}", TALLY_DISORDER },
		{ "{\"user-data\":\"00\"}", TALLY_OUT_OF_RANGE },
		{ "{\"user-data\":\"" HEX16 HEX16 HEX16 "0001020304050607080g0a0b0c0d0e0f\"}", TALLY_OUT_OF_RANGE },
		{ "{} {}", TALLY_TRAILING },
		{ "[]", TALLY_DISORDER },
		{ "", TALLY_TRUNCATED },
		{ "{\"keys\":[" AK, TALLY_TRUNCATED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_azure_runtime runtime;
		enum tally_status status = tally_azure_runtime_read(tally_text(cases[i].json), &runtime);

		if (status != cases[i].expected)
			fail_msg("%s: %s", cases[i].json, tally_status_message(status));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manifests_are_read),	     cmocka_unit_test(manifest_damage_is_refused),
		cmocka_unit_test(public_areas_are_read),     cmocka_unit_test(public_damage_is_refused),
		cmocka_unit_test(names_are_those_of_a_tpm),  cmocka_unit_test(hcl_reports_are_read),
		cmocka_unit_test(hcl_damage_is_refused),     cmocka_unit_test(runtime_data_is_read),
		cmocka_unit_test(runtime_damage_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
