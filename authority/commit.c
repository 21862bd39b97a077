// SPDX-License-Identifier: BSD-2-Clause
/* One event: intent slot, extend, settle. */
#include "owner.h"

/* The record of the event, numbered next, encoded in owner->record. */
static enum tally_status commit_record(struct tally_authority *owner, size_t reg, const struct tally_digests *digests,
				       struct tally_bytes content, struct tally_record *ret)
{
	const struct tally_register *item = &owner->registers->item[reg];
	const struct tally_record record = {
		.number = owner->history.next,
		.numbering = TALLY_NUMBERING_REGISTER,
		.index = item->number,
		.content_type = TALLY_CONTENT_PCCLIENT_STD,
		.event_type = TALLY_EV_EVENT_TAG,
		.is_measured = true,
		.digests = *digests,
		.content = content,
	};
	struct tally_writer writer;
	enum tally_status status = tally_scratch_grow(&owner->record, tally_record_size(item, content.size));

	if (status != TALLY_OK)
		return status;
	writer = tally_writer(owner->record.data, owner->record.capacity);
	tally_cel_write(&writer, &record);
	if (writer.status != TALLY_OK)
		return writer.status;
	*ret = record;
	ret->encoded = tally_written(&writer);
	/* The content stands at the end of what was written. */
	ret->content.data = ret->encoded.data + ret->encoded.size - content.size;
	return TALLY_OK;
}

static enum tally_commit_outcome outcome_of(enum tally_settle_decision decision)
{
	switch (decision) {
	case TALLY_SETTLE_APPLIED:
		return TALLY_COMMIT_APPLIED;
	case TALLY_SETTLE_NOT_APPLIED:
	case TALLY_SETTLE_NOT_APPLIED_EXPLAINED:
		return TALLY_COMMIT_NOT_APPLIED;
	case TALLY_SETTLE_UNSET:
	case TALLY_SETTLE_CLEAN:
	case TALLY_SETTLE_EXPLAINED:
	case TALLY_SETTLE_GAP:
	case TALLY_SETTLE_ABORTED:
	case TALLY_SETTLE_ABORTED_EXPLAINED:
	case TALLY_SETTLE_INDETERMINATE:
	case TALLY_SETTLE_READ_AGAIN:
	case TALLY_SETTLE_TRY_AGAIN:
	default:
		return TALLY_COMMIT_OPEN;
	}
}

static bool slot_is_pending(struct tally_authority *owner)
{
	struct tally_problem ignored;

	return tally_slot_load(owner, &ignored) != TALLY_OK || tally_history_place_slot(&owner->history) != TALLY_OK ||
	       tally_history_pending(&owner->history);
}

/*
 * A write that reported failure may have left a whole slot: while it stands, an
 * equal extend by a stranger would become the event of a caller who was told
 * that nothing changed. Where it can't be cleared either, the outcome is open.
 */
static enum tally_status commit_unwritten(struct tally_authority *owner, enum tally_status failure,
					  enum tally_commit_outcome *ret_outcome, enum tally_status *ret_extend)
{
	struct tally_problem ignored;

	if (tally_slot_clear(owner, &ignored) == TALLY_OK || !slot_is_pending(owner))
		return failure;
	*ret_outcome = TALLY_COMMIT_OPEN;
	*ret_extend = failure;
	return TALLY_OK;
}

enum tally_status tally_commit(struct tally_authority *owner, size_t reg, const struct tally_digests *digests,
			       struct tally_bytes content, tally_deadline deadline,
			       enum tally_commit_outcome *ret_outcome, enum tally_status *ret_extend,
			       struct tally_problem *problem)
{
	enum tally_settle_decision decision;
	struct tally_record record;
	enum tally_status status = commit_record(owner, reg, digests, content, &record);
	bool is_locked;

	if (status != TALLY_OK)
		return status;
	status = tally_slot_write(owner, &record, problem);
	if (status != TALLY_OK)
		return commit_unwritten(owner, status, ret_outcome, ret_extend);
	*ret_extend = owner->provider->extend(owner->instance, reg, digests, deadline, problem);
	/* The time that settling needs is not the caller's: what was issued must be settled if it can be. */
	status = tally_settle_register(owner, reg, *ret_extend == TALLY_OK,
				       tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS), &decision, &is_locked,
				       problem);
	*ret_outcome = status == TALLY_OK ? outcome_of(decision) : TALLY_COMMIT_OPEN;
	return TALLY_OK;
}
