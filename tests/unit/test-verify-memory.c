// SPDX-License-Identifier: BSD-2-Clause
/* Every allocation of the verifier fails in turn: no crash, no leak, no verdict. Replay allocates nothing. */
#include <jansson.h>

#include "alloc_fail.h"
#include "verdict-cases.h"

#include "../../verify/arena.h"
#include "../../verify/replay.h"

#define GAP_RULES "{\"events\": [{\"ignore\": {\"max\": 20, \"except\": {\"name\": \"x\"}}}], \"gaps\": {\"max\": 1}}"

/* jansson's own allocations, the n-th of which fails. */
static unsigned json_left;

static void *json_malloc(size_t size)
{
	return json_left != 0 && --json_left == 0 ? NULL : malloc(size);
}

static void json_free(void *memory)
{
	free(memory);
}

/* Header, events, a gap and its pin: every kind of thing that a verdict holds. */
static struct tally_bytes make_bundle(struct tally_bytes *ret_policy)
{
	struct evidence *evidence = evidence_new(key, evidence_registers_tdx);
	struct tally_digests from;
	struct tally_bytes bundle;

	good(evidence);
	evidence->data = tally_text("data");
	from = evidence->value[2];
	evidence_gap(evidence, 2, 0x77);
	evidence_pin(evidence, 2, &from, &evidence->value[2]);
	*ret_policy = evidence_policy(evidence, GAP_RULES, ", \"callers\": [\"0:0\"]");
	bundle = evidence_bundle(evidence, false);
	evidence_free(evidence);
	return bundle;
}

static void policies_survive_a_lack_of_memory(void **state)
{
	struct tally_bytes text;
	struct tally_bytes bundle = make_bundle(&text);
	struct tally_policy_problem problem;
	struct tally_policy *policy = NULL;
	enum tally_status status;

	(void)state;
	for (unsigned n = 1;; n++) {
		alloc_fail_at(n);
		status = tally_policy_read(text, &policy, &problem);
		if (!alloc_fail_end())
			break;
		assert_int_equal(status, TALLY_NO_MEMORY);
		assert_null(policy);
	}
	assert_int_equal(status, TALLY_OK);
	tally_policy_free(policy);
	policy = NULL;
	json_set_alloc_funcs(json_malloc, json_free);
	for (unsigned n = 1;; n++) {
		json_left = n;
		status = tally_policy_read(text, &policy, &problem);
		if (json_left != 0)
			break;
		/* What is read alike in spite of it is right. */
		if (status == TALLY_OK)
			tally_policy_free(policy);
		else
			assert_int_equal(status, TALLY_NO_MEMORY);
		policy = NULL;
	}
	json_left = 0;
	assert_int_equal(status, TALLY_OK);
	tally_policy_free(policy);
	free_bytes(bundle);
	free_bytes(text);
}

static void verdicts_survive_a_lack_of_memory(void **state)
{
	struct tally_bytes text;
	struct tally_bytes bundle = make_bundle(&text);
	struct tally_policy *policy = read_policy(text);
	struct tally_bytes nonce = hex_bytes(EVIDENCE_NONCE);
	struct tally_verify_request request = { .evidence = bundle,
						.policy = policy,
						.policy_bytes = text,
						.has_nonce = true,
						.nonce = nonce,
						.time = EVIDENCE_TIME };
	struct tally_verdict *verdict = NULL;
	enum tally_status status;

	(void)state;
	for (unsigned n = 1;; n++) {
		alloc_fail_at(n);
		status = tally_verify(&request, &verdict);
		if (!alloc_fail_end())
			break;
		assert_int_equal(status, TALLY_NO_MEMORY);
		assert_null(verdict);
	}
	assert_int_equal(status, TALLY_OK);
	tally_verdict_free(verdict);
	tally_policy_free(policy);
	free_bytes(nonce);
	free_bytes(bundle);
	free_bytes(text);
}

static void texts_survive_a_lack_of_memory(void **state)
{
	struct tally_bytes text;
	struct tally_bytes bundle = make_bundle(&text);
	struct tally_verdict *verdict = judge(bundle, text, 0);
	char *json;

	(void)state;
	for (unsigned n = 1;; n++) {
		alloc_fail_at(n);
		json = tally_verdict_to_json(verdict);
		if (!alloc_fail_end())
			break;
		assert_null(json);
	}
	assert_non_null(json);
	free(json);
	json_set_alloc_funcs(json_malloc, json_free);
	for (unsigned n = 1;; n++) {
		json_left = n;
		json = tally_verdict_to_json(verdict);
		if (json_left != 0)
			break;
		assert_null(json);
	}
	json_left = 0;
	assert_non_null(json);
	free(json);
	tally_verdict_free(verdict);
	free_bytes(bundle);
	free_bytes(text);
}

