// SPDX-License-Identifier: BSD-2-Clause
/* COSE_Sign1: messages made by another encoder, and every damage to them. */
#include "strict.h"

#include "../../format/cose.h"

#define SPKI_SHA256 "6feecc8c16c5551d9feb3eb5f77e2da773bf68bd9ef9c52927ceb2c86e56892b"
#define ZERO48                                             \
	"000000000000000000000000000000000000000000000000" \
	"000000000000000000000000000000000000000000000000"

/* python3: cbor2.dumps({1: -35, 3: "application/vnd.tally.soft-report+cbor", 4: sha256(b"spki")}, canonical=True) */
#define PROTECTED "a3 01 3822 03 7826 'application/vnd.tally.soft-report+cbor' 04 5820" SPKI_SHA256
/* python3: cbor2.dumps(cbor2.CBORTag(18, [PROTECTED, {}, b"payload", bytes(96)]), canonical=True) */
#define MESSAGE "d2 84 5850" PROTECTED "a0 47 'payload' 5860" ZERO48 ZERO48
/* python3: cbor2.dumps(["Signature1", PROTECTED, b"", b"payload"], canonical=True) */
#define TBS "84 6a 'Signature1' 5850" PROTECTED "40 47 'payload'"

/* The parts as received, the protected header made anew. */
static enum tally_status cose_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_cose_sign1 message;
	enum tally_status status = tally_cose_read(input, &message);
	uint8_t header[256];
	struct tally_writer front = tally_writer(header, sizeof(header));

	if (status != TALLY_OK)
		return status;
	tally_cose_write_protected(&front, message.alg, message.content_type, message.key_id);
	assert_bytes_equal(tally_written(&front), message.protected_bytes);
	tally_cose_write(writer, tally_written(&front), message.payload, message.signature);
	return TALLY_OK;
}

static void messages_are_strict(void **state)
{
	(void)state;
	expect_strict(cose_reread, MESSAGE);
	/* Without content type, without key id, without both. */
	expect_strict(cose_reread, "d2 84 48 a2 01 26 04 43616263 a0 43010203 42abcd");
	expect_strict(cose_reread, "d2 84 48 a2 01 26 03 63612f62 a0 43010203 42abcd");
	expect_strict(cose_reread, "d2 84 43 a1 01 26 a0 40 40");
}

static void fields_are_read(void **state)
{
	struct tally_bytes input = hex_bytes(MESSAGE);
	struct tally_cose_sign1 message;

	(void)state;
	assert_int_equal(tally_cose_read(input, &message), TALLY_OK);
	assert_bytes_hex(message.protected_bytes, PROTECTED);
	assert_int_equal(message.alg, TALLY_COSE_ES384);
	assert_true(tally_bytes_equal(message.content_type, tally_text("application/vnd.tally.soft-report+cbor")));
	assert_bytes_hex(message.key_id, SPKI_SHA256);
	assert_true(tally_bytes_equal(message.payload, tally_text("payload")));
	assert_int_equal(message.signature.size, 96);
	free_bytes(input);
}

static void expect_tbs(const char *protected_hex, struct tally_bytes payload, const char *expected)
{
	struct tally_bytes protected_bytes = hex_bytes(protected_hex);
	uint8_t buffer[256];
	struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

	tally_cose_write_tbs(&writer, protected_bytes, payload);
	assert_bytes_hex(tally_written(&writer), expected);
	free_bytes(protected_bytes);
}

static void what_is_signed_is_as_others_have_it(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3 };

	(void)state;
	expect_tbs(PROTECTED, tally_text("payload"), TBS);
	/* ToBeSign_hex of an example of the COSE working group: ES256 over "This is the content." */
	expect_tbs("a10126", tally_text("This is the content."),
		   "846a5369676e61747572653143a101264054546869732069732074686520636f6e74656e742e");
	/* What verifiers of Nitro documents put in front of a payload, ES384. */
	expect_tbs("a1013822", tally_bytes(bytes, sizeof(bytes)), "846a5369676e61747572653144a10138224043010203");
}

