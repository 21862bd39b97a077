// SPDX-License-Identifier: BSD-2-Clause
/* CEL-CBOR: worked examples, our one form, what is accepted beside it, and damage. */
#include "../../format/cel_cbor.h"

#include "cel-cases.h"

#include "../../format/cel_tlv.h"

#include "strict.h"

static enum tally_status read_record(struct tally_bytes input, struct tally_record *ret)
{
	struct tally_cursor cursor = tally_cursor(input);
	enum tally_status status = tally_cel_cbor_read(&cursor, &cel_reading_of_pcrs, ret);

	return status == TALLY_OK ? tally_cursor_end(&cursor) : status;
}

static enum tally_status reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_record record;
	enum tally_status status = read_record(input, &record);

	if (status == TALLY_OK)
		tally_cel_cbor_write(writer, &record);
	return status;
}

static void the_three_forms_mean_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cel_cases); i++) {
		struct tally_bytes cbor = hex_bytes(cel_cases[i].cbor);
		struct tally_bytes tlv = hex_bytes(cel_cases[i].tlv);
		struct tally_cursor cursor = tally_cursor(tlv);
		struct tally_record from_cbor;
		struct tally_record from_tlv;

		if (read_record(cbor, &from_cbor) != TALLY_OK)
			fail_msg("%s is refused", cel_cases[i].name);
		assert_int_equal(tally_cel_read(&cursor, TALLY_NUMBERING_PCR, &from_tlv), TALLY_OK);
		assert_records_equal(&from_cbor, &from_tlv);
		assert_bytes_hex(from_cbor.content, cel_cases[i].content);
		assert_int_equal(from_cbor.is_measured, cel_cases[i].is_measured);
		assert_string_equal(tally_cel_cbor_dialect(&from_cbor), "");
		free_bytes(tlv);
		free_bytes(cbor);
	}
}

static void our_form_is_the_only_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cel_cases); i++)
		expect_strict(reread, cel_cases[i].cbor);
}

/* Other forms of the first case, as it is. */
static void other_producers_are_read(void **state)
{
	static const char *const forms[] = {
		"A4 0000 010A" CBOR_ABC "05A2 0006 0143616263",
		"A5 0000 010A" CBOR_ABC "0905 0AA2 006C'EV_EVENT_TAG' 0143616263",
		"A5 0000 010A" CBOR_ABC "0905 0AA2 006C'ev_event_tag' 0143616263",
		"A5 0000 010A 0381A2 0066'sha256' 015820" ABC "0905 0AA2 0006 0143616263",
		"A5 0000 010A 0381A2 0066'SHA256' 015820" ABC "0905 0AA2 0006 0143616263",
	};
	struct tally_bytes canonical = hex_bytes(cel_cases[0].cbor);
	uint8_t room[256];

	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct tally_bytes form = hex_bytes(forms[i]);
		struct tally_writer writer = tally_writer(room, sizeof(room));
		struct tally_record record;

		assert_int_equal(read_record(form, &record), TALLY_OK);
		assert_string_equal(tally_cel_cbor_dialect(&record), i == 0 ? "keyed" : "");
		tally_cel_cbor_write(&writer, &record);
		assert_bytes_equal(tally_written(&writer), canonical);
		free_bytes(form);
	}
	free_bytes(canonical);
}

static void an_unknown_bank_is_left_out_and_told(void **state)
{
	struct tally_bytes input = hex_bytes("A5 0000 010A 0382 A2 000B 015820" ABC "A2 001927FF 0141AA 0908 0A40");
	struct tally_record record;

	(void)state;
	assert_int_equal(read_record(input, &record), TALLY_OK);
	assert_int_equal(record.digests.count, 1);
	assert_true(record.lacks_digests);
	free_bytes(input);
}

