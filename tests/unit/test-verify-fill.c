// SPDX-License-Identifier: BSD-2-Clause
/* Fills in evidence: gaps that foreign logs explain, and every way in which they do not. */
#include "foreign-log.h"
#include "verdict-cases.h"

/* app, config, and so many others. */
#define FILLED(n) \
	"[{\"require\": {\"name\": \"app\"}}, {\"require\": {\"name\": \"config\"}}, {\"ignore\": {\"max\": " #n "}}]"
#define THREES                                             \
	"333333333333333333333333333333333333333333333333" \
	"333333333333333333333333333333333333333333333333"

#define FOREIGN "application/vnd.tally.foreign-log+ccel"
#define FOREIGN_RECORDS 6

/* A foreign log: records of RTMR 2, each with a digest of one byte's repetitions: 0x11, 0x22, ... */
static void foreign_log(struct evidence *evidence)
{
	uint8_t memory[1024];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));
	struct tally_bytes first;

	evidence_separator_log(evidence, 0x11);
	first = evidence->segment;
	tally_write_bytes(&writer, first);
	for (int n = 2; n <= FOREIGN_RECORDS; n++) {
		tally_write_le32(&writer, 3);
		tally_write_le32(&writer, 4);
		tally_write_le32(&writer, 1);
		tally_write_le16(&writer, TALLY_SHA384);
		for (int i = 0; i < 48; i++)
			tally_write_u8(&writer, (uint8_t)(0x11 * n));
		tally_write_le32(&writer, 4);
		tally_write_le32(&writer, 0);
	}
	evidence->segment = evidence_heap(&writer);
	evidence->segment_media_type = FOREIGN;
	free_bytes(first);
}

/* The other tool extends with its records from first to last, counted from 1, and our log has a gap and its pin. */
static uint64_t foreign_gap(struct evidence *evidence, int first, int last)
{
	static const uint16_t algs[] = { TALLY_SHA384 };
	struct tally_control_gap gap = { .from = evidence->value[2] };
	uint8_t memory[1024];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));
	uint64_t number = evidence_number(evidence);

	for (int n = first; n <= last; n++) {
		struct tally_digests digests = evidence_banks(1, algs, (uint8_t)(0x11 * n));

		evidence_extend(evidence, 2, &digests);
	}
	gap.to = evidence->value[2];
	tally_control_write_gap(&writer, &gap);
	evidence_control(evidence, 2, &writer);
	evidence_pin(evidence, 2, &gap.from, &gap.to);
	return number;
}

/* Records of the log count from 0: its Spec ID event is none. */
static void put_fill(struct evidence *evidence, size_t reg, uint64_t gap, const char *format, const char *name,
		     uint64_t first, uint64_t count)
{
	struct tally_control_fill fill = {
		.gap = gap, .format = tally_text(format), .name = tally_text(name), .first = first, .count = count
	};
	uint8_t memory[512];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	tally_control_write_fill(&writer, &fill);
	evidence_control(evidence, reg, &writer);
}

static void with_gap(struct evidence *evidence, uint64_t *ret_gap)
{
	good(evidence);
	foreign_log(evidence);
	*ret_gap = foreign_gap(evidence, 2, 4);
}

#define FILL_CASE(name, reg, format, label, first, count)                            \
	static void name(struct evidence *evidence)                                  \
	{                                                                            \
		uint64_t gap;                                                        \
                                                                                     \
		with_gap(evidence, &gap);                                            \
		put_fill(evidence, (reg), gap, (format), (label), (first), (count)); \
	}

FILL_CASE(fill_good, 2, "ccel", "segment.0", 1, 3)
FILL_CASE(fill_of_other_register, 1, "ccel", "segment.0", 1, 3)
FILL_CASE(fill_of_other_format, 2, "tcg2", "segment.0", 1, 3)
FILL_CASE(fill_of_other_label, 2, "ccel", "segment.1", 1, 3)
FILL_CASE(fill_too_long, 2, "ccel", "segment.0", 1, 4)
FILL_CASE(fill_too_short, 2, "ccel", "segment.0", 1, 2)
FILL_CASE(fill_beside, 2, "ccel", "segment.0", 2, 3)
FILL_CASE(fill_beyond, 2, "ccel", "segment.0", 1, 100)
FILL_CASE(fill_of_everything, 2, "ccel", "segment.0", 1, UINT64_MAX)
FILL_CASE(fill_of_no_records, 2, "ccel", "segment.0", 1, 0)

static void fill_in_two(struct evidence *evidence)
{
	fill_too_short(evidence);
	put_fill(evidence, 2, 4, "ccel", "segment.0", 3, 1);
}

static void fill_doubled(struct evidence *evidence)
{
	fill_good(evidence);
	put_fill(evidence, 2, 4, "ccel", "segment.0", 1, 3);
}

static void fill_before_its_gap(struct evidence *evidence)
{
	good(evidence);
	foreign_log(evidence);
	put_fill(evidence, 2, 5, "ccel", "segment.0", 1, 3);
	foreign_gap(evidence, 2, 4);
}

