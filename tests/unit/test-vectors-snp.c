// SPDX-License-Identifier: BSD-2-Clause
/* Real SNP reports and Azure's HCL reports: every field that their known answers name. */
#include "vectors.h"

#include "../../core/digest.h"
#include "../../format/azure_hcl.h"
#include "../../format/snp_report.h"

static void assert_answer_number(json_t *answers, const char *key, uint64_t value)
{
	assert_true((uint64_t)json_integer_value(json_object_get(answers, key)) == value);
}

static void check_tcb(json_t *answers, const struct tally_snp_report *report, enum tally_snp_product product)
{
	json_t *decoded = json_object_get(answers, "reported_tcb_decoded");
	struct tally_snp_tcb tcb;

	if (!decoded)
		return;
	assert_int_equal(tally_snp_tcb_read(report->reported_tcb, product, &tcb), TALLY_OK);
	assert_answer_number(decoded, "bootloader", tcb.boot_loader);
	assert_answer_number(decoded, "tee", tcb.tee);
	assert_answer_number(decoded, "snp", tcb.snp);
	assert_answer_number(decoded, "microcode", tcb.microcode);
	assert_answer_number(decoded, "fmc", tcb.fmc);
}

static enum tally_snp_product product_of(json_t *answers)
{
	const char *name = json_string_value(json_object_get(answers, "product"));

	if (name && strcmp(name, "milan") == 0)
		return TALLY_SNP_MILAN;
	if (name && strcmp(name, "genoa") == 0)
		return TALLY_SNP_GENOA;
	return name && strcmp(name, "turin") == 0 ? TALLY_SNP_TURIN : TALLY_SNP_PRODUCT_UNKNOWN;
}

static void check_report(json_t *answers, struct tally_bytes bytes)
{
	uint8_t again[TALLY_SNP_REPORT_SIZE];
	struct tally_writer writer = tally_writer(again, sizeof(again));
	struct tally_snp_report report;
	uint8_t cpuid[3];

	assert_int_equal(tally_snp_report_read(bytes, &report), TALLY_OK);
	assert_answer_number(answers, "version", report.version);
	assert_answer_number(answers, "guest_svn", report.guest_svn);
	assert_answer_number(answers, "policy", report.policy);
	assert_answer_number(answers, "vmpl", report.vmpl);
	assert_answer_number(answers, "sigalgo", report.signature_algorithm);
	assert_answer_number(answers, "platinfo", report.platform_info);
	assert_answer_number(answers, "signing_key", report.signing_key);
	assert_answer_number(answers, "flags",
			     (uint64_t)report.signing_key << 2 | report.is_chip_key_masked << 1 |
				     report.has_author_key);
	assert_answer_hex(answers, "family_id", tally_bytes(report.family_id, 16));
	assert_answer_hex(answers, "image_id", tally_bytes(report.image_id, 16));
	assert_answer_hex(answers, "current_tcb", tally_bytes(report.current_tcb, 8));
	assert_answer_hex(answers, "report_data", tally_bytes(report.report_data, 64));
	assert_answer_hex(answers, "measurement", tally_bytes(report.measurement, 48));
	assert_answer_hex(answers, "host_data", tally_bytes(report.host_data, 32));
	assert_answer_hex(answers, "report_id", tally_bytes(report.report_id, 32));
	assert_answer_hex(answers, "reported_tcb", tally_bytes(report.reported_tcb, 8));
	assert_answer_hex(answers, "chip_id", tally_bytes(report.chip_id, 64));
	assert_answer_hex(answers, "committed_tcb", tally_bytes(report.committed_tcb, 8));
	cpuid[0] = report.cpuid_family;
	cpuid[1] = report.cpuid_model;
	cpuid[2] = report.cpuid_stepping;
	if (report.version >= 3)
		assert_answer_hex(answers, "cpuid", tally_bytes(cpuid, sizeof(cpuid)));
	if (report.version >= 3 && product_of(answers) != TALLY_SNP_PRODUCT_UNKNOWN)
		assert_int_equal(tally_snp_report_product(&report), product_of(answers));
	check_tcb(answers, &report, product_of(answers));
	tally_snp_report_write(&writer, &report);
	assert_bytes_equal(tally_written(&writer), bytes);
}

