// SPDX-License-Identifier: BSD-2-Clause
/* The soft provider's report: the bytes of docs/formats/bundle.md 3, its signature, and its values read back. */
#include "soft.h"

#include "../../crypto/sign.h"
#include "../../format/bundle.h"
#include "alloc_fail.h"

#define HEX_LIMIT 16384

static char directory[DIRECTORY_LIMIT];
static uint8_t report_data[TALLY_REPORT_DATA_BYTES];

static int setup(void **state)
{
	(void)state;
	directory_new(directory);
	for (size_t i = 0; i < sizeof(report_data); i++)
		report_data[i] = (uint8_t)(0x80 + i);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	directory_remove(directory);
	return 0;
}

static struct tally_report report_of(void *soft)
{
	struct tally_problem problem = { "" };
	struct tally_report report = { 0 };

	assert_int_equal(tally_provider_soft.report(soft, report_data, tally_bytes(NULL, 0), SOON, &report, &problem),
			 TALLY_OK);
	assert_null(report.manifest);
	return report;
}

static void append(char *hex, const char *more)
{
	snprintf(hex + strlen(hex), HEX_LIMIT - strlen(hex), "%s", more);
}

static void append_bytes(char *hex, struct tally_bytes bytes)
{
	char digits[3];

	for (size_t i = 0; i < bytes.size; i++) {
		snprintf(digits, sizeof(digits), "%02x", bytes.data[i]);
		append(hex, digits);
	}
}

/* The payload for cca after one extend of rem2, written out by hand from RFC 8949 and the table. */
static void cca_payload(void *soft, char *hex)
{
	static const char *const registers[] = {
		"85 6472656d30 00 02 00 a10b5820", "85 6472656d31 01 02 00 a10b5820", "85 6472656d32 02 02 00 a10b5820",
		"85 6472656d33 03 02 00 a10b5820", "85 6372696d 00 01 00 a10b5820",
	};
	uint8_t boot_id[TALLY_BOOT_ID_BYTES];

	assert_int_equal(tally_provider_soft.boot_id(soft, boot_id, NULL), TALLY_OK);
	append(hex, "a4 01 01 02 5840");
	append_bytes(hex, tally_bytes(report_data, sizeof(report_data)));
	append(hex, "03 50");
	append_bytes(hex, tally_bytes(boot_id, sizeof(boot_id)));
	append(hex, "04 85");
	for (size_t i = 0; i < 5; i++) {
		struct tally_digests value = soft_read(soft, i);

		append(hex, registers[i]);
		append_bytes(hex, tally_digest_bytes(&value.digest[0]));
	}
}

static void report_has_the_documented_bytes(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_CCA);
	char header_hex[HEX_LIMIT] = "a3 01 3822 03 7826";
	char payload_hex[HEX_LIMIT] = "", tbs_hex[HEX_LIMIT] = "84 6a5369676e617475726531",
	     whole_hex[HEX_LIMIT] = "d2 84";
	uint8_t fingerprint[32];
	struct tally_bytes header, payload, tbs, whole;
	struct tally_report report;
	struct tally_key *key = NULL;
	char size[8];

	(void)state;
	assert_int_equal(soft_extend(soft, 2, 0x11), TALLY_OK);
	report = report_of(soft);
	assert_int_equal(tally_soft_fingerprint(soft, fingerprint, NULL), TALLY_OK);
	append_bytes(header_hex, tally_text("application/vnd.tally.soft-report+cbor"));
	append(header_hex, "04 5820");
	append_bytes(header_hex, tally_bytes(fingerprint, sizeof(fingerprint)));
	header = hex_bytes(header_hex);
	cca_payload(soft, payload_hex);
	payload = hex_bytes(payload_hex);
	snprintf(size, sizeof(size), "59%04zx", payload.size);

	append(tbs_hex, "58");
	append_bytes(tbs_hex, tally_bytes(&(uint8_t){ (uint8_t)header.size }, 1));
	append_bytes(tbs_hex, header);
	append(tbs_hex, "40");
	append(tbs_hex, size);
	append_bytes(tbs_hex, payload);
	tbs = hex_bytes(tbs_hex);

	append(whole_hex, "58");
	append_bytes(whole_hex, tally_bytes(&(uint8_t){ (uint8_t)header.size }, 1));
	append_bytes(whole_hex, header);
	append(whole_hex, "a0");
	append(whole_hex, size);
	append_bytes(whole_hex, payload);
	append(whole_hex, "5860");
	whole = hex_bytes(whole_hex);

	assert_int_equal(report.report_size, whole.size + TALLY_ES384_SIZE);
	assert_bytes_equal(tally_bytes(report.report, whole.size), whole);
	assert_int_equal(tally_key_from_spki(tally_bytes(report.certificates, report.certificates_size), &key),
			 TALLY_OK);
	assert_int_equal(tally_signature_check(key, &tally_es384, tbs,
					       tally_bytes(report.report + whole.size, TALLY_ES384_SIZE)),
			 TALLY_OK);
	tally_key_free(key);
	free_bytes(header);
	free_bytes(payload);
	free_bytes(tbs);
	free_bytes(whole);
	tally_report_done(&report);
	soft_close(soft);
}

