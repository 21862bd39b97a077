// SPDX-License-Identifier: BSD-2-Clause
/* The extend of docs/settle.md, one system call a step, with tally_settle and tally_slot_classify deciding. */
#include <stdlib.h>

#include "model.h"

static uint8_t call_event(const struct state *state)
{
	return model->call_event[state->op.call];
}

static bool is_recovery(const struct state *state)
{
	return state->op.call == NONE;
}

static void operation_end(struct state *state, enum answer answer, uint8_t number)
{
	if (!is_recovery(state)) {
		state->calls[state->op.call].answer = (uint8_t)answer;
		state->calls[state->op.call].number = number;
	} else if (answer != OK) {
		violated("recovery without trouble does not end");
	}
	memset(&state->op, 0, sizeof(state->op));
}

/* What the caller is told when something failed that can't be set right now. */
static void operation_stop(struct state *state)
{
	operation_end(state, state->op.phase == SETTLE_EVENT ? INDETERMINATE : TRY_AGAIN, 0);
}

/* Forget one settle before the next, so that equal states are equal bytes. */
static void settle_begin(struct state *state, enum phase phase, uint8_t reg)
{
	struct operation op = { 0 };

	op.step = READ;
	op.call = state->op.call;
	op.phase = (uint8_t)phase;
	op.reg = reg;
	op.has_reported_success = state->op.has_reported_success;
	state->op = op;
}

static void write_begin(struct state *state, enum phase phase)
{
	settle_begin(state, phase, state->op.reg);
	state->op.step = WRITE_SLOT;
	state->op.has_reported_success = 0;
}

static uint16_t event_to_write(const struct state *state)
{
	uint16_t event = NO_EVENT;

	if (state->op.phase == SETTLE_EVENT)
		return call_event(state);
	if (!log_pin_needed(state, state->op.reg, &event))
		abort();
	return event;
}

static bool once_answered(struct state *state)
{
	uint8_t number = 0;
	enum answer found = log_find_once(state, call_event(state), &number);

	if (found == NOT_STARTED)
		return false;
	operation_end(state, found, number);
	return true;
}

static void target_settled(struct state *state)
{
	uint16_t pin;

	if (is_recovery(state)) {
		if (state->op.reg + 1 < model->register_count)
			settle_begin(state, SETTLE_TARGET, (uint8_t)(state->op.reg + 1));
		else
			operation_end(state, OK, 0);
		return;
	}
	if (damage != ONCE_FIRST && once_answered(state))
		return;
	write_begin(state, log_pin_needed(state, state->op.reg, &pin) ? SETTLE_PIN : SETTLE_EVENT);
}

static uint8_t last_number(const struct state *state, uint16_t event)
{
	uint8_t number = state->log_count;

	while (number > 0) {
		number--;
		if (state->log[number].kind == RECORD_EVENT && state->log[number].attempt.event == event)
			return number;
	}
	abort();
}

static void event_settled(struct state *state)
{
	enum tally_settle_decision decision = (enum tally_settle_decision)state->op.decision;
	bool is_aborted = decision == TALLY_SETTLE_ABORTED || decision == TALLY_SETTLE_ABORTED_EXPLAINED;

	if (decision == TALLY_SETTLE_APPLIED)
		operation_end(state, OK, last_number(state, call_event(state)));
	else if (!state->op.was_applied &&
		 (decision == TALLY_SETTLE_NOT_APPLIED || decision == TALLY_SETTLE_NOT_APPLIED_EXPLAINED))
		operation_end(state, NOTHING_CHANGED, 0);
	else if (is_aborted && damage == ABORT_IS_NOTHING)
		operation_end(state, NOTHING_CHANGED, 0);
	else
		operation_stop(state);
}

static uint8_t target_register(const struct state *state)
{
	return is_recovery(state) ? 0 : event_get(call_event(state))->reg;
}

