// SPDX-License-Identifier: BSD-2-Clause
/* TCG2 logs: their fields, every field's damage, what ends them, odd ones, and what we write. */
#include "replay-log.h"
#include "vectors.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BOOT_FOLDER "tests/vectors/boot/ovmf-swtpm/"

/* SHA-256 and SHA-1 of four zero bytes, what a separator measures. */
#define SEPARATOR_SHA256 "df3f619804a92fdb4057192dc43dd748ea778adc52bc498ce80524c014b81119"
#define SEPARATOR_SHA1 "9069ca78e7450a285173431b3e52c5c25299e473"
#define ZERO_SHA1 "0000000000000000000000000000000000000000"
#define FFFF_SHA1 "ffffffffffffffffffffffffffffffffffffffff"

/* spec: TCG PFP 10.4.5.1 TCG_EfiSpecIDEvent, in its TCG_PCR_EVENT */
#define SPEC_ID_03 "5370656320494420 4576656e74303300"
#define VERSION "00000000 00 02 69 02"
#define FIRST "00000000 03000000" ZERO_SHA1
#define HEADER FIRST "21000000" SPEC_ID_03 VERSION "01000000 0b00 2000 00"
#define CC_HEADER "01000000 03000000" ZERO_SHA1 "21000000" SPEC_ID_03 VERSION "01000000 0b00 2000 00"
#define HEADER_TWO FIRST "25000000" SPEC_ID_03 VERSION "02000000 0400 1400 0b00 2000 00"

/* A separator in PCR 7, and one in PCR 3 whose two digests stand the other way round. */
#define RECORD "07000000 04000000 01000000 0b00" SEPARATOR_SHA256 "04000000 00000000"
#define RECORD_TWO "03000000 04000000 02000000 0b00" SEPARATOR_SHA256 "0400" SEPARATOR_SHA1 "04000000 00000000"
#define SHA1_RECORD "07000000 04000000" SEPARATOR_SHA1 "04000000 00000000"

static enum tally_status read_log(struct tally_bytes log, enum tally_numbering numbering, enum tally_tcg2_end end,
				  uint64_t *ret_count)
{
	struct tally_tcg2_reader reader;
	struct tally_record record;
	bool is_end = false;
	enum tally_status status = tally_tcg2_open(&reader, log, numbering, end);

	*ret_count = 0;
	if (status != TALLY_OK)
		return status;
	while (status == TALLY_OK && !is_end) {
		status = tally_tcg2_next(&reader, &record, &is_end);
		*ret_count += status == TALLY_OK && !is_end;
	}
	/* What failed stays failed, and what ended stays ended. */
	assert_int_equal(tally_tcg2_next(&reader, &record, &is_end), status);
	assert_true(status != TALLY_OK || is_end);
	return status;
}

static void header_and_records_read(void **state)
{
	struct tally_bytes log = hex_bytes(HEADER RECORD RECORD);
	struct tally_tcg2_reader reader;
	struct tally_record record;
	bool is_end = true;

	(void)state;
	assert_int_equal(tally_tcg2_open(&reader, log, TALLY_NUMBERING_PCR, TALLY_TCG2_END_OF_INPUT), TALLY_OK);
	assert_false(reader.is_sha1_format);
	assert_int_equal(reader.header.index, 0);
	assert_int_equal(reader.header.platform_class, 0);
	assert_int_equal(reader.header.version_minor, 0);
	assert_int_equal(reader.header.version_major, 2);
	assert_int_equal(reader.header.errata, 0x69);
	assert_int_equal(reader.header.uintn_size, 2);
	assert_int_equal(reader.header.algorithm_count, 1);
	assert_int_equal(reader.header.algorithm[0].alg, TALLY_SHA256);
	assert_int_equal(reader.header.algorithm[0].size, 32);
	assert_int_equal(reader.header.vendor_info.size, 0);

	assert_int_equal(tally_tcg2_next(&reader, &record, &is_end), TALLY_OK);
	assert_false(is_end);
	assert_int_equal(tally_tcg2_next(&reader, &record, &is_end), TALLY_OK);
	assert_false(is_end);
	assert_int_equal(record.number, 2);
	assert_int_equal(record.offset, 65 + 54);
	assert_int_equal(record.numbering, TALLY_NUMBERING_PCR);
	assert_int_equal(record.index, 7);
	assert_int_equal(record.content_type, TALLY_CONTENT_PCCLIENT_STD);
	assert_int_equal(record.event_type, TALLY_EV_SEPARATOR);
	assert_true(record.is_measured);
	assert_int_equal(record.digests.count, 1);
	assert_bytes_hex(tally_digest_bytes(&record.digests.digest[0]), SEPARATOR_SHA256);
	assert_bytes_hex(record.content, "00000000");
	assert_bytes_hex(record.encoded, RECORD);
	assert_int_equal(tally_tcg2_next(&reader, &record, &is_end), TALLY_OK);
	assert_true(is_end);
	free_bytes(log);
}

