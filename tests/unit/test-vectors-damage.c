// SPDX-License-Identifier: BSD-2-Clause
/* Every prefix of every real log and quote is refused, or read as the shorter log that it is; so is known bad input. */
#include "vectors.h"

#include "../../format/cel_tlv.h"
#include "../../format/tcg2.h"
#include "../../format/tdx_quote.h"
#include "../../format/tpm_quote.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PREFIX_LIMIT 65536 /* of a larger log, only what lies around a field's boundary is cut behind this */
#define AROUND 64
#define STEP 509

static enum tally_status read_log(struct tally_bytes log, enum tally_numbering numbering, enum tally_tcg2_end end)
{
	struct tally_tcg2_reader reader;
	struct tally_record record;
	bool is_end = false;
	enum tally_status status = tally_tcg2_open(&reader, log, numbering, end);

	while (status == TALLY_OK && !is_end)
		status = tally_tcg2_next(&reader, &record, &is_end);
	return status;
}

/*
 * What is left of a log, cut to size, at a reader that stands before it: reading so far did not depend
 * on what follows, so this is a prefix of the whole log without reading all of it again. It is put at
 * the end of a heap block of room_size bytes, so that one byte too far is found.
 */
static enum tally_status next_of_prefix(const struct tally_tcg2_reader *before, size_t size, uint8_t *room,
					size_t room_size, bool *ret_is_end)
{
	uint8_t *prefix = room + room_size - size;
	struct tally_tcg2_reader reader = *before;
	struct tally_record record;

	memcpy(prefix, before->cursor.left.data, size);
	reader.cursor = tally_cursor(tally_bytes(prefix, size));
	reader.input_size = before->input_size - before->cursor.left.size + size;
	return tally_tcg2_next(&reader, &record, ret_is_end);
}

/* Nothing, or nothing but the beginning of an end marker. */
static bool is_end_of_log(const struct tally_tcg2_reader *reader, size_t size)
{
	struct tally_bytes left = reader->cursor.left;
	size_t ones = 0;
	size_t zeros = 0;

	while (ones < size && ones < 8 && left.data[ones] == 0xff)
		ones++;
	while (zeros < size && zeros < 8 && left.data[zeros] == 0)
		zeros++;
	return size == 0 ||
	       (reader->end == TALLY_TCG2_END_MARKER && (ones >= 4 || ones == size || zeros == 8 || zeros == size));
}

/* Every cut inside the next record, or inside the filling behind the last one. */
static void cut_next_record(const struct tally_tcg2_reader *before, size_t record_size)
{
	size_t base = before->input_size - before->cursor.left.size;
	uint8_t *room = malloc(record_size);

	assert_true(room || record_size == 0);
	for (size_t size = 0; size < record_size; size++) {
		bool is_end = false;
		enum tally_status status = next_of_prefix(before, size, room, record_size, &is_end);
		bool may_end = is_end_of_log(before, size);

		assert_int_equal(status, may_end ? TALLY_OK : TALLY_TRUNCATED);
		assert_int_equal(is_end, may_end);
		if (base + size > PREFIX_LIMIT && size > AROUND && size + AROUND < record_size)
			size += STEP;
	}
	free(room);
}

static void cut_log(struct tally_bytes log, enum tally_numbering numbering, enum tally_tcg2_end end)
{
	struct tally_tcg2_reader reader;
	struct tally_tcg2_reader before;
	struct tally_record record;
	bool is_end = false;
	size_t first;

	assert_int_equal(tally_tcg2_open(&reader, log, numbering, end), TALLY_OK);
	/* The header, or the first record of SHA-1 form, which is looked at to tell. */
	before = reader;
	if (reader.is_sha1_format)
		assert_int_equal(tally_tcg2_next(&reader, &record, &is_end), TALLY_OK);
	first = log.size - reader.cursor.left.size;
	for (size_t size = 0; size < first; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(log.data, size));

		assert_int_equal(read_log(prefix, numbering, end), TALLY_TRUNCATED);
		free_bytes(prefix);
	}
	for (reader = before; !is_end;) {
		before = reader;
		assert_int_equal(tally_tcg2_next(&reader, &record, &is_end), TALLY_OK);
		cut_next_record(&before, before.cursor.left.size - reader.cursor.left.size);
	}
}

static void cut_logs(const char *folder, const char *ending, enum tally_numbering numbering, enum tally_tcg2_end end)
{
	struct vector_names names = vector_names(folder, ending);

	for (size_t i = 0; i < names.count; i++) {
		struct tally_bytes log = vector_bytes(folder, names.name[i], ending);

		print_message("# %s\n", names.name[i]);
		cut_log(log, numbering, end);
		free_bytes(log);
	}
	free_vector_names(&names);
}

static void every_prefix_of_a_tpm_log(void **state)
{
	(void)state;
	cut_logs("tpm-eventlog", ".bin", TALLY_NUMBERING_PCR, TALLY_TCG2_END_OF_INPUT);
}

