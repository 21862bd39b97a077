// SPDX-License-Identifier: BSD-2-Clause
/* IMA measurement lists: known lists of every template, real ones, each damage, each prefix. */
#include "test.h"

#include "../../core/replay.h"
#include "../../format/ima_list.h"
#include "vectors.h"

#define ROOM_SIZE (256 * 1024)
#define LISTS "tests/vectors/ima/"

static uint8_t room[ROOM_SIZE];

static struct tally_ima_reader open_list(struct tally_bytes list, enum tally_ima_form form, bool is_padded)
{
	struct tally_ima_options options = { .form = form, .is_padded = is_padded };
	struct tally_ima_reader reader;

	assert_int_equal(tally_ima_open(&reader, list, &options), TALLY_OK);
	tally_ima_lend(&reader, room, sizeof(room));
	return reader;
}

static struct tally_digest digest_of_hex(const char *bank, const char *hex)
{
	struct tally_bytes bytes = hex_bytes(hex);
	struct tally_digest digest;

	assert_int_equal(tally_digest_set(&digest, tally_alg_from_name(tally_text(bank)), bytes), TALLY_OK);
	free_bytes(bytes);
	return digest;
}

static void assert_digest_hex(const struct tally_digests *digests, const char *bank, const char *hex)
{
	const struct tally_digest *digest = tally_digests_find(digests, tally_alg_from_name(tally_text(bank)));

	assert_non_null(digest);
	assert_bytes_hex(tally_digest_bytes(digest), hex);
}

static void extend(struct tally_digests *value, const struct tally_digests *digests)
{
	if (value->count == 0)
		tally_digests_zero(value, digests);
	assert_int_equal(tally_extend_value(TALLY_EXTEND_DIGEST, value, digests, value), TALLY_OK);
}

/* What the records of a list replay to, by PCR; count 0 where there is none. */
struct replayed {
	size_t record_count;
	size_t violation_count;
	struct tally_digests pcr[TALLY_PCR_COUNT];
};

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
		assert_int_equal(record.number, ret->record_count++);
		assert_true(record.is_measured && record.content_type == TALLY_CONTENT_IMA_TEMPLATE);
		ret->violation_count += tally_ima_is_violation(&record);
		extend(&ret->pcr[record.index], &record.digests);
	}
	return status;
}

static json_t *list_answers(void)
{
	struct tally_bytes text = source_bytes(LISTS "expected.json");
	json_t *answers = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(answers);
	free_bytes(text);
	return answers;
}

static struct tally_bytes list_bytes(const char *name, const char *bank, enum tally_ima_form form)
{
	char path[256];

	snprintf(path, sizeof(path), LISTS "%s.%s.%s", name, bank, form == TALLY_IMA_ASCII ? "txt" : "bin");
	return source_bytes(path);
}

static void assert_record_is(const struct tally_record *record, json_t *answer)
{
	struct tally_bytes name, data;
	const char *bank;
	json_t *digest;

	assert_int_equal(record->index, json_integer_value(json_object_get(answer, "pcr")));
	assert_int_equal(record->numbering, TALLY_NUMBERING_PCR);
	assert_int_equal(tally_ima_content_read(record->content, &name, &data), TALLY_OK);
	assert_bytes_equal(name, tally_text(json_string_value(json_object_get(answer, "template"))));
	assert_answer_hex(answer, "data", data);
	json_object_foreach(json_object_get(answer, "digests"), bank, digest)
		assert_digest_hex(&record->digests, bank, json_string_value(digest));
}

static void assert_records_are(struct tally_bytes list, enum tally_ima_form form, const char *bank, json_t *answers)
{
	struct tally_ima_reader reader = open_list(list, form, false);
	struct tally_record record;
	bool is_end = false;
	json_t *answer;
	size_t i;

	json_array_foreach(json_object_get(answers, "records"), i, answer)
	{
		assert_int_equal(tally_ima_next(&reader, &record, &is_end), TALLY_OK);
		assert_false(is_end);
		assert_int_equal(record.number, i);
		assert_ptr_equal(record.encoded.data, list.data + record.offset);
		assert_record_is(&record, answer);
	}
	assert_int_equal(tally_ima_next(&reader, &record, &is_end), TALLY_OK);
	assert_true(is_end);
	assert_int_equal(reader.options.alg, tally_alg_from_name(tally_text(bank)));
}

