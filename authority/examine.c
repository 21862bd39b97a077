// SPDX-License-Identifier: BSD-2-Clause
/* What doctor tells of an authority's files, found out without changing anything. */
#include "owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define SLOT_LIMIT (TALLY_CONTROL_LIMIT + 8192)
#define TRY_LIMIT 200

struct slot_copy {
	uint8_t *bytes;
	size_t size;
};

/* Slot, log and registers of one instant: no lock is held, so the slot is read before and after the others. */
struct snapshot {
	struct slot_copy before;
	struct slot_copy after;
	bool slot_is_readable;
	struct tally_log_view view;
	int log_fd;
	struct tally_digests live[TALLY_REGISTER_LIMIT];
};

static void snapshot_drop_log(struct snapshot *snapshot)
{
	if (snapshot->log_fd < 0)
		return;
	tally_log_view_done(&snapshot->view);
	close(snapshot->log_fd);
	snapshot->log_fd = -1;
}

static void snapshot_free(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	snapshot_drop_log(snapshot);
	free(snapshot->before.bytes);
	free(snapshot->after.bytes);
	free(snapshot);
}

static struct snapshot *snapshot_new(void)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (!snapshot)
		return NULL;
	snapshot->log_fd = -1;
	snapshot->before.bytes = malloc(SLOT_LIMIT);
	snapshot->after.bytes = malloc(SLOT_LIMIT);
	if (snapshot->before.bytes && snapshot->after.bytes)
		return snapshot;
	snapshot_free(snapshot);
	return NULL;
}

/* The slot is its owner's: whoever may read the rest only finds that it is unreadable. */
static enum tally_status snapshot_read_slot(const struct tally_authority *owner, struct slot_copy *slot,
					    bool *ret_is_readable, struct tally_problem *problem)
{
	int fd = openat(owner->directory.fd, TALLY_FILE_INTENT, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum tally_status status;

	slot->size = 0;
	*ret_is_readable = fd >= 0 || errno != EACCES;
	if (fd < 0 && (errno == ENOENT || errno == EACCES))
		return TALLY_OK;
	if (fd < 0)
		return tally_directory_fail(&owner->directory, "open", TALLY_FILE_INTENT, problem);
	status = tally_file_read(fd, slot->bytes, SLOT_LIMIT, 0, &slot->size);
	if (status != TALLY_OK)
		status = tally_directory_fail(&owner->directory, "read", TALLY_FILE_INTENT, problem);
	close(fd);
	return status;
}

static enum tally_status snapshot_read_live(const struct tally_authority *owner, struct snapshot *snapshot,
					    struct tally_problem *problem)
{
	enum tally_status status = TALLY_OK;

	for (size_t reg = 0; status == TALLY_OK && reg < owner->runtime_count; reg++) {
		bool is_locked;

		status = owner->provider->read(owner->instance, reg, tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS),
					       &snapshot->live[reg], &is_locked, problem);
	}
	return status;
}

static enum tally_status snapshot_try(const struct tally_authority *owner, struct snapshot *snapshot,
				      struct tally_problem *problem)
{
	enum tally_status status = snapshot_read_slot(owner, &snapshot->before, &snapshot->slot_is_readable, problem);

	if (status == TALLY_OK)
		status = tally_log_view_map(owner, &snapshot->view, &snapshot->log_fd, problem);
	if (status == TALLY_OK)
		status = snapshot_read_live(owner, snapshot, problem);
	if (status == TALLY_OK)
		status = snapshot_read_slot(owner, &snapshot->after, &snapshot->slot_is_readable, problem);
	return status;
}

static bool snapshot_is_of_one_instant(const struct snapshot *snapshot)
{
	return snapshot->before.size == snapshot->after.size &&
	       memcmp(snapshot->before.bytes, snapshot->after.bytes, snapshot->after.size) == 0;
}

/* Each extend writes its slot first, so while that is the same at most the end of one extend came between. */
static enum tally_status snapshot_take(const struct tally_authority *owner, struct snapshot *snapshot,
				       struct tally_problem *problem)
{
	for (unsigned n = 0; n < TRY_LIMIT; n++) {
		enum tally_status status;

		snapshot_drop_log(snapshot);
		status = snapshot_try(owner, snapshot, problem);
		if (status != TALLY_OK)
			return status;
		if (snapshot_is_of_one_instant(snapshot))
			return tally_log_view_shorten(owner, snapshot->log_fd, &snapshot->view);
	}
	tally_problem_set(problem, "%s/%s is written to without a pause: try again", owner->directory.path,
			  TALLY_FILE_LOG);
	return TALLY_TRY_AGAIN;
}

/* --- what it shows --- */

/* What can't be parsed is torn: it leaves no slot in the history. */
static enum tally_status examine_slot(struct tally_history *history, const struct snapshot *snapshot)
{
	struct tally_intent intent;
	enum tally_status status;

