// SPDX-License-Identifier: BSD-2-Clause
/* CEL-TLV: worked examples, every field's damage, what other producers write, and what we write. */
#include "hex.h"

#include "../../format/cel_tlv.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ABC_SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define ABC_SHA1 "a9993e364706816aba3e25717850c26c9cd0d89d"
#define ZERO_SHA256 "0000000000000000000000000000000000000000000000000000000000000000"
#define COS_SHA384                                         \
	"bb9f1ae3dc5abfeb5563e8d8f490870e51c44097b1bf5863" \
	"bdd17ca130149c060c0363c9160ca1441650c205e4f58da1"

/* Parts of a record: number 0, PCR 10, SHA-256 of "abc", EV_EVENT_TAG with "abc". */
#define NUMBER "00 00000001 00"
#define INDEX "01 00000001 0a"
#define DIGESTS "03 00000025 0b 00000020" ABC_SHA256
#define CONTENT "05 0000000e 00 00000001 06 01 00000003 616263"
#define EXAMPLE NUMBER INDEX DIGESTS CONTENT

/* spec: TCG CEL worked examples of this form; the third is Google's dialect, canonical in our sense too. */
#define EXAMPLE_VERSION                                             \
	NUMBER "01 00000001 00 03 00000025 0b 00000020" ZERO_SHA256 \
	       "04 00000011 01 0000000c 00 00000001 01 01 00000001 00"
#define EXAMPLE_COS                                                                      \
	"00 00000008 0000000000000000 6c 00000001 04 03 00000035 0c 00000030" COS_SHA384 \
	"50 00000012 00 0000000d 646f636b65722e696f2f783a31"

static enum tally_status read_one(struct tally_bytes input, struct tally_record *ret)
{
	struct tally_cursor cursor = tally_cursor(input);
	enum tally_status status = tally_cel_read(&cursor, TALLY_NUMBERING_PCR, ret);

	assert_int_equal(status, cursor.status);
	return status == TALLY_OK ? tally_cursor_end(&cursor) : status;
}

static enum tally_status read_hex(const char *hex)
{
	struct tally_bytes input = hex_bytes(hex);
	struct tally_record record;
	enum tally_status status = read_one(input, &record);

	free_bytes(input);
	return status;
}

static void worked_examples_read(void **state)
{
	struct tally_bytes input = hex_bytes(EXAMPLE);
	struct tally_record record;

	(void)state;
	assert_int_equal(input.size, 73);
	assert_int_equal(read_one(input, &record), TALLY_OK);
	assert_int_equal(record.number, 0);
	assert_int_equal(record.offset, 0);
	assert_int_equal(record.numbering, TALLY_NUMBERING_PCR);
	assert_int_equal(record.index, 10);
	assert_int_equal(record.content_type, TALLY_CONTENT_PCCLIENT_STD);
	assert_int_equal(record.event_type, TALLY_EV_EVENT_TAG);
	assert_true(record.is_measured);
	assert_int_equal(record.digests.count, 1);
	assert_int_equal(record.digests.digest[0].alg, TALLY_SHA256);
	assert_bytes_hex(tally_digest_bytes(&record.digests.digest[0]), ABC_SHA256);
	assert_bytes_hex(record.content, "616263");
	assert_bytes_equal(record.encoded, input);
	free_bytes(input);

	input = hex_bytes(EXAMPLE_VERSION);
	assert_int_equal(input.size, 76);
	assert_int_equal(read_one(input, &record), TALLY_OK);
	assert_int_equal(record.content_type, TALLY_CONTENT_CEL);
	assert_false(record.is_measured);
	assert_true(tally_digests_are_zero(&record.digests));
	free_bytes(input);
}

/* Whole structs compare: nothing of an earlier record may stay behind. */
static void digests_are_zero_where_they_hold_nothing(void **state)
{
	struct tally_bytes input = hex_bytes(EXAMPLE);
	struct tally_digests expected = { .count = 1 };
	struct tally_bytes digest = hex_bytes(ABC_SHA256);
	struct tally_record record;

	(void)state;
	memset(&record, 0xaa, sizeof(record));
	assert_int_equal(read_one(input, &record), TALLY_OK);
	expected.digest[0].alg = TALLY_SHA256;
	memcpy(expected.digest[0].bytes, digest.data, digest.size);
	assert_memory_equal(record.digests.digest, expected.digest, sizeof(expected.digest));
	free_bytes(digest);
	free_bytes(input);
}