static void assert_replay_is(struct tally_bytes list, enum tally_ima_form form, bool is_padded, json_t *answers)
{
	struct tally_ima_reader reader = open_list(list, form, is_padded);
	struct replayed replayed;
	json_t *banks, *value;
	const char *pcr, *bank;

	assert_int_equal(replay_list(&reader, &replayed), TALLY_OK);
	assert_int_equal(replayed.violation_count, json_integer_value(json_object_get(answers, "violations")));
	json_object_foreach(json_object_get(answers, is_padded ? "padded" : "replay"), pcr, banks)
		json_object_foreach(banks, bank, value)
			assert_digest_hex(&replayed.pcr[atoi(pcr + 3)], bank, json_string_value(value));
}

static void test_lists_of_every_template(void **state)
{
	json_t *all = list_answers();
	json_t *answers, *bank;
	const char *name;
	size_t i;

	(void)state;
	json_object_foreach(all, name, answers)
	{
		json_array_foreach(json_object_get(answers, "banks"), i, bank)
		{
			for (int form = TALLY_IMA_BINARY; form <= TALLY_IMA_ASCII; form++) {
				struct tally_bytes list =
					list_bytes(name, json_string_value(bank), (enum tally_ima_form)form);

				assert_true(tally_ima_looks_like(list, (enum tally_ima_form)form));
				assert_records_are(list, (enum tally_ima_form)form, json_string_value(bank), answers);
				assert_replay_is(list, (enum tally_ima_form)form, false, answers);
				if (i == 0) /* SHA-1 is what was padded */
					assert_replay_is(list, (enum tally_ima_form)form, true, answers);
				free_bytes(list);
			}
		}
	}
	json_decref(all);
}

/* One record: PCR 10, ima-ng, sha256 of a file /bin/true. Its digests were computed with Python's hashlib. */
#define TRUE_DATA \
	"28000000 'sha256:'00 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 0a000000 '/bin/true'00"
#define TRUE_SHA1 "1aa5dc08360d3ed338086e2d9fdefa886f762284"
#define TRUE_SHA256 "37444908ebd798d0a723bdab11dc15afff5de21b5a369e1e5f44b2906f796466"
#define TRUE_SHA384 "4c9f9d0be45c8cf31c46e2b4e1db357a3a0b4cf371ee03cb61d397195b9c53d562227409a3e47d4ca0ac026bd9dae3cb"
#define TRUE_RECORD "0a000000" TRUE_SHA1 "06000000 'ima-ng' 3a000000" TRUE_DATA
#define TRUE_LINE \
	"10 " TRUE_SHA1 " ima-ng sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f /bin/true\n"

