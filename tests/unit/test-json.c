// SPDX-License-Identifier: BSD-2-Clause
/* JSON: what is one text and what is not (jansson is asked too), members, numbers, strings, the place of an error. */
#include "../../format/json.h"

#include <jansson.h>

#include "hex.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum tally_status read_whole(struct tally_bytes text, size_t *ret_offset)
{
	struct tally_json_reader json = tally_json_open(text);
	enum tally_status status;

	(void)tally_json_skip(&json);
	status = tally_json_end(&json);
	*ret_offset = tally_json_offset(&json);
	return status;
}

static bool jansson_reads(struct tally_bytes text)
{
	json_t *value = json_loadb((const char *)text.data, text.size,
				   JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);

	json_decref(value);
	return value != NULL;
}

/* Values of RFC 8259, and what is close to one. */
static const struct {
	const char *text;
	enum tally_status expected;
	size_t offset; /* of the fault */
} texts[] = {
	{ "null", TALLY_OK, 4 },
	{ " true ", TALLY_OK, 6 },
	{ "false", TALLY_OK, 5 },
	{ "0", TALLY_OK, 1 },
	{ "-0", TALLY_OK, 2 },
	{ "-12.50e+3", TALLY_OK, 9 },
	{ "1E5", TALLY_OK, 3 },
	{ "\"\"", TALLY_OK, 2 },
	{ "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"", TALLY_OK, 37 },
	{ "\"\xc3\xa9\"", TALLY_OK, 4 },
	{ "[]", TALLY_OK, 2 },
	{ "[1,[2,{}],\"]\"]", TALLY_OK, 14 },
	{ "{\"a\":{\"b\":[true,null]},\"c\":0}\r\n\t ", TALLY_OK, 33 },
	{ "", TALLY_TRUNCATED, 0 },
	{ "  ", TALLY_TRUNCATED, 2 },
	{ "nul", TALLY_TRUNCATED, 3 },
	{ "nulL", TALLY_OUT_OF_RANGE, 3 },
	{ "True", TALLY_DISORDER, 0 },
	{ "00", TALLY_OUT_OF_RANGE, 0 },
	{ "-", TALLY_TRUNCATED, 0 },
	{ "-a", TALLY_OUT_OF_RANGE, 0 },
	{ "+1", TALLY_DISORDER, 0 },
	{ "1.", TALLY_TRUNCATED, 0 },
	{ "1.e3", TALLY_OUT_OF_RANGE, 0 },
	{ "1e", TALLY_TRUNCATED, 0 },
	{ ".5", TALLY_DISORDER, 0 },
	{ "1 2", TALLY_TRAILING, 2 },
	{ "\"a", TALLY_TRUNCATED, 1 },
	{ "\"a\\", TALLY_TRUNCATED, 1 },
	{ "\"a\\\"", TALLY_TRUNCATED, 1 },
	{ "\"ab\\x\"", TALLY_OUT_OF_RANGE, 3 },
	{ "\"\\u12g4\"", TALLY_OUT_OF_RANGE, 1 },
	{ "\"\\ud800\"", TALLY_OUT_OF_RANGE, 1 },
	{ "\"\\udc00\\ud800\"", TALLY_OUT_OF_RANGE, 1 },
	{ "\"\\ud800\\u0041\"", TALLY_OUT_OF_RANGE, 1 },
	{ "\"a\nb\"", TALLY_OUT_OF_RANGE, 2 },
	{ "\"ab\xff\"", TALLY_OUT_OF_RANGE, 3 },
	{ "\"\xc0\xaf\"", TALLY_OUT_OF_RANGE, 1 },
	{ "\"\xed\xa0\x80\"", TALLY_OUT_OF_RANGE, 1 },
	{ "[", TALLY_TRUNCATED, 1 },
	{ "[1", TALLY_TRUNCATED, 2 },
	{ "[1,", TALLY_TRUNCATED, 3 },
	{ "[1,]", TALLY_DISORDER, 3 },
	{ "[,1]", TALLY_DISORDER, 1 },
	{ "[1 2]", TALLY_DISORDER, 3 },
	{ "[1}", TALLY_DISORDER, 2 },
	{ "]", TALLY_DISORDER, 0 },
	{ "{", TALLY_TRUNCATED, 1 },
	{ "{\"a\"", TALLY_TRUNCATED, 4 },
	{ "{\"a\":", TALLY_TRUNCATED, 5 },
	{ "{\"a\":1,}", TALLY_DISORDER, 7 },
	{ "{\"a\" 1}", TALLY_DISORDER, 5 },
	{ "{a:1}", TALLY_DISORDER, 1 },
	{ "{1:1}", TALLY_DISORDER, 1 },
	{ "{\"a\":1]", TALLY_DISORDER, 6 },
	{ "{} {}", TALLY_TRAILING, 3 },
	{ "\xef\xbb\xbf{}", TALLY_DISORDER, 0 },
	{ "/**/1", TALLY_DISORDER, 0 },
	{ "NaN", TALLY_DISORDER, 0 },
	{ "'a'", TALLY_DISORDER, 0 },
};

static void texts_are_told_from_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct tally_bytes text = exact_copy(tally_text(texts[i].text));
		size_t offset = 0;
		enum tally_status status = read_whole(text, &offset);

		if (status != texts[i].expected || offset != texts[i].offset)
			fail_msg("%s: %s at %zu", texts[i].text, tally_status_name(status), offset);
		if (jansson_reads(text) != (status == TALLY_OK))
			fail_msg("jansson disagrees: %s", texts[i].text);
		free_bytes(text);
	}
}

