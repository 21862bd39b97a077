// SPDX-License-Identifier: BSD-2-Clause
/* Faults that tests plan: strangers, late extends, and calls that fail, hang or show the past. */
#include "soft_state.h"

static bool is_stranger(enum tally_soft_fault fault)
{
	return fault == TALLY_FAULT_STRANGER_EXTENDS || fault == TALLY_FAULT_STRANGER_RESETS;
}

/* Which kind of call a fault belongs to; 0 for strangers, who come before any. */
static enum tally_soft_call fault_call(enum tally_soft_fault fault)
{
	switch (fault) {
	case TALLY_FAULT_EXTEND_FAILS:
	case TALLY_FAULT_EXTEND_FAILS_APPLIED:
	case TALLY_FAULT_EXTEND_LATE:
	case TALLY_FAULT_EXTEND_LATE_OK:
	case TALLY_FAULT_EXTEND_HANGS:
		return TALLY_SOFT_CALL_EXTEND;
	case TALLY_FAULT_READ_FAILS:
	case TALLY_FAULT_READ_STALE:
	case TALLY_FAULT_READ_HANGS:
		return TALLY_SOFT_CALL_READ;
	case TALLY_FAULT_REPORT_FAILS:
	case TALLY_FAULT_REPORT_HANGS:
		return TALLY_SOFT_CALL_REPORT;
	case TALLY_FAULT_NONE:
	case TALLY_FAULT_STRANGER_EXTENDS:
	case TALLY_FAULT_STRANGER_RESETS:
	default:
		return 0;
	}
}

static bool stranger_is_valid(const struct tally_soft *soft, const struct tally_soft_planned_fault *fault)
{
	const struct tally_register *reg;

	if (fault->register_index >= soft->layout.runtime_count)
		return false;
	reg = &soft->set.item[fault->register_index];
	if (fault->fault == TALLY_FAULT_STRANGER_RESETS)
		return reg->is_resettable;
	return tally_digests_same_banks(&reg->reset, &fault->stranger_digests);
}

static bool fault_is_valid(const struct tally_soft *soft, const struct tally_soft_planned_fault *fault)
{
	if (fault->call < TALLY_SOFT_CALL_READ || fault->call > TALLY_SOFT_CALL_REPORT)
		return false;
	if (is_stranger(fault->fault))
		return stranger_is_valid(soft, fault);
	return fault_call(fault->fault) == fault->call;
}

enum tally_status tally_soft_plan(void *instance, const struct tally_soft_planned_fault *fault)
{
	struct tally_soft *soft = instance;

	if (!fault_is_valid(soft, fault))
		return TALLY_INVALID;
	if (soft->fault_count == TALLY_SOFT_FAULT_LIMIT)
		return TALLY_NO_SPACE;
	soft->fault[soft->fault_count++] = *fault;
	return TALLY_OK;
}

/* Register i as it was before anybody extended it; what is held back stays held back. */
static void state_reset_register(const struct tally_soft *soft, struct tally_soft_state *state, size_t i)
{
	tally_soft_value_put(&soft->set.item[i].reset, tally_soft_value_at(soft, state, i));
	state->newest = TALLY_SOFT_NO_REGISTER;
}

enum tally_status tally_soft_reset(void *instance, size_t i)
{
	struct tally_soft *soft = instance;
	tally_deadline deadline = tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS);
	struct tally_soft_state state;
	enum tally_status status;

	if (i >= soft->set.count)
		return TALLY_UNKNOWN_REGISTER;
	if (!soft->set.item[i].is_resettable)
		return TALLY_UNSUPPORTED;
	status = tally_soft_begin(soft, deadline, &state, NULL);
	if (status != TALLY_OK)
		return status;
	state_reset_register(soft, &state, i);
	return tally_soft_commit(soft, &state, NULL);
}

static enum tally_status stranger_extends(struct tally_soft *soft, const struct tally_soft_planned_fault *fault)
{
	tally_deadline deadline = tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS);
	struct tally_soft_state state;
	enum tally_status status = tally_soft_begin(soft, deadline, &state, NULL);

	if (status != TALLY_OK)
		return status;
	status = tally_soft_state_extend(soft, &state, fault->register_index, &fault->stranger_digests);
	if (status == TALLY_OK)
		return tally_soft_commit(soft, &state, NULL);
	tally_soft_cancel(soft);
	/* A locked register refuses strangers too; that is no failure of our call. */
	return status == TALLY_LOCKED ? TALLY_OK : status;
}

