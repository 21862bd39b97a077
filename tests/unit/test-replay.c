// SPDX-License-Identifier: BSD-2-Clause
/* The replay engine: the recorded boot, jumps, damage, and where a log and a value part. */
#include "vectors.h"

#include "../../format/event.h"
#include "../../format/cel_tlv.h"
#include "../../verify/replay.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BOOT "tests/vectors/boot/ovmf-swtpm/"

static struct tally_log_replay replay;
static struct tally_replay_target target;
static struct tally_comparison comparison;

static size_t position(const char *name)
{
	int i = tally_registers_find_name(&replay.set, tally_text(name));

	assert_true(i >= 0);
	return (size_t)i;
}

static void assert_value(const char *name, uint16_t alg, const char *hex)
{
	struct tally_digests value;
	const struct tally_digest *digest;

	assert_int_equal(tally_log_replay_value(&replay, position(name), &value), TALLY_OK);
	digest = tally_digests_find(&value, alg);
	assert_non_null(digest);
	assert_bytes_hex(tally_digest_bytes(digest), hex);
}

static void the_recorded_boot_replays_to_its_quote(void **state)
{
	struct tally_bytes log = source_bytes(BOOT "log.bin");
	struct tally_bytes quote = source_bytes(BOOT "quote.msg");
	struct tally_bytes pcrs = source_bytes(BOOT "pcrs.sha256.bin");

	(void)state;
	assert_int_equal(tally_replay_log(log, TALLY_LOG_FORMAT_UNKNOWN, &replay), TALLY_OK);
	assert_int_equal(replay.format, TALLY_LOG_FORMAT_TCG2);
	tally_replay_target_init(&target);
	assert_int_equal(tally_replay_target_tpm_quote(&target, &replay.set, quote, pcrs), TALLY_OK);
	assert_int_equal(tally_replay_compare(log, &replay, &target, &comparison), TALLY_OK);
	for (size_t i = 0; i < TALLY_PCR_COUNT; i++) {
		bool is_quoted = target.value[i].count != 0;

		/* PCR 10 is IMA's: the README says which log has it. */
		if (is_quoted)
			assert_int_equal(comparison.reg[i].result,
					 i == 10 ? TALLY_COMPARE_DIFFERS : TALLY_COMPARE_EQUAL);
		else
			assert_int_equal(comparison.reg[i].result, TALLY_COMPARE_NO_TARGET);
	}
	free_bytes(pcrs);
	free_bytes(quote);
	free_bytes(log);
}

static void the_file_of_tpm2_quote_is_read_too(void **state)
{
	struct tally_bytes log = source_bytes(BOOT "log.bin");
	struct tally_bytes quote = source_bytes(BOOT "quote.msg");
	struct tally_bytes raw = source_bytes(BOOT "pcrs.sha256.bin");
	struct tally_bytes tools = source_bytes(BOOT "quote.pcrs");
	static struct tally_replay_target from_raw;

	(void)state;
	assert_int_equal(tally_replay_log(log, TALLY_LOG_FORMAT_UNKNOWN, &replay), TALLY_OK);
	tally_replay_target_init(&from_raw);
	tally_replay_target_init(&target);
	assert_int_equal(tally_replay_target_tpm_quote(&from_raw, &replay.set, quote, raw), TALLY_OK);
	assert_int_equal(tally_replay_target_tpm_quote(&target, &replay.set, quote, tools), TALLY_OK);
	assert_memory_equal(&from_raw, &target, sizeof(target));
	for (size_t size = 0; size < tools.size; size += size < 200 ? 1 : 61) {
		struct tally_bytes prefix = exact_copy(tally_bytes(tools.data, size));

		tally_replay_target_init(&target);
		assert_int_not_equal(tally_replay_target_tpm_quote(&target, &replay.set, quote, prefix), TALLY_OK);
		free_bytes(prefix);
	}
	free_bytes(tools);
	free_bytes(raw);
	free_bytes(quote);
	free_bytes(log);
}

static const struct tally_digests zero384 = { 1, { { TALLY_SHA384, { 0 } } } };

static void two_registers(struct tally_control_header *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->version = TALLY_LOG_VERSION;
	ret->numbering = TALLY_NUMBERING_REGISTER;
	ret->capacity = 1 << 20;
	snprintf(ret->registers.provider, sizeof(ret->registers.provider), "soft");
	for (uint32_t i = 0; i < 2; i++) {
		struct tally_register reg = { .number = i,
					      .kind = TALLY_RUNTIME,
					      .is_signed = TALLY_SIGNED_VALUE,
					      .extend_rule = TALLY_EXTEND_DIGEST,
					      .reset = zero384 };

		snprintf(reg.name, sizeof(reg.name), "rtmr%u", (unsigned)i);
		assert_int_equal(tally_registers_add(&ret->registers, &reg), TALLY_OK);
	}
}

