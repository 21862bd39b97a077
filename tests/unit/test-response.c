// SPDX-License-Identifier: BSD-2-Clause
/* Responses: one of each kind by the table of docs/abi/messages.md, and every damage to them. */
#include "strict.h"

#include "../../format/response.h"

#define MESSAGE(kind, status, elements) "'TLYR'(0001" kind status "00000000" elements ")"
#define OK "00000000"
#define SOFT "'application/vnd.tally.soft-report+cbor'"

#define REPORT MESSAGE("0001", OK, "02('r') 03(" SOFT ") 04('b')")
#define FULL_REPORT MESSAGE("0001", OK, "02('r') 03('a/r') 04('b') 05('c') 06('a/c') 07('m') 08('a/m')")
#define EVIDENCE MESSAGE("0002", OK, "09('front') 0a('back') 0b(00) 0c(03) 0d(0190)")
#define EXTEND MESSAGE("0003", OK, "0e(0100) 10(00)")
#define APPEND MESSAGE("0004", OK, "0e(07) 0f(01) 10(02)")
#define READ_LOG MESSAGE("0005", OK, "0c(05) 11('records') 12(01)")
#define NO_RECORDS MESSAGE("0005", OK, "0c(00) 11()")
#define WAIT MESSAGE("0006", OK, "0c(05) 11('records')")
#define LOCKED MESSAGE("0003", "00000013", "01('rtmr2 is locked')")
#define SILENT MESSAGE("0000", "00000001", "01()")
#define NEWER MESSAGE("0004", "000003e8", "01('a status that is not known yet')")

static enum tally_status reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_response response;
	enum tally_status status = tally_response_read(input, &response);

	if (status == TALLY_OK)
		tally_response_write(writer, &response);
	return status;
}

static void responses_are_strict(void **state)
{
	static const char *const rows[] = { REPORT,	FULL_REPORT, EVIDENCE, EXTEND, APPEND, READ_LOG,
					    NO_RECORDS, WAIT,	     LOCKED,   SILENT, NEWER };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_strict(reread, rows[i]);
}

static struct tally_bytes read_response(const char *hex, struct tally_response *ret)
{
	struct tally_bytes input = hex_bytes(hex);

	assert_int_equal(tally_response_read(input, ret), TALLY_OK);
	return input;
}

static void reports_and_evidence_are_read(void **state)
{
	struct tally_response response;
	struct tally_bytes input = read_response(FULL_REPORT, &response);

	(void)state;
	assert_int_equal(response.kind, TALLY_REQUEST_REPORT);
	assert_int_equal(response.status, TALLY_OK);
	assert_true(tally_bytes_equal(response.report, tally_text("r")));
	assert_true(tally_bytes_equal(response.report_type, tally_text("a/r")));
	assert_true(tally_bytes_equal(response.binding, tally_text("b")));
	assert_true(tally_bytes_equal(response.certificates, tally_text("c")));
	assert_true(tally_bytes_equal(response.certificates_type, tally_text("a/c")));
	assert_true(tally_bytes_equal(response.manifest, tally_text("m")));
	assert_true(tally_bytes_equal(response.manifest_type, tally_text("a/m")));
	free_bytes(input);

	input = read_response(EVIDENCE, &response);
	assert_true(tally_bytes_equal(response.front, tally_text("front")));
	assert_true(tally_bytes_equal(response.back, tally_text("back")));
	assert_int_equal(response.first, 0);
	assert_int_equal(response.next, 3);
	assert_int_equal(response.size, 400);
	free_bytes(input);
}

static void records_are_read(void **state)
{
	struct tally_response response;
	struct tally_bytes input = read_response(APPEND, &response);

	(void)state;
	assert_int_equal(response.number, 7);
	assert_true(response.is_existing);
	assert_int_equal(response.gaps, 2);
	free_bytes(input);

	input = read_response(EXTEND, &response);
	assert_int_equal(response.number, 256);
	assert_false(response.is_existing);
	free_bytes(input);

	input = read_response(READ_LOG, &response);
	assert_int_equal(response.next, 5);
	assert_true(tally_bytes_equal(response.records, tally_text("records")));
	assert_true(response.is_more);
	free_bytes(input);
}

static void failures_are_read(void **state)
{
	struct tally_response response;
	struct tally_bytes input = read_response(LOCKED, &response);

	(void)state;
	assert_int_equal(response.kind, TALLY_REQUEST_EXTEND);
	assert_int_equal(response.status, TALLY_LOCKED);
	assert_true(tally_bytes_equal(response.problem, tally_text("rtmr2 is locked")));
	free_bytes(input);

	input = read_response(SILENT, &response);
	assert_int_equal(response.kind, TALLY_REQUEST_NONE);
	assert_int_equal(response.status, TALLY_TRUNCATED);
	assert_int_equal(response.problem.size, 0);
	free_bytes(input);
}

