// SPDX-License-Identifier: BSD-2-Clause
/* The log in evidence: forged records, gaps, pins, bases, trims and segments, each with its reason. */
#include "foreign-log.h"
#include "verdict-cases.h"

/* SHA-384 of 48 zero bytes and 48 bytes of 0x99, by Python's hashlib. */
#define BASE                                                               \
	"f22e5722525bf02bb8b77ce5cd697743023fd27959e97164ceb9ce801e37f154" \
	"1679135e3c3b489c780cbeae14092279"

static void no_log(struct evidence *evidence)
{
	good(evidence);
	evidence->lacks_log = true;
}

static void cut_record(struct evidence *evidence, size_t at, size_t size)
{
	struct tally_bytes record = exact_copy(tally_bytes(evidence->record[at].data, size));

	free_bytes(evidence->record[at]);
	evidence->record[at] = record;
}

static void torn_log(struct evidence *evidence)
{
	good(evidence);
	cut_record(evidence, 3, evidence->record[3].size - 1);
}

/* The record number in 4 bytes: other producers write that, tally does not. */
static void loose_record(struct evidence *evidence)
{
	struct tally_bytes record;
	uint8_t *loose;

	good(evidence);
	record = evidence->record[3];
	loose = malloc(record.size - 4);
	assert_non_null(loose);
	memcpy(loose, "\0\0\0\0\4\0\0\0\3", 9);
	memcpy(loose + 9, record.data + 13, record.size - 13);
	free_bytes(record);
	evidence->record[3] = tally_bytes(loose, record.size - 4);
}

/* Overwrite text inside a record, same length, digest as it was. */
static void relabel(struct evidence *evidence, size_t at, const char *from, const char *to)
{
	uint8_t *data = (uint8_t *)(uintptr_t)evidence->record[at].data;
	uint8_t *found = memmem(data, evidence->record[at].size, from, strlen(from));

	assert_non_null(found);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(found, to, strlen(to));
}

/* An event passed off as another producer's, in a content type that tally does not write. */
static void other_content_type(struct evidence *evidence)
{
	uint8_t *content;

	good(evidence);
	/* recnum 13, index 6, list of one digest 5 + 5 + 48 */
	content = (uint8_t *)(uintptr_t)evidence->record[3].data + 13 + 6 + 5 + 5 + 48;
	assert_int_equal(*content, 5);
	*content = 9;
}

/* The same, as a firmware event: it says nothing any more, and only an ignore takes it. */
static void other_event_type(struct evidence *evidence)
{
	good(evidence);
	relabel(evidence, 3, "TALY", "TALE");
}

static void headless_log(struct evidence *evidence)
{
	good(evidence);
	evidence_remove(evidence, 0);
	evidence_renumber(evidence, 0);
}

static void lying_header(struct evidence *evidence)
{
	evidence->set.item[1].reset.digest[0].bytes[0] = 1;
	evidence_header(evidence);
	three_events(evidence);
}

static void header_of_other_map(struct evidence *evidence)
{
	evidence->set.item[3].pcr_mask = 0xff;
	evidence_header(evidence);
	three_events(evidence);
}

static void header_of_other_provider(struct evidence *evidence)
{
	snprintf(evidence->set.provider, sizeof(evidence->set.provider), "tdx");
	evidence_header(evidence);
	three_events(evidence);
}

static void report_other_boot(struct tally_soft_report *report)
{
	report->boot_id[0] ^= 1;
}

static void log_of_other_boot(struct evidence *evidence)
{
	good(evidence);
	evidence->after_report = report_other_boot;
}

static void numbers_with_a_hole(struct evidence *evidence)
{
	good(evidence);
	((uint8_t *)(uintptr_t)evidence->record[3].data)[12] = 7;
}

/* An event that nobody extended. */
static void invented_at_the_end(struct evidence *evidence)
{
	struct tally_digests value;

	good(evidence);
	value = evidence->value[2];
	evidence_event(evidence, 2, "test", "invented", "0:0", "");
	evidence->value[2] = value;
}