static void write_control(struct tally_writer *log, uint64_t number, const struct tally_register *reg,
			  const struct tally_writer *content)
{
	struct tally_record record;

	assert_int_equal(content->status, TALLY_OK);
	tally_control_record(&record, number, reg, tally_written(content));
	tally_cel_write(log, &record);
}

/* An event whose digest is byte, 48 times. */
static void write_event(struct tally_writer *log, uint64_t number, uint32_t index, uint8_t byte)
{
	struct tally_record record = { .number = number,
				       .numbering = TALLY_NUMBERING_REGISTER,
				       .index = index,
				       .content_type = TALLY_CONTENT_PCCLIENT_STD,
				       .event_type = TALLY_EV_EVENT_TAG,
				       .is_measured = true,
				       .digests = zero384 };

	memset(record.digests.digest[0].bytes, byte, 48);
	tally_cel_write(log, &record);
}

/* new = SHA-384(old || digest), computed here and not by the code under test. */
static void extend(uint8_t value[48], uint8_t byte)
{
	uint8_t message[96];
	struct tally_hash_job job = { TALLY_SHA384, { { message, sizeof(message) } }, value };

	memcpy(message, value, 48);
	memset(message + 48, byte, 48);
	assert_int_equal(tally_env_hash(&job, 1), TALLY_OK);
}

static struct tally_bytes small_log(uint8_t *memory, size_t size)
{
	struct tally_writer log = tally_writer(memory, size);
	static struct tally_control_header header;
	uint8_t content[2048];
	struct tally_writer writer = tally_writer(content, sizeof(content));

	two_registers(&header);
	tally_control_write_header(&writer, &header);
	write_control(&log, 0, &header.registers.item[0], &writer);
	write_event(&log, 1, 0, 1);
	write_event(&log, 2, 1, 2);
	write_event(&log, 3, 0, 3);
	write_event(&log, 4, 0, 4);
	assert_int_equal(log.status, TALLY_OK);
	return tally_written(&log);
}

static void the_first_record_too_many_is_named(void **state)
{
	uint8_t memory[4096];
	struct tally_bytes log = small_log(memory, sizeof(memory));
	struct tally_digest value = { .alg = TALLY_SHA384 };

	(void)state;
	assert_int_equal(tally_replay_log(log, TALLY_LOG_FORMAT_UNKNOWN, &replay), TALLY_OK);
	assert_int_equal(replay.format, TALLY_LOG_FORMAT_TALLY);
	assert_int_equal(replay.record_count, 5);
	assert_int_equal(replay.measured_count, 4);
	assert_int_equal(replay.register_records[0], 3);
	extend(value.bytes, 1);
	tally_replay_target_init(&target);
	assert_int_equal(tally_replay_target_add(&target, &replay.set, tally_text("rtmr0"), &value), TALLY_OK);
	memset(value.bytes, 0, sizeof(value.bytes));
	assert_int_equal(tally_replay_target_add(&target, &replay.set, tally_text("rtmr1"), &value), TALLY_OK);
	assert_int_equal(tally_replay_compare(log, &replay, &target, &comparison), TALLY_OK);
	/* rtmr0 had the value after record 1 and lost it with 3; rtmr1 began with it. */
	assert_int_equal(comparison.differing_count, 2);
	assert_true(comparison.reg[0].has_record);
	assert_int_equal(comparison.reg[0].record, 3);
	assert_true(comparison.reg[1].has_record);
	assert_int_equal(comparison.reg[1].record, 2);
	memset(value.bytes, 7, 48);
	tally_replay_target_init(&target);
	assert_int_equal(tally_replay_target_add(&target, &replay.set, tally_text("rtmr0"), &value), TALLY_OK);
	assert_int_equal(tally_replay_compare(log, &replay, &target, &comparison), TALLY_OK);
	assert_int_equal(comparison.compared_count, 1);
	assert_int_equal(comparison.reg[0].result, TALLY_COMPARE_DIFFERS);
	assert_false(comparison.reg[0].has_record);
	assert_int_equal(comparison.reg[1].result, TALLY_COMPARE_NO_TARGET);
}

static void targets_are_checked(void **state)
{
	uint8_t memory[4096];
	struct tally_bytes log = small_log(memory, sizeof(memory));
	struct tally_digest value = { .alg = TALLY_SHA384 };
	struct tally_digest other = { .alg = TALLY_SHA256 };

	(void)state;
	assert_int_equal(tally_replay_log(log, TALLY_LOG_FORMAT_UNKNOWN, &replay), TALLY_OK);
	tally_replay_target_init(&target);
	assert_int_equal(tally_replay_target_add(&target, &replay.set, tally_text("rtmr9"), &value),
			 TALLY_UNKNOWN_REGISTER);
	assert_int_equal(tally_replay_target_add(&target, &replay.set, tally_text("rtmr0"), &other), TALLY_BANK_SET);
	assert_int_equal(tally_replay_target_add(&target, &replay.set, tally_text("rtmr0"), &value), TALLY_OK);
	assert_int_equal(tally_replay_target_add(&target, &replay.set, tally_text("rtmr0"), &value), TALLY_DUPLICATE);
}

