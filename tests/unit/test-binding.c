// SPDX-License-Identifier: BSD-2-Clause
/* The array that REPORT_DATA hashes and the companions: made by another encoder, and every damage to them. */
#include "strict.h"

#include "../../format/binding.h"

#define NONCE_32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define NONCE_64 NONCE_32 "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
#define KEY_HASH                                           \
	"1b745a0d500302e629864e2a6ccc4b8ff4cd2b9e66d4005f" \
	"288b13b52d70735755f875182516379fb413e775a1afbdb5"
/* python3: sha384(cbor2.dumps([])), no companions */
#define NO_COMPANIONS                                      \
	"8db630b3036f40e29aa4c95e3c0156f55a593bf005fc4259" \
	"36d2134a4fc0b855bb4ab4767dd4b0b1dd261cd111598d3d"
#define COMPANIONS_HASH                                    \
	"57c72714fbd75b2178fef508e13f6bfc0a81fecad20e6853" \
	"41e28b3ca3f3ec549a91adab0cd50198c482ee03f8b0bfba"

#define PURPOSE "68 'evidence'"
#define PROVIDER "64 'soft'"
#define CALLER "63 '0:0'"
#define NO_AUDIENCE "60"
#define NONCE "5820" NONCE_32
#define NO_KEY "f6"
#define NONE "5830" NO_COMPANIONS
#define WHO PURPOSE PROVIDER CALLER

/* python3: cbor2.dumps(["evidence", "soft", "0:0", "", bytes(range(32)), None, sha384(cbor2.dumps([]))]) */
#define PLAIN "87" WHO NO_AUDIENCE NONCE NO_KEY NONE
/* python3: sha512(b"tally-report-data/1\0" + PLAIN) */
#define PLAIN_REPORT_DATA                                                  \
	"d05be3c2920baa5116ad282625f3f7a701f7ca6aec77a6c59dffe80a7056d9fa" \
	"d7b687d3fff9bac7ca678423f61988d36cfa5d72930e1a56b5e56f13a517de3c"

/*
 * python3: cbor2.dumps(["evidence", "soft", "1000:100@web", "https://verifier.example", bytes(range(64)),
 *                       ["tls-spki", sha384(b"key")], sha384(COMPANIONS)]), and as above
 */
#define FULL                                                                                    \
	"87" PURPOSE PROVIDER "6c '1000:100@web' 7818 'https://verifier.example' 5840" NONCE_64 \
	"82 68 'tls-spki' 5830" KEY_HASH "5830" COMPANIONS_HASH
#define FULL_REPORT_DATA                                                   \
	"ad652ab72b07be907d192e5422cd881a11343ea17b2da336d632c903ce99a217" \
	"3d858f7cf46f851b3320b7ccf74fdced4c5860edab24eeb7a3622aa186ff644a"

#define ABC_SHA384                                         \
	"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163" \
	"1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
#define EMPTY_SHA384                                       \
	"38b060a751ac96384cd9327eb1b1e36a21fdb71114be0743" \
	"4c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"
#define DATA "84 64 'data' 7818 'application/octet-stream' 03 5830" ABC_SHA384
#define SEGMENT "84 69 'segment.0' 6d 'application/x' 19012c 5830" EMPTY_SHA384
/* python3: cbor2.dumps([["data", "application/octet-stream", 3, sha384(b"abc")], ["segment.0", ...]]) */
#define COMPANIONS "82" DATA SEGMENT

static enum tally_status binding_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_binding binding;
	enum tally_status status = tally_binding_read(input, &binding);

	if (status == TALLY_OK)
		tally_binding_write(writer, &binding);
	return status;
}

static enum tally_status companions_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_cursor cursor = tally_cursor(input);
	size_t count = tally_companions_open(&cursor);
	struct tally_companion companions[8];
	enum tally_status status;

	for (size_t i = 0; i < count && i < COUNT(companions); i++)
		tally_companion_read(&cursor, i ? &companions[i - 1] : NULL, &companions[i]);
	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		tally_companions_write(writer, companions, count);
	return status;
}

static void arrays_are_strict(void **state)
{
	(void)state;
	expect_strict(binding_reread, PLAIN);
	expect_strict(binding_reread, FULL);
	expect_strict(companions_reread, "80");
	expect_strict(companions_reread, COMPANIONS);
}

static void fields_are_read(void **state)
{
	struct tally_bytes input = hex_bytes(FULL);
	struct tally_binding binding;

	(void)state;
	assert_int_equal(tally_binding_read(input, &binding), TALLY_OK);
	assert_true(tally_bytes_equal(binding.purpose, tally_text(TALLY_PURPOSE_EVIDENCE)));
	assert_true(tally_bytes_equal(binding.provider, tally_text("soft")));
	assert_true(tally_bytes_equal(binding.caller, tally_text("1000:100@web")));
	assert_true(tally_bytes_equal(binding.audience, tally_text("https://verifier.example")));
	assert_bytes_hex(binding.nonce, NONCE_64);
	assert_true(tally_bytes_equal(binding.key_type, tally_text("tls-spki")));
	assert_bytes_hex(binding.key_hash, KEY_HASH);
	assert_bytes_hex(binding.companions, COMPANIONS_HASH);
	free_bytes(input);

	input = hex_bytes(PLAIN);
	assert_int_equal(tally_binding_read(input, &binding), TALLY_OK);
	assert_int_equal(binding.audience.size, 0);
	assert_int_equal(binding.key_type.size, 0);
	assert_int_equal(binding.key_hash.size, 0);
	free_bytes(input);
}