/* A register in which the log has no record at all. */
static void extended_and_never_logged(struct evidence *evidence)
{
	struct tally_digests digests = evidence_banks(1, (const uint16_t[]){ TALLY_SHA384 }, 1);

	good(evidence);
	evidence_extend(evidence, 3, &digests);
}

static void unknown_register(struct evidence *evidence)
{
	struct tally_record record;

	good(evidence);
	record = evidence_measured(evidence, 2, tally_text("abc"));
	record.index = 9;
	evidence_record(evidence, &record);
}

static void other_banks(struct evidence *evidence)
{
	static const uint16_t algs[] = { TALLY_SHA256 };
	struct tally_record record;

	good(evidence);
	record = evidence_measured(evidence, 2, tally_text("abc"));
	record.digests = evidence_banks(1, algs, 1);
	evidence_record(evidence, &record);
}

static void raw_control(struct evidence *evidence, const char *content, size_t size)
{
	struct tally_record record;

	tally_control_record(&record, evidence_number(evidence), &evidence->set.item[2], tally_bytes(content, size));
	evidence_record(evidence, &record);
}

static void unknown_control(struct evidence *evidence)
{
	good(evidence);
	raw_control(evidence, "tally sprocket\0\0", 16);
}

static void broken_control(struct evidence *evidence)
{
	good(evidence);
	raw_control(evidence, "tally abort\0\0\0\0\0\1\2\3", 19);
}

/* The digest of the header's record, at its last byte: recnum 13, index 6, two list headers of 5, 48 bytes. */
static void measured_control(struct evidence *evidence)
{
	good(evidence);
	((uint8_t *)(uintptr_t)evidence->record[0].data)[13 + 6 + 5 + 5 + 47] = 1;
}

static void second_header(struct evidence *evidence)
{
	good(evidence);
	evidence_header(evidence);
}

static void late_base(struct evidence *evidence)
{
	struct tally_digests value;

	good(evidence);
	value = evidence->value[3];
	evidence_base(evidence, 3, 0x33);
	evidence->value[3] = value;
}

/* Bytes that begin as our events do, hashed and extended by somebody with full rights. */
static void broken_event(struct evidence *evidence)
{
	struct tally_record record;

	good(evidence);
	record = evidence_measured(evidence, 2, tally_text("TALY\2\0\0\0ab"));
	evidence_extend(evidence, 2, &record.digests);
	evidence_record(evidence, &record);
}

static void relabelled(struct evidence *evidence)
{
	good(evidence);
	relabel(evidence, 3, "noise", "music");
}

static void app_relabelled(struct evidence *evidence)
{
	evidence_header(evidence);
	evidence_event(evidence, 2, "test", "apx", "0:0", "one");
	evidence_event(evidence, 2, "test", "config", "0:0", "two");
	relabel(evidence, 1, "apx", "app");
}

/* Somebody's event, passed off as root's. */
static void caller_renamed(struct evidence *evidence)
{
	evidence_header(evidence);
	evidence_event(evidence, 2, "test", "app", "7:7", "one");
	evidence_event(evidence, 2, "test", "config", "0:0", "two");
	relabel(evidence, 1, "7:7", "0:0");
}

static void digest_only_app(struct evidence *evidence)
{
	evidence_header(evidence);
	evidence_digest_only(evidence, 2, "app", 0x55);
	evidence_event(evidence, 2, "test", "config", "0:0", "two");
}

static void reordered(struct evidence *evidence)
{
	struct tally_bytes first;

	good(evidence);
	first = evidence->record[1];
	evidence->record[1] = evidence->record[2];
	evidence->record[2] = first;
}

static void reordered_and_renumbered(struct evidence *evidence)
{
	reordered(evidence);
	evidence_renumber(evidence, 0);
}

static void doubled(struct evidence *evidence)
{
	good(evidence);
	evidence_insert(evidence, 4, exact_copy(evidence->record[3]));
}

static void doubled_and_renumbered(struct evidence *evidence)
{
	doubled(evidence);
	evidence_renumber(evidence, 0);
}

