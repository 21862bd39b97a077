// SPDX-License-Identifier: BSD-2-Clause
/* Our events and pins: bytes put together by hand from docs/formats/log.md 2, and every damage to them. */
#include "strict.h"

#include "../../format/cel_tlv.h"
#include "../../format/event.h"

#define ABC_SHA1 "a9993e364706816aba3e25717850c26c9cd0d89d"
#define ABC_SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define ZERO_SHA256 "0000000000000000000000000000000000000000000000000000000000000000"

#define TAG "54414c59" /* TALY */
#define TYPE "01 00000003 617070"
#define NAME "02 00000002 6e31"
#define ORIGIN "03 00000003 303a30"
#define WHO TYPE NAME ORIGIN /* 23 bytes */
#define DATA "04 00000003 616263"
#define DATA_DIGEST "05 00000025 0b 00000020" ABC_SHA256
#define ONCE "06 00000001 01"
#define PCR "07 00000001 17"
#define PCR_DIGESTS "08 0000003e 04 00000014" ABC_SHA1 "0b 00000020" ABC_SHA256

#define WITH_DATA TAG "1f000000" WHO DATA
#define WITH_NO_BYTES TAG "1c000000" WHO "04 00000000"
#define WITH_DIGEST TAG "47000000" WHO DATA_DIGEST ONCE
#define WITH_PCR TAG "60000000" WHO PCR PCR_DIGESTS
#define DIGEST_ONLY "01 0000000b 6469676573742d6f6e6c79"
#define WITH_DIGEST_ONLY TAG "2d000000" DIGEST_ONLY NAME "03 0000000c 313030303a31303040776562 04 00000000"

#define PIN_HEAD                                           \
	"04 00000030"                                      \
	"000102030405060708090a0b0c0d0e0f1011121314151617" \
	"18191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
#define PIN_FROM "01 00000025 0b 00000020" ABC_SHA256
#define PIN_TO "02 00000025 0b 00000020" ZERO_SHA256
#define PIN "00 00000001 02" PIN_FROM PIN_TO "03 00000002 0102" PIN_HEAD

static enum tally_status event_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_event event;
	enum tally_status status = tally_event_read(input, &event);

	if (status == TALLY_OK)
		tally_event_write(writer, &event);
	return status;
}

static enum tally_status pin_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_pin pin;
	enum tally_status status = tally_pin_read(input, &pin);

	if (status == TALLY_OK)
		tally_pin_write(writer, &pin);
	return status;
}

static void each_form_is_strict(void **state)
{
	(void)state;
	expect_strict(event_reread, WITH_DATA);
	expect_strict(event_reread, WITH_NO_BYTES);
	expect_strict(event_reread, WITH_DIGEST);
	expect_strict(event_reread, WITH_PCR);
	expect_strict(event_reread, WITH_DIGEST_ONLY);
	expect_strict(event_reread, TAG "25000000" WHO DATA ONCE);
	expect_strict(event_reread, TAG "66000000" WHO ONCE PCR PCR_DIGESTS);
	expect_strict(pin_reread, PIN);
}

static void fields_are_read(void **state)
{
	struct tally_bytes input = hex_bytes(WITH_DATA);
	struct tally_event event;

	(void)state;
	assert_int_equal(tally_event_read(input, &event), TALLY_OK);
	assert_true(tally_bytes_equal(event.type, tally_text("app")));
	assert_true(tally_bytes_equal(event.name, tally_text("n1")));
	assert_true(tally_bytes_equal(event.origin, tally_text("0:0")));
	assert_true(event.has_data && !event.has_data_digest && !event.is_once && !event.has_pcr);
	assert_true(tally_bytes_equal(event.data, tally_text("abc")));
	free_bytes(input);

	input = hex_bytes(WITH_DIGEST);
	assert_int_equal(tally_event_read(input, &event), TALLY_OK);
	assert_true(!event.has_data && event.has_data_digest && event.is_once && !event.has_pcr);
	assert_int_equal(event.data_digest.alg, TALLY_SHA256);
	assert_bytes_hex(tally_digest_bytes(&event.data_digest), ABC_SHA256);
	free_bytes(input);

	input = hex_bytes(WITH_PCR);
	assert_int_equal(tally_event_read(input, &event), TALLY_OK);
	assert_true(!event.has_data && !event.has_data_digest && !event.is_once && event.has_pcr);
	assert_int_equal(event.pcr, 23);
	assert_int_equal(event.pcr_digests.count, 2);
	assert_bytes_hex(tally_digest_bytes(&event.pcr_digests.digest[0]), ABC_SHA1);
	assert_bytes_hex(tally_digest_bytes(&event.pcr_digests.digest[1]), ABC_SHA256);
	free_bytes(input);
}

