// SPDX-License-Identifier: BSD-2-Clause
/* Real logs replay to the values that their machines had, and what we write of them is what was there. */
#include "replay-log.h"
#include "vectors.h"

#include "../../format/ccel.h"
#include "../../format/cel_tlv.h"
#include "../../format/tdx_quote.h"

#define CEL_FOLDER "cel"
#define CCEL_FOLDER "ccel"
#define CCEL_ENDING ".ccel.bin"
#define TPM_FOLDER "tpm-eventlog"
#define QUOTE_FOLDER "tdx-quote"

/* One bank of the answers: every PCR that is named has that value, every other one its reset value. */
static void check_bank(struct log_replay *log, uint16_t alg, json_t *values)
{
	for (uint32_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
		struct tally_digest value = log_value(log, pcr, alg);
		const char *answer;
		char key[8];

		snprintf(key, sizeof(key), "%u", (unsigned)pcr);
		answer = json_string_value(json_object_get(values, key));
		if (answer)
			assert_bytes_hex(tally_digest_bytes(&value), answer);
		else
			assert_true(tally_digest_equal(&value, tally_digests_find(&log->set.item[pcr].reset, alg)));
	}
}

static void tpm_logs_replay_to_their_pcrs(void **state)
{
	struct vector_names names = vector_names(TPM_FOLDER, ".bin");

	(void)state;
	for (size_t i = 0; i < names.count; i++) {
		struct tally_bytes bytes = vector_bytes(TPM_FOLDER, names.name[i], ".bin");
		json_t *answers = vector_answers(TPM_FOLDER, names.name[i]);
		static struct log_replay log;
		const char *bank;
		json_t *values;

		print_message("# %s\n", names.name[i]);
		replay_log(bytes, TALLY_NUMBERING_PCR, TALLY_TCG2_END_OF_INPUT, &log);
		assert_int_equal(log.record_count, json_integer_value(json_object_get(answers, "events")));
		json_object_foreach(json_object_get(answers, "replayed"), bank,
				    values) if (json_object_size(values) > 0)
			check_bank(&log, tally_alg_from_name(tally_text(bank)), values);
		json_decref(answers);
		free_bytes(bytes);
	}
	free_vector_names(&names);
}

static void cc_logs_replay_to_their_rtmrs(void **state)
{
	struct vector_names names = vector_names(CCEL_FOLDER, CCEL_ENDING);

	(void)state;
	for (size_t i = 0; i < names.count; i++) {
		struct tally_bytes bytes = vector_bytes(CCEL_FOLDER, names.name[i], CCEL_ENDING);
		json_t *answers = vector_answers(CCEL_FOLDER, names.name[i]);
		static struct log_replay log;

		print_message("# %s\n", names.name[i]);
		replay_log(bytes, TALLY_NUMBERING_CC_MR, TALLY_TCG2_END_MARKER, &log);
		assert_int_equal(log.record_count, json_integer_value(json_object_get(answers, "events")));
		for (uint32_t index = 1; index <= 4; index++) {
			struct tally_digest value = log_value(&log, index, TALLY_SHA384);
			json_t *replayed = json_object_get(answers, "replayed");
			char key[8];

			snprintf(key, sizeof(key), "rtmr%u", (unsigned)index - 1);
			if (json_object_get(replayed, key))
				assert_answer_hex(replayed, key, tally_digest_bytes(&value));
			else
				assert_true(tally_digest_equal(&value, &log.set.item[index - 1].reset.digest[0]));
		}
		json_decref(answers);
		free_bytes(bytes);
	}
	free_vector_names(&names);
}

/* The firmware's log and the quote of the same boot: what the hardware signed is what the log says. */
static void a_cc_log_replays_to_the_rtmrs_of_its_quote(void **state)
{
	struct tally_bytes bytes = vector_bytes(CCEL_FOLDER, "go-tdx-guest-cos113", CCEL_ENDING);
	struct tally_bytes quote_bytes = vector_bytes(QUOTE_FOLDER, "go-tdx-guest-cos113", ".bin");
	static struct log_replay log;
	struct tally_tdx_quote quote;

	(void)state;
	replay_log(bytes, TALLY_NUMBERING_CC_MR, TALLY_TCG2_END_MARKER, &log);
	assert_int_equal(tally_tdx_quote_read(quote_bytes, &quote), TALLY_OK);
	for (uint32_t i = 0; i < TALLY_TDX_RTMR_COUNT; i++) {
		struct tally_digest value = log_value(&log, i + 1, TALLY_SHA384);

		assert_memory_equal(value.bytes, quote.rtmr[i], 48);
	}
	free_bytes(quote_bytes);
	free_bytes(bytes);
}

static void a_cel_log_replays_to_the_rtmr_of_its_quote(void **state)
{
	struct tally_bytes bytes = vector_bytes(CEL_FOLDER, "go-tpm-tools-cos", ".cel");
	struct tally_bytes quote_bytes = vector_bytes(QUOTE_FOLDER, "go-tpm-tools-cos-cel", ".bin");
	struct tally_cursor cursor = tally_cursor(bytes);
	static struct log_replay log;
	struct tally_record record;
	struct tally_tdx_quote quote;
	struct tally_digest value;
	uint64_t count = 0;

	(void)state;
	while (!tally_cursor_is_done(&cursor)) {
		assert_int_equal(tally_cel_read(&cursor, TALLY_NUMBERING_PCR, &record), TALLY_OK);
		assert_int_equal(record.numbering, TALLY_NUMBERING_CC_MR);
		assert_true(record.number == count);
		if (count++ == 0) {
			log_registers(&log.set, record.numbering, &record.digests);
			tally_replay_init(&log.replay, &log.set);
		}
		assert_int_equal(tally_replay_extend(&log.replay,
						     (size_t)tally_registers_find_number(&log.set, record.index),
						     &record.digests),
				 TALLY_OK);
	}
	assert_int_equal(tally_cursor_end(&cursor), TALLY_OK);
	assert_int_equal(count, 18);
	assert_int_equal(tally_tdx_quote_read(quote_bytes, &quote), TALLY_OK);
	value = log_value(&log, 4, TALLY_SHA384);
	assert_memory_equal(value.bytes, quote.rtmr[3], 48);
	free_bytes(quote_bytes);
	free_bytes(bytes);
}

