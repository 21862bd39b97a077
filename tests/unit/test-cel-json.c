// SPDX-License-Identifier: BSD-2-Clause
/* CEL-JSON: worked examples, our one form, what other producers write, and damage. */
#include "../../format/cel_json.h"

#include "cel-cases.h"

#include "../../format/cel_tlv.h"

static enum tally_status read_with(const struct tally_cel_reading *reading, const char *text, struct tally_record *ret)
{
	struct tally_bytes input = tally_text(text);
	struct tally_json_reader json = tally_json_open(input);
	enum tally_status status = tally_cel_json_read(&json, reading, ret);

	assert_int_equal(status, json.cursor.status);
	assert_true(tally_json_offset(&json) <= input.size);
	return status == TALLY_OK ? tally_json_end(&json) : status;
}

static enum tally_status read_record(const char *text, struct tally_record *ret)
{
	return read_with(&cel_reading_of_pcrs, text, ret);
}

static void assert_written(const struct tally_record *record, const char *text)
{
	uint8_t room[1024];
	struct tally_writer writer = tally_writer(room, sizeof(room));

	tally_cel_json_write(&writer, record);
	assert_int_equal(writer.status, TALLY_OK);
	assert_bytes_equal(tally_written(&writer), tally_text(text));
}

static void the_forms_mean_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cel_cases); i++) {
		struct tally_bytes tlv = hex_bytes(cel_cases[i].tlv);
		struct tally_cursor cursor = tally_cursor(tlv);
		struct tally_record from_json;
		struct tally_record from_tlv;

		if (read_record(cel_cases[i].json, &from_json) != TALLY_OK)
			fail_msg("%s is refused", cel_cases[i].name);
		assert_int_equal(tally_cel_read(&cursor, TALLY_NUMBERING_PCR, &from_tlv), TALLY_OK);
		assert_records_equal(&from_json, &from_tlv);
		assert_int_equal(from_json.is_measured, cel_cases[i].is_measured);
		assert_bytes_equal(from_json.encoded, tally_text(cel_cases[i].json));
		assert_written(&from_tlv, cel_cases[i].json);
		free_bytes(tlv);
	}
}

/* Cut off, it is no record; changed, it is another, or none: what is read is written so that it reads the same. */
static void damage_is_refused_or_another_record(void **state)
{
	static const char changes[] = "\"{}[],:09aF\\ xz";
	static uint8_t other_room[sizeof(cel_room)];
	struct tally_cel_reading other = cel_reading_of_pcrs;

	(void)state;
	other.room.data = other_room;
	for (size_t i = 0; i < COUNT(cel_cases); i++) {
		size_t size = strlen(cel_cases[i].json);
		struct tally_record record;
		char text[1024];

		for (size_t cut = 0; cut < size; cut++) {
			memcpy(text, cel_cases[i].json, cut);
			text[cut] = 0;
			assert_int_not_equal(read_record(text, &record), TALLY_OK);
		}
		for (size_t at = 0; at < size; at++) {
			for (const char *change = changes; *change; change++) {
				uint8_t room[1024];
				struct tally_writer writer = tally_writer(room, sizeof(room) - 1);
				struct tally_record again;

				memcpy(text, cel_cases[i].json, size + 1);
				text[at] = *change;
				if (read_record(text, &record) != TALLY_OK)
					continue;
				tally_cel_json_write(&writer, &record);
				assert_int_equal(writer.status, TALLY_OK);
				room[writer.size] = 0;
				assert_int_equal(read_with(&other, (char *)room, &again), TALLY_OK);
				assert_records_equal(&record, &again);
			}
		}
	}
}