static void pin_is_read(void **state)
{
	struct tally_bytes input = hex_bytes(PIN);
	struct tally_pin pin;

	(void)state;
	assert_int_equal(tally_pin_read(input, &pin), TALLY_OK);
	assert_int_equal(pin.index, 2);
	assert_int_equal(pin.next, 0x102);
	assert_bytes_hex(tally_digest_bytes(&pin.from.digest[0]), ABC_SHA256);
	assert_true(tally_digests_are_zero(&pin.to));
	assert_int_equal(pin.head[47], 0x2f);
	free_bytes(input);
}

static void damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} cases[] = {
		{ "CoCo's tag", "4c454141 1f000000" WHO DATA, TALLY_UNSUPPORTED },
		{ "tag of the other byte order", "594c4154 1f000000" WHO DATA, TALLY_UNSUPPORTED },
		{ "size one more", TAG "20000000" WHO DATA, TALLY_TRUNCATED },
		{ "size one less", TAG "1e000000" WHO DATA, TALLY_TRUNCATED },
		{ "size of the other byte order", TAG "0000001f" WHO DATA, TALLY_TRUNCATED },
		{ "size of all ones", TAG "ffffffff" WHO DATA, TALLY_TRUNCATED },
		{ "a byte behind", WITH_DATA "00", TALLY_TRAILING },
		{ "no elements", TAG "00000000", TALLY_TRUNCATED },
		{ "type missing", TAG "17000000" NAME ORIGIN DATA, TALLY_DISORDER },
		{ "name missing", TAG "18000000" TYPE ORIGIN DATA, TALLY_DISORDER },
		{ "origin missing", TAG "17000000" TYPE NAME DATA, TALLY_DISORDER },
		{ "name before type", TAG "1f000000" NAME TYPE ORIGIN DATA, TALLY_DISORDER },
		{ "name twice", TAG "26000000" TYPE NAME NAME ORIGIN DATA, TALLY_DISORDER },
		{ "data before origin", TAG "1f000000" TYPE NAME DATA ORIGIN, TALLY_DISORDER },
		{ "no data", TAG "17000000" WHO, TALLY_OUT_OF_RANGE },
		{ "data twice", TAG "27000000" WHO DATA DATA, TALLY_TRAILING },
		{ "data and its digest", TAG "49000000" WHO DATA DATA_DIGEST, TALLY_OUT_OF_RANGE },
		{ "once before data", TAG "25000000" WHO ONCE DATA, TALLY_TRAILING },
		{ "data digest twice", TAG "6b000000" WHO DATA_DIGEST DATA_DIGEST, TALLY_TRAILING },
		{ "two data digests", TAG "5a000000" WHO "05 0000003e 04 00000014" ABC_SHA1 "0b 00000020" ABC_SHA256,
		  TALLY_OUT_OF_RANGE },
		{ "empty list of data digests", TAG "1c000000" WHO "05 00000000", TALLY_OUT_OF_RANGE },
		{ "data digest of another size", TAG "35000000" WHO "05 00000019 0b 00000014" ABC_SHA1,
		  TALLY_DIGEST_SIZE },
		{ "data digest of an unknown algorithm", TAG "41000000" WHO "05 00000025 27 00000020" ABC_SHA256,
		  TALLY_UNKNOWN_ALGORITHM },
		{ "once of 0", TAG "25000000" WHO DATA "06 00000001 00", TALLY_OUT_OF_RANGE },
		{ "once of 2", TAG "25000000" WHO DATA "06 00000001 02", TALLY_OUT_OF_RANGE },
		{ "once of two bytes", TAG "26000000" WHO DATA "06 00000002 0001", TALLY_OUT_OF_RANGE },
		{ "once of no bytes", TAG "24000000" WHO DATA "06 00000000", TALLY_OUT_OF_RANGE },
		{ "once twice", TAG "2b000000" WHO DATA ONCE ONCE, TALLY_TRAILING },
		{ "PCR without digests", TAG "1d000000" WHO PCR, TALLY_TRUNCATED },
		{ "PCR digests without PCR", TAG "5a000000" WHO PCR_DIGESTS, TALLY_TRAILING },
		{ "PCR with data", TAG "68000000" WHO DATA PCR PCR_DIGESTS, TALLY_OUT_OF_RANGE },
		{ "PCR with data digest", TAG "8a000000" WHO DATA_DIGEST PCR PCR_DIGESTS, TALLY_OUT_OF_RANGE },
		{ "PCR 24", TAG "60000000" WHO "07 00000001 18" PCR_DIGESTS, TALLY_OUT_OF_RANGE },
		{ "PCR not minimal", TAG "61000000" WHO "07 00000002 0017" PCR_DIGESTS, TALLY_NOT_CANONICAL },
		{ "PCR of nine bytes", TAG "68000000" WHO "07 00000009 000000000000000017" PCR_DIGESTS,
		  TALLY_OUT_OF_RANGE },
		{ "PCR digests descending",
		  TAG "60000000" WHO PCR "08 0000003e 0b 00000020" ABC_SHA256 "04 00000014" ABC_SHA1, TALLY_DISORDER },
		{ "PCR digest of an algorithm twice",
		  TAG "54000000" WHO PCR "08 00000032 04 00000014" ABC_SHA1 "04 00000014" ABC_SHA1, TALLY_DUPLICATE },
		{ "PCR digest of an unknown algorithm beside a known one",
		  TAG "4e000000" WHO PCR "08 0000002c 0b 00000020" ABC_SHA256 "27 00000002 abcd",
		  TALLY_UNKNOWN_ALGORITHM },
		{ "element of a later version", TAG "24000000" WHO DATA "09 00000000", TALLY_TRAILING },
		{ "empty type",
		  TAG "1c000000"
		      "01 00000000" NAME ORIGIN DATA,
		  TALLY_OUT_OF_RANGE },
		{ "empty name", TAG "1d000000" TYPE "02 00000000" ORIGIN DATA, TALLY_OUT_OF_RANGE },
		{ "name with a NUL", TAG "1f000000" TYPE "02 00000002 6e00" ORIGIN DATA, TALLY_OUT_OF_RANGE },
		{ "name that is not UTF-8", TAG "1f000000" TYPE "02 00000002 6eff" ORIGIN DATA, TALLY_OUT_OF_RANGE },
		{ "origin that is none", TAG "1f000000" TYPE NAME "03 00000003 303a78" DATA, TALLY_OUT_OF_RANGE },
		{ "digest-only with data", TAG "27000000" DIGEST_ONLY NAME ORIGIN DATA, TALLY_OUT_OF_RANGE },
		{ "digest-only with a data digest", TAG "49000000" DIGEST_ONLY NAME ORIGIN DATA_DIGEST,
		  TALLY_OUT_OF_RANGE },
		{ "digest-only once", TAG "2a000000" DIGEST_ONLY NAME ORIGIN "04 00000000" ONCE, TALLY_OUT_OF_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_refused(event_reread, cases[i].name, cases[i].hex, cases[i].expected);
}

static void damaged_pin_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} cases[] = {
		{ "nothing", "", TALLY_TRUNCATED },
		{ "register missing", PIN_FROM PIN_TO "03 00000002 0102" PIN_HEAD, TALLY_DISORDER },
		{ "register not minimal", "00 00000002 0002" PIN_FROM PIN_TO "03 00000002 0102" PIN_HEAD,
		  TALLY_NOT_CANONICAL },
		{ "register of five bytes", "00 00000005 0100000000" PIN_FROM PIN_TO "03 00000002 0102" PIN_HEAD,
		  TALLY_OUT_OF_RANGE },
		{ "from and to exchanged", "00 00000001 02" PIN_TO PIN_FROM "03 00000002 0102" PIN_HEAD,
		  TALLY_DISORDER },
		{ "other banks in to",
		  "00 00000001 02" PIN_FROM "02 00000019 04 00000014" ABC_SHA1 "03 00000002 0102" PIN_HEAD,
		  TALLY_BANK_SET },
		{ "n not minimal", "00 00000001 02" PIN_FROM PIN_TO "03 00000003 000102" PIN_HEAD,
		  TALLY_NOT_CANONICAL },
		{ "n of no bytes", "00 00000001 02" PIN_FROM PIN_TO "03 00000000" PIN_HEAD, TALLY_OUT_OF_RANGE },
		{ "head too short", "00 00000001 02" PIN_FROM PIN_TO "03 00000002 0102 04 00000020" ZERO_SHA256,
		  TALLY_OUT_OF_RANGE },
		{ "head twice", PIN PIN_HEAD, TALLY_TRAILING },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_refused(pin_reread, cases[i].name, cases[i].hex, cases[i].expected);
}