/* Reads a log and writes it again: the header, then each record. */
static struct tally_bytes rewritten(struct tally_bytes log, enum tally_numbering numbering, enum tally_tcg2_end end)
{
	uint8_t *data = malloc(log.size + 16);
	struct tally_writer writer = tally_writer(data, log.size + 16);
	struct tally_tcg2_reader reader;
	struct tally_record record;
	bool is_end = false;

	assert_non_null(data);
	assert_int_equal(tally_tcg2_open(&reader, log, numbering, end), TALLY_OK);
	tally_tcg2_write_header(&writer, &reader.header);
	for (;;) {
		assert_int_equal(tally_tcg2_next(&reader, &record, &is_end), TALLY_OK);
		if (is_end)
			break;
		assert_int_equal(record.offset, log.size - reader.cursor.left.size - record.encoded.size);
		assert_ptr_equal(record.encoded.data, log.data + record.offset);
		tally_tcg2_write(&writer, &record);
	}
	assert_int_equal(writer.status, TALLY_OK);
	return tally_bytes(data, writer.size);
}

static void check_rewritten(struct tally_bytes log, enum tally_numbering numbering, enum tally_tcg2_end end)
{
	static struct log_replay replay;
	struct tally_bytes again = rewritten(log, numbering, end);

	replay_log(log, numbering, end, &replay);
	assert_bytes_equal(again, tally_bytes(log.data, replay.end));
	free_bytes(again);
}

static void agile_logs_are_written_byte_for_byte(void **state)
{
	/* Its producer left the vendor info out of the event's size: readable, not canonical. */
	static const char not_canonical[] = "tpm2-tools-specid-vendordata";
	struct vector_names names = vector_names(TPM_FOLDER, ".bin");
	struct tally_tcg2_reader reader;
	size_t compared = 0;

	(void)state;
	for (size_t i = 0; i < names.count; i++) {
		struct tally_bytes log = vector_bytes(TPM_FOLDER, names.name[i], ".bin");

		assert_int_equal(tally_tcg2_open(&reader, log, TALLY_NUMBERING_PCR, TALLY_TCG2_END_OF_INPUT), TALLY_OK);
		if (!reader.is_sha1_format && strcmp(names.name[i], not_canonical) != 0) {
			check_rewritten(log, TALLY_NUMBERING_PCR, TALLY_TCG2_END_OF_INPUT);
			compared++;
		}
		free_bytes(log);
	}
	free_vector_names(&names);
	assert_true(compared > 20);
	names = vector_names(CCEL_FOLDER, CCEL_ENDING);
	for (size_t i = 0; i < names.count; i++) {
		struct tally_bytes log = vector_bytes(CCEL_FOLDER, names.name[i], CCEL_ENDING);

		check_rewritten(log, TALLY_NUMBERING_CC_MR, TALLY_TCG2_END_MARKER);
		free_bytes(log);
	}
	free_vector_names(&names);
}

static void a_cel_log_is_written_byte_for_byte(void **state)
{
	struct tally_bytes bytes = vector_bytes(CEL_FOLDER, "go-tpm-tools-cos", ".cel");
	struct tally_cursor cursor = tally_cursor(bytes);
	uint8_t *data = malloc(bytes.size);
	struct tally_writer writer = tally_writer(data, bytes.size);
	struct tally_record record;

	(void)state;
	while (!tally_cursor_is_done(&cursor)) {
		assert_int_equal(tally_cel_read(&cursor, TALLY_NUMBERING_PCR, &record), TALLY_OK);
		tally_cel_write(&writer, &record);
	}
	assert_bytes_equal(tally_written(&writer), bytes);
	free(data);
	free_bytes(bytes);
}

static void real_tables_say_where_the_log_is(void **state)
{
	static const struct {
		const char *name;
		uint64_t log_size;
		uint64_t log_address;
	} cases[] = {
		{ "go-tdx-guest-cos113", 0x40000, 0xbedbf000 },
		{ "go-eventlog-intel-ccel", 0x10000, 0x7d649000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_bytes table = vector_bytes(CCEL_FOLDER, cases[i].name, ".table.bin");
		struct tally_ccel ccel;

		assert_int_equal(tally_ccel_read(table, &ccel), TALLY_OK);
		assert_int_equal(ccel.revision, 1);
		assert_int_equal(ccel.cc_type, TALLY_CC_TDX);
		assert_int_equal(ccel.cc_subtype, 0);
		assert_int_equal(ccel.log_size, cases[i].log_size);
		assert_int_equal(ccel.log_address, cases[i].log_address);
		free_bytes(table);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tpm_logs_replay_to_their_pcrs),
		cmocka_unit_test(cc_logs_replay_to_their_rtmrs),
		cmocka_unit_test(a_cc_log_replays_to_the_rtmrs_of_its_quote),
		cmocka_unit_test(a_cel_log_replays_to_the_rtmr_of_its_quote),
		cmocka_unit_test(agile_logs_are_written_byte_for_byte),
		cmocka_unit_test(a_cel_log_is_written_byte_for_byte),
		cmocka_unit_test(real_tables_say_where_the_log_is),
	};

	if (vectors_are_missing())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
