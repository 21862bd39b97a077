// SPDX-License-Identifier: BSD-2-Clause
/*
 * The order in which settle tries its sequences, and what it costs, under a
 * hash of our own: the old value plus the digest. It makes every order of an
 * attempt's sequence, and many lengths, arrive at the same value, which no real
 * hash does; so the preference among matches shows.
 */
#include "test.h"

#include "../../core/settle.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static size_t hash_count;

enum tally_status tally_env_hash(const struct tally_hash_job *jobs, size_t job_count)
{
	for (size_t i = 0; i < job_count; i++) {
		uint8_t sum = (uint8_t)(jobs[i].parts[0].data[0] + jobs[i].parts[1].data[0]);

		memset(jobs[i].ret_digest, 0, tally_alg_size(jobs[i].alg));
		jobs[i].ret_digest[0] = sum;
	}
	hash_count++;
	return TALLY_OK;
}

static struct tally_digests number_digests(uint8_t number)
{
	struct tally_digests digests = { 1, { { TALLY_SHA256, { number } } } };

	return digests;
}

struct order_row {
	const char *name;
	size_t candidate_count;
	uint8_t candidates[TALLY_SETTLE_CANDIDATES];
	uint8_t intent;	   /* 0: none */
	uint8_t live;	   /* old is 0 */
	const char *steps; /* 0 1 2 the event of a candidate, i the intent's; NULL: no match */
	size_t hash_count;
};

static void order_run(const struct order_row *row, struct tally_settle_result *ret)
{
	struct tally_digests old = number_digests(0);
	struct tally_digests live = number_digests(row->live);
	struct tally_digests intent = number_digests(row->intent);
	struct tally_digests candidates[TALLY_SETTLE_CANDIDATES];
	struct tally_settle_input input = {
		TALLY_EXTEND_DIGEST,  &old, &live, 1, row->intent ? &intent : NULL, candidates,
		row->candidate_count, false
	};

	for (size_t i = 0; i < row->candidate_count; i++)
		candidates[i] = number_digests(row->candidates[i]);
	hash_count = 0;
	assert_int_equal(tally_settle(&input, ret), TALLY_OK);
}

static void order_text(const struct tally_settle_result *result, char *text)
{
	for (size_t i = 0; i < result->step_count; i++)
		text[i] = result->step[i].append == TALLY_APPEND_INTENT ? 'i' : (char)('0' + result->step[i].candidate);
	text[result->step_count] = 0;
}

static void first_match_wins(void **state)
{
	/* Extends before the match: those of its own length that precede it, and all shorter ones. */
	static const struct order_row rows[] = {
		{ "nothing costs nothing", 3, { 1, 2, 3 }, 4, 0, "", 0 },
		{ "the intent alone costs one extend", 0, { 0 }, 5, 5, "i", 1 },
		{ "and so it does beside candidates", 3, { 5, 5, 5 }, 5, 5, "i", 1 },
		{ "shorter: a candidate before two with the intent", 3, { 7, 2, 0 }, 5, 7, "0", 2 },
		{ "shorter: the intent before two candidates", 2, { 2, 3 }, 5, 5, "i", 1 },
		{ "with the intent: before two candidates", 3, { 2, 5, 4 }, 3, 7, "2i", 4 + 2 * 3 },
		{ "older candidates: the first", 3, { 6, 6, 6 }, 9, 6, "0", 2 },
		{ "older candidates: the second", 3, { 1, 6, 6 }, 9, 6, "1", 3 },
		{ "older candidates: pairs", 3, { 4, 4, 4 }, 0, 8, "01", 3 + 2 },
		{ "older candidates: with the intent", 3, { 4, 4, 4 }, 9, 13, "0i", 4 + 2 },
		{ "older candidates: the first of a pair", 3, { 1, 4, 4 }, 0, 5, "01", 3 + 2 },
		{ "all of them", 3, { 1, 2, 4 }, 8, 15, "012i", 4 + 24 + 72 + 4 },
		{ "three of them", 3, { 1, 2, 4 }, 8, 13, "02i", 4 + 24 + 2 * 3 },
		{ "three candidates against the intent", 3, { 1, 2, 4 }, 8, 7, "012", 4 + 24 + 54 + 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_settle_result result;
		char text[TALLY_SETTLE_STEPS + 1];

		order_run(&rows[i], &result);
		order_text(&result, text);
		if (strcmp(text, rows[i].steps) != 0 || hash_count != rows[i].hash_count)
			fail_msg("%s: \"%s\" after %zu extends", rows[i].name, text, hash_count);
	}
}

/* 65 sequences with an intent and 16 without: what is refused is refused after a bounded number of extends. */
static void work_is_bounded(void **state)
{
	static const struct order_row with_intent = { "65", 3, { 1, 2, 4 }, 8, 99, NULL, 0 };
	static const struct order_row without = { "16", 3, { 1, 2, 4 }, 0, 99, NULL, 0 };
	struct tally_settle_result result;

	(void)state;
	order_run(&with_intent, &result);
	assert_int_equal(result.decision, TALLY_SETTLE_READ_AGAIN);
	assert_int_equal(hash_count, 4 + 12 * 2 + 24 * 3 + 24 * 4);
	order_run(&without, &result);
	assert_int_equal(result.decision, TALLY_SETTLE_READ_AGAIN);
	assert_int_equal(hash_count, 3 + 6 * 2 + 6 * 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_match_wins),
		cmocka_unit_test(work_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