static void test_one_record(void **state)
{
	struct tally_bytes list = hex_bytes(TRUE_RECORD);
	struct tally_ima_reader reader = open_list(list, TALLY_IMA_BINARY, false);
	struct tally_ima_fields fields;
	struct tally_bytes name, data;
	struct tally_record record;
	bool is_end = true;

	(void)state;
	assert_int_equal(list.size, 96);
	assert_int_equal(tally_ima_next(&reader, &record, &is_end), TALLY_OK);
	assert_false(is_end);
	assert_digest_hex(&record.digests, "sha1", TRUE_SHA1);
	assert_digest_hex(&record.digests, "sha256", TRUE_SHA256);
	assert_digest_hex(&record.digests, "sha384", TRUE_SHA384);
	assert_bytes_hex(record.content, "00('ima-ng') 01(" TRUE_DATA ")");
	assert_int_equal(tally_ima_content_read(record.content, &name, &data), TALLY_OK);
	assert_int_equal(tally_ima_fields_read(name, data, TALLY_IMA_ORDER_ANY, &fields), TALLY_OK);
	assert_int_equal(fields.order, TALLY_IMA_LITTLE_ENDIAN);
	assert_bytes_equal(tally_ima_fields_digest(&fields)->alg, tally_text("sha256"));
	assert_bytes_hex(tally_ima_fields_digest(&fields)->value,
			 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
	assert_bytes_equal(tally_ima_fields_name(&fields)->value, tally_text("/bin/true"));
	assert_null(tally_ima_fields_find(&fields, TALLY_IMA_SIG));
	free_bytes(list);
}

static void test_what_is_extended(void **state)
{
	/* Of 32 bytes of zeros: this record, a violation, and what kernels before 5.8 made of this record. */
	static const struct {
		const char *list;
		bool is_padded;
		const char *expected;
	} cases[] = {
		{ TRUE_RECORD, false, "101943ba4ce019cc4097f7612ff8667fad09852b46eda73cda94b22bb0f1ce9c" },
		{ TRUE_RECORD, true, "6128fbb08668d4aefc0042b9211281de1683296bf37e216dff405cb7764347e0" },
		{ "0a000000 00000000 00000000 00000000 00000000 00000000 06000000 'ima-ng' 3a000000" TRUE_DATA, false,
		  "bba91ca85dc914b2ec3efb9e16e7267bf9193b14350d20fba8a8b406730ae30a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_bytes list = hex_bytes(cases[i].list);
		struct tally_ima_reader reader = open_list(list, TALLY_IMA_BINARY, cases[i].is_padded);
		struct replayed replayed;

		assert_int_equal(replay_list(&reader, &replayed), TALLY_OK);
		assert_digest_hex(&replayed.pcr[10], "sha256", cases[i].expected);
		free_bytes(list);
	}
}

static void test_the_first_template(void **state)
{
	struct tally_bytes list = hex_bytes("0a000000 6216d8a3acd1f66e18c408348cc823de7e44811d 03000000 'ima' "
					    "000102030405060708090a0b0c0d0e0f10111213 09000000 '/bin/true'");
	struct tally_ima_reader reader = open_list(list, TALLY_IMA_BINARY, false);
	struct replayed replayed;

	(void)state;
	assert_int_equal(replay_list(&reader, &replayed), TALLY_OK);
	assert_int_equal(replayed.record_count, 1);
	free_bytes(list);
}

/* The status that reading a list ends with, and how many records came before that. */
static enum tally_status read_status(struct tally_bytes list, const struct tally_ima_options *options,
				     size_t *ret_count)
{
	struct tally_bytes exact = exact_copy(list);
	struct tally_ima_reader reader;
	struct replayed replayed;
	enum tally_status status = tally_ima_open(&reader, exact, options);

	*ret_count = 0;
	if (status == TALLY_OK) {
		tally_ima_lend(&reader, room, sizeof(room));
		status = replay_list(&reader, &replayed);
		*ret_count = replayed.record_count;
	}
	free_bytes(exact);
	return status;
}

static void test_damaged_records(void **state)
{
	static const struct {
		const char *name;
		const char *list;
		enum tally_status expected;
	} cases[] = {
		{ "empty list", "", TALLY_OK },
		{ "PCR 24", "18000000" TRUE_SHA1 "06000000 'ima-ng' 3a000000" TRUE_DATA, TALLY_OUT_OF_RANGE },
		{ "digest of something else",
		  "0a000000 1aa5dc08360d3ed338086e2d9fdefa886f762285 06000000 'ima-ng' 3a000000" TRUE_DATA,
		  TALLY_CHECKSUM },
		{ "PCR is not hashed", "0b000000" TRUE_SHA1 "06000000 'ima-ng' 3a000000" TRUE_DATA, TALLY_OK },
		{ "template without a name", "0a000000" TRUE_SHA1 "00000000 3a000000" TRUE_DATA, TALLY_UNSUPPORTED },
		{ "unknown template", "0a000000" TRUE_SHA1 "06000000 'ima-nf' 3a000000" TRUE_DATA, TALLY_UNSUPPORTED },
		{ "unknown field", "0a000000" TRUE_SHA1 "06000000 'd-ng|x' 3a000000" TRUE_DATA, TALLY_UNSUPPORTED },
		{ "empty field name", "0a000000" TRUE_SHA1 "05000000 'd-ng|' 3a000000" TRUE_DATA, TALLY_UNSUPPORTED },
		{ "sixteen fields",
		  "0a000000" TRUE_SHA1 "1f000000 'n|n|n|n|n|n|n|n|n|n|n|n|n|n|n|n' 3a000000" TRUE_DATA,
		  TALLY_OUT_OF_RANGE },
		{ "name with its NUL", "0a000000" TRUE_SHA1 "07000000 'ima-ng'00 3a000000" TRUE_DATA,
		  TALLY_UNSUPPORTED },
		{ "name longer than names are", "0a000000" TRUE_SHA1 "00010000 'ima-ng' 3a000000" TRUE_DATA,
		  TALLY_OUT_OF_RANGE },
		{ "no data", "0a000000" TRUE_SHA1 "06000000 'ima-ng' 00000000", TALLY_OUT_OF_RANGE },
		{ "data larger than content may be", "0a000000" TRUE_SHA1 "06000000 'ima-ng' 01001000",
		  TALLY_TOO_LARGE },
		{ "data one byte short", "0a000000" TRUE_SHA1 "06000000 'ima-ng' 39000000" TRUE_DATA,
		  TALLY_OUT_OF_RANGE },
		{ "data one byte long", "0a000000" TRUE_SHA1 "06000000 'ima-ng' 3b000000" TRUE_DATA, TALLY_TRUNCATED },
		{ "a byte behind the fields", "0a000000" TRUE_SHA1 "06000000 'ima-ng' 3b000000" TRUE_DATA "00",
		  TALLY_TRAILING },
		{ "unknown hash",
		  "0a000000" TRUE_SHA1 "06000000 'ima-ng' 13000000 09000000 'sha25:'00 0001 02000000 'a'00",
		  TALLY_UNKNOWN_ALGORITHM },
		{ "digest of another size",
		  "0a000000" TRUE_SHA1 "06000000 'ima-ng' 13000000 09000000 'sha1:'00 000102 02000000 'a'00",
		  TALLY_DIGEST_SIZE },
		{ "no colon", "0a000000" TRUE_SHA1 "06000000 'ima-ng' 10000000 06000000 'sha1 '00 02000000 'a'00",
		  TALLY_OUT_OF_RANGE },
		{ "no NUL behind the colon",
		  "0a000000" TRUE_SHA1 "06000000 'ima-ng' 10000000 06000000 'sha1:'01 02000000 'a'00",
		  TALLY_OUT_OF_RANGE },
		{ "nothing behind the colon",
		  "0a000000" TRUE_SHA1 "06000000 'ima-ng' 0f000000 05000000 'sha1:' 02000000 'a'00",
		  TALLY_OUT_OF_RANGE },
		{ "empty digest field", "0a000000" TRUE_SHA1 "06000000 'ima-ng' 0a000000 00000000 02000000 'a'00",
		  TALLY_OUT_OF_RANGE },
		{ "name without its NUL", "0a000000" TRUE_SHA1 "03000000 'n|n' 0b000000 02000000 'a'00 01000000 'a'",
		  TALLY_NOT_CANONICAL },
		{ "name with two NULs", "0a000000" TRUE_SHA1 "04000000 'n-ng' 08000000 04000000 'a'00 'b'00",
		  TALLY_NOT_CANONICAL },
		{ "name with a NUL at both ends", "0a000000" TRUE_SHA1 "04000000 'n-ng' 07000000 03000000 'a'00 00",
		  TALLY_NOT_CANONICAL },
		{ "digest of unknown kind",
		  "0a000000" TRUE_SHA1 "08000000 'ima-ngv2' 28000000 1e000000 'imb:sha1:'00 "
		  "0000000000000000000000000000000000000001 02000000 'a'00",
		  TALLY_UNSUPPORTED },
		{ "digest without its kind",
		  "0a000000" TRUE_SHA1 "08000000 'ima-ngv2' 24000000 1a000000 'sha1:'00 "
		  "0000000000000000000000000000000000000001 02000000 'a'00",
		  TALLY_OUT_OF_RANGE },
		{ "user of five bytes", "0a000000" TRUE_SHA1 "04000000 'iuid' 09000000 05000000 0102030405",
		  TALLY_OUT_OF_RANGE },
		{ "user of three bytes", "0a000000" TRUE_SHA1 "04000000 'igid' 07000000 03000000 010203",
		  TALLY_OUT_OF_RANGE },
		{ "mode of four bytes", "0a000000" TRUE_SHA1 "05000000 'imode' 08000000 04000000 01020304",
		  TALLY_OUT_OF_RANGE },
		{ "odd list of lengths", "0a000000" TRUE_SHA1 "0c000000 'xattrlengths' 09000000 05000000 0102030405",
		  TALLY_OUT_OF_RANGE },
		{ "`d` of 19 bytes",
		  "0a000000" TRUE_SHA1 "01000000 'd' 17000000 13000000 00000000000000000000000000000000000001",
		  TALLY_DIGEST_SIZE },
		{ "long name in template ima",
		  "0a000000" TRUE_SHA1 "03000000 'ima' 000102030405060708090a0b0c0d0e0f10111213 00010000",
		  TALLY_OUT_OF_RANGE },
		{ "NUL in the name of template ima",
		  "0a000000" TRUE_SHA1 "03000000 'ima' 000102030405060708090a0b0c0d0e0f10111213 02000000 'a'00",
		  TALLY_NOT_CANONICAL },
		{ "big endian length in the data",
		  "0a000000" TRUE_SHA1 "06000000 'ima-ng' 0a000000 00000005 'sha1:' 02000000 'a'00",
		  TALLY_OUT_OF_RANGE },
	};
	struct tally_ima_options options = { .form = TALLY_IMA_BINARY,
					     .alg = TALLY_SHA1,
					     .order = TALLY_IMA_LITTLE_ENDIAN };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_bytes list = hex_bytes(cases[i].list);
		size_t count;

		if (read_status(list, &options, &count) != cases[i].expected)
			fail_msg("%s: %s", cases[i].name, tally_status_name(read_status(list, &options, &count)));
		free_bytes(list);
	}
}

static void test_damaged_lines(void **state)
{
	static const struct {
		const char *name;
		const char *list;
		enum tally_status expected;
	} cases[] = {
		{ "as it is", TRUE_LINE, TALLY_OK },
		{ "PCR 24", "24 " TRUE_SHA1 " n a\n", TALLY_OUT_OF_RANGE },
		{ "one digit", "9 " TRUE_SHA1 " n a\n", TALLY_NOT_CANONICAL },
		{ "leading zero", "09 " TRUE_SHA1 " n a\n", TALLY_NOT_CANONICAL },
		{ "two blanks", "10  " TRUE_SHA1 " n a\n", TALLY_NOT_CANONICAL },
		{ "upper case", "10 1AA5DC08360D3ED338086E2D9FDEFA886F762284 n a\n", TALLY_NOT_CANONICAL },
		{ "odd digits", "10 1aa5dc08360d3ed338086e2d9fdefa886f76228 n a\n", TALLY_NOT_CANONICAL },
		{ "digest of another bank", "10 " TRUE_SHA256 " n a\n", TALLY_DIGEST_SIZE },
		{ "no digest", "10  n a\n", TALLY_NOT_CANONICAL },
		{ "no template", "10 " TRUE_SHA1 "\n", TALLY_NOT_CANONICAL },
		{ "unknown template", "10 " TRUE_SHA1 " ima-nf a\n", TALLY_UNSUPPORTED },
		{ "empty line", "\n", TALLY_NOT_CANONICAL },
		{ "letters for a digest", "10 " TRUE_SHA1 " ima-ng sha1:g0 a\n", TALLY_NOT_CANONICAL },
		{ "no colon", "10 " TRUE_SHA1 " ima-ng 00 a\n", TALLY_NOT_CANONICAL },
		{ "unknown hash", "10 " TRUE_SHA1 " ima-ng sha2:00 a\n", TALLY_UNKNOWN_ALGORITHM },
		{ "signature of other letters", "10 " TRUE_SHA1 " sig|n xy a\n", TALLY_NOT_CANONICAL },
		{ "signature of odd digits", "10 " TRUE_SHA1 " sig|n 123 a\n", TALLY_NOT_CANONICAL },
		{ "number too large", "10 " TRUE_SHA1 " iuid 4294967296\n", TALLY_OUT_OF_RANGE },
		{ "number too long", "10 " TRUE_SHA1 " iuid 11111111111\n", TALLY_NOT_CANONICAL },
		{ "number with a zero before it", "10 " TRUE_SHA1 " iuid 01\n", TALLY_NOT_CANONICAL },
		{ "number with a sign", "10 " TRUE_SHA1 " iuid -1\n", TALLY_NOT_CANONICAL },
		{ "mode too large", "10 " TRUE_SHA1 " imode 65536\n", TALLY_OUT_OF_RANGE },
		{ "a field too many", "10 " TRUE_SHA1 " iuid 1 2\n", TALLY_NOT_CANONICAL },
		{ "a blank too many", "10 " TRUE_SHA1 " iuid 1 \n", TALLY_NOT_CANONICAL },
		{ "carriage return",
		  "10 " TRUE_SHA1 " ima-ng sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a"
		  "1b1c1d1e1f /bin/true\r\n",
		  TALLY_CHECKSUM },
		{ "another name",
		  "10 " TRUE_SHA1 " ima-ng sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a"
		  "1b1c1d1e1f /bin/false\n",
		  TALLY_CHECKSUM },
		{ "no end of line", "10 " TRUE_SHA1 " n a", TALLY_TRUNCATED },
	};
	struct tally_ima_options options = { .form = TALLY_IMA_ASCII,
					     .alg = TALLY_SHA1,
					     .order = TALLY_IMA_LITTLE_ENDIAN };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t count;

		if (read_status(tally_text(cases[i].list), &options, &count) != cases[i].expected)
			fail_msg("%s: %s", cases[i].name,
				 tally_status_name(read_status(tally_text(cases[i].list), &options, &count)));
	}
}