static void pinned_gap(struct evidence *evidence)
{
	struct tally_digests from;

	good(evidence);
	from = evidence->value[2];
	evidence_gap(evidence, 2, 0x77);
	evidence_pin(evidence, 2, &from, &evidence->value[2]);
	evidence_event(evidence, 2, "test", "after", "0:0", "");
}

static void unpinned_gap(struct evidence *evidence)
{
	good(evidence);
	evidence_gap(evidence, 2, 0x77);
	evidence_event(evidence, 2, "test", "after", "0:0", "");
}

static void gap_at_the_end(struct evidence *evidence)
{
	good(evidence);
	evidence_gap(evidence, 2, 0x77);
}

static void two_gaps_one_pin(struct evidence *evidence)
{
	struct tally_digests from;

	good(evidence);
	from = evidence->value[2];
	evidence_gap(evidence, 2, 0x77);
	evidence_gap(evidence, 2, 0x88);
	evidence_pin(evidence, 2, &from, &evidence->value[2]);
	evidence_event(evidence, 2, "test", "after", "0:0", "");
}

static void pin_of_one_gap_only(struct evidence *evidence)
{
	struct tally_digests from;

	good(evidence);
	evidence_gap(evidence, 2, 0x77);
	from = evidence->value[2];
	evidence_gap(evidence, 2, 0x88);
	evidence_pin(evidence, 2, &from, &evidence->value[2]);
}

static void gap_from_elsewhere(struct evidence *evidence)
{
	struct tally_digests value;

	good(evidence);
	value = evidence->value[2];
	evidence->value[2].digest[0].bytes[0] ^= 1;
	evidence_gap(evidence, 2, 0x77);
	(void)value;
}

/* The forger writes another history before the gap; the pin remembers the real one. */
static void invented_before_a_gap(struct evidence *evidence)
{
	pinned_gap(evidence);
	evidence_remove(evidence, 3);
	evidence_renumber(evidence, 0);
}

static void pin_with(struct evidence *evidence, void (*change)(struct tally_pin *pin))
{
	struct tally_digests from;
	struct tally_pin pin;

	good(evidence);
	from = evidence->value[2];
	evidence_gap(evidence, 2, 0x77);
	evidence_pin_fields(evidence, 2, &from, &evidence->value[2], &pin);
	change(&pin);
	evidence_put_pin(evidence, 2, &pin);
}

static void change_head(struct tally_pin *pin)
{
	pin->head[47] ^= 1;
}

static void change_to(struct tally_pin *pin)
{
	pin->to.digest[0].bytes[0] ^= 1;
}

static void change_next(struct tally_pin *pin)
{
	pin->next++;
}

static void change_index(struct tally_pin *pin)
{
	pin->index = 1;
}

static void pin_of_other_head(struct evidence *evidence)
{
	pin_with(evidence, change_head);
}

static void pin_of_other_value(struct evidence *evidence)
{
	pin_with(evidence, change_to);
}

static void pin_of_the_future(struct evidence *evidence)
{
	pin_with(evidence, change_next);
}

static void pin_of_other_register(struct evidence *evidence)
{
	pin_with(evidence, change_index);
}

static void pin_of_nothing(struct evidence *evidence)
{
	good(evidence);
	evidence_pin(evidence, 2, &evidence->value[2], &evidence->value[2]);
}

static void fill_of_nothing(struct evidence *evidence)
{
	struct tally_control_fill fill = {
		.gap = 2, .format = tally_text("ima"), .name = tally_text("segment.0"), .first = 0, .count = 1
	};
	uint8_t memory[512];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	good(evidence);
	tally_control_write_fill(&writer, &fill);
	evidence_control(evidence, 2, &writer);
}

static void filled_gap(struct evidence *evidence)
{
	struct tally_control_fill fill = { .format = tally_text("ima"), .name = tally_text("segment.0"), .count = 1 };
	uint8_t memory[512];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	good(evidence);
	evidence_gap(evidence, 3, 0x55);
	fill.gap = evidence_gap(evidence, 2, 0x77);
	evidence_gap(evidence, 2, 0x88);
	tally_control_write_fill(&writer, &fill);
	evidence_control(evidence, 2, &writer);
}