static void damage_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status expected;
	} cases[] = {
		{ "no record", "80", TALLY_DISORDER },
		{ "number twice", "A6 0000 0000 010A" CBOR_ABC "0908 0A40", TALLY_DUPLICATE },
		{ "keys out of order", "A5 010A 0000" CBOR_ABC "0908 0A40", TALLY_DISORDER },
		{ "two indexes", "A6 0000 010A 0200" CBOR_ABC "0908 0A40", TALLY_DUPLICATE },
		{ "no index", "A4 0000" CBOR_ABC "0908 0A40", TALLY_DISORDER },
		{ "no number", "A4 010A" CBOR_ABC "0908 0A40", TALLY_DISORDER },
		{ "no digests", "A4 0000 010A 0908 0A40", TALLY_DISORDER },
		{ "no content", "A4 0000 010A" CBOR_ABC "0908", TALLY_DISORDER },
		{ "content without type", "A4 0000 010A" CBOR_ABC "0A40", TALLY_DISORDER },
		{ "content twice", "A6 0000 010A" CBOR_ABC "0840 0908 0A40", TALLY_DISORDER },
		{ "empty digests", "A5 0000 010A 0380 0908 0A40", TALLY_OUT_OF_RANGE },
		{ "a bank twice", "A5 0000 010A 0382 A2000B015820" ABC "A2000B015820" ABC "0908 0A40",
		  TALLY_DUPLICATE },
		{ "no bank that is known", "A5 0000 010A 0381 A2001927FF0141AA 0908 0A40", TALLY_UNKNOWN_ALGORITHM },
		{ "a short digest", "A5 0000 010A 0381 A2000B0142AABB 0908 0A40", TALLY_DIGEST_SIZE },
		{ "an index too large", "A5 0000 011A01000000" CBOR_ABC "0908 0A40", TALLY_OUT_OF_RANGE },
		{ "a reserved type", "A5 0000 010A" CBOR_ABC "0906 0A40", TALLY_UNSUPPORTED },
		{ "an unknown key", "A6 0000 010A" CBOR_ABC "0908 0A40 0B00", TALLY_UNSUPPORTED },
		{ "an unknown event type's name", "A5 0000 010A" CBOR_ABC "0905 0AA2 0062'EV' 0140",
		  TALLY_UNSUPPORTED },
		{ "an unknown form", "A5 0000 010A" CBOR_ABC "0918C8 0AA0", TALLY_UNSUPPORTED },
		{ "a version without data", "A5 0000 010A" CBOR_ABC "0904 0AA1 0001", TALLY_DISORDER },
		{ "data at firmware's end", "A5 0000 010A" CBOR_ABC "0904 0AA2 0002 0100", TALLY_DISORDER },
		{ "no management element", "A5 0000 010A" CBOR_ABC "0904 0A80", TALLY_OUT_OF_RANGE },
		{ "a long integer", "A5 001800 010A" CBOR_ABC "0908 0A40", TALLY_NOT_CANONICAL },
		{ "an indefinite map", "BF 0000 010A" CBOR_ABC "0908 0A40 FF", TALLY_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect_refused(reread, cases[i].name, cases[i].hex, cases[i].expected);
}

/* What the room can't take is an error or, if that is asked for, left out: measured or not stays known. */
static void the_room_is_kept_to(void **state)
{
	struct tally_cel_reading small = cel_reading_of_pcrs;
	struct tally_record record;

	(void)state;
	small.room.size = 4;
	for (size_t i = 0; i < COUNT(cel_cases); i++) {
		struct tally_bytes input = hex_bytes(cel_cases[i].cbor);
		struct tally_cursor cursor = tally_cursor(input);
		struct tally_cursor again = cursor;
		enum tally_status status;

		small.is_partial = false;
		status = tally_cel_cbor_read(&cursor, &small, &record);
		assert_true(status == TALLY_OK || status == TALLY_NO_SPACE);
		small.is_partial = true;
		assert_int_equal(tally_cel_cbor_read(&again, &small, &record), TALLY_OK);
		assert_int_equal(record.is_measured, cel_cases[i].is_measured);
		free_bytes(input);
	}
}

static void what_cbor_cannot_say_is_refused(void **state)
{
	struct tally_record record = { .numbering = TALLY_NUMBERING_PCR, .content_type = TALLY_CONTENT_NAMED };
	struct tally_bytes content = hex_bytes("00(ff) 01()");
	struct tally_writer writer = tally_writer(NULL, 0);
	uint8_t room[64];

	(void)state;
	tally_cel_cbor_write(&writer, &record);
	assert_int_equal(writer.status, TALLY_UNSUPPORTED);
	writer = tally_writer(room, sizeof(room));
	tally_cel_cbor_write(&writer, &record);
	assert_int_equal(writer.status, TALLY_UNSUPPORTED);
	record.content_type = TALLY_CONTENT_IMA_TEMPLATE;
	record.content = content;
	writer = tally_writer(room, sizeof(room));
	tally_cel_cbor_write(&writer, &record);
	assert_int_equal(writer.status, TALLY_UNSUPPORTED);
	record.content = tally_text("no fields");
	writer = tally_writer(room, sizeof(room));
	tally_cel_cbor_write(&writer, &record);
	assert_int_equal(writer.status, TALLY_INVALID);
	free_bytes(content);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_three_forms_mean_the_same),
		cmocka_unit_test(our_form_is_the_only_one),
		cmocka_unit_test(other_producers_are_read),
		cmocka_unit_test(an_unknown_bank_is_left_out_and_told),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(the_room_is_kept_to),
		cmocka_unit_test(what_cbor_cannot_say_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
