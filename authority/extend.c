// SPDX-License-Identifier: BSD-2-Clause
/* The extend of DESIGN 5: settle, once, check, pin, event. */
#include "owner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../format/event.h"
#include "../format/once_list.h"

#define SMALL_CONTENT_SIZE (TALLY_EVENT_OVERHEAD + 512) /* that of most events */

/* The event as it will be recorded. */
struct measured {
	size_t reg;
	struct tally_digests digests;
	struct tally_event event;
	char caller[TALLY_CALLER_LIMIT];
	uint8_t small[SMALL_CONTENT_SIZE];
	uint8_t *content; /* small, or memory that measured_done frees */
	size_t content_size;
};

/* --- before anything is locked: what the caller asks for --- */

static enum tally_status check_text(struct tally_bytes text, const char *what, struct tally_problem *problem)
{
	if (tally_event_text_is_clean(text))
		return TALLY_OK;
	tally_problem_set(problem, "the event's %s must be 1 to %d bytes of UTF-8 without control characters", what,
			  TALLY_EVENT_TEXT_LIMIT);
	return TALLY_INVALID;
}

static bool text_starts_with(struct tally_bytes text, const char *start)
{
	size_t size = strlen(start);

	return text.size >= size && memcmp(text.data, start, size) == 0;
}

static enum tally_status check_event(const struct tally_extend_request *request, struct tally_problem *problem)
{
	enum tally_status status = check_text(request->type, "type", problem);

	if (status == TALLY_OK)
		status = check_text(request->name, "name", problem);
	if (status != TALLY_OK)
		return status;
	if (text_starts_with(request->type, "tally.") ||
	    tally_bytes_equal(request->type, tally_text(TALLY_EVENT_TYPE_DIGEST_ONLY))) {
		tally_problem_set(problem, "event types `tally.*` and `" TALLY_EVENT_TYPE_DIGEST_ONLY
					   "` are the authority's own: choose another");
		return TALLY_INVALID;
	}
	if (request->data.size > TALLY_CONTENT_LIMIT - 4096) {
		tally_problem_set(problem,
				  "the event's data has %zu bytes, at most %d are logged: log its digest instead",
				  request->data.size, TALLY_CONTENT_LIMIT - 4096);
		return TALLY_TOO_LARGE;
	}
	return TALLY_OK;
}

static enum tally_status check_digests(const struct tally_register *reg, const struct tally_extend_request *request,
				       struct tally_problem *problem)
{
	if (!tally_digests_same_banks(&reg->reset, &request->digests)) {
		tally_problem_set(problem, "%s has %zu bank(s), each of which needs exactly one digest", reg->name,
				  reg->reset.count);
		return TALLY_BANK_SET;
	}
	return request->name.size ? check_text(request->name, "name", problem) : TALLY_OK;
}

static enum tally_status check_request(const struct tally_authority *owner, const struct tally_extend_request *request,
				       struct tally_problem *problem)
{
	const struct tally_register *reg;

	if (request->caller && strlen(request->caller) >= TALLY_CALLER_LIMIT) {
		tally_problem_set(problem, "the caller's name is too long: at most %d bytes", TALLY_CALLER_LIMIT - 1);
		return TALLY_INVALID;
	}
	if (request->register_index >= owner->registers->count) {
		tally_problem_set(problem, "there is no such register");
		return TALLY_UNKNOWN_REGISTER;
	}
	reg = &owner->registers->item[request->register_index];
	if (reg->kind != TALLY_RUNTIME) {
		tally_problem_set(problem, "%s is static: it was set before the guest ran, and can't be extended",
				  reg->name);
		return TALLY_STATIC_REGISTER;
	}
	if (request->kind == TALLY_EXTEND_DIGESTS)
		return check_digests(reg, request, problem);
	return check_event(request, problem);
}