static void google_example_reads_and_its_digest_is_right(void **state)
{
	struct tally_bytes input = hex_bytes(EXAMPLE_COS);
	struct tally_record record;
	struct tally_digests digests;

	(void)state;
	assert_int_equal(input.size, 100);
	assert_int_equal(read_one(input, &record), TALLY_OK);
	assert_int_equal(record.numbering, TALLY_NUMBERING_CC_MR);
	assert_int_equal(record.index, 4);
	assert_int_equal(record.content_type, TALLY_CONTENT_COS);
	assert_true(record.is_measured);
	/* Google hashes the whole content element, header included: the last 5 + 18 bytes. */
	assert_int_equal(tally_digests_hash(&digests, &record.digests, tally_bytes(input.data + 77, 23)), TALLY_OK);
	assert_true(tally_digests_equal(&digests, &record.digests));
	free_bytes(input);
}

static void what_other_producers_write_reads(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_numbering numbering;
		uint64_t number;
		uint32_t index;
		size_t digest_count;
		bool is_measured;
	} cases[] = {
		{ "four-byte integers",
		  "00 00000004 01020304 01 00000004 00000017" DIGESTS
		  "05 00000011 00 00000004 00000006 01 00000003 616263",
		  TALLY_NUMBERING_PCR, 0x01020304, 23, 1, true },
		{ "eight-byte number", "00 00000008 ffffffffffffffff" INDEX DIGESTS CONTENT, TALLY_NUMBERING_PCR,
		  UINT64_MAX, 10, 1, true },
		{ "NV index", NUMBER "02 00000004 01c40200" DIGESTS CONTENT, TALLY_NUMBERING_NV, 0, 0x01c40200, 1,
		  true },
		{ "CC measurement register", NUMBER "6c 00000001 02" DIGESTS CONTENT, TALLY_NUMBERING_CC_MR, 0, 2, 1,
		  true },
		{ "data before event type", NUMBER INDEX DIGESTS "05 0000000e 01 00000003 616263 00 00000001 06",
		  TALLY_NUMBERING_PCR, 0, 10, 1, true },
		{ "EV_NO_ACTION", NUMBER INDEX DIGESTS "05 0000000b 00 00000001 03 01 00000000", TALLY_NUMBERING_PCR, 0,
		  10, 1, false },
		{ "digests descending",
		  NUMBER INDEX "03 0000003e 0b 00000020" ABC_SHA256 "04 00000014" ABC_SHA1 CONTENT, TALLY_NUMBERING_PCR,
		  0, 10, 2, true },
		{ "an unknown algorithm beside a known one",
		  NUMBER INDEX "03 0000002c 27 00000002 abcd 0b 00000020" ABC_SHA256 CONTENT, TALLY_NUMBERING_PCR, 0,
		  10, 1, true },
		{ "firmware_end", NUMBER INDEX DIGESTS "04 00000005 02 00000000", TALLY_NUMBERING_PCR, 0, 10, 1,
		  false },
		{ "timestamp", NUMBER INDEX DIGESTS "04 00000007 50 00000002 1234", TALLY_NUMBERING_PCR, 0, 10, 1,
		  true },
		{ "state transition", NUMBER INDEX DIGESTS "04 00000006 51 00000001 02", TALLY_NUMBERING_PCR, 0, 10, 1,
		  true },
		{ "version and firmware_end in one record",
		  NUMBER INDEX DIGESTS "04 00000016 01 0000000c 00 00000001 01 01 00000001 00 02 00000000",
		  TALLY_NUMBERING_PCR, 0, 10, 1, false },
		{ "firmware_end and a timestamp in one record",
		  NUMBER INDEX DIGESTS "04 0000000b 02 00000000 50 00000001 07", TALLY_NUMBERING_PCR, 0, 10, 1, true },
		{ "management type of a later version", NUMBER INDEX DIGESTS "04 00000005 63 00000000",
		  TALLY_NUMBERING_PCR, 0, 10, 1, true },
		{ "ima_template", NUMBER INDEX DIGESTS "07 00000011 00 00000006 696d612d6e67 01 00000001 ff",
		  TALLY_NUMBERING_PCR, 0, 10, 1, true },
		{ "ima_tlv, kept raw", NUMBER INDEX DIGESTS "08 00000001 ff", TALLY_NUMBERING_PCR, 0, 10, 1, true },
		{ "systemd, kept raw", NUMBER INDEX DIGESTS "09 00000003 616263", TALLY_NUMBERING_PCR, 0, 10, 1, true },
		{ "unknown content, kept raw", NUMBER INDEX DIGESTS "c8 00000000", TALLY_NUMBERING_PCR, 0, 10, 1,
		  true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes input = hex_bytes(cases[i].hex);
		struct tally_record record;
		enum tally_status status = read_one(input, &record);

		if (status != TALLY_OK || record.is_measured != cases[i].is_measured)
			fail_msg("%s: %s", cases[i].name, tally_status_message(status));
		assert_int_equal(record.numbering, cases[i].numbering);
		assert_true(record.number == cases[i].number);
		assert_int_equal(record.index, cases[i].index);
		assert_int_equal(record.digests.count, cases[i].digest_count);
		free_bytes(input);
	}
}

