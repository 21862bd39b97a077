// SPDX-License-Identifier: BSD-2-Clause
/* Quotes of a TPM and of a TDX machine: where each field stands, its damage, and the values behind a digest. */
#include "vectors.h"

#include "../../core/writer.h"
#include "../../format/tdx_quote.h"
#include "../../format/tpm_quote.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BOOT_FOLDER "tests/vectors/boot/ovmf-swtpm/"

/* Parts of a TPMS_ATTEST. spec: TPM 2.0 part 2, 10.12.8 */
#define MAGIC "ff544347 8018"
#define NAMES "0002 abcd 0003 010203"
#define CLOCK "0000000000000007 00000002 00000003 01 2019102300163636"
#define SELECTION "00000001 000b 03 810000"
#define DIGEST "0004 deadbeef"

static uint8_t *bytes_of(struct tally_bytes bytes)
{
	return (uint8_t *)(uintptr_t)bytes.data;
}

/* The recorded boot's quote, whose fields tpm2_print tells. */
static void the_recorded_quote_reads(void **state)
{
	struct tally_bytes bytes = source_bytes(BOOT_FOLDER "quote.msg");
	struct tally_tpm_quote quote;

	(void)state;
	assert_int_equal(tally_tpm_quote_read(bytes, &quote), TALLY_OK);
	assert_bytes_hex(quote.qualified_signer,
			 "000b73a86f455b06a2513dca949b0d2949716e2a2a5843f1d132f5d0ed4526719979");
	assert_bytes_hex(quote.extra_data, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
	assert_true(quote.clock == 29146);
	assert_int_equal(quote.reset_count, 1);
	assert_int_equal(quote.restart_count, 0);
	assert_true(quote.is_safe);
	assert_true(quote.firmware_version == 0x2019102300163636);
	assert_int_equal(quote.selection_count, 1);
	assert_int_equal(quote.selection[0].alg, TALLY_SHA256);
	assert_int_equal(quote.selection[0].mask, 0xffffff);
	assert_bytes_hex(quote.pcr_digest, "26ecadfe71eaa2119abed47db7a5ffe9b2d5d57d9cbbd66a13758a741f94e40d");
	free_bytes(bytes);
}

static void quoted_values_are_checked_and_given_to_their_pcrs(void **state)
{
	struct tally_bytes bytes = source_bytes(BOOT_FOLDER "quote.msg");
	struct tally_bytes values = source_bytes(BOOT_FOLDER "pcrs.sha256.bin");
	static struct tally_digests value[TALLY_PCR_COUNT];
	struct tally_tpm_quote quote;

	(void)state;
	assert_int_equal(tally_tpm_quote_read(bytes, &quote), TALLY_OK);
	assert_int_equal(tally_tpm_quote_values(&quote, values, value), TALLY_OK);
	for (size_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
		assert_int_equal(value[pcr].count, 1);
		assert_int_equal(value[pcr].digest[0].alg, TALLY_SHA256);
		assert_memory_equal(value[pcr].digest[0].bytes, values.data + 32 * pcr, 32);
	}
	memset(value, 0xaa, sizeof(value));
	assert_int_equal(tally_tpm_quote_values(&quote, tally_bytes(values.data, values.size - 1), value),
			 TALLY_TRUNCATED);
	quote.selection[0].mask &= ~(uint32_t)1;
	assert_int_equal(tally_tpm_quote_values(&quote, values, value), TALLY_TRAILING);
	quote.selection[0].mask |= 1;
	bytes_of(values)[100] ^= 1;
	assert_int_equal(tally_tpm_quote_values(&quote, values, value), TALLY_CHECKSUM);
	bytes_of(values)[100] ^= 1;
	quote.pcr_digest.size = 31;
	assert_int_equal(tally_tpm_quote_values(&quote, values, value), TALLY_CHECKSUM);
	quote.selection[0].alg = 0x27;
	assert_int_equal(tally_tpm_quote_values(&quote, values, value), TALLY_UNKNOWN_ALGORITHM);
	/* Nothing was set on the way. */
	assert_int_equal(((const uint8_t *)value)[0], 0xaa);
	free_bytes(values);
	free_bytes(bytes);
}

/* PCRs 0 and 23 of SHA-256 and PCR 23 of SHA-1: 32 bytes 01, 32 bytes 02, 20 bytes 03. Digests by Python's hashlib. */
static void values_stand_bank_by_bank(void **state)
{
	static const char *const digests[] = {
		"0014 852b30070afa5e7dceb9e7549d59e53edcf1386e",
		"0020 01861e156c06a89822aa16ca649a8a0707a1fb5adbc4b01f222e5af1c72b579c",
		"0030 443d099af203ab26c10094a6293142b0a0560645df7a7e1e"
		"a0849a47967196eb2f2ce63f52160ae0620947ce9922edee",
		"0040 5160f552ced7e5d14ad9f69873610b26aeb321f7ebedbc1df392e7e4da791a8f"
		"ae38b889f3006a775c6d6661f8f7a14729f9e19430fcb8dfb9ad341aa383dd44",
		"0020 466cae7660b1c762d2cdfd8a036552e2e3c5bf24bef5345c286cf4616eed4fde",
	};
	struct tally_bytes values = hex_bytes("0101010101010101010101010101010101010101010101010101010101010101"
					      "0202020202020202020202020202020202020202020202020202020202020202"
					      "0303030303030303030303030303030303030303");
	static struct tally_digests value[TALLY_PCR_COUNT];

	(void)state;
	for (size_t i = 0; i < COUNT(digests); i++) {
		struct tally_tpm_quote quote;
		struct tally_bytes attest;
		char hex[512];

		snprintf(hex, sizeof(hex), "%s 00000003 000b 03 010080 0004 03 000080 000c 03 000000 %s",
			 MAGIC NAMES CLOCK, digests[i]);
		attest = hex_bytes(hex);
		assert_int_equal(tally_tpm_quote_read(attest, &quote), TALLY_OK);
		assert_int_equal(quote.selection_count, 3);
		assert_int_equal(quote.selection[0].mask, 0x800001);
		assert_int_equal(tally_tpm_quote_values(&quote, values, value), TALLY_OK);
		assert_int_equal(value[0].count, 1);
		assert_int_equal(value[0].digest[0].alg, TALLY_SHA256);
		assert_int_equal(value[0].digest[0].bytes[31], 1);
		assert_int_equal(value[1].count, 0);
		assert_int_equal(value[23].count, 2);
		assert_int_equal(value[23].digest[0].alg, TALLY_SHA1);
		assert_int_equal(value[23].digest[0].bytes[19], 3);
		assert_int_equal(value[23].digest[0].bytes[20], 0);
		assert_int_equal(value[23].digest[1].bytes[31], 2);
		free_bytes(attest);
	}
	free_bytes(values);
}

static void tpm_damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} cases[] = {
		{ "sound", MAGIC NAMES CLOCK SELECTION DIGEST, TALLY_OK },
		{ "a byte behind", MAGIC NAMES CLOCK SELECTION DIGEST "00", TALLY_TRAILING },
		{ "with its TPM2B size before it", "0047" MAGIC NAMES CLOCK SELECTION DIGEST, TALLY_UNSUPPORTED },
		{ "another magic", "ff544348 8018" NAMES CLOCK SELECTION DIGEST, TALLY_UNSUPPORTED },
		{ "a certification", "ff544347 8017" NAMES CLOCK SELECTION DIGEST, TALLY_UNSUPPORTED },
		{ "signer beyond the quote", MAGIC "ffff abcd 0003 010203" CLOCK SELECTION DIGEST, TALLY_TRUNCATED },
		{ "safe is 2", MAGIC NAMES "0000000000000007 00000002 00000003 02 2019102300163636" SELECTION DIGEST,
		  TALLY_OUT_OF_RANGE },
		{ "17 banks", MAGIC NAMES CLOCK "00000011 000b 03 810000" DIGEST, TALLY_OUT_OF_RANGE },
		{ "an absurd number of banks", MAGIC NAMES CLOCK "ffffffff 000b 03 810000" DIGEST, TALLY_OUT_OF_RANGE },
		{ "a bank twice", MAGIC NAMES CLOCK "00000002 000b 03 810000 000b 03 000000" DIGEST, TALLY_DUPLICATE },
		{ "PCR 24", MAGIC NAMES CLOCK "00000001 000b 04 81000001" DIGEST, TALLY_UNSUPPORTED },
		{ "a wider selection without PCR 24", MAGIC NAMES CLOCK "00000001 000b 04 81000000" DIGEST, TALLY_OK },
		{ "a narrower selection", MAGIC NAMES CLOCK "00000001 000b 01 81" DIGEST, TALLY_OK },
		{ "no bank", MAGIC NAMES CLOCK "00000000" DIGEST, TALLY_OK },
		{ "digest one less", MAGIC NAMES CLOCK SELECTION "0003 deadbeef", TALLY_TRAILING },
		{ "digest one more", MAGIC NAMES CLOCK SELECTION "0005 deadbeef", TALLY_TRUNCATED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes attest = hex_bytes(cases[i].hex);
		struct tally_tpm_quote quote;
		enum tally_status status = tally_tpm_quote_read(attest, &quote);

		if (status != cases[i].expected)
			fail_msg("%s: %s", cases[i].name, tally_status_message(status));
		for (size_t size = 0; status == TALLY_OK && size < attest.size; size++) {
			struct tally_bytes prefix = exact_copy(tally_bytes(attest.data, size));

			assert_int_equal(tally_tpm_quote_read(prefix, &quote), TALLY_TRUNCATED);
			free_bytes(prefix);
		}
		free_bytes(attest);
	}
}

