// SPDX-License-Identifier: BSD-2-Clause
/* Fills: a gap is explained by records of a foreign log, which is kept beside ours. */
#include "owner.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "../format/cel_tlv.h"
#include "segments.h"

/* A fill that stands in the log. */
struct fill_seen {
	uint64_t gap;
	uint32_t index; /* of its register */
	char label[TALLY_SEGMENT_LABEL_LIMIT];
	struct tally_log_range range;
};

struct filling {
	struct tally_authority *owner;
	const struct tally_fill_request *request;
	/* The gap. */
	size_t reg;
	struct tally_digests from; /* where the fills that it has have come to */
	struct tally_digests to;
	struct fill_seen *fills;
	size_t fill_count;
	size_t fill_room;
	struct tally_segments kept;
	/* The foreign log: the one kept under its label, or what it will be. */
	struct tally_segment segment;
	char label[TALLY_SEGMENT_LABEL_LIMIT];
	bool is_kept; /* all of it */
	struct tally_log_reader reader;
	void *scratch;
};

/* --- the gap, and the fills that there are --- */

static enum tally_status note_fill(struct filling *work, const struct tally_record *record)
{
	struct tally_control_fill control;
	struct fill_seen *fill;
	enum tally_status status = tally_control_read_fill(record->content, &control);

	if (status != TALLY_OK || control.name.size >= sizeof(fill->label))
		return status;
	if (work->fill_count == work->fill_room) {
		size_t room = work->fill_room ? 2 * work->fill_room : 16;
		struct fill_seen *grown = realloc(work->fills, room * sizeof(*grown));

		if (!grown)
			return TALLY_NO_MEMORY;
		work->fills = grown;
		work->fill_room = room;
	}
	fill = &work->fills[work->fill_count++];
	memset(fill, 0, sizeof(*fill));
	fill->gap = control.gap;
	fill->index = record->index;
	memcpy(fill->label, control.name.data, control.name.size);
	fill->range.first = control.first;
	fill->range.count = control.count;
	return TALLY_OK;
}

static enum tally_status note_gap(struct filling *work, const struct tally_record *record)
{
	int reg = tally_registers_find_number(work->owner->registers, record->index);
	struct tally_control_gap gap;
	enum tally_status status = tally_control_read_gap(record->content, &gap);

	if (status != TALLY_OK)
		return status;
	if (reg < 0)
		return TALLY_UNKNOWN_REGISTER;
	work->reg = (size_t)reg;
	work->from = gap.from;
	work->to = gap.to;
	return TALLY_OK;
}

static enum tally_status walk_log(struct filling *work, struct tally_bytes log, bool *ret_is_gap)
{
	struct tally_cursor cursor = tally_cursor(log);
	enum tally_status status = TALLY_OK;

	*ret_is_gap = false;
	while (status == TALLY_OK && !tally_cursor_is_done(&cursor)) {
		struct tally_record record;
		enum tally_control_word word;

		status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);
		if (status != TALLY_OK)
			break;
		word = tally_control_word(&record);
		if (word == TALLY_CONTROL_FILL)
			status = note_fill(work, &record);
		if (record.number != work->request->gap || word != TALLY_CONTROL_GAP)
			continue;
		*ret_is_gap = true;
		status = note_gap(work, &record);
	}
	return status;
}

static enum tally_status find_gap(struct filling *work, struct tally_problem *problem)
{
	const struct tally_history *history = &work->owner->history;
	struct tally_log_view view;
	bool is_gap;
	int fd;
	enum tally_status status = tally_log_view_map(work->owner, &view, &fd, problem);

	if (status != TALLY_OK)
		return status;
	status = walk_log(work, tally_bytes(view.bytes.data, (size_t)history->size), &is_gap);
	tally_log_view_done(&view);
	close(fd);
	if (status != TALLY_OK || is_gap)
		return status;
	if (work->request->gap < history->first_number)
		tally_problem_set(problem, "record %" PRIu64 " was trimmed: a gap is filled before that",
				  work->request->gap);
	else
		tally_problem_set(problem, "record %" PRIu64 " is no gap: `tally log show` lists the gaps",
				  work->request->gap);
	return TALLY_INVALID;
}