static const char log_like[] = "[{\"recnum\":0,\"pcr\":10,\"digests\":[{\"hashAlg\":\"sha1\",\"digest\":\"1d8d\"}],"
			       "\"content\":{\"a\\u0062\":\"\xc3\xa9\",\"b\":[-1.5e3,true,null,{}]}}]";

/* Whatever is cut off or changed, both say the same; only a surrogate's half and 2^63 are told apart differently. */
static void jansson_agrees_on_damage(void **state)
{
	struct tally_bytes whole = tally_text(log_like);
	static const char changes[] = "\"\\{}[],:0-e. a\x01\x80\xc3n";
	size_t offset;

	(void)state;
	assert_int_equal(read_whole(whole, &offset), TALLY_OK);
	for (size_t size = 0; size < whole.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(whole.data, size));

		assert_int_equal(read_whole(prefix, &offset), TALLY_TRUNCATED);
		assert_true(offset <= size);
		free_bytes(prefix);
	}
	for (size_t at = 0; at < whole.size; at++) {
		for (const char *change = changes; *change; change++) {
			struct tally_bytes damaged = exact_copy(whole);

			((uint8_t *)(uintptr_t)damaged.data)[at] = (uint8_t)*change;
			if ((read_whole(damaged, &offset) == TALLY_OK) != jansson_reads(damaged))
				fail_msg("%.*s", (int)damaged.size, (const char *)damaged.data);
			free_bytes(damaged);
		}
	}
}

static void depth_is_bounded(void **state)
{
	char text[2 * TALLY_JSON_DEPTH_LIMIT + 3];
	size_t depth = TALLY_JSON_DEPTH_LIMIT;
	size_t offset;

	(void)state;
	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	assert_int_equal(read_whole(tally_bytes(text, 2 * depth), &offset), TALLY_OK);
	memset(text, '[', depth + 1);
	memset(text + depth + 1, ']', depth + 1);
	assert_int_equal(read_whole(tally_bytes(text, 2 * depth + 2), &offset), TALLY_OUT_OF_RANGE);
	assert_int_equal(offset, depth + 1);
}

static enum tally_status read_members(const char *text, size_t *ret_count)
{
	struct tally_json_reader json = tally_json_open(tally_text(text));
	struct tally_json_names names;
	struct tally_bytes name;

	tally_json_begin_object(&json);
	while (tally_json_next_member(&json, &names, &name))
		(void)tally_json_skip(&json);
	*ret_count = names.count;
	return tally_json_end(&json);
}

static void names_stand_once(void **state)
{
	char many[TALLY_JSON_MEMBER_LIMIT * 8 + 16] = "{";
	size_t count;

	(void)state;
	assert_int_equal(read_members("{}", &count), TALLY_OK);
	assert_int_equal(read_members("{\"a\":{\"a\":1},\"b\":2,\"A\":3,\"\":4}", &count), TALLY_OK);
	assert_int_equal(count, 4);
	assert_int_equal(read_members("{\"a\":1,\"b\":2,\"a\":3}", &count), TALLY_DUPLICATE);
	assert_int_equal(read_members("{\"a\":1,\"\\u0061\":3}", &count), TALLY_DUPLICATE);
	assert_int_equal(read_members("{\"\\u00e9\":1,\"\xc3\xa9\":3}", &count), TALLY_DUPLICATE);
	for (size_t i = 0; i <= TALLY_JSON_MEMBER_LIMIT; i++)
		snprintf(many + strlen(many), 9, "%s\"%02zu\":0", i ? "," : "", i);
	strncat(many, "}", 2);
	assert_int_equal(read_members(many, &count), TALLY_OUT_OF_RANGE);
}