static void damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} cases[] = {
		{ "nothing", "", TALLY_TRUNCATED },
		{ "a byte behind", EXAMPLE "00", TALLY_TRAILING },
		{ "number missing", INDEX DIGESTS CONTENT, TALLY_DISORDER },
		{ "number twice", NUMBER NUMBER INDEX DIGESTS CONTENT, TALLY_DISORDER },
		{ "number of no bytes", "00 00000000" INDEX DIGESTS CONTENT, TALLY_OUT_OF_RANGE },
		{ "number of nine bytes", "00 00000009 000000000000000000" INDEX DIGESTS CONTENT, TALLY_OUT_OF_RANGE },
		{ "number longer than the input", "00 ffffffff" INDEX DIGESTS CONTENT, TALLY_OUT_OF_RANGE },
		{ "index missing", NUMBER DIGESTS CONTENT, TALLY_DISORDER },
		{ "both indexes", NUMBER INDEX "02 00000001 00" DIGESTS CONTENT, TALLY_DISORDER },
		{ "index of another tag", NUMBER "6b 00000001 0a" DIGESTS CONTENT, TALLY_DISORDER },
		{ "index of no bytes", NUMBER "01 00000000" DIGESTS CONTENT, TALLY_OUT_OF_RANGE },
		{ "index of five bytes", NUMBER "01 00000005 000000000a" DIGESTS CONTENT, TALLY_OUT_OF_RANGE },
		{ "PCR beyond handles", NUMBER "01 00000004 01000000" DIGESTS CONTENT, TALLY_OUT_OF_RANGE },
		{ "digests missing", NUMBER INDEX CONTENT, TALLY_DISORDER },
		{ "digests behind content", NUMBER INDEX CONTENT DIGESTS, TALLY_DISORDER },
		{ "digests empty", NUMBER INDEX "03 00000000" CONTENT, TALLY_OUT_OF_RANGE },
		{ "digests absurdly long", NUMBER INDEX "03 00000452 0b 00000020" ABC_SHA256 CONTENT,
		  TALLY_OUT_OF_RANGE },
		{ "digest over the list's end", NUMBER INDEX "03 00000025 0b 00000021" ABC_SHA256 CONTENT,
		  TALLY_OUT_OF_RANGE },
		{ "digest with a length over all", NUMBER INDEX "03 00000025 0b ffffffff" ABC_SHA256 CONTENT,
		  TALLY_OUT_OF_RANGE },
		{ "digest list with half a header", NUMBER INDEX "03 00000027 0b 00000020" ABC_SHA256 "0400" CONTENT,
		  TALLY_OUT_OF_RANGE },
		{ "digest too short", NUMBER INDEX "03 00000019 0b 00000014" ABC_SHA1 CONTENT, TALLY_DIGEST_SIZE },
		{ "digest too long", NUMBER INDEX "03 00000025 04 00000020" ABC_SHA256 CONTENT, TALLY_DIGEST_SIZE },
		{ "digest of an algorithm twice",
		  NUMBER INDEX "03 0000004a 0b 00000020" ABC_SHA256 "0b 00000020" ABC_SHA256 CONTENT, TALLY_DUPLICATE },
		{ "unknown algorithm twice",
		  NUMBER INDEX "03 0000002f 27 00000000 0b 00000020" ABC_SHA256 "27 00000000" CONTENT,
		  TALLY_DUPLICATE },
		{ "no known algorithm", NUMBER INDEX "03 00000025 27 00000020" ABC_SHA256 CONTENT,
		  TALLY_UNKNOWN_ALGORITHM },
		{ "content missing, next record", NUMBER INDEX DIGESTS EXAMPLE, TALLY_DISORDER },
		{ "reserved content type", NUMBER INDEX DIGESTS "06 00000000", TALLY_UNSUPPORTED },
		{ "content longer than any", NUMBER INDEX DIGESTS "05 0011000f 00", TALLY_OUT_OF_RANGE },
		{ "event type missing", NUMBER INDEX DIGESTS "05 00000008 01 00000003 616263", TALLY_OUT_OF_RANGE },
		{ "event type twice", NUMBER INDEX DIGESTS "05 0000000c 00 00000001 06 00 00000001 06",
		  TALLY_DUPLICATE },
		{ "event data twice", NUMBER INDEX DIGESTS "05 0000000a 01 00000000 01 00000000", TALLY_DUPLICATE },
		{ "event type of no bytes", NUMBER INDEX DIGESTS "05 0000000a 00 00000000 01 00000000",
		  TALLY_OUT_OF_RANGE },
		{ "event type of five bytes", NUMBER INDEX DIGESTS "05 0000000f 00 00000005 0000000006 01 00000000",
		  TALLY_OUT_OF_RANGE },
		{ "third field", NUMBER INDEX DIGESTS "05 00000010 00 00000001 06 01 00000000 02 00000000",
		  TALLY_TRAILING },
		{ "field of another tag", NUMBER INDEX DIGESTS "05 0000000b 00 00000001 06 02 00000000",
		  TALLY_UNSUPPORTED },
		{ "event data over the content's end", NUMBER INDEX DIGESTS "05 0000000b 00 00000001 06 01 00000001 ff",
		  TALLY_OUT_OF_RANGE },
		{ "management empty", NUMBER INDEX DIGESTS "04 00000000", TALLY_OUT_OF_RANGE },
		{ "version without minor", NUMBER INDEX DIGESTS "04 0000000b 01 00000006 00 00000001 01",
		  TALLY_OUT_OF_RANGE },
		{ "version of three bytes",
		  NUMBER INDEX DIGESTS "04 00000013 01 0000000e 00 00000003 000001 01 00000001 00",
		  TALLY_OUT_OF_RANGE },
		{ "firmware_end with data", NUMBER INDEX DIGESTS "04 00000006 02 00000001 00", TALLY_TRAILING },
		{ "timestamp of nine bytes", NUMBER INDEX DIGESTS "04 0000000e 50 00000009 000000000000000000",
		  TALLY_OUT_OF_RANGE },
		{ "state transition of five bytes", NUMBER INDEX DIGESTS "04 0000000a 51 00000005 0000000000",
		  TALLY_OUT_OF_RANGE },
		{ "ima_template without data", NUMBER INDEX DIGESTS "07 0000000b 00 00000006 696d612d6e67",
		  TALLY_OUT_OF_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum tally_status status = read_hex(cases[i].hex);

		if (status != cases[i].expected)
			fail_msg("%s: %s", cases[i].name, tally_status_message(status));
	}
}