/* The intent of an event that came late: an abort first, the event behind a gap that opened in between. */
static void late_event(struct evidence *evidence, bool is_announced)
{
	struct tally_control_abort abort = { .intent = { 9 } };
	struct tally_digests value = evidence->value[2];
	struct tally_digests from;
	struct tally_bytes late;
	uint8_t memory[4096];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	/* The record as it stood in the slot, without a trace in log and register. */
	evidence_event(evidence, 2, "test", "late", "0:0", "x");
	late = exact_copy(evidence->record[evidence->record_count - 1]);
	evidence_remove(evidence, evidence->record_count - 1);
	evidence->value[2] = value;
	abort.record = late;
	tally_control_write_abort(&writer, &abort);
	if (is_announced)
		evidence_control(evidence, 2, &writer);
	from = evidence->value[2];
	evidence_gap(evidence, 2, 0x77);
	value = evidence->value[2];
	evidence_event(evidence, 2, "test", "late", "0:0", "x");
	evidence_pin(evidence, 2, &from, &value);
	evidence_event(evidence, 2, "test", "after", "0:0", "");
	free_bytes(late);
}

static void late_event_behind_a_gap(struct evidence *evidence)
{
	good(evidence);
	late_event(evidence, true);
}

static void early_event_behind_a_gap(struct evidence *evidence)
{
	good(evidence);
	late_event(evidence, false);
}

static void log_with_base(struct evidence *evidence)
{
	evidence_header(evidence);
	evidence_base(evidence, 2, 0x66);
	three_events(evidence);
}

static void trimmed(struct evidence *evidence, bool is_pinned)
{
	good(evidence);
	evidence_trim(evidence);
	if (is_pinned)
		evidence_pin(evidence, 2, &evidence->value[2], &evidence->value[2]);
	evidence_event(evidence, 2, "test", "after", "0:0", "");
}

static void trimmed_and_pinned(struct evidence *evidence)
{
	trimmed(evidence, true);
}

static void trimmed_and_unpinned(struct evidence *evidence)
{
	trimmed(evidence, false);
}

/* Stored records of another history, numbered well. */
static void invented_before_a_trim(struct evidence *evidence)
{
	trimmed(evidence, true);
	relabel(evidence, 3, "noise", "music");
}

/* Firmware's log led to the base. */
static void segment_before_base(struct evidence *evidence, uint8_t told)
{
	static const uint16_t algs[] = { TALLY_SHA384 };
	struct tally_digests digests = evidence_banks(1, algs, 0x99);
	struct tally_control_base base = { .has_reset_count = false };
	uint8_t memory[512];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	evidence_header(evidence);
	evidence_extend(evidence, 2, &digests);
	base.value = evidence->value[2];
	tally_control_write_base(&writer, &base);
	evidence_control(evidence, 2, &writer);
	three_events(evidence);
	evidence_separator_log(evidence, told);
}

static void proven_base(struct evidence *evidence)
{
	segment_before_base(evidence, 0x99);
}

static void invented_before_a_base(struct evidence *evidence)
{
	segment_before_base(evidence, 0x98);
}

static void segment_without_base(struct evidence *evidence)
{
	good(evidence);
	evidence_separator_log(evidence, 0x99);
}

static void broken_segment(struct evidence *evidence)
{
	good(evidence);
	evidence->segment = exact_copy(tally_text("neither log nor anything"));
}

static const struct verify_case proven_cases[] = {
	{ "a pinned gap, admitted", pinned_gap, "", GAPS, NULL, 0 },
	{ "a gap at the end, admitted", gap_at_the_end, "", GAPS, NULL, 0 },
	{ "two gaps under one pin, admitted", two_gaps_one_pin, "", GAPS, NULL, 0 },
	{ "an event that came late, behind an admitted gap", late_event_behind_a_gap, "", GAPS, NULL, 0 },
	{ "a base that the policy pins", log_with_base, "",
	  "{\"events\": " RULES ", \"base\": \"66666666666666666666666666666666666666666666666666666666"
	  "6666666666666666666666666666666666666666\"}",
	  NULL, 0 },
	{ "a base that a segment proves", proven_base, "",
	  "[{\"ignore\": {\"count\": 1}}, {\"require\": {\"name\": \"app\"}}, {\"ignore\": {\"max\": 3}}]", NULL, 0 },
	{ "a trim with the stored part", trimmed_and_pinned, "", RULES, NULL, KEEPS_STORED },

};