/* A prefix ends inside a record, or is a shorter list. Of a line cut in its last field the digest tells. */
static void assert_prefixes_are_refused(const char *name, const char *bank, enum tally_ima_form form)
{
	struct tally_bytes list = list_bytes(name, bank, form);
	struct tally_ima_options options = { .form = form,
					     .alg = tally_alg_from_name(tally_text(bank)),
					     .order = TALLY_IMA_LITTLE_ENDIAN };
	struct tally_ima_reader reader = open_list(list, form, false);
	size_t boundary = 0;

	for (size_t size = 0, read = 0; size < list.size; size++) {
		struct tally_record record;
		bool is_end = false;
		size_t count;

		if (size == boundary) {
			assert_int_equal(read_status(tally_bytes(list.data, size), &options, &count), TALLY_OK);
			assert_int_equal(tally_ima_next(&reader, &record, &is_end), TALLY_OK);
			boundary = (size_t)record.offset + record.encoded.size;
			assert_int_equal(count, read++);
			continue;
		}
		assert_int_equal(read_status(tally_bytes(list.data, size), &options, &count), TALLY_TRUNCATED);
		assert_int_equal(count, read - 1);
	}
	free_bytes(list);
}

static void test_every_prefix(void **state)
{
	(void)state;
	assert_prefixes_are_refused("templates", "sha1", TALLY_IMA_BINARY);
	assert_prefixes_are_refused("templates", "sha512", TALLY_IMA_BINARY);
	assert_prefixes_are_refused("templates", "sha1", TALLY_IMA_ASCII);
	assert_prefixes_are_refused("first", "sha1", TALLY_IMA_BINARY);
	assert_prefixes_are_refused("first", "sha1", TALLY_IMA_ASCII);
	assert_prefixes_are_refused("violations", "sha1", TALLY_IMA_BINARY);
}

