// SPDX-License-Identifier: BSD-2-Clause
/* The bundle and the soft report: made by another encoder from docs/formats/bundle.md, and every damage to them. */
#include "strict.h"

#include "../../format/bundle.h"
#include "../../format/soft_report.h"

#define CMWC_T "68 '__cmwc_t' 7829 'tag:tally-attestation.org,2026:evidence/1'"
#define LOG_TYPE "7821 'application/vnd.tally.log+cel-tlv'"
#define LOG "63 'log' 82" LOG_TYPE "40"
#define DATA "64 'data' 82 7818 'application/octet-stream' 43616263"
#define REPORT "66 'report' 82 74 'application/x-report' 41 'R'"
#define BINDING "67 'binding' 82 7822 'application/vnd.tally.binding+cbor' 41 'B'"
#define MANIFEST "68 'manifest' 82 6d 'application/m' 41 'm'"
#define SEGMENT "69 'segment.0' 82 6d 'application/x' 41 's'"
#define STORED "69 'stored.10' 82" LOG_TYPE "41 't'"
/* python3: cbor2.dumps({"__cmwc_t": ..., "report": ["application/x-report", b"R"], ...}, canonical=True) */
#define FULL "a8" LOG DATA REPORT BINDING CMWC_T MANIFEST SEGMENT STORED
#define SMALL "a2" LOG CMWC_T

#define REPORT_DATA                                                        \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" \
	"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
#define BOOT_ID "000102030405060708090a0b0c0d0e0f"
#define ZERO48                                             \
	"000000000000000000000000000000000000000000000000" \
	"000000000000000000000000000000000000000000000000"
#define SHA1_11 "1111111111111111111111111111111111111111"
#define SHA256_22 "2222222222222222222222222222222222222222222222222222222222222222"
#define SM3_33 "3333333333333333333333333333333333333333333333333333333333333333"

/*
 * python3: cbor2.dumps({1: 1, 2: bytes(range(64)), 3: bytes(range(16)), 4: [["rtmr0", 0, 2, 0, {12: bytes(48)}],
 *          ["pcr16", 16, 2, 1, {4: 20 * b"\x11", 11: 32 * b"\x22", 18: 32 * b"\x33"}], ["mrtd", 0, 1, 0, {12: ...}]]})
 */
#define SOFT_FRONT "01 01 02 5840" REPORT_DATA "03 50" BOOT_ID
#define RTMR0 "85 65 'rtmr0' 00 02 00 a1 0c 5830" ZERO48
#define PCR16 "85 65 'pcr16' 10 02 01 a3 04 54" SHA1_11 "0b 5820" SHA256_22 "12 5820" SM3_33
#define MRTD "85 64 'mrtd' 00 01 00 a1 0c 5830" ZERO48
#define SOFT "a4" SOFT_FRONT "04 83" RTMR0 PCR16 MRTD

/* Too large for a stack frame. */
static struct tally_soft_report report;

static enum tally_status bundle_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_bundle bundle;
	enum tally_status status = tally_bundle_read(input, &bundle);

	if (status == TALLY_OK)
		tally_bundle_write(writer, &bundle);
	return status;
}

static enum tally_status soft_reread(struct tally_bytes input, struct tally_writer *writer)
{
	enum tally_status status = tally_soft_report_read(input, &report);

	if (status == TALLY_OK)
		tally_soft_report_write(writer, &report);
	return status;
}

static void bundles_are_strict(void **state)
{
	(void)state;
	expect_strict(bundle_reread, SMALL);
	expect_strict(bundle_reread, FULL);
}

static void soft_reports_are_strict(void **state)
{
	(void)state;
	expect_strict(soft_reread, SOFT);
	expect_strict(soft_reread, "a4" SOFT_FRONT "04 80");
}

static void members_are_read(void **state)
{
	struct tally_bytes input = hex_bytes(FULL);
	struct tally_bundle bundle;
	const struct tally_member *member;

	(void)state;
	assert_int_equal(tally_bundle_read(input, &bundle), TALLY_OK);
	assert_int_equal(bundle.count, 7);
	member = tally_bundle_find(&bundle, TALLY_LABEL_REPORT);
	assert_non_null(member);
	assert_true(tally_bytes_equal(member->media_type, tally_text("application/x-report")));
	assert_true(tally_bytes_equal(member->value, tally_text("R")));
	member = tally_bundle_find(&bundle, TALLY_LABEL_LOG);
	assert_non_null(member);
	assert_int_equal(member->value.size, 0);
	assert_non_null(tally_bundle_find(&bundle, "segment.0"));
	assert_null(tally_bundle_find(&bundle, "segment.1"));
	assert_null(tally_bundle_find(&bundle, TALLY_LABEL_CERTIFICATES));
	assert_null(tally_bundle_find(&bundle, "__cmwc_t"));
	free_bytes(input);
}

