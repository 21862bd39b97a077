// SPDX-License-Identifier: BSD-2-Clause
/*
 * What must hold, judged from the true history of the registers and from the
 * answers that callers got. It shares no rule with the protocol: it neither
 * classifies nor settles, and knows what happened instead of working it out.
 */
#include <stdio.h>

#include "model.h"

/* The true values of a register, one for each extend since the last reset, and how the log explains them. */
struct walk {
	const struct state *state;
	uint8_t reg;
	uint16_t prefix[HISTORY_LIMIT + 1];
	size_t at;		      /* elements explained so far */
	bool is_event[HISTORY_LIMIT]; /* it stands in the log as an event */
	uint8_t gap[HISTORY_LIMIT];   /* the gap's record that covers it, + 1; 0 for none */
};

static void walk_begin(struct walk *walk, const struct state *state, uint8_t reg)
{
	const struct truth *truth = &state->truth[reg];

	memset(walk, 0, sizeof(*walk));
	walk->state = state;
	walk->reg = reg;
	for (size_t i = 0; i < truth->count; i++)
		walk->prefix[i + 1] = value_extend(walk->prefix[i], truth->history[i].digest);
}

static bool is_strangers(const struct element *element)
{
	return element->attempt.event == NO_EVENT;
}

static void walk_event(struct walk *walk, const struct record *record)
{
	const struct truth *truth = &walk->state->truth[walk->reg];
	const struct element *element = &truth->history[walk->at];

	if (walk->at == truth->count) {
		violated("the log is ahead of the register");
	} else if (element->digest != event_get(record->attempt.event)->digest) {
		violated("the log holds an event that the register does not");
	} else {
		walk->is_event[walk->at++] = true;
	}
}

static void walk_gap(struct walk *walk, size_t number)
{
	const struct record *record = &walk->state->log[number];
	const struct truth *truth = &walk->state->truth[walk->reg];

	if (record->from != walk->prefix[walk->at]) {
		violated("a gap begins at a value that the log does not reach");
		return;
	}
	do {
		if (walk->at == truth->count) {
			violated("a gap ends at a value that the register never had");
			return;
		}
		walk->gap[walk->at++] = (uint8_t)(number + 1);
	} while (walk->prefix[walk->at] != record->to);
}

/* Whether one of the first records names the attempt: as a gap, or as a gap or an abort. */
static bool is_named(const struct state *state, size_t record_count, const struct attempt *attempt, bool by_gap_only)
{
	for (size_t i = 0; i < record_count; i++) {
		const struct record *record = &state->log[i];

		if (record->kind == RECORD_EVENT || (by_gap_only && record->kind != RECORD_GAP))
			continue;
		if (record->attempt.event == attempt->event && record->attempt.number == attempt->number)
			return true;
	}
	return false;
}

/* A stranger's extend with this digest that stands in the log as an event: each is taken once. */
static bool take_strangers(struct walk *walk, uint16_t digest)
{
	for (size_t i = 0; i < walk->at; i++) {
		const struct element *element = &walk->state->truth[walk->reg].history[i];

		if (!walk->is_event[i] || !is_strangers(element) || element->digest != digest)
			continue;
		walk->is_event[i] = false;
		return true;
	}
	return false;
}

/*
 * Why a gap may cover an extend: a stranger made it, or one of a stranger's
 * with its digest stands in the log in its place, for by value nobody can tell
 * them apart; or an earlier gap named it, which makes it no candidate where
 * extends are not late; or it may be older than the candidates that are tried.
 */
static bool is_reason(struct walk *walk, const struct element *element, size_t gap)
{
	if (is_strangers(element) || take_strangers(walk, element->digest))
		return true;
	if (!model->is_late && is_named(walk->state, gap, &element->attempt, true))
		return true;
	return model->may_exceed_candidates && is_named(walk->state, gap, &element->attempt, false);
}

static void check_gap_has_reason(struct walk *walk, size_t gap)
{
	for (size_t i = 0; i < walk->at; i++)
		if (walk->gap[i] == gap + 1 && is_reason(walk, &walk->state->truth[walk->reg].history[i], gap))
			return;
	violated("a gap where nobody but us was");
}