/* Each bit of a list of one record is its digest's business, but for the PCR. */
static void test_every_bit(void **state)
{
	struct tally_ima_options options = { .form = TALLY_IMA_BINARY };
	struct tally_bytes list = hex_bytes(TRUE_RECORD);
	uint8_t copy[96];
	size_t count;

	(void)state;
	assert_int_equal(list.size, sizeof(copy));
	for (size_t bit = 32; bit < 8 * sizeof(copy); bit++) {
		memcpy(copy, list.data, sizeof(copy));
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(read_status(tally_bytes(copy, sizeof(copy)), &options, &count), TALLY_OK);
	}
	free_bytes(list);
}

/* Editors cut blanks at the end of a line; the digest shows that nothing else is missing. */
static void test_blanks_that_are_cut(void **state)
{
	struct tally_bytes list = list_bytes("templates", "sha256", TALLY_IMA_ASCII);
	uint8_t *cut = malloc(list.size);
	json_t *all = list_answers();
	size_t size = 0;

	(void)state;
	assert_non_null(cut);
	for (size_t i = 0; i < list.size; i++) {
		while (list.data[i] == '\n' && size > 0 && cut[size - 1] == ' ')
			size--;
		cut[size++] = list.data[i];
	}
	assert_true(size < list.size);
	assert_records_are(tally_bytes(cut, size), TALLY_IMA_ASCII, "sha256", json_object_get(all, "templates"));
	json_decref(all);
	free_bytes(list);
	free(cut);
}

