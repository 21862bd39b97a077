// SPDX-License-Identifier: BSD-2-Clause
/* Ranges of foreign logs: the value that they lead to, and the range that leads to a value. */
#include "test.h"

#include "../../format/log_range.h"
#include "vectors.h"

#define LIST "tests/vectors/ima/templates.sha1.bin"
#define LIST_RECORDS 16

static struct tally_register_set set;
static struct tally_bytes list;
static struct tally_log_reader reader;
static uint8_t scratch[8192];

/* A TPM with two banks: fewer than the list has digests for. */
static void banks_of_two(struct tally_digests *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->count = 2;
	ret->digest[0].alg = TALLY_SHA1;
	ret->digest[1].alg = TALLY_SHA256;
}

static int open_list(void **state)
{
	(void)state;
	memset(&set, 0, sizeof(set));
	for (uint32_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
		struct tally_register reg = {
			.number = pcr, .kind = TALLY_RUNTIME, .extend_rule = TALLY_EXTEND_DIGEST, .pcr_mask = 1U << pcr
		};

		snprintf(reg.name, sizeof(reg.name), "pcr%u", (unsigned)pcr);
		banks_of_two(&reg.reset);
		assert_int_equal(tally_registers_add(&set, &reg), TALLY_OK);
	}
	list = source_bytes(LIST);
	assert_int_equal(tally_log_open(&reader, list, TALLY_LOG_FORMAT_UNKNOWN), TALLY_OK);
	tally_log_lend(&reader, scratch, sizeof(scratch));
	return 0;
}

static int close_list(void **state)
{
	(void)state;
	free_bytes(list);
	return 0;
}

static void answer_value(json_t *value, struct tally_digests *ret)
{
	banks_of_two(ret);
	for (size_t i = 0; i < ret->count; i++) {
		struct tally_bytes bytes =
			hex_bytes(json_string_value(json_object_get(value, tally_alg_name(ret->digest[i].alg))));

		assert_int_equal(tally_digest_set(&ret->digest[i], ret->digest[i].alg, bytes), TALLY_OK);
		free_bytes(bytes);
	}
}

/* What Python replays the list to, and the digests of each of its records. */
static json_t *answers(void)
{
	struct tally_bytes text = source_bytes("tests/vectors/ima/expected.json");
	json_t *all = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(all);
	free_bytes(text);
	return all;
}

/* The value of PCR 10 before record n, by extends of Python's digests one by one. */
static void value_before(json_t *all, size_t n, struct tally_digests *ret)
{
	json_t *records = json_object_get(json_object_get(all, "templates"), "records");

	banks_of_two(ret);
	for (size_t i = 0; i < n; i++) {
		json_t *record = json_array_get(records, i);
		struct tally_digests digests;

		answer_value(json_object_get(record, "digests"), &digests);
		if (json_integer_value(json_object_get(record, "pcr")) == 10)
			assert_int_equal(tally_extend_value(TALLY_EXTEND_DIGEST, ret, &digests, ret), TALLY_OK);
	}
}

static const struct tally_log_range_register pcr10 = { &set, 10 };

static void test_a_range_is_replayed(void **state)
{
	json_t *all = answers();
	struct tally_digests from, to, expected;

	(void)state;
	for (size_t first = 0; first <= LIST_RECORDS; first++) {
		for (size_t end = first; end <= LIST_RECORDS; end++) {
			struct tally_log_range range = { first, end - first };

			value_before(all, first, &from);
			value_before(all, end, &expected);
			assert_int_equal(tally_log_range_replay(&reader, &pcr10, &range, &from, &to), TALLY_OK);
			assert_true(tally_digests_equal(&to, &expected));
		}
	}
	answer_value(json_object_get(json_object_get(json_object_get(all, "templates"), "replay"), "pcr10"), &expected);
	assert_true(tally_digests_equal(&to, &expected));
	json_decref(all);
}

