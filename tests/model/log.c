// SPDX-License-Identifier: BSD-2-Clause
/* What the modelled authority reads out of its log and slot, by the rules of docs/settle.md. */
#include <stdlib.h>

#include "model.h"

void log_append(struct state *state, struct record record)
{
	if (state->log_count == LOG_LIMIT)
		abort();
	state->log[state->log_count++] = record;
}

uint16_t log_replay(const struct state *state, uint8_t reg)
{
	uint16_t value = 0;

	for (size_t i = 0; i < state->log_count; i++) {
		const struct record *record = &state->log[i];

		if (record->reg != reg)
			continue;
		if (record->kind == RECORD_EVENT)
			value = value_extend(value, event_get(record->attempt.event)->digest);
		if (record->kind == RECORD_GAP)
			value = record->to;
	}
	return value;
}

static bool names_slot(const struct state *state, const struct record *record)
{
	return state->slot == SLOT_WHOLE && record->attempt.event == state->slot_attempt.event &&
	       record->attempt.number == state->slot_attempt.number;
}

static bool attempt_end(struct open_attempts *open, uint16_t event)
{
	size_t found = open->count;

	for (size_t i = 0; i < open->count; i++)
		if (open->attempt[i].event == event && (found == open->count || damage == ENDS_NEWEST))
			found = i;
	if (found == open->count)
		return false;
	if (damage == CANDIDATES_TWICE)
		return true;
	open->count--;
	memmove(&open->attempt[found], &open->attempt[found + 1], (open->count - found) * sizeof(open->attempt[0]));
	return true;
}

/* A record of an event ends the oldest open attempt at it; the slot's is the newest. */
static void event_recorded(const struct state *state, size_t number, uint16_t event, struct open_attempts *open)
{
	bool ends_slot = state->slot == SLOT_WHOLE && state->slot_attempt.event == event &&
			 number >= state->slot_attempt.number && !open->slot_is_ended;

	if (ends_slot && damage == ENDS_NEWEST)
		open->slot_is_ended = true;
	else if (!attempt_end(open, event) && ends_slot)
		open->slot_is_ended = true;
}

void log_open_attempts(const struct state *state, uint8_t reg, struct open_attempts *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < state->log_count; i++) {
		const struct record *record = &state->log[i];
		bool names = record->kind != RECORD_EVENT && record->attempt.event != NO_EVENT;

		if (record->reg != reg)
			continue;
		if (record->kind == RECORD_EVENT)
			event_recorded(state, i, record->attempt.event, ret);
		if (names && names_slot(state, record) && i >= state->slot_attempt.number)
			ret->slot_is_named = true;
		if (names && (record->kind == RECORD_ABORT || (model->is_late && damage != GAP_NO_ATTEMPT)))
			ret->attempt[ret->count++] = record->attempt;
	}
}

enum tally_slot_class log_slot_class(const struct state *state)
{
	struct tally_slot_facts facts = { state->slot != SLOT_EMPTY, state->slot == SLOT_WHOLE, true, false, false };
	struct open_attempts open;

	if (state->slot == SLOT_WHOLE) {
		log_open_attempts(state, event_get(state->slot_attempt.event)->reg, &open);
		facts.is_of_this_log = state->slot_attempt.number <= state->log_count;
		facts.is_ended_by_event = open.slot_is_ended;
		facts.is_named = open.slot_is_named;
	}
	return tally_slot_classify(&facts);
}

static bool log_is_pinned(const struct state *state, uint8_t reg, size_t gap)
{
	for (size_t i = gap + 1; i < state->log_count; i++) {
		const struct record *record = &state->log[i];

		if (record->kind == RECORD_EVENT && record->reg == reg && event_get(record->attempt.event)->is_pin &&
		    (event_get(record->attempt.event)->next > gap || damage == PIN_COVERS_ALL))
			return true;
	}
	return false;
}

bool log_pin_needed(const struct state *state, uint8_t reg, uint16_t *ret_event)
{
	bool is_needed = false;
	uint16_t from = 0, to = 0;

	for (size_t i = 0; i < state->log_count; i++) {
		const struct record *record = &state->log[i];

		if (record->kind != RECORD_GAP || record->reg != reg || log_is_pinned(state, reg, i))
			continue;
		from = is_needed ? from : record->from;
		to = record->to;
		is_needed = true;
	}
	if (is_needed)
		*ret_event = event_of_pin(reg, from, to, state->log_count);
	return is_needed && damage != NO_PIN;
}

/* Whether an abort that is open, or any gap, holds an event of this name. */
static bool once_is_unknown(const struct state *state, uint8_t once)
{
	for (uint8_t reg = 0; reg < model->register_count && damage != ONCE_IGNORES_ABORTS; reg++) {
		struct open_attempts open;

		log_open_attempts(state, reg, &open);
		for (size_t i = 0; i < open.count; i++)
			if (event_get(open.attempt[i].event)->once == once)
				return true;
	}
	for (size_t i = 0; i < state->log_count && damage != ONCE_IGNORES_GAPS; i++) {
		const struct record *record = &state->log[i];

		if (record->kind == RECORD_GAP && record->attempt.event != NO_EVENT &&
		    event_get(record->attempt.event)->once == once)
			return true;
	}
	return false;
}

enum answer log_find_once(const struct state *state, uint16_t event, uint8_t *ret_number)
{
	const struct event *wanted = event_get(event);

	if (!wanted->once)
		return NOT_STARTED;
	for (uint8_t i = 0; i < state->log_count; i++) {
		const struct event *found;

		if (state->log[i].kind != RECORD_EVENT)
			continue;
		found = event_get(state->log[i].attempt.event);
		if (found->once != wanted->once)
			continue;
		*ret_number = i;
		return found->reg == wanted->reg && found->digest == wanted->digest ? EXISTING : CONFLICT;
	}
	return once_is_unknown(state, wanted->once) ? UNKNOWN : NOT_STARTED;
}