/* spec: Intel TDX DCAP Quoting Library API, A.3 and A.4; the offsets below are those of its tables */
#define TDX_V4_BODY 48
#define TDX_V5_BODY 54
#define TDX_TD10_SIZE 584
#define TDX_TD15_SIZE 648
#define TDX_SIGNATURE_SIZE 5
#define TDX_TRAILING_SIZE 3

struct tdx_form {
	const char *name;
	uint16_t version;
	uint16_t body_type;
	size_t body_at;
	size_t body_size;
};

static const struct tdx_form tdx_forms[] = {
	{ "version 4", 4, 2, TDX_V4_BODY, TDX_TD10_SIZE },
	{ "version 5, TD 1.0", 5, 2, TDX_V5_BODY, TDX_TD10_SIZE },
	{ "version 5, TD 1.5", 5, 3, TDX_V5_BODY, TDX_TD15_SIZE },
};

/* A quote of that form in which each byte differs from its neighbours, in a heap block of exactly its size. */
static struct tally_bytes tdx_quote(const struct tdx_form *form)
{
	size_t signed_size = form->body_at + form->body_size;
	size_t size = signed_size + 4 + TDX_SIGNATURE_SIZE + TDX_TRAILING_SIZE;
	uint8_t *bytes = malloc(size);
	struct tally_writer writer = tally_writer(bytes, size);

