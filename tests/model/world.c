// SPDX-License-Identifier: BSD-2-Clause
/* What is not ours to decide: strangers, resets, extends that were held back, death. */
#include <stdlib.h>

#include "model.h"

static void truth_change(struct truth *truth, uint16_t value, bool is_ours)
{
	truth->before = truth->value;
	truth->before_is_ours = is_ours;
	truth->value = value;
}

void world_extend(struct state *state, uint8_t reg, struct element element)
{
	struct truth *truth = &state->truth[reg];
	bool is_ours = element.attempt.event != NO_EVENT;

	if (truth->count == HISTORY_LIMIT)
		abort();
	truth_change(truth, value_extend(truth->value, element.digest), is_ours);
	truth->history[truth->count++] = element;
	if (element.call != NONE)
		state->calls[element.call].effects++;
}

static void world_reset(struct state *state, uint8_t reg)
{
	struct truth *truth = &state->truth[reg];

	truth_change(truth, 0, false);
	truth->count = 0;
	memset(truth->history, 0, sizeof(truth->history));
	state->was_reset = 1;
	for (size_t call = 0; call < CALL_LIMIT; call++)
		if (event_get(model->call_event[call])->reg == reg)
			state->calls[call].effects = 0;
}

void world_crash(struct state *state)
{
	if (state->op.call != NONE)
		state->calls[state->op.call].answer = DIED;
	memset(&state->op, 0, sizeof(state->op));
}

/* The extend that was held back longest, or any other, takes effect. */
static bool release_step(struct state *state, struct chooser *chooser)
{
	for (size_t i = 0; i < state->late_count; i++) {
		struct element element = state->late[i];
		size_t behind = (size_t)state->late_count - i - 1;

		if (!chosen(chooser, "an extend that was held back takes effect"))
			continue;
		memmove(&state->late[i], &state->late[i + 1], behind * sizeof(element));
		state->late_count--;
		memset(&state->late[state->late_count], 0, sizeof(element));
		world_extend(state, event_get(element.attempt.event)->reg, element);
		return true;
	}
	return false;
}

static bool stranger_step(struct state *state, uint8_t reg, struct chooser *chooser)
{
	struct element element = { STRANGERS_DIGEST, NONE, { NO_EVENT, 0 } };
	const struct event *pending = state->slot == SLOT_WHOLE ? event_get(state->slot_attempt.event) : NULL;

	if (chosen(chooser, "a stranger extends")) {
		state->left[STRANGER]--;
		world_extend(state, reg, element);
		return true;
	}
	if (pending && pending->reg == reg && chosen(chooser, "a stranger extends with the digest in the slot")) {
		state->left[STRANGER]--;
		element.digest = pending->digest;
		world_extend(state, reg, element);
		return true;
	}
	return false;
}

bool world_step(struct state *state, struct chooser *chooser)
{
	if (release_step(state, chooser))
		return true;
	for (uint8_t reg = 0; reg < model->register_count; reg++) {
		if (state->left[STRANGER] && stranger_step(state, reg, chooser))
			return true;
		if (state->left[RESET] && chosen(chooser, "a stranger resets the register")) {
			state->left[RESET]--;
			world_reset(state, reg);
			return true;
		}
	}
	if (state->op.step != IDLE && state->left[CRASH] && chosen(chooser, "the process dies")) {
		state->left[CRASH]--;
		world_crash(state);
		return true;
	}
	return false;
}