/* --- the foreign log --- */

static bool begins_with(struct tally_bytes bytes, struct tally_bytes prefix)
{
	return bytes.size >= prefix.size && memcmp(bytes.data, prefix.data, prefix.size) == 0;
}

static enum tally_status open_log(struct filling *work, struct tally_problem *problem)
{
	const struct tally_fill_request *request = work->request;
	enum tally_status status = tally_owner_open_foreign("the foreign log", request->log, request->format,
							    &work->reader, &work->scratch, problem);

	if (status != TALLY_OK || !work->reader.is_ours)
		return status;
	tally_problem_set(problem, "a log of tally's own can't fill a gap: its gaps and bases would count for nothing");
	return TALLY_CONFLICT;
}

/* A log that has grown is the one that is kept; so is an older copy of it. Another one gets a number of its own. */
static enum tally_status place_log(struct filling *work, struct tally_problem *problem)
{
	struct tally_segment *segment = &work->segment;
	enum tally_status status = TALLY_OK;
	size_t at = 0;

	segment->kind.is_foreign = true;
	segment->kind.format = work->reader.format;
	segment->bytes = work->request->log;
	for (; at < work->kept.count; at++) {
		const struct tally_segment *kept = &work->kept.item[at];

		if (!kept->kind.is_foreign || kept->kind.format != segment->kind.format)
			continue;
		work->is_kept = begins_with(kept->bytes, segment->bytes);
		if (work->is_kept || begins_with(segment->bytes, kept->bytes))
			break;
	}
	if (at < work->kept.count)
		segment->number = work->kept.item[at].number;
	else
		status = tally_segments_next(&work->kept, &segment->number, problem);
	tally_segment_label(segment->number, work->label);
	return status;
}

/* --- where the fills of this gap have come to --- */

static const struct tally_segment *kept_of(const struct filling *work, const char *wanted)
{
	for (size_t i = 0; i < work->kept.count; i++) {
		char label[TALLY_SEGMENT_LABEL_LIMIT];

		tally_segment_label(work->kept.item[i].number, label);
		if (work->kept.item[i].kind.is_foreign && strcmp(label, wanted) == 0)
			return &work->kept.item[i];
	}
	return NULL;
}

static struct tally_log_range_register range_register(const struct filling *work)
{
	return (struct tally_log_range_register){ work->owner->registers, work->reg };
}

static enum tally_status replay_fill(struct filling *work, const struct fill_seen *fill, struct tally_problem *problem)
{
	const struct tally_segment *kept = kept_of(work, fill->label);
	const struct tally_log_range_register reg = range_register(work);
	struct tally_log_reader reader;
	void *scratch;
	enum tally_status status;

	if (!kept) {
		tally_problem_set(problem, "%s, which an earlier fill of this gap names, is not there any more",
				  fill->label);
		return TALLY_CORRUPT;
	}
	status = tally_owner_open_foreign(fill->label, kept->bytes, kept->kind.format, &reader, &scratch, problem);
	if (status == TALLY_OK)
		status = tally_log_range_replay(&reader, &reg, &fill->range, &work->from, &work->from);
	free(scratch);
	return status;
}

static enum tally_status replay_fills(struct filling *work, struct tally_problem *problem)
{
	uint32_t index = work->owner->registers->item[work->reg].number;
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; status == TALLY_OK && i < work->fill_count; i++)
		if (work->fills[i].gap == work->request->gap && work->fills[i].index == index)
			status = replay_fill(work, &work->fills[i], problem);
	if (status != TALLY_OK || !tally_digests_equal(&work->from, &work->to))
		return status;
	tally_problem_set(problem, "the gap at record %" PRIu64 " is filled already", work->request->gap);
	return TALLY_CONFLICT;
}

/* --- the range --- */