/* The writer's order does not depend on the caller's. */
static void members_are_written_in_any_order(void **state)
{
	struct tally_bytes input = hex_bytes(FULL);
	struct tally_bundle bundle;

	(void)state;
	assert_int_equal(tally_bundle_read(input, &bundle), TALLY_OK);
	for (size_t turn = 0; turn < bundle.count; turn++) {
		struct tally_member first = bundle.member[0];
		uint8_t buffer[512];
		struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

		for (size_t i = 1; i < bundle.count; i++)
			bundle.member[i - 1] = bundle.member[i];
		bundle.member[bundle.count - 1] = first;
		tally_bundle_write(&writer, &bundle);
		assert_bytes_equal(tally_written(&writer), input);
	}
	free_bytes(input);
}

/* What stands around a log of this size, when it is put between, is the bundle with it. */
static void a_log_goes_between_two_parts(void **state)
{
	static const size_t sizes[] = { 0, 1, 23, 24, 300, 65536 };
	static uint8_t log[65536];
	static uint8_t whole[70000];
	static uint8_t parts[70000];
	struct tally_bytes input = hex_bytes(FULL);

	(void)state;
	memset(log, 0x5a, sizeof(log));
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct tally_writer writer = tally_writer(whole, sizeof(whole));
		struct tally_writer front = tally_writer(parts, sizeof(parts));
		struct tally_writer back;
		struct tally_bundle bundle;
		size_t at = 0;

		assert_int_equal(tally_bundle_read(input, &bundle), TALLY_OK);
		while (!tally_bytes_equal(bundle.member[at].label, tally_text(TALLY_LABEL_LOG)))
			at++;
		bundle.member[at].value = tally_bytes(log, sizes[i]);
		tally_bundle_write(&writer, &bundle);
		back = tally_writer(NULL, 0);
		tally_bundle_write_around(&front, &back, &bundle, sizes[i]);
		assert_int_equal(front.status, TALLY_DUPLICATE);

		bundle.member[at] = bundle.member[--bundle.count];
		front = tally_writer(parts, sizeof(parts));
		back = tally_writer(parts + 1000, sizeof(parts) - 1000);
		tally_bundle_write_around(&front, &back, &bundle, sizes[i]);
		assert_int_equal(front.status, TALLY_OK);
		assert_int_equal(back.status, TALLY_OK);
		assert_int_equal(front.size + sizes[i] + back.size, writer.size);
		assert_memory_equal(parts, whole, front.size);
		assert_memory_equal(parts + 1000, whole + writer.size - back.size, back.size);
	}
	free_bytes(input);
}