static size_t logged_count(const struct state *state, uint16_t event)
{
	size_t count = 0;

	for (size_t i = 0; i < state->log_count; i++)
		count += state->log[i].kind == RECORD_EVENT && state->log[i].attempt.event == event;
	return count;
}

/* Each extend of ours stands in the log as its event, or a gap or abort names it. */
static void check_nothing_lost(const struct state *state, uint8_t reg)
{
	const struct truth *truth = &state->truth[reg];

	for (size_t i = 0; i < truth->count; i++) {
		uint16_t event = truth->history[i].attempt.event;
		size_t unnamed = 0;

		for (size_t j = 0; j < truth->count; j++)
			unnamed += truth->history[j].attempt.event == event &&
				   !is_named(state, state->log_count, &truth->history[j].attempt, false);
		if (event != NO_EVENT && unnamed > logged_count(state, event))
			violated("an extend of ours is neither logged nor named");
	}
}

/* The log is an account of the register's history, so far or all of it. */
static void check_account(const struct state *state, uint8_t reg, bool is_complete)
{
	struct walk walk;

	walk_begin(&walk, state, reg);
	for (size_t i = 0; i < state->log_count; i++) {
		if (state->log[i].reg != reg)
			continue;
		if (state->log[i].kind == RECORD_EVENT)
			walk_event(&walk, &state->log[i]);
		if (state->log[i].kind == RECORD_GAP)
			walk_gap(&walk, i);
	}
	if (is_complete && walk.at != state->truth[reg].count)
		violated("the log does not explain the register");
	for (size_t i = 0; i < state->log_count && is_complete; i++)
		if (state->log[i].reg == reg && state->log[i].kind == RECORD_GAP)
			check_gap_has_reason(&walk, i);
}

/* After a reset values say nothing about who did it: the log is true to the value. */
static void check_value(const struct state *state, uint8_t reg)
{
	uint16_t value = 0;

	for (size_t i = 0; i < state->log_count; i++) {
		const struct record *record = &state->log[i];

		if (record->reg == reg && record->kind == RECORD_EVENT)
			value = value_extend(value, event_get(record->attempt.event)->digest);
		if (record->reg == reg && record->kind == RECORD_GAP && record->from != value)
			violated("a gap begins at a value that the log does not reach");
		if (record->reg == reg && record->kind == RECORD_GAP)
			value = record->to;
	}
	if (value != state->truth[reg].value)
		violated("replay does not give the register's value");
}

static bool is_logged_at(const struct state *state, uint16_t event, uint8_t number)
{
	return number < state->log_count && state->log[number].kind == RECORD_EVENT &&
	       state->log[number].attempt.event == event && state->log[number].reg == event_get(event)->reg;
}

static bool was_told_nothing(enum answer answer)
{
	return answer == NOTHING_CHANGED || answer == TRY_AGAIN || answer == CONFLICT || answer == UNKNOWN ||
	       answer == EXISTING || answer == NOT_STARTED;
}

static bool is_held_back(const struct state *state, uint8_t call)
{
	for (size_t i = 0; i < state->late_count; i++)
		if (state->late[i].call == call)
			return true;
	return false;
}

/* The log holds the name with another event; or a gap or an abort holds the name. */
static void check_refusal(const struct state *state, enum answer answer, const struct event *refused)
{
	for (size_t i = 0; i < state->log_count; i++) {
		const struct record *record = &state->log[i];
		const struct event *event;

		if (record->attempt.event == NO_EVENT || (record->kind == RECORD_EVENT) != (answer == CONFLICT))
			continue;
		event = event_get(record->attempt.event);
		if (event->once == refused->once && (answer == UNKNOWN || event->digest != refused->digest))
			return;
	}
	violated("a once name was refused without reason");
}