static void what_others_write_reads(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_numbering numbering;
		uint64_t count;
		size_t digest_count; /* of the last record */
		bool is_measured;
	} cases[] = {
		{ "a CC log whose header names register 1",
		  CC_HEADER "04000000"
			    "04000000 01000000 0b00" SEPARATOR_SHA256 "00000000",
		  TALLY_NUMBERING_CC_MR, 1, 1, true },
		{ "an event about the static register",
		  CC_HEADER "00000000"
			    "04000000 01000000 0b00" SEPARATOR_SHA256 "00000000",
		  TALLY_NUMBERING_CC_MR, 1, 1, false },
		{ "vendor info", FIRST "28000000" SPEC_ID_03 VERSION "01000000 0b00 2000 07 74642d7368696d" RECORD,
		  TALLY_NUMBERING_PCR, 1, 1, true },
		{ "vendor info that the size leaves out",
		  FIRST "21000000" SPEC_ID_03 VERSION "01000000 0b00 2000 04 deadbeef" RECORD, TALLY_NUMBERING_PCR, 1,
		  1, true },
		{ "digests in another order", HEADER_TWO RECORD_TWO, TALLY_NUMBERING_PCR, 1, 2, true },
		{ "fewer digests than the header says", HEADER_TWO RECORD, TALLY_NUMBERING_PCR, 1, 1, true },
		{ "an algorithm that we don't know",
		  FIRST "25000000" SPEC_ID_03 VERSION "02000000 9900 0300 0b00 2000 00"
			"07000000 04000000 02000000 9900 aabbcc 0b00" SEPARATOR_SHA256 "00000000",
		  TALLY_NUMBERING_PCR, 1, 1, true },
		{ "number and type of zero", HEADER "00000000 00000000 01000000 0b00" SEPARATOR_SHA256 "00000000",
		  TALLY_NUMBERING_PCR, 1, 1, true },
		{ "EV_NO_ACTION about an NV index",
		  HEADER "0002c401 03000000 01000000 0b00" SEPARATOR_SHA256 "00000000", TALLY_NUMBERING_PCR, 1, 1,
		  false },
		{ "SHA-1 form", SHA1_RECORD SHA1_RECORD, TALLY_NUMBERING_PCR, 2, 1, true },
		{ "SHA-1 form with its own Spec ID event",
		  FIRST "11000000 5370656320494420 4576656e74303200 00" SHA1_RECORD, TALLY_NUMBERING_PCR, 2, 1, true },
		{ "SHA-1 form that begins with another EV_NO_ACTION", FIRST "00000000" SHA1_RECORD, TALLY_NUMBERING_PCR,
		  2, 1, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes log = hex_bytes(cases[i].hex);
		struct tally_tcg2_reader reader;
		struct tally_record record = { 0 };
		enum tally_status status = tally_tcg2_open(&reader, log, cases[i].numbering, TALLY_TCG2_END_OF_INPUT);
		uint64_t count = 0;
		bool is_end = false;

		while (status == TALLY_OK && !is_end) {
			status = tally_tcg2_next(&reader, &record, &is_end);
			count += status == TALLY_OK && !is_end;
		}
		if (status != TALLY_OK || count != cases[i].count || record.is_measured != cases[i].is_measured ||
		    record.digests.count != cases[i].digest_count)
			fail_msg("%s: %s", cases[i].name, tally_status_message(status));
		free_bytes(log);
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
		{ "header of register 1", CC_HEADER RECORD, TALLY_OUT_OF_RANGE },
		{ "header with a digest",
		  "00000000 03000000" SEPARATOR_SHA1 "21000000" SPEC_ID_03 VERSION "01000000 0b00 2000 00" RECORD,
		  TALLY_RESERVED },
		{ "Spec ID of a later version",
		  FIRST "21000000 5370656320494420 4576656e74303400" VERSION "01000000 0b00 2000 00" RECORD,
		  TALLY_UNSUPPORTED },
		{ "Spec ID cut off", FIRST "0e000000 5370656320494420 4576656e7430" SHA1_RECORD, TALLY_UNSUPPORTED },
		{ "version 3", FIRST "21000000" SPEC_ID_03 "00000000 00 03 69 02 01000000 0b00 2000 00" RECORD,
		  TALLY_UNSUPPORTED },
		{ "event size one less", FIRST "20000000" SPEC_ID_03 VERSION "01000000 0b00 2000 00" RECORD,
		  TALLY_OUT_OF_RANGE },
		{ "event size one more", FIRST "22000000" SPEC_ID_03 VERSION "01000000 0b00 2000 00" RECORD,
		  TALLY_OUT_OF_RANGE },
		{ "event size beyond the log", FIRST "ffffffff" SPEC_ID_03 VERSION "01000000 0b00 2000 00" RECORD,
		  TALLY_TRUNCATED },
		{ "no algorithm", FIRST "1d000000" SPEC_ID_03 VERSION "00000000 00" RECORD, TALLY_OUT_OF_RANGE },
		{ "17 algorithms", FIRST "21000000" SPEC_ID_03 VERSION "11000000 0b00 2000 00" RECORD,
		  TALLY_OUT_OF_RANGE },
		{ "an absurd number of algorithms", FIRST "21000000" SPEC_ID_03 VERSION "ffffffff 0b00 2000 00" RECORD,
		  TALLY_OUT_OF_RANGE },
		{ "algorithm twice", FIRST "25000000" SPEC_ID_03 VERSION "02000000 0b00 2000 0b00 2000 00" RECORD,
		  TALLY_DUPLICATE },
		{ "digest size of another algorithm",
		  FIRST "21000000" SPEC_ID_03 VERSION "01000000 0b00 3000 00" RECORD, TALLY_DIGEST_SIZE },
		{ "no algorithm that we know", FIRST "21000000" SPEC_ID_03 VERSION "01000000 2700 2000 00" RECORD,
		  TALLY_UNKNOWN_ALGORITHM },
		{ "no algorithm that we know and no record",
		  FIRST "21000000" SPEC_ID_03 VERSION "01000000 2700 2000 00", TALLY_UNKNOWN_ALGORITHM },
		{ "vendor info beyond the log", FIRST "21000000" SPEC_ID_03 VERSION "01000000 0b00 2000 ff" RECORD,
		  TALLY_TRUNCATED },
		{ "vendor info that takes from the records",
		  FIRST "22000000" SPEC_ID_03 VERSION "01000000 0b00 2000 02 00" RECORD, TALLY_OUT_OF_RANGE },
		{ "PCR 24", HEADER "18000000 04000000 01000000 0b00" SEPARATOR_SHA256 "00000000", TALLY_OUT_OF_RANGE },
		{ "no digest", HEADER "07000000 04000000 00000000 00000000", TALLY_OUT_OF_RANGE },
		{ "more digests than the header says",
		  HEADER "07000000 04000000 02000000 0b00" SEPARATOR_SHA256 "0b00" SEPARATOR_SHA256 "00000000",
		  TALLY_OUT_OF_RANGE },
		{ "an absurd number of digests", HEADER "07000000 04000000 ffffffff 0b00" SEPARATOR_SHA256 "00000000",
		  TALLY_OUT_OF_RANGE },
		{ "digest twice",
		  HEADER_TWO "07000000 04000000 02000000 0b00" SEPARATOR_SHA256 "0b00" SEPARATOR_SHA256 "00000000",
		  TALLY_DUPLICATE },
		{ "digest that the header does not list",
		  HEADER "07000000 04000000 01000000 0400" SEPARATOR_SHA1 "00000000", TALLY_UNKNOWN_ALGORITHM },
		{ "digest that we don't know twice",
		  FIRST "25000000" SPEC_ID_03 VERSION "02000000 9900 0300 0b00 2000 00"
			"07000000 04000000 02000000 9900 aabbcc 9900 aabbcc 00000000",
		  TALLY_DUPLICATE },
		{ "digests that we don't know and no other",
		  FIRST "25000000" SPEC_ID_03 VERSION "02000000 9900 0300 0b00 2000 00"
			"07000000 04000000 01000000 9900 aabbcc 00000000",
		  TALLY_UNKNOWN_ALGORITHM },
		{ "event beyond the log", HEADER "07000000 04000000 01000000 0b00" SEPARATOR_SHA256 "01000000",
		  TALLY_TRUNCATED },
		{ "event far beyond the log", HEADER "07000000 04000000 01000000 0b00" SEPARATOR_SHA256 "fffffff0",
		  TALLY_TRUNCATED },
		{ "a byte behind", HEADER RECORD "00", TALLY_TRUNCATED },
		{ "SHA-1 form with PCR 24", "18000000 04000000" SEPARATOR_SHA1 "00000000", TALLY_OUT_OF_RANGE },
		{ "SHA-1 form cut in the second record", SHA1_RECORD "07000000 04000000", TALLY_TRUNCATED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes log = hex_bytes(cases[i].hex);
		uint64_t count;
		enum tally_status status = read_log(log, TALLY_NUMBERING_PCR, TALLY_TCG2_END_OF_INPUT, &count);

		if (status != cases[i].expected)
			fail_msg("%s: %s", cases[i].name, tally_status_message(status));
		free_bytes(log);
	}
}

#define CC_RECORD "02000000 04000000 01000000 0b00" SEPARATOR_SHA256 "00000000"

static void markers_end_a_cc_log(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
		uint64_t count;
	} cases[] = {
		{ "end of the area", CC_HEADER CC_RECORD, TALLY_OK, 1 },
		{ "no record", CC_HEADER "ffffffffffffffff", TALLY_OK, 0 },
		{ "filled with ones", CC_HEADER CC_RECORD FFFF_SHA1 FFFF_SHA1, TALLY_OK, 1 },
		{ "filled with zeros", CC_HEADER CC_RECORD ZERO_SHA1 ZERO_SHA1, TALLY_OK, 1 },
		{ "a few ones", CC_HEADER CC_RECORD "ffff", TALLY_OK, 1 },
		{ "a few zeros", CC_HEADER CC_RECORD "0000000000", TALLY_OK, 1 },
		{ "ones, then something", CC_HEADER CC_RECORD FFFF_SHA1 "fe", TALLY_TRAILING, 1 },
		{ "zeros, then something", CC_HEADER CC_RECORD ZERO_SHA1 "01", TALLY_TRAILING, 1 },
		{ "a record with number and type of zero",
		  CC_HEADER CC_RECORD "00000000 00000000 01000000 0b00" SEPARATOR_SHA256 "00000000" CC_RECORD,
		  TALLY_TRAILING, 1 },
		{ "ones, then a record", CC_HEADER CC_RECORD "ffffffffffffffff" CC_RECORD, TALLY_TRAILING, 1 },
		{ "ones, then zeros", CC_HEADER CC_RECORD "ffffffff 00000000", TALLY_TRAILING, 1 },
		{ "neither", CC_HEADER CC_RECORD "0100", TALLY_TRUNCATED, 1 },
		{ "register 5", CC_HEADER "05000000 04000000 01000000 0b00" SEPARATOR_SHA256 "00000000",
		  TALLY_OUT_OF_RANGE, 0 },
		{ "EV_NO_ACTION of register 5", CC_HEADER "05000000 03000000 01000000 0b00" SEPARATOR_SHA256 "00000000",
		  TALLY_OUT_OF_RANGE, 0 },
		{ "header of register 5",
		  "05000000 03000000" ZERO_SHA1 "21000000" SPEC_ID_03 VERSION "01000000 0b00 2000 00",
		  TALLY_OUT_OF_RANGE, 0 },
		{ "SHA-1 form", "01000000 04000000" SEPARATOR_SHA1 "04000000 00000000", TALLY_UNSUPPORTED, 0 },
		{ "an area without a log", FFFF_SHA1 FFFF_SHA1, TALLY_TRUNCATED, 0 },
		{ "an area of zeros", ZERO_SHA1 ZERO_SHA1, TALLY_UNSUPPORTED, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes log = hex_bytes(cases[i].hex);
		uint64_t count;
		enum tally_status status = read_log(log, TALLY_NUMBERING_CC_MR, TALLY_TCG2_END_MARKER, &count);

		if (status != cases[i].expected || count != cases[i].count)
			fail_msg("%s: %s", cases[i].name, tally_status_message(status));
		free_bytes(log);
	}
}

static void startup_locality_is_recognised(void **state)
{
	static const struct {
		const char *name;
		const char *hex; /* a SHA-1 record */
		bool expected;
		uint8_t locality;
	} cases[] = {
		{ "locality 3", FIRST "11000000 53746172747570 4c6f63616c697479 00 03", true, 3 },
		{ "locality 4", FIRST "11000000 53746172747570 4c6f63616c697479 00 04", true, 4 },
		{ "without its locality", FIRST "10000000 53746172747570 4c6f63616c697479 00", false, 0 },
		{ "a byte more", FIRST "12000000 53746172747570 4c6f63616c697479 00 03 00", false, 0 },
		{ "another signature", FIRST "11000000 53746172747570 4c6f63616c697478 00 03", false, 0 },
		{ "signature without end", FIRST "11000000 53746172747570 4c6f63616c697479 01 03", false, 0 },
		{ "measured", "00000000 04000000" ZERO_SHA1 "11000000 53746172747570 4c6f63616c697479 00 03", false,
		  0 },
		{ "PCR 1", "01000000 03000000" ZERO_SHA1 "11000000 53746172747570 4c6f63616c697479 00 03", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes log = hex_bytes(cases[i].hex);
		struct tally_tcg2_reader reader;
		struct tally_record record;
		uint8_t locality = 0;
		bool is_end;

		assert_int_equal(tally_tcg2_open(&reader, log, TALLY_NUMBERING_PCR, TALLY_TCG2_END_OF_INPUT), TALLY_OK);
		assert_int_equal(tally_tcg2_next(&reader, &record, &is_end), TALLY_OK);
		if (tally_tcg2_startup_locality(&record, &locality) != cases[i].expected ||
		    locality != cases[i].locality)
			fail_msg("%s", cases[i].name);
		free_bytes(log);
	}
}

/* Every prefix is truncated, but for those that end where a record does. */
static void every_prefix_is_refused_or_a_shorter_log(void **state)
{
	struct tally_bytes whole = hex_bytes(HEADER_TWO RECORD_TWO RECORD);

	(void)state;
	for (size_t size = 0; size <= whole.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(whole.data, size));
		uint64_t count;
		enum tally_status status = read_log(prefix, TALLY_NUMBERING_PCR, TALLY_TCG2_END_OF_INPUT, &count);
		bool is_boundary = size == 69 || size == 69 + 76 || size == whole.size;

		assert_int_equal(status, is_boundary ? TALLY_OK : TALLY_TRUNCATED);
		free_bytes(prefix);
	}
	free_bytes(whole);
}

static void what_we_write_reads_back(void **state)
{
	struct tally_bytes expected =
		hex_bytes(FIRST "28000000" SPEC_ID_03 VERSION "01000000 0b00 2000 07 74642d7368696d" RECORD);
	struct tally_tcg2_header header = { .version_major = 2, .errata = 0x69, .uintn_size = 2, .algorithm_count = 1 };
	struct tally_record record = { .index = 7, .event_type = TALLY_EV_SEPARATOR };
	struct tally_bytes digest = hex_bytes(SEPARATOR_SHA256);
	uint8_t *room = malloc(expected.size);
	struct tally_writer writer = tally_writer(room, expected.size);

	(void)state;
	header.algorithm[0].alg = TALLY_SHA256;
	header.algorithm[0].size = 32;
	header.vendor_info = tally_text("td-shim");
	record.content = tally_bytes("\0\0\0", 4);
	record.digests.count = 1;
	assert_int_equal(tally_digest_set(&record.digests.digest[0], TALLY_SHA256, digest), TALLY_OK);
	tally_tcg2_write_header(&writer, &header);
	tally_tcg2_write(&writer, &record);
	assert_bytes_equal(tally_written(&writer), expected);

	record.digests.digest[0].alg = 0x27;
	writer = tally_writer(room, expected.size);
	tally_tcg2_write(&writer, &record);
	assert_int_equal(writer.status, TALLY_UNKNOWN_ALGORITHM);
	header.vendor_info.size = 256;
	writer = tally_writer(room, expected.size);
	tally_tcg2_write_header(&writer, &header);
	assert_int_equal(writer.status, TALLY_OUT_OF_RANGE);
	free(room);
	free_bytes(digest);
	free_bytes(expected);
}

static void event_types_have_their_names(void **state)
{
	static const struct {
		uint32_t event_type;
		const char *name;
	} cases[] = {
		{ 0x00000003, "EV_NO_ACTION" },
		{ 0x0000000d, "EV_IPL" },
		{ 0x00000013, "EV_POST_CODE2" },
		{ 0x80000001, "EV_EFI_VARIABLE_DRIVER_CONFIG" },
		{ 0x8000000b, "EV_EFI_HANDOFF_TABLES2" },
		{ 0x8000000d, "EV_EFI_GPT_EVENT2" },
		{ 0x800000e0, "EV_EFI_VARIABLE_AUTHORITY" },
		{ 0x7fffffff, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *name = tally_event_type_name(cases[i].event_type);

		if (cases[i].name)
			assert_string_equal(name, cases[i].name);
		else
			assert_null(name);
	}
}

/* The boot that is recorded in the repository: every bank of every PCR that firmware and kernel stub extended. */
static void the_recorded_boot_replays_to_its_pcrs(void **state)
{
	static const char *const banks[] = { "sha1", "sha256", "sha384", "sha512" };
	struct tally_bytes bytes = source_bytes(BOOT_FOLDER "log.bin");
	static struct log_replay log;

	(void)state;
	replay_log(bytes, TALLY_NUMBERING_PCR, TALLY_TCG2_END_OF_INPUT, &log);
	for (size_t bank = 0; bank < sizeof(banks) / sizeof(banks[0]); bank++) {
		uint16_t alg = tally_alg_from_name(tally_text(banks[bank]));
		size_t size = tally_alg_size(alg);
		struct tally_bytes pcrs;
		char name[64];

		snprintf(name, sizeof(name), BOOT_FOLDER "pcrs.%s.bin", banks[bank]);
		pcrs = source_bytes(name);
		assert_int_equal(pcrs.size, TALLY_PCR_COUNT * size);
		for (uint32_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
			struct tally_digest value = log_value(&log, pcr, alg);

			if (pcr != 10) /* IMA's */
				assert_memory_equal(value.bytes, pcrs.data + pcr * size, size);
		}
		free_bytes(pcrs);
	}
	free_bytes(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_and_records_read),
		cmocka_unit_test(what_others_write_reads),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(markers_end_a_cc_log),
		cmocka_unit_test(startup_locality_is_recognised),
		cmocka_unit_test(every_prefix_is_refused_or_a_shorter_log),
		cmocka_unit_test(what_we_write_reads_back),
		cmocka_unit_test(event_types_have_their_names),
		cmocka_unit_test(the_recorded_boot_replays_to_its_pcrs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