static void damaged_bundle_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} rows[] = {
		{ "a CMW record", "82 19fde7 44 2347da55", TALLY_DISORDER },
		{ "a CMW tag", "da6374ffe6 44 2347da55", TALLY_DISORDER },
		{ "another collection",
		  "a4 68 '__cmwc_t' 7827 'tag:example.com,2024:composite-attester' 00 83 19fde7 44 2347da55 04"
		  "01 da6374ffe6 44 2347da55 02 83 73 'application/eat+jwt' 43 '...' 08",
		  TALLY_UNSUPPORTED },
		{ "empty", "a0", TALLY_UNSUPPORTED },
		{ "no members", "a1" CMWC_T, TALLY_OUT_OF_RANGE },
		{ "no type", "a1" LOG, TALLY_UNSUPPORTED },
		{ "type of another version", "a2" LOG "68 '__cmwc_t' 7829 'tag:tally-attestation.org,2026:evidence/2'",
		  TALLY_UNSUPPORTED },
		{ "type as bytes", "a2" LOG "68 '__cmwc_t' 5829 'tag:tally-attestation.org,2026:evidence/1'",
		  TALLY_DISORDER },
		{ "type twice", "a3" LOG CMWC_T CMWC_T, TALLY_DUPLICATE },
		{ "type before a shorter label", "a2" CMWC_T LOG, TALLY_DISORDER },
		{ "label twice", "a3" LOG LOG CMWC_T, TALLY_DUPLICATE },
		{ "labels in alphabetical order", "a3" DATA LOG CMWC_T, TALLY_DISORDER },
		{ "a byte behind", SMALL "00", TALLY_TRAILING },
		{ "one member less than told", "a3" LOG CMWC_T, TALLY_TRUNCATED },
		{ "one member more than told", "a1" LOG CMWC_T, TALLY_UNSUPPORTED },
		{ "unknown label", "a3 63 'log' 82" LOG_TYPE "40 65 'other' 82 61 'a' 40" CMWC_T, TALLY_NOT_FOUND },
		{ "unknown label with a value of another kind", "a3" LOG "65 'other' 00" CMWC_T, TALLY_NOT_FOUND },
		{ "empty label", "a3 60 82 61 'a' 40" LOG CMWC_T, TALLY_DUPLICATE },
		{ "label as a number", "a3 00 82 61 'a' 40" LOG CMWC_T, TALLY_DISORDER },
		{ "segment without a number", "a3" LOG CMWC_T "68 'segment.' 82 61 'a' 40", TALLY_NOT_FOUND },
		{ "record of one element", "a2 63 'log' 81" LOG_TYPE CMWC_T, TALLY_OUT_OF_RANGE },
		{ "record with an indicator", "a2 63 'log' 83" LOG_TYPE "40 04" CMWC_T, TALLY_OUT_OF_RANGE },
		{ "media type as a number", "a2 63 'log' 82 19010b 40" CMWC_T, TALLY_DISORDER },
		{ "media type empty", "a2 66 'report' 82 60 40" CMWC_T, TALLY_OUT_OF_RANGE },
		{ "media type not clean", "a2 66 'report' 82 62 'a' 0a 40" CMWC_T, TALLY_OUT_OF_RANGE },
		{ "media type of another label", "a2 63 'log' 82 7818 'application/octet-stream' 40" CMWC_T,
		  TALLY_UNSUPPORTED },
		{ "value as text", "a2 63 'log' 82" LOG_TYPE "60" CMWC_T, TALLY_DISORDER },
		{ "indefinite map", "bf" LOG CMWC_T "ff", TALLY_UNSUPPORTED },
		{ "length of a label not shortest", "a2 7803 'log' 82" LOG_TYPE "40" CMWC_T, TALLY_NOT_CANONICAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_refused(bundle_reread, rows[i].name, rows[i].hex, rows[i].expected);
}

static void labels_are_told(void **state)
{
	static const struct {
		const char *label;
		bool is_known;
		bool is_companion;
	} rows[] = {
		{ "report", true, false },	{ "binding", true, false },
		{ "log", true, false },		{ "certificates", true, false },
		{ "manifest", true, false },	{ "data", true, true },
		{ "segment.0", true, true },	{ "segment.999999999", true, true },
		{ "stored.0", true, false },	{ "stored.12", true, false },
		{ "tpm-quote", true, true },	{ "tpm-pcrs", true, true },
		{ "ak-binding", true, true },	{ "", false, false },
		{ "Report", false, false },	{ "repor", false, false },
		{ "report.0", false, false },	{ "segment", false, false },
		{ "segment.", false, false },	{ "segment.00", false, false },
		{ "segment.01", false, false }, { "segment.-1", false, false },
		{ "segment.1a", false, false }, { "segment.1000000000", false, false },
		{ "stored. 1", false, false },	{ "__cmwc_t", false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes label = exact_copy(tally_text(rows[i].label));

		if (tally_bundle_label_is_known(label) != rows[i].is_known ||
		    tally_bundle_label_is_companion(label) != rows[i].is_companion)
			fail_msg("'%s'", rows[i].label);
		free_bytes(label);
	}
}

static void fill_bundle(struct tally_bundle *bundle, char labels[][16], size_t count)
{
	bundle->count = count;
	for (size_t i = 0; i < count; i++) {
		snprintf(labels[i], 16, "segment.%zu", i);
		bundle->member[i].label = tally_text(labels[i]);
		bundle->member[i].media_type = tally_text("a/b");
		bundle->member[i].value = tally_bytes(NULL, 0);
	}
}

static void as_many_members_as_the_limit_and_no_more(void **state)
{
	char labels[TALLY_BUNDLE_MEMBER_LIMIT][16];
	struct tally_bundle bundle;
	uint8_t full[4096];
	uint8_t more[4096];
	struct tally_writer writer = tally_writer(full, sizeof(full));
	struct tally_bytes rest;

	(void)state;
	fill_bundle(&bundle, labels, TALLY_BUNDLE_MEMBER_LIMIT);
	tally_bundle_write(&writer, &bundle);
	assert_int_equal(tally_bundle_read(tally_written(&writer), &bundle), TALLY_OK);
	assert_int_equal(bundle.count, TALLY_BUNDLE_MEMBER_LIMIT);

	/* One member more, with the shortest label, in front of the others. */
	assert_memory_equal(full, "\xb8\x41", 2);
	rest = tally_bytes(full + 2, writer.size - 2);
	writer = tally_writer(more, sizeof(more));
	tally_cbor_write_map(&writer, TALLY_BUNDLE_MEMBER_LIMIT + 2);
	tally_cbor_write_text(&writer, tally_text(TALLY_LABEL_LOG));
	tally_cbor_write_array(&writer, 2);
	tally_cbor_write_text(&writer, tally_text(TALLY_MEDIA_LOG));
	tally_cbor_write_bytes(&writer, tally_bytes(NULL, 0));
	tally_write_bytes(&writer, rest);
	assert_int_equal(tally_bundle_read(tally_written(&writer), &bundle), TALLY_OUT_OF_RANGE);
}

static enum tally_status bundle_write_status(const struct tally_bundle *bundle)
{
	uint8_t buffer[512];
	struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

	tally_bundle_write(&writer, bundle);
	return writer.status;
}

static void bundle_writer_refuses_what_the_reader_would(void **state)
{
	struct tally_bundle bundle = { .count = 0 };

	(void)state;
	assert_int_equal(bundle_write_status(&bundle), TALLY_INVALID);
	bundle.count = 2;
	bundle.member[0].label = tally_text("log");
	bundle.member[0].media_type = tally_text(TALLY_MEDIA_LOG);
	bundle.member[1].label = tally_text("data");
	bundle.member[1].media_type = tally_text(TALLY_MEDIA_DATA);
	assert_int_equal(bundle_write_status(&bundle), TALLY_OK);
	bundle.member[1].media_type = tally_text(TALLY_MEDIA_LOG);
	assert_int_equal(bundle_write_status(&bundle), TALLY_UNSUPPORTED);
	bundle.member[1].label = tally_text("log");
	assert_int_equal(bundle_write_status(&bundle), TALLY_DUPLICATE);
	bundle.member[1].label = tally_text("other");
	assert_int_equal(bundle_write_status(&bundle), TALLY_NOT_FOUND);
	bundle.member[1].label = tally_text("report");
	bundle.member[1].media_type = tally_text("");
	assert_int_equal(bundle_write_status(&bundle), TALLY_OUT_OF_RANGE);
}

static void soft_fields_are_read(void **state)
{
	struct tally_bytes input = hex_bytes(SOFT);

	(void)state;
	assert_int_equal(tally_soft_report_read(input, &report), TALLY_OK);
	assert_int_equal(report.version, 1);
	assert_bytes_hex(tally_bytes(report.report_data, sizeof(report.report_data)), REPORT_DATA);
	assert_bytes_hex(tally_bytes(report.boot_id, sizeof(report.boot_id)), BOOT_ID);
	assert_int_equal(report.register_count, 3);
	assert_string_equal(report.reg[1].name, "pcr16");
	assert_int_equal(report.reg[1].number, 16);
	assert_int_equal(report.reg[1].kind, TALLY_RUNTIME);
	assert_true(report.reg[1].is_locked);
	assert_int_equal(report.reg[1].value.count, 3);
	assert_int_equal(report.reg[1].value.digest[2].alg, TALLY_SM3_256);
	assert_bytes_hex(tally_digest_bytes(&report.reg[1].value.digest[1]), SHA256_22);
	assert_string_equal(report.reg[2].name, "mrtd");
	assert_int_equal(report.reg[2].kind, TALLY_STATIC);
	assert_false(report.reg[2].is_locked);
	free_bytes(input);
}

static void damaged_soft_report_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} rows[] = {
		{ "three keys", "a3" SOFT_FRONT, TALLY_OUT_OF_RANGE },
		{ "five keys", "a5" SOFT_FRONT "04 80 05 00", TALLY_OUT_OF_RANGE },
		{ "a byte behind", "a4" SOFT_FRONT "04 80 00", TALLY_TRAILING },
		{ "version 2", "a4 01 02 02 5840" REPORT_DATA "03 50" BOOT_ID "04 80", TALLY_UNSUPPORTED },
		{ "keys out of order", "a4 02 5840" REPORT_DATA "01 01 03 50" BOOT_ID "04 80", TALLY_DISORDER },
		{ "a key twice", "a4 01 01 01 01 03 50" BOOT_ID "04 80", TALLY_DISORDER },
		{ "a key not shortest", "a4 1801 01 02 5840" REPORT_DATA "03 50" BOOT_ID "04 80", TALLY_NOT_CANONICAL },
		{ "report data of 63 bytes",
		  "a4 01 01 02 583f 00" SHA256_22 "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e"
		  "03 50" BOOT_ID "04 80",
		  TALLY_OUT_OF_RANGE },
		{ "boot id of 15 bytes", "a4 01 01 02 5840" REPORT_DATA "03 4f 000102030405060708090a0b0c0d0e 04 80",
		  TALLY_OUT_OF_RANGE },
		{ "registers in a map", "a4" SOFT_FRONT "04 a0", TALLY_DISORDER },
		{ "a register twice", "a4" SOFT_FRONT "04 82" RTMR0 RTMR0, TALLY_DUPLICATE },
		{ "a number twice", "a4" SOFT_FRONT "04 82" RTMR0 "85 61 'r' 00 02 00 a1 0c 5830" ZERO48,
		  TALLY_DUPLICATE },
		{ "a name twice", "a4" SOFT_FRONT "04 82" RTMR0 "85 65 'rtmr0' 01 02 00 a1 0c 5830" ZERO48,
		  TALLY_DUPLICATE },
		{ "a name twice in both kinds",
		  "a4" SOFT_FRONT "04 83" RTMR0 PCR16 "85 65 'rtmr0' 01 01 00 a1 0c 5830" ZERO48, TALLY_DUPLICATE },
		{ "numbers descending", "a4" SOFT_FRONT "04 82" PCR16 RTMR0, TALLY_DISORDER },
		{ "static before runtime", "a4" SOFT_FRONT "04 82" MRTD RTMR0, TALLY_DISORDER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_refused(soft_reread, rows[i].name, rows[i].hex, rows[i].expected);
}

/* Each row is the whole of a register. */
static void damaged_soft_register_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} rows[] = {
		{ "four elements", "84 61 'r' 00 02 00", TALLY_OUT_OF_RANGE },
		{ "six elements", "86 61 'r' 00 02 00 a1 04 54" SHA1_11 "00", TALLY_OUT_OF_RANGE },
		{ "name empty", "85 60 00 02 00 a1 04 54" SHA1_11, TALLY_OUT_OF_RANGE },
		{ "name with a NUL", "85 62 'r' 00 00 02 00 a1 04 54" SHA1_11, TALLY_OUT_OF_RANGE },
		{ "name of 24 bytes", "85 7818 'abcdefghijklmnopqrstuvwx' 00 02 00 a1 04 54" SHA1_11,
		  TALLY_OUT_OF_RANGE },
		{ "name as bytes", "85 41 'r' 00 02 00 a1 04 54" SHA1_11, TALLY_DISORDER },
		{ "number of 33 bits", "85 61 'r' 1b0000000100000000 02 00 a1 04 54" SHA1_11, TALLY_OUT_OF_RANGE },
		{ "number negative", "85 61 'r' 20 02 00 a1 04 54" SHA1_11, TALLY_DISORDER },
		{ "kind 0", "85 61 'r' 00 00 00 a1 04 54" SHA1_11, TALLY_OUT_OF_RANGE },
		{ "kind 3", "85 61 'r' 00 03 00 a1 04 54" SHA1_11, TALLY_OUT_OF_RANGE },
		{ "locked 2", "85 61 'r' 00 02 02 a1 04 54" SHA1_11, TALLY_OUT_OF_RANGE },
		{ "locked true", "85 61 'r' 00 02 f5 a1 04 54" SHA1_11, TALLY_DISORDER },
		{ "no values", "85 61 'r' 00 02 00 a0", TALLY_OUT_OF_RANGE },
		{ "values in an array", "85 61 'r' 00 02 00 82 04 54" SHA1_11, TALLY_DISORDER },
		{ "unknown algorithm", "85 61 'r' 00 02 00 a1 1827 5820" SHA256_22, TALLY_UNKNOWN_ALGORITHM },
		{ "algorithm of 17 bits", "85 61 'r' 00 02 00 a1 1a00010004 54" SHA1_11, TALLY_OUT_OF_RANGE },
		{ "value of another size", "85 61 'r' 00 02 00 a1 04 5820" SHA256_22, TALLY_DIGEST_SIZE },
		{ "values descending", "85 61 'r' 00 02 00 a2 0b 5820" SHA256_22 "04 54" SHA1_11, TALLY_DISORDER },
		{ "a value twice", "85 61 'r' 00 02 00 a2 04 54" SHA1_11 "04 54" SHA1_11, TALLY_DUPLICATE },
	};
	char hex[768];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(hex, sizeof(hex), "a4%s04 81%s", SOFT_FRONT, rows[i].hex);
		expect_refused(soft_reread, rows[i].name, hex, rows[i].expected);
	}
}

