// SPDX-License-Identifier: BSD-2-Clause
/* Deterministic CBOR: RFC 8949 appendix A, every head, and what the deterministic rules refuse. */
#include "strict.h"

#include "../../format/cbor.h"

/* Item after item, whatever it is; nesting needs no stack, because a head and its children stand in a row. */
static enum tally_status cbor_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_writer none = tally_writer(NULL, 0);
	struct tally_writer *to = &none;

	/* Twice, so that a refused input writes nothing. */
	for (unsigned pass = 0; pass < 2; pass++, to = writer) {
		struct tally_cursor cursor = tally_cursor(input);

		do {
			struct tally_cbor_item item = tally_cbor_read(&cursor);

			tally_cbor_write_head(to, item.major, item.argument);
			tally_write_bytes(to, item.string);
		} while (!tally_cursor_is_done(&cursor));
		if (cursor.status != TALLY_OK)
			return cursor.status;
	}
	return TALLY_OK;
}

/* spec: RFC 8949 appendix A: what our rules make of its rows */
static void appendix_a_is_read_or_refused(void **state)
{
	static const struct {
		const char *hex;
		enum tally_status expected;
	} rows[] = {
		{ "00", TALLY_OK },
		{ "01", TALLY_OK },
		{ "0a", TALLY_OK },
		{ "17", TALLY_OK },
		{ "1818", TALLY_OK },
		{ "1819", TALLY_OK },
		{ "1864", TALLY_OK },
		{ "1903e8", TALLY_OK },
		{ "1a000f4240", TALLY_OK },
		{ "1b000000e8d4a51000", TALLY_OK },
		{ "1bffffffffffffffff", TALLY_OK },
		{ "c249010000000000000000", TALLY_OK },
		{ "3bffffffffffffffff", TALLY_OK },
		{ "c349010000000000000000", TALLY_OK },
		{ "20", TALLY_OK },
		{ "29", TALLY_OK },
		{ "3863", TALLY_OK },
		{ "3903e7", TALLY_OK },
		{ "f90000", TALLY_UNSUPPORTED },
		{ "f98000", TALLY_UNSUPPORTED },
		{ "f93c00", TALLY_UNSUPPORTED },
		{ "fb3ff199999999999a", TALLY_UNSUPPORTED },
		{ "f93e00", TALLY_UNSUPPORTED },
		{ "f97bff", TALLY_UNSUPPORTED },
		{ "fa47c35000", TALLY_UNSUPPORTED },
		{ "fa7f7fffff", TALLY_UNSUPPORTED },
		{ "fb7e37e43c8800759c", TALLY_UNSUPPORTED },
		{ "f90001", TALLY_UNSUPPORTED },
		{ "f90400", TALLY_UNSUPPORTED },
		{ "f9c400", TALLY_UNSUPPORTED },
		{ "fbc010666666666666", TALLY_UNSUPPORTED },
		{ "f97c00", TALLY_UNSUPPORTED },
		{ "f97e00", TALLY_UNSUPPORTED },
		{ "f9fc00", TALLY_UNSUPPORTED },
		{ "fa7f800000", TALLY_UNSUPPORTED },
		{ "fa7fc00000", TALLY_UNSUPPORTED },
		{ "faff800000", TALLY_UNSUPPORTED },
		{ "fb7ff0000000000000", TALLY_UNSUPPORTED },
		{ "fb7ff8000000000000", TALLY_UNSUPPORTED },
		{ "fbfff0000000000000", TALLY_UNSUPPORTED },
		{ "f4", TALLY_OK },
		{ "f5", TALLY_OK },
		{ "f6", TALLY_OK },
		{ "f7", TALLY_UNSUPPORTED },
		{ "f0", TALLY_UNSUPPORTED },
		{ "f8ff", TALLY_UNSUPPORTED },
		{ "c074323031332d30332d32315432303a30343a30305a", TALLY_OK },
		{ "c11a514b67b0", TALLY_OK },
		{ "c1fb41d452d9ec200000", TALLY_UNSUPPORTED },
		{ "d74401020304", TALLY_OK },
		{ "d818456449455446", TALLY_OK },
		{ "d82076687474703a2f2f7777772e6578616d706c652e636f6d", TALLY_OK },
		{ "40", TALLY_OK },
		{ "4401020304", TALLY_OK },
		{ "60", TALLY_OK },
		{ "6161", TALLY_OK },
		{ "6449455446", TALLY_OK },
		{ "62225c", TALLY_OK },
		{ "62c3bc", TALLY_OK },
		{ "63e6b0b4", TALLY_OK },
		{ "64f0908591", TALLY_OK },
		{ "80", TALLY_OK },
		{ "83010203", TALLY_OK },
		{ "8301820203820405", TALLY_OK },
		{ "98190102030405060708090a0b0c0d0e0f101112131415161718181819", TALLY_OK },
		{ "a0", TALLY_OK },
		{ "a201020304", TALLY_OK },
		{ "a26161016162820203", TALLY_OK },
		{ "826161a161626163", TALLY_OK },
		{ "a56161614161626142616361436164614461656145", TALLY_OK },
		{ "5f42010243030405ff", TALLY_UNSUPPORTED },
		{ "7f657374726561646d696e67ff", TALLY_UNSUPPORTED },
		{ "9fff", TALLY_UNSUPPORTED },
		{ "9f018202039f0405ffff", TALLY_UNSUPPORTED },
		{ "9f01820203820405ff", TALLY_UNSUPPORTED },
		{ "83018202039f0405ff", TALLY_UNSUPPORTED },
		{ "83019f0203ff820405", TALLY_UNSUPPORTED },
		{ "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", TALLY_UNSUPPORTED },
		{ "bf61610161629f0203ffff", TALLY_UNSUPPORTED },
		{ "826161bf61626163ff", TALLY_UNSUPPORTED },
		{ "bf6346756ef563416d7421ff", TALLY_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].expected != TALLY_OK) {
			expect_refused(cbor_reread, rows[i].hex, rows[i].hex, rows[i].expected);
		} else {
			struct tally_bytes input = hex_bytes(rows[i].hex);

			assert_true(expect_refused_or_same(cbor_reread, input));
			free_bytes(input);
		}
	}
}

