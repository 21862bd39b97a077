// SPDX-License-Identifier: BSD-2-Clause
/* Requests: one of each kind by the table of docs/abi/messages.md, and every damage to them. */
#include "strict.h"

#include "../../format/request.h"

#define NONCE "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
/* python3: hashlib.sha384(b"key").hexdigest() */
#define KEY_HASH                                           \
	"1b745a0d500302e629864e2a6ccc4b8ff4cd2b9e66d4005f" \
	"288b13b52d70735755f875182516379fb413e775a1afbdb5"
#define ZEROS_32 "0000000000000000000000000000000000000000000000000000000000000000"
#define NONCE_BUT_ONE "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e"
#define SHA256 "0b(" NONCE ")"
#define SHA384 "0c(" KEY_HASH ")"

/* A message of this kind, these flags, this time and these elements. */
#define MESSAGE(kind, flags, time, elements) "'TLYQ'(0001" kind flags time elements ")"
#define NOW "00000000"
#define NO_FLAGS "00000000"
#define ONCE "00000001"
#define OLDEST "00000002"

#define REPORT MESSAGE("0001", NO_FLAGS, NOW, "01(" NONCE ")")
#define RAW_REPORT MESSAGE("0001", NO_FLAGS, NOW, "05(" ZEROS_32 ZEROS_32 ")")
#define EVIDENCE \
	MESSAGE("0002", NO_FLAGS, "000003e8", "01(" NONCE ") 02('verifier') 03('tls-spki') 04(" KEY_HASH ") 09('abc')")
#define EXTEND MESSAGE("0003", NO_FLAGS, NOW, "06('rtmr2') 08('boot') 0b(" SHA384 ")")
#define EXTEND_BANKS MESSAGE("0003", NO_FLAGS, NOW, "06('pcr:8') 0b(" SHA256 SHA384 ")")
#define APPEND MESSAGE("0004", NO_FLAGS, NOW, "06('rtmr3') 07('app-start') 08('web') 09('abc')")
#define APPEND_EMPTY MESSAGE("0004", ONCE, NOW, "06('rtmr3') 07('app-start') 08('web') 09()")
#define APPEND_DIGEST MESSAGE("0004", ONCE, NOW, "06('rtmr3') 07('app-start') 08('web') 0a(" SHA384 ")")
#define READ_LOG MESSAGE("0005", NO_FLAGS, NOW, "0c(00)")
#define READ_RANGE MESSAGE("0005", OLDEST, NOW, "0c(012c) 0d(012d) 0e(200000)")
#define WAIT MESSAGE("0006", OLDEST, "0036ee80", "0c(07)")

static enum tally_status reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_request request;
	enum tally_request_kind kind;
	enum tally_status status = tally_request_read(input, &request, &kind);

	if (status == TALLY_OK)
		tally_request_write(writer, &request);
	return status;
}

static void requests_are_strict(void **state)
{
	static const char *const rows[] = { REPORT, RAW_REPORT,	  EVIDENCE,	 EXTEND,   EXTEND_BANKS, APPEND,
					    WAIT,   APPEND_EMPTY, APPEND_DIGEST, READ_LOG, READ_RANGE };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_strict(reread, rows[i]);
}

static struct tally_bytes read_request(const char *hex, struct tally_request *ret)
{
	struct tally_bytes input = hex_bytes(hex);
	enum tally_request_kind kind;

	assert_int_equal(tally_request_read(input, ret, &kind), TALLY_OK);
	assert_int_equal(kind, ret->kind);
	return input;
}