/* Two gaps: the second was filled with records that lie before those of the first. */
static void fills_against_the_order(struct evidence *evidence)
{
	uint64_t first, second;

	good(evidence);
	foreign_log(evidence);
	first = foreign_gap(evidence, 4, 5);
	second = foreign_gap(evidence, 1, 2);
	put_fill(evidence, 2, first, "ccel", "segment.0", 3, 2);
	put_fill(evidence, 2, second, "ccel", "segment.0", 0, 2);
}

static void fills_of_two_gaps(struct evidence *evidence)
{
	uint64_t first, second;

	good(evidence);
	foreign_log(evidence);
	first = foreign_gap(evidence, 1, 2);
	second = foreign_gap(evidence, 4, 5);
	put_fill(evidence, 2, second, "ccel", "segment.0", 3, 2);
	put_fill(evidence, 2, first, "ccel", "segment.0", 0, 2);
}

/* The other log was exchanged behind the report: one byte of the digest of its record 2. */
static void exchange_foreign(struct evidence *evidence)
{
	uint8_t *found = memmem(evidence->segment.data, evidence->segment.size, "\x33\x33\x33\x33", 4);

	assert_non_null(found);
	*found ^= 1;
}

static void fill_from_a_changed_log(struct evidence *evidence)
{
	fill_good(evidence);
	evidence->after_binding = exchange_foreign;
}

static void fill_from_a_boot_log(struct evidence *evidence)
{
	fill_good(evidence);
	evidence->segment_media_type = "application/vnd.tally.log+ccel";
}

static void fill_from_an_unknown_type(struct evidence *evidence)
{
	fill_good(evidence);
	evidence->segment_media_type = "application/vnd.tally.log+punched-cards";
}

static void fill_from_a_broken_log(struct evidence *evidence)
{
	fill_good(evidence);
	evidence->segment.size = evidence->segment.size - 3 * 68 - 5;
}

static void foreign_log_of_nothing(struct evidence *evidence)
{
	good(evidence);
	foreign_log(evidence);
}

static const struct verify_case filled_cases[] = {
	{ "a gap that a fill proves", fill_good, "", FILLED(6), NULL, 0 },
	{ "its events are events of the register", fill_good, "policy.event-unmatched", FILLED(3), NULL, 0 },
	{ "one of them that the policy names", fill_good, "",
	  "[{\"ignore\": {\"count\": 4}}, {\"require\": {\"digest\": \"" THREES "\"}}, {\"ignore\": {\"max\": 1}}]",
	  NULL, 0 },
	{ "a gap that two fills prove", fill_in_two, "", FILLED(4), NULL, 0 },
	{ "two gaps that fills prove", fills_of_two_gaps, "", FILLED(5), NULL, 0 },
};

static const struct verify_case unfilled_cases[] = {
	{ "a fill of another register", fill_of_other_register, "log.fill-mismatch", GAPS, NULL, 0 },
	{ "a fill from another format", fill_of_other_format, "log.fill-missing", GAPS, NULL, 0 },
	{ "a fill from a log that is not there", fill_of_other_label, "bundle.member-unreferenced log.fill-missing",
	  GAPS, NULL, 0 },
	{ "a fill of too many records", fill_too_long, "log.fill-range", GAPS, NULL, 0 },
	{ "a fill of too few records", fill_too_short, "log.fill-range", GAPS, NULL, 0 },
	{ "a fill of other records", fill_beside, "log.fill-range", GAPS, NULL, 0 },
	{ "a fill beyond the log's end", fill_beyond, "log.fill-range", GAPS, NULL, 0 },
	{ "a fill beyond all numbers", fill_of_everything, "log.fill-range", GAPS, NULL, 0 },
	{ "a fill of no records", fill_of_no_records, "log.fill-range", GAPS, NULL, 0 },
	{ "a fill twice", fill_doubled, "log.fill-overlap", GAPS, NULL, 0 },
	{ "a fill before its gap", fill_before_its_gap, "log.fill-mismatch", GAPS, NULL, 0 },
	{ "fills against the order of their log", fills_against_the_order, "log.fill-overlap", GAPS, NULL, 0 },
	{ "a foreign log that was changed", fill_from_a_changed_log, "binding.companions-mismatch log.fill-range", GAPS,
	  NULL, 0 },
	{ "a boot log as a foreign log", fill_from_a_boot_log, "log.segment-mismatch log.fill-missing", GAPS, NULL, 0 },
	{ "a foreign log of an unknown type", fill_from_an_unknown_type, "bundle.media-type log.fill-missing", GAPS,
	  NULL, 0 },
	{ "a foreign log that is broken", fill_from_a_broken_log, "log.segment-malformed", GAPS, NULL, 0 },
	{ "a foreign log that nothing names", foreign_log_of_nothing, "bundle.member-unreferenced", NULL, NULL, 0 },
};

static void what_fills_prove_is_accepted(void **state)
{
	(void)state;
	run_cases(filled_cases, COUNT(filled_cases));
}

static void what_fills_do_not_prove_is_rejected(void **state)
{
	(void)state;
	run_cases(unfilled_cases, COUNT(unfilled_cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fills_prove_is_accepted),
		cmocka_unit_test(what_fills_do_not_prove_is_rejected),
	};

	return run_verdict_tests(tests, COUNT(tests));
}