/* The same record as the first case, as others write it. */
static void other_producers_are_read(void **state)
{
	static const struct {
		const char *text;
		const char *dialect;
	} forms[] = {
		{ "{\"recnum\":0,\"pcr\":10," JSON_ABC "\"content_type\":\"pcclient_std\",\"content\":{\"event_type\":"
		  "\"ev_event_tag\",\"event_data\":\"616263\"}}",
		  "libcel" },
		{ "{ \"pcr\" : 10 , \"recnum\" : 0 , " JSON_ABC "\"content_type\":\"pcclient_std\",\"content\":"
		  "{\"event_type\":\"EV_EVENT_TAG\",\"event_data\":\"616263\"}}",
		  "pcrlock" },
		{ "{\"recnum\":0,\"pcr\":10," JSON_ABC "\"content\":{\"event_data\":\"616263\",\"event_type\":\"6\","
		  "\"event\":{\"a\":[1,2]}},\"content_type\":\"pcclient_std\"}",
		  "" },
		{ "{\"recnum\":0,\"pcr\":10,\"digests\":[{\"digest\":\"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9C"
		  "B410FF61F20015AD\",\"hashAlg\":11}],\"content_type\":5,\"content\":{\"event_type\":6,\"event_data\":"
		  "\"616263\"}}",
		  "" },
		{ "{\"recnum\":0,\"p\\u0063r\":10,\"digests\":[{\"hashAlg\":\"SHA256\",\"digest\":\"" ABC "\"}],"
		  "\"content_type\":\"pcclient_std\",\"content\":{\"event_type\":\"EV_EVENT_TAG\",\"event_data\":"
		  "\"616263\"}}",
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct tally_record record;

		if (read_record(forms[i].text, &record) != TALLY_OK)
			fail_msg("refused: %s", forms[i].text);
		assert_string_equal(tally_cel_json_dialect(&record), forms[i].dialect);
		assert_written(&record, cel_cases[0].json);
	}
}

/* What only JSON can hold comes back as it was, and counts as measured. */
static void what_has_no_number_is_kept(void **state)
{
	static const struct {
		const char *text;
		const char *dialect;
	} forms[] = {
		{ "{\"recnum\":0,\"pcr\":16," JSON_ABC
		  "\"content_type\":\"tss2\",\"content\":{\"data\":\"00\",\"event\":{\"a b\":[1,null]}}}",
		  "tss2-fapi" },
		{ "{\"recnum\":0,\"pcr\":0," JSON_ABC "\"content_type\":\"pcclient_std\",\"content\":{\"event_type\":"
		  "\"Unknown event type\",\"event_data\":\"616263\"}}",
		  "" },
		{ "{\"recnum\":0,\"pcr\":0," JSON_ABC "\"content_type\":\"200\",\"content\":{\"a\":1}}", "" },
	};
	struct tally_record record;

	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		assert_int_equal(read_record(forms[i].text, &record), TALLY_OK);
		assert_int_equal(record.content_type, TALLY_CONTENT_NAMED);
		assert_true(record.is_measured);
		assert_string_equal(tally_cel_json_dialect(&record), forms[i].dialect);
		assert_written(&record, forms[i].text);
	}
	assert_int_equal(
		read_record("{\"recnum\":0,\"pcr\":0," JSON_ABC "\"content_type\":200,\"content\":{\"a\":1}}", &record),
		TALLY_OK);
	assert_written(&record, forms[2].text);
}

/* systemd states no number; the object that it logs stays JSON. spec: systemd, tpm2-measure.log */
static void systemd_states_no_number(void **state)
{
	static const char text[] = "{\"pcr\":11," JSON_ABC "\"content_type\":\"systemd\",\"content\":{ \"string\" : "
				   "\"enter-initrd\",\"bootId\":\"0123456789abcdef0123456789abcdef\",\"timestamp\":"
				   "1234567,\"eventType\":\"phase\"}}";
	static const char line[] = "\x1e{\"pcr\":11," JSON_ABC "\"content_type\":\"systemd\",\"content\":{\"string\":"
				   "\"enter-initrd\",\"bootId\":\"0123456789abcdef0123456789abcdef\",\"timestamp\":"
				   "1234567,\"eventType\":\"phase\"}}\n";
	struct tally_cel_reading unnumbered = cel_reading_of_pcrs;
	struct tally_record record;
	uint8_t room[1024];
	struct tally_writer writer = tally_writer(room, sizeof(room));

	(void)state;
	assert_int_equal(read_record(text, &record), TALLY_DISORDER);
	unnumbered.is_numbered = false;
	assert_int_equal(read_with(&unnumbered, text, &record), TALLY_OK);
	assert_int_equal(record.content_type, TALLY_CONTENT_SYSTEMD);
	tally_cel_json_write_systemd(&writer, &record);
	assert_bytes_equal(tally_written(&writer), tally_text(line));
	assert_int_equal(read_with(&unnumbered,
				   "{\"pcr\":11,\"digests\":[{\"hashAlg\":\"sha1\",\"digest\":"
				   "\"0000000000000000000000000000000000000000\"}]}",
				   &record),
			 TALLY_OK);
	assert_int_equal(record.content_type, TALLY_CONTENT_NAMED);
	assert_int_equal(record.content.size, 0);
	assert_true(record.is_measured);
	record.is_measured = false;
	tally_cel_json_write_systemd(&writer, &record);
	assert_int_equal(writer.status, TALLY_UNSUPPORTED);
}