static void damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} rows[] = {
		{ "nothing", "", TALLY_TRUNCATED },
		{ "23 in two bytes", "1817", TALLY_NOT_CANONICAL },
		{ "255 in three bytes", "1900ff", TALLY_NOT_CANONICAL },
		{ "65535 in five bytes", "1a0000ffff", TALLY_NOT_CANONICAL },
		{ "2^32-1 in nine bytes", "1b00000000ffffffff", TALLY_NOT_CANONICAL },
		{ "-1 in two bytes", "3800", TALLY_NOT_CANONICAL },
		{ "length of bytes in two bytes", "580101", TALLY_NOT_CANONICAL },
		{ "length of text in three bytes", "79000161", TALLY_NOT_CANONICAL },
		{ "count of an array in two bytes", "980100", TALLY_NOT_CANONICAL },
		{ "count of a map in two bytes", "b8010000", TALLY_NOT_CANONICAL },
		{ "tag in two bytes", "d81200", TALLY_NOT_CANONICAL },
		{ "false in two bytes", "f814", TALLY_UNSUPPORTED },
		{ "reserved 28", "1c", TALLY_OUT_OF_RANGE },
		{ "reserved 29", "5d", TALLY_OUT_OF_RANGE },
		{ "reserved 30", "fe", TALLY_OUT_OF_RANGE },
		{ "indefinite integer", "1f", TALLY_UNSUPPORTED },
		{ "break alone", "ff", TALLY_UNSUPPORTED },
		{ "argument missing", "18", TALLY_TRUNCATED },
		{ "argument cut", "1a000f42", TALLY_TRUNCATED },
		{ "bytes cut", "44010203", TALLY_TRUNCATED },
		{ "bytes of 2^64-1", "5bffffffffffffffff00", TALLY_TRUNCATED },
		{ "text cut", "6261", TALLY_TRUNCATED },
		{ "text that is not UTF-8", "62c328", TALLY_OUT_OF_RANGE },
		{ "text that ends inside a character", "61c3", TALLY_OUT_OF_RANGE },
		{ "text with a surrogate", "63eda080", TALLY_OUT_OF_RANGE },
		{ "array without its item", "81", TALLY_TRUNCATED },
		{ "array of more items than bytes left", "830102", TALLY_TRUNCATED },
		{ "array of 2^64-1", "9bffffffffffffffff00", TALLY_TRUNCATED },
		{ "map without its value", "a100", TALLY_TRUNCATED },
		{ "map of more pairs than bytes left", "a2000000", TALLY_TRUNCATED },
		{ "map of 2^63 pairs", "bb800000000000000000000000", TALLY_TRUNCATED },
		{ "tag of nothing", "d2", TALLY_TRUNCATED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_refused(cbor_reread, rows[i].name, rows[i].hex, rows[i].expected);
}

/* What is accepted is accepted in one form only: each byte of these can be changed to no other name of the same. */
static void every_other_byte_is_refused_or_another_item(void **state)
{
	static const char *const examples[] = {
		"1b000000e8d4a51000",
		"d82076687474703a2f2f7777772e6578616d706c652e636f6d",
		"a26161016162820203",
		"98190102030405060708090a0b0c0d0e0f101112131415161718181819",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++) {
		struct tally_bytes whole = hex_bytes(examples[i]);

		expect_bytes_matter(cbor_reread, whole);
		free_bytes(whole);
	}
}

static void integers_are_expected(void **state)
{
	static const struct {
		const char *hex;
		int64_t value;
		enum tally_status expected;
	} rows[] = {
		{ "00", 0, TALLY_OK },
		{ "1864", 100, TALLY_OK },
		{ "20", -1, TALLY_OK },
		{ "3822", -35, TALLY_OK },
		{ "3903e7", -1000, TALLY_OK },
		{ "1b7fffffffffffffff", INT64_MAX, TALLY_OK },
		{ "3b7fffffffffffffff", INT64_MIN, TALLY_OK },
		{ "1b8000000000000000", 0, TALLY_OUT_OF_RANGE },
		{ "3b8000000000000000", 0, TALLY_OUT_OF_RANGE },
		{ "6100", 0, TALLY_DISORDER },
		{ "c100", 0, TALLY_DISORDER },
		{ "", 0, TALLY_TRUNCATED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes input = hex_bytes(rows[i].hex);
		struct tally_cursor cursor = tally_cursor(input);
		uint8_t buffer[9];
		struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

		assert_true(tally_cbor_expect_int(&cursor) == rows[i].value);
		assert_int_equal(cursor.status, rows[i].expected);
		if (rows[i].expected == TALLY_OK) {
			tally_cbor_write_int(&writer, rows[i].value);
			assert_bytes_equal(tally_written(&writer), input);
		}
		free_bytes(input);
	}
}

/* One item of each kind, read as each kind: only its own is accepted. */
static void each_kind_is_told_from_the_others(void **state)
{
	static const char *const items[] = { "05", "25", "4105", "6135", "8105", "a10506", "c505", "f6" };

	(void)state;
	for (size_t kind = 0; kind < COUNT(items); kind++) {
		struct tally_bytes input = hex_bytes(items[kind]);

		for (size_t as = 0; as < COUNT(items); as++) {
			struct tally_cursor cursor = tally_cursor(input);
			bool is_right = kind == as;
			bool is_null;

			switch ((enum tally_cbor_major)as) {
			case TALLY_CBOR_UINT:
				assert_int_equal(tally_cbor_expect_uint(&cursor), is_right ? 5 : 0);
				break;
			case TALLY_CBOR_NEGATIVE:
				is_right = kind == TALLY_CBOR_UINT || kind == TALLY_CBOR_NEGATIVE;
				assert_int_equal(tally_cbor_expect_int(&cursor), !is_right ? 0 : kind == 0 ? 5 : -6);
				break;
			case TALLY_CBOR_BYTES:
				assert_int_equal(tally_cbor_expect_bytes(&cursor).size, is_right);
				break;
			case TALLY_CBOR_TEXT:
				assert_int_equal(tally_cbor_expect_text(&cursor).size, is_right);
				break;
			case TALLY_CBOR_ARRAY:
				assert_int_equal(tally_cbor_expect_array(&cursor), is_right);
				break;
			case TALLY_CBOR_MAP:
				assert_int_equal(tally_cbor_expect_map(&cursor), is_right);
				break;
			case TALLY_CBOR_TAG:
				tally_cbor_expect_tag(&cursor, 5);
				break;
			case TALLY_CBOR_SIMPLE:
			default:
				is_null = tally_cbor_read_null(&cursor);
				assert_int_equal(is_null, is_right);
				/* A question, no demand: what is not null is still there. */
				assert_int_equal(cursor.left.size, is_null ? 0 : input.size);
				is_right = true;
			}
			assert_int_equal(cursor.status, is_right ? TALLY_OK : TALLY_DISORDER);
		}
		free_bytes(input);
	}
}

static void another_tag_is_refused(void **state)
{
	struct tally_bytes input = hex_bytes("d200");
	struct tally_cursor cursor = tally_cursor(input);

	(void)state;
	tally_cbor_expect_tag(&cursor, 17);
	assert_int_equal(cursor.status, TALLY_DISORDER);
	cursor = tally_cursor(input);
	tally_cbor_expect_tag(&cursor, 18);
	assert_int_equal(cursor.status, TALLY_OK);
	assert_int_equal(cursor.left.size, 1);
	free_bytes(input);
}

/* spec: RFC 8949 4.2.1, the order of its example keys */
static void keys_are_ordered(void **state)
{
	static const char *const keys[] = { "0a", "1864", "20", "617a", "626161", "811864", "8120", "f4" };

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		for (size_t j = 0; j < COUNT(keys); j++) {
			struct tally_bytes a = hex_bytes(keys[i]);
			struct tally_bytes b = hex_bytes(keys[j]);
			int order = tally_cbor_key_compare(a, b);

			assert_int_equal(order < 0, i < j);
			assert_int_equal(order > 0, i > j);
			free_bytes(b);
			free_bytes(a);
		}
	}
	/* Where one begins the other. */
	assert_true(tally_cbor_key_compare(tally_text("a"), tally_text("ab")) < 0);
	assert_true(tally_cbor_key_compare(tally_text("ab"), tally_text("a")) > 0);
	assert_true(tally_cbor_key_compare(tally_bytes(NULL, 0), tally_text("a")) < 0);
	assert_int_equal(tally_cbor_key_compare(tally_bytes(NULL, 0), tally_bytes(NULL, 0)), 0);
}

static void heads_are_shortest(void **state)
{
	static const struct {
		uint64_t value;
		const char *hex;
	} rows[] = {
		{ 0, "00" },
		{ 23, "17" },
		{ 24, "1818" },
		{ 255, "18ff" },
		{ 256, "190100" },
		{ 65535, "19ffff" },
		{ 65536, "1a00010000" },
		{ UINT32_MAX, "1affffffff" },
		{ (uint64_t)UINT32_MAX + 1, "1b0000000100000000" },
		{ UINT64_MAX, "1bffffffffffffffff" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t buffer[9];
		struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

		tally_cbor_write_uint(&writer, rows[i].value);
		assert_bytes_hex(tally_written(&writer), rows[i].hex);
	}
}

static void text_that_is_not_utf8_is_not_written(void **state)
{
	uint8_t buffer[16];
	struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

	(void)state;
	tally_cbor_write_text(&writer, tally_text("\xc3("));
	assert_int_equal(writer.status, TALLY_INVALID);
}

static void everything_is_written(void **state)
{
	uint8_t buffer[64];
	struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

	(void)state;
	tally_cbor_write_head(&writer, TALLY_CBOR_TAG, 18);
	tally_cbor_write_array(&writer, 4);
	tally_cbor_write_map(&writer, 1);
	tally_cbor_write_text(&writer, tally_text("a"));
	tally_cbor_write_null(&writer);
	tally_cbor_write_bytes(&writer, tally_text("abc"));
	tally_cbor_write_bytes(&writer, tally_bytes(NULL, 0));
	tally_cbor_write_uint(&writer, 500);
	/* 18([{"a": null}, 'abc', h'', 500]) */
	assert_bytes_hex(tally_written(&writer), "d2 84 a1 6161 f6 43616263 40 1901f4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appendix_a_is_read_or_refused),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(every_other_byte_is_refused_or_another_item),
		cmocka_unit_test(integers_are_expected),
		cmocka_unit_test(each_kind_is_told_from_the_others),
		cmocka_unit_test(another_tag_is_refused),
		cmocka_unit_test(keys_are_ordered),
		cmocka_unit_test(heads_are_shortest),
		cmocka_unit_test(text_that_is_not_utf8_is_not_written),
		cmocka_unit_test(everything_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