static void damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} rows[] = {
		{ "without its tag", "84 43 a1 01 26 a0 40 40", TALLY_DISORDER },
		{ "tag of COSE_Mac0", "d1 84 43 a1 01 26 a0 40 40", TALLY_DISORDER },
		{ "tagged twice", "d2 d2 84 43 a1 01 26 a0 40 40", TALLY_DISORDER },
		{ "three elements", "d2 83 43 a1 01 26 a0 40", TALLY_OUT_OF_RANGE },
		{ "five elements", "d2 85 43 a1 01 26 a0 40 40 40", TALLY_OUT_OF_RANGE },
		{ "a byte behind", "d2 84 43 a1 01 26 a0 40 40 00", TALLY_TRAILING },
		{ "protected header not wrapped", "d2 84 a1 01 26 a0 40 40", TALLY_DISORDER },
		{ "protected header of no bytes", "d2 84 40 a0 40 40", TALLY_TRUNCATED },
		{ "protected header empty", "d2 84 41 a0 a0 40 40", TALLY_UNSUPPORTED },
		{ "protected header with a byte behind", "d2 84 44 a1 01 26 00 a0 40 40", TALLY_TRAILING },
		{ "protected header that is no map", "d2 84 43 82 01 26 a0 40 40", TALLY_DISORDER },
		{ "alg missing", "d2 84 45 a1 04 420102 a0 40 40", TALLY_UNSUPPORTED },
		{ "alg twice", "d2 84 45 a2 01 26 01 26 a0 40 40", TALLY_DUPLICATE },
		{ "alg as text", "d2 84 48 a1 01 65 4553323536 a0 40 40", TALLY_DISORDER },
		{ "alg not shortest", "d2 84 44 a1 01 3806 a0 40 40", TALLY_NOT_CANONICAL },
		{ "alg key not shortest", "d2 84 44 a1 1801 26 a0 40 40", TALLY_NOT_CANONICAL },
		{ "key id before content type", "d2 84 4a a3 01 26 04 42abcd 03 6161 a0 40 40", TALLY_DISORDER },
		{ "content type twice", "d2 84 49 a3 01 26 03 6161 03 6161 a0 40 40", TALLY_DUPLICATE },
		{ "content type as a number", "d2 84 45 a2 01 26 03 00 a0 40 40", TALLY_DISORDER },
		{ "content type empty", "d2 84 45 a2 01 26 03 60 a0 40 40", TALLY_OUT_OF_RANGE },
		{ "key id empty", "d2 84 45 a2 01 26 04 40 a0 40 40", TALLY_OUT_OF_RANGE },
		{ "crit", "d2 84 46 a2 01 26 02 81 03 a0 40 40", TALLY_UNSUPPORTED },
		{ "another parameter", "d2 84 46 a2 01 26 05 4100 a0 40 40", TALLY_UNSUPPORTED },
		{ "a private parameter", "d2 84 45 a2 01 26 20 00 a0 40 40", TALLY_UNSUPPORTED },
		{ "key id unprotected", "d2 84 43 a1 01 26 a1 04 42abcd 40 40", TALLY_UNSUPPORTED },
		{ "alg unprotected", "d2 84 40 a1 01 26 40 40", TALLY_TRUNCATED },
		{ "unprotected that is no map", "d2 84 43 a1 01 26 80 40 40", TALLY_DISORDER },
		{ "payload detached", "d2 84 43 a1 01 26 a0 f6 40", TALLY_DISORDER },
		{ "payload as text", "d2 84 43 a1 01 26 a0 60 40", TALLY_DISORDER },
		{ "indefinite array", "d2 9f 43 a1 01 26 a0 40 40 ff", TALLY_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_refused(cose_reread, rows[i].name, rows[i].hex, rows[i].expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_strict),
		cmocka_unit_test(fields_are_read),
		cmocka_unit_test(what_is_signed_is_as_others_have_it),
		cmocka_unit_test(damage_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
