// SPDX-License-Identifier: BSD-2-Clause
/* TDREPORT as a guest's driver gives it out: laid out and hashed as a real one, and without a MAC. */
#include "vectors.h"

#include "../../format/td_report.h"

/* The TDREPORT of a real TD, inside what Azure's paravisor gives out. */
#define REAL "azure-hcl/trustee-tdx-v1.hcl.bin"
#define REAL_AT 32

static struct tally_digest digest_at(const uint8_t *report, size_t at)
{
	struct tally_digest digest;

	assert_int_equal(tally_digest_set(&digest, TALLY_SHA384, tally_bytes(report + at, 48)), TALLY_OK);
	return digest;
}

static uint64_t le64_at(const uint8_t *report, size_t at)
{
	uint64_t value = 0;

	for (size_t i = 8; i > 0; i--)
		value = value << 8 | report[at + i - 1];
	return value;
}

/* Offsets: specification of TDREPORT_STRUCT. */
static struct tally_td_report fields_of(const uint8_t *real)
{
	struct tally_td_report report = {
		.attributes = le64_at(real, 512),
		.xfam = le64_at(real, 520),
		.mrtd = digest_at(real, 528),
		.mrconfigid = digest_at(real, 576),
		.mrowner = digest_at(real, 624),
		.mrownerconfig = digest_at(real, 672),
	};

	memcpy(report.report_data, real + 128, 64);
	for (size_t i = 0; i < TALLY_TD_RTMR_COUNT; i++)
		report.rtmr[i] = digest_at(real, 720 + 48 * i);
	return report;
}

static void a_real_report_is_written_again(void **state)
{
	char path[4096];
	struct tally_bytes file;
	const uint8_t *real;
	struct tally_td_report report;
	uint8_t written[TALLY_TD_REPORT_SIZE], zeros[256] = { 0 };
	struct tally_writer writer = tally_writer(written, sizeof(written));

	(void)state;
	snprintf(path, sizeof(path), "%s/" REAL, vectors_path());
	file = read_file(path);
	assert_true(file.size >= REAL_AT + TALLY_TD_REPORT_SIZE);
	real = file.data + REAL_AT;
	report = fields_of(real);
	assert_int_equal(tally_td_report_write(&writer, &report), TALLY_OK);
	assert_int_equal(writer.size, TALLY_TD_REPORT_SIZE);
	assert_memory_equal(written, real, 16);		       /* type, subtype, version */
	assert_memory_equal(written + 80, real + 80, 48 + 64); /* TEE_INFO_HASH, REPORTDATA */
	assert_memory_equal(written + 512, real + 512, 512);
	assert_memory_equal(written + 192, zeros, 64); /* no MAC */
	assert_memory_equal(written + 256, zeros, 256);
	free_bytes(file);
}

/* sha384sum of 239 zero bytes */
static void an_empty_tcb_has_its_hash(void **state)
{
	struct tally_digest zero = { .alg = TALLY_SHA384 };
	struct tally_td_report report = { .mrtd = zero,
					  .mrconfigid = zero,
					  .mrowner = zero,
					  .mrownerconfig = zero,
					  .rtmr = { zero, zero, zero, zero } };
	uint8_t written[TALLY_TD_REPORT_SIZE];
	struct tally_writer writer = tally_writer(written, sizeof(written));

	(void)state;
	assert_int_equal(tally_td_report_write(&writer, &report), TALLY_OK);
	assert_bytes_hex(
		tally_bytes(written + 32, 48),
		"70fa2d4b4a97249db1789e4b1964b1eec6c3f7ce1ff87bad80833bb078d2f9a4c1dd7dccccabc8511fd22103245338b7");
	report.rtmr[2].alg = TALLY_SHA256;
	writer = tally_writer(written, sizeof(written));
	assert_int_equal(tally_td_report_write(&writer, &report), TALLY_DIGEST_SIZE);
	report.rtmr[2].alg = TALLY_SHA384;
	writer = tally_writer(written, sizeof(written) - 1);
	assert_int_equal(tally_td_report_write(&writer, &report), TALLY_NO_SPACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_real_report_is_written_again),
		cmocka_unit_test(an_empty_tcb_has_its_hash),
	};

	if (vectors_are_missing())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