/* The record that was to end the slot's attempt ended an older one of an equal event. */
static void settle_again(struct state *state)
{
	settle_begin(state, (enum phase)state->op.phase, state->op.reg);
	state->op.was_applied = 1;
}

/* All is appended and cleared that the decision asked for. */
static void settled(struct state *state)
{
	bool is_applied = state->op.decision == TALLY_SETTLE_APPLIED;

	if (is_applied && log_slot_class(state) == TALLY_SLOT_PENDING && damage != NOT_SETTLED_AGAIN)
		settle_again(state);
	else if (state->op.phase == SETTLE_SLOT)
		settle_begin(state, SETTLE_TARGET, target_register(state));
	else if (state->op.phase == SETTLE_TARGET)
		target_settled(state);
	else if (state->op.phase == SETTLE_EVENT)
		event_settled(state);
	else if (is_applied || damage == PIN_GOES_ON)
		write_begin(state, SETTLE_EVENT);
	else
		operation_stop(state);
}

/* What is left to append and to clear of a decision. */
static void go_on(struct state *state)
{
	bool must_append = state->op.append_at < state->op.append_count;
	bool must_clear = state->op.clears_slot && damage != SLOT_NOT_CLEARED;

	if (must_append && !(must_clear && model->clears_first))
		state->op.step = APPEND;
	else if (must_clear)
		state->op.step = CLEAR;
	else
		settled(state);
}

/* The pending slot's event if it is of the register that is being settled. */
static bool settle_has_intent(const struct state *state)
{
	const struct event *event = event_get(state->slot_attempt.event);
	bool is_own = state->op.phase == SETTLE_PIN || state->op.phase == SETTLE_EVENT;

	if (log_slot_class(state) != TALLY_SLOT_PENDING || event->reg != state->op.reg)
		return false;
	return damage != SLOT_IGNORED || is_own;
}

/* The digests of the newest open attempts; *ret_first is the first of those that are tried. */
static size_t settle_candidates(const struct open_attempts *open, struct tally_digests *candidates, size_t *ret_first)
{
	size_t count = open->count < TALLY_SETTLE_CANDIDATES ? open->count : TALLY_SETTLE_CANDIDATES;

	*ret_first = open->count - count;
	if (damage == CANDIDATES_IGNORED)
		return 0;
	for (size_t i = 0; i < count; i++)
		candidates[i] = digest_digests(event_get(open->attempt[*ret_first + i].event)->digest);
	return count;
}

/* Keep what was decided; candidates are kept as events, because appending moves what is open. */
static void decision_keep(struct state *state, const struct tally_settle_result *result, const struct attempt *open)
{
	struct operation *op = &state->op;

	op->decision = (uint8_t)result->decision;
	op->clears_slot = result->clears_slot;
	op->append_count = (uint8_t)result->step_count;
	for (size_t i = 0; i < result->step_count; i++) {
		bool is_candidate = result->step[i].append == TALLY_APPEND_CANDIDATE;

		op->append[i] = (uint8_t)result->step[i].append;
		op->append_event[i] = is_candidate ? open[result->step[i].candidate].event : state->slot_attempt.event;
	}
}

static void decide(struct state *state)
{
	struct tally_digests intent = digest_digests(event_get(state->slot_attempt.event)->digest);
	struct tally_digests reads[TALLY_SETTLE_READS], candidates[TALLY_SETTLE_CANDIDATES];
	struct tally_settle_input input = { .rule = TALLY_EXTEND_DIGEST, .reads = reads, .candidates = candidates };
	struct tally_settle_result result;
	struct open_attempts open;
	size_t first;

	log_open_attempts(state, state->op.reg, &open);
	input.old = value_digests(log_replay(state, state->op.reg));
	for (; input.read_count < state->op.read_count; input.read_count++)
		reads[input.read_count] = *value_digests(state->op.reads[input.read_count]);
	input.intent = settle_has_intent(state) ? &intent : NULL;
	input.candidate_count = settle_candidates(&open, candidates, &first);
	input.is_late = model->is_late || (state->op.has_reported_success && damage != SUCCESS_IGNORED);
	input.is_late = input.is_late && damage != LATE_IGNORED;
	if (tally_settle(&input, &result) != TALLY_OK)
		abort();

	decision_keep(state, &result, &open.attempt[first]);
	if (result.decision == TALLY_SETTLE_TRY_AGAIN)
		operation_stop(state);
	else if (result.decision != TALLY_SETTLE_READ_AGAIN)
		go_on(state);
}

