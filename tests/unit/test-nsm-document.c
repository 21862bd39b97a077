// SPDX-License-Identifier: BSD-2-Clause
/* Attestation documents of Nitro: a small one by another encoder, damages to it, and real ones. */
#include "strict.h"
#include "vectors.h"

#include "../../format/cbor_foreign.h"
#include "../../format/nsm_document.h"

#define X16(byte) byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte
#define X48(byte) X16(byte) X16(byte) X16(byte)

/* python3: each field as cbor2.dumps writes it. */
#define MODULE "69'module_id' 68'i-1-enc2'"
#define DIGEST "66'digest' 66'SHA384'"
#define TIMESTAMP "69'timestamp' 1b0000018bcfe56800"
#define PCRS "64'pcrs' a2 00 5830" X48("10") "11 5830" X48("11")
#define CERTIFICATE "6b'certificate' 42c0c1"
#define CABUNDLE "68'cabundle' 82 41a0 42a1a2"
#define PUBLIC_KEY "6a'public_key' f6"
#define USER_DATA "69'user_data' 427564"
#define NONCE "65'nonce' 40"
#define NEEDED MODULE DIGEST TIMESTAMP PCRS CERTIFICATE CABUNDLE
#define OPTIONAL PUBLIC_KEY USER_DATA NONCE

/* A document with this payload. */
static struct tally_bytes document_of(const char *payload_hex)
{
	struct tally_bytes payload = hex_bytes(payload_hex);
	uint8_t *data = malloc(payload.size + 64);
	struct tally_writer writer = tally_writer(data, payload.size + 64);
	static const uint8_t front[] = { 0x84, 0x44, 0xa1, 0x01, 0x38, 0x22, 0xa0 };
	struct tally_bytes document;

	assert_non_null(data);
	tally_write_bytes(&writer, tally_bytes(front, sizeof(front)));
	tally_cbor_write_bytes(&writer, payload);
	tally_cbor_write_bytes(&writer, tally_text("signature"));
	document = exact_copy(tally_written(&writer));
	free(data);
	free_bytes(payload);
	return document;
}

static enum tally_status read_payload(const char *hex, struct tally_nsm_document *ret, struct tally_bytes *ret_bytes)
{
	*ret_bytes = document_of(hex);
	return tally_nsm_document_read(*ret_bytes, ret);
}

static void fields_are_read(void **state)
{
	static const char *const payloads[] = {
		"a9" NEEDED OPTIONAL,
		"bf" NEEDED OPTIONAL "ff",
		"bf" OPTIONAL CABUNDLE CERTIFICATE PCRS TIMESTAMP DIGEST MODULE "ff",
		"a8" NEEDED USER_DATA NONCE,
	};
	struct tally_nsm_document document;
	struct tally_bytes bytes;

	(void)state;
	for (size_t i = 0; i < COUNT(payloads); i++) {
		assert_int_equal(read_payload(payloads[i], &document, &bytes), TALLY_OK);
		assert_true(tally_bytes_equal(document.module_id, tally_text("i-1-enc2")));
		assert_true(document.timestamp == 1700000000000);
		assert_int_equal(document.pcr_mask, 1 << 0 | 1 << 17);
		assert_bytes_hex(document.pcr[0], X48("10"));
		assert_bytes_hex(document.pcr[17], X48("11"));
		assert_bytes_hex(document.certificate, "c0c1");
		assert_int_equal(document.cabundle_count, 2);
		assert_bytes_hex(document.cabundle[0], "a0");
		assert_bytes_hex(document.cabundle[1], "a1a2");
		assert_int_equal(document.public_key.size, 0);
		assert_bytes_hex(document.user_data, "7564");
		assert_int_equal(document.nonce.size, 0);
		assert_int_equal(document.cose.alg, TALLY_COSE_ES384);
		assert_int_equal(document.unknown_count, 0);
		free_bytes(bytes);
	}
}

static void unknown_fields_are_told(void **state)
{
	struct tally_nsm_document document;
	struct tally_bytes bytes;

	(void)state;
	assert_int_equal(read_payload("a8" NEEDED "65'other' 80 66'others' 00", &document, &bytes), TALLY_OK);
	assert_int_equal(document.unknown_count, 2);
	assert_true(tally_bytes_equal(document.unknown, tally_text("other")));
	free_bytes(bytes);
}

