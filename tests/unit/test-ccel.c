// SPDX-License-Identifier: BSD-2-Clause
/* The ACPI table CCEL: its fields, its damage, and what we write. */
#include "hex.h"

#include "../../format/ccel.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* spec: ACPI 6.5, 5.2.34; OEM fields "TALLY ", type 2, LAML 0x40000, LASA 0xbedbf000; the bytes add up to 0 */
#define TABLE                                                                              \
	"4343454c 38000000 01 59 54414c4c5920 54414c4c59202020 01000000 54414c59 01000000" \
	"02 00 0000 0000040000000000 00f0dbbe00000000"

static void fields_read(void **state)
{
	struct tally_bytes table = hex_bytes(TABLE);
	struct tally_ccel ccel;

	(void)state;
	assert_int_equal(table.size, TALLY_CCEL_TABLE_SIZE);
	assert_int_equal(tally_ccel_read(table, &ccel), TALLY_OK);
	assert_int_equal(ccel.revision, 1);
	assert_int_equal(ccel.cc_type, TALLY_CC_TDX);
	assert_int_equal(ccel.cc_subtype, 0);
	assert_int_equal(ccel.log_size, 0x40000);
	assert_int_equal(ccel.log_address, 0xbedbf000);
	free_bytes(table);
}

static void what_we_write_is_the_table(void **state)
{
	struct tally_ccel ccel = { 1, TALLY_CC_TDX, 0, 0x40000, 0xbedbf000 };
	uint8_t room[TALLY_CCEL_TABLE_SIZE];
	struct tally_writer writer = tally_writer(room, sizeof(room));

	(void)state;
	tally_ccel_write(&writer, &ccel);
	assert_bytes_hex(tally_written(&writer), TABLE);
	writer = tally_writer(room, sizeof(room) - 1);
	tally_ccel_write(&writer, &ccel);
	assert_int_equal(writer.status, TALLY_NO_SPACE);
	assert_int_equal(writer.size, TALLY_CCEL_TABLE_SIZE);
}

static void damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		size_t at;
		uint8_t value;
		bool fixes_checksum;
		enum tally_status expected;
	} cases[] = {
		{ "another signature", 3, 'M', true, TALLY_UNSUPPORTED },
		{ "length one less", 4, 55, true, TALLY_OUT_OF_RANGE },
		{ "length one more", 4, 57, true, TALLY_OUT_OF_RANGE },
		{ "length far more", 7, 1, true, TALLY_OUT_OF_RANGE },
		{ "checksum", 9, 0x5a, false, TALLY_CHECKSUM },
		{ "a byte of the OEM fields", 20, 0, false, TALLY_CHECKSUM },
		{ "first reserved byte", 38, 1, true, TALLY_RESERVED },
		{ "second reserved byte", 39, 1, true, TALLY_RESERVED },
		{ "a later type", 36, 9, true, TALLY_OK },
		{ "a later revision", 8, 2, true, TALLY_OK },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes table = hex_bytes(TABLE);
		uint8_t *bytes = (uint8_t *)(uintptr_t)table.data;
		struct tally_ccel ccel;
		enum tally_status status;

		if (cases[i].fixes_checksum)
			bytes[9] = (uint8_t)(bytes[9] + bytes[cases[i].at] - cases[i].value);
		bytes[cases[i].at] = cases[i].value;
		status = tally_ccel_read(table, &ccel);
		if (status != cases[i].expected)
			fail_msg("%s: %s", cases[i].name, tally_status_message(status));
		free_bytes(table);
	}
}

static void only_the_whole_table_reads(void **state)
{
	struct tally_bytes longer = hex_bytes(TABLE "00");
	struct tally_ccel ccel;

	(void)state;
	for (size_t size = 0; size < TALLY_CCEL_TABLE_SIZE; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(longer.data, size));

		assert_int_equal(tally_ccel_read(prefix, &ccel), TALLY_TRUNCATED);
		free_bytes(prefix);
	}
	assert_int_equal(tally_ccel_read(longer, &ccel), TALLY_TRAILING);
	free_bytes(longer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_read),
		cmocka_unit_test(what_we_write_is_the_table),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(only_the_whole_table_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