static void test_room(void **state)
{
	struct tally_ima_options options = { .form = TALLY_IMA_ASCII };
	struct tally_ima_reader reader;
	struct tally_record record;
	uint8_t little[78]; /* 5 + 6 + 5 + 58 are needed */
	bool is_end;

	(void)state;
	for (size_t size = 0; size < sizeof(little); size++) {
		assert_int_equal(tally_ima_open(&reader, tally_text(TRUE_LINE), &options), TALLY_OK);
		tally_ima_lend(&reader, little, size);
		assert_int_equal(tally_ima_next(&reader, &record, &is_end), size < 74 ? TALLY_NO_SPACE : TALLY_OK);
	}
}

static void test_a_binary_list_without_room(void **state)
{
	struct tally_ima_options options = { .form = TALLY_IMA_BINARY };
	struct tally_bytes list = hex_bytes(TRUE_RECORD);
	struct tally_ima_reader reader;
	struct tally_record record;
	uint8_t little[70];
	bool is_end;

	(void)state;
	assert_int_equal(tally_ima_open(&reader, list, &options), TALLY_OK);
	assert_int_equal(tally_ima_next(&reader, &record, &is_end), TALLY_OK);
	assert_digest_hex(&record.digests, "sha256", TRUE_SHA256);
	assert_int_equal(record.content.size, 0);
	assert_int_equal(tally_ima_open(&reader, list, &options), TALLY_OK);
	tally_ima_lend(&reader, little, sizeof(little));
	assert_int_equal(tally_ima_next(&reader, &record, &is_end), TALLY_NO_SPACE);
	free_bytes(list);
}

