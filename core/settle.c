// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How an extend ends: the match of open attempts to a live value, and the tables of docs/settle.md. */
#include "settle.h"

#define SETTLE_ELEMENT_LIMIT (TALLY_SETTLE_CANDIDATES + 1)

/* Distinct elements, in the order in which they are thought to have been extended. */
struct settle_sequence {
	size_t length;
	size_t element[SETTLE_ELEMENT_LIMIT];
};

/* The intent stands behind the candidates, because it is the newest attempt. */
static size_t settle_element_count(const struct tally_settle_input *input)
{
	return input->candidate_count + (input->intent ? 1 : 0);
}

static bool settle_is_intent(const struct tally_settle_input *input, size_t element)
{
	return element == input->candidate_count;
}

static const struct tally_digests *settle_live(const struct tally_settle_input *input)
{
	return &input->reads[input->read_count - 1];
}

/* The first sequence of this length in lexicographic order. */
static void sequence_first(struct settle_sequence *sequence, size_t length)
{
	sequence->length = length;
	for (size_t i = 0; i < SETTLE_ELEMENT_LIMIT; i++)
		sequence->element[i] = i;
}

static bool sequence_has(const struct settle_sequence *sequence, size_t end, size_t element)
{
	for (size_t i = 0; i < end; i++)
		if (sequence->element[i] == element)
			return true;
	return false;
}

static bool sequence_is_distinct(const struct settle_sequence *sequence)
{
	for (size_t i = 0; i < sequence->length; i++)
		if (sequence_has(sequence, i, sequence->element[i]))
			return false;
	return true;
}

/* Count up, the first element being the highest digit, to the next sequence without repetition; false at the end. */
static bool sequence_next(struct settle_sequence *sequence, size_t element_count)
{
	do {
		size_t at = sequence->length;

		while (at > 0 && sequence->element[at - 1] + 1 == element_count)
			sequence->element[--at] = 0;
		if (at == 0)
			return false;
		sequence->element[at - 1]++;
	} while (!sequence_is_distinct(sequence));
	return true;
}

/* Whether the sequence takes old to live, in every bank: a value that fits in some banks only is nobody's extend. */
static enum tally_status sequence_fits(const struct tally_settle_input *input, const struct settle_sequence *sequence,
				       bool *ret)
{
	struct tally_digests value = *input->old;
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; i < sequence->length && status == TALLY_OK; i++) {
		size_t element = sequence->element[i];
		const struct tally_digests *digests =
			settle_is_intent(input, element) ? input->intent : &input->candidates[element];

		status = tally_extend_value(input->rule, &value, digests, &value);
	}
	if (status == TALLY_OK)
		*ret = tally_digests_equal(&value, settle_live(input));
	return status;
}

/* The first match of one length, with the intent or without it. */
static enum tally_status match_of_length(const struct tally_settle_input *input, size_t length, bool has_intent,
					 struct settle_sequence *match, bool *ret_is_found)
{
	enum tally_status status = TALLY_OK;
	bool is_found = false;

	sequence_first(match, length);
	do {
		if (sequence_has(match, length, input->candidate_count) == has_intent)
			status = sequence_fits(input, match, &is_found);
	} while (status == TALLY_OK && !is_found && sequence_next(match, settle_element_count(input)));
	*ret_is_found = is_found;
	return status;
}

/*
 * The first match: shorter ones first, then those with the intent, then older
 * candidates first. The usual ends of an extend, nothing and the intent alone,
 * cost no hash and one.
 */
static enum tally_status match_find(const struct tally_settle_input *input, struct settle_sequence *match,
				    bool *ret_is_found)
{
	enum tally_status status = TALLY_OK;
	bool is_found = false;

	for (size_t length = 0; length <= settle_element_count(input) && status == TALLY_OK && !is_found; length++) {
		status = match_of_length(input, length, true, match, &is_found);
		if (status == TALLY_OK && !is_found)
			status = match_of_length(input, length, false, match, &is_found);
	}
	*ret_is_found = is_found;
	return status;
}

static void settle_append(struct tally_settle_result *result, enum tally_settle_append append, size_t candidate)
{
	result->step[result->step_count].append = append;
	result->step[result->step_count].candidate = candidate;
	result->step_count++;
}

static void settle_append_events(const struct tally_settle_input *input, const struct settle_sequence *match,
				 struct tally_settle_result *result)
{
	for (size_t i = 0; i < match->length; i++) {
		size_t element = match->element[i];

		if (settle_is_intent(input, element))
			settle_append(result, TALLY_APPEND_INTENT, 0);
		else
			settle_append(result, TALLY_APPEND_CANDIDATE, element);
	}
}

