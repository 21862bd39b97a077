// SPDX-License-Identifier: BSD-2-Clause
/* Measurement lists of other projects, with what others say that they replay to. */
#include "test.h"

#include "../../core/replay.h"
#include "../../format/ima_list.h"
#include "vectors.h"

#define ROOM_SIZE (64 * 1024)

struct replayed {
	size_t record_count;
	size_t violation_count;
	struct tally_digests pcr10;
};

static struct tally_ima_reader open_list(struct tally_bytes list, enum tally_ima_form form, bool is_padded)
{
	static uint8_t room[ROOM_SIZE];
	struct tally_ima_options options = { .form = form, .is_padded = is_padded };
	struct tally_ima_reader reader;

	assert_int_equal(tally_ima_open(&reader, list, &options), TALLY_OK);
	tally_ima_lend(&reader, room, sizeof(room));
	return reader;
}

static enum tally_status replay_list(struct tally_ima_reader *reader, struct replayed *ret)
{
	enum tally_status status = TALLY_OK;
	bool is_end = false;

	memset(ret, 0, sizeof(*ret));
	while (status == TALLY_OK) {
		struct tally_record record;

		status = tally_ima_next(reader, &record, &is_end);
		if (status != TALLY_OK || is_end)
			break;
		if (ret->record_count++ == 0)
			tally_digests_zero(&ret->pcr10, &record.digests);
		ret->violation_count += tally_ima_is_violation(&record);
		assert_int_equal(tally_extend_value(TALLY_EXTEND_DIGEST, &ret->pcr10, &record.digests, &ret->pcr10),
				 TALLY_OK);
	}
	return status;
}

static void assert_answer_number(json_t *answers, const char *key, size_t value)
{
	assert_int_equal(json_integer_value(json_object_get(answers, key)), value);
}

static struct tally_bytes value_of(const struct replayed *replayed, uint16_t alg)
{
	const struct tally_digest *digest = tally_digests_find(&replayed->pcr10, alg);

	assert_non_null(digest);
	return tally_digest_bytes(digest);
}

/* The answers have the value of the list's own bank, and of SHA-256 where somebody computed it. */
static void check_ascii(const char *name)
{
	struct tally_bytes list = vector_bytes("ima", name, ".ima.txt");
	struct tally_ima_reader reader = open_list(list, TALLY_IMA_ASCII, false);
	char answers_name[256];
	struct replayed replayed;
	json_t *answers, *sha256;

	snprintf(answers_name, sizeof(answers_name), "%s.ima", name);
	answers = vector_answers("ima", answers_name);
	assert_true(tally_ima_looks_like(list, TALLY_IMA_ASCII));
	assert_int_equal(replay_list(&reader, &replayed), TALLY_OK);
	assert_answer_number(answers, "entries", replayed.record_count);
	assert_answer_number(answers, "violations", replayed.violation_count);
	assert_answer_hex(json_object_get(answers, "replay"), "10", value_of(&replayed, reader.options.alg));
	sha256 = json_object_get(answers, "replay_sha256_bank");
	if (json_object_size(sha256))
		assert_answer_hex(sha256, "10", value_of(&replayed, TALLY_SHA256));
	json_decref(answers);
	free_bytes(list);
}

