// SPDX-License-Identifier: BSD-2-Clause
/* CBOR of other encoders: examples of the specification, everything that is refused, and duplicates at every depth. */
#include "strict.h"

#include "../../format/cbor_foreign.h"

static enum tally_status check_hex(const char *hex)
{
	struct tally_bytes input = hex_bytes(hex);
	enum tally_status status = tally_cbor_check(input);

	free_bytes(input);
	return status;
}

/* RFC 8949, appendix A, but for what is refused on purpose. */
static void examples_of_the_specification_are_read(void **state)
{
	static const char *const rows[] = {
		"00",
		"1818",
		"1903e8",
		"1b000000e8d4a51000",
		"1bffffffffffffffff",
		"20",
		"3903e7",
		"f90000",
		"fa47c35000",
		"fb3ff199999999999a",
		"f4",
		"f5",
		"f6",
		"f7",
		"c074323031332d30332d32315432303a30343a30305a",
		"d74401020304",
		"d818456449455446",
		"40",
		"4401020304",
		"60",
		"62c3bc",
		"64f0908591",
		"80",
		"83010203",
		"8301820203820405",
		"a0",
		"a201020304",
		"a26161016162820203",
		"9fff",
		"9f018202039f0405ffff",
		"9f01820203820405ff",
		"83018202039f0405ff",
		"83019f0203ff820405",
		"bf61610161629f0203ffff",
		"826161bf61626163ff",
		"bf6346756ef563416d7421ff",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (check_hex(rows[i]) != TALLY_OK)
			fail_msg("%s: %s", rows[i], tally_status_name(check_hex(rows[i])));
}

static void what_has_two_readings_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} rows[] = {
		{ "nothing", "", TALLY_TRUNCATED },
		{ "two items", "0000", TALLY_TRAILING },
		{ "bytes in pieces", "5f42010243030405ff", TALLY_UNSUPPORTED },
		{ "text in pieces", "7f657374726561646d696e67ff", TALLY_UNSUPPORTED },
		{ "number without an end", "1f", TALLY_OUT_OF_RANGE },
		{ "negative number without an end", "3f", TALLY_OUT_OF_RANGE },
		{ "tag without an end", "df00", TALLY_OUT_OF_RANGE },
		{ "reserved width", "1c", TALLY_OUT_OF_RANGE },
		{ "reserved simple width", "fc", TALLY_OUT_OF_RANGE },
		{ "a break alone", "ff", TALLY_OUT_OF_RANGE },
		{ "a break in an array with a count", "82 01 ff", TALLY_OUT_OF_RANGE },
		{ "a break behind a key", "bf 01 ff", TALLY_OUT_OF_RANGE },
		{ "a break behind a tag", "d8 18 ff", TALLY_OUT_OF_RANGE },
		{ "simple value in a byte of its own", "f818", TALLY_UNSUPPORTED },
		{ "simple value that nobody has", "e0", TALLY_UNSUPPORTED },
		{ "text that is no UTF-8", "61ff", TALLY_OUT_OF_RANGE },
		{ "count beyond the input", "9a00010000", TALLY_TRUNCATED },
		{ "count of a map beyond the input", "ba0001000000", TALLY_TRUNCATED },
		{ "count of 64 bits", "9bffffffffffffffff", TALLY_TRUNCATED },
		{ "length of 64 bits", "5bffffffffffffffff", TALLY_TRUNCATED },
		{ "no end", "9f01", TALLY_TRUNCATED },
		{ "array for a key", "a18001", TALLY_UNSUPPORTED },
		{ "tag for a key", "a1c001", TALLY_UNSUPPORTED },
		{ "truth for a key", "a1f501", TALLY_UNSUPPORTED },
		{ "key twice", "a2 01 00 01 00", TALLY_DUPLICATE },
		{ "key twice, once wider", "a2 01 00 1801 00", TALLY_DUPLICATE },
		{ "key twice, widest", "a2 01 00 1b0000000000000001 00", TALLY_DUPLICATE },
		{ "negative key twice, once wider", "a2 20 00 3800 00", TALLY_DUPLICATE },
		{ "text key twice", "a2 6161 00 6161 00", TALLY_DUPLICATE },
		{ "text key twice, once wider", "a2 6161 00 780161 00", TALLY_DUPLICATE },
		{ "byte key twice", "a2 4161 00 580161 00", TALLY_DUPLICATE },
		{ "key twice without a count", "bf 01 00 02 00 01 00 ff", TALLY_DUPLICATE },
		{ "key twice in an array", "81 a2 01 00 01 00", TALLY_DUPLICATE },
		{ "key twice in a tag", "c0 a2 01 00 01 00", TALLY_DUPLICATE },
		{ "key twice in a value", "a1 05 a2 01 00 01 00", TALLY_DUPLICATE },
		{ "key twice around a map", "a2 01 a2 01 00 02 00 01 00", TALLY_DUPLICATE },
		{ "thirteen arrays", "81818181818181818181818181 00", TALLY_TOO_LARGE },
		{ "thirteen tags", "c0c0c0c0c0c0c0c0c0c0c0c0c0 00", TALLY_TOO_LARGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (check_hex(rows[i].hex) != rows[i].expected)
			fail_msg("%s: %s", rows[i].name, tally_status_name(check_hex(rows[i].hex)));
}

/* The same number as a key of two maps, a number and a text of the same bytes: all of them are different keys. */
static void different_keys_are_different(void **state)
{
	(void)state;
	assert_int_equal(check_hex("a2 01 00 20 00"), TALLY_OK);
	assert_int_equal(check_hex("a2 6161 00 4161 00"), TALLY_OK);
	assert_int_equal(check_hex("82 a1 01 00 a1 01 00"), TALLY_OK);
	assert_int_equal(check_hex("a2 01 a1 01 00 02 a1 01 00"), TALLY_OK);
	assert_int_equal(check_hex("818181818181818181818181 00"), TALLY_OK);
}

static void keys_are_bounded(void **state)
{
	uint8_t map[3 + 3 * (TALLY_CBOR_KEY_LIMIT + 1)];
	struct tally_writer writer;

	(void)state;
	for (size_t count = TALLY_CBOR_KEY_LIMIT; count <= TALLY_CBOR_KEY_LIMIT + 1; count++) {
		writer = tally_writer(map, sizeof(map));
		tally_cbor_write_map(&writer, count);
		for (size_t i = 0; i < count; i++) {
			tally_cbor_write_uint(&writer, i);
			tally_cbor_write_uint(&writer, 0);
		}
		assert_int_equal(tally_cbor_check(tally_written(&writer)),
				 count == TALLY_CBOR_KEY_LIMIT ? TALLY_OK : TALLY_TOO_LARGE);
	}
}

static void every_prefix_is_refused(void **state)
{
	struct tally_bytes whole =
		hex_bytes("d8 3d bf 01 9f 43010203 fb3ff199999999999a ff 6161 a2 1801 1900ff 02 f6 ff");

	(void)state;
	assert_int_equal(tally_cbor_check(whole), TALLY_OK);
	for (size_t size = 0; size < whole.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(whole.data, size));

		assert_int_equal(tally_cbor_check(prefix), TALLY_TRUNCATED);
		free_bytes(prefix);
	}
	free_bytes(whole);
}