static void measured_event(struct measured *measured, const struct tally_authority *owner,
			   const struct tally_extend_request *request)
{
	struct tally_event *event = &measured->event;

	if (request->caller)
		memcpy(measured->caller, request->caller, strlen(request->caller) + 1); /* check_request saw its size */
	else
		memcpy(measured->caller, owner->self, sizeof(owner->self));
	event->origin = tally_text(measured->caller);
	event->name = request->name;
	event->type = request->type;
	if (request->kind == TALLY_EXTEND_DIGESTS) {
		event->type = tally_text(TALLY_EVENT_TYPE_DIGEST_ONLY);
		if (request->name.size == 0)
			event->name = tally_text("digest");
		event->has_data = true;
		return;
	}
	event->is_once = request->is_once;
	event->has_data_digest = request->has_data_digest;
	event->data_digest = request->data_digest;
	event->has_data = !request->has_data_digest;
	event->data = request->data;
}

/* Encode the content and take its digest in every bank (I12). */
static enum tally_status measured_init(struct measured *measured, const struct tally_authority *owner,
				       const struct tally_extend_request *request)
{
	size_t capacity = TALLY_EVENT_OVERHEAD + request->data.size;
	struct tally_writer writer;

	measured->reg = request->register_index;
	memset(&measured->event, 0, sizeof(measured->event));
	measured_event(measured, owner, request);
	measured->content = capacity <= sizeof(measured->small) ? measured->small : malloc(capacity);
	if (!measured->content)
		return TALLY_NO_MEMORY;
	writer = tally_writer(measured->content, capacity);
	tally_event_write(&writer, &measured->event);
	measured->content_size = writer.size;
	if (writer.status != TALLY_OK)
		return writer.status;
	measured->digests = request->digests;
	if (request->kind == TALLY_EXTEND_DIGESTS)
		return TALLY_OK;
	return tally_digests_hash(&measured->digests, &owner->registers->item[measured->reg].reset,
				  tally_written(&writer));
}

static void measured_done(struct measured *measured)
{
	if (measured->content != measured->small)
		free(measured->content);
}

/* --- once --- */

/* What stands behind an entry: whether it really has this name, and if it is the very same event. */
struct once_found {
	bool is_same_name;
	bool is_same_event;
	uint64_t number;
};

static void once_compare(const struct tally_authority *owner, const struct measured *measured,
			 const struct tally_once_name *found, struct once_found *ret)
{
	ret->is_same_name = tally_bytes_equal(found->origin, measured->event.origin) &&
			    tally_bytes_equal(found->name, measured->event.name);
	ret->is_same_event = found->index == owner->registers->item[measured->reg].number &&
			     tally_digests_equal(&found->digests, &measured->digests);
	ret->number = found->number;
}

static enum tally_status once_look(struct tally_authority *owner, const struct measured *measured,
				   const struct tally_name_entry *entry, struct once_found *ret,
				   struct tally_problem *problem)
{
	struct tally_once_name found;
	struct tally_record record;
	struct tally_event event;
	enum tally_status status;

	memset(ret, 0, sizeof(*ret));
	if (entry->kind == TALLY_NAME_STORED) {
		status = tally_once_read(owner, entry->offset, &found, problem);
		if (status == TALLY_OK)
			once_compare(owner, measured, &found, ret);
		return status;
	}
	status = tally_store_read(owner, entry->offset, &record, problem);
	if (status != TALLY_OK || tally_event_read(record.content, &event) != TALLY_OK || !event.is_once)
		return status;
	found.origin = event.origin;
	found.name = event.name;
	found.number = record.number;
	found.index = record.index;
	found.digests = record.digests;
	once_compare(owner, measured, &found, ret);
	return TALLY_OK;
}

static enum tally_status once_conflict(const struct measured *measured, uint64_t number, struct tally_problem *problem)
{
	tally_problem_set(problem,
			  "the once name `%.*s` of %s is taken by another event, record %" PRIu64
			  ": nothing was extended; choose another name",
			  (int)measured->event.name.size, (const char *)measured->event.name.data, measured->caller,
			  number);
	return TALLY_CONFLICT;
}