/* Gaps of a register take a log in its order: records before *ret_begin and from *ret_end on are for other gaps. */
static void range_bounds(const struct filling *work, uint64_t *ret_begin, uint64_t *ret_end)
{
	uint32_t index = work->owner->registers->item[work->reg].number;

	*ret_begin = 0;
	*ret_end = UINT64_MAX;
	for (size_t i = 0; i < work->fill_count; i++) {
		const struct fill_seen *fill = &work->fills[i];

		if (fill->index != index || strcmp(fill->label, work->label) != 0)
			continue;
		if (fill->gap <= work->request->gap && fill->range.first + fill->range.count > *ret_begin)
			*ret_begin = fill->range.first + fill->range.count;
		if (fill->gap > work->request->gap && fill->range.first < *ret_end)
			*ret_end = fill->range.first;
	}
}

/* Why no range was found: is the register ever where the gap begins? */
static enum tally_status tell_unfound(const struct filling *work, struct tally_problem *problem)
{
	const struct tally_log_range_register reg = range_register(work);
	const char *name = work->owner->registers->item[work->reg].name;
	struct tally_log_range range;
	enum tally_status status;

	status = tally_log_range_find(&work->reader, &reg, 0, &work->owner->registers->item[work->reg].reset,
				      &work->from, &range);
	if (status == TALLY_OK)
		tally_problem_set(problem,
				  "the log leads %s to where the gap begins with its first %" PRIu64
				  " records, and what follows does not lead to where the gap ends: it differs from "
				  "record %" PRIu64 " on, or is not whole; nothing was changed",
				  name, range.first + range.count, range.first + range.count);
	else
		tally_problem_set(
			problem,
			"no records of the log lead %s from where the gap begins to where it ends; nothing was "
			"changed: fill the gaps before this one first, or name the range with its first record "
			"and count",
			name);
	return status == TALLY_OK || status == TALLY_NOT_FOUND || status == TALLY_BANK_SET ? TALLY_CONFLICT : status;
}

static enum tally_status read_failed(enum tally_status status, struct tally_problem *problem)
{
	if (status == TALLY_NO_MEMORY || status == TALLY_CRYPTO)
		return status;
	if (status == TALLY_NOT_FOUND || status == TALLY_BANK_SET) {
		tally_problem_set(problem, "the foreign log does not have such a range: %s; nothing was changed",
				  status == TALLY_NOT_FOUND ? "it ends before"
							    : "a record lacks a bank of the register");
		return TALLY_CONFLICT;
	}
	tally_problem_set(problem, "the foreign log can't be read: %s; nothing was changed",
			  tally_status_message(status));
	return status == TALLY_UNSUPPORTED || status == TALLY_NO_SPACE ? TALLY_OUT_OF_RANGE : status;
}

static enum tally_status find_range(const struct filling *work, uint64_t begin, struct tally_log_range *ret,
				    struct tally_problem *problem)
{
	const struct tally_log_range_register reg = range_register(work);
	enum tally_status status = tally_log_range_find(&work->reader, &reg, begin, &work->from, &work->to, ret);

	if (status == TALLY_NOT_FOUND)
		return tell_unfound(work, problem);
	return status == TALLY_OK ? TALLY_OK : read_failed(status, problem);
}

static enum tally_status check_range(struct filling *work, struct tally_fill_result *result,
				     struct tally_problem *problem)
{
	const struct tally_log_range_register reg = range_register(work);
	const struct tally_log_range *range = &result->range;
	struct tally_digests end;
	enum tally_status status;

	if (range->count == 0) {
		tally_problem_set(problem, "a fill has at least one record");
		return TALLY_INVALID;
	}
	status = tally_log_range_replay(&work->reader, &reg, range, &work->from, &end);
	if (status != TALLY_OK)
		return read_failed(status, problem);
	result->is_filled = tally_digests_equal(&end, &work->to);
	if (result->is_filled || (work->request->is_partial && !tally_digests_equal(&end, &work->from)))
		return TALLY_OK;
	tally_problem_set(problem,
			  "after record %" PRIu64 " of the foreign log %s is not where the gap ends; nothing was "
			  "changed: if other logs go on from there, say that this fill is a part",
			  range->first + range->count - 1, work->owner->registers->item[work->reg].name);
	return TALLY_CONFLICT;
}

