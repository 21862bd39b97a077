// SPDX-License-Identifier: BSD-2-Clause
/* CoVE evidence as the draft has it: made by another encoder, and every damage to it. No real one exists. */
#include "strict.h"

#include "../../format/cbor_foreign.h"
#include "../../format/cove_token.h"

#define X16(byte) byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte
#define X48(byte) X16(byte) X16(byte) X16(byte)
#define X64(byte) X48(byte) X16(byte)

/* python3: each part as cbor2.dumps writes it; labels 3a000111xx are those that the draft leaves open. */
#define COMPONENT "a5 01 6174 02 5830" X48("01") "03 6131 05 5830" X48("02") "06 67'sha-384'"
#define PROFILE "190109 75'https://riscv.org/TBD'"
#define KEY "3a00011171 41aa"
#define MANUFACTURER "3a00011172 5840" X64("03")
#define STATE "3a00011173 02"
#define COMPONENTS "3a00011174 81" COMPONENT
#define CHALLENGE "0a 5840" X64("04")
#define IDENTITY "3a00011175 5840" X64("05")
#define REGISTER(index, byte) "a3 01" index "02 5830" X48(byte) "03 67'sha-384'"
#define INITIAL "3a00011176 81" REGISTER("00", "06")
#define RUNTIME "3a00011177 82" REGISTER("08", "07") REGISTER("09", "08")

#define PLATFORM "a5" PROFILE KEY MANUFACTURER STATE COMPONENTS
#define TSM "a2" KEY COMPONENTS
#define TVM "a5" CHALLENGE IDENTITY KEY INITIAL RUNTIME

/* A message around these claims, tagged as a CWT. */
static void write_message(struct tally_writer *writer, struct tally_bytes claims)
{
	static uint8_t payload[4096];
	struct tally_writer inner = tally_writer(payload, sizeof(payload));
	struct tally_bytes front = hex_bytes("d2 84 44 a1 01 38 22 a0");

	tally_cbor_write_head(&inner, TALLY_CBOR_TAG, 61);
	tally_write_bytes(&inner, claims);
	tally_write_bytes(writer, front);
	tally_cbor_write_bytes(writer, tally_written(&inner));
	tally_cbor_write_bytes(writer, tally_text("signature"));
	free_bytes(front);
}

static void write_submod(struct tally_writer *writer, const char *name, const char *claims_hex)
{
	struct tally_bytes claims = hex_bytes(claims_hex);

	tally_cbor_write_text(writer, tally_text(name));
	write_message(writer, claims);
	free_bytes(claims);
}

static struct tally_bytes evidence_of(const char *platform, const char *tsm, const char *tvm)
{
	static uint8_t room[8192];
	struct tally_writer writer = tally_writer(room, sizeof(room));

	tally_cbor_write_map(&writer, 1);
	tally_cbor_write_uint(&writer, 266);
	tally_cbor_write_map(&writer, 3);
	write_submod(&writer, "platform", platform);
	write_submod(&writer, "tsm", tsm);
	write_submod(&writer, "tvm", tvm);
	return exact_copy(tally_written(&writer));
}

static struct tally_bytes certificate_around(struct tally_bytes evidence)
{
	static uint8_t claims[8192];
	static uint8_t room[8192];
	struct tally_writer inner = tally_writer(claims, sizeof(claims));
	struct tally_writer writer = tally_writer(room, sizeof(room));

	tally_cbor_write_map(&inner, 3);
	tally_cbor_write_uint(&inner, 1);
	tally_cbor_write_text(&inner, tally_text("tsm"));
	tally_cbor_write_uint(&inner, 2);
	tally_cbor_write_text(&inner, tally_text("tvm"));
	tally_cbor_write_int(&inner, TALLY_COVE_EVIDENCE);
	tally_write_bytes(&inner, evidence);
	write_message(&writer, tally_written(&inner));
	return exact_copy(tally_written(&writer));
}

static struct tally_cove_token token;

static void expect_fields(void)
{
	assert_true(tally_bytes_equal(token.platform.profile, tally_text("https://riscv.org/TBD")));
	assert_bytes_hex(token.platform.key, "aa");
	assert_bytes_hex(token.platform.manufacturer_id, X64("03"));
	assert_int_equal(token.platform.state, TALLY_COVE_SECURED);
	assert_int_equal(token.platform.components.count, 1);
	assert_bytes_hex(token.platform.components.item[0].measurement, X48("01"));
	assert_bytes_hex(token.platform.components.item[0].signer, X48("02"));
	assert_bytes_hex(token.tvm.challenge, X64("04"));
	assert_bytes_hex(token.tvm.identity, X64("05"));
	assert_int_equal(token.tvm.initial_count, 1);
	assert_bytes_hex(token.tvm.initial[0].value, X48("06"));
	assert_int_equal(token.tvm.runtime_count, 2);
	assert_int_equal(token.tvm.runtime[1].index, 9);
	assert_bytes_hex(token.tvm.runtime[1].value, X48("08"));
}

static void evidence_is_read(void **state)
{
	struct tally_bytes bare = evidence_of(PLATFORM, TSM, TVM);
	struct tally_bytes certificate = certificate_around(bare);

	(void)state;
	assert_int_equal(tally_cove_token_read(bare, &token), TALLY_OK);
	assert_false(token.has_certificate);
	expect_fields();
	assert_int_equal(tally_cove_token_read(certificate, &token), TALLY_OK);
	assert_true(token.has_certificate);
	assert_true(tally_bytes_equal(token.issuer, tally_text("tsm")));
	assert_true(tally_bytes_equal(token.subject, tally_text("tvm")));
	expect_fields();
	for (size_t size = 0; size < certificate.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(certificate.data, size));

		assert_int_not_equal(tally_cove_token_read(prefix, &token), TALLY_OK);
		free_bytes(prefix);
	}
	free_bytes(certificate);
	free_bytes(bare);
}

