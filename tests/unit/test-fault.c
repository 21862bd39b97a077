// SPDX-License-Identifier: BSD-2-Clause
/* Where input is wrong: each damage is told where it stands by its specification, or at the byte behind it. */
#include "hex.h"

#include "../../format/binding.h"
#include "../../format/bundle.h"
#include "../../format/cbor_foreign.h"
#include "../../format/nsm_document.h"
#include "../../format/snp_report.h"
#include "../../format/tdx_quote.h"
#include "../../verify/fault.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum tally_status read_snp(struct tally_bytes input)
{
	struct tally_snp_report report;

	return tally_snp_report_read(input, &report);
}

static enum tally_status read_tdx(struct tally_bytes input)
{
	struct tally_tdx_quote quote;

	return tally_tdx_quote_read(input, &quote);
}

static enum tally_status read_nsm(struct tally_bytes input)
{
	struct tally_nsm_document document;

	return tally_nsm_document_read(input, &document);
}

static enum tally_status read_binding(struct tally_bytes input)
{
	struct tally_binding binding;

	return tally_binding_read(input, &binding);
}

static enum tally_status read_bundle(struct tally_bytes input)
{
	struct tally_bundle bundle;

	return tally_bundle_read(input, &bundle);
}

static void expect_at(enum tally_status (*read)(struct tally_bytes input), struct tally_bytes input,
		      const char *expected)
{
	struct tally_arena *arena = tally_arena_new();

	assert_non_null(arena);
	assert_string_equal(tally_fault_text(arena, read, input, read(input)), expected);
	tally_arena_free(arena);
}

/* spec: AMD 56860, table 23; sizes of an unsigned report of version 2 */
static void fields_of_a_report(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *expected;
	} damage[] = {
		{ 0x00, 9, "at byte 0 of 1184: version or type not supported" },
		{ 0x4c, 1, "at byte 77 of 1184: reserved bytes are not zero" },
		{ 0x18b, 1, "at byte 396 of 1184: reserved bytes are not zero" },
		{ 0x29f, 1, "at byte 672 of 1184: reserved bytes are not zero" },
		{ 0x49f, 1, "at byte 1184 of 1184: reserved bytes are not zero" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(damage); i++) {
		uint8_t report[1184] = { 2 };

		report[damage[i].at] = damage[i].value;
		expect_at(read_snp, tally_bytes(report, sizeof(report)), damage[i].expected);
	}
}

static void lengths_and_heads(void **state)
{
	static const struct {
		const char *name;
		enum tally_status (*read)(struct tally_bytes input);
		const char *hex;
		const char *expected;
	} cases[] = {
		{ "sound", read_binding,
		  "87 68 'evidence' 64 'soft' 63 '0:0' 60 5820"
		  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f f6 5830"
		  "8db630b3036f40e29aa4c95e3c0156f55a593bf005fc4259"
		  "36d2134a4fc0b855bb4ab4767dd4b0b1dd261cd111598d3d",
		  "" },
		{ "a nonce whose length is not the shortest", read_binding,
		  "87 68 'evidence' 64 'soft' 63 '0:0' 60 590020"
		  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f f6 40",
		  "at byte 22 of 57: not in the one canonical encoding" },
		{ "an audience that is null", read_binding, "87 68 'evidence' 64 'soft' 63 '0:0' f6 40 f6 40",
		  "at byte 19 of 23: fields or records are out of order" },
		{ "no map", read_bundle, "80", "at byte 1 of 1: fields or records are out of order" },
		{ "no version of a quote", read_tdx, "0900 0200 00000000",
		  "at byte 0 of 8: version or type not supported" },
		{ "two keys that are equal", tally_cbor_check, "a3 01 00 02 00 1801 00",
		  "at byte 7 of 8: a field or record occurs twice" },
	};
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes input = hex_bytes(cases[i].hex);
		struct tally_arena *arena = tally_arena_new();
		const char *text;

		assert_non_null(arena);
		text = tally_fault_text(arena, cases[i].read, input, cases[i].read(input));
		if (strcmp(text, cases[i].expected) != 0) {
			print_message("%s: %s\n", cases[i].name, text);
			wrong++;
		}
		tally_arena_free(arena);
		free_bytes(input);
	}
	assert_int_equal(wrong, 0);
}

/* Arrays in arrays: the head that is one too many. */
static void depth(void **state)
{
	uint8_t nested[200];
	char expected[100];

	(void)state;
	memset(nested, 0x81, sizeof(nested));
	snprintf(expected, sizeof(expected), "at byte %d of 200: %s", TALLY_CBOR_DEPTH_LIMIT + 1,
		 tally_status_message(tally_cbor_check(tally_bytes(nested, sizeof(nested)))));
	expect_at(tally_cbor_check, tally_bytes(nested, sizeof(nested)), expected);
}

/* More than a reader takes at all has no place. */
static void size(void **state)
{
	uint8_t *large = calloc(1, TALLY_NSM_DOCUMENT_LIMIT + 1);
	char expected[100];

	(void)state;
	assert_non_null(large);
	snprintf(expected, sizeof(expected), "%d bytes: %s", TALLY_NSM_DOCUMENT_LIMIT + 1,
		 tally_status_message(TALLY_TOO_LARGE));
	expect_at(read_nsm, tally_bytes(large, TALLY_NSM_DOCUMENT_LIMIT + 1), expected);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_of_a_report),
		cmocka_unit_test(lengths_and_heads),
		cmocka_unit_test(depth),
		cmocka_unit_test(size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
