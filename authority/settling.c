// SPDX-License-Identifier: BSD-2-Clause
/* Settling a register: fresh reads, the decision of core/settle.c, and the records that it asks for. */
#include "owner.h"

#include "../format/event.h"

/* Equal events may leave the slot pending after its appends: each round ends one open attempt of the few that match. */
#define ROUND_LIMIT (TALLY_SETTLE_CANDIDATES + 2)

/* One round's view of a register: copies, because appending changes the history. */
struct round {
	struct tally_digests old;
	struct tally_digests reads[TALLY_SETTLE_READS];
	size_t read_count;
	bool has_intent;
	struct tally_attempt intent;
	struct tally_attempt candidate[TALLY_SETTLE_CANDIDATES];
	struct tally_digests candidate_digests[TALLY_SETTLE_CANDIDATES];
	size_t candidate_count;
};

/* The open attempts of the register: the slot's, and the newest others, oldest first. */
static void round_collect(const struct tally_history *history, size_t reg, struct round *round)
{
	size_t first = history->attempt_count;
	size_t count = 0;

	while (first > 0 && count < TALLY_SETTLE_CANDIDATES) {
		const struct tally_attempt *attempt = &history->attempts[--first];

		if (attempt->register_index == reg && !attempt->is_slot)
			count++;
	}
	for (size_t i = first; i < history->attempt_count; i++) {
		const struct tally_attempt *attempt = &history->attempts[i];

		if (attempt->register_index != reg || attempt->is_slot)
			continue;
		round->candidate[round->candidate_count] = *attempt;
		round->candidate_digests[round->candidate_count++] = attempt->digests;
	}
	for (size_t i = 0; i < history->attempt_count; i++) {
		if (history->attempts[i].register_index == reg && history->attempts[i].is_slot) {
			round->intent = history->attempts[i];
			round->has_intent = true;
		}
	}
}

/* Read and decide until settle is content. */
static enum tally_status round_decide(struct tally_authority *owner, size_t reg, bool extend_succeeded,
				      tally_deadline deadline, struct round *round, struct tally_settle_result *result,
				      bool *ret_is_locked, struct tally_problem *problem)
{
	const struct tally_register *item = &owner->registers->item[reg];
	const struct tally_settle_input input = {
		.rule = item->extend_rule,
		.old = &round->old,
		.reads = round->reads,
		.intent = round->has_intent ? &round->intent.digests : NULL,
		.candidates = round->candidate_digests,
		.candidate_count = round->candidate_count,
		.is_late = item->is_late || extend_succeeded,
	};
	enum tally_status status;

	do {
		struct tally_settle_input now = input;

		status = owner->provider->read(owner->instance, reg, deadline, &round->reads[round->read_count],
					       ret_is_locked, problem);
		if (status != TALLY_OK)
			return status;
		now.read_count = ++round->read_count;
		status = tally_settle(&now, result);
	} while (status == TALLY_OK && result->decision == TALLY_SETTLE_READ_AGAIN &&
		 round->read_count < TALLY_SETTLE_READS);
	return status;
}

/* --- the records --- */

/* Append an event that was recorded before, under the next number. */
static enum tally_status append_event_again(struct tally_authority *owner, const struct tally_record *before,
					    struct tally_problem *problem)
{
	size_t size = before->encoded.size;
	struct tally_record record = *before;
	struct tally_writer number;
	enum tally_status status = tally_scratch_grow(&owner->content, size);

	if (status != TALLY_OK)
		return status;
	memcpy(owner->content.data, before->encoded.data, size);
	record.number = owner->history.next;
	tally_record_move(&record, tally_bytes(owner->content.data, size));
	number = tally_writer(owner->content.data, TALLY_TLV_HEADER_SIZE + 8);
	tally_tlv_write_fixed(&number, 0, record.number, 8);
	return tally_store_append(owner, &record, problem);
}

