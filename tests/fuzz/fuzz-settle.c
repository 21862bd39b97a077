// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: settle, on registers that the input extends by attempts, strangers and nonsense. */
#include <stdlib.h>

#include "../../core/cursor.h"
#include "../../core/settle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define READ_LIMIT (TALLY_SETTLE_READS + 1)
#define CANDIDATE_LIMIT (TALLY_SETTLE_CANDIDATES + 1)
#define INTENT CANDIDATE_LIMIT /* the element behind all candidates */
#define NO_MATCH SIZE_MAX

/* One call, and all that its pointers point to. */
struct scene {
	struct tally_settle_input input;
	struct tally_digests old, intent, candidates[CANDIDATE_LIMIT], reads[READ_LIMIT];
};

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static const struct tally_digests *element_digests(const struct scene *scene, size_t element)
{
	return element == INTENT ? &scene->intent : &scene->candidates[element];
}

static void read_banks(struct tally_cursor *cursor, struct tally_digests *ret)
{
	static const uint16_t algorithms[] = { TALLY_SHA1,   TALLY_SHA256,  TALLY_SHA384,
					       TALLY_SHA512, TALLY_SM3_256, 0x0027 };
	uint8_t banks = tally_read_u8(cursor);

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]) && ret->count < TALLY_BANK_LIMIT; i++)
		if (banks >> i & 1)
			ret->digest[ret->count++].alg = algorithms[i];
}

/* Digests that differ in few bytes, so that equal ones are frequent; rarely of other banks. */
static void read_digests(struct tally_cursor *cursor, const struct tally_digests *like, struct tally_digests *ret)
{
	uint8_t byte = tally_read_u8(cursor);

	tally_digests_zero(ret, like);
	for (size_t bank = 0; bank < ret->count; bank++)
		ret->digest[bank].bytes[0] = byte & 7;
	if (byte >> 3 == 31)
		read_banks(cursor, ret);
}

/* A register that attempts and strangers extended; an extend may miss the first bank. */
static void read_value(struct tally_cursor *cursor, const struct scene *scene, struct tally_digests *ret)
{
	uint8_t count = tally_read_u8(cursor) & 7;

	*ret = scene->old;
	for (uint8_t i = 0; i < count; i++) {
		uint8_t what = tally_read_u8(cursor);
		struct tally_digests stranger = scene->old;
		struct tally_digest first = ret->digest[0];
		size_t element = what % (INTENT + 2);

		if (tally_extend_value(scene->input.rule, ret,
				       element > INTENT ? &stranger : element_digests(scene, element), ret) != TALLY_OK)
			return;
		if (what >> 4 == 15)
			ret->digest[0] = first;
	}
}

static void read_scene(struct tally_cursor *cursor, struct scene *ret)
{
	struct tally_settle_input *input = &ret->input;
	uint8_t flags = tally_read_u8(cursor);

	memset(ret, 0, sizeof(*ret));
	input->rule = (enum tally_extend_rule)(tally_read_u8(cursor) & 3);
	read_banks(cursor, &ret->old);
	read_digests(cursor, &ret->old, &ret->intent);
	for (size_t i = 0; i < CANDIDATE_LIMIT; i++)
		read_digests(cursor, &ret->old, &ret->candidates[i]);
	for (size_t i = 0; i < READ_LIMIT; i++)
		read_value(cursor, ret, &ret->reads[i]);
	input->old = &ret->old;
	input->reads = ret->reads;
	input->read_count = (flags & 7) % (READ_LIMIT + 1);
	input->intent = flags & 8 ? &ret->intent : NULL;
	input->candidates = ret->candidates;
	input->candidate_count = (flags >> 4 & 7) % (CANDIDATE_LIMIT + 1);
	input->is_late = flags >> 7;
}

/* Length of the shortest way from value to live over elements that are not used, found by trying them all. */
static size_t shortest(const struct scene *scene, const struct tally_digests *value, unsigned used, size_t *ret_tried)
{
	const struct tally_settle_input *input = &scene->input;
	size_t best = NO_MATCH;

	++*ret_tried;
	if (tally_digests_equal(value, &input->reads[input->read_count - 1]))
		return 0;
	for (size_t element = 0; element <= INTENT; element++) {
		bool is_there = element == INTENT ? input->intent != NULL : element < input->candidate_count;
		struct tally_digests next;
		size_t length;

		if (!is_there || used >> element & 1)
			continue;
		expect(tally_extend_value(input->rule, value, element_digests(scene, element), &next) == TALLY_OK);
		length = shortest(scene, &next, used | 1U << element, ret_tried);
		if (length != NO_MATCH && length + 1 < best)
			best = length + 1;
	}
	return best;
}