static void what_is_proven_or_admitted_is_accepted(void **state)
{
	(void)state;
	run_cases(proven_cases, COUNT(proven_cases));
}

static const struct verify_case log_cases[] = {
	{ "no log", no_log, "log.missing", ANY, NULL, 0 },
	{ "a torn log", torn_log, "log.malformed", NULL, NULL, 0 },
	{ "a record in another form", loose_record, "log.not-canonical", NULL, NULL, 0 },
	{ "a record of another content type", other_content_type, "log.not-canonical", NULL, NULL, 0 },
	{ "a record of nobody's, ignored", other_event_type, "", NULL, NULL, 0 },
	{ "a record of nobody's, where a filter looks", other_event_type, "policy.event-unmatched",
	  "[{\"require\": {\"name\": \"app\"}}, {\"require\": {\"name\": \"config\"}}, "
	  "{\"ignore\": {\"max\": 3, \"except\": {\"name\": \"x\"}}}]",
	  NULL, 0 },
	{ "no header", headless_log, "log.header-missing", NULL, NULL, 0 },
	{ "a header with another reset value", lying_header, "log.header-mismatch", NULL, NULL, 0 },
	{ "a header with another PCR map", header_of_other_map, "log.header-mismatch", NULL, NULL, 0 },
	{ "a header of another provider", header_of_other_provider, "log.header-mismatch", NULL, NULL, 0 },
	{ "a log of another boot", log_of_other_boot, "log.boot-mismatch", NULL, NULL, 0 },
	{ "a hole in the numbers", numbers_with_a_hole, "log.renumbered", NULL, NULL, 0 },
	{ "a register that does not exist", unknown_register, "log.register-unknown", NULL, NULL, 0 },
	{ "other banks", other_banks, "log.bank-set", NULL, NULL, 0 },
	{ "an event that nobody extended", invented_at_the_end, "log.register-mismatch", NULL, NULL, 0 },
	{ "a register that the log knows nothing of", extended_and_never_logged, "log.register-mismatch", NULL, NULL,
	  0 },
	{ "an unknown control record", unknown_control, "log.control-unknown", NULL, NULL, 0 },
	{ "a broken control record", broken_control, "log.control-malformed", NULL, NULL, 0 },
	{ "a control record with a digest", measured_control, "log.control-digest", NULL, NULL, 0 },
	{ "a second header", second_header, "log.control-misplaced", NULL, NULL, 0 },
	{ "a base behind events", late_base, "log.control-misplaced", NULL, NULL, 0 },
	{ "a broken event", broken_event, "log.event-malformed", NULL, NULL, 0 },
	{ "a relabelled event", relabelled, "log.event-relabelled", NULL, NULL, 0 },
	{ "a relabelled event that a rule asks for", app_relabelled,
	  "log.event-relabelled log.event-unauthentic policy.event-unmatched policy.event-missing", NULL, NULL, 0 },
	{ "an event of another caller", caller_renamed,
	  "log.event-relabelled log.event-unauthentic policy.event-unmatched policy.event-missing", NULL, NULL, 0 },
	{ "a digest-only event that a rule asks for", digest_only_app,
	  "log.event-unauthentic policy.event-unmatched policy.event-missing", NULL, NULL, 0 },
	{ "events reordered", reordered,
	  "log.renumbered log.register-mismatch policy.event-unmatched policy.event-missing", NULL, NULL, 0 },
	{ "events reordered and renumbered", reordered_and_renumbered, "log.register-mismatch", ANY, NULL, 0 },
	{ "an event doubled", doubled, "log.renumbered log.register-mismatch", NULL, NULL, 0 },
	{ "an event doubled and renumbered", doubled_and_renumbered, "log.register-mismatch", NULL, NULL, 0 },
};