static void report_data_is_as_computed_elsewhere(void **state)
{
	static const struct {
		const char *array;
		const char *report_data;
	} rows[] = { { PLAIN, PLAIN_REPORT_DATA }, { FULL, FULL_REPORT_DATA } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes array = hex_bytes(rows[i].array);
		uint8_t report_data[TALLY_REPORT_DATA_SIZE];

		assert_int_equal(tally_binding_report_data(array, report_data), TALLY_OK);
		assert_bytes_hex(tally_bytes(report_data, sizeof(report_data)), rows[i].report_data);
		free_bytes(array);
	}
}

static void companions_are_read(void **state)
{
	struct tally_bytes input = hex_bytes(COMPANIONS);
	struct tally_cursor cursor = tally_cursor(input);
	struct tally_companion first;
	struct tally_companion second;

	(void)state;
	assert_int_equal(tally_companions_open(&cursor), 2);
	tally_companion_read(&cursor, NULL, &first);
	tally_companion_read(&cursor, &first, &second);
	assert_int_equal(tally_cursor_end(&cursor), TALLY_OK);
	assert_true(tally_bytes_equal(first.label, tally_text("data")));
	assert_true(tally_bytes_equal(first.media_type, tally_text("application/octet-stream")));
	assert_int_equal(first.size, 3);
	assert_bytes_hex(tally_bytes(first.sha384, sizeof(first.sha384)), ABC_SHA384);
	assert_true(tally_bytes_equal(second.label, tally_text("segment.0")));
	assert_int_equal(second.size, 300);
	free_bytes(input);
}