static void read_shows(struct state *state, uint16_t value)
{
	state->op.reads[state->op.read_count++] = value;
	decide(state);
}

/* Only a provider that is late shows old values of an extend of ours that it did not report as done. */
static bool read_may_be_stale(const struct state *state)
{
	const struct truth *truth = &state->truth[state->op.reg];

	return state->left[STALE] && !state->op.has_read_stale && truth->before != truth->value &&
	       (model->is_late || !truth->before_is_ours || state->op.has_reported_success);
}

static bool read_step(struct state *state, struct chooser *chooser)
{
	const struct truth *truth = &state->truth[state->op.reg];

	if (chosen(chooser, "read")) {
		read_shows(state, truth->value);
		return true;
	}
	if (read_may_be_stale(state) && chosen(chooser, "read, stale")) {
		state->left[STALE]--;
		state->op.has_read_stale = 1;
		read_shows(state, truth->before);
		return true;
	}
	if (state->left[FAULT] && chosen(chooser, "read fails")) {
		state->left[FAULT]--;
		if (state->op.phase == SETTLE_EVENT && damage == FAILED_READ_IS_NOTHING)
			operation_end(state, NOTHING_CHANGED, 0);
		else
			operation_stop(state);
		return true;
	}
	return false;
}

static struct record record_to_append(const struct state *state)
{
	const struct operation *op = &state->op;
	enum tally_settle_append append = (enum tally_settle_append)op->append[op->append_at];
	struct attempt none = { NO_EVENT, 0 };
	struct record record = { RECORD_EVENT, op->reg, { op->append_event[op->append_at], 0 }, 0, 0 };

	if (append == TALLY_APPEND_ABORT || append == TALLY_APPEND_GAP) {
		bool has_intent = append == TALLY_APPEND_ABORT || op->decision == TALLY_SETTLE_INDETERMINATE;

		record.kind = append == TALLY_APPEND_ABORT ? RECORD_ABORT : RECORD_GAP;
		record.attempt = has_intent && damage != GAP_UNNAMED ? state->slot_attempt : none;
	}
	if (append == TALLY_APPEND_GAP) {
		record.from = log_replay(state, op->reg);
		record.to = op->reads[op->read_count - 1];
	}
	return record;
}

static void append_stops(struct state *state)
{
	state->left[FAULT]--;
	if (state->op.phase == SETTLE_EVENT && damage == FAILED_APPEND_IS_NOTHING)
		operation_end(state, NOTHING_CHANGED, 0);
	else
		operation_stop(state);
}

static bool append_step(struct state *state, struct chooser *chooser)
{
	struct record record = record_to_append(state);

	if (chosen(chooser, "append")) {
		log_append(state, record);
		state->op.append_at++;
		go_on(state);
		return true;
	}
	if (state->left[FAULT] && chosen(chooser, "append fails")) {
		append_stops(state);
		return true;
	}
	if (state->left[FAULT] && chosen(chooser, "append fails and leaves a torn tail")) {
		state->torn_tail = 1;
		append_stops(state);
		return true;
	}
	if (state->left[FAULT] && chosen(chooser, "append reports failure, the record is whole")) {
		log_append(state, record);
		append_stops(state);
		return true;
	}
	if (state->left[CRASH] && chosen(chooser, "the process dies in an append")) {
		state->left[CRASH]--;
		state->torn_tail = 1;
		world_crash(state);
		return true;
	}
	return false;
}

