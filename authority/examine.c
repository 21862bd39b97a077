// SPDX-License-Identifier: BSD-2-Clause
/* What doctor tells of an authority's files, found out without changing anything. */
#include "owner.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* The slot as the history wants it; a file that can't be read or parsed leaves none. The bytes are freed by the caller. */
static enum tally_status examine_slot(struct tally_authority *owner, struct tally_history *history, uint8_t **ret_bytes,
				      bool *ret_is_present)
{
	size_t limit = TALLY_CONTROL_LIMIT + 8192;
	struct tally_intent intent;
	size_t got = 0;
	int fd = openat(owner->directory.fd, TALLY_FILE_INTENT, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum tally_status status;

	*ret_is_present = false;
	if (fd < 0)
		return errno == ENOENT ? TALLY_OK : TALLY_PERMISSION;
	*ret_bytes = malloc(limit);
	status = *ret_bytes ? tally_file_read(fd, *ret_bytes, limit, 0, &got) : TALLY_NO_MEMORY;
	close(fd);
	if (status != TALLY_OK || got == 0)
		return status;
	*ret_is_present = true;
	if (tally_intent_read(tally_bytes(*ret_bytes, got), &intent) != TALLY_OK)
		return TALLY_OK;
	return tally_history_see_slot(history, &intent);
}

static void examine_records(struct tally_history *history, const struct tally_log_view *view,
			    struct tally_examination *ret)
{
	struct tally_cursor cursor = tally_cursor(view->bytes);

	ret->damage = TALLY_OK;
	while (!tally_cursor_is_done(&cursor) && ret->damage == TALLY_OK) {
		struct tally_record record;

		ret->damage = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);
		if (ret->damage == TALLY_OK)
			ret->damage = tally_history_apply(history, &record);
	}
	if (ret->damage == TALLY_OK)
		ret->damage = view->damage;
	ret->is_damaged = ret->damage != TALLY_OK;
	ret->damage_offset = history->size;
}

static enum tally_status examine_live(struct tally_authority *owner, struct tally_history *history,
				      struct tally_examination *ret, struct tally_problem *problem)
{
	for (size_t reg = 0; reg < owner->runtime_count; reg++) {
		struct tally_digests live;
		struct tally_digests value;
		bool is_locked;
		enum tally_status status =
			owner->provider->read(owner->instance, reg, tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS),
					      &live, &is_locked, problem);

		if (status == TALLY_OK)
			status = tally_replay_value(&history->replay, reg, &value);
		if (status != TALLY_OK)
			return status;
		ret->differing_count += !tally_digests_equal(&live, &value);
		ret->unpinned_gap_count += history->jump[reg].is_open;
	}
	return TALLY_OK;
}

static enum tally_status examine(struct tally_authority *owner, struct tally_history *history,
				 const struct tally_log_view *view, struct tally_examination *ret,
				 struct tally_problem *problem)
{
	uint8_t *slot = NULL;
	bool slot_is_present;
	enum tally_status status = examine_slot(owner, history, &slot, &slot_is_present);
	bool slot_is_readable = status != TALLY_PERMISSION;

	if (status == TALLY_OK || status == TALLY_PERMISSION) {
		examine_records(history, view, ret);
		status = tally_history_place_slot(history);
	}
	if (status == TALLY_OK)
		status = examine_live(owner, history, ret, problem);
	ret->slot = slot_is_readable ? tally_history_slot_class(history, slot_is_present) : TALLY_SLOT_UNSET;
	ret->record_count = history->next;
	ret->log_size = history->size;
	ret->torn_size = ret->is_damaged ? 0 : view->torn_size;
	ret->capacity = history->capacity;
	ret->gap_count = history->gap_count;
	ret->open_attempt_count = history->attempt_count;
	ret->is_other_boot =
		history->next != 0 && memcmp(history->boot_id, owner->boot_id, sizeof(owner->boot_id)) != 0;
	free(slot);
	return status;
}

enum tally_status tally_authority_examine(struct tally_authority *owner, struct tally_examination *ret,
					  struct tally_problem *problem)
{
	struct tally_examination examination = { 0 };
	struct tally_history *history = malloc(sizeof(*history));
	struct tally_log_view view;
	enum tally_status status = history ? tally_authority_log(owner, &view, problem) : TALLY_NO_MEMORY;

	if (status != TALLY_OK) {
		free(history);
		return status;
	}
	tally_history_init(history, owner->registers);
	status = examine(owner, history, &view, &examination, problem);
	tally_history_done(history);
	free(history);
	tally_log_view_done(&view);
	if (status == TALLY_OK)
		*ret = examination;
	return status;
}
