// SPDX-License-Identifier: BSD-2-Clause
/* One reader for all formats: which it is, who wrote it, how its registers are counted, where it fails. */
#include "../../format/log_reader.h"

#include "cel-cases.h"

#define ABC384                                             \
	"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163" \
	"1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"

/* spec: CoCo attestation agent: a header of zeros, little-endian, SHA-384 and SM3; a record; eight bytes of 0xFF */
#define AAEL_HEADER                                                           \
	"00000000 03000000 0000000000000000000000000000000000000000 25000000" \
	"000000000000000000000000000000000000000000000000 02000000 0c003000 12002000 00"
#define AAEL_RECORD "04000000 06000000 01000000 0c00" ABC384 "0c000000 4c454141 04000000 'a b '"

static char quoted[16][1024];

/* JSON of the cases as a hex_bytes text: each is one run of characters. */
static const char *json_text(size_t i)
{
	snprintf(quoted[i], sizeof(quoted[i]), "'%s'", cel_cases[i].json);
	return quoted[i];
}

struct log_case {
	const char *name;
	const char *text; /* for hex_bytes */
	enum tally_log_format format;
	const char *dialect;
	enum tally_numbering numbering; /* of the first record */
	uint64_t count;
};

static void expect_log(const struct log_case *expected)
{
	struct tally_bytes log = hex_bytes(expected->text);
	struct tally_log_reader reader;
	struct tally_record record;
	bool is_end = false;

	if (tally_log_detect(log) != expected->format)
		fail_msg("%s: looks like %s", expected->name, tally_log_format_name(tally_log_detect(log)));
	assert_int_equal(tally_log_open(&reader, log, TALLY_LOG_FORMAT_UNKNOWN), TALLY_OK);
	assert_string_equal(reader.dialect, expected->dialect);
	while (!is_end) {
		assert_int_equal(tally_log_next(&reader, &record, &is_end), TALLY_OK);
		if (reader.record_count == 1 && !is_end)
			assert_int_equal(record.numbering, expected->numbering);
	}
	assert_int_equal(reader.record_count, expected->count);
	/* The end stays the end. */
	assert_int_equal(tally_log_next(&reader, &record, &is_end), TALLY_OK);
	assert_true(is_end);
	free_bytes(log);
}

static void formats_and_dialects_are_told(void **state)
{
	char array[4096], sequence[4096];
	const struct log_case cases[] = {
		{ "our TLV", cel_cases[0].tlv, TALLY_LOG_FORMAT_CEL_TLV, "", TALLY_NUMBERING_PCR, 1 },
		{ "libcel's", "00(00) 01(0a)" TLV_ABC "05( 00(06) 01('abc') )", TALLY_LOG_FORMAT_CEL_TLV, "libcel",
		  TALLY_NUMBERING_PCR, 1 },
		{ "Safford's", "00(00000000) 01(0000000a)" TLV_ABC "05( 00(00000006) 01('abc') )",
		  TALLY_LOG_FORMAT_CEL_TLV, "safford", TALLY_NUMBERING_PCR, 1 },
		{ "Google's", cel_cases[12].tlv, TALLY_LOG_FORMAT_CEL_TLV, "google-cos", TALLY_NUMBERING_CC_MR, 1 },
		{ "nobody's", "00(000000) 01(0a)" TLV_ABC "08()", TALLY_LOG_FORMAT_CEL_TLV, "other",
		  TALLY_NUMBERING_PCR, 1 },
		{ "no JSON record", "'[]'", TALLY_LOG_FORMAT_CEL_JSON, "", 0, 0 },
		{ "an array", array, TALLY_LOG_FORMAT_CEL_JSON, "", TALLY_NUMBERING_PCR, 2 },
		{ "a record alone", json_text(8), TALLY_LOG_FORMAT_CEL_JSON, "tss2-fapi", TALLY_NUMBERING_PCR, 1 },
		{ "systemd's", sequence, TALLY_LOG_FORMAT_SYSTEMD, "systemd", TALLY_NUMBERING_PCR, 2 },
		{ "no CBOR record", "80", TALLY_LOG_FORMAT_CEL_CBOR, "", 0, 0 },
		{ "a CBOR sequence", cel_cases[0].cbor, TALLY_LOG_FORMAT_CEL_CBOR, "sequence", TALLY_NUMBERING_PCR, 1 },
		{ "keyed CBOR", "81 A4 0000 010A" CBOR_ABC "05A2 0006 0143616263", TALLY_LOG_FORMAT_CEL_CBOR, "keyed",
		  TALLY_NUMBERING_PCR, 1 },
		{ "CoCo's", AAEL_HEADER AAEL_RECORD "ffffffffffffffff", TALLY_LOG_FORMAT_CCEL, "coco-aael",
		  TALLY_NUMBERING_CC_MR, 1 },
	};

	(void)state;
	snprintf(array, sizeof(array), "'[' %s '\n,' %s ' ]' 0a", json_text(0), json_text(8));
	snprintf(sequence, sizeof(sequence), "1e %s 0a 1e %s 0a", json_text(10), json_text(11));
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_log(&cases[i]);
}

static enum tally_status read_all(struct tally_bytes log, enum tally_log_format format, uint64_t *ret_offset)
{
	struct tally_log_reader reader;
	enum tally_status status = tally_log_open(&reader, log, format);
	struct tally_record record;
	bool is_end = false;

