// SPDX-License-Identifier: BSD-2-Clause
/* Reading a log record by record from a file that grows. */
#include "log_window.h"

#include <stdlib.h>

#include "../format/cel_tlv.h"
#include "../format/control.h"
#include "directory.h"

#define READ_STEP (64 * 1024)
#define RECORD_LIMIT (TALLY_CONTROL_LIMIT + 64 * 1024) /* what is longer and not whole is no torn tail */

void tally_log_window_set(struct tally_log_window *window, int fd, uint64_t offset)
{
	window->fd = fd;
	window->offset = offset;
	window->size = 0;
	window->used = 0;
}

void tally_log_window_done(struct tally_log_window *window)
{
	free(window->buffer);
	memset(window, 0, sizeof(*window));
	window->fd = -1;
}

uint64_t tally_log_window_position(const struct tally_log_window *window)
{
	return window->offset + window->used;
}

void tally_log_window_take(struct tally_log_window *window, const struct tally_record *record)
{
	window->used += record->encoded.size;
}

void tally_log_window_forget(struct tally_log_window *window)
{
	window->size = window->used;
}

/* More bytes behind those that were taken. */
static enum tally_status fill(struct tally_log_window *window, size_t wanted)
{
	if (wanted > window->capacity) {
		uint8_t *grown = realloc(window->buffer, wanted);

		if (!grown)
			return TALLY_NO_MEMORY;
		window->buffer = grown;
		window->capacity = wanted;
	}
	window->offset += window->used;
	window->used = 0;
	window->size = 0;
	return tally_file_read(window->fd, window->buffer, window->capacity, window->offset, &window->size);
}

static enum tally_status parse(const struct tally_log_window *window, struct tally_record *ret)
{
	struct tally_cursor cursor =
		tally_cursor(tally_bytes(window->buffer + window->used, window->size - window->used));

	if (tally_cursor_is_done(&cursor))
		return TALLY_TRUNCATED;
	return tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, ret);
}

enum tally_status tally_log_window_read(struct tally_log_window *window, struct tally_record *ret)
{
	enum tally_status status = parse(window, ret);
	size_t wanted = READ_STEP;

	while (status == TALLY_TRUNCATED) {
		status = fill(window, wanted);
		if (status != TALLY_OK)
			return status;
		status = parse(window, ret);
		if (window->size < window->capacity)
			return status;
		if (wanted > RECORD_LIMIT)
			return status == TALLY_TRUNCATED ? TALLY_OUT_OF_RANGE : status;
		wanted = 4 * window->capacity;
	}
	return status;
}