static void damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *payload;
		enum tally_status expected;
	} rows[] = {
		{ "no module_id", "a5" DIGEST TIMESTAMP PCRS CERTIFICATE CABUNDLE, TALLY_NOT_FOUND },
		{ "no digest", "a5" MODULE TIMESTAMP PCRS CERTIFICATE CABUNDLE, TALLY_NOT_FOUND },
		{ "no timestamp", "a5" MODULE DIGEST PCRS CERTIFICATE CABUNDLE, TALLY_NOT_FOUND },
		{ "no pcrs", "a5" MODULE DIGEST TIMESTAMP CERTIFICATE CABUNDLE, TALLY_NOT_FOUND },
		{ "no certificate", "a5" MODULE DIGEST TIMESTAMP PCRS CABUNDLE, TALLY_NOT_FOUND },
		{ "no cabundle", "a5" MODULE DIGEST TIMESTAMP PCRS CERTIFICATE, TALLY_NOT_FOUND },
		{ "a NitroTPM's document",
		  "a6" MODULE DIGEST TIMESTAMP CERTIFICATE CABUNDLE "6d'nitrotpm_pcrs' a1 00 40", TALLY_UNSUPPORTED },
		{ "both kinds of PCRs", "a7" NEEDED "6d'nitrotpm_pcrs' a1 00 40", TALLY_UNSUPPORTED },
		{ "module_id empty", "a6" DIGEST TIMESTAMP PCRS CERTIFICATE CABUNDLE "69'module_id' 60",
		  TALLY_OUT_OF_RANGE },
		{ "module_id of bytes", "a6" DIGEST TIMESTAMP PCRS CERTIFICATE CABUNDLE "69'module_id' 4161",
		  TALLY_DISORDER },
		{ "another digest", "a6" MODULE TIMESTAMP PCRS CERTIFICATE CABUNDLE "66'digest' 66'SHA256'",
		  TALLY_UNSUPPORTED },
		{ "timestamp 0", "a6" MODULE DIGEST PCRS CERTIFICATE CABUNDLE "69'timestamp' 00", TALLY_OUT_OF_RANGE },
		{ "timestamp beyond 63 bits",
		  "a6" MODULE DIGEST PCRS CERTIFICATE CABUNDLE "69'timestamp' 1b8000000000000000", TALLY_OUT_OF_RANGE },
		{ "timestamp negative", "a6" MODULE DIGEST PCRS CERTIFICATE CABUNDLE "69'timestamp' 20",
		  TALLY_DISORDER },
		{ "no PCR", "a6" MODULE DIGEST TIMESTAMP CERTIFICATE CABUNDLE "64'pcrs' a0", TALLY_OUT_OF_RANGE },
		{ "PCR 32", "a6" MODULE DIGEST TIMESTAMP CERTIFICATE CABUNDLE "64'pcrs' a1 1820 5830" X48("10"),
		  TALLY_OUT_OF_RANGE },
		{ "PCR of another size",
		  "a6" MODULE DIGEST TIMESTAMP CERTIFICATE CABUNDLE "64'pcrs' a1 00 5820" X16("10") X16("10"),
		  TALLY_OUT_OF_RANGE },
		{ "PCR twice",
		  "a6" MODULE DIGEST TIMESTAMP CERTIFICATE CABUNDLE
		  "64'pcrs' a2 00 5830" X48("10") "1800 5830" X48("11"),
		  TALLY_DUPLICATE },
		{ "PCR by name", "a6" MODULE DIGEST TIMESTAMP CERTIFICATE CABUNDLE "64'pcrs' a1 6130 5830" X48("10"),
		  TALLY_DISORDER },
		{ "certificate empty", "a6" MODULE DIGEST TIMESTAMP PCRS CABUNDLE "6b'certificate' 40",
		  TALLY_OUT_OF_RANGE },
		{ "bundle empty", "a6" MODULE DIGEST TIMESTAMP PCRS CERTIFICATE "68'cabundle' 80", TALLY_OUT_OF_RANGE },
		{ "bundle null", "a6" MODULE DIGEST TIMESTAMP PCRS CERTIFICATE "68'cabundle' f6", TALLY_DISORDER },
		{ "certificate of the bundle empty", "a6" MODULE DIGEST TIMESTAMP PCRS CERTIFICATE "68'cabundle' 8140",
		  TALLY_OUT_OF_RANGE },
		{ "bundle of eleven",
		  "a6" MODULE DIGEST TIMESTAMP PCRS CERTIFICATE
		  "68'cabundle' 8b 4100 4100 4100 4100 4100 4100 4100 4100 4100 4100 4100",
		  TALLY_TOO_LARGE },
		{ "nonce as text", "a7" NEEDED "65'nonce' 60", TALLY_DISORDER },
		{ "nonce in pieces", "a7" NEEDED "65'nonce' 5f4100ff", TALLY_UNSUPPORTED },
		{ "field twice", "a7" NEEDED MODULE, TALLY_DUPLICATE },
		{ "field twice, its name's length wider", "a7" NEEDED "7809'module_id' 68'i-1-enc3'", TALLY_DUPLICATE },
		{ "field twice without a count", "bf" NEEDED NONCE NONCE "ff", TALLY_DUPLICATE },
		{ "duplicate inside a field that nobody knows", "a7" NEEDED "65'other' a2 00 00 00 00",
		  TALLY_DUPLICATE },
		{ "number for a name", "a7" NEEDED "01 00", TALLY_DISORDER },
		{ "no end", "bf" NEEDED, TALLY_TRUNCATED },
		{ "bytes behind", "a6" NEEDED "00", TALLY_TRAILING },
		{ "no map", "80", TALLY_DISORDER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_nsm_document document;
		struct tally_bytes bytes;
		enum tally_status status = read_payload(rows[i].payload, &document, &bytes);

		if (status != rows[i].expected)
			fail_msg("%s: %s", rows[i].name, tally_status_name(status));
		free_bytes(bytes);
	}
}