#define AROUND(content_type, content) \
	"{\"recnum\":0,\"pcr\":10," JSON_ABC "\"content_type\":" content_type ",\"content\":" content "}"

static void damage_has_a_status(void **state)
{
	static const struct {
		const char *text;
		enum tally_status expected;
	} cases[] = {
		{ "[]", TALLY_DISORDER },
		{ "{}", TALLY_DISORDER },
		{ "{\"recnum\":0,\"recnum\":0}", TALLY_DUPLICATE },
		{ "{\"recnum\":0,\"\\u0072ecnum\":0}", TALLY_DUPLICATE },
		{ "{\"recnum\":-1}", TALLY_OUT_OF_RANGE },
		{ "{\"recnum\":18446744073709551616}", TALLY_OUT_OF_RANGE },
		{ "{\"recnum\":\"0\"}", TALLY_DISORDER },
		{ "{\"pcr\":16777216}", TALLY_OUT_OF_RANGE },
		{ "{\"pcr\":1,\"nv_index\":1}", TALLY_DUPLICATE },
		{ "{\"pcr\":1,\"ccmr\":1}", TALLY_DUPLICATE },
		{ "{\"nv_index\":4294967296}", TALLY_OUT_OF_RANGE },
		{ "{\"imr\":1}", TALLY_UNSUPPORTED },
		{ "{\"digests\":[]}", TALLY_OUT_OF_RANGE },
		{ "{\"digests\":[{}]}", TALLY_DISORDER },
		{ "{\"digests\":[{\"hashAlg\":\"md5\",\"digest\":\"00\"}]}", TALLY_UNKNOWN_ALGORITHM },
		{ "{\"digests\":[{\"hashAlg\":\"md5\",\"digest\":\"0g\"}]}", TALLY_OUT_OF_RANGE },
		{ "{\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"00\"}]}", TALLY_DIGEST_SIZE },
		{ "{\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"" ABC "\"},{\"hashAlg\":11,\"digest\":\"" ABC
		  "\"}]}",
		  TALLY_DUPLICATE },
		{ "{\"digests\":[{\"hashAlg\":65536,\"digest\":\"\"}]}", TALLY_OUT_OF_RANGE },
		{ "{\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"" ABC "\",\"x\":1}]}", TALLY_UNSUPPORTED },
		{ "{\"content_type\":6}", TALLY_UNSUPPORTED },
		{ "{\"content_type\":0}", TALLY_UNSUPPORTED },
		{ "{\"content_type\":256}", TALLY_OUT_OF_RANGE },
		{ "{\"recnum\":0,\"pcr\":10," JSON_ABC "\"content_type\":\"ima_tlv\"}", TALLY_DISORDER },
		{ "{\"recnum\":0,\"pcr\":10," JSON_ABC "\"content\":\"\"}", TALLY_DISORDER },
		{ AROUND("\"ima_tlv\"", "\"0\""), TALLY_OUT_OF_RANGE },
		{ AROUND("\"ima_tlv\"", "\"0x\""), TALLY_OUT_OF_RANGE },
		{ AROUND("\"pcclient_std\"", "{}"), TALLY_DISORDER },
		{ AROUND("\"pcclient_std\"", "{\"event_type\":6}"), TALLY_DISORDER },
		{ AROUND("\"pcclient_std\"", "{\"event_type\":6,\"event_data\":0}"), TALLY_DISORDER },
		{ AROUND("\"pcclient_std\"", "{\"event_type\":4294967296,\"event_data\":\"\"}"), TALLY_OUT_OF_RANGE },
		{ AROUND("\"pcclient_std\"", "{\"event_type\":6,\"event_data\":\"\",\"x\":1,\"x\":2}"),
		  TALLY_DUPLICATE },
		{ AROUND("\"ima_template\"", "{\"template_name\":\"ima\"}"), TALLY_DISORDER },
		{ AROUND("\"ima_template\"", "{\"template_name\":\"ima\",\"template_data\":\"0\"}"),
		  TALLY_OUT_OF_RANGE },
		{ AROUND("\"cel\"", "[]"), TALLY_OUT_OF_RANGE },
		{ AROUND("\"cel\"", "{}"), TALLY_DISORDER },
		{ AROUND("\"cel\"", "{\"type\":\"cel_version\"}"), TALLY_DISORDER },
		{ AROUND("\"cel\"", "{\"type\":\"cel_version\",\"data\":{\"major\":1}}"), TALLY_DISORDER },
		{ AROUND("\"cel\"", "{\"type\":\"cel_version\",\"data\":{\"major\":1,\"minor\":65536}}"),
		  TALLY_OUT_OF_RANGE },
		{ AROUND("\"cel\"", "{\"type\":\"firmware_end\",\"data\":0}"), TALLY_DISORDER },
		{ AROUND("\"cel\"", "{\"type\":\"state_trans\",\"data\":\"sleep\"}"), TALLY_UNSUPPORTED },
		{ AROUND("\"cel\"", "{\"type\":\"other\",\"data\":0}"), TALLY_UNSUPPORTED },
		{ AROUND("\"cel\"", "{\"type\":\"firmware_end\",\"x\":0}"), TALLY_UNSUPPORTED },
		{ AROUND("\"systemd\"", "[]"), TALLY_DISORDER },
		{ AROUND("\"systemd\"", "{\"a\":1,\"a\":2}"), TALLY_DUPLICATE },
		{ AROUND("\"systemd\"", "{}") "x", TALLY_TRAILING },
	};
	struct tally_record record = { .number = 77 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum tally_status status = read_record(cases[i].text, &record);

		if (status != cases[i].expected)
			fail_msg("%s: %s", cases[i].text, tally_status_name(status));
	}
}