/* What is read back is what the registers hold; an nsm shows locked ones only. */
static void values_are_read_back(void **state)
{
	(void)state;
	for (int preset = TALLY_SOFT_DEFAULT; preset <= TALLY_SOFT_CCA; preset++) {
		void *soft = soft_open_as(directory, (enum tally_soft_preset)preset);
		size_t count = tally_registers_runtime_count(tally_provider_soft.registers(soft));
		struct tally_report_values values;
		struct tally_report report;

		for (size_t i = 0; i < count; i++)
			assert_int_equal(soft_extend(soft, i, (uint8_t)i),
					 preset == TALLY_SOFT_NSM && i < 16 ? TALLY_LOCKED : TALLY_OK);
		if (preset == TALLY_SOFT_NSM)
			assert_int_equal(tally_provider_soft.lock(soft, 20, SOON, NULL), TALLY_OK);
		report = report_of(soft);
		assert_int_equal(tally_provider_soft.report_values(soft, tally_bytes(report.report, report.report_size),
								   &values),
				 TALLY_OK);
		for (size_t i = 0; i < TALLY_REGISTER_LIMIT; i++) {
			bool is_carried = i < count && (preset != TALLY_SOFT_NSM || i < 16 || i == 20);

			assert_int_equal(values.has[i], is_carried);
			if (is_carried)
				assert_value(soft, i, &values.value[i]);
		}
		tally_report_done(&report);
		soft_close(soft);
		directory_remove(directory);
		directory_new(directory);
	}
}

static struct tally_report report_of_preset(enum tally_soft_preset preset)
{
	char other[DIRECTORY_LIMIT];
	struct tally_report report;
	void *soft;

	directory_new(other);
	soft = soft_open_as(other, preset);
	report = report_of(soft);
	soft_close(soft);
	directory_remove(other);
	return report;
}

static void reports_of_other_presets_are_refused(void **state)
{
	static const struct {
		enum tally_soft_preset reader, report;
		enum tally_status status;
	} cases[] = {
		{ TALLY_SOFT_DEFAULT, TALLY_SOFT_TDX, TALLY_OK }, /* the same registers */
		{ TALLY_SOFT_DEFAULT, TALLY_SOFT_TPM, TALLY_UNKNOWN_REGISTER },
		{ TALLY_SOFT_CCA, TALLY_SOFT_DEFAULT, TALLY_UNKNOWN_REGISTER },
		{ TALLY_SOFT_TPM, TALLY_SOFT_NSM, TALLY_BANK_SET },
		{ TALLY_SOFT_NSM, TALLY_SOFT_TPM, TALLY_BANK_SET },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		void *soft = soft_open_as(directory, cases[i].reader);
		struct tally_report report = report_of_preset(cases[i].report);
		struct tally_report_values values;

		assert_int_equal(tally_provider_soft.report_values(soft, tally_bytes(report.report, report.report_size),
								   &values),
				 cases[i].status);
		tally_report_done(&report);
		soft_close(soft);
		directory_remove(directory);
		directory_new(directory);
	}
}

static void damaged_reports_are_refused(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	struct tally_report report = report_of(soft);
	struct tally_report_values values;
	struct tally_bytes bytes = tally_bytes(report.report, report.report_size);
	uint8_t *type;

	(void)state;
	for (size_t cut = 0; cut < bytes.size; cut++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(bytes.data, cut));

		assert_int_not_equal(tally_provider_soft.report_values(soft, prefix, &values), TALLY_OK);
		free_bytes(prefix);
	}
	type = memmem(report.report, report.report_size, "soft-report", 11);
	assert_non_null(type);
	type[0] = 'l';
	assert_int_equal(tally_provider_soft.report_values(soft, bytes, &values), TALLY_UNSUPPORTED);
	tally_report_done(&report);
	soft_close(soft);
}

/* One key, whoever asks and however often. */
static void key_stays_the_same(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	struct tally_report first = report_of(soft);
	struct tally_report second;

	(void)state;
	soft_close(soft);
	soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	second = report_of(soft);
	assert_bytes_equal(tally_bytes(first.certificates, first.certificates_size),
			   tally_bytes(second.certificates, second.certificates_size));
	assert_string_equal(tally_provider_soft.report_media_type, TALLY_MEDIA_SOFT_REPORT);
	assert_string_equal(tally_provider_soft.certificates_media_type, TALLY_MEDIA_SOFT_KEY);
	tally_report_done(&first);
	tally_report_done(&second);
	soft_close(soft);
}

static void each_allocation_fails(void **state)
{
	enum tally_status status;

	(void)state;
	for (unsigned n = 1;; n++) {
		void *soft = soft_open_as(directory, TALLY_SOFT_TPM);
		struct tally_report_values values;
		struct tally_report report = { 0 };

		alloc_fail_at(n);
		status = tally_provider_soft.report(soft, report_data, tally_bytes(NULL, 0), SOON, &report, NULL);
		if (status == TALLY_OK)
			status = tally_provider_soft.report_values(soft, tally_bytes(report.report, report.report_size),
								   &values);
		tally_report_done(&report);
		soft_close(soft);
		if (!alloc_fail_end()) {
			assert_true(n > 3);
			break;
		}
		assert_int_equal(status, TALLY_NO_MEMORY);
	}
	assert_int_equal(status, TALLY_OK);
}

int main(void)
{
#define REPORT_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		REPORT_TEST(report_has_the_documented_bytes),
		REPORT_TEST(values_are_read_back),
		REPORT_TEST(reports_of_other_presets_are_refused),
		REPORT_TEST(damaged_reports_are_refused),
		REPORT_TEST(key_stays_the_same),
		REPORT_TEST(each_allocation_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