static void sizes_are_bounded(void **state)
{
	static uint8_t large[TALLY_NSM_DOCUMENT_LIMIT + 1];
	struct tally_nsm_document document;

	(void)state;
	assert_int_equal(tally_nsm_document_read(tally_bytes(large, sizeof(large)), &document), TALLY_TOO_LARGE);
}

static void expect_unwrapped(const char *hex, enum tally_nsm_wrapping wrapping, const char *document_hex)
{
	struct tally_bytes input = hex_bytes(hex);
	enum tally_nsm_wrapping found;
	struct tally_bytes document;

	assert_int_equal(tally_nsm_unwrap(input, &found, &document), TALLY_OK);
	assert_int_equal(found, wrapping);
	assert_bytes_hex(document, document_hex);
	free_bytes(input);
}

static void wrappings_are_told_apart(void **state)
{
	(void)state;
	expect_unwrapped("84 40 a0 40 40", TALLY_NSM_BARE, "84 40 a0 40 40");
	expect_unwrapped("d2 84 40 a0 40 40", TALLY_NSM_BARE, "d2 84 40 a0 40 40");
	expect_unwrapped("a1 6b'Attestation' a1 68'document' 43010203", TALLY_NSM_RESPONSE, "010203");
	expect_unwrapped("bf 6b'Attestation' bf 68'document' 43010203 ffff", TALLY_NSM_RESPONSE, "010203");
	expect_unwrapped("00 02 0c 010203 04 0461 0862 63" X48("00") X16("00") "00", TALLY_NSM_DSTACK, "010203");
}

static void wrong_wrappings_are_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} rows[] = {
		{ "nothing", "", TALLY_TRUNCATED },
		{ "another error", "a1 65'Error' 6c'InvalidIndex'", TALLY_UNSUPPORTED },
		{ "another answer", "a1 69'GetRandom' a1 66'random' 4100", TALLY_UNSUPPORTED },
		{ "two answers", "a2 6b'Attestation' a1 68'document' 4100 65'Error' 60", TALLY_UNSUPPORTED },
		{ "more than the document", "a1 6b'Attestation' a2 68'document' 4100 6161 00", TALLY_UNSUPPORTED },
		{ "document twice", "a1 6b'Attestation' a2 68'document' 4100 68'document' 4100", TALLY_DUPLICATE },
		{ "document as text", "a1 6b'Attestation' a1 68'document' 60", TALLY_DISORDER },
		{ "bytes behind", "a1 6b'Attestation' a1 68'document' 4100 00", TALLY_TRAILING },
		{ "dstack of another kind", "00 01 0c 010203 00" X48("00") X16("00") "00", TALLY_UNSUPPORTED },
		{ "dstack, bytes behind", "00 02 0c 010203 00" X48("00") X16("00") "0000", TALLY_TRAILING },
		{ "dstack, a number of more bytes than anybody needs", "00 02 03ffffffff", TALLY_TOO_LARGE },
		{ "dstack, events without end", "00 02 0c 010203 feffffff", TALLY_TRUNCATED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes input = hex_bytes(rows[i].hex);
		enum tally_nsm_wrapping wrapping;
		struct tally_bytes document;
		enum tally_status status = tally_nsm_unwrap(input, &wrapping, &document);

		if (status != rows[i].expected)
			fail_msg("%s: %s", rows[i].name, tally_status_name(status));
		free_bytes(input);
	}
}

static void expect_prefixes_refused(struct tally_bytes whole)
{
	for (size_t size = 0; size < whole.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(whole.data, size));
		struct tally_nsm_document document;

		assert_int_not_equal(tally_nsm_document_read(prefix, &document), TALLY_OK);
		free_bytes(prefix);
	}
}

static void every_prefix_is_refused(void **state)
{
	struct tally_bytes whole = document_of("bf" NEEDED OPTIONAL "ff");

	(void)state;
	expect_prefixes_refused(whole);
	free_bytes(whole);
}