static void text_is_clean_or_not(void **state)
{
	static const struct {
		const char *hex;
		bool is_clean;
	} cases[] = {
		{ "", false },		 { "20", true },
		{ "7e", true },		 { "c3a4 e282ac f09f8c8d", true }, /* ä, the euro sign, U+1F30D */
		{ "c2a0", true },     /* U+00A0, the first behind the C1 controls */
		{ "ed9fbf", true },   /* U+D7FF, the last before the surrogates */
		{ "ee8080", true },   /* U+E000, the first behind them */
		{ "f48fbfbf", true }, /* U+10FFFF, the last of all */
		{ "00", false },	 { "0a", false },
		{ "1f", false },	 { "7f", false },
		{ "c280", false },     /* U+0080 */
		{ "c29f", false },     /* U+009F */
		{ "80", false },       /* continuation without a lead */
		{ "c3", false },       /* lead without continuation */
		{ "c328", false },     /* lead before another lead */
		{ "c0af", false },     /* overlong '/' */
		{ "c1bf", false },     /* overlong U+007F */
		{ "e08080", false },   /* overlong NUL */
		{ "e09fbf", false },   /* overlong U+07FF */
		{ "f08fbfbf", false }, /* overlong U+FFFF */
		{ "eda080", false },   /* U+D800 */
		{ "edbfbf", false },   /* U+DFFF */
		{ "f4908080", false }, /* U+110000 */
		{ "f888808080", false }, { "ff", false },
		{ "e282", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes text = hex_bytes(cases[i].hex);

		if (tally_event_text_is_clean(text) != cases[i].is_clean)
			fail_msg("%s", cases[i].hex);
		free_bytes(text);
	}
}

static void text_has_at_most_255_bytes(void **state)
{
	char text[257];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_true(tally_event_text_is_clean(tally_bytes(text, 255)));
	assert_false(tally_event_text_is_clean(tally_bytes(text, 256)));
}

static void origin_is_valid_or_not(void **state)
{
	static const struct {
		const char *text;
		bool is_valid;
	} cases[] = {
		{ "0:0", true },
		{ "1000:100", true },
		{ "4294967295:4294967295", true },
		{ "0:0@web", true },
		{ "0:0@a@b:c", true },
		{ "", false },
		{ ":", false },
		{ "0", false },
		{ "0:", false },
		{ ":0", false },
		{ "0:0@", false },
		{ "0:0web", false },
		{ "0:0:0", false },
		{ "00:0", false },
		{ "0:01", false },
		{ "-1:0", false },
		{ "+1:0", false },
		{ " 0:0", false },
		{ "4294967296:0", false },
		{ "0:4294967296", false },
		{ "99999999999999999999999:0", false },
		{ "0:0@we\nb", false },
		{ "root:root", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes text = exact_copy(tally_text(cases[i].text));

		if (tally_event_origin_is_valid(text) != cases[i].is_valid)
			fail_msg("'%s'", cases[i].text);
		free_bytes(text);
	}
}

/* A valid event that each row damages. */
static struct tally_event good_event(void)
{
	struct tally_event event = { 0 };

	event.type = tally_text("app");
	event.name = tally_text("n1");
	event.origin = tally_text("0:0");
	event.has_data = true;
	event.data = tally_text("abc");
	return event;
}

static enum tally_status write_status(const struct tally_event *event)
{
	uint8_t buffer[256];
	struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

	tally_event_write(&writer, event);
	return writer.status;
}

static void writer_refuses_what_the_reader_would(void **state)
{
	struct tally_event event = good_event();

	(void)state;
	assert_int_equal(write_status(&event), TALLY_OK);
	event.name = tally_text("a\tb");
	assert_int_equal(write_status(&event), TALLY_INVALID);
	event = good_event();
	event.type = tally_text("");
	assert_int_equal(write_status(&event), TALLY_INVALID);
	event = good_event();
	event.origin = tally_text("root");
	assert_int_equal(write_status(&event), TALLY_INVALID);
	event = good_event();
	event.has_data = false;
	assert_int_equal(write_status(&event), TALLY_INVALID);
	event = good_event();
	event.has_data_digest = true;
	event.data_digest.alg = TALLY_SHA256;
	assert_int_equal(write_status(&event), TALLY_INVALID);
	event.has_data = false;
	assert_int_equal(write_status(&event), TALLY_OK);
	event.data_digest.alg = 0x27;
	assert_int_equal(write_status(&event), TALLY_INVALID);
	event = good_event();
	event.has_data = false;
	event.has_pcr = true;
	assert_int_equal(write_status(&event), TALLY_INVALID);
	event.pcr_digests.count = 1;
	event.pcr_digests.digest[0].alg = TALLY_SHA256;
	assert_int_equal(write_status(&event), TALLY_OK);
	event.pcr = 24;
	assert_int_equal(write_status(&event), TALLY_INVALID);
	event = good_event();
	event.type = tally_text(TALLY_EVENT_TYPE_DIGEST_ONLY);
	assert_int_equal(write_status(&event), TALLY_INVALID);
	event.data = tally_bytes(NULL, 0);
	assert_int_equal(write_status(&event), TALLY_OK);
}

/* 1 MiB with the tagged header and the elements around the data. */
static void content_over_its_limit_is_refused(void **state)
{
	uint8_t *data = calloc(1, TALLY_CONTENT_LIMIT);
	uint8_t *buffer = malloc(TALLY_CONTENT_LIMIT + 1);
	struct tally_writer writer = tally_writer(buffer, TALLY_CONTENT_LIMIT);
	struct tally_event event = good_event();

	(void)state;
	assert_non_null(data);
	assert_non_null(buffer);
	event.data = tally_bytes(data, TALLY_CONTENT_LIMIT - 8 - 23 - 5);
	tally_event_write(&writer, &event);
	assert_int_equal(writer.status, TALLY_OK);
	assert_int_equal(writer.size, TALLY_CONTENT_LIMIT);
	assert_int_equal(tally_event_read(tally_written(&writer), &event), TALLY_OK);

	event = good_event();
	event.data = tally_bytes(data, TALLY_CONTENT_LIMIT - 8 - 23 - 5 + 1);
	writer = tally_writer(buffer, TALLY_CONTENT_LIMIT + 1);
	tally_event_write(&writer, &event);
	assert_int_equal(writer.status, TALLY_TOO_LARGE);

	/* The same, put together by hand. */
	writer = tally_writer(buffer, TALLY_CONTENT_LIMIT + 1);
	tally_write_le32(&writer, TALLY_EVENT_TAG_ID);
	tally_write_le32(&writer, TALLY_CONTENT_LIMIT - 8 + 1);
	tally_tlv_write(&writer, 1, event.type);
	tally_tlv_write(&writer, 2, event.name);
	tally_tlv_write(&writer, 3, event.origin);
	tally_tlv_write(&writer, 4, event.data);
	assert_int_equal(tally_written(&writer).size, TALLY_CONTENT_LIMIT + 1);
	assert_int_equal(tally_event_read(tally_written(&writer), &event), TALLY_OUT_OF_RANGE);
	free(buffer);
	free(data);
}

static void only_the_hash_of_all_bytes_is_authentic(void **state)
{
	/* printf '<WITH_DATA>' | xxd -r -p | sha256sum; the same with sha384sum */
	struct tally_bytes sha256 = hex_bytes("f204c66571103adc8e13abf17c926c69e4418c668e87958f1eaa92aab3609e58");
	struct tally_bytes sha384 = hex_bytes("5a6969a170881eb61a5d06ee6a6fe654c153ae417f910b1f"
					      "c1c4d90a596d81f2a353939b677f0a27b9023fc7787cf2f5");
	struct tally_bytes content = hex_bytes(WITH_DATA);
	struct tally_record record = { .content = content, .digests = { .count = 2 } };
	bool is_authentic = true;

	(void)state;
	assert_int_equal(tally_digest_set(&record.digests.digest[0], TALLY_SHA256, sha256), TALLY_OK);
	assert_int_equal(tally_digest_set(&record.digests.digest[1], TALLY_SHA384, sha384), TALLY_OK);
	assert_int_equal(tally_event_is_authentic(&record, &is_authentic), TALLY_OK);
	assert_true(is_authentic);
	record.digests.digest[1].bytes[47] ^= 1;
	assert_int_equal(tally_event_is_authentic(&record, &is_authentic), TALLY_OK);
	assert_false(is_authentic);
	record.digests.count = 1;
	assert_int_equal(tally_event_is_authentic(&record, &is_authentic), TALLY_OK);
	assert_true(is_authentic);
	record.content.size--;
	assert_int_equal(tally_event_is_authentic(&record, &is_authentic), TALLY_OK);
	assert_false(is_authentic);
	/* A record without digests authenticates nothing. */
	record.digests.count = 0;
	assert_int_equal(tally_event_is_authentic(&record, &is_authentic), TALLY_OK);
	assert_false(is_authentic);
	free_bytes(content);
	free_bytes(sha384);
	free_bytes(sha256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_strict),
		cmocka_unit_test(fields_are_read),
		cmocka_unit_test(pin_is_read),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(damaged_pin_is_refused),
		cmocka_unit_test(text_is_clean_or_not),
		cmocka_unit_test(text_has_at_most_255_bytes),
		cmocka_unit_test(origin_is_valid_or_not),
		cmocka_unit_test(writer_refuses_what_the_reader_would),
		cmocka_unit_test(content_over_its_limit_is_refused),
		cmocka_unit_test(only_the_hash_of_all_bytes_is_authentic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
