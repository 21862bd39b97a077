/* SPDX-License-Identifier: BSD-2-Clause */
/* A log that is read record by record while others append to it: a piece of the file, and a position in it. */
#ifndef TALLY_AUTHORITY_LOG_WINDOW_H
#define TALLY_AUTHORITY_LOG_WINDOW_H

#include "../core/record.h"

/* buffer holds size bytes of fd from offset on, of which used were taken. fd is somebody else's, or -1. */
struct tally_log_window {
	int fd;
	uint64_t offset;
	uint8_t *buffer;
	size_t capacity;
	size_t size;
	size_t used;
};

/* Read from this file, from this offset on; the buffer stays. */
void tally_log_window_set(struct tally_log_window *window, int fd, uint64_t offset);
void tally_log_window_done(struct tally_log_window *window);

/* Where the next record stands. */
uint64_t tally_log_window_position(const struct tally_log_window *window);

/*
 * The next record, which stays the next one until it is taken; borrowed until the next call. TALLY_TRUNCATED if it is
 * not all there, and it is read anew the next time: a torn tail may have been another's. TALLY_SYSTEM with errno, and
 * as tally_cel_read.
 */
TALLY_MUST_CHECK enum tally_status tally_log_window_read(struct tally_log_window *window, struct tally_record *ret);
void tally_log_window_take(struct tally_log_window *window, const struct tally_record *record);

/* Forget what was read behind the position. */
void tally_log_window_forget(struct tally_log_window *window);

#endif