/* What the steps append takes old to live, each attempt at most once; returns how many events it took. */
static size_t replay_steps(const struct scene *scene, const struct tally_settle_result *result, bool *ret_has_intent)
{
	struct tally_digests value = scene->old;
	unsigned used = 0;
	size_t length = 0;

	for (size_t i = 0; i < result->step_count; i++) {
		const struct tally_settle_step *step = &result->step[i];
		size_t element = step->append == TALLY_APPEND_INTENT ? INTENT : step->candidate;

		if (step->append == TALLY_APPEND_ABORT) {
			expect(i == 0 && scene->input.intent && scene->input.is_late);
			continue;
		}
		expect(step->append == TALLY_APPEND_INTENT || step->append == TALLY_APPEND_CANDIDATE);
		expect(element == INTENT ? scene->input.intent != NULL : element < scene->input.candidate_count);
		expect(!(used >> element & 1));
		used |= 1U << element;
		expect(tally_extend_value(scene->input.rule, &value, element_digests(scene, element), &value) ==
		       TALLY_OK);
		length++;
	}
	expect(tally_digests_equal(&value, &scene->reads[scene->input.read_count - 1]));
	*ret_has_intent = used >> INTENT & 1;
	return length;
}

static enum tally_settle_decision matched_decision(const struct tally_settle_input *input, size_t length,
						   bool has_intent)
{
	if (!input->intent)
		return length ? TALLY_SETTLE_EXPLAINED : TALLY_SETTLE_CLEAN;
	if (has_intent)
		return TALLY_SETTLE_APPLIED;
	if (input->is_late)
		return length ? TALLY_SETTLE_ABORTED_EXPLAINED : TALLY_SETTLE_ABORTED;
	return length ? TALLY_SETTLE_NOT_APPLIED_EXPLAINED : TALLY_SETTLE_NOT_APPLIED;
}

static void check_unmatched(const struct scene *scene, const struct tally_settle_result *result)
{
	const struct tally_settle_input *input = &scene->input;
	size_t count = input->read_count;
	bool is_still = count >= 2 && tally_digests_equal(&scene->reads[count - 1], &scene->reads[count - 2]);

	expect(!result->clears_slot);
	if (is_still) {
		expect(result->decision == (input->intent ? TALLY_SETTLE_INDETERMINATE : TALLY_SETTLE_GAP));
		expect(result->step_count == 1 && result->step[0].append == TALLY_APPEND_GAP);
	} else {
		expect(result->decision ==
		       (count < TALLY_SETTLE_READS ? TALLY_SETTLE_READ_AGAIN : TALLY_SETTLE_TRY_AGAIN));
		expect(result->step_count == 0);
	}
}

static void check_matched(const struct scene *scene, const struct tally_settle_result *result, size_t length)
{
	bool has_intent;

	expect(replay_steps(scene, result, &has_intent) == length);
	expect(result->decision == matched_decision(&scene->input, length, has_intent));
	expect(result->clears_slot == (scene->input.intent && !has_intent && !scene->input.is_late));
	expect((result->step_count == length) ==
	       (result->decision != TALLY_SETTLE_ABORTED && result->decision != TALLY_SETTLE_ABORTED_EXPLAINED));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_cursor cursor = tally_cursor(tally_bytes(data, size));
	struct tally_settle_result result, again, untouched;
	struct scene scene;
	size_t length, tried = 0;

	read_scene(&cursor, &scene);
	memset(&untouched, 0xa5, sizeof(untouched));
	result = untouched;
	again = untouched;
	if (tally_settle(&scene.input, &result) != TALLY_OK) {
		expect(memcmp(&result, &untouched, sizeof(result)) == 0);
		return 0;
	}
	expect(tally_settle(&scene.input, &again) == TALLY_OK && memcmp(&result, &again, sizeof(result)) == 0);
	expect(result.step_count <= TALLY_SETTLE_STEPS);
	length = shortest(&scene, &scene.old, 0, &tried);
	expect(tried <= 65);
	if (length == NO_MATCH)
		check_unmatched(&scene, &result);
	else
		check_matched(&scene, &result, length);
	return 0;
}