	assert_non_null(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	tally_write_le16(&writer, form->version);
	tally_write_le16(&writer, 2);
	tally_write_le32(&writer, 0x81);
	writer.size = TDX_V4_BODY;
	if (form->version == 5) {
		tally_write_le16(&writer, form->body_type);
		tally_write_le32(&writer, (uint32_t)form->body_size);
	}
	writer.size = signed_size;
	tally_write_le32(&writer, TDX_SIGNATURE_SIZE);
	assert_int_equal(writer.status, TALLY_OK);
	return tally_bytes(bytes, size);
}

static uint64_t le64_at(const uint8_t *bytes)
{
	uint64_t value = 0;

	for (size_t i = 8; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

static void tdx_fields_stand_where_the_specification_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tdx_forms); i++) {
		const struct tdx_form *form = &tdx_forms[i];
		struct tally_bytes bytes = tdx_quote(form);
		const uint8_t *body = bytes.data + form->body_at;
		struct tally_tdx_quote quote;

		assert_int_equal(tally_tdx_quote_read(bytes, &quote), TALLY_OK);
		assert_int_equal(quote.version, form->version);
		assert_int_equal(quote.attestation_key_type, 2);
		assert_int_equal(quote.body_type, form->body_type);
		assert_ptr_equal(quote.tee_tcb_svn, body);
		assert_ptr_equal(quote.mrseam, body + 16);
		assert_ptr_equal(quote.mrsignerseam, body + 64);
		assert_true(quote.seam_attributes == le64_at(body + 112));
		assert_true(quote.td_attributes == le64_at(body + 120));
		assert_true(quote.xfam == le64_at(body + 128));
		assert_ptr_equal(quote.mrtd, body + 136);
		assert_ptr_equal(quote.mrconfigid, body + 184);
		assert_ptr_equal(quote.mrowner, body + 232);
		assert_ptr_equal(quote.mrownerconfig, body + 280);
		for (size_t rtmr = 0; rtmr < TALLY_TDX_RTMR_COUNT; rtmr++)
			assert_ptr_equal(quote.rtmr[rtmr], body + 328 + 48 * rtmr);
		assert_ptr_equal(quote.report_data, body + 520);
		assert_ptr_equal(quote.tee_tcb_svn2, form->body_type == 3 ? body + 584 : NULL);
		assert_ptr_equal(quote.mrservicetd, form->body_type == 3 ? body + 600 : NULL);
		assert_bytes_equal(quote.signed_bytes, tally_bytes(bytes.data, form->body_at + form->body_size));
		assert_ptr_equal(quote.signature_data.data, body + form->body_size + 4);
		assert_int_equal(quote.signature_data.size, TDX_SIGNATURE_SIZE);
		assert_int_equal(quote.trailing.size, TDX_TRAILING_SIZE);
		free_bytes(bytes);
	}
}