static void test_what_is_no_list(void **state)
{
	static const char *const cases[] = {
		"", "0", "10 ", "this is no list\n", TRUE_SHA1, "10 " TRUE_SHA1 " none a\n"
	};
	struct tally_ima_options options = { .form = TALLY_IMA_BINARY };
	struct tally_ima_reader reader;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(tally_ima_looks_like(tally_text(cases[i]), TALLY_IMA_BINARY));
		assert_false(tally_ima_looks_like(tally_text(cases[i]), TALLY_IMA_ASCII));
	}
	assert_false(tally_ima_looks_like(tally_text(TRUE_LINE), TALLY_IMA_BINARY));
	options.alg = 1;
	assert_int_equal(tally_ima_open(&reader, tally_text(""), &options), TALLY_INVALID);
	options.alg = 0;
	options.form = 0;
	assert_int_equal(tally_ima_open(&reader, tally_text(""), &options), TALLY_INVALID);
}

static void test_contents(void **state)
{
	static const struct {
		const char *content;
		enum tally_status expected;
	} cases[] = {
		{ "00('ima-ng') 01('data')", TALLY_OK },
		{ "01('data') 00('ima-ng')", TALLY_OK },
		{ "00('ima-ng')", TALLY_TRUNCATED },
		{ "00('ima-ng') 00('data')", TALLY_DISORDER },
		{ "01('data') 01('data')", TALLY_DISORDER },
		{ "00('ima-ng') 02('data')", TALLY_DISORDER },
		{ "00('ima-ng') 01('data') 00", TALLY_TRAILING },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_bytes content = hex_bytes(cases[i].content);
		struct tally_bytes name, data;

		assert_int_equal(tally_ima_content_read(content, &name, &data), cases[i].expected);
		if (cases[i].expected == TALLY_OK) {
			assert_bytes_equal(name, tally_text("ima-ng"));
			assert_bytes_equal(data, tally_text("data"));
		}
		free_bytes(content);
	}
}

static void test_boot_aggregate_of_zeros(void **state)
{
	static const struct {
		const char *bank;
		const char *zero;
		const char *expected;
	} cases[] = {
		{ "sha1", "0000000000000000000000000000000000000000", "9797edf8d0eed36b1cf92547816051c8af4e45ee" },
		{ "sha256", "0000000000000000000000000000000000000000000000000000000000000000",
		  "7b6436b0c98f62380866d9432c2af0ee08ce16a171bda6951aecd95ee1307d61" },
	};
	struct tally_digest pcrs[TALLY_IMA_AGGREGATE_PCRS];
	struct tally_digest aggregate;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t pcr = 0; pcr < TALLY_IMA_AGGREGATE_PCRS; pcr++)
			pcrs[pcr] = digest_of_hex(cases[i].bank, cases[i].zero);
		assert_int_equal(tally_ima_boot_aggregate(pcrs[0].alg, pcrs, &aggregate), TALLY_OK);
		assert_bytes_hex(tally_digest_bytes(&aggregate), cases[i].expected);
	}
	assert_int_equal(tally_ima_boot_aggregate(TALLY_SHA1, pcrs, &aggregate), TALLY_BANK_SET);
	assert_int_equal(tally_ima_boot_aggregate(1, pcrs, &aggregate), TALLY_UNKNOWN_ALGORITHM);
}