static void every_prefix_of_a_cc_log(void **state)
{
	(void)state;
	cut_logs("ccel", ".ccel.bin", TALLY_NUMBERING_CC_MR, TALLY_TCG2_END_MARKER);
}

/* From the beginning each time: what next_of_prefix saves is done in full for the smaller logs. */
static void every_prefix_of_a_small_log_from_its_first_byte(void **state)
{
	struct vector_names names = vector_names("tpm-eventlog", ".bin");
	size_t cut_count = 0;

	(void)state;
	for (size_t i = 0; i < names.count; i++) {
		struct tally_bytes log = vector_bytes("tpm-eventlog", names.name[i], ".bin");
		size_t whole_count = 0;

		for (size_t size = 0; log.size <= 4096 && size <= log.size; size++) {
			struct tally_bytes prefix = exact_copy(tally_bytes(log.data, size));
			enum tally_status status = read_log(prefix, TALLY_NUMBERING_PCR, TALLY_TCG2_END_OF_INPUT);

			assert_true(status == TALLY_OK || status == TALLY_TRUNCATED);
			whole_count += status == TALLY_OK;
			cut_count++;
			free_bytes(prefix);
		}
		if (log.size <= 4096) {
			json_t *answers = vector_answers("tpm-eventlog", names.name[i]);

			assert_int_equal(whole_count, json_integer_value(json_object_get(answers, "events")));
			json_decref(answers);
		}
		free_bytes(log);
	}
	free_vector_names(&names);
	assert_true(cut_count > 1000);
}

static void every_prefix_of_a_cel_log(void **state)
{
	struct tally_bytes log = vector_bytes("cel", "go-tpm-tools-cos", ".cel");
	size_t whole_count = 0;

	(void)state;
	for (size_t size = 0; size <= log.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(log.data, size));
		struct tally_cursor cursor = tally_cursor(prefix);
		enum tally_status status = TALLY_OK;
		struct tally_record record;

		while (status == TALLY_OK && !tally_cursor_is_done(&cursor))
			status = tally_cel_read(&cursor, TALLY_NUMBERING_PCR, &record);
		assert_true(status == TALLY_OK || status == TALLY_TRUNCATED);
		whole_count += status == TALLY_OK;
		free_bytes(prefix);
	}
	/* Without a record, and behind each of the 18. */
	assert_int_equal(whole_count, 19);
	free_bytes(log);
}

static enum tally_status read_tdx_quote(struct tally_bytes bytes)
{
	struct tally_tdx_quote quote;

	return tally_tdx_quote_read(bytes, &quote);
}

static enum tally_status read_tpm_quote(struct tally_bytes bytes)
{
	struct tally_tpm_quote quote;

	return tally_tpm_quote_read(bytes, &quote);
}

/* The known answers tell how many bytes stand behind a quote: only those may be missing. */
static void cut_quotes(const char *folder, const char *ending, enum tally_status (*read)(struct tally_bytes))
{
	struct vector_names names = vector_names(folder, ".expected.json");

	for (size_t i = 0; i < names.count; i++) {
		struct tally_bytes quote = vector_bytes(folder, names.name[i], ending);
		json_t *answers = vector_answers(folder, names.name[i]);
		size_t end = quote.size - (size_t)json_integer_value(json_object_get(answers, "trailing"));

		for (size_t size = 0; size < quote.size; size++) {
			struct tally_bytes prefix = exact_copy(tally_bytes(quote.data, size));

			assert_int_equal(read(prefix), size < end ? TALLY_TRUNCATED : TALLY_OK);
			free_bytes(prefix);
		}
		json_decref(answers);
		free_bytes(quote);
	}
	free_vector_names(&names);
}

static void every_prefix_of_a_quote(void **state)
{
	(void)state;
	cut_quotes("tdx-quote", ".bin", read_tdx_quote);
	cut_quotes("tpm-quote", ".msg", read_tpm_quote);
}