/* A torn tail must be told from damage: every prefix is truncated, and nothing else is. */
static void every_prefix_is_truncated(void **state)
{
	static const char *const examples[] = {
		EXAMPLE,
		EXAMPLE_VERSION,
		EXAMPLE_COS,
		"00 00000004 01020304 02 00000004 01c40200 03 0000003e 0b 00000020" ABC_SHA256
		"04 00000014" ABC_SHA1 CONTENT,
	};

	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++) {
		struct tally_bytes whole = hex_bytes(examples[i]);

		for (size_t size = 0; size < whole.size; size++) {
			struct tally_bytes prefix = exact_copy(tally_bytes(whole.data, size));
			struct tally_record record = { .number = 77 };

			assert_int_equal(read_one(prefix, &record), TALLY_TRUNCATED);
			assert_int_equal(record.number, 77);
			free_bytes(prefix);
		}
		free_bytes(whole);
	}
}

static void sixteen_management_elements_and_no_more(void **state)
{
	char hex[600];

	(void)state;
	for (unsigned count = 16; count <= 17; count++) {
		int at = snprintf(hex, sizeof(hex), "%s%s%s 04 %08x", NUMBER, INDEX, DIGESTS, count * 5);

		for (unsigned i = 0; i < count; i++)
			at += snprintf(hex + at, sizeof(hex) - (size_t)at, "02 00000000");
		assert_int_equal(read_hex(hex), count == 16 ? TALLY_OK : TALLY_OUT_OF_RANGE);
	}
}

