// SPDX-License-Identifier: BSD-2-Clause
/* DER, times, base64 and PEM: one way to write each value, and every other one refused. */
#include "hex.h"

#include "../../format/base64.h"
#include "../../format/der.h"
#include "../../format/pem.h"
#include "../../format/utc.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* spec: X.690, 8.1.3, 8.3.2, 10.1 */
static void integers_have_one_form(void **state)
{
	static const struct {
		const char *hex;
		uint64_t limit, value;
		enum tally_status expected;
	} cases[] = {
		{ "020100", 0, 0, TALLY_OK },
		{ "02017f", 255, 127, TALLY_OK },
		{ "02020080", 255, 128, TALLY_OK },
		{ "020200ff", 255, 255, TALLY_OK },
		{ "02020100", 255, 0, TALLY_OUT_OF_RANGE },
		{ "02020001", 255, 0, TALLY_NOT_CANONICAL },
		{ "0202007f", 255, 0, TALLY_NOT_CANONICAL },
		{ "0202ff80", 255, 0, TALLY_NOT_CANONICAL },
		{ "0201ff", 255, 0, TALLY_OUT_OF_RANGE },
		{ "0200", 255, 0, TALLY_NOT_CANONICAL },
		{ "020900ffffffffffffffff", UINT64_MAX, UINT64_MAX, TALLY_OK },
		{ "02010100", 255, 1, TALLY_TRAILING },
		{ "020a01000000000000000000", UINT64_MAX, 0, TALLY_OUT_OF_RANGE },
		{ "02810101", 255, 0, TALLY_NOT_CANONICAL },
		{ "0280010000", 255, 0, TALLY_NOT_CANONICAL },
		{ "020201", 255, 0, TALLY_TRUNCATED },
		{ "0a0101", 255, 0, TALLY_DISORDER },
		{ "1f020101", 255, 0, TALLY_UNSUPPORTED },
		{ "0285000000000101", 255, 0, TALLY_OUT_OF_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes bytes = hex_bytes(cases[i].hex);
		struct tally_cursor cursor = tally_cursor(bytes);
		uint64_t value = tally_der_read_uint(&cursor, TALLY_DER_INTEGER, cases[i].limit);
		enum tally_status status = tally_cursor_end(&cursor);

		if (status != cases[i].expected || value != cases[i].value)
			fail_msg("%s: %s", cases[i].hex, tally_status_name(status));
		free_bytes(bytes);
	}
}

static void bits_and_booleans(void **state)
{
	static const struct {
		const char *hex;
		uint16_t bits;
		enum tally_status expected;
	} cases[] = {
		{ "03020780", 1 << 0, TALLY_OK },
		{ "03020106", 1 << 5 | 1 << 6, TALLY_OK },
		{ "03020104", 1 << 5, TALLY_OK }, /* as AMD writes it */
		{ "03020204", 1 << 5, TALLY_OK },
		{ "0303070080", 1 << 8, TALLY_OK },
		{ "030100", 0, TALLY_OK },
		{ "030101", 0, TALLY_NOT_CANONICAL },
		{ "03020304", 0, TALLY_NOT_CANONICAL },
		{ "03020800", 0, TALLY_OUT_OF_RANGE },
		{ "030400010203", 0, TALLY_OUT_OF_RANGE },
		{ "0300", 0, TALLY_TRUNCATED },
	};
	static const struct {
		const char *hex;
		bool value;
		enum tally_status expected;
	} booleans[] = {
		{ "0101ff", true, TALLY_OK },
		{ "010100", false, TALLY_OK },
		{ "010101", false, TALLY_NOT_CANONICAL },
		{ "0102ffff", false, TALLY_NOT_CANONICAL },
		{ "0100", false, TALLY_NOT_CANONICAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes bytes = hex_bytes(cases[i].hex);
		struct tally_cursor cursor = tally_cursor(bytes);
		uint16_t bits = tally_der_read_named_bits(&cursor);

		if (cursor.status != cases[i].expected || bits != cases[i].bits)
			fail_msg("%s: %s, %x", cases[i].hex, tally_status_name(cursor.status), bits);
		free_bytes(bytes);
	}
	for (size_t i = 0; i < COUNT(booleans); i++) {
		struct tally_bytes bytes = hex_bytes(booleans[i].hex);
		struct tally_cursor cursor = tally_cursor(bytes);
		bool value = tally_der_read_boolean(&cursor);

		if (cursor.status != booleans[i].expected || value != booleans[i].value)
			fail_msg("%s: %s", booleans[i].hex, tally_status_name(cursor.status));
		free_bytes(bytes);
	}
}

/* Seconds by date(1). */
static void times_are_seconds(void **state)
{
	static const struct {
		const char *text;
		size_t year_digits; /* 0: with separators */
		int64_t seconds;
		enum tally_status expected;
	} cases[] = {
		{ "700101000000Z", 2, 0, TALLY_OK },
		{ "500101000000Z", 2, -631152000, TALLY_OK },
		{ "491231235959Z", 2, 2524607999, TALLY_OK },
		{ "180521104510Z", 2, 1526899510, TALLY_OK },
		{ "20500101000000Z", 4, 2524608000, TALLY_OK },
		{ "99991231235959Z", 4, 253402300799, TALLY_OK },
		{ "20240229120000Z", 4, 1709208000, TALLY_OK },
		{ "20230229120000Z", 4, 0, TALLY_OUT_OF_RANGE },
		{ "19000229120000Z", 4, 0, TALLY_OUT_OF_RANGE },
		{ "20000229000000Z", 4, 951782400, TALLY_OK },
		{ "20001301000000Z", 4, 0, TALLY_OUT_OF_RANGE },
		{ "20000001000000Z", 4, 0, TALLY_OUT_OF_RANGE },
		{ "20000100000000Z", 4, 0, TALLY_OUT_OF_RANGE },
		{ "20000132000000Z", 4, 0, TALLY_OUT_OF_RANGE },
		{ "20000101240000Z", 4, 0, TALLY_OUT_OF_RANGE },
		{ "20000101006000Z", 4, 0, TALLY_OUT_OF_RANGE },
		{ "20000101000060Z", 4, 0, TALLY_OUT_OF_RANGE },
		{ "00000101000000Z", 4, 0, TALLY_OUT_OF_RANGE },
		{ "20000101000000", 4, 0, TALLY_TRUNCATED },
		{ "20000101000000+", 4, 0, TALLY_OUT_OF_RANGE },
		{ "2000010100000 Z", 4, 0, TALLY_OUT_OF_RANGE },
		{ "2026-11-21T18:24:47Z", 0, 1795285487, TALLY_OK },
		{ "2026-11-21 18:24:47Z", 0, 0, TALLY_OUT_OF_RANGE },
		{ "2026-11-21T18:24:47.0Z", 0, 0, TALLY_OUT_OF_RANGE },
		{ "2026-11-21T18:24:47+00:00", 0, 0, TALLY_OUT_OF_RANGE },
		{ "2026-1-21T18:24:47Z", 0, 0, TALLY_OUT_OF_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_cursor cursor = tally_cursor(tally_text(cases[i].text));
		int64_t seconds = cases[i].year_digits ? tally_utc_read_compact(&cursor, cases[i].year_digits)
						       : tally_utc_read(&cursor);

		if (cursor.status != cases[i].expected || seconds != cases[i].seconds)
			fail_msg("%s: %s, %lld", cases[i].text, tally_status_name(cursor.status), (long long)seconds);
	}
}

/* spec: RFC 4648, 10 */
static void base64_has_one_text(void **state)
{
	static const struct {
		enum tally_base64_form form;
		const char *text;
		const char *hex;
		enum tally_status expected;
	} cases[] = {
		{ TALLY_BASE64_STANDARD, "", "", TALLY_OK },
		{ TALLY_BASE64_STANDARD, "Zg==", "66", TALLY_OK },
		{ TALLY_BASE64_STANDARD, "Zm8=", "666f", TALLY_OK },
		{ TALLY_BASE64_STANDARD, "Zm9v", "666f6f", TALLY_OK },
		{ TALLY_BASE64_STANDARD, "Zm9vYmFy", "666f6f626172", TALLY_OK },
		{ TALLY_BASE64_STANDARD, "+/+/", "fbffbf", TALLY_OK },
		{ TALLY_BASE64_URL, "-_-_", "fbffbf", TALLY_OK },
		{ TALLY_BASE64_URL, "Zg", "66", TALLY_OK },
		{ TALLY_BASE64_LINES, "Zm\r\n9v\n", "666f6f", TALLY_OK },
		{ TALLY_BASE64_STANDARD, "Zm\n9v", "", TALLY_OUT_OF_RANGE },
		{ TALLY_BASE64_STANDARD, "-_-_", "", TALLY_OUT_OF_RANGE },
		{ TALLY_BASE64_URL, "+/+/", "", TALLY_OUT_OF_RANGE },
		{ TALLY_BASE64_URL, "Zg==", "", TALLY_OUT_OF_RANGE },
		{ TALLY_BASE64_STANDARD, "Zg", "", TALLY_TRUNCATED },
		{ TALLY_BASE64_STANDARD, "Zg=", "", TALLY_TRUNCATED },
		{ TALLY_BASE64_STANDARD, "Z", "", TALLY_TRUNCATED },
		{ TALLY_BASE64_URL, "Z", "", TALLY_TRUNCATED },
		{ TALLY_BASE64_STANDARD, "Zh==", "", TALLY_NOT_CANONICAL },
		{ TALLY_BASE64_STANDARD, "Zm9=", "", TALLY_NOT_CANONICAL },
		{ TALLY_BASE64_STANDARD, "Zg===", "", TALLY_OUT_OF_RANGE },
		{ TALLY_BASE64_STANDARD, "Zg==Zg==", "", TALLY_OUT_OF_RANGE },
		{ TALLY_BASE64_STANDARD, "Zm9v=", "", TALLY_TRUNCATED },
		{ TALLY_BASE64_STANDARD, "====", "", TALLY_OUT_OF_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t memory[TALLY_BASE64_ROOM(16)];
		struct tally_span room = { memory, sizeof(memory) };
		struct tally_bytes bytes = { NULL, 0 };
		enum tally_status status = tally_base64_read(tally_text(cases[i].text), cases[i].form, room, &bytes);

		if (status != cases[i].expected)
			fail_msg("%s: %s", cases[i].text, tally_status_name(status));
		assert_bytes_hex(bytes, cases[i].hex);
	}
}

#define BLOCK "-----BEGIN CERTIFICATE-----\nZm9v\nYmFy\n-----END CERTIFICATE-----"

static void pem_is_blocks_and_space(void **state)
{
	static const struct {
		const char *text;
		size_t count;
		enum tally_status expected;
	} cases[] = {
		{ "", 0, TALLY_OK },
		{ " \r\n\t", 0, TALLY_OK },
		{ BLOCK, 1, TALLY_OK },
		{ "\n" BLOCK "\n\n" BLOCK BLOCK "\n", 3, TALLY_OK },
		{ "subject=x\n" BLOCK, 0, TALLY_DISORDER },
		{ BLOCK "\nx", 1, TALLY_TRUNCATED },
		{ BLOCK "\nafter all that comes this text", 1, TALLY_DISORDER },
		{ "-----BEGIN CERTIFICATE-----\nZm9v\n", 0, TALLY_TRUNCATED },
		{ "-----BEGIN CERTIFICATE-----\nZm9v\n-----END X509 CRL-----", 0, TALLY_DISORDER },
		{ "-----BEGIN X509 CRL-----\nZm9v\n-----END X509 CRL-----", 0, TALLY_DISORDER },
		{ "-----BEGIN CERTIFICATE-----\nZm9\n-----END CERTIFICATE-----", 0, TALLY_TRUNCATED },
		{ "-----BEGIN CERTIFICATE-----\nZ m9v\n-----END CERTIFICATE-----", 0, TALLY_OUT_OF_RANGE },
		{ "-----END CERTIFICATE-----\n" BLOCK, 0, TALLY_DISORDER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t memory[256];
		struct tally_span room = { memory, sizeof(memory) };
		struct tally_cursor text = tally_cursor(tally_text(cases[i].text));
		struct tally_bytes der;
		size_t count = 0;

		for (; tally_pem_next(&text, TALLY_PEM_CERTIFICATE, room, &der); count++)
			assert_bytes_hex(der, "666f6f626172");
		if (count != cases[i].count || text.status != cases[i].expected)
			fail_msg("%s: %zu, %s", cases[i].text, count, tally_status_name(text.status));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_have_one_form),  cmocka_unit_test(bits_and_booleans),
		cmocka_unit_test(times_are_seconds),	   cmocka_unit_test(base64_has_one_text),
		cmocka_unit_test(pem_is_blocks_and_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