/* TALLY_OK with *ret->is_existing: the event is there. TALLY_OK without: extend it. */
static enum tally_status once_look_up(struct tally_authority *owner, const struct measured *measured,
				      struct tally_extend_result *ret, struct tally_problem *problem)
{
	struct tally_name_search search;
	bool is_in_doubt = owner->history.is_once_lost;
	enum tally_status status =
		tally_name_search_start(&search, owner, measured->event.origin, measured->event.name);

	while (status == TALLY_OK && !search.is_done) {
		struct once_found found;

		status = tally_name_search_next(&search, owner, problem);
		if (status != TALLY_OK || search.is_done)
			break;
		if (search.entry.kind == TALLY_NAME_DOUBT) {
			is_in_doubt = true;
			continue;
		}
		status = once_look(owner, measured, &search.entry, &found, problem);
		if (status != TALLY_OK || !found.is_same_name)
			continue;
		if (!found.is_same_event)
			return once_conflict(measured, found.number, problem);
		ret->number = found.number;
		ret->is_existing = true;
		return TALLY_OK;
	}
	if (status == TALLY_OK && is_in_doubt) {
		tally_problem_set(
			problem,
			"whether the once event `%.*s` of %s was extended is unknown, because an extend of it "
			"was cut short: nothing was extended now; look at the log (`tally log show`)",
			(int)measured->event.name.size, (const char *)measured->event.name.data, measured->caller);
		return TALLY_UNKNOWN;
	}
	return status;
}

/* --- pin --- */

static enum tally_status pin_content(struct tally_authority *owner, size_t reg, uint8_t *data, size_t capacity,
				     struct tally_bytes *ret)
{
	const struct tally_open_jump *jump = &owner->history.jump[reg];
	struct tally_pin pin = { .index = owner->registers->item[reg].number,
				 .from = jump->from,
				 .to = jump->to,
				 .next = owner->history.next };
	uint8_t pin_data[2048];
	struct tally_writer writer = tally_writer(pin_data, sizeof(pin_data));
	struct tally_event event = { .type = tally_text(TALLY_EVENT_TYPE_PIN), .name = tally_text("pin") };

	memcpy(pin.head, owner->history.head, sizeof(pin.head));
	tally_pin_write(&writer, &pin);
	if (writer.status != TALLY_OK)
		return writer.status;
	event.origin = tally_text(owner->self);
	event.has_data = true;
	event.data = tally_written(&writer);
	writer = tally_writer(data, capacity);
	tally_event_write(&writer, &event);
	*ret = tally_written(&writer);
	return writer.status;
}

/* Whatever is not applied stops the extend, with nothing of the caller's changed. */
enum tally_status tally_pin_jumps(struct tally_authority *owner, size_t reg, tally_deadline deadline,
				  struct tally_problem *problem)
{
	enum tally_commit_outcome outcome;
	enum tally_status extend_status;
	struct tally_digests digests;
	struct tally_bytes content;
	uint8_t data[4096];
	enum tally_status status = pin_content(owner, reg, data, sizeof(data), &content);

	if (status == TALLY_OK)
		status = tally_digests_hash(&digests, &owner->registers->item[reg].reset, content);
	if (status == TALLY_OK)
		status = tally_commit(owner, reg, &digests, content, deadline, &outcome, &extend_status, problem);
	if (status == TALLY_OK && outcome == TALLY_COMMIT_APPLIED)
		problem->text[0] = 0;
	if (status != TALLY_OK || outcome == TALLY_COMMIT_APPLIED)
		return status;
	tally_problem_set(problem, "the gap in %s could not be pinned: nothing of yours was changed, try again",
			  owner->registers->item[reg].name);
	return TALLY_TRY_AGAIN;
}

/* --- the whole --- */

static enum tally_status extend_settle(struct tally_authority *owner, size_t reg, tally_deadline deadline,
				       bool *ret_is_locked, struct tally_problem *problem)
{
	enum tally_settle_decision decision;
	enum tally_status status = tally_settle_slot(owner, deadline, problem);

	if (status == TALLY_OK)
		status = tally_settle_register(owner, reg, false, deadline, &decision, ret_is_locked, problem);
	if (status == TALLY_OK && decision == TALLY_SETTLE_TRY_AGAIN) {
		tally_problem_set(problem, "%s does not hold still: nothing was changed, try again",
				  owner->registers->item[reg].name);
		return TALLY_TRY_AGAIN;
	}
	return status;
}