static void test_ascii_lists(void **state)
{
	static const char *const names[] = { "keylime-sha1", "keylime-sha256", "keylime-sha384", "keylime-sha512",
					     "rust-keylime-fedora" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check_ascii(names[i]);
}

/* The answers beside it extend by SHA-256; SM3 is what Python's hashlib says. */
static void test_a_list_of_sm3(void **state)
{
	struct tally_bytes list = vector_bytes("ima", "keylime-sm3_256", ".ima.txt");
	struct tally_ima_reader reader = open_list(list, TALLY_IMA_ASCII, false);
	struct replayed replayed;

	(void)state;
	assert_int_equal(replay_list(&reader, &replayed), TALLY_OK);
	assert_int_equal(reader.options.alg, TALLY_SM3_256);
	assert_int_equal(replayed.violation_count, 1);
	assert_bytes_hex(value_of(&replayed, TALLY_SM3_256),
			 "9e6066a7981769154d79a1ce330020099eba2683e55729413b536a27bf517d81");
	free_bytes(list);
}

/* Two files end with the line feed of the text that they were kept in, which is none of the list's. */
static struct tally_bytes list_of(struct tally_bytes file, json_t *answers)
{
	size_t size = (size_t)json_integer_value(json_object_get(answers, "consumed"));

	assert_true(size == file.size || size + 1 == file.size);
	assert_true(size == file.size || file.data[size] == '\n');
	return tally_bytes(file.data, size);
}

static void check_binary(const char *name)
{
	struct tally_bytes file = vector_bytes("ima", name, ".ima.bin");
	char answers_name[256];
	json_t *answers;

	snprintf(answers_name, sizeof(answers_name), "%s.ima", name);
	answers = vector_answers("ima", answers_name);
	for (int is_padded = 0; is_padded <= 1; is_padded++) {
		struct tally_ima_reader reader = open_list(list_of(file, answers), TALLY_IMA_BINARY, is_padded);
		struct replayed replayed;

		assert_true(tally_ima_looks_like(file, TALLY_IMA_BINARY));
		assert_int_equal(replay_list(&reader, &replayed), TALLY_OK);
		assert_answer_number(answers, "entries", replayed.record_count);
		assert_answer_number(answers, "violations", replayed.violation_count);
		assert_answer_hex(answers, "pcr10_sha1", value_of(&replayed, TALLY_SHA1));
		/* Of a violation the answers know today's kernels only. */
		if (!is_padded || replayed.violation_count == 0)
			assert_answer_hex(answers,
					  is_padded ? "pcr10_sha256_old_kernels_zero_padded_sha1" : "pcr10_sha256",
					  value_of(&replayed, TALLY_SHA256));
	}
	json_decref(answers);
	free_bytes(file);
}

static void test_binary_lists(void **state)
{
	(void)state;
	check_binary("tpm2-tss-sml-ima-ng-sha1");
	check_binary("tpm2-tss-sml-ima-sha1");
	check_binary("tpm2-tss-sml-ima-sha1-invalidated");
}

/* Where reading ends, and after how many records. */
static void assert_refused(const char *folder, const char *name, const char *ending, enum tally_ima_form form,
			   enum tally_status expected, size_t expected_count)
{
	struct tally_bytes list = vector_bytes(folder, name, ending);
	struct tally_ima_reader reader = open_list(list, form, false);
	struct replayed replayed;

	assert_int_equal(replay_list(&reader, &replayed), expected);
	assert_int_equal(replayed.record_count, expected_count);
	free_bytes(list);
}

static void test_lists_that_are_refused(void **state)
{
	(void)state;
	/* It ends before the NUL of its last name. */
	assert_refused("ima", "tpm2-tss-sml-ima-ng-sha1-invalidated", ".ima.bin", TALLY_IMA_BINARY, TALLY_TRUNCATED, 0);
	assert_refused("ima", "tpm2-tss-sml-ima-ng-sha1", ".ima.bin", TALLY_IMA_BINARY, TALLY_TRUNCATED, 6);
	/* A hash that no kernel knows. */
	assert_refused("ima", "keylime-unknown", ".ima.txt", TALLY_IMA_ASCII, TALLY_UNKNOWN_ALGORITHM, 0);
	assert_refused("malformed", "rust-keylime-invalid-ima", ".txt", TALLY_IMA_ASCII, TALLY_NOT_CANONICAL, 0);
	assert_refused("malformed", "derived-public-ima-datalen-fffffff0", ".bin", TALLY_IMA_BINARY, TALLY_UNSUPPORTED,
		       0);
	assert_refused("malformed", "derived-public-ima-namelen-ffffffff", ".bin", TALLY_IMA_BINARY, TALLY_UNSUPPORTED,
		       0);
	assert_refused("malformed", "derived-public-ima-trunc-3", ".bin", TALLY_IMA_BINARY, TALLY_TRUNCATED, 0);
	assert_refused("malformed", "derived-public-ima-trunc-27", ".bin", TALLY_IMA_BINARY, TALLY_TRUNCATED, 0);
	assert_refused("malformed", "derived-public-ima-trunc-40", ".bin", TALLY_IMA_BINARY, TALLY_TRUNCATED, 0);
	assert_refused("malformed", "derived-public-ima-trunc-90", ".bin", TALLY_IMA_BINARY, TALLY_TRUNCATED, 1);
}

/* Lines of which two are made up: a signature that was not measured, a digest with a letter in it. */
static void test_single_lines(void **state)
{
	static const enum tally_status expected[] = {
		TALLY_OK,	TALLY_OK, TALLY_OK, TALLY_OK, TALLY_OK,
		TALLY_CHECKSUM, TALLY_OK, TALLY_OK, TALLY_OK, TALLY_NOT_CANONICAL
	};
	struct tally_bytes list = vector_bytes("ima", "keylime-unit-lines", ".ima.txt");
	struct tally_cursor lines = tally_cursor(list);

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const uint8_t *end = memchr(lines.left.data, '\n', lines.left.size);
		struct tally_ima_reader reader;
		struct replayed replayed;

		assert_non_null(end);
		reader = open_list(tally_read_bytes(&lines, (size_t)(end + 1 - lines.left.data)), TALLY_IMA_ASCII,
				   false);
		assert_int_equal(replay_list(&reader, &replayed), expected[i]);
	}
	assert_int_equal(tally_cursor_end(&lines), TALLY_OK);
	free_bytes(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ascii_lists),  cmocka_unit_test(test_a_list_of_sm3),
		cmocka_unit_test(test_binary_lists), cmocka_unit_test(test_lists_that_are_refused),
		cmocka_unit_test(test_single_lines),
	};

	if (vectors_are_missing())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