static void gaps_and_bases_are_jumps(void **state)
{
	struct tally_control_base base = { .value = zero384 };
	struct tally_control_gap gap = { .from = zero384, .to = zero384 };
	static struct tally_control_header header;
	uint8_t memory[8192];
	uint8_t content[2048];
	struct tally_writer log = tally_writer(memory, sizeof(memory));
	struct tally_writer writer = tally_writer(content, sizeof(content));

	(void)state;
	two_registers(&header);
	tally_control_write_header(&writer, &header);
	write_control(&log, 0, &header.registers.item[0], &writer);
	memset(base.value.digest[0].bytes, 0x11, 48);
	writer = tally_writer(content, sizeof(content));
	tally_control_write_base(&writer, &base);
	write_control(&log, 1, &header.registers.item[1], &writer);
	gap.from = base.value;
	memset(gap.to.digest[0].bytes, 0x22, 48);
	writer = tally_writer(content, sizeof(content));
	tally_control_write_gap(&writer, &gap);
	write_control(&log, 2, &header.registers.item[1], &writer);
	assert_int_equal(tally_replay_log(tally_written(&log), TALLY_LOG_FORMAT_UNKNOWN, &replay), TALLY_OK);
	assert_int_equal(replay.base_count, 1);
	assert_int_equal(replay.gap_count, 1);
	assert_value(
		"rtmr1", TALLY_SHA384,
		"222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222");
	/* A gap that begins elsewhere is no gap of this log. */
	writer = tally_writer(content, sizeof(content));
	tally_control_write_gap(&writer, &gap);
	write_control(&log, 3, &header.registers.item[1], &writer);
	assert_int_equal(tally_replay_log(tally_written(&log), TALLY_LOG_FORMAT_UNKNOWN, &replay), TALLY_CHECKSUM);
	assert_int_equal(replay.record_count, 3);
}

static void damage_is_found_where_it_is(void **state)
{
	uint8_t memory[4096];
	struct tally_bytes log = small_log(memory, sizeof(memory));

	(void)state;
	for (size_t size = 0; size < log.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(log.data, size));
		enum tally_status status = tally_replay_log(prefix, TALLY_LOG_FORMAT_TALLY, &replay);

		/* Whole records are a shorter log; anything else is none. */
		assert_true(status == TALLY_OK || status == TALLY_TRUNCATED);
		if (status == TALLY_OK)
			assert_true(replay.record_count < 5 && replay.fault_offset == size);
		else
			assert_true(replay.fault_offset <= size);
		free_bytes(prefix);
	}
	assert_int_equal(tally_replay_log(tally_bytes(NULL, 0), TALLY_LOG_FORMAT_UNKNOWN, &replay), TALLY_UNSUPPORTED);
	assert_int_equal(
		tally_replay_log(tally_text("this is no log at all, is it"), TALLY_LOG_FORMAT_UNKNOWN, &replay),
		TALLY_UNSUPPORTED);
}

static void numbers_must_follow(void **state)
{
	uint8_t memory[4096];
	struct tally_bytes log = small_log(memory, sizeof(memory));
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	(void)state;
	writer.size = log.size;
	write_event(&writer, 6, 0, 5);
	assert_int_equal(tally_replay_log(tally_written(&writer), TALLY_LOG_FORMAT_TALLY, &replay), TALLY_DISORDER);
	assert_int_equal(replay.fault_offset, log.size);
	assert_int_equal(replay.record_count, 5);
}

static void names_go_both_ways(void **state)
{
	static const enum tally_log_format formats[] = {
#define FORMAT(name, number, text, what) TALLY_LOG_FORMAT_##name,
		TALLY_LOG_FORMAT_TABLE(FORMAT)
#undef FORMAT
	};

	(void)state;
	for (size_t i = 0; i < COUNT(formats); i++) {
		const char *name = tally_log_format_name(formats[i]);

		assert_true(strlen(name) > 0);
		assert_int_equal(tally_log_format_from_name(tally_text(name)), formats[i]);
	}
	assert_int_equal(tally_log_format_from_name(tally_text("pcap")), TALLY_LOG_FORMAT_UNKNOWN);
	assert_string_equal(tally_log_format_name(TALLY_LOG_FORMAT_UNKNOWN), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_recorded_boot_replays_to_its_quote),
		cmocka_unit_test(the_file_of_tpm2_quote_is_read_too),
		cmocka_unit_test(the_first_record_too_many_is_named),
		cmocka_unit_test(targets_are_checked),
		cmocka_unit_test(gaps_and_bases_are_jumps),
		cmocka_unit_test(damage_is_found_where_it_is),
		cmocka_unit_test(numbers_must_follow),
		cmocka_unit_test(names_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