/* PCR number of a bank of the recorded boot: digests without framing, one behind the other. */
static struct tally_digest recorded_pcr(const char *bank, size_t pcr)
{
	uint16_t alg = tally_alg_from_name(tally_text(bank));
	struct tally_digest digest;
	struct tally_bytes values;
	char path[128];

	snprintf(path, sizeof(path), "tests/vectors/boot/ovmf-swtpm/pcrs.%s.bin", bank);
	values = source_bytes(path);
	assert_int_equal(values.size, TALLY_PCR_COUNT * tally_alg_size(alg));
	assert_int_equal(tally_digest_set(&digest, alg,
					  tally_bytes(values.data + pcr * tally_alg_size(alg), tally_alg_size(alg))),
			 TALLY_OK);
	free_bytes(values);
	return digest;
}

/* The kernel's own list, the TPM's own values. */
static void test_the_recorded_boot(void **state)
{
	static const char *const banks[] = { "sha1", "sha256", "sha384", "sha512" };
	struct tally_bytes list = source_bytes("tests/vectors/boot/ovmf-swtpm/ima.bin");
	struct tally_ima_reader reader = open_list(list, TALLY_IMA_BINARY, false);
	struct tally_digest pcrs[TALLY_IMA_AGGREGATE_PCRS];
	struct tally_digests value = { .count = 0 };
	struct tally_digest aggregate, held;
	struct tally_bytes name, data;
	struct tally_ima_fields fields;
	struct tally_record record;
	bool is_end;

	(void)state;
	assert_int_equal(tally_ima_next(&reader, &record, &is_end), TALLY_OK);
	extend(&value, &record.digests);
	for (size_t i = 0; i < sizeof(banks) / sizeof(banks[0]); i++) {
		held = recorded_pcr(banks[i], 10);
		assert_true(tally_digest_equal(tally_digests_find(&value, held.alg), &held));
	}
	for (size_t pcr = 0; pcr < TALLY_IMA_AGGREGATE_PCRS; pcr++)
		pcrs[pcr] = recorded_pcr("sha256", pcr);
	assert_int_equal(tally_ima_content_read(record.content, &name, &data), TALLY_OK);
	assert_int_equal(tally_ima_fields_read(name, data, TALLY_IMA_ORDER_ANY, &fields), TALLY_OK);
	assert_bytes_equal(tally_ima_fields_name(&fields)->value, tally_text("boot_aggregate"));
	assert_bytes_equal(tally_ima_fields_digest(&fields)->alg, tally_text("sha256"));
	assert_int_equal(tally_ima_boot_aggregate(TALLY_SHA256, pcrs, &aggregate), TALLY_OK);
	assert_bytes_equal(tally_ima_fields_digest(&fields)->value, tally_digest_bytes(&aggregate));
	free_bytes(list);
}

static void test_field_names(void **state)
{
	(void)state;
	assert_string_equal(tally_ima_field_name(TALLY_IMA_D), "d");
	assert_string_equal(tally_ima_field_name(TALLY_IMA_IMODE), "imode");
	assert_null(tally_ima_field_name((enum tally_ima_field_type)17));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_of_every_template),
		cmocka_unit_test(test_one_record),
		cmocka_unit_test(test_what_is_extended),
		cmocka_unit_test(test_the_first_template),
		cmocka_unit_test(test_damaged_records),
		cmocka_unit_test(test_damaged_lines),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_blanks_that_are_cut),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_a_binary_list_without_room),
		cmocka_unit_test(test_what_is_no_list),
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_boot_aggregate_of_zeros),
		cmocka_unit_test(test_the_recorded_boot),
		cmocka_unit_test(test_field_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
