/* SPDX-License-Identifier: BSD-2-Clause */
/* Those who wait for records: one thread watches the log for all of them, and only while there are some. */
#ifndef TALLY_FACE_LOG_WATCH_H
#define TALLY_FACE_LOG_WATCH_H

#include "../provider/provider.h"
#include "cancel.h"

/* One who waits. */
struct tally_log_waiter {
	struct tally_log_waiter *next;
	uint64_t generation; /* tally_log_watch_generation, from before the log was looked at */
	tally_deadline deadline;
	struct tally_cancel *cancel; /* NULL for none */
	/* Called once, by any thread, which must not be kept: the log has changed, or the time is over, or it was given up. */
	void (*wake)(struct tally_log_waiter *waiter);
};

struct tally_log_watch;

/* Watch the log in this directory; where the kernel can't, it is looked at now and then. TALLY_NO_MEMORY. */
TALLY_MUST_CHECK enum tally_status tally_log_watch_new(const char *directory, struct tally_log_watch **ret);

/* Wake all, and from now on everybody at once. */
void tally_log_watch_stop(struct tally_log_watch *watch);
/* After it was stopped, and nobody adds any more. */
void tally_log_watch_free(struct tally_log_watch *watch);

uint64_t tally_log_watch_generation(struct tally_log_watch *watch);

/* Wait; *waiter is the watch's until it is woken, which may be at once. */
void tally_log_watch_add(struct tally_log_watch *watch, struct tally_log_waiter *waiter);

#endif