/* Neither a content that is too large nor a room that is too small writes beyond it. */
static void the_room_is_kept_to(void **state)
{
	uint8_t room[8];
	struct tally_cel_reading small = { .numbering = TALLY_NUMBERING_PCR, .is_numbered = true };
	struct tally_record record;

	(void)state;
	for (size_t size = 0; size <= sizeof(room); size++) {
		memset(room, 0xaa, sizeof(room));
		small.room.data = room;
		small.room.size = size;
		for (size_t i = 0; i < COUNT(cel_cases); i++) {
			enum tally_status status;

			small.is_partial = false;
			status = read_with(&small, cel_cases[i].json, &record);
			assert_true(status == TALLY_OK || status == TALLY_NO_SPACE);
			small.is_partial = true;
			assert_int_equal(read_with(&small, cel_cases[i].json, &record), TALLY_OK);
			assert_int_equal(record.is_measured, cel_cases[i].is_measured);
			assert_true(record.content.size <= size);
		}
		for (size_t at = size; at < sizeof(room); at++)
			assert_int_equal(room[at], 0xaa);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_forms_mean_the_same),  cmocka_unit_test(damage_is_refused_or_another_record),
		cmocka_unit_test(other_producers_are_read), cmocka_unit_test(what_has_no_number_is_kept),
		cmocka_unit_test(systemd_states_no_number), cmocka_unit_test(damage_has_a_status),
		cmocka_unit_test(the_room_is_kept_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