	while (status == TALLY_OK && !is_end)
		status = tally_log_next(&reader, &record, &is_end);
	*ret_offset = reader.offset;
	return status;
}

/* How far a log reads, and what is wrong there. */
static void faults_have_a_place(void **state)
{
	static const struct {
		enum tally_log_format format;
		const char *text;
		enum tally_status expected;
		uint64_t offset;
	} cases[] = {
		{ TALLY_LOG_FORMAT_CEL_JSON, "'[]x'", TALLY_TRAILING, 2 },
		{ TALLY_LOG_FORMAT_CEL_JSON, "'['", TALLY_TRUNCATED, 1 },
		{ TALLY_LOG_FORMAT_CEL_JSON, "'[1]'", TALLY_DISORDER, 1 },
		{ TALLY_LOG_FORMAT_CEL_JSON, "'  {\"pcr\":1,\"imr\":2}'", TALLY_UNSUPPORTED, 17 },
		{ TALLY_LOG_FORMAT_CEL_CBOR, "81", TALLY_TRUNCATED, 0 },
		{ TALLY_LOG_FORMAT_CEL_CBOR, "8000", TALLY_TRAILING, 1 },
		{ TALLY_LOG_FORMAT_CEL_CBOR, "9bffffffffffffffff", TALLY_TRUNCATED, 0 },
		{ TALLY_LOG_FORMAT_CEL_CBOR, "9f ff", TALLY_UNSUPPORTED, 0 },
		{ TALLY_LOG_FORMAT_SYSTEMD, "'{}'", TALLY_DISORDER, 1 },
		{ TALLY_LOG_FORMAT_SYSTEMD, "1e '{}'", TALLY_DISORDER, 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes log = hex_bytes(cases[i].text);
		uint64_t offset = 0;
		enum tally_status status = read_all(log, cases[i].format, &offset);

		if (status != cases[i].expected || offset != cases[i].offset)
			fail_msg("%s: %s at %llu", cases[i].text, tally_status_name(status),
				 (unsigned long long)offset);
		free_bytes(log);
	}
}

/* Every prefix is refused, or is a log of fewer records where the format has no end of its own. */
static void prefixes_are_refused_or_shorter(void **state)
{
	char text[4096];
	static const enum tally_log_format formats[] = {
		TALLY_LOG_FORMAT_CEL_JSON,
		TALLY_LOG_FORMAT_SYSTEMD,
		TALLY_LOG_FORMAT_CEL_CBOR,
		TALLY_LOG_FORMAT_CEL_CBOR,
	};
	/* Nothing at all is a sequence too, and so is what ends behind a record, with its line feed or without. */
	static const size_t shorter[] = { 0, 4, 1, 2 };

	(void)state;
	for (size_t i = 0; i < COUNT(formats); i++) {
		struct tally_bytes log;
		size_t count = 0;
		uint64_t offset;

		if (i == 0)
			snprintf(text, sizeof(text), "'[' %s ',' %s ']'", json_text(0), json_text(8));
		else if (i == 1)
			snprintf(text, sizeof(text), "1e %s 0a 1e %s 0a", json_text(10), json_text(11));
		else
			snprintf(text, sizeof(text), "%s %s %s", i == 2 ? "82" : "", cel_cases[0].cbor,
				 cel_cases[8].cbor);
		log = hex_bytes(text);
		assert_int_equal(read_all(log, formats[i], &offset), TALLY_OK);
		for (size_t size = 0; size < log.size; size++) {
			struct tally_bytes prefix = exact_copy(tally_bytes(log.data, size));

			count += read_all(prefix, formats[i], &offset) == TALLY_OK;
			free_bytes(prefix);
		}
		assert_int_equal(count, shorter[i]);
		free_bytes(log);
	}
}

/* What is lent is written, and no more of it than was said. */
static void scratch_holds_contents(void **state)
{
	char text[2048];
	uint8_t scratch[64];
	struct tally_bytes log;
	struct tally_log_reader reader;
	struct tally_record record;
	bool is_end;

	(void)state;
	snprintf(text, sizeof(text), "'[' %s ']'", json_text(0));
	log = hex_bytes(text);
	assert_int_equal(tally_log_open(&reader, log, TALLY_LOG_FORMAT_UNKNOWN), TALLY_OK);
	assert_true(tally_log_scratch_size(&reader) > log.size);
	tally_log_lend(&reader, scratch, 2);
	assert_int_equal(tally_log_next(&reader, &record, &is_end), TALLY_NO_SPACE);
	assert_int_equal(tally_log_open(&reader, log, TALLY_LOG_FORMAT_UNKNOWN), TALLY_OK);
	tally_log_lend(&reader, scratch, sizeof(scratch));
	assert_int_equal(tally_log_next(&reader, &record, &is_end), TALLY_OK);
	assert_ptr_equal(record.content.data, scratch);
	assert_bytes_equal(record.content, tally_text("abc"));
	free_bytes(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_and_dialects_are_told),
		cmocka_unit_test(faults_have_a_place),
		cmocka_unit_test(prefixes_are_refused_or_shorter),
		cmocka_unit_test(scratch_holds_contents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