static void slot_empty(struct state *state)
{
	state->slot = SLOT_EMPTY;
	memset(&state->slot_attempt, 0, sizeof(state->slot_attempt));
}

static void clear_stops(struct state *state)
{
	state->left[FAULT]--;
	if (state->op.phase == SETTLE_EVENT && damage == FAILED_CLEAR_IS_NOTHING)
		operation_end(state, NOTHING_CHANGED, 0);
	else
		operation_stop(state);
}

static bool clear_step(struct state *state, struct chooser *chooser)
{
	if (chosen(chooser, "clear the slot")) {
		slot_empty(state);
		state->op.clears_slot = 0;
		go_on(state);
		return true;
	}
	if (state->left[FAULT] && chosen(chooser, "clear fails")) {
		clear_stops(state);
		return true;
	}
	if (state->left[FAULT] && chosen(chooser, "clear reports failure, the slot is cleared")) {
		slot_empty(state);
		clear_stops(state);
		return true;
	}
	return false;
}

static void slot_holds(struct state *state, enum slot_state slot)
{
	slot_empty(state);
	state->slot = (uint8_t)slot;
	if (slot != SLOT_WHOLE)
		return;
	state->slot_attempt.event = event_to_write(state);
	state->slot_attempt.number = state->log_count;
	if (state->op.phase == SETTLE_EVENT)
		state->calls[state->op.call].attempt_number = state->log_count;
}

static bool write_step(struct state *state, struct chooser *chooser)
{
	static const char *const failures[] = { "slot write fails", "slot write fails, the slot is torn",
						"slot write reports failure, the slot is whole" };

	if (chosen(chooser, "write the slot")) {
		slot_holds(state, SLOT_WHOLE);
		state->op.step = EXTEND;
		return true;
	}
	for (int failure = 0; failure < 3 && state->left[FAULT]; failure++) {
		if (!chosen(chooser, failures[failure]))
			continue;
		state->left[FAULT]--;
		if (failure > 0)
			slot_holds(state, failure == 1 ? SLOT_TORN : SLOT_WHOLE);
		state->op.step = UNDO_SLOT;
		return true;
	}
	if (state->left[CRASH] && chosen(chooser, "the process dies in a slot write")) {
		state->left[CRASH]--;
		slot_holds(state, SLOT_TORN);
		world_crash(state);
		return true;
	}
	return false;
}

static void slot_undone(struct state *state)
{
	operation_end(state, state->op.phase == SETTLE_EVENT ? NOTHING_CHANGED : TRY_AGAIN, 0);
}

/* A write that reported failure may have left a whole slot: cleared before the caller is told that nothing changed. */
static bool undo_step(struct state *state, struct chooser *chooser)
{
	if (chosen(chooser, "clear the slot whose write failed")) {
		if (damage != SLOT_LEFT)
			slot_empty(state);
		slot_undone(state);
		return true;
	}
	if (state->left[FAULT] && chosen(chooser, "clear fails")) {
		state->left[FAULT]--;
		operation_stop(state);
		return true;
	}
	return false;
}

static struct element slot_element(const struct state *state)
{
	uint16_t event = state->slot_attempt.event;
	struct element element = { event_get(event)->digest, NONE, state->slot_attempt };

	if (state->op.phase == SETTLE_EVENT)
		element.call = state->op.call;
	return element;
}

static void extended(struct state *state, bool has_reported_success)
{
	state->op.has_reported_success = has_reported_success;
	if (damage == LOG_FIRST && has_reported_success) {
		struct record record = { RECORD_EVENT, state->op.reg, { state->slot_attempt.event, 0 }, 0, 0 };

		log_append(state, record);
	}
	settle_begin(state, (enum phase)state->op.phase, state->op.reg);
}