static void check_document(const struct tally_nsm_document *document, json_t *answers)
{
	json_t *pcrs = json_object_get(answers, "pcrs");
	const char *text;
	size_t count = 0;

	assert_true(tally_bytes_equal(document->module_id,
				      tally_text(json_string_value(json_object_get(answers, "module_id")))));
	assert_true(document->timestamp == (uint64_t)json_integer_value(json_object_get(answers, "timestamp_ms")));
	assert_int_equal(document->cabundle_count + 1, json_integer_value(json_object_get(answers, "chain_length")));
	assert_int_equal(document->cose.alg, json_integer_value(json_object_get(answers, "cose_alg")));
	for (unsigned pcr = 0; pcr < TALLY_NSM_PCR_COUNT; pcr++) {
		char key[8];

		snprintf(key, sizeof(key), "%u", pcr);
		assert_int_equal(json_object_get(pcrs, key) != NULL, document->pcr_mask >> pcr & 1);
		if (document->pcr_mask >> pcr & 1)
			assert_answer_hex(pcrs, key, document->pcr[pcr]);
		count += document->pcr_mask >> pcr & 1;
	}
	assert_int_equal(count, json_object_size(pcrs));
	text = json_string_value(json_object_get(answers, "user_data"));
	assert_bytes_hex(document->user_data, text ? text : "");
	text = json_string_value(json_object_get(answers, "nonce"));
	assert_bytes_hex(document->nonce, text ? text : "");
}

static void real_documents_are_read(void **state)
{
	static const char *const names[] = { "dstack-debug", "dstack-prod-1", "dstack-prod-2" };

	(void)state;
	if (!getenv("TALLY_VECTORS"))
		skip();
	for (size_t i = 0; i < COUNT(names); i++) {
		struct tally_bytes bytes = vector_bytes("nitro", names[i], ".cose");
		struct tally_bytes wrapped = vector_bytes("nitro", names[i], ".nsm-response.bin");
		json_t *answers = vector_answers("nitro", names[i]);
		enum tally_nsm_wrapping wrapping;
		struct tally_nsm_document document;
		struct tally_bytes inner;

		assert_int_equal(tally_nsm_document_read(bytes, &document), TALLY_OK);
		check_document(&document, answers);
		assert_int_equal(tally_nsm_unwrap(wrapped, &wrapping, &inner), TALLY_OK);
		assert_int_equal(wrapping, TALLY_NSM_DSTACK);
		assert_bytes_equal(inner, bytes);
		if (i == 0)
			expect_prefixes_refused(bytes);
		json_decref(answers);
		free_bytes(wrapped);
		free_bytes(bytes);
	}
}

static void damaged_documents_are_refused(void **state)
{
	static const struct {
		const char *name;
		enum tally_status expected;
	} rows[] = {
		{ "derived-public-nitro-payload-len64", TALLY_TRUNCATED },
		{ "derived-public-nitro-trailing", TALLY_TRAILING },
		{ "derived-public-nitro-trunc-1", TALLY_TRUNCATED },
		{ "derived-public-nitro-trunc-8", TALLY_TRUNCATED },
		{ "derived-public-nitro-trunc-200", TALLY_TRUNCATED },
		{ "derived-public-nitro-trunc-4431", TALLY_TRUNCATED },
		{ "derived-public-nitro-trunc-4526", TALLY_TRUNCATED },
		{ "derived-public-nitro-pcr-bitflip", TALLY_OK },
		{ "derived-public-nitro-sig-bitflip", TALLY_OK },
	};
	struct tally_nsm_document document;

	(void)state;
	if (!getenv("TALLY_VECTORS"))
		skip();
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes bytes = vector_bytes("malformed", rows[i].name, ".bin");
		enum tally_status status = tally_nsm_document_read(bytes, &document);

		if (status != rows[i].expected)
			fail_msg("%s: %s", rows[i].name, tally_status_name(status));
		free_bytes(bytes);
	}
}

/* nitrite's own example writes null where COSE has a map. */
static void a_header_that_is_no_map_is_refused(void **state)
{
	struct tally_nsm_document document;
	struct tally_bytes bytes;

	(void)state;
	if (!getenv("TALLY_VECTORS"))
		skip();
	bytes = vector_bytes("nitro", "nitrite-selfsigned", ".cose");
	assert_int_equal(tally_nsm_document_read(bytes, &document), TALLY_DISORDER);
	free_bytes(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_read),
		cmocka_unit_test(unknown_fields_are_told),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(wrappings_are_told_apart),
		cmocka_unit_test(wrong_wrappings_are_refused),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(real_documents_are_read),
		cmocka_unit_test(damaged_documents_are_refused),
		cmocka_unit_test(a_header_that_is_no_map_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