static void damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *platform;
		const char *tsm;
		const char *tvm;
		enum tally_status expected;
	} rows[] = {
		{ "no profile", "a4" KEY MANUFACTURER STATE COMPONENTS, TSM, TVM, TALLY_NOT_FOUND },
		{ "no key", "a4" PROFILE MANUFACTURER STATE COMPONENTS, TSM, TVM, TALLY_NOT_FOUND },
		{ "no state", "a4" PROFILE KEY MANUFACTURER COMPONENTS, TSM, TVM, TALLY_NOT_FOUND },
		{ "a state that there is not", "a5" PROFILE KEY MANUFACTURER "3a00011173 05" COMPONENTS, TSM, TVM,
		  TALLY_OUT_OF_RANGE },
		{ "state 0", "a5" PROFILE KEY MANUFACTURER "3a00011173 00" COMPONENTS, TSM, TVM, TALLY_OUT_OF_RANGE },
		{ "manufacturer id of 48 bytes", "a5" PROFILE KEY "3a00011172 5830" X48("03") STATE COMPONENTS, TSM,
		  TVM, TALLY_OUT_OF_RANGE },
		{ "a claim that the draft does not have", "a6" PROFILE KEY MANUFACTURER STATE COMPONENTS "0a 00", TSM,
		  TVM, TALLY_UNSUPPORTED },
		{ "a claim twice", "a6" PROFILE KEY MANUFACTURER STATE COMPONENTS STATE, TSM, TVM, TALLY_DUPLICATE },
		{ "TSM without a key", PLATFORM, "a1" COMPONENTS, TVM, TALLY_NOT_FOUND },
		{ "TSM without components", PLATFORM, "a1" KEY, TVM, TALLY_NOT_FOUND },
		{ "no component", PLATFORM, "a2" KEY "3a00011174 80", TVM, TALLY_OUT_OF_RANGE },
		{ "component without its signer", PLATFORM,
		  "a2" KEY "3a00011174 81 a4 01 6174 02 5830" X48("01") "03 6131 06 67'sha-384'", TVM,
		  TALLY_NOT_FOUND },
		{ "no challenge", PLATFORM, TSM, "a3" IDENTITY KEY INITIAL, TALLY_NOT_FOUND },
		{ "challenge of 48 bytes", PLATFORM, TSM, "a3 0a 5830" X48("04") KEY INITIAL, TALLY_OUT_OF_RANGE },
		{ "no initial register", PLATFORM, TSM, "a2" CHALLENGE KEY, TALLY_NOT_FOUND },
		{ "an empty list of them", PLATFORM, TSM, "a3" CHALLENGE KEY "3a00011176 80", TALLY_OUT_OF_RANGE },
		{ "nine of them", PLATFORM, TSM,
		  "a3" CHALLENGE KEY "3a00011176 89" REGISTER("00", "06") REGISTER("01", "06") REGISTER("02", "06")
			  REGISTER("03", "06") REGISTER("04", "06") REGISTER("05", "06") REGISTER("06", "06")
				  REGISTER("07", "06") REGISTER("08", "06"),
		  TALLY_TOO_LARGE },
		{ "a register twice", PLATFORM, TSM,
		  "a3" CHALLENGE KEY "3a00011176 82" REGISTER("00", "06") REGISTER("00", "07"), TALLY_DUPLICATE },
		{ "a register twice, its number wider", PLATFORM, TSM,
		  "a3" CHALLENGE KEY "3a00011176 82" REGISTER("00", "06") REGISTER("1800", "07"), TALLY_DUPLICATE },
		{ "a register without its value", PLATFORM, TSM,
		  "a3" CHALLENGE KEY "3a00011176 81 a2 01 00 03 67'sha-384'", TALLY_NOT_FOUND },
		{ "a register of 32 bytes", PLATFORM, TSM,
		  "a3" CHALLENGE KEY "3a00011176 81 a3 01 00 02 5820" X16("06") X16("06") "03 67'sha-256'",
		  TALLY_OUT_OF_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes input = evidence_of(rows[i].platform, rows[i].tsm, rows[i].tvm);
		enum tally_status status = tally_cove_token_read(input, &token);

		if (status != rows[i].expected)
			fail_msg("%s: %s", rows[i].name, tally_status_name(status));
		free_bytes(input);
	}
}

static void damaged_envelopes_are_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} rows[] = {
		{ "nothing", "", TALLY_TRUNCATED },
		{ "no submodules", "a0", TALLY_UNSUPPORTED },
		{ "another claim beside them", "a2 19010a a0 0a 00", TALLY_UNSUPPORTED },
		{ "no submodule", "a1 19010a a0", TALLY_NOT_FOUND },
		{ "another submodule", "a1 19010a a1 63'vmm' a0", TALLY_UNSUPPORTED },
		{ "claims that nobody signed", "d90259 a1 19010a a0", TALLY_DISORDER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes input = hex_bytes(rows[i].hex);
		enum tally_status status = tally_cove_token_read(input, &token);

		if (status != rows[i].expected)
			fail_msg("%s: %s", rows[i].name, tally_status_name(status));
		free_bytes(input);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evidence_is_read),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(damaged_envelopes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