/* Everything that can refuse the event is checked here, before the irreversible step (I4). */
static enum tally_status extend_check(struct tally_authority *owner, const struct measured *measured, bool is_locked,
				      struct tally_problem *problem)
{
	const struct tally_register *reg = &owner->registers->item[measured->reg];
	size_t record_size = tally_record_size(reg, measured->content_size);
	uint64_t size = record_size;

	if (is_locked) {
		tally_problem_set(problem, "%s is locked for the rest of this boot: nothing was extended", reg->name);
		return TALLY_LOCKED;
	}
	if (owner->history.jump[measured->reg].is_open)
		size += tally_record_size(reg, 4096);
	return tally_store_reserve(owner, size, record_size, problem);
}

static enum tally_status extend_answer(struct tally_authority *owner, const struct measured *measured,
				       enum tally_commit_outcome outcome, enum tally_status extend_status,
				       struct tally_extend_result *ret, struct tally_problem *problem)
{
	const char *name = owner->registers->item[measured->reg].name;

	if (outcome == TALLY_COMMIT_APPLIED) {
		problem->text[0] = 0; /* the provider may have complained */
		ret->number = owner->intent_number;
		return TALLY_OK;
	}
	if (outcome == TALLY_COMMIT_NOT_APPLIED) {
		if (!problem->text[0])
			tally_problem_set(problem, "%s was not extended: %s", name,
					  tally_status_message(extend_status));
		return extend_status == TALLY_LOCKED ? TALLY_LOCKED : TALLY_NOT_APPLIED;
	}
	tally_problem_set(problem,
			  "whether %s was extended is not known: the event stands in the log as an abort or a gap, or "
			  "in the intent slot; look at the log, and do not repeat it blindly",
			  name);
	return TALLY_INDETERMINATE;
}

static enum tally_status extend_held(struct tally_authority *owner, const struct measured *measured,
				     tally_deadline deadline, struct tally_extend_result *ret,
				     struct tally_problem *problem)
{
	uint64_t gaps = owner->history.gap_count;
	enum tally_commit_outcome outcome;
	enum tally_status extend_status;
	bool is_locked = false;
	enum tally_status status = extend_settle(owner, measured->reg, deadline, &is_locked, problem);

	if (status == TALLY_OK && measured->event.is_once)
		status = once_look_up(owner, measured, ret, problem);
	ret->gaps = owner->history.gap_count - gaps;
	if (status != TALLY_OK || ret->is_existing)
		return status;
	status = extend_check(owner, measured, is_locked, problem);
	if (status == TALLY_OK && owner->history.jump[measured->reg].is_open)
		status = tally_pin_jumps(owner, measured->reg, deadline, problem);
	if (status == TALLY_OK)
		status = tally_commit(owner, measured->reg, &measured->digests,
				      tally_bytes(measured->content, measured->content_size), deadline, &outcome,
				      &extend_status, problem);
	if (status != TALLY_OK)
		return status;
	ret->gaps = owner->history.gap_count - gaps;
	return extend_answer(owner, measured, outcome, extend_status, ret, problem);
}

enum tally_status tally_authority_extend(struct tally_authority *owner, const struct tally_extend_request *request,
					 struct tally_extend_result *ret, struct tally_problem *problem)
{
	tally_deadline deadline =
		request->deadline ? request->deadline : tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS);
	struct measured measured;
	struct tally_extend_result result = { 0 };
	enum tally_status status;

	problem->text[0] = 0;
	status = check_request(owner, request, problem);
	if (status != TALLY_OK)
		return status;
	status = measured_init(&measured, owner, request);
	if (status == TALLY_OK)
		status = tally_owner_begin(owner, deadline, problem);
	if (status == TALLY_OK) {
		status = extend_held(owner, &measured, deadline, &result, problem);
		tally_owner_end(owner);
	}
	measured_done(&measured);
	if (status == TALLY_OK)
		*ret = result;
	return status;
}
