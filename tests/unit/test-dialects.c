// SPDX-License-Identifier: BSD-2-Clause
/* Logs of the attestation agent and of Dstack. Digests were computed with Python's hashlib. */
#include "test.h"

#include "../../format/log_reader.h"
#include "hex.h"

static uint8_t scratch[8192];

static enum tally_status open_log(struct tally_log_reader *reader, struct tally_bytes log)
{
	enum tally_status status = tally_log_open(reader, log, TALLY_LOG_FORMAT_UNKNOWN);

	if (status == TALLY_OK)
		tally_log_lend(reader, scratch, sizeof(scratch));
	return status;
}

/* The status that reading ends with; the last record read stays in *ret. */
static enum tally_status read_all(struct tally_log_reader *reader, struct tally_record *ret, size_t *ret_count)
{
	enum tally_status status = TALLY_OK;
	bool is_end = false;

	*ret_count = 0;
	while (status == TALLY_OK) {
		status = tally_log_next(reader, ret, &is_end);
		if (status != TALLY_OK || is_end)
			break;
		(*ret_count)++;
	}
	return status;
}

static enum tally_status read_status(struct tally_bytes log, enum tally_log_format format)
{
	struct tally_bytes exact = exact_copy(log);
	struct tally_log_reader reader;
	struct tally_record record;
	size_t count;
	enum tally_status status = tally_log_open(&reader, exact, format);

	if (status == TALLY_OK) {
		tally_log_lend(&reader, scratch, sizeof(scratch));
		status = read_all(&reader, &record, &count);
	}
	free_bytes(exact);
	return status;
}

#define ZEROS48 "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define FIRMWARE(digest) \
	"{\"imr\":0,\"event_type\":4,\"digest\":\"" digest "\",\"event\":\"\",\"event_payload\":\"00000000\"}"
#define OWN(more) "{\"imr\":3,\"event_type\":134217729,\"event\":\"app-id\",\"event_payload\":\"DEadbeef\"" more "}"

