// SPDX-License-Identifier: BSD-2-Clause
/* Attaching boot logs: earlier segments of our log, which lead from the reset values to where it begins. */
#include "owner.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "../format/cel_tlv.h"
#include "segments.h"

/* The values that our log begins with. */
struct beginning {
	struct tally_digests value[TALLY_REGISTER_LIMIT];
};

/* --- where our log begins --- */

static enum tally_status take_base(const struct tally_authority *owner, const struct tally_record *record,
				   struct beginning *beginning)
{
	int reg = tally_registers_find_number(owner->registers, record->index);
	struct tally_control_base base;
	enum tally_status status = tally_control_read_base(record->content, &base);

	if (status == TALLY_OK && reg >= 0)
		beginning->value[reg] = base.value;
	return status;
}

static enum tally_status read_beginning(const struct tally_authority *owner, struct tally_bytes log,
					struct beginning *ret, struct tally_problem *problem)
{
	struct tally_cursor cursor = tally_cursor(log);
	struct tally_record record;
	enum tally_status status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);

	for (size_t reg = 0; reg < owner->runtime_count; reg++)
		ret->value[reg] = owner->registers->item[reg].reset;
	if (status == TALLY_OK && tally_control_word(&record) != TALLY_CONTROL_HEADER) {
		tally_problem_set(problem, "the beginning of the log was trimmed, so that nothing shows where a boot "
					   "log must lead: attach boot logs before the first trim");
		return TALLY_HISTORY_LOST;
	}
	while (status == TALLY_OK && !tally_cursor_is_done(&cursor)) {
		status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);
		if (status != TALLY_OK || tally_control_word(&record) != TALLY_CONTROL_BASE)
			break;
		status = take_base(owner, &record, ret);
	}
	return status;
}

/* --- replaying the segments --- */

/* What is wrong with the log is the caller's to know; what is wrong with this machine is not. */
static enum tally_status unreadable(const char *what, enum tally_status status, uint64_t offset,
				    struct tally_problem *problem)
{
	if (status == TALLY_NO_MEMORY || status == TALLY_CRYPTO)
		return status;
	tally_problem_set(problem, "%s can't be read at byte %" PRIu64 ": %s", what, offset,
			  tally_status_message(status));
	return status == TALLY_UNSUPPORTED || status == TALLY_NO_SPACE ? TALLY_OUT_OF_RANGE : status;
}

static enum tally_status apply_record(const struct tally_authority *owner, struct tally_segment_replay *segment,
				      const struct tally_record *record, uint64_t position,
				      struct tally_problem *problem)
{
	struct tally_digests digests;
	int reg;
	enum tally_status status = tally_segment_apply(segment, record, &reg, &digests);

	if (status != TALLY_BANK_SET || reg < 0)
		return status;
	tally_problem_set(problem, "record %" PRIu64 " lacks a digest of a bank of %s: nothing was attached", position,
			  owner->registers->item[reg].name);
	return TALLY_CONFLICT;
}

enum tally_status tally_owner_open_foreign(const char *what, struct tally_bytes log, enum tally_log_format format,
					   struct tally_log_reader *ret, void **ret_scratch,
					   struct tally_problem *problem)
{
	enum tally_status status = tally_log_open(ret, log, format);
	size_t size = status == TALLY_OK ? tally_log_scratch_size(ret) : 0;

	*ret_scratch = NULL;
	if (status != TALLY_OK)
		return unreadable(what, status, 0, problem);
	if (size == 0 || !tally_log_needs_scratch(ret))
		return TALLY_OK;
	*ret_scratch = malloc(size);
	if (!*ret_scratch)
		return TALLY_NO_MEMORY;
	tally_log_lend(ret, *ret_scratch, size);
	return TALLY_OK;
}

static enum tally_status replay_segment(const struct tally_authority *owner, struct tally_bytes log,
					enum tally_log_format *format, struct tally_segment_replay *segment,
					struct tally_problem *problem)
{
	struct tally_log_reader reader;
	void *scratch;
	bool is_end = false;
	enum tally_status status = tally_owner_open_foreign("the boot log", log, *format, &reader, &scratch, problem);

	if (status != TALLY_OK)
		return status;
	*format = reader.format;
	while (status == TALLY_OK) {
		struct tally_record record;
		uint64_t position = reader.record_count;

		status = tally_log_next(&reader, &record, &is_end);
		if (status != TALLY_OK)
			status = unreadable("the boot log", status, reader.offset, problem);
		if (status != TALLY_OK || is_end)
			break;
		status = apply_record(owner, segment, &record, position, problem);
	}
	free(scratch);
	return status;
}

/* --- the whole --- */

struct attaching {
	struct tally_authority *owner;
	struct tally_attachment logs[TALLY_SEGMENT_LIMIT]; /* their formats, once they were read */
	size_t count;
	struct tally_segments kept;
	struct beginning beginning;
	struct tally_replay replay;
	struct tally_segment_replay segment;
};

/* As a boot log. A foreign log of the same bytes is another matter: fills take ranges of it. */
static bool is_kept(const struct tally_segments *kept, struct tally_bytes log)
{
	for (size_t i = 0; i < kept->count; i++)
		if (!kept->item[i].kind.is_foreign && tally_bytes_equal(kept->item[i].bytes, log))
			return true;
	return false;
}

/*
 * The same bytes twice would replay twice. Of several logs the first may be there already: somebody was stopped before
 * the others were.
 */