static enum tally_status append_kept_again(struct tally_authority *owner, struct tally_bytes encoded,
					   struct tally_problem *problem)
{
	struct tally_cursor cursor = tally_cursor(encoded);
	struct tally_record record;
	enum tally_status status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);

	return status == TALLY_OK ? append_event_again(owner, &record, problem) : status;
}

static enum tally_status append_candidate(struct tally_authority *owner, const struct tally_attempt *attempt,
					  struct tally_problem *problem)
{
	struct tally_control_abort abort;
	struct tally_control_gap gap;
	struct tally_record record;
	enum tally_status status = tally_store_read(owner, attempt->offset, &record, problem);

	if (status != TALLY_OK)
		return status;
	if (tally_control_word(&record) == TALLY_CONTROL_ABORT) {
		status = tally_control_read_abort(record.content, &abort);
		return status == TALLY_OK ? append_kept_again(owner, abort.record, problem) : status;
	}
	status = tally_control_read_gap(record.content, &gap);
	return status == TALLY_OK ? append_kept_again(owner, gap.record, problem) : status;
}

/* Room in owner->content for the slot's record and what a control record says around it. */
static enum tally_status content_room(struct tally_authority *owner, struct tally_writer *ret)
{
	size_t size = owner->intent.record.encoded.size + 4096;
	enum tally_status status = tally_scratch_grow(&owner->content, size);

	if (status == TALLY_OK)
		*ret = tally_writer(owner->content.data, owner->content.capacity);
	return status;
}

static enum tally_status append_content(struct tally_authority *owner, size_t reg, const struct tally_writer *writer,
					struct tally_problem *problem)
{
	if (writer->status != TALLY_OK)
		return writer->status;
	return tally_store_append_control(owner, reg, writer->size, problem);
}

static enum tally_status append_abort(struct tally_authority *owner, size_t reg, const struct round *round,
				      struct tally_problem *problem)
{
	struct tally_control_abort abort = { .record = owner->intent.record.encoded };
	struct tally_writer writer;
	enum tally_status status = content_room(owner, &writer);

	if (status != TALLY_OK)
		return status;
	memcpy(abort.intent, round->intent.slot, sizeof(abort.intent));
	tally_control_write_abort(&writer, &abort);
	return append_content(owner, reg, &writer, problem);
}

/* What a gap must say of the intent that it names. */
static void gap_name_intent(struct tally_authority *owner, size_t reg, const struct round *round,
			    struct tally_control_gap *gap)
{
	const struct tally_record *record = &owner->intent.record;
	struct tally_event event;

	gap->names_intent = true;
	memcpy(gap->intent, round->intent.slot, sizeof(gap->intent));
	if (tally_event_read(record->content, &event) == TALLY_OK && event.is_once) {
		gap->has_once = true;
		gap->origin = event.origin;
		gap->name = event.name;
		gap->digests = record->digests;
	}
	if (owner->registers->item[reg].is_late)
		gap->record = record->encoded;
}

static enum tally_status append_gap(struct tally_authority *owner, size_t reg, const struct round *round,
				    struct tally_problem *problem)
{
	struct tally_control_gap gap = { .from = round->old, .to = round->reads[round->read_count - 1] };
	struct tally_writer writer;
	enum tally_status status = content_room(owner, &writer);

	if (status != TALLY_OK)
		return status;
	if (round->has_intent)
		gap_name_intent(owner, reg, round, &gap);
	tally_control_write_gap(&writer, &gap);
	return append_content(owner, reg, &writer, problem);
}

static enum tally_status append_step(struct tally_authority *owner, size_t reg, const struct round *round,
				     const struct tally_settle_step *step, struct tally_problem *problem)
{
	switch (step->append) {
	case TALLY_APPEND_CANDIDATE:
		return append_candidate(owner, &round->candidate[step->candidate], problem);
	case TALLY_APPEND_INTENT:
		owner->intent_number = owner->history.next;
		return append_event_again(owner, &owner->intent.record, problem);
	case TALLY_APPEND_ABORT:
		return append_abort(owner, reg, round, problem);
	case TALLY_APPEND_GAP:
		return append_gap(owner, reg, round, problem);
	default:
		return TALLY_INVALID;
	}
}