/* Only what lies behind the signature data may be missing. */
static void tdx_prefixes_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tdx_forms); i++) {
		struct tally_bytes bytes = tdx_quote(&tdx_forms[i]);
		struct tally_tdx_quote quote;

		for (size_t size = 0; size < bytes.size; size++) {
			struct tally_bytes prefix = exact_copy(tally_bytes(bytes.data, size));
			bool is_whole = size >= bytes.size - TDX_TRAILING_SIZE;

			assert_int_equal(tally_tdx_quote_read(prefix, &quote), is_whole ? TALLY_OK : TALLY_TRUNCATED);
			free_bytes(prefix);
		}
		free_bytes(bytes);
	}
}

static void tdx_damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		size_t form; /* of tdx_forms */
		size_t at;
		uint8_t value;
		enum tally_status expected;
	} cases[] = {
		{ "version 3", 0, 0, 3, TALLY_UNSUPPORTED },
		{ "version 6", 0, 0, 6, TALLY_UNSUPPORTED },
		{ "version 0x104", 0, 1, 1, TALLY_UNSUPPORTED },
		{ "key type P-384", 0, 2, 3, TALLY_UNSUPPORTED },
		{ "TEE type SGX", 0, 4, 0, TALLY_UNSUPPORTED },
		{ "TEE type of more bytes", 0, 7, 1, TALLY_UNSUPPORTED },
		{ "body type SGX", 1, 48, 1, TALLY_UNSUPPORTED },
		{ "body type 4", 2, 48, 4, TALLY_UNSUPPORTED },
		{ "body type of the other size", 1, 48, 3, TALLY_OUT_OF_RANGE },
		{ "body size one less", 1, 50, 0x47, TALLY_OUT_OF_RANGE },
		{ "body size one more", 2, 50, 0x89, TALLY_OUT_OF_RANGE },
		{ "body size far more", 2, 53, 0x7f, TALLY_OUT_OF_RANGE },
		{ "signature data one less", 0, 632, TDX_SIGNATURE_SIZE - 1, TALLY_OK },
		{ "signature data beyond the quote", 0, 632, TDX_SIGNATURE_SIZE + TDX_TRAILING_SIZE + 1,
		  TALLY_TRUNCATED },
		{ "signature data far beyond the quote", 2, 705, 0xff, TALLY_TRUNCATED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes bytes = tdx_quote(&tdx_forms[cases[i].form]);
		struct tally_tdx_quote quote;
		enum tally_status status;

		bytes_of(bytes)[cases[i].at] = cases[i].value;
		status = tally_tdx_quote_read(bytes, &quote);
		if (status != cases[i].expected)
			fail_msg("%s: %s", cases[i].name, tally_status_message(status));
		free_bytes(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_recorded_quote_reads),
		cmocka_unit_test(quoted_values_are_checked_and_given_to_their_pcrs),
		cmocka_unit_test(values_stand_bank_by_bank),
		cmocka_unit_test(tpm_damage_is_refused),
		cmocka_unit_test(tdx_fields_stand_where_the_specification_says),
		cmocka_unit_test(tdx_prefixes_are_refused),
		cmocka_unit_test(tdx_damage_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
