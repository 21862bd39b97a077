// SPDX-License-Identifier: BSD-2-Clause
/* SNP reports and the certificate tables beside them: where each field stands, and their damage. */
#include "hex.h"

#include "../../format/snp_cert_table.h"
#include "../../format/snp_report.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint8_t *bytes_of(struct tally_bytes bytes)
{
	return (uint8_t *)(uintptr_t)bytes.data;
}

/* Reserved bytes of every version. spec: AMD 56860, table 23; offsets are those of its table */
static const struct {
	size_t at;
	size_t size;
} reserved[] = { { 0x4c, 4 },	 { 0x18b, 21 }, { 0x1eb, 1 },  { 0x1ef, 1 },
		 { 0x208, 152 }, { 0x2d0, 24 }, { 0x318, 24 }, { 0x330, 368 } };

static void put_le32(uint8_t *at, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* A report of that version in which each byte that is not reserved differs from its neighbours. */
static struct tally_bytes filled_report(uint32_t version)
{
	uint8_t *bytes = malloc(TALLY_SNP_REPORT_SIZE);

	assert_non_null(bytes);
	for (size_t i = 0; i < TALLY_SNP_REPORT_SIZE; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256 + 1);
	for (size_t i = 0; i < COUNT(reserved); i++)
		memset(bytes + reserved[i].at, 0, reserved[i].size);
	put_le32(bytes, version);
	put_le32(bytes + 0x48, 0x5); /* author key, VLEK */
	if (version < 3)
		memset(bytes + 0x188, 0, 3);
	if (version < 5)
		memset(bytes + 0x1f8, 0, 16);
	return tally_bytes(bytes, TALLY_SNP_REPORT_SIZE);
}

static uint64_t le64_at(const uint8_t *bytes)
{
	uint64_t value = 0;

	for (size_t i = 8; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

static void check_guest_fields(const uint8_t *b, const struct tally_snp_report *report)
{
	assert_true(report->guest_svn == (uint32_t)le64_at(b + 4));
	assert_true(report->policy == le64_at(b + 8));
	assert_ptr_equal(report->family_id, b + 0x10);
	assert_ptr_equal(report->image_id, b + 0x20);
	assert_true(report->vmpl == (uint32_t)le64_at(b + 0x30));
	assert_true(report->signature_algorithm == (uint32_t)le64_at(b + 0x34));
	assert_ptr_equal(report->current_tcb, b + 0x38);
	assert_true(report->platform_info == le64_at(b + 0x40));
	assert_true(report->has_author_key);
	assert_false(report->is_chip_key_masked);
	assert_int_equal(report->signing_key, TALLY_SNP_KEY_VLEK);
	assert_ptr_equal(report->report_data, b + 0x50);
	assert_ptr_equal(report->measurement, b + 0x90);
	assert_ptr_equal(report->host_data, b + 0xc0);
	assert_ptr_equal(report->id_key_digest, b + 0xe0);
	assert_ptr_equal(report->author_key_digest, b + 0x110);
	assert_ptr_equal(report->report_id, b + 0x140);
	assert_ptr_equal(report->report_id_ma, b + 0x160);
}

static void fields_stand_where_the_specification_says(void **state)
{
	(void)state;
	for (uint32_t version = 2; version <= 5; version++) {
		struct tally_bytes bytes = filled_report(version);
		const uint8_t *b = bytes.data;
		struct tally_snp_report report;

		assert_int_equal(tally_snp_report_read(bytes, &report), TALLY_OK);
		assert_int_equal(report.version, version);
		check_guest_fields(b, &report);
		assert_ptr_equal(report.reported_tcb, b + 0x180);
		assert_int_equal(report.cpuid_family, version < 3 ? 0 : b[0x188]);
		assert_int_equal(report.cpuid_model, version < 3 ? 0 : b[0x189]);
		assert_int_equal(report.cpuid_stepping, version < 3 ? 0 : b[0x18a]);
		assert_ptr_equal(report.chip_id, b + 0x1a0);
		assert_ptr_equal(report.committed_tcb, b + 0x1e0);
		assert_int_equal(report.current.build, b[0x1e8]);
		assert_int_equal(report.current.minor, b[0x1e9]);
		assert_int_equal(report.current.major, b[0x1ea]);
		assert_int_equal(report.committed.build, b[0x1ec]);
		assert_int_equal(report.committed.minor, b[0x1ed]);
		assert_int_equal(report.committed.major, b[0x1ee]);
		assert_ptr_equal(report.launch_tcb, b + 0x1f0);
		assert_true(report.launch_mitigations == (version < 5 ? 0 : le64_at(b + 0x1f8)));
		assert_true(report.current_mitigations == (version < 5 ? 0 : le64_at(b + 0x200)));
		assert_ptr_equal(report.r, b + 0x2a0);
		assert_ptr_equal(report.s, b + 0x2e8);
		assert_bytes_equal(report.signed_bytes, tally_bytes(b, 0x2a0));
		free_bytes(bytes);
	}
}

static void what_is_written_is_what_was_read(void **state)
{
	(void)state;
	for (uint32_t version = 2; version <= 5; version++) {
		struct tally_bytes bytes = filled_report(version);
		uint8_t again[TALLY_SNP_REPORT_SIZE];
		struct tally_writer writer = tally_writer(again, sizeof(again));
		struct tally_snp_report report;

		assert_int_equal(tally_snp_report_read(bytes, &report), TALLY_OK);
		tally_snp_report_write(&writer, &report);
		assert_int_equal(writer.status, TALLY_OK);
		assert_bytes_equal(tally_written(&writer), bytes);
		free_bytes(bytes);
	}
}

static void every_other_size_is_refused(void **state)
{
	struct tally_bytes bytes = filled_report(5);
	struct tally_snp_report report;
	uint8_t *longer = calloc(1, bytes.size + 1);

	(void)state;
	for (size_t size = 0; size < bytes.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(bytes.data, size));

		assert_int_equal(tally_snp_report_read(prefix, &report), TALLY_TRUNCATED);
		free_bytes(prefix);
	}
	assert_non_null(longer);
	memcpy(longer, bytes.data, bytes.size);
	assert_int_equal(tally_snp_report_read(tally_bytes(longer, bytes.size + 1), &report), TALLY_TRAILING);
	free(longer);
	free_bytes(bytes);
}

static void every_reserved_bit_is_refused(void **state)
{
	struct tally_bytes bytes = filled_report(5);
	struct tally_snp_report report;

	(void)state;
	for (size_t i = 0; i < COUNT(reserved); i++) {
		for (size_t bit = 0; bit < 8 * reserved[i].size; bit++) {
			uint8_t *at = bytes_of(bytes) + reserved[i].at + bit / 8;

			*at = (uint8_t)(1U << bit % 8);
			assert_int_equal(tally_snp_report_read(bytes, &report), TALLY_RESERVED);
			*at = 0;
		}
	}
	for (size_t bit = 5; bit < 32; bit++) {
		put_le32(bytes_of(bytes) + 0x48, 1U << bit);
		assert_int_equal(tally_snp_report_read(bytes, &report), TALLY_RESERVED);
	}
	free_bytes(bytes);
}

static void what_a_version_does_not_have_is_reserved(void **state)
{
	static const struct {
		uint32_t version;
		size_t at;
		enum tally_status expected;
	} cases[] = {
		{ 2, 0x188, TALLY_RESERVED },	 { 2, 0x18a, TALLY_RESERVED }, { 3, 0x188, TALLY_OK },
		{ 4, 0x1f8, TALLY_RESERVED },	 { 4, 0x207, TALLY_RESERVED }, { 5, 0x207, TALLY_OK },
		{ 0, 0, TALLY_UNSUPPORTED },	 { 1, 0, TALLY_UNSUPPORTED },  { 6, 0, TALLY_UNSUPPORTED },
		{ 0x102, 1, TALLY_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes bytes = filled_report(cases[i].version);
		struct tally_snp_report report;

		if (cases[i].at > 1)
			bytes_of(bytes)[cases[i].at] = 1;
		assert_int_equal(tally_snp_report_read(bytes, &report), cases[i].expected);
		free_bytes(bytes);
	}
}

static void processors_are_told_by_family_and_model(void **state)
{
	static const struct {
		uint8_t family;
		uint8_t model;
		const char *name;
	} cases[] = {
		{ 0x19, 0x01, "Milan" }, { 0x19, 0x0f, "Milan" }, { 0x19, 0x10, "Genoa" }, { 0x19, 0x1f, "Genoa" },
		{ 0x19, 0x20, "" },	 { 0x19, 0x9f, "" },	  { 0x19, 0xa0, "Genoa" }, { 0x19, 0xaf, "Genoa" },
		{ 0x19, 0xb0, "" },	 { 0x1a, 0x00, "Turin" }, { 0x1a, 0x11, "Turin" }, { 0x1a, 0x12, "" },
		{ 0x18, 0x01, "" },	 { 0x00, 0x00, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_snp_report report = { .cpuid_family = cases[i].family, .cpuid_model = cases[i].model };

		assert_string_equal(tally_snp_product_name(tally_snp_report_product(&report)), cases[i].name);
	}
	assert_string_equal(tally_snp_product_name((enum tally_snp_product)9), "");
}

/* Bytes 1 to 8 in either layout. spec: AMD 56860, tables 3 and 4 */
static void tcb_versions_have_the_layout_of_their_product(void **state)
{
	static const uint8_t milan[] = { 1, 2, 0, 0, 0, 0, 7, 8 };
	static const uint8_t turin[] = { 1, 2, 3, 4, 0, 0, 0, 8 };
	struct tally_snp_tcb tcb;

	(void)state;
	assert_int_equal(tally_snp_tcb_read(milan, TALLY_SNP_GENOA, &tcb), TALLY_OK);
	assert_true(tcb.fmc == 0 && tcb.boot_loader == 1 && tcb.tee == 2 && tcb.snp == 7 && tcb.microcode == 8);
	assert_int_equal(tally_snp_tcb_read(turin, TALLY_SNP_TURIN, &tcb), TALLY_OK);
	assert_true(tcb.fmc == 1 && tcb.boot_loader == 2 && tcb.tee == 3 && tcb.snp == 4 && tcb.microcode == 8);
	assert_int_equal(tally_snp_tcb_read(turin, TALLY_SNP_MILAN, &tcb), TALLY_RESERVED);
	assert_int_equal(tally_snp_tcb_read(milan, TALLY_SNP_TURIN, &tcb), TALLY_RESERVED);
	assert_int_equal(tally_snp_tcb_read(milan, TALLY_SNP_PRODUCT_UNKNOWN, &tcb), TALLY_INVALID);
}

static void tcb_versions_compare_part_by_part(void **state)
{
	static const struct tally_snp_tcb base = { 1, 2, 3, 4, 5 };
	static const struct {
		struct tally_snp_tcb tcb;
		bool is_at_most;
	} cases[] = {
		{ { 1, 2, 3, 4, 5 }, true },  { { 0, 0, 0, 0, 0 }, true },  { { 2, 0, 0, 0, 0 }, false },
		{ { 0, 3, 0, 0, 0 }, false }, { { 0, 0, 4, 0, 0 }, false }, { { 0, 0, 0, 5, 0 }, false },
		{ { 0, 0, 0, 0, 6 }, false }, { { 1, 2, 3, 4, 4 }, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(tally_snp_tcb_at_most(&cases[i].tcb, &base), cases[i].is_at_most);
}

/* GUIDs in the order in which they are printed. spec: AMD 56421, table 6 */
#define VCEK "63da758de6644564adc5f4b93be8accd"
#define VLEK "a8074bc2a25a483eaae639c045a0b8a1"
#define ASK "4ab7b379bbac4fe4a02f05aef327c782"
#define ARK "c0b406a4a80349529743 3fb6014cd0ae"
#define CRL "92f81bc358114d3d97ffd19f88dc67ea"
#define GOOGLE "ecae0c0f950243b1afa20ae2e0d565b6"
#define NIL "00000000000000000000000000000000"
#define END NIL "0000000000000000"

static void tables_are_read(void **state)
{
	struct tally_bytes bytes = hex_bytes(VCEK "a800000003000000" VLEK "ab00000001000000" ASK "ac00000002000000" ARK
						  "ae00000001000000" CRL "af00000001000000" GOOGLE
						  "a800000003000000" END "010203 04 0506 07 08 0000");
	struct tally_snp_cert_table table;

	(void)state;
	assert_int_equal(tally_snp_cert_table_read(bytes, &table), TALLY_OK);
	assert_bytes_hex(table.vcek, "010203");
	assert_bytes_hex(table.vlek, "04");
	assert_bytes_hex(table.ask, "0506");
	assert_bytes_hex(table.ark, "07");
	assert_bytes_hex(table.crl, "08");
	assert_int_equal(table.other_count, 1);
	for (size_t size = 1; size < 0xb0; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(bytes.data, size));
		enum tally_status status = tally_snp_cert_table_read(prefix, &table);

		assert_int_equal(status, size < 0xa8 ? TALLY_TRUNCATED : TALLY_OUT_OF_RANGE);
		free_bytes(prefix);
	}
	free_bytes(bytes);
}

static void table_damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} cases[] = {
		{ "nothing: the host has none", "", TALLY_OK },
		{ "an end alone", END, TALLY_OK },
		{ "an end and padding", END "000000", TALLY_OK },
		{ "no end", VCEK "3000000001000000 01", TALLY_TRUNCATED },
		{ "data in the list", VCEK "2f00000001000000" END "01", TALLY_OUT_OF_RANGE },
		{ "data behind the end", VCEK "3000000002000000" END "01", TALLY_OUT_OF_RANGE },
		{ "an offset behind the end", VCEK "3200000001000000" END "01", TALLY_OUT_OF_RANGE },
		{ "offset and length together too far", VCEK "30000000ffffffff" END "01", TALLY_OUT_OF_RANGE },
		{ "the largest offset", VCEK "ffffffff01000000" END "01", TALLY_OUT_OF_RANGE },
		{ "no data", VCEK "3000000000000000" END "01", TALLY_OUT_OF_RANGE },
		{ "a kind twice", VCEK "4800000001000000" VCEK "4800000001000000" END "01", TALLY_DUPLICATE },
		{ "an unknown kind twice", GOOGLE "4800000001000000" GOOGLE "4800000001000000" END "01",
		  TALLY_DUPLICATE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes bytes = hex_bytes(cases[i].hex);
		struct tally_snp_cert_table table;
		enum tally_status status = tally_snp_cert_table_read(bytes, &table);

		if (status != cases[i].expected)
			fail_msg("%s: %s", cases[i].name, tally_status_message(status));
		free_bytes(bytes);
	}
}

static void a_table_has_a_limit(void **state)
{
	(void)state;
	for (size_t count = TALLY_SNP_CERT_LIMIT; count <= TALLY_SNP_CERT_LIMIT + 1; count++) {
		size_t size = 24 * (count + 1) + 1;
		uint8_t *bytes = calloc(1, size);
		struct tally_snp_cert_table table;

		assert_non_null(bytes);
		for (size_t i = 0; i < count; i++) {
			bytes[24 * i] = (uint8_t)(i + 1);
			put_le32(bytes + 24 * i + 16, (uint32_t)size - 1);
			put_le32(bytes + 24 * i + 20, 1);
		}
		assert_int_equal(tally_snp_cert_table_read(tally_bytes(bytes, size), &table),
				 count > TALLY_SNP_CERT_LIMIT ? TALLY_OUT_OF_RANGE : TALLY_OK);
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_stand_where_the_specification_says),
		cmocka_unit_test(what_is_written_is_what_was_read),
		cmocka_unit_test(every_other_size_is_refused),
		cmocka_unit_test(every_reserved_bit_is_refused),
		cmocka_unit_test(what_a_version_does_not_have_is_reserved),
		cmocka_unit_test(processors_are_told_by_family_and_model),
		cmocka_unit_test(tcb_versions_have_the_layout_of_their_product),
		cmocka_unit_test(tcb_versions_compare_part_by_part),
		cmocka_unit_test(tables_are_read),
		cmocka_unit_test(table_damage_is_refused),
		cmocka_unit_test(a_table_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