static void check_call(const struct state *state, uint8_t call)
{
	const struct call *it = &state->calls[call];
	uint16_t event = model->call_event[call];

	if ((it->answer == OK || it->answer == EXISTING) && !is_logged_at(state, event, it->number))
		violated("what was acknowledged is not in the log under its number");
	if (was_told_nothing((enum answer)it->answer) && (it->effects || is_held_back(state, call)))
		violated("a caller was told that nothing changed, and its event was extended");
	if (it->answer == CONFLICT || it->answer == UNKNOWN)
		check_refusal(state, (enum answer)it->answer, event_get(event));
	if (it->answer == OK)
		for (uint8_t other = 0; other < call; other++)
			if (state->calls[other].answer == OK && state->calls[other].number == it->number)
				violated("two calls were answered with one record");
}

/* No event stands in the log more often than calls may have put it there. */
static void check_event(const struct state *state, uint16_t event)
{
	size_t calls = 0;

	for (uint8_t call = 0; call < CALL_LIMIT; call++)
		calls += model->call_event[call] == event && !was_told_nothing((enum answer)state->calls[call].answer);
	if (logged_count(state, event) > calls)
		violated("the log holds an event more often than it was made");
}

/* A `once` name is extended once, logged once, and means one event. */
static void check_once(const struct state *state, uint8_t once)
{
	size_t records = 0, effects = 0;

	for (size_t i = 0; i < state->log_count; i++)
		records += state->log[i].kind == RECORD_EVENT && event_get(state->log[i].attempt.event)->once == once;
	for (uint8_t call = 0; call < CALL_LIMIT; call++)
		if (event_get(model->call_event[call])->once == once)
			effects += state->calls[call].effects;
	if (records > 1)
		violated("the log holds a once name twice");
	if (effects > 1)
		violated("a once event was extended twice");
}

/* Some call whose slot was written before the gap could be the origin of this record: it was settled late. */
static bool may_be_settled_late(const struct state *state, uint16_t event, size_t gap)
{
	for (uint8_t call = 0; call < CALL_LIMIT; call++)
		if (model->call_event[call] == event && state->calls[call].attempt_number <= gap)
			return true;
	return false;
}

/* The pin tells where the jumps below its n begin and end, and n lies before its own number. */
static bool pin_is_true(const struct state *state, const struct event *pin, size_t number)
{
	bool has_begin = false, has_end = false;

	for (size_t i = 0; i < pin->next && i < number; i++) {
		if (state->log[i].kind != RECORD_GAP || state->log[i].reg != pin->reg)
			continue;
		has_begin |= state->log[i].from == pin->from;
		has_end = state->log[i].to == pin->to;
	}
	return pin->next <= number && has_begin && has_end;
}

/* Behind a gap stands its pin before any event that was begun later. */
static void check_gap_is_pinned(const struct state *state, size_t gap)
{
	for (size_t i = gap + 1; i < state->log_count; i++) {
		const struct event *event;

		if (state->log[i].kind != RECORD_EVENT || state->log[i].reg != state->log[gap].reg)
			continue;
		event = event_get(state->log[i].attempt.event);
		if (event->is_pin && !pin_is_true(state, event, i))
			violated("a pin does not tell the truth");
		if (event->is_pin && event->next > gap)
			return;
		if (!event->is_pin && !may_be_settled_late(state, state->log[i].attempt.event, gap))
			violated("an event stands behind a gap that is not pinned");
	}
}

void oracle_check_step(const struct state *before, const struct state *after)
{
	if (after->log_count == before->log_count)
		return;
	if (after->log_count < before->log_count ||
	    memcmp(after->log, before->log, before->log_count * sizeof(before->log[0])) != 0)
		violated("a record was removed or changed");
	for (uint8_t reg = 0; reg < model->register_count && !after->was_reset; reg++)
		check_account(after, reg, false);
}

void oracle_check_rest(const struct state *state)
{
	for (uint8_t reg = 0; reg < model->register_count; reg++) {
		check_value(state, reg);
		if (state->was_reset)
			continue;
		check_account(state, reg, true);
		check_nothing_lost(state, reg);
	}
	for (uint8_t call = 0; call < model->calls[0] + model->calls[1]; call++) {
		uint16_t event = model->call_event[call];

		check_call(state, call);
		check_event(state, event);
		if (event_get(event)->once)
			check_once(state, event_get(event)->once);
	}
	for (size_t i = 0; i < state->log_count; i++)
		if (state->log[i].kind == RECORD_GAP)
			check_gap_is_pinned(state, i);
}