/* Writes the record into a heap block of exactly its size. */
static struct tally_bytes written(const struct tally_record *record)
{
	struct tally_writer measure = tally_writer(NULL, 0);
	struct tally_writer writer;
	uint8_t *data;

	tally_cel_write(&measure, record);
	assert_int_equal(measure.status, TALLY_NO_SPACE);
	data = malloc(measure.size);
	assert_non_null(data);
	writer = tally_writer(data, measure.size);
	tally_cel_write(&writer, record);
	assert_int_equal(writer.status, TALLY_OK);
	return tally_bytes(data, writer.size);
}

static void what_we_write_is_canonical(void **state)
{
	static const struct {
		const char *read;
		const char *written;
	} cases[] = {
		{ EXAMPLE, "00 00000008 0000000000000000 01 00000001 0a" DIGESTS
			   "05 00000011 00 00000004 00000006 01 00000003 616263" },
		{ EXAMPLE_VERSION, "00 00000008 0000000000000000 01 00000001 00 03 00000025 0b 00000020" ZERO_SHA256
				   "04 00000011 01 0000000c 00 00000001 01 01 00000001 00" },
		{ EXAMPLE_COS, EXAMPLE_COS },
		{ "00 00000003 010203 02 00000004 01c40200 03 0000003e 0b 00000020" ABC_SHA256 "04 00000014" ABC_SHA1
		  "c8 00000000",
		  "00 00000008 0000000000010203 02 00000004 01c40200 03 0000003e 04 00000014" ABC_SHA1
		  "0b 00000020" ABC_SHA256 "c8 00000000" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes input = hex_bytes(cases[i].read);
		struct tally_record record;
		struct tally_bytes output;
		struct tally_bytes again;

		assert_int_equal(read_one(input, &record), TALLY_OK);
		output = written(&record);
		assert_bytes_hex(output, cases[i].written);
		assert_int_equal(read_one(output, &record), TALLY_OK);
		again = written(&record);
		assert_bytes_equal(again, output);
		free_bytes(again);
		free_bytes(output);
		free_bytes(input);
	}
}

static void the_writer_refuses_what_it_cannot_encode(void **state)
{
	static const struct {
		const char *name;
		enum tally_numbering numbering;
		uint32_t index;
		uint16_t alg;
		enum tally_status expected;
	} cases[] = {
		{ "register 255", TALLY_NUMBERING_REGISTER, 255, TALLY_SHA384, TALLY_OK },
		{ "register 256", TALLY_NUMBERING_REGISTER, 256, TALLY_SHA384, TALLY_OUT_OF_RANGE },
		{ "CC register 256", TALLY_NUMBERING_CC_MR, 256, TALLY_SHA384, TALLY_OUT_OF_RANGE },
		{ "no numbering", (enum tally_numbering)0, 1, TALLY_SHA384, TALLY_INVALID },
		{ "unknown algorithm", TALLY_NUMBERING_PCR, 1, 0x27, TALLY_UNKNOWN_ALGORITHM },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_record record = { .numbering = cases[i].numbering, .index = cases[i].index };
		uint8_t room[128];
		struct tally_writer writer = tally_writer(room, sizeof(room));

		record.content_type = TALLY_CONTENT_SYSTEMD;
		record.digests.count = 1;
		record.digests.digest[0].alg = cases[i].alg;
		tally_cel_write(&writer, &record);
		if (writer.status != cases[i].expected)
			fail_msg("%s: %s", cases[i].name, tally_status_message(writer.status));
	}
}

/* 1 MiB for what is measured, 64 KiB more for what is not. */
static void content_has_a_limit(void **state)
{
	static const struct {
		uint32_t event_type;
		size_t size;
		enum tally_status expected;
	} cases[] = {
		{ TALLY_EV_EVENT_TAG, TALLY_CONTENT_LIMIT, TALLY_OK },
		{ TALLY_EV_EVENT_TAG, TALLY_CONTENT_LIMIT + 1, TALLY_TOO_LARGE },
		{ TALLY_EV_NO_ACTION, TALLY_CONTROL_LIMIT, TALLY_OK },
		{ TALLY_EV_NO_ACTION, TALLY_CONTROL_LIMIT + 1, TALLY_OUT_OF_RANGE },
	};
	uint8_t *data = calloc(1, TALLY_CONTROL_LIMIT + 1);

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_record record = { .numbering = TALLY_NUMBERING_REGISTER,
					       .content_type = TALLY_CONTENT_PCCLIENT_STD,
					       .event_type = cases[i].event_type,
					       .content = tally_bytes(data, cases[i].size) };
		struct tally_bytes bytes;

		record.digests.count = 1;
		record.digests.digest[0].alg = TALLY_SHA384;
		bytes = written(&record);
		assert_int_equal(read_one(bytes, &record), cases[i].expected);
		free_bytes(bytes);
	}
	free(data);
}