static void a_request_for_evidence_is_read(void **state)
{
	struct tally_request request;
	struct tally_bytes input = read_request(EVIDENCE, &request);

	(void)state;
	assert_int_equal(request.kind, TALLY_REQUEST_EVIDENCE);
	assert_int_equal(request.milliseconds, 1000);
	assert_bytes_hex(request.nonce, NONCE);
	assert_true(tally_bytes_equal(request.audience, tally_text("verifier")));
	assert_true(tally_bytes_equal(request.key_type, tally_text("tls-spki")));
	assert_bytes_hex(request.key_hash, KEY_HASH);
	assert_true(tally_bytes_equal(request.data, tally_text("abc")));
	assert_int_equal(request.report_data.size, 0);
	free_bytes(input);

	input = read_request(RAW_REPORT, &request);
	assert_int_equal(request.kind, TALLY_REQUEST_REPORT);
	assert_bytes_hex(request.report_data, ZEROS_32 ZEROS_32);
	assert_int_equal(request.nonce.size, 0);
	free_bytes(input);
}

static void extends_and_events_are_read(void **state)
{
	struct tally_request request;
	struct tally_bytes input = read_request(EXTEND_BANKS, &request);

	(void)state;
	assert_int_equal(request.kind, TALLY_REQUEST_EXTEND);
	assert_true(tally_bytes_equal(request.reg, tally_text("pcr:8")));
	assert_int_equal(request.name.size, 0);
	assert_int_equal(request.digests.count, 2);
	assert_int_equal(request.digests.digest[0].alg, TALLY_SHA256);
	assert_bytes_hex(tally_digest_bytes(&request.digests.digest[1]), KEY_HASH);
	free_bytes(input);

	input = read_request(APPEND_DIGEST, &request);
	assert_int_equal(request.kind, TALLY_REQUEST_APPEND);
	assert_true(request.is_once);
	assert_true(tally_bytes_equal(request.type, tally_text("app-start")));
	assert_true(tally_bytes_equal(request.name, tally_text("web")));
	assert_true(request.has_data_digest);
	assert_int_equal(request.data_digest.alg, TALLY_SHA384);
	free_bytes(input);

	input = read_request(APPEND, &request);
	assert_false(request.is_once);
	assert_false(request.has_data_digest);
	assert_true(tally_bytes_equal(request.data, tally_text("abc")));
	free_bytes(input);
}