	if (snapshot->after.size == 0)
		return TALLY_OK;
	status = tally_intent_read(tally_bytes(snapshot->after.bytes, snapshot->after.size), &intent);
	if (status == TALLY_CRYPTO)
		return status;
	return status == TALLY_OK ? tally_history_see_slot(history, &intent) : TALLY_OK;
}

/* Gaps that fills name, each once. */
struct filled_gaps {
	uint64_t *number;
	size_t count;
	size_t room;
};

static enum tally_status note_fill(struct filled_gaps *gaps, uint64_t first_number, const struct tally_record *record)
{
	struct tally_control_fill fill;

	/* Of a gap that was trimmed nothing is counted. */
	if (tally_control_read_fill(record->content, &fill) != TALLY_OK || fill.gap < first_number)
		return TALLY_OK;
	if (gaps->count == gaps->room) {
		size_t room = gaps->room ? 2 * gaps->room : 16;
		uint64_t *grown = realloc(gaps->number, room * sizeof(*grown));

		if (!grown)
			return TALLY_NO_MEMORY;
		gaps->number = grown;
		gaps->room = room;
	}
	gaps->number[gaps->count++] = fill.gap;
	return TALLY_OK;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t count_filled(struct filled_gaps *gaps)
{
	uint64_t count = 0;

	if (gaps->count)
		qsort(gaps->number, gaps->count, sizeof(gaps->number[0]), compare_numbers);
	for (size_t i = 0; i < gaps->count; i++)
		count += i == 0 || gaps->number[i] != gaps->number[i - 1];
	return count;
}

static enum tally_status examine_records(struct tally_history *history, const struct tally_log_view *view,
					 struct tally_examination *ret)
{
	struct tally_cursor cursor = tally_cursor(view->bytes);
	struct filled_gaps gaps = { .number = NULL };
	enum tally_status status = TALLY_OK;

	while (!tally_cursor_is_done(&cursor) && status == TALLY_OK) {
		struct tally_record record;

		status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);
		if (status == TALLY_OK)
			status = tally_history_apply(history, &record);
		if (status == TALLY_OK && tally_control_word(&record) == TALLY_CONTROL_FILL)
			status = note_fill(&gaps, history->first_number, &record);
	}
	ret->filled_gap_count = count_filled(&gaps);
	free(gaps.number);
	/* These say nothing of the log. */
	if (status == TALLY_NO_MEMORY || status == TALLY_CRYPTO)
		return status;
	ret->damage = status == TALLY_OK ? view->damage : status;
	ret->is_damaged = ret->damage != TALLY_OK;
	ret->damage_offset = history->size;
	return TALLY_OK;
}

static enum tally_status examine_live(const struct tally_authority *owner, struct tally_history *history,
				      const struct snapshot *snapshot, struct tally_examination *ret)
{
	for (size_t reg = 0; reg < owner->runtime_count; reg++) {
		struct tally_digests value;
		enum tally_status status = tally_replay_value(&history->replay, reg, &value);

		if (status != TALLY_OK)
			return status;
		ret->differing_count += !tally_digests_equal(&snapshot->live[reg], &value);
		ret->unpinned_gap_count += history->jump[reg].is_open;
	}
	return TALLY_OK;
}

static enum tally_status examine(const struct tally_authority *owner, struct tally_history *history,
				 const struct snapshot *snapshot, struct tally_examination *ret)
{
	enum tally_status status = examine_slot(history, snapshot);

	if (status == TALLY_OK)
		status = examine_records(history, &snapshot->view, ret);
	if (status == TALLY_OK)
		status = tally_history_place_slot(history);
	if (status == TALLY_OK)
		status = examine_live(owner, history, snapshot, ret);
	ret->slot = snapshot->slot_is_readable ? tally_history_slot_class(history, snapshot->after.size != 0)
					       : TALLY_SLOT_UNSET;
	ret->record_count = history->size ? history->next - history->first_number : 0;
	ret->log_size = history->size;
	ret->torn_size = ret->is_damaged ? 0 : snapshot->view.torn_size;
	ret->capacity = history->capacity;
	ret->gap_count = history->gap_count;
	ret->open_attempt_count = history->attempt_count;
	ret->is_other_boot =
		history->size != 0 && memcmp(history->boot_id, owner->boot_id, sizeof(owner->boot_id)) != 0;
	return status;
}

enum tally_status tally_authority_examine(struct tally_authority *owner, struct tally_examination *ret,
					  struct tally_problem *problem)
{
	struct tally_examination examination = { 0 };
	struct tally_history *history = malloc(sizeof(*history));
	struct snapshot *snapshot = snapshot_new();
	enum tally_status status = history && snapshot ? snapshot_take(owner, snapshot, problem) : TALLY_NO_MEMORY;

	if (status == TALLY_OK) {
		tally_history_init(history, owner->registers);
		status = examine(owner, history, snapshot, &examination);
		tally_history_done(history);
	}
	free(history);
	snapshot_free(snapshot);
	if (status == TALLY_OK)
		*ret = examination;
	return status;
}