static void elements_read_one_by_one(void **state)
{
	struct tally_bytes input = hex_bytes("05 00000002 0102 09 00000000");
	struct tally_cursor cursor = tally_cursor(input);
	struct tally_bytes value = { NULL, 0 };

	(void)state;
	assert_false(tally_tlv_read_optional(&cursor, 9, &value));
	assert_int_equal(cursor.left.size, 12);
	assert_true(tally_tlv_read_optional(&cursor, 5, &value));
	assert_bytes_hex(value, "0102");
	assert_true(tally_tlv_read_optional(&cursor, 9, &value));
	assert_int_equal(value.size, 0);
	assert_false(tally_tlv_read_optional(&cursor, 9, &value));
	assert_int_equal(tally_cursor_end(&cursor), TALLY_OK);

	cursor = tally_cursor(tally_bytes(input.data, 6));
	assert_false(tally_tlv_read_optional(&cursor, 5, &value));
	assert_int_equal(cursor.status, TALLY_TRUNCATED);
	cursor = tally_cursor(input);
	assert_int_equal(tally_tlv_expect(&cursor, 4).size, 0);
	assert_int_equal(cursor.status, TALLY_DISORDER);
	cursor = tally_cursor(input);
	assert_int_equal(tally_tlv_expect_integer(&cursor, 4, 2), 0);
	assert_int_equal(cursor.status, TALLY_DISORDER);
	cursor = tally_cursor(input);
	assert_int_equal(tally_tlv_expect_integer(&cursor, 5, 2), 0x0102);
	cursor = tally_cursor(input);
	assert_int_equal(tally_tlv_expect_integer(&cursor, 5, 1), 0);
	assert_int_equal(cursor.status, TALLY_OUT_OF_RANGE);
	free_bytes(input);
}

static void integers_are_written_shortest(void **state)
{
	static const struct {
		uint64_t value;
		const char *hex;
	} cases[] = {
		{ 0, "07 00000001 00" },
		{ 0xff, "07 00000001 ff" },
		{ 0x100, "07 00000002 0100" },
		{ 0xffffffff, "07 00000004 ffffffff" },
		{ 0x100000000, "07 00000005 0100000000" },
		{ UINT64_MAX, "07 00000008 ffffffffffffffff" },
	};
	uint8_t room[16];
	struct tally_writer writer;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		writer = tally_writer(room, sizeof(room));
		tally_tlv_write_integer(&writer, 7, cases[i].value);
		assert_bytes_hex(tally_written(&writer), cases[i].hex);
	}
	writer = tally_writer(room, sizeof(room));
	tally_tlv_write_fixed(&writer, 7, 0x100, 1);
	assert_int_equal(writer.status, TALLY_OUT_OF_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked_examples_read),
		cmocka_unit_test(digests_are_zero_where_they_hold_nothing),
		cmocka_unit_test(google_example_reads_and_its_digest_is_right),
		cmocka_unit_test(what_other_producers_write_reads),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(every_prefix_is_truncated),
		cmocka_unit_test(sixteen_management_elements_and_no_more),
		cmocka_unit_test(what_we_write_is_canonical),
		cmocka_unit_test(the_writer_refuses_what_it_cannot_encode),
		cmocka_unit_test(content_has_a_limit),
		cmocka_unit_test(elements_read_one_by_one),
		cmocka_unit_test(integers_are_written_shortest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