static void ranges_are_read(void **state)
{
	struct tally_request request;
	struct tally_bytes input = read_request(READ_RANGE, &request);

	(void)state;
	assert_int_equal(request.kind, TALLY_REQUEST_LOG);
	assert_true(request.is_oldest);
	assert_int_equal(request.from, 300);
	assert_int_equal(request.until, 301);
	assert_int_equal(request.size, 2097152);
	free_bytes(input);

	input = read_request(WAIT, &request);
	assert_int_equal(request.kind, TALLY_REQUEST_WAIT);
	assert_int_equal(request.milliseconds, 3600000);
	assert_int_equal(request.from, 7);
	assert_int_equal(request.until, 0);
	assert_int_equal(request.size, 0);
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
		{ "text", "'hello, world, I am no message at all'", TALLY_UNSUPPORTED },
		{ "a response", "'TLYR'(0001 0001 00000000 00000000 01())", TALLY_UNSUPPORTED },
		{ "version 0", "'TLYQ'(0000 0005 00000000 00000000 0c(00))", TALLY_UNSUPPORTED },
		{ "version 2", "'TLYQ'(0002 0005 00000000 00000000 0c(00))", TALLY_UNSUPPORTED },
		{ "kind 0", MESSAGE("0000", NO_FLAGS, NOW, ""), TALLY_UNSUPPORTED },
		{ "kind 7", MESSAGE("0007", NO_FLAGS, NOW, "0c(00)"), TALLY_UNSUPPORTED },
		{ "kind 257", MESSAGE("0101", NO_FLAGS, NOW, "01(" NONCE ")"), TALLY_UNSUPPORTED },
		{ "a byte more than the header says", READ_LOG "00", TALLY_TRAILING },
		{ "the header alone", "'TLYQ' 00000012 0001 0005 00000000 00000000", TALLY_TRUNCATED },
		{ "evidence once", MESSAGE("0002", ONCE, NOW, "01(" NONCE ")"), TALLY_UNSUPPORTED },
		{ "the oldest event", MESSAGE("0004", OLDEST, NOW, "06('r') 07('t') 08('n') 09()"), TALLY_UNSUPPORTED },
		{ "the log once", MESSAGE("0005", ONCE, NOW, "0c(00)"), TALLY_UNSUPPORTED },
		{ "the highest flag", MESSAGE("0005", "80000000", NOW, "0c(00)"), TALLY_UNSUPPORTED },
		{ "more than an hour", MESSAGE("0005", NO_FLAGS, "0036ee81", "0c(00)"), TALLY_OUT_OF_RANGE },
		{ "no nonce", MESSAGE("0001", NO_FLAGS, NOW, ""), TALLY_OUT_OF_RANGE },
		{ "nonce of no bytes", MESSAGE("0001", NO_FLAGS, NOW, "01()"), TALLY_NONCE_SIZE },
		{ "nonce of 31 bytes", MESSAGE("0001", NO_FLAGS, NOW, "01(" NONCE_BUT_ONE ")"), TALLY_NONCE_SIZE },
		{ "nonce of 65 bytes", MESSAGE("0001", NO_FLAGS, NOW, "01(" NONCE NONCE "00)"), TALLY_NONCE_SIZE },
		{ "nonce and report data", MESSAGE("0001", NO_FLAGS, NOW, "01(" NONCE ") 05(" ZEROS_32 ZEROS_32 ")"),
		  TALLY_OUT_OF_RANGE },
		{ "report data of 63 bytes", MESSAGE("0001", NO_FLAGS, NOW, "05(" ZEROS_32 NONCE_BUT_ONE ")"),
		  TALLY_OUT_OF_RANGE },
		{ "raw evidence", MESSAGE("0002", NO_FLAGS, NOW, "05(" ZEROS_32 ZEROS_32 ")"), TALLY_OUT_OF_RANGE },
		{ "raw with an audience", MESSAGE("0001", NO_FLAGS, NOW, "02('v') 05(" ZEROS_32 ZEROS_32 ")"),
		  TALLY_OUT_OF_RANGE },
		{ "audience of no bytes", MESSAGE("0001", NO_FLAGS, NOW, "01(" NONCE ") 02()"), TALLY_OUT_OF_RANGE },
		{ "audience with a NUL", MESSAGE("0001", NO_FLAGS, NOW, "01(" NONCE ") 02(00)"), TALLY_OUT_OF_RANGE },
		{ "key type without its hash", MESSAGE("0001", NO_FLAGS, NOW, "01(" NONCE ") 03('k')"),
		  TALLY_OUT_OF_RANGE },
		{ "key hash without its type", MESSAGE("0001", NO_FLAGS, NOW, "01(" NONCE ") 04(" KEY_HASH ")"),
		  TALLY_OUT_OF_RANGE },
		{ "key hash of 32 bytes", MESSAGE("0001", NO_FLAGS, NOW, "01(" NONCE ") 03('k') 04(" NONCE ")"),
		  TALLY_OUT_OF_RANGE },
		{ "data of no bytes", MESSAGE("0002", NO_FLAGS, NOW, "01(" NONCE ") 09()"), TALLY_OUT_OF_RANGE },
		{ "audience before the nonce", MESSAGE("0001", NO_FLAGS, NOW, "02('v') 01(" NONCE ")"),
		  TALLY_DISORDER },
		{ "two nonces", MESSAGE("0001", NO_FLAGS, NOW, "01(" NONCE ") 01(" NONCE ")"), TALLY_DUPLICATE },
		{ "element 0", MESSAGE("0001", NO_FLAGS, NOW, "00() 01(" NONCE ")"), TALLY_OUT_OF_RANGE },
		{ "element 15", MESSAGE("0001", NO_FLAGS, NOW, "01(" NONCE ") 0f(00)"), TALLY_OUT_OF_RANGE },
		{ "element 255", MESSAGE("0001", NO_FLAGS, NOW, "01(" NONCE ") ff(00)"), TALLY_OUT_OF_RANGE },
		{ "an element longer than the message", MESSAGE("0005", NO_FLAGS, NOW, "0c 00000002 00"),
		  TALLY_TRUNCATED },
		{ "an element of 4 GiB", MESSAGE("0004", NO_FLAGS, NOW, "06('r') 07('t') 08('n') 09 ffffffff 00"),
		  TALLY_TRUNCATED },
		{ "extend without digests", MESSAGE("0003", NO_FLAGS, NOW, "06('rtmr2')"), TALLY_OUT_OF_RANGE },
		{ "extend with an empty list", MESSAGE("0003", NO_FLAGS, NOW, "06('rtmr2') 0b()"), TALLY_OUT_OF_RANGE },
		{ "banks descending", MESSAGE("0003", NO_FLAGS, NOW, "06('pcr:8') 0b(" SHA384 SHA256 ")"),
		  TALLY_DISORDER },
		{ "a bank twice", MESSAGE("0003", NO_FLAGS, NOW, "06('pcr:8') 0b(" SHA256 SHA256 ")"),
		  TALLY_DUPLICATE },
		{ "an algorithm that is none", MESSAGE("0003", NO_FLAGS, NOW, "06('pcr:8') 0b(27(" NONCE "))"),
		  TALLY_UNKNOWN_ALGORITHM },
		{ "a sha384 of 32 bytes", MESSAGE("0003", NO_FLAGS, NOW, "06('pcr:8') 0b(0c(" NONCE "))"),
		  TALLY_DIGEST_SIZE },
		{ "extend with data", MESSAGE("0003", NO_FLAGS, NOW, "06('rtmr2') 09('x') 0b(" SHA384 ")"),
		  TALLY_OUT_OF_RANGE },
		{ "event without data", MESSAGE("0004", NO_FLAGS, NOW, "06('r') 07('t') 08('n')"), TALLY_OUT_OF_RANGE },
		{ "event without a type", MESSAGE("0004", NO_FLAGS, NOW, "06('r') 08('n') 09()"), TALLY_OUT_OF_RANGE },
		{ "event without a name", MESSAGE("0004", NO_FLAGS, NOW, "06('r') 07('t') 09()"), TALLY_OUT_OF_RANGE },
		{ "event with data and its digest",
		  MESSAGE("0004", NO_FLAGS, NOW, "06('r') 07('t') 08('n') 09('x') 0a(" SHA384 ")"),
		  TALLY_OUT_OF_RANGE },
		{ "event with two digests",
		  MESSAGE("0004", NO_FLAGS, NOW, "06('r') 07('t') 08('n') 0a(" SHA256 SHA384 ")"), TALLY_OUT_OF_RANGE },
		{ "a name that is no UTF-8", MESSAGE("0004", NO_FLAGS, NOW, "06('r') 07('t') 08(ff) 09()"),
		  TALLY_OUT_OF_RANGE },
		{ "from with a leading zero", MESSAGE("0005", NO_FLAGS, NOW, "0c(0001)"), TALLY_NOT_CANONICAL },
		{ "from of nine bytes", MESSAGE("0005", NO_FLAGS, NOW, "0c(010000000000000000)"), TALLY_OUT_OF_RANGE },
		{ "from of no bytes", MESSAGE("0005", NO_FLAGS, NOW, "0c()"), TALLY_OUT_OF_RANGE },
		{ "an empty range", MESSAGE("0005", NO_FLAGS, NOW, "0c(05) 0d(05)"), TALLY_OUT_OF_RANGE },
		{ "until nothing", MESSAGE("0005", NO_FLAGS, NOW, "0c(00) 0d(00)"), TALLY_OUT_OF_RANGE },
		{ "a size of nothing", MESSAGE("0005", NO_FLAGS, NOW, "0c(00) 0e(00)"), TALLY_OUT_OF_RANGE },
		{ "a size above 2 MiB", MESSAGE("0006", NO_FLAGS, NOW, "0c(00) 0e(200001)"), TALLY_OUT_OF_RANGE },
		{ "a nonce for the log", MESSAGE("0005", NO_FLAGS, NOW, "01(" NONCE ") 0c(00)"), TALLY_OUT_OF_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_refused(reread, rows[i].name, rows[i].hex, rows[i].expected);
}

/* For the response: what a request was for, once its header says so. */
static void the_kind_is_told_of_what_is_refused(void **state)
{
	static const struct {
		const char *hex;
		enum tally_request_kind expected;
	} rows[] = {
		{ "", TALLY_REQUEST_NONE },
		{ MESSAGE("0007", NO_FLAGS, NOW, ""), TALLY_REQUEST_NONE },
		{ MESSAGE("0002", NO_FLAGS, NOW, ""), TALLY_REQUEST_EVIDENCE },
		{ MESSAGE("0004", NO_FLAGS, NOW, "06('r')"), TALLY_REQUEST_APPEND },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes input = hex_bytes(rows[i].hex);
		struct tally_request request;
		enum tally_request_kind kind;

		assert_int_not_equal(tally_request_read(input, &request, &kind), TALLY_OK);
		assert_int_equal(kind, rows[i].expected);
		free_bytes(input);
	}
}

/* An append whose message has exactly this many bytes. */
static enum tally_status write_sized(size_t size, uint8_t *buffer)
{
	static const uint8_t data[TALLY_REQUEST_LIMIT];
	struct tally_request request = { .kind = TALLY_REQUEST_APPEND,
					 .reg = tally_text("rtmr3"),
					 .type = tally_text("t"),
					 .name = tally_text("n"),
					 .data = { data, size - 20 - 10 - 6 - 6 - 5 } };
	struct tally_writer writer = tally_writer(buffer, size);

	tally_request_write(&writer, &request);
	assert_int_equal(writer.size, size);
	return writer.status;
}

static void a_request_has_at_most_64_kib(void **state)
{
	uint8_t *buffer = malloc(65537);
	struct tally_request request;
	enum tally_request_kind kind;

	(void)state;
	assert_non_null(buffer);
	assert_int_equal(write_sized(65536, buffer), TALLY_OK);
	assert_int_equal(tally_request_read(tally_bytes(buffer, 65536), &request, &kind), TALLY_OK);
	assert_int_equal(write_sized(65537, buffer), TALLY_TOO_LARGE);
	assert_int_equal(tally_request_read(tally_bytes(buffer, 65537), &request, &kind), TALLY_TOO_LARGE);
	free(buffer);
}

static enum tally_status write_status(const struct tally_request *request)
{
	uint8_t buffer[1024];
	struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

	tally_request_write(&writer, request);
	return writer.status;
}

static void writer_refuses_what_the_reader_would(void **state)
{
	struct tally_request good;
	struct tally_request request;
	struct tally_bytes input = read_request(EVIDENCE, &good);

	(void)state;
	assert_int_equal(write_status(&good), TALLY_OK);
	request = good;
	request.is_once = true;
	assert_int_equal(write_status(&request), TALLY_UNSUPPORTED);
	request = good;
	request.kind = TALLY_REQUEST_NONE;
	assert_int_equal(write_status(&request), TALLY_UNSUPPORTED);
	request = good;
	request.nonce.size = 31;
	assert_int_equal(write_status(&request), TALLY_NONCE_SIZE);
	request = good;
	request.key_hash.size = 0;
	assert_int_equal(write_status(&request), TALLY_OUT_OF_RANGE);
	request = good;
	request.from = 1;
	assert_int_equal(write_status(&request), TALLY_OUT_OF_RANGE);
	request = good;
	request.milliseconds = 3600001;
	assert_int_equal(write_status(&request), TALLY_OUT_OF_RANGE);
	free_bytes(input);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_strict),
		cmocka_unit_test(a_request_for_evidence_is_read),
		cmocka_unit_test(extends_and_events_are_read),
		cmocka_unit_test(ranges_are_read),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(the_kind_is_told_of_what_is_refused),
		cmocka_unit_test(a_request_has_at_most_64_kib),
		cmocka_unit_test(writer_refuses_what_the_reader_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