static void items_are_taken_and_passed_over(void **state)
{
	struct tally_bytes input = hex_bytes("83 bf 01 8101 ff c1 1903e8 3903e7");
	struct tally_cursor cursor = tally_cursor(input);
	struct tally_cbor_elements elements = tally_cbor_enter_array(&cursor);

	(void)state;
	assert_true(tally_cbor_next(&cursor, &elements));
	assert_bytes_hex(tally_cbor_take(&cursor), "bf 01 8101 ff");
	assert_true(tally_cbor_next(&cursor, &elements));
	assert_false(tally_cbor_skip_tag(&cursor, 2));
	assert_false(tally_cbor_foreign_null(&cursor));
	tally_cbor_skip(&cursor);
	assert_true(tally_cbor_next(&cursor, &elements));
	assert_int_equal(tally_cbor_foreign_int(&cursor), -1000);
	assert_false(tally_cbor_next(&cursor, &elements));
	assert_int_equal(tally_cursor_end(&cursor), TALLY_OK);
	free_bytes(input);
}

static void kinds_are_not_mixed_up(void **state)
{
	static const struct {
		const char *hex;
		enum tally_status expected;
	} rows[] = { { "20", TALLY_DISORDER }, { "40", TALLY_DISORDER }, { "f6", TALLY_DISORDER }, { "05", TALLY_OK } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes input = hex_bytes(rows[i].hex);
		struct tally_cursor cursor = tally_cursor(input);

		(void)tally_cbor_foreign_uint(&cursor);
		assert_int_equal(tally_cursor_end(&cursor), rows[i].expected);
		free_bytes(input);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_the_specification_are_read),
		cmocka_unit_test(what_has_two_readings_is_refused),
		cmocka_unit_test(different_keys_are_different),
		cmocka_unit_test(keys_are_bounded),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(items_are_taken_and_passed_over),
		cmocka_unit_test(kinds_are_not_mixed_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