static void damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} rows[] = {
		{ "nothing", "", TALLY_TRUNCATED },
		{ "a request", "'TLYQ'(0001 0005 00000000 00000000 0c(00))", TALLY_UNSUPPORTED },
		{ "version 2", "'TLYR'(0002 0003 00000000 00000000 0e(00) 10(00))", TALLY_UNSUPPORTED },
		{ "a time", "'TLYR'(0001 0003 00000000 00000001 0e(00) 10(00))", TALLY_RESERVED },
		{ "kind 7", MESSAGE("0007", OK, "0e(00) 10(00)"), TALLY_UNSUPPORTED },
		{ "kind 7 that failed", MESSAGE("0007", "00000001", "01()"), TALLY_UNSUPPORTED },
		{ "success of nothing", MESSAGE("0000", OK, ""), TALLY_OUT_OF_RANGE },
		{ "success with a problem", MESSAGE("0003", OK, "01('x') 0e(00) 10(00)"), TALLY_OUT_OF_RANGE },
		{ "a failure that says nothing", MESSAGE("0003", "00000013", ""), TALLY_OUT_OF_RANGE },
		{ "a failure with a number", MESSAGE("0003", "00000013", "01() 0e(01) 10(00)"), TALLY_OUT_OF_RANGE },
		{ "a problem of two lines", MESSAGE("0003", "00000013", "01('a' 0a 'b')"), TALLY_OUT_OF_RANGE },
		{ "a report without its type", MESSAGE("0001", OK, "02('r')"), TALLY_OUT_OF_RANGE },
		{ "a report of no bytes", MESSAGE("0001", OK, "02() 03('a/r')"), TALLY_OUT_OF_RANGE },
		{ "a binding of no bytes", MESSAGE("0001", OK, "02('r') 03('a/r') 04()"), TALLY_OUT_OF_RANGE },
		{ "certificates without a type", MESSAGE("0001", OK, "02('r') 03('a/r') 05('c')"), TALLY_OUT_OF_RANGE },
		{ "a type without certificates", MESSAGE("0001", OK, "02('r') 03('a/r') 06('a/c')"),
		  TALLY_OUT_OF_RANGE },
		{ "a manifest without a type", MESSAGE("0001", OK, "02('r') 03('a/r') 07('m')"), TALLY_OUT_OF_RANGE },
		{ "a type that is no text", MESSAGE("0001", OK, "02('r') 03(ff)"), TALLY_OUT_OF_RANGE },
		{ "evidence without an end", MESSAGE("0002", OK, "09('f') 0b(00) 0c(03) 0d(10)"), TALLY_OUT_OF_RANGE },
		{ "evidence with an empty end", MESSAGE("0002", OK, "09('f') 0a() 0b(00) 0c(03) 0d(10)"),
		  TALLY_OUT_OF_RANGE },
		{ "evidence with records", MESSAGE("0002", OK, "09('f') 0a('b') 0b(00) 0c(03) 0d(10) 11()"),
		  TALLY_OUT_OF_RANGE },
		{ "a number with a leading zero", MESSAGE("0003", OK, "0e(0001) 10(00)"), TALLY_NOT_CANONICAL },
		{ "no number of gaps", MESSAGE("0003", OK, "0e(01)"), TALLY_OUT_OF_RANGE },
		{ "an extend that stood there", MESSAGE("0003", OK, "0e(01) 0f(01) 10(00)"), TALLY_OUT_OF_RANGE },
		{ "existing 0", MESSAGE("0004", OK, "0e(01) 0f(00) 10(00)"), TALLY_OUT_OF_RANGE },
		{ "existing 2", MESSAGE("0004", OK, "0e(01) 0f(02) 10(00)"), TALLY_OUT_OF_RANGE },
		{ "existing of two bytes", MESSAGE("0004", OK, "0e(01) 0f(0101) 10(00)"), TALLY_OUT_OF_RANGE },
		{ "gaps before the number", MESSAGE("0004", OK, "10(00) 0e(01)"), TALLY_DISORDER },
		{ "two numbers", MESSAGE("0004", OK, "0e(01) 0e(01) 10(00)"), TALLY_DUPLICATE },
		{ "element 19", MESSAGE("0004", OK, "0e(01) 10(00) 13(00)"), TALLY_OUT_OF_RANGE },
		{ "a log without a next", MESSAGE("0005", OK, "11('r')"), TALLY_OUT_OF_RANGE },
		{ "more 0", MESSAGE("0005", OK, "0c(05) 11('r') 12(00)"), TALLY_OUT_OF_RANGE },
		{ "an event and more", MESSAGE("0004", OK, "0e(01) 10(00) 12(01)"), TALLY_OUT_OF_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_refused(reread, rows[i].name, rows[i].hex, rows[i].expected);
}

static void a_problem_has_at_most_1024_bytes(void **state)
{
	uint8_t text[1025];
	uint8_t buffer[2048];
	struct tally_response response = { .kind = TALLY_REQUEST_LOG, .status = TALLY_FULL, .problem = { text, 1024 } };
	struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

	(void)state;
	memset(text, 'x', sizeof(text));
	tally_response_write(&writer, &response);
	assert_int_equal(writer.status, TALLY_OK);
	assert_int_equal(tally_response_read(tally_written(&writer), &response), TALLY_OK);
	response.problem = tally_bytes(text, 1025);
	writer = tally_writer(buffer, sizeof(buffer));
	tally_response_write(&writer, &response);
	assert_int_equal(writer.status, TALLY_OUT_OF_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(responses_are_strict), cmocka_unit_test(reports_and_evidence_are_read),
		cmocka_unit_test(records_are_read),	cmocka_unit_test(failures_are_read),
		cmocka_unit_test(damage_is_refused),	cmocka_unit_test(a_problem_has_at_most_1024_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