static void test_dstack_events(void **state)
{
	static const struct {
		const char *log;
		uint32_t index;
		const char *content;
		const char *digest;
	} cases[] = {
		{ "[" FIRMWARE(ZEROS48) "]", 0, "00000000", ZEROS48 },
		{ " [ " OWN("") " ] \n", 3, "01000008 ':app-id:' deadbeef",
		  "67b4be4efed0893cfa2bb1d35dca209ad8348b4c97f980807bcde8b9a0f26398dd0923d6eccb5aa2096d98046da8740f" },
		{ "[" OWN(",\"digest\":\"\",\"version\":1,\"preimage\":null") "]", 3, "01000008 ':app-id:' deadbeef",
		  "67b4be4efed0893cfa2bb1d35dca209ad8348b4c97f980807bcde8b9a0f26398dd0923d6eccb5aa2096d98046da8740f" },
		{ "[" OWN(",\"version\":2,\"preimage\":"
			  "\"7b226e616d65223a226170702d6964222c227061796c6f6164223a226465616462656566222c2274797065223a"
			  "3133343231373732397d\"") "]",
		  3, "'{\"name\":\"app-id\",\"payload\":\"deadbeef\",\"type\":134217729}'",
		  "baf3bcd15a9ffbd5d96a054080db0d029d44a88cdb7ea9f9ca5953bf7a1d8d91f9a16c6de05de1034f41295e8cec53dc" },
		{ "[{\"version\":2,\"imr\":3,\"event_type\":134217729,\"event\":"
		  "\"\\u0041\\n\\u0001\\u007f\\\"\\u00e9\",\"event_payload\":\"\"}]",
		  3, "'{\"name\":\"A\\n\\u0001' 7f '\\\"' c3a9 '\",\"payload\":\"\",\"type\":134217729}'",
		  "10a653dc0860e43a6741182dca9f3c5d48a51d4965e0c28f845c6d3e65c2135f7537362ff7c62d4a4a9c79a0a07e6175" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_log_reader reader;
		struct tally_record record;
		size_t count;

		assert_int_equal(open_log(&reader, tally_text(cases[i].log)), TALLY_OK);
		assert_int_equal(reader.format, TALLY_LOG_FORMAT_DSTACK);
		assert_int_equal(read_all(&reader, &record, &count), TALLY_OK);
		assert_int_equal(count, 1);
		assert_int_equal(record.numbering, TALLY_NUMBERING_REGISTER);
		assert_int_equal(record.index, cases[i].index);
		assert_bytes_hex(record.content, cases[i].content);
		assert_int_equal(record.digests.count, 1);
		assert_int_equal(record.digests.digest[0].alg, TALLY_SHA384);
		assert_bytes_hex(tally_digest_bytes(&record.digests.digest[0]), cases[i].digest);
		assert_int_equal(record.encoded.data[0], '{');
		assert_int_equal(record.encoded.data[record.encoded.size - 1], '}');
	}
}

static void test_damaged_dstack_logs(void **state)
{
	static const struct {
		const char *name;
		const char *log;
		enum tally_status expected;
	} cases[] = {
		{ "no events", "[]", TALLY_OK },
		{ "no array", "{}", TALLY_DISORDER },
		{ "bytes behind it", "[]x", TALLY_TRAILING },
		{ "digest of something else", "[" OWN(",\"digest\":\"" ZEROS48 "\"") "]", TALLY_CHECKSUM },
		{ "preimage of something else", "[" OWN(",\"preimage\":\"00\"") "]", TALLY_CHECKSUM },
		{ "preimage that is no hex", "[" OWN(",\"preimage\":\"0x\"") "]", TALLY_CHECKSUM },
		{ "digest of another size", "[" OWN(",\"digest\":\"00\"") "]", TALLY_DIGEST_SIZE },
		{ "unknown version", "[" OWN(",\"version\":3") "]", TALLY_UNSUPPORTED },
		{ "unknown member", "[" OWN(",\"extra\":3") "]", TALLY_UNSUPPORTED },
		{ "member twice", "[" OWN(",\"imr\":3") "]", TALLY_DUPLICATE },
		{ "firmware without a digest", "[" FIRMWARE("") "]", TALLY_DIGEST_SIZE },
		{ "firmware's digest is no hex", "[" FIRMWARE("x" ZEROS48) "]", TALLY_DIGEST_SIZE },
		{ "register 4",
		  "[{\"imr\":4,\"event_type\":4,\"digest\":\"" ZEROS48 "\",\"event\":\"\",\"event_payload\":\"\"}]",
		  TALLY_OUT_OF_RANGE },
		{ "payload of odd digits",
		  "[{\"imr\":0,\"event_type\":4,\"digest\":\"" ZEROS48 "\",\"event\":\"\",\"event_payload\":\"0\"}]",
		  TALLY_OUT_OF_RANGE },
		{ "no register",
		  "[{\"event_type\":4,\"digest\":\"" ZEROS48 "\",\"event\":\"\",\"event_payload\":\"\"}]",
		  TALLY_DISORDER },
		{ "no payload", "[{\"imr\":0,\"event_type\":4,\"digest\":\"" ZEROS48 "\",\"event\":\"\"}]",
		  TALLY_DISORDER },
		{ "preimage of firmware's",
		  "[{\"imr\":0,\"event_type\":4,\"digest\":\"" ZEROS48
		  "\",\"event\":\"\",\"event_payload\":\"\",\"preimage\":\"\"}]",
		  TALLY_UNSUPPORTED },
		{ "an array inside", "[[]]", TALLY_DISORDER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum tally_status status = read_status(tally_text(cases[i].log), TALLY_LOG_FORMAT_DSTACK);

		if (status != cases[i].expected)
			fail_msg("%s: %s", cases[i].name, tally_status_name(status));
	}
}

static void test_every_prefix_of_a_dstack_log(void **state)
{
	static const char log[] = "[" FIRMWARE(ZEROS48) "," OWN(",\"version\":2") "]";

	(void)state;
	assert_int_equal(read_status(tally_text(log), TALLY_LOG_FORMAT_DSTACK), TALLY_OK);
	for (size_t size = 0; size < sizeof(log) - 1; size++)
		assert_int_equal(read_status(tally_bytes(log, size), TALLY_LOG_FORMAT_DSTACK), TALLY_TRUNCATED);
}

static void test_dstack_without_scratch(void **state)
{
	struct tally_log_reader reader;
	struct tally_record record;
	size_t count;

	(void)state;
	assert_int_equal(tally_log_open(&reader, tally_text("[" OWN("") "]"), TALLY_LOG_FORMAT_UNKNOWN), TALLY_OK);
	assert_true(tally_log_needs_scratch(&reader));
	assert_int_equal(read_all(&reader, &record, &count), TALLY_NO_SPACE);
}

/* What guest-components puts before its events where there is no CCEL, and behind them. */
#define COCO_HEADER                                                                                                \
	"00000000 03000000 0000000000000000000000000000000000000000 25000000 000000000000000000000000000000000000" \
	"000000000000 02000000 0c003000 12002000 00"
#define COCO_HEADER_OF_THREE                                                                                       \
	"00000000 03000000 0000000000000000000000000000000000000000 29000000 000000000000000000000000000000000000" \
	"000000000000 03000000 0b002000 0c003000 12002000 00"
#define COCO_EVENT "4c454141 0e000000 'domain op text'"
#define COCO_END "ffffffffffffffff"

static void test_tagged_events(void **state)
{
	static const struct {
		const char *log;
		enum tally_log_format format;
		uint32_t index;
	} cases[] = {
		{ COCO_HEADER "04000000 06000000 01000000 0c00" ZEROS48 "16000000" COCO_EVENT COCO_END,
		  TALLY_LOG_FORMAT_CCEL, 4 },
		{ COCO_HEADER_OF_THREE "04000000 06000000 01000000 0c00" ZEROS48 "16000000" COCO_EVENT COCO_END,
		  TALLY_LOG_FORMAT_CCEL, 4 },
		/* Without CC registers they are PCRs, and the bank is one that the header does not list. */
		{ COCO_HEADER
		  "11000000 06000000 01000000 0b00"
		  "0000000000000000000000000000000000000000000000000000000000000000 16000000" COCO_EVENT COCO_END,
		  TALLY_LOG_FORMAT_TCG2, 17 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_bytes log = hex_bytes(cases[i].log);
		struct tally_log_reader reader;
		struct tally_record record;
		struct tally_aael event;
		size_t count;

		assert_int_equal(open_log(&reader, log), TALLY_OK);
		assert_int_equal(reader.format, cases[i].format);
		assert_int_equal(read_all(&reader, &record, &count), TALLY_OK);
		assert_int_equal(count, 1);
		assert_int_equal(record.index, cases[i].index);
		assert_string_equal(reader.dialect, "coco-aael");
		assert_true(tally_aael_is_record(&record));
		assert_int_equal(tally_aael_read(record.content, &event), TALLY_OK);
		assert_bytes_equal(event.domain, tally_text("domain"));
		assert_bytes_equal(event.operation, tally_text("op"));
		assert_bytes_equal(event.content, tally_text("text"));
		free_bytes(log);
	}
}

static void test_damaged_tagged_events(void **state)
{
	static const struct {
		const char *event;
		enum tally_status expected;
	} cases[] = {
		{ COCO_EVENT, TALLY_OK },
		{ "4c454141 05000000 'a b c'", TALLY_OK },
		{ "4c454141 06000000 'a b  c'", TALLY_OK },
		{ "4c454141 04000000 'a b '", TALLY_OK },
		{ "54414c59 05000000 'a b c'", TALLY_UNSUPPORTED },
		{ "4c4541", TALLY_UNSUPPORTED },
		{ "4c454141", TALLY_OUT_OF_RANGE },
		{ "4c454141 06000000 'a b c'", TALLY_OUT_OF_RANGE },
		{ "4c454141 04000000 'a b c'", TALLY_OUT_OF_RANGE },
		{ "4c454141 03000000 'a b'", TALLY_NOT_CANONICAL },
		{ "4c454141 04000000 ' b c'", TALLY_NOT_CANONICAL },
		{ "4c454141 04000000 'a  c'", TALLY_NOT_CANONICAL },
		{ "4c454141 06000000 'a b c' 0a", TALLY_NOT_CANONICAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_bytes bytes = hex_bytes(cases[i].event);
		struct tally_aael event;

		assert_int_equal(tally_aael_read(bytes, &event), cases[i].expected);
		free_bytes(bytes);
	}
}

static void test_the_old_text(void **state)
{
	static const char log[] = "INIT sha384/" ZEROS48 "\na b c\nd e f g";
	struct tally_log_reader reader;
	struct tally_record record;
	size_t count;

	(void)state;
	assert_int_equal(open_log(&reader, tally_text(log)), TALLY_OK);
	assert_int_equal(reader.format, TALLY_LOG_FORMAT_AAEL_TEXT);
	assert_string_equal(reader.dialect, "coco-aael");
	assert_int_equal(read_all(&reader, &record, &count), TALLY_OK);
	assert_int_equal(count, 3);
	assert_int_equal(record.index, 3);
	assert_bytes_equal(record.content, tally_text("d e f g"));
	assert_bytes_hex(
		tally_digest_bytes(&record.digests.digest[0]),
		"7dc4ae9af29dea958f8d614fcfecb0b67a1dc225b7c440f82b44ec2aa5fef344a1a897c5a944a360f9b85a4c0938b093");
}

static void test_damaged_text(void **state)
{
	static const struct {
		const char *log;
		enum tally_status expected;
	} cases[] = {
		{ "", TALLY_UNSUPPORTED },
		{ "INIT", TALLY_UNSUPPORTED },
		{ "INIT ", TALLY_UNKNOWN_ALGORITHM },
		{ "INIT sha3840/" ZEROS48 "\n", TALLY_UNKNOWN_ALGORITHM },
		{ "INIT sha384/00\n", TALLY_DIGEST_SIZE },
		{ "INIT sha384 " ZEROS48 "\n", TALLY_UNKNOWN_ALGORITHM },
		{ "INIT sha256/1000000000000000000000000000000000000000000000000000000000000000\n", TALLY_UNSUPPORTED },
		{ "INIT sha384/" ZEROS48 "\nab\n", TALLY_NOT_CANONICAL },
		{ "INIT sha384/" ZEROS48 "\na b\n", TALLY_NOT_CANONICAL },
		{ "INIT sha384/" ZEROS48 "\n\n", TALLY_NOT_CANONICAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum tally_status status = read_status(tally_text(cases[i].log), TALLY_LOG_FORMAT_AAEL_TEXT);

		if (status != cases[i].expected)
			fail_msg("%zu: %s", i, tally_status_name(status));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dstack_events),
		cmocka_unit_test(test_damaged_dstack_logs),
		cmocka_unit_test(test_every_prefix_of_a_dstack_log),
		cmocka_unit_test(test_dstack_without_scratch),
		cmocka_unit_test(test_tagged_events),
		cmocka_unit_test(test_damaged_tagged_events),
		cmocka_unit_test(test_the_old_text),
		cmocka_unit_test(test_damaged_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