static void damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} rows[] = {
		{ "six elements", "86" WHO NO_AUDIENCE NONCE NO_KEY, TALLY_OUT_OF_RANGE },
		{ "eight elements", "88" WHO NO_AUDIENCE NONCE NO_KEY NONE "00", TALLY_OUT_OF_RANGE },
		{ "a byte behind", PLAIN "00", TALLY_TRAILING },
		{ "no array", "a3" WHO NO_AUDIENCE NONCE NO_KEY NONE, TALLY_DISORDER },
		{ "purpose as bytes", "87 48 'evidence'" PROVIDER CALLER NO_AUDIENCE NONCE NO_KEY NONE,
		  TALLY_DISORDER },
		{ "purpose empty", "87 60" PROVIDER CALLER NO_AUDIENCE NONCE NO_KEY NONE, TALLY_OUT_OF_RANGE },
		{ "provider empty", "87" PURPOSE "60" CALLER NO_AUDIENCE NONCE NO_KEY NONE, TALLY_OUT_OF_RANGE },
		{ "caller empty", "87" PURPOSE PROVIDER "60" NO_AUDIENCE NONCE NO_KEY NONE, TALLY_OUT_OF_RANGE },
		{ "caller with a line end", "87" PURPOSE PROVIDER "64 '0:0' 0a" NO_AUDIENCE NONCE NO_KEY NONE,
		  TALLY_OUT_OF_RANGE },
		{ "caller that is not UTF-8", "87" PURPOSE PROVIDER "64 '0:0' ff" NO_AUDIENCE NONCE NO_KEY NONE,
		  TALLY_OUT_OF_RANGE },
		{ "audience null", "87" WHO "f6" NONCE NO_KEY NONE, TALLY_DISORDER },
		{ "audience with a NUL", "87" WHO "61 00" NONCE NO_KEY NONE, TALLY_OUT_OF_RANGE },
		{ "nonce as text", "87" WHO NO_AUDIENCE "7820" NONCE_32 NO_KEY NONE, TALLY_DISORDER },
		{ "nonce of no bytes", "87" WHO NO_AUDIENCE "40" NO_KEY NONE, TALLY_NONCE_SIZE },
		{ "nonce of 31 bytes",
		  "87" WHO NO_AUDIENCE
		  "581f 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e" NO_KEY NONE,
		  TALLY_NONCE_SIZE },
		{ "nonce of 65 bytes", "87" WHO NO_AUDIENCE "5841" NONCE_64 "40" NO_KEY NONE, TALLY_NONCE_SIZE },
		{ "nonce length not shortest", "87" WHO NO_AUDIENCE "590020" NONCE_32 NO_KEY NONE,
		  TALLY_NOT_CANONICAL },
		{ "key false", "87" WHO NO_AUDIENCE NONCE "f4" NONE, TALLY_DISORDER },
		{ "key of no elements", "87" WHO NO_AUDIENCE NONCE "80" NONE, TALLY_OUT_OF_RANGE },
		{ "key without hash", "87" WHO NO_AUDIENCE NONCE "81 61 'k'" NONE, TALLY_OUT_OF_RANGE },
		{ "key of an empty type", "87" WHO NO_AUDIENCE NONCE "82 60 5830" KEY_HASH NONE, TALLY_OUT_OF_RANGE },
		{ "key empty in both", "87" WHO NO_AUDIENCE NONCE "82 60 40" NONE, TALLY_OUT_OF_RANGE },
		{ "key hash of 32 bytes", "87" WHO NO_AUDIENCE NONCE "82 61 'k' 5820" NONCE_32 NONE,
		  TALLY_OUT_OF_RANGE },
		{ "companions of 32 bytes", "87" WHO NO_AUDIENCE NONCE NO_KEY "5820" NONCE_32, TALLY_OUT_OF_RANGE },
		{ "companions null", "87" WHO NO_AUDIENCE NONCE NO_KEY "f6", TALLY_DISORDER },
		{ "companions missing", "87" WHO NO_AUDIENCE NONCE NO_KEY, TALLY_TRUNCATED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_refused(binding_reread, rows[i].name, rows[i].hex, rows[i].expected);
}

static void damaged_companions_are_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} rows[] = {
		{ "null", "f6", TALLY_DISORDER },
		{ "one more than told", "81" DATA SEGMENT, TALLY_TRAILING },
		{ "one less than told", "83" DATA SEGMENT, TALLY_TRUNCATED },
		{ "descending", "82" SEGMENT DATA, TALLY_DISORDER },
		{ "twice", "82" DATA DATA, TALLY_DUPLICATE },
		{ "three elements", "81 83 64 'data' 61 'x' 5830" ABC_SHA384, TALLY_OUT_OF_RANGE },
		{ "label empty", "81 84 60 61 'x' 03 5830" ABC_SHA384, TALLY_OUT_OF_RANGE },
		{ "media type empty", "81 84 64 'data' 60 03 5830" ABC_SHA384, TALLY_OUT_OF_RANGE },
		{ "size negative", "81 84 64 'data' 61 'x' 20 5830" ABC_SHA384, TALLY_DISORDER },
		{ "hash of 32 bytes", "81 84 64 'data' 61 'x' 03 5820" NONCE_32, TALLY_OUT_OF_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_refused(companions_reread, rows[i].name, rows[i].hex, rows[i].expected);
}

/* Bytewise, not by length first: "segment.10" stands before "segment.2". */
static void companions_are_ordered_bytewise(void **state)
{
	static const struct {
		const char *first;
		const char *second;
		enum tally_status expected;
	} rows[] = {
		{ "ak-binding", "data", TALLY_OK },	  { "segment.10", "segment.2", TALLY_OK },
		{ "segment.1", "segment.10", TALLY_OK },  { "segment.2", "segment.10", TALLY_DISORDER },
		{ "data", "ak-binding", TALLY_DISORDER }, { "data", "data", TALLY_DUPLICATE },
		{ "", "data", TALLY_OUT_OF_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_companion companions[2] = {
			{ tally_text(rows[i].first), tally_text("a/b"), 1, { 0 } },
			{ tally_text(rows[i].second), tally_text("a/b"), 1, { 0 } },
		};
		uint8_t buffer[256];
		struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

		tally_companions_write(&writer, companions, 2);
		assert_int_equal(writer.status, rows[i].expected);
	}
}

static enum tally_status write_status(const struct tally_binding *binding)
{
	uint8_t buffer[512];
	struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

	tally_binding_write(&writer, binding);
	return writer.status;
}

static void writer_refuses_what_the_reader_would(void **state)
{
	struct tally_bytes input = hex_bytes(FULL);
	struct tally_binding good;
	struct tally_binding binding;

	(void)state;
	assert_int_equal(tally_binding_read(input, &good), TALLY_OK);
	assert_int_equal(write_status(&good), TALLY_OK);
	binding = good;
	binding.nonce.size = 31;
	assert_int_equal(write_status(&binding), TALLY_NONCE_SIZE);
	binding = good;
	binding.nonce.size = 65;
	assert_int_equal(write_status(&binding), TALLY_NONCE_SIZE);
	binding = good;
	binding.key_hash.size = 47;
	assert_int_equal(write_status(&binding), TALLY_OUT_OF_RANGE);
	binding = good;
	binding.key_type.size = 0;
	assert_int_equal(write_status(&binding), TALLY_OUT_OF_RANGE);
	binding.key_hash.size = 0;
	assert_int_equal(write_status(&binding), TALLY_OK);
	binding = good;
	binding.companions.size = 0;
	assert_int_equal(write_status(&binding), TALLY_OUT_OF_RANGE);
	binding = good;
	binding.caller.size = 0;
	assert_int_equal(write_status(&binding), TALLY_OUT_OF_RANGE);
	free_bytes(input);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrays_are_strict),
		cmocka_unit_test(fields_are_read),
		cmocka_unit_test(report_data_is_as_computed_elsewhere),
		cmocka_unit_test(companions_are_read),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(damaged_companions_are_refused),
		cmocka_unit_test(companions_are_ordered_bytewise),
		cmocka_unit_test(writer_refuses_what_the_reader_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
