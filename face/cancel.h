/* SPDX-License-Identifier: BSD-2-Clause */
/* A caller that gave up: how the thread that works for it learns so. */
#ifndef TALLY_FACE_CANCEL_H
#define TALLY_FACE_CANCEL_H

#include <pthread.h>

#include "../core/status.h"
#include "../core/bytes.h"

/* mutex protects the rest. Set once, never reset. */
struct tally_cancel {
	pthread_mutex_t mutex;
	bool is_set;
	int fd; /* -1 until somebody asked for it */
};

void tally_cancel_init(struct tally_cancel *cancel);
void tally_cancel_done(struct tally_cancel *cancel);

void tally_cancel_set(struct tally_cancel *cancel);
bool tally_cancel_is_set(struct tally_cancel *cancel);

/* To be polled for input, which there is once it is set: valid until tally_cancel_done. -1 if there are no descriptors. */
int tally_cancel_fd(struct tally_cancel *cancel);

#endif
