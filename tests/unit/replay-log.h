/* SPDX-License-Identifier: BSD-2-Clause */
/* A small replay of foreign logs for tests: a register set for the banks that the log has, and its values at the end. */
#ifndef TALLY_TESTS_UNIT_REPLAY_LOG_H
#define TALLY_TESTS_UNIT_REPLAY_LOG_H

#include "test.h"

#include "../../core/replay.h"
#include "../../format/tcg2.h"

/* What one log came to. */
struct log_replay {
	struct tally_register_set set;
	struct tally_replay replay;
	uint64_t record_count;
	size_t end; /* bytes before the end marker */
};

static inline void add_register(struct tally_register_set *set, uint32_t number, const struct tally_digests *banks,
				uint8_t fill)
{
	struct tally_register reg = { .number = number, .kind = TALLY_RUNTIME, .extend_rule = TALLY_EXTEND_DIGEST };

	snprintf(reg.name, sizeof(reg.name), "register%u", (unsigned)number);
	tally_digests_zero(&reg.reset, banks);
	for (size_t i = 0; i < banks->count; i++)
		memset(reg.reset.digest[i].bytes, fill, tally_alg_size(banks->digest[i].alg));
	assert_int_equal(tally_registers_add(set, &reg), TALLY_OK);
}

/* 24 PCRs with the reset values of a PC client, or CC measurement registers 1 to 4, all zero. */
static inline void log_registers(struct tally_register_set *set, enum tally_numbering numbering,
				 const struct tally_digests *banks)
{
	memset(set, 0, sizeof(*set));
	for (uint32_t i = 1; numbering == TALLY_NUMBERING_CC_MR && i <= 4; i++)
		add_register(set, i, banks, 0);
	for (uint32_t i = 0; numbering == TALLY_NUMBERING_PCR && i < TALLY_PCR_COUNT; i++)
		add_register(set, i, banks, i >= 17 && i <= 22 ? 0xff : 0);
}

/* PCR 0 starts at the locality. */
static inline void log_locality(struct tally_register_set *set, uint8_t locality)
{
	struct tally_digests *reset = &set->item[0].reset;

	for (size_t i = 0; i < reset->count; i++)
		reset->digest[i].bytes[tally_alg_size(reset->digest[i].alg) - 1] = locality;
}

/* The banks: those of the first measured record; of the header where nothing is measured. */
static inline void log_banks(struct tally_tcg2_reader reader, struct tally_digests *ret)
{
	struct tally_record record;
	bool is_end = false;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < reader.header.algorithm_count; i++) {
		struct tally_digest zero = { .alg = reader.header.algorithm[i].alg };

		assert_int_equal(tally_digests_add(ret, &zero), TALLY_OK);
	}
	while (tally_tcg2_next(&reader, &record, &is_end) == TALLY_OK && !is_end) {
		if (record.is_measured) {
			tally_digests_zero(ret, &record.digests);
			return;
		}
	}
}

static inline void replay_log(struct tally_bytes log, enum tally_numbering numbering, enum tally_tcg2_end end,
			      struct log_replay *ret)
{
	struct tally_tcg2_reader reader;
	struct tally_record record;
	struct tally_digests banks;
	bool is_end = false;
	uint8_t locality;

	assert_int_equal(tally_tcg2_open(&reader, log, numbering, end), TALLY_OK);
	log_banks(reader, &banks);
	log_registers(&ret->set, numbering, &banks);
	tally_replay_init(&ret->replay, &ret->set);
	for (;;) {
		ret->end = log.size - reader.cursor.left.size;
		assert_int_equal(tally_tcg2_next(&reader, &record, &is_end), TALLY_OK);
		if (is_end)
			break;
		if (tally_tcg2_startup_locality(&record, &locality)) {
			log_locality(&ret->set, locality);
			tally_replay_init(&ret->replay, &ret->set);
		}
		if (record.is_measured)
			assert_int_equal(
				tally_replay_extend(&ret->replay,
						    (size_t)tally_registers_find_number(&ret->set, record.index),
						    &record.digests),
				TALLY_OK);
	}
	ret->record_count = reader.record_count;
}

/* The value of a register in one bank at the end of the log. */
static inline struct tally_digest log_value(struct log_replay *log, uint32_t number, uint16_t alg)
{
	int i = tally_registers_find_number(&log->set, number);
	const struct tally_digest *digest;
	struct tally_digests value;

	assert_true(i >= 0);
	assert_int_equal(tally_replay_value(&log->replay, (size_t)i, &value), TALLY_OK);
	digest = tally_digests_find(&value, alg);
	assert_non_null(digest);
	return *digest;
}

#endif