static enum tally_status stranger_act(struct tally_soft *soft, const struct tally_soft_planned_fault *fault)
{
	if (fault->fault == TALLY_FAULT_STRANGER_RESETS)
		return tally_soft_reset(soft, fault->register_index);
	return stranger_extends(soft, fault);
}

static struct tally_soft_planned_fault fault_remove(struct tally_soft *soft, size_t at)
{
	struct tally_soft_planned_fault fault = soft->fault[at];

	soft->fault_count--;
	for (size_t i = at; i < soft->fault_count; i++)
		soft->fault[i] = soft->fault[i + 1];
	return fault;
}

enum tally_status tally_soft_fault_take(struct tally_soft *soft, enum tally_soft_call call,
					struct tally_soft_planned_fault *ret)
{
	enum tally_status status = TALLY_OK;
	size_t i = 0;

	ret->fault = TALLY_FAULT_NONE;
	while (status == TALLY_OK && i < soft->fault_count) {
		struct tally_soft_planned_fault *planned = &soft->fault[i];

		if (planned->call != call) {
			i++;
		} else if (planned->skip > 0) {
			planned->skip--;
			i++;
		} else if (is_stranger(planned->fault)) {
			struct tally_soft_planned_fault stranger = fault_remove(soft, i);

			status = stranger_act(soft, &stranger);
		} else if (ret->fault == TALLY_FAULT_NONE) {
			*ret = fault_remove(soft, i);
		} else {
			i++;
		}
	}
	return status;
}

enum tally_status tally_soft_late_hold(struct tally_soft_state *state, size_t i, const struct tally_digests *digests,
				       uint32_t after)
{
	struct tally_soft_late *late = &state->late[state->late_count];

	if (state->late_count == TALLY_SOFT_LATE_LIMIT)
		return TALLY_NO_SPACE;
	late->register_index = i;
	late->after = after;
	tally_soft_value_put(digests, late->digests);
	state->late_count++;
	return TALLY_OK;
}

bool tally_soft_late_waits(const struct tally_soft_state *state, size_t i)
{
	for (size_t at = 0; at < state->late_count; at++)
		if (state->late[at].register_index == i && state->late[at].after > 0)
			return true;
	return false;
}

/* The extend at position at takes effect; a register that was locked meanwhile refuses it for good. */
static enum tally_status late_apply(const struct tally_soft *soft, struct tally_soft_state *state, size_t at)
{
	struct tally_soft_late late = state->late[at];
	struct tally_digests digests;
	enum tally_status status;

	state->late_count--;
	for (size_t i = at; i < state->late_count; i++)
		state->late[i] = state->late[i + 1];
	tally_soft_value_get(soft, late.digests, late.register_index, &digests);
	status = tally_soft_state_extend(soft, state, late.register_index, &digests);
	return status == TALLY_LOCKED ? TALLY_OK : status;
}

enum tally_status tally_soft_late_tick(const struct tally_soft *soft, struct tally_soft_state *state, size_t i)
{
	enum tally_status status = TALLY_OK;
	size_t at = 0;

	while (status == TALLY_OK && at < state->late_count) {
		struct tally_soft_late *late = &state->late[at];

		if (late->register_index == i && late->after == 1) {
			status = late_apply(soft, state, at);
			continue;
		}
		if (late->register_index == i && late->after > 1)
			late->after--;
		at++;
	}
	return status;
}

enum tally_status tally_soft_release(void *instance)
{
	struct tally_soft *soft = instance;
	tally_deadline deadline = tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS);
	struct tally_soft_state state;
	enum tally_status status = tally_soft_begin(soft, deadline, &state, NULL);

	while (status == TALLY_OK && state.late_count > 0)
		status = late_apply(soft, &state, 0);
	if (status == TALLY_OK)
		return tally_soft_commit(soft, &state, NULL);
	tally_soft_cancel(soft);
	return status;
}