static enum tally_status choose_range(struct filling *work, struct tally_fill_result *result,
				      struct tally_problem *problem)
{
	uint64_t begin, end;
	enum tally_status status = TALLY_OK;

	range_bounds(work, &begin, &end);
	result->range = work->request->range;
	if (!work->request->has_range)
		status = find_range(work, begin, &result->range, problem);
	if (status == TALLY_OK)
		status = check_range(work, result, problem);
	if (status != TALLY_OK)
		return status;
	if (result->range.first >= begin && result->range.first + result->range.count <= end)
		return TALLY_OK;
	tally_problem_set(problem,
			  "records %" PRIu64 " to %" PRIu64 " of the foreign log overlap those of another fill, or lie "
			  "on the wrong side of them; nothing was changed",
			  result->range.first, result->range.first + result->range.count - 1);
	return TALLY_CONFLICT;
}

/* --- the record --- */

#define FILL_CONTENT_SIZE 1024

static enum tally_status append_fill(struct filling *work, const struct tally_log_range *range,
				     struct tally_problem *problem)
{
	struct tally_authority *owner = work->owner;
	struct tally_control_fill fill = {
		.gap = work->request->gap,
		.format = tally_text(tally_log_format_name(work->segment.kind.format)),
		.name = tally_text(work->label),
		.first = range->first,
		.count = range->count,
	};
	size_t size = tally_record_size(&owner->registers->item[work->reg], FILL_CONTENT_SIZE);
	struct tally_writer writer;
	enum tally_status status = tally_scratch_grow(&owner->content, FILL_CONTENT_SIZE);

	if (status != TALLY_OK)
		return status;
	writer = tally_writer(owner->content.data, owner->content.capacity);
	tally_control_write_fill(&writer, &fill);
	if (writer.status != TALLY_OK)
		return writer.status;
	status = tally_store_reserve(owner, size, size, problem);
	/* The log first: a fill without it would prove nothing, and it without a fill is left out of evidence. */
	if (status == TALLY_OK && !work->is_kept)
		status = tally_segments_put(&owner->directory, &work->segment, owner->is_durable, problem);
	return status == TALLY_OK ? tally_store_append_control(owner, work->reg, writer.size, problem) : status;
}

static enum tally_status fill_held(struct filling *work, tally_deadline deadline, struct tally_fill_result *result,
				   struct tally_problem *problem)
{
	/* A pending slot stands at the number that the fill gets. */
	enum tally_status status = tally_settle_slot(work->owner, deadline, problem);

	if (status == TALLY_OK)
		status = tally_segments_load(&work->owner->directory, &work->kept, problem);
	if (status == TALLY_OK)
		status = find_gap(work, problem);
	if (status == TALLY_OK)
		status = open_log(work, problem);
	if (status == TALLY_OK)
		status = place_log(work, problem);
	if (status == TALLY_OK)
		status = replay_fills(work, problem);
	if (status == TALLY_OK)
		status = choose_range(work, result, problem);
	result->number = work->owner->history.next;
	result->segment = work->segment.number;
	return status == TALLY_OK ? append_fill(work, &result->range, problem) : status;
}

enum tally_status tally_authority_fill(struct tally_authority *owner, const struct tally_fill_request *request,
				       struct tally_fill_result *ret, struct tally_problem *problem)
{
	tally_deadline deadline = request->deadline;
	struct tally_fill_result result = { .number = 0 };
	struct filling *work = calloc(1, sizeof(*work));
	enum tally_status status;

	problem->text[0] = 0;
	if (!work)
		return TALLY_NO_MEMORY;
	if (deadline == 0)
		deadline = tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS);
	work->owner = owner;
	work->request = request;
	status = tally_owner_begin(owner, deadline, problem);
	if (status == TALLY_OK) {
		status = fill_held(work, deadline, &result, problem);
		tally_owner_end(owner);
	}
	tally_segments_done(&work->kept);
	free(work->scratch);
	free(work->fills);
	free(work);
	if (status == TALLY_OK)
		*ret = result;
	return status;
}