/* Records 3, 4 and 13 are of other PCRs: a range neither begins nor ends with them. */
static void test_a_range_is_found(void **state)
{
	static const struct {
		size_t from;
		size_t to;
		struct tally_log_range expected;
	} cases[] = {
		{ 0, 16, { 0, 16 } }, { 0, 1, { 0, 1 } },  { 1, 16, { 1, 15 } },  { 2, 5, { 2, 1 } },
		{ 3, 6, { 5, 1 } },   { 4, 14, { 5, 8 } }, { 12, 15, { 12, 3 } }, { 13, 15, { 14, 1 } },
		{ 7, 7, { 0, 0 } },   { 3, 5, { 0, 0 } }, /* the same value */
	};
	json_t *all = answers();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_log_range range, again;
		struct tally_digests from, to, found;

		value_before(all, cases[i].from, &from);
		value_before(all, cases[i].to, &to);
		assert_int_equal(tally_log_range_find(&reader, &pcr10, 0, &from, &to, &range), TALLY_OK);
		assert_int_equal(range.first, cases[i].expected.first);
		assert_int_equal(range.count, cases[i].expected.count);
		assert_int_equal(tally_log_range_find(&reader, &pcr10, cases[i].from, &from, &to, &again), TALLY_OK);
		assert_memory_equal(&range, &again, sizeof(range));
		assert_int_equal(tally_log_range_replay(&reader, &pcr10, &range, &from, &found), TALLY_OK);
		assert_true(tally_digests_equal(&found, &to));
	}
	json_decref(all);
}

/* The register was extended by somebody else before: only at `begin` can the range be found. */
static void test_a_range_behind_anothers_extends(void **state)
{
	struct tally_digests from, to;
	struct tally_log_range range = { 5, 8 }, found;

	(void)state;
	banks_of_two(&from);
	from.digest[0].bytes[0] = 1;
	assert_int_equal(tally_log_range_replay(&reader, &pcr10, &range, &from, &to), TALLY_OK);
	assert_int_equal(tally_log_range_find(&reader, &pcr10, 5, &from, &to, &found), TALLY_OK);
	assert_memory_equal(&found, &range, sizeof(range));
	assert_int_equal(tally_log_range_find(&reader, &pcr10, 3, &from, &to, &found), TALLY_OK);
	assert_memory_equal(&found, &range, sizeof(range));
	assert_int_equal(tally_log_range_find(&reader, &pcr10, 0, &from, &to, &found), TALLY_NOT_FOUND);
	assert_int_equal(tally_log_range_find(&reader, &pcr10, 6, &from, &to, &found), TALLY_NOT_FOUND);
}

static void test_what_is_no_range(void **state)
{
	static const struct tally_log_range_register missing = { &set, TALLY_PCR_COUNT };
	static const struct tally_log_range beyond = { 0, LIST_RECORDS + 1 }, behind = { LIST_RECORDS, 1 },
					    huge = { 2, UINT64_MAX }, first = { 0, 1 };
	struct tally_log_reader ours = reader;
	struct tally_log_range range;
	struct tally_digests from, to, sm3 = { .count = 1, .digest = { { .alg = TALLY_SM3_256 } } };

	(void)state;
	banks_of_two(&from);
	to = from;
	assert_int_equal(tally_log_range_replay(&reader, &pcr10, &beyond, &from, &to), TALLY_NOT_FOUND);
	assert_int_equal(tally_log_range_replay(&reader, &pcr10, &behind, &from, &to), TALLY_NOT_FOUND);
	assert_int_equal(tally_log_range_replay(&reader, &pcr10, &huge, &from, &to), TALLY_NOT_FOUND);
	assert_int_equal(tally_log_range_replay(&reader, &missing, &first, &from, &to), TALLY_UNKNOWN_REGISTER);
	assert_int_equal(tally_log_range_replay(&reader, &pcr10, &first, &sm3, &to), TALLY_BANK_SET);
	assert_int_equal(tally_log_range_find(&reader, &pcr10, 0, &from, &sm3, &range), TALLY_BANK_SET);
	ours.is_ours = true;
	assert_int_equal(tally_log_range_replay(&ours, &pcr10, &first, &from, &to), TALLY_UNSUPPORTED);
	to.digest[1].bytes[0] = 1;
	assert_int_equal(tally_log_range_find(&ours, &pcr10, 0, &from, &to, &range), TALLY_UNSUPPORTED);
	assert_int_equal(tally_log_range_find(&reader, &pcr10, 0, &from, &to, &range), TALLY_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_range_is_replayed),
		cmocka_unit_test(test_a_range_is_found),
		cmocka_unit_test(test_a_range_behind_anothers_extends),
		cmocka_unit_test(test_what_is_no_range),
	};

	return cmocka_run_group_tests(tests, open_list, close_list);
}