static void known_bad_logs_are_refused(void **state)
{
	static const struct {
		const char *name;
		enum tally_numbering numbering;
		enum tally_status expected;
	} cases[] = {
		{ "derived-public-ccel-digestcount-ffffffff", TALLY_NUMBERING_CC_MR, TALLY_OUT_OF_RANGE },
		{ "derived-public-ccel-eventsize-fffffff0", TALLY_NUMBERING_CC_MR, TALLY_TRUNCATED },
		{ "derived-public-ccel-mrindex-77", TALLY_NUMBERING_CC_MR, TALLY_OUT_OF_RANGE },
		{ "derived-public-ccel-specid-algcount-ffff", TALLY_NUMBERING_CC_MR, TALLY_OUT_OF_RANGE },
		{ "derived-public-ccel-trunc-10", TALLY_NUMBERING_CC_MR, TALLY_TRUNCATED },
		{ "derived-public-ccel-trunc-40", TALLY_NUMBERING_CC_MR, TALLY_TRUNCATED },
		{ "derived-public-ccel-trunc-66", TALLY_NUMBERING_CC_MR, TALLY_TRUNCATED },
		{ "derived-public-ccel-trunc-100", TALLY_NUMBERING_CC_MR, TALLY_TRUNCATED },
		{ "derived-public-ccel-trunc-18098", TALLY_NUMBERING_CC_MR, TALLY_TRUNCATED },
		{ "derived-public-ccel-unknown-alg", TALLY_NUMBERING_CC_MR, TALLY_UNKNOWN_ALGORITHM },
		{ "derived-public-tpmlog-trunc-31", TALLY_NUMBERING_PCR, TALLY_TRUNCATED },
		{ "derived-public-tpmlog-trunc-60", TALLY_NUMBERING_PCR, TALLY_TRUNCATED },
		{ "derived-public-tpmlog-trunc-17018", TALLY_NUMBERING_PCR, TALLY_TRUNCATED },
		{ "derived-public-tpmlog-trunc-34033", TALLY_NUMBERING_PCR, TALLY_TRUNCATED },
		{ "go-eventlog-event-size-3gb", TALLY_NUMBERING_PCR, TALLY_TRUNCATED },
		{ "go-eventlog-event-size-zero", TALLY_NUMBERING_PCR, TALLY_OK }, /* a fragment that is sound */
		{ "keylime-bios-bogus", TALLY_NUMBERING_PCR, TALLY_TRUNCATED },
		{ "keylime-bios-empty", TALLY_NUMBERING_PCR, TALLY_TRUNCATED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes log = vector_bytes("malformed", cases[i].name, ".bin");
		bool is_cc = cases[i].numbering == TALLY_NUMBERING_CC_MR;
		enum tally_status status =
			read_log(log, cases[i].numbering, is_cc ? TALLY_TCG2_END_MARKER : TALLY_TCG2_END_OF_INPUT);

		if (status != cases[i].expected)
			fail_msg("%s: %s", cases[i].name, tally_status_message(status));
		free_bytes(log);
	}
}

/* A sound record of no event data, without a log around it: a header for it is written here. */
static void a_record_without_event_data_reads(void **state)
{
	struct tally_bytes fragment = vector_bytes("malformed", "go-eventlog-agile-event-size-zero", ".bin");
	struct tally_tcg2_header header = { .version_major = 2, .uintn_size = 2, .algorithm_count = 1 };
	uint8_t room[256];
	struct tally_writer writer = tally_writer(room, sizeof(room));

	(void)state;
	header.algorithm[0].alg = TALLY_SHA256;
	header.algorithm[0].size = 32;
	tally_tcg2_write_header(&writer, &header);
	tally_write_bytes(&writer, fragment);
	assert_int_equal(read_log(tally_written(&writer), TALLY_NUMBERING_PCR, TALLY_TCG2_END_OF_INPUT), TALLY_OK);
	free_bytes(fragment);
}

static void known_bad_quotes_are_refused(void **state)
{
	static const struct {
		const char *name;
		enum tally_status expected;
	} cases[] = {
		{ "derived-public-tdx-bodysize-7fffffff", TALLY_OUT_OF_RANGE },
		{ "derived-public-tdx-siglen-ffffffff", TALLY_TRUNCATED },
		{ "derived-public-tdx-teetype-82", TALLY_UNSUPPORTED },
		{ "derived-public-tdx-version-9", TALLY_UNSUPPORTED },
		{ "derived-public-tdx-trunc-47", TALLY_TRUNCATED },
		{ "derived-public-tdx-trunc-53", TALLY_TRUNCATED },
		{ "derived-public-tdx-trunc-200", TALLY_TRUNCATED },
		{ "derived-public-tdx-trunc-637", TALLY_TRUNCATED },
		{ "derived-public-tdx-trunc-700", TALLY_TRUNCATED },
		{ "derived-public-tdx-trunc-1200", TALLY_TRUNCATED },
		{ "derived-public-tdx-trunc-4806", TALLY_TRUNCATED },
		{ "sgx-quote-v3-dcap-qvl", TALLY_UNSUPPORTED },
		/* Only their signature tells. */
		{ "derived-public-tdx-mrtd-bitflip", TALLY_OK },
		{ "derived-public-tdx-reportdata-bitflip", TALLY_OK },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes quote = vector_bytes("malformed", cases[i].name, ".bin");
		enum tally_status status = read_tdx_quote(quote);

		if (status != cases[i].expected)
			fail_msg("%s: %s", cases[i].name, tally_status_message(status));
		free_bytes(quote);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_prefix_of_a_tpm_log),
		cmocka_unit_test(every_prefix_of_a_cc_log),
		cmocka_unit_test(every_prefix_of_a_small_log_from_its_first_byte),
		cmocka_unit_test(every_prefix_of_a_cel_log),
		cmocka_unit_test(every_prefix_of_a_quote),
		cmocka_unit_test(known_bad_logs_are_refused),
		cmocka_unit_test(a_record_without_event_data_reads),
		cmocka_unit_test(known_bad_quotes_are_refused),
	};

	if (vectors_are_missing())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
