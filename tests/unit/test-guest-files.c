// SPDX-License-Identifier: BSD-2-Clause
/* The files of a TDX guest that are made from an authority: they say what its registers and its log say. */
#include "world.h"

#include "../../face/guest_files.h"
#include "../../format/ccel.h"

static void a_report_holds_the_registers(void **state)
{
	struct world *world = *state;
	uint8_t report_data[TALLY_TD_REPORT_DATA_SIZE], report[TALLY_TD_REPORT_SIZE], zeros[32] = { 0 };
	int i;

	world_open(world);
	extend_ok(world, "rtmr2", "one");
	extend_ok(world, "rtmr3", "two");
	memset(report_data, 0x5a, sizeof(report_data));
	assert_true(tally_guest_is_td(world->owner));
	assert_int_equal(tally_guest_report(world->owner, report_data, report), TALLY_OK);
	assert_memory_equal(report + 128, report_data, 64);
	assert_memory_equal(report + 224, zeros, 32);
	for (int n = 0; n < 4; n++) {
		char name[] = { 'r', 't', 'm', 'r', (char)('0' + n), 0 };
		struct tally_digests value;
		bool is_locked;

		i = tally_registers_find_name(tally_authority_registers(world->owner), tally_text(name));
		assert_int_equal(tally_authority_read(world->owner, (size_t)i, &value, &is_locked, &world->problem),
				 TALLY_OK);
		assert_memory_equal(report + 720 + 48 * n, value.digest[0].bytes, 48);
	}
}

static void other_registers_are_no_td(void **state)
{
	struct world *world = *state;

	world->soft.preset = TALLY_SOFT_TPM;
	world_open(world);
	assert_false(tally_guest_is_td(world->owner));
}

static void the_table_tells_the_size_of_the_log(void **state)
{
	struct world *world = *state;
	struct tally_ccel ccel;
	uint8_t *table, *log;
	size_t table_size, log_size, empty_size;

	world_open(world);
	assert_int_equal(tally_guest_boot_log(world->owner, &log, &empty_size), TALLY_OK);
	free(log);
	extend_ok(world, "rtmr2", "one");
	assert_int_equal(tally_guest_boot_log(world->owner, &log, &log_size), TALLY_OK);
	assert_int_equal(tally_guest_boot_table(world->owner, &table, &table_size), TALLY_OK);
	assert_true(log_size > empty_size);
	assert_int_equal(tally_ccel_read(tally_bytes(table, table_size), &ccel), TALLY_OK);
	assert_int_equal(ccel.log_size, log_size);
	assert_int_equal(ccel.cc_type, TALLY_CC_TDX);
	free(table);
	free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_report_holds_the_registers, world_make, world_remove),
		cmocka_unit_test_setup_teardown(other_registers_are_no_td, world_make, world_remove),
		cmocka_unit_test_setup_teardown(the_table_tells_the_size_of_the_log, world_make, world_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