/* The rows whose match is "none": only a value that holds still becomes a gap. */
static void settle_unmatched(const struct tally_settle_input *input, struct tally_settle_result *result)
{
	size_t count = input->read_count;

	if (count < 2 || !tally_digests_equal(&input->reads[count - 2], &input->reads[count - 1])) {
		result->decision = count < TALLY_SETTLE_READS ? TALLY_SETTLE_READ_AGAIN : TALLY_SETTLE_TRY_AGAIN;
		return;
	}
	result->decision = input->intent ? TALLY_SETTLE_INDETERMINATE : TALLY_SETTLE_GAP;
	settle_append(result, TALLY_APPEND_GAP, 0);
}

/*
 * The rows with an intent that the match lacks. The slot must not outlive a
 * "not applied": a stranger who extends the same digest later would turn it
 * into an event that its caller was told never happened.
 */
static void settle_without_effect(const struct tally_settle_input *input, const struct settle_sequence *match,
				  struct tally_settle_result *result)
{
	bool is_explained = match->length > 0;

	if (input->is_late) {
		result->decision = is_explained ? TALLY_SETTLE_ABORTED_EXPLAINED : TALLY_SETTLE_ABORTED;
		settle_append(result, TALLY_APPEND_ABORT, 0);
	} else {
		result->decision = is_explained ? TALLY_SETTLE_NOT_APPLIED_EXPLAINED : TALLY_SETTLE_NOT_APPLIED;
		result->clears_slot = true;
	}
	settle_append_events(input, match, result);
}

static void settle_matched(const struct tally_settle_input *input, const struct settle_sequence *match,
			   struct tally_settle_result *result)
{
	if (input->intent && !sequence_has(match, match->length, input->candidate_count)) {
		settle_without_effect(input, match, result);
		return;
	}
	if (input->intent)
		result->decision = TALLY_SETTLE_APPLIED;
	else
		result->decision = match->length > 0 ? TALLY_SETTLE_EXPLAINED : TALLY_SETTLE_CLEAN;
	settle_append_events(input, match, result);
}

/* Digests of no bank or of an unknown algorithm would all be equal to each other. */
static enum tally_status settle_check_banks(const struct tally_digests *old)
{
	if (old->count == 0 || old->count > TALLY_BANK_LIMIT)
		return TALLY_BANK_SET;
	for (size_t i = 0; i < old->count; i++)
		if (tally_alg_size(old->digest[i].alg) == 0)
			return TALLY_UNKNOWN_ALGORITHM;
	return TALLY_OK;
}

static bool settle_have_banks(const struct tally_digests *digests, size_t count, const struct tally_digests *like)
{
	for (size_t i = 0; i < count; i++)
		if (!tally_digests_same_banks(&digests[i], like))
			return false;
	return true;
}

static enum tally_status settle_check(const struct tally_settle_input *input)
{
	const struct tally_digests *old = input->old;

	if (input->rule < TALLY_EXTEND_DIGEST || input->rule > TALLY_EXTEND_PADDED)
		return TALLY_INVALID;
	if (input->read_count < 1 || input->read_count > TALLY_SETTLE_READS)
		return TALLY_INVALID;
	if (input->candidate_count > TALLY_SETTLE_CANDIDATES)
		return TALLY_INVALID;
	if (!settle_have_banks(input->reads, input->read_count, old) ||
	    !settle_have_banks(input->candidates, input->candidate_count, old) ||
	    !settle_have_banks(input->intent, input->intent ? 1 : 0, old))
		return TALLY_BANK_SET;
	return TALLY_OK;
}

enum tally_status tally_settle(const struct tally_settle_input *input, struct tally_settle_result *ret)
{
	struct tally_settle_result result;
	struct settle_sequence match;
	enum tally_status status;
	bool is_found;

	status = settle_check_banks(input->old);
	if (status == TALLY_OK)
		status = settle_check(input);
	if (status == TALLY_OK)
		status = match_find(input, &match, &is_found);
	if (status != TALLY_OK)
		return status;
	memset(&result, 0, sizeof(result));
	if (is_found)
		settle_matched(input, &match, &result);
	else
		settle_unmatched(input, &result);
	*ret = result;
	return TALLY_OK;
}

enum tally_slot_class tally_slot_classify(const struct tally_slot_facts *facts)
{
	if (!facts->is_present)
		return TALLY_SLOT_NONE;
	if (!facts->is_whole)
		return TALLY_SLOT_TORN;
	if (!facts->is_of_this_log)
		return TALLY_SLOT_FOREIGN;
	return facts->is_ended_by_event || facts->is_named ? TALLY_SLOT_SETTLED : TALLY_SLOT_PENDING;
}