static void integers_are_in_range(void **state)
{
	static const struct {
		const char *text;
		uint64_t limit;
		uint64_t value;
		enum tally_status expected;
	} cases[] = {
		{ "0", 0, 0, TALLY_OK },
		{ "3", 3, 3, TALLY_OK },
		{ "4", 3, 0, TALLY_OUT_OF_RANGE },
		{ "18446744073709551615", UINT64_MAX, UINT64_MAX, TALLY_OK },
		{ "18446744073709551616", UINT64_MAX, 0, TALLY_OUT_OF_RANGE },
		{ "99999999999999999999999", UINT64_MAX, 0, TALLY_OUT_OF_RANGE },
		{ "65535", 65535, 65535, TALLY_OK },
		{ "65536", 65535, 0, TALLY_OUT_OF_RANGE },
		{ "10", 9, 0, TALLY_OUT_OF_RANGE },
		{ "-1", 9, 0, TALLY_OUT_OF_RANGE },
		{ "1.0", 9, 0, TALLY_OUT_OF_RANGE },
		{ "1e0", 9, 0, TALLY_OUT_OF_RANGE },
		{ "01", 9, 0, TALLY_OUT_OF_RANGE },
		{ "\"1\"", 9, 0, TALLY_DISORDER },
		{ "", 9, 0, TALLY_TRUNCATED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_json_reader json = tally_json_open(tally_text(cases[i].text));

		assert_int_equal(tally_json_read_uint(&json, cases[i].limit), cases[i].value);
		assert_int_equal(tally_json_end(&json), cases[i].expected);
	}
}

static void strings_are_decoded_when_compared(void **state)
{
	struct tally_json_reader json = tally_json_open(tally_text("\"a\\u0062\\n\\ud83d\\ude00\""));
	struct tally_bytes string = tally_json_read_string(&json);
	uint8_t decoded[16];
	struct tally_writer writer = tally_writer(decoded, sizeof(decoded));

	(void)state;
	assert_int_equal(tally_json_end(&json), TALLY_OK);
	assert_true(tally_json_string_is(tally_text("ab"), "ab"));
	assert_true(tally_json_string_is(tally_text("\\u0061b"), "ab"));
	assert_false(tally_json_string_is(tally_text("\\u0061b"), "abc"));
	assert_false(tally_json_string_is(tally_text("\\u0061bc"), "ab"));
	assert_true(tally_json_strings_equal(tally_text("\\u0061b"), tally_text("a\\u0062")));
	assert_false(tally_json_strings_equal(tally_text("\\u0061b"), tally_text("a\\u0062c")));
	tally_json_decode_string(&writer, string);
	assert_bytes_equal(tally_written(&writer), tally_text("ab\n\xf0\x9f\x98\x80"));
}

/* Written, then read by jansson. */
static void what_is_written_reads_back(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x1f, 0xab, 0xff };
	uint8_t text[256];
	struct tally_writer writer = tally_writer(text, sizeof(text));
	struct tally_bytes string = tally_bytes("q\"\\\n\0\x7f\xc3\xa9", 8);
	json_t *value;

	(void)state;
	tally_write_u8(&writer, '[');
	tally_json_write_string(&writer, string);
	tally_write_u8(&writer, ',');
	tally_json_write_hex(&writer, tally_bytes(bytes, sizeof(bytes)));
	tally_write_u8(&writer, ',');
	tally_json_write_uint(&writer, 9223372036854775807U);
	tally_write_u8(&writer, ',');
	tally_json_write_compact(&writer, tally_text("{ \"a b\\\" \" :\t[ 1 , 2 ] }"));
	tally_write_u8(&writer, ']');
	value = json_loadb((const char *)text, tally_written(&writer).size, JSON_ALLOW_NUL, NULL);
	assert_non_null(value);
	assert_int_equal(json_string_length(json_array_get(value, 0)), string.size);
	assert_memory_equal(json_string_value(json_array_get(value, 0)), string.data, string.size);
	assert_string_equal(json_string_value(json_array_get(value, 1)), "001fabff");
	assert_int_equal(json_integer_value(json_array_get(value, 2)), INT64_MAX);
	assert_non_null(json_object_get(json_array_get(value, 3), "a b\" "));
	json_decref(value);
	assert_non_null(strstr((const char *)text, "{\"a b\\\" \":[1,2]}"));
	tally_json_write_string(&writer, tally_text("\xff"));
	assert_int_equal(writer.status, TALLY_INVALID);
}

static void hex_is_of_either_case(void **state)
{
	uint8_t bytes[3] = { 0, 0, 7 };

	(void)state;
	assert_true(tally_json_decode_hex(tally_text("aB0f"), bytes, 2));
	assert_memory_equal(bytes, "\xab\x0f\x07", 3);
	assert_true(tally_json_decode_hex(tally_text("010203"), bytes, 1));
	assert_memory_equal(bytes, "\x01\x0f\x07", 3);
	assert_false(tally_json_decode_hex(tally_text("abc"), bytes, 3));
	assert_false(tally_json_decode_hex(tally_text("0g"), bytes, 3));
	assert_false(tally_json_decode_hex(tally_text("0000zz"), bytes, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_told_from_others), cmocka_unit_test(jansson_agrees_on_damage),
		cmocka_unit_test(depth_is_bounded),	      cmocka_unit_test(names_stand_once),
		cmocka_unit_test(integers_are_in_range),      cmocka_unit_test(strings_are_decoded_when_compared),
		cmocka_unit_test(what_is_written_reads_back), cmocka_unit_test(hex_is_of_either_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