/* --- a register --- */

static enum tally_status settle_round(struct tally_authority *owner, size_t reg, bool extend_succeeded,
				      tally_deadline deadline, enum tally_settle_decision *ret_decision,
				      bool *ret_is_locked, struct tally_problem *problem)
{
	struct tally_settle_result result;
	struct round round;
	enum tally_status status;

	round.read_count = 0;
	round.candidate_count = 0;
	round.has_intent = false;
	round_collect(&owner->history, reg, &round);
	status = tally_replay_value(&owner->history.replay, reg, &round.old);
	if (status == TALLY_OK)
		status = round_decide(owner, reg, extend_succeeded, deadline, &round, &result, ret_is_locked, problem);
	if (status != TALLY_OK)
		return status;
	for (size_t i = 0; status == TALLY_OK && i < result.step_count; i++)
		status = append_step(owner, reg, &round, &result.step[i], problem);
	/* Settle hashed the way to the value that was read: replay need not do it again. */
	if (status == TALLY_OK && result.decision == TALLY_SETTLE_APPLIED)
		status = tally_replay_jump(&owner->history.replay, reg, &round.reads[round.read_count - 1]);
	if (status == TALLY_OK && result.clears_slot)
		status = tally_slot_clear(owner, problem);
	*ret_decision = result.decision;
	return status;
}

/*
 * The intent's event was appended, but ended an older attempt at an equal one,
 * and now the slot's own looks as if it had no effect. Which of the two took
 * effect nobody knows, so neither caller is told that nothing changed.
 */
static enum tally_settle_decision decision_of_rounds(bool was_applied, enum tally_settle_decision last)
{
	bool is_not_applied = last == TALLY_SETTLE_NOT_APPLIED || last == TALLY_SETTLE_NOT_APPLIED_EXPLAINED;

	return was_applied && is_not_applied ? TALLY_SETTLE_INDETERMINATE : last;
}

enum tally_status tally_settle_register(struct tally_authority *owner, size_t reg, bool extend_succeeded,
					tally_deadline deadline, enum tally_settle_decision *ret_decision,
					bool *ret_is_locked, struct tally_problem *problem)
{
	enum tally_settle_decision decision = TALLY_SETTLE_UNSET;
	enum tally_status status = TALLY_OK;
	bool was_applied = false;

	for (size_t round = 0; status == TALLY_OK && round < ROUND_LIMIT; round++) {
		const struct tally_attempt *pending;

		status = settle_round(owner, reg, extend_succeeded, deadline, &decision, ret_is_locked, problem);
		was_applied |= decision == TALLY_SETTLE_APPLIED;
		pending = tally_history_pending(&owner->history);
		if (!pending || pending->register_index != reg || decision == TALLY_SETTLE_TRY_AGAIN)
			break;
	}
	if (status == TALLY_OK)
		*ret_decision = decision_of_rounds(was_applied, decision);
	return status;
}

enum tally_status tally_settle_slot(struct tally_authority *owner, tally_deadline deadline,
				    struct tally_problem *problem)
{
	const struct tally_attempt *pending = tally_history_pending(&owner->history);
	enum tally_settle_decision decision;
	enum tally_status status;
	bool is_locked;

	if (!pending)
		return TALLY_OK;
	status = tally_settle_register(owner, pending->register_index, false, deadline, &decision, &is_locked, problem);
	if (status == TALLY_OK && tally_history_pending(&owner->history)) {
		tally_problem_set(
			problem,
			"an earlier extend can't be settled, because its register does not hold still: try again");
		return TALLY_TRY_AGAIN;
	}
	return status;
}