static void hold_back(struct state *state)
{
	if (state->late_count == LATE_LIMIT)
		abort();
	state->left[LATE]--;
	state->late[state->late_count++] = slot_element(state);
}

/* Only a late provider holds extends back. */
static bool late_step(struct state *state, struct chooser *chooser)
{
	if (state->left[LATE] && chosen(chooser, "extend reports success and is held back")) {
		hold_back(state);
		extended(state, true);
		return true;
	}
	if (state->left[LATE] && chosen(chooser, "extend reports failure and is held back")) {
		hold_back(state);
		extended(state, false);
		return true;
	}
	return false;
}

static bool extend_step(struct state *state, struct chooser *chooser)
{
	if (chosen(chooser, "extend")) {
		world_extend(state, state->op.reg, slot_element(state));
		extended(state, true);
		return true;
	}
	if (state->left[FAULT] && chosen(chooser, "extend fails")) {
		state->left[FAULT]--;
		extended(state, false);
		return true;
	}
	if (state->left[FAULT] && chosen(chooser, "extend reports failure, the register is extended")) {
		state->left[FAULT]--;
		world_extend(state, state->op.reg, slot_element(state));
		extended(state, false);
		return true;
	}
	return late_step(state, chooser);
}

static bool slot_comes_first(const struct state *state)
{
	bool is_of_target = event_get(state->slot_attempt.event)->reg == target_register(state);

	if (log_slot_class(state) != TALLY_SLOT_PENDING || damage == SLOT_IGNORED)
		return false;
	return is_of_target || damage != SLOT_OF_TARGET_ONLY;
}

/* Under the lock: cut the tail, classify the slot. */
static void begin(struct state *state)
{
	if (state->torn_tail && damage == TORN_TAIL_IS_EVIDENCE && log_slot_class(state) == TALLY_SLOT_PENDING) {
		uint16_t event = state->slot_attempt.event;
		struct record record = { RECORD_EVENT, event_get(event)->reg, { event, 0 }, 0, 0 };

		log_append(state, record);
	}
	state->torn_tail = 0;
	if (damage == ONCE_FIRST && !is_recovery(state) && once_answered(state))
		return;
	if (slot_comes_first(state))
		settle_begin(state, SETTLE_SLOT, event_get(state->slot_attempt.event)->reg);
	else
		settle_begin(state, SETTLE_TARGET, target_register(state));
}

/* A writer takes the lock for its next call. */
static bool idle_step(struct state *state, struct chooser *chooser)
{
	for (uint8_t writer = 0; writer < WRITER_COUNT; writer++) {
		uint8_t call = (uint8_t)((writer ? model->calls[0] : 0) + state->next[writer]);

		if (state->next[writer] == model->calls[writer] || !chosen(chooser, writer ? "B calls" : "A calls"))
			continue;
		state->next[writer]++;
		state->calls[call].answer = RUNNING;
		state->op.step = BEGIN;
		state->op.call = call;
		return true;
	}
	return false;
}

bool protocol_step(struct state *state, struct chooser *chooser)
{
	switch ((enum step)state->op.step) {
	case IDLE:
		return idle_step(state, chooser);
	case BEGIN:
		if (!chosen(chooser, "lock"))
			return false;
		begin(state);
		return true;
	case READ:
		return read_step(state, chooser);
	case APPEND:
		return append_step(state, chooser);
	case CLEAR:
		return clear_step(state, chooser);
	case WRITE_SLOT:
		return write_step(state, chooser);
	case UNDO_SLOT:
		return undo_step(state, chooser);
	case EXTEND:
		return extend_step(state, chooser);
	}
	return false;
}

void protocol_recover(struct state *state)
{
	state->op.step = BEGIN;
	state->op.call = NONE;
	while (state->op.step != IDLE) {
		struct chooser first = { 0, 0, NULL };

		if (!protocol_step(state, &first))
			abort();
	}
}