static void reports_have_their_known_fields(void **state)
{
	struct vector_names names = vector_names("snp-report", ".report.bin");

	(void)state;
	for (size_t i = 0; i < names.count; i++) {
		struct tally_bytes bytes = vector_bytes("snp-report", names.name[i], ".report.bin");
		json_t *answers = vector_answers("snp-report", names.name[i]);

		check_report(answers, bytes);
		json_decref(answers);
		free_bytes(bytes);
	}
	free_vector_names(&names);
}

/* Those whose layout is broken; the signature of the others is a verifier's business. */
static void malformed_reports_are_refused(void **state)
{
	static const struct {
		const char *name;
		enum tally_status expected;
	} cases[] = {
		{ "derived-public-snp-trunc-3", TALLY_TRUNCATED },
		{ "derived-public-snp-trunc-159", TALLY_TRUNCATED },
		{ "derived-public-snp-trunc-672", TALLY_TRUNCATED },
		{ "derived-public-snp-trunc-1183", TALLY_TRUNCATED },
		{ "derived-public-snp-sig-r-overflow", TALLY_RESERVED },
		{ "derived-public-snp-sig-r-zero", TALLY_OK },
		{ "derived-public-snp-sigalgo-2", TALLY_OK },
		{ "derived-public-snp-measurement-bitflip", TALLY_OK },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_bytes bytes = vector_bytes("malformed", cases[i].name, ".bin");
		struct tally_snp_report report;

		assert_int_equal(tally_snp_report_read(bytes, &report), cases[i].expected);
		free_bytes(bytes);
	}
}

static void check_runtime(json_t *answers, const struct tally_azure_hcl *hcl)
{
	struct tally_azure_runtime runtime;

	assert_int_equal(tally_azure_runtime_read(hcl->runtime_data, &runtime), TALLY_OK);
	assert_bytes_equal(runtime.ak.modulus, tally_text(json_string_value(json_object_get(answers, "ak_rsa_n"))));
	assert_bytes_equal(runtime.ak.exponent, tally_text("AQAB"));
	assert_true(runtime.ek.modulus.size != 0);
	if (runtime.has_user_data)
		assert_answer_hex(answers, "user_data", tally_bytes(runtime.user_data, 64));
}

static void hcl_reports_have_their_known_fields(void **state)
{
	struct vector_names names = vector_names("azure-hcl", ".hcl.bin");

	(void)state;
	for (size_t i = 0; i < names.count; i++) {
		struct tally_bytes bytes = vector_bytes("azure-hcl", names.name[i], ".hcl.bin");
		json_t *answers = vector_answers("azure-hcl", names.name[i]);
		json_t *snp = json_object_get(answers, "snp");
		struct tally_azure_hcl hcl;

		assert_int_equal(tally_azure_hcl_read(bytes, &hcl), TALLY_OK);
		assert_answer_number(answers, "hcl_version", hcl.version);
		assert_answer_number(answers, "hcl_report_type", hcl.report_type);
		assert_int_equal(hcl.hash_type, TALLY_AZURE_SHA256);
		check_runtime(answers, &hcl);
		assert_int_equal(hcl.report_type == TALLY_AZURE_SNP, snp != NULL);
		if (snp)
			check_report(snp, hcl.hardware_report);
		json_decref(answers);
		free_bytes(bytes);
	}
	free_vector_names(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_have_their_known_fields),
		cmocka_unit_test(malformed_reports_are_refused),
		cmocka_unit_test(hcl_reports_have_their_known_fields),
	};

	if (vectors_are_missing())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