static enum tally_status take_new(struct attaching *work, const struct tally_attachment *logs, size_t count,
				  struct tally_problem *problem)
{
	bool is_twice = false;

	for (size_t i = 0; i < count; i++) {
		for (size_t at = 0; at < i; at++)
			is_twice = is_twice || tally_bytes_equal(logs[at].log, logs[i].log);
		if (!is_kept(&work->kept, logs[i].log))
			work->logs[work->count++] = logs[i];
	}
	if (work->count && !is_twice)
		return TALLY_OK;
	tally_problem_set(problem, "this log is attached already: nothing was changed");
	return TALLY_CONFLICT;
}

static enum tally_status replay_all(struct attaching *work, struct tally_problem *problem)
{
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; status == TALLY_OK && i < work->kept.count; i++) {
		struct tally_segment *kept = &work->kept.item[i];

		if (!kept->kind.is_foreign)
			status = replay_segment(work->owner, kept->bytes, &kept->kind.format, &work->segment, problem);
	}
	for (size_t i = 0; status == TALLY_OK && i < work->count; i++)
		status = replay_segment(work->owner, work->logs[i].log, &work->logs[i].format, &work->segment, problem);
	return status;
}

/* Every register that a boot log extends must have come to where our log begins. */
static enum tally_status check_fit(struct attaching *work, struct tally_problem *problem)
{
	const struct tally_register *item = work->owner->registers->item;

	if (work->segment.extended == 0) {
		tally_problem_set(problem, "no record of this log extends a register of %s: nothing was attached",
				  work->owner->provider->name);
		return TALLY_CONFLICT;
	}
	for (size_t reg = 0; reg < work->owner->runtime_count; reg++) {
		struct tally_digests value;
		enum tally_status status;

		if (!(work->segment.extended >> reg & 1))
			continue;
		status = tally_replay_value(&work->replay, reg, &value);
		if (status != TALLY_OK)
			return status;
		if (tally_digests_equal(&value, &work->beginning.value[reg]))
			continue;
		tally_problem_set(problem,
				  "%s does not fit: the boot log does not lead to the value with which our log "
				  "begins; nothing was attached: it is of another boot or machine, or not whole, or "
				  "another log lies between and must be attached together with it",
				  item[reg].name);
		return TALLY_CONFLICT;
	}
	return TALLY_OK;
}

static enum tally_status put_all(struct attaching *work, struct tally_attach_result *ret, struct tally_problem *problem)
{
	struct tally_segment segment = { .number = 0 };
	enum tally_status status = tally_segments_next(&work->kept, &segment.number, problem);

	if (status == TALLY_OK && work->kept.count + work->count > TALLY_SEGMENT_LIMIT) {
		tally_problem_set(problem, "a log has at most %d attached logs", TALLY_SEGMENT_LIMIT);
		status = TALLY_FULL;
	}
	ret->first = segment.number;
	for (size_t i = 0; status == TALLY_OK && i < work->count; i++) {
		segment.kind.format = work->logs[i].format;
		segment.bytes = work->logs[i].log;
		status = tally_segments_put(&work->owner->directory, &segment, work->owner->is_durable, problem);
		segment.number++;
		ret->count++;
	}
	return status;
}

static enum tally_status attach_held(struct attaching *work, const struct tally_attachment *logs, size_t count,
				     struct tally_attach_result *ret, struct tally_problem *problem)
{
	struct tally_authority *owner = work->owner;
	struct tally_log_view view;
	int fd;
	enum tally_status status = tally_segments_load(&owner->directory, &work->kept, problem);

	if (status != TALLY_OK)
		return status;
	status = tally_log_view_map(owner, &view, &fd, problem);
	if (status != TALLY_OK)
		return status;
	view.bytes.size = (size_t)owner->history.size;
	status = read_beginning(owner, view.bytes, &work->beginning, problem);
	tally_log_view_done(&view);
	close(fd);
	if (status == TALLY_OK)
		status = take_new(work, logs, count, problem);
	if (status == TALLY_OK)
		status = replay_all(work, problem);
	if (status == TALLY_OK)
		status = check_fit(work, problem);
	if (status == TALLY_OK)
		status = put_all(work, ret, problem);
	ret->registers = work->segment.extended;
	return status;
}

enum tally_status tally_authority_attach(struct tally_authority *owner, const struct tally_attachment *logs,
					 size_t count, tally_deadline deadline, struct tally_attach_result *ret,
					 struct tally_problem *problem)
{
	struct tally_attach_result result = { .count = 0 };
	struct attaching *work;
	enum tally_status status;

	problem->text[0] = 0;
	if (count == 0 || count > TALLY_SEGMENT_LIMIT) {
		tally_problem_set(problem, "attach 1 to %d logs", TALLY_SEGMENT_LIMIT);
		return TALLY_INVALID;
	}
	work = calloc(1, sizeof(*work));
	if (!work)
		return TALLY_NO_MEMORY;
	work->owner = owner;
	tally_replay_init(&work->replay, owner->registers);
	work->segment.replay = &work->replay;
	status = tally_owner_begin(owner, deadline ? deadline : tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS),
				   problem);
	if (status == TALLY_OK) {
		status = attach_held(work, logs, count, &result, problem);
		tally_owner_end(owner);
	}
	tally_segments_done(&work->kept);
	free(work);
	if (status == TALLY_OK)
		*ret = result;
	return status;
}