static void records_are_what_was_extended(void **state)
{
	(void)state;
	run_cases(log_cases, COUNT(log_cases));
}

static const struct verify_case jump_cases[] = {
	{ "a gap", pinned_gap, "log.gap log.unauthenticated", ANY, NULL, 0 },
	{ "more gaps than admitted", two_gaps_one_pin, "log.gap",
	  "{\"events\": " ANY ", \"gaps\": {\"max\": 1, \"before\": 9}}", NULL, 0 },
	{ "a gap that nothing pins", unpinned_gap, "log.gap-unpinned", GAPS, NULL, 0 },
	{ "an event behind a gap that no abort announced", early_event_behind_a_gap, "log.gap-unpinned", GAPS, NULL,
	  0 },
	{ "a gap from elsewhere", gap_from_elsewhere, "log.gap-mismatch", GAPS, NULL, 0 },
	{ "invented before a gap", invented_before_a_gap, "log.gap-mismatch log.gap-unpinned log.pin-mismatch", GAPS,
	  NULL, 0 },
	{ "a pin of another head", pin_of_other_head, "log.pin-mismatch", GAPS, NULL, 0 },
	{ "a pin of another value", pin_of_other_value, "log.pin-mismatch", GAPS, NULL, 0 },
	{ "a pin of the future", pin_of_the_future, "log.pin-mismatch", GAPS, NULL, 0 },
	{ "a pin of another register", pin_of_other_register, "log.pin-mismatch", GAPS, NULL, 0 },
	{ "a pin of one gap of two", pin_of_one_gap_only, "log.pin-mismatch", GAPS, NULL, 0 },
	{ "a pin of nothing", pin_of_nothing, "log.pin-mismatch", NULL, NULL, 0 },
	{ "a fill of nothing", fill_of_nothing, "log.fill-mismatch", NULL, NULL, 0 },
	/* The foreign log is nothing that this release replays: the gap stays one. */
	{ "a fill without its log", filled_gap, "log.gap log.fill-missing", GAPS, NULL, 0 },
	{ "a base", log_with_base, "log.base-unproven", NULL, NULL, 0 },
	{ "another base than the policy's", log_with_base, "log.base-unproven",
	  "{\"events\": " RULES ", \"base\": \"66666666666666666666666666666666666666666666666666666666"
	  "6666666666666666666666666666666666666665\"}",
	  NULL, 0 },
	{ "invented before a base", invented_before_a_base, "log.base-unproven log.unauthenticated", RULES, NULL, 0 },
	{ "a pinned base, and a segment that leads elsewhere", invented_before_a_base, "log.unauthenticated",
	  "{\"events\": " ANY ", \"base\": \"" BASE "\"}", NULL, 0 },
	{ "a trim without the stored part", trimmed_and_pinned, "log.trim-unproven", ANY, NULL, 0 },
	{ "invented before a trim", invented_before_a_trim,
	  "log.event-relabelled log.trim-unproven log.trim-mismatch log.trim-unpinned log.pin-mismatch "
	  "log.unauthenticated",
	  ANY, NULL, KEEPS_STORED },
	{ "a trim that nothing pins", trimmed_and_unpinned, "log.trim-unpinned", RULES, NULL, KEEPS_STORED },
	{ "a segment that is broken", broken_segment, "log.segment-malformed", NULL, NULL, 0 },
	{ "a segment that leads nowhere", segment_without_base, "log.unauthenticated log.segment-mismatch", NULL, NULL,
	  0 },
	{ "events before an admitted gap", pinned_gap, "log.unauthenticated",
	  "{\"events\": " ANY ", \"gaps\": {\"max\": 1}}", NULL, 0 },
};

static void jumps_are_proven_and_pinned(void **state)
{
	(void)state;
	run_cases(jump_cases, COUNT(jump_cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_proven_or_admitted_is_accepted),
		cmocka_unit_test(records_are_what_was_extended),
		cmocka_unit_test(jumps_are_proven_and_pinned),
	};

	return run_verdict_tests(tests, COUNT(tests));
}