static void more_registers_than_the_limit_are_refused(void **state)
{
	static char hex[(TALLY_REGISTER_LIMIT + 1) * 160 + 512];

	(void)state;
	for (unsigned count = TALLY_REGISTER_LIMIT; count <= TALLY_REGISTER_LIMIT + 1; count++) {
		int at = snprintf(hex, sizeof(hex), "a4%s04 98%02x", SOFT_FRONT, count);
		struct tally_bytes input;

		for (unsigned i = 0; i < count; i++)
			at += snprintf(hex + at, sizeof(hex) - (size_t)at, "85 63 'r%02u' %s%02x 02 00 a1 04 54%s", i,
				       i < 24 ? "" : "18", i, SHA1_11);
		input = hex_bytes(hex);
		assert_int_equal(tally_soft_report_read(input, &report),
				 count > TALLY_REGISTER_LIMIT ? TALLY_OUT_OF_RANGE : TALLY_OK);
		free_bytes(input);
	}
}

static enum tally_status soft_write_status(const struct tally_soft_report *soft)
{
	uint8_t buffer[1024];
	struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

	tally_soft_report_write(&writer, soft);
	return writer.status;
}

static void soft_writer_refuses_what_the_reader_would(void **state)
{
	struct tally_bytes input = hex_bytes(SOFT);

	(void)state;
	assert_int_equal(tally_soft_report_read(input, &report), TALLY_OK);
	assert_int_equal(soft_write_status(&report), TALLY_OK);
	report.version = 2;
	assert_int_equal(soft_write_status(&report), TALLY_UNSUPPORTED);
	report.version = 1;
	report.reg[1].number = 0;
	assert_int_equal(soft_write_status(&report), TALLY_DUPLICATE);
	report.reg[1].number = 16;
	report.reg[1].value.count = 0;
	assert_int_equal(soft_write_status(&report), TALLY_OUT_OF_RANGE);
	report.reg[1].value.count = 3;
	report.reg[0].kind = TALLY_STATIC;
	assert_int_equal(soft_write_status(&report), TALLY_DISORDER);
	report.reg[0].kind = 0;
	assert_int_equal(soft_write_status(&report), TALLY_OUT_OF_RANGE);
	report.register_count = TALLY_REGISTER_LIMIT + 1;
	assert_int_equal(soft_write_status(&report), TALLY_OUT_OF_RANGE);
	free_bytes(input);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bundles_are_strict),
		cmocka_unit_test(members_are_read),
		cmocka_unit_test(members_are_written_in_any_order),
		cmocka_unit_test(a_log_goes_between_two_parts),
		cmocka_unit_test(damaged_bundle_is_refused),
		cmocka_unit_test(labels_are_told),
		cmocka_unit_test(as_many_members_as_the_limit_and_no_more),
		cmocka_unit_test(bundle_writer_refuses_what_the_reader_would),
		cmocka_unit_test(soft_reports_are_strict),
		cmocka_unit_test(soft_fields_are_read),
		cmocka_unit_test(damaged_soft_report_is_refused),
		cmocka_unit_test(damaged_soft_register_is_refused),
		cmocka_unit_test(more_registers_than_the_limit_are_refused),
		cmocka_unit_test(soft_writer_refuses_what_the_reader_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