static void replay_allocates_nothing(void **state)
{
	static struct tally_log_replay replay;
	static struct tally_replay_target target;
	static struct tally_comparison comparison;
	struct evidence *evidence = evidence_new(key, evidence_registers_tdx);
	struct tally_digest zero = { .alg = TALLY_SHA384 };
	uint8_t memory[EVIDENCE_BLOCK];
	struct tally_writer log = tally_writer(memory, sizeof(memory));
	enum tally_status status;

	(void)state;
	good(evidence);
	evidence_log(evidence, 0, evidence->record_count, &log);
	alloc_fail_at(1);
	status = tally_replay_log(tally_written(&log), TALLY_LOG_FORMAT_UNKNOWN, &replay);
	tally_replay_target_init(&target);
	if (status == TALLY_OK)
		status = tally_replay_target_add(&target, &replay.set, tally_text("rtmr2"), &zero);
	if (status == TALLY_OK)
		status = tally_replay_compare(tally_written(&log), &replay, &target, &comparison);
	assert_false(alloc_fail_end());
	assert_int_equal(status, TALLY_OK);
	assert_int_equal(comparison.differing_count, 1);
	evidence_free(evidence);
}

#define REPEATS 4000

/* The records from first on, again and again, numbered well or all alike. */
static void repeat_records(struct evidence *evidence, size_t first, bool renumbers)
{
	size_t unit = 0;
	size_t used = 0;
	uint8_t *memory;

	for (size_t i = first; i < evidence->record_count; i++)
		unit += evidence->record[i].size;
	memory = malloc(REPEATS * unit);
	assert_non_null(memory);
	for (size_t n = 0; n < REPEATS; n++) {
		for (size_t i = first; i < evidence->record_count; i++) {
			uint64_t number = evidence->record_count + n * (evidence->record_count - first) + i - first;

			memcpy(memory + used, evidence->record[i].data, evidence->record[i].size);
			for (size_t byte = 0; renumbers && byte < 8; byte++)
				memory[used + 5 + byte] = (uint8_t)(number >> (8 * (7 - byte)));
			used += evidence->record[i].size;
		}
	}
	evidence_insert(evidence, evidence->record_count, tally_bytes(memory, used));
}

static void make_events(struct evidence *evidence)
{
	evidence_header(evidence);
	evidence_event(evidence, 2, "t", "n", "0:0", "");
}

static void make_small_records(struct evidence *evidence)
{
	struct tally_record record;

	evidence_header(evidence);
	record = evidence_measured(evidence, 2, tally_bytes(NULL, 0));
	evidence_record(evidence, &record);
}

static void make_gaps(struct evidence *evidence)
{
	evidence_header(evidence);
	evidence_gap(evidence, 2, 0x77);
}

static void make_gaps_with_events(struct evidence *evidence)
{
	evidence_header(evidence);
	evidence_gap(evidence, 2, 0x77);
	evidence_event(evidence, 2, "t", "\xc3\xa9", "0:0", "");
}

static void make_pins(struct evidence *evidence)
{
	evidence_header(evidence);
	evidence_pin(evidence, 2, &evidence->value[2], &evidence->value[2]);
}

static void make_trims(struct evidence *evidence)
{
	evidence_header(evidence);
	evidence_trim(evidence);
	evidence->first_record = 0;
}

/* A fill in one record, over and over, of a foreign log that is there. */
static void make_fills(struct evidence *evidence)
{
	struct tally_control_fill fill = {
		.gap = 1, .format = tally_text("aael-text"), .name = tally_text("segment.0"), .first = 0, .count = 1
	};
	uint8_t memory[512];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	evidence_header(evidence);
	tally_control_write_fill(&writer, &fill);
	evidence_control(evidence, 2, &writer);
	evidence->segment = exact_copy(tally_text("x"));
	evidence->segment_media_type = "application/vnd.tally.foreign-log+aael-text";
}

/* verify.h states it: a multiple of the evidence, and something for the verdict itself. */
static void memory_is_bounded_by_the_evidence(void **state)
{
	static void (*const makers[])(struct evidence * evidence) = {
		make_events, make_small_records, make_gaps, make_gaps_with_events, make_pins, make_trims, make_fills,
	};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(makers); i++) {
		struct evidence *evidence = evidence_new(key, evidence_registers_tdx);
		struct tally_bytes policy;
		struct tally_bytes bundle;
		struct tally_verdict *verdict;

		makers[i / 2](evidence);
		repeat_records(evidence, 1, i % 2);
		policy = evidence_policy(evidence, "[{\"ignore\": {\"max\": 100000}}]", "");
		bundle = evidence_bundle(evidence, false);
		verdict = judge(bundle, policy, 0);
		assert_false(verdict->is_accepted);
		if (tally_arena_size(verdict->arena) >
		    TALLY_VERIFY_MEMORY_FACTOR * bundle.size + TALLY_VERIFY_MEMORY_BASE)
			fail_msg("%zu: %zu bytes for %zu of evidence", i, tally_arena_size(verdict->arena),
				 bundle.size);
		tally_verdict_free(verdict);
		free_bytes(bundle);
		free_bytes(policy);
		evidence_free(evidence);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_survive_a_lack_of_memory),
		cmocka_unit_test(verdicts_survive_a_lack_of_memory),
		cmocka_unit_test(texts_survive_a_lack_of_memory),
		cmocka_unit_test(replay_allocates_nothing),
		cmocka_unit_test(memory_is_bounded_by_the_evidence),
	};

	return run_verdict_tests(tests, COUNT(tests));
}
