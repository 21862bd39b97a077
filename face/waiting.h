/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that wait: each is answered exactly once, by whoever works for it, or because its caller or its time is gone. */
#ifndef TALLY_FACE_WAITING_H
#define TALLY_FACE_WAITING_H

#include <pthread.h>
#include <sys/types.h>

#include "../provider/provider.h"
#include "cancel.h"

/* One request. It is in the list until somebody takes the right to answer it. */
struct tally_waiting {
	struct tally_waiting *next;
	struct tally_waiting *previous;
	void *request; /* what is answered */
	pid_t thread;  /* of the caller; 0 if it can't be seen from here */
	tally_deadline deadline;
	bool is_begun;		     /* and can't be taken back: EIO when its time is gone */
	bool is_interrupted;	     /* the caller got a signal: perhaps one that kills it */
	struct tally_cancel *cancel; /* set when nobody waits for the work any more; may be NULL */
};

/* Answer with an error. Called with the lock held. */
typedef void tally_waiting_fail(void *request, int error);

/* lock protects the list. A thread looks after it: nothing of it is busy while nobody waits. */
struct tally_waiting_list {
	pthread_mutex_t lock;
	pthread_cond_t change;
	pthread_t keeper;
	struct tally_waiting *first;
	tally_waiting_fail *fail;
	bool is_asleep;
	bool is_ending;
};

TALLY_MUST_CHECK enum tally_status tally_waiting_init(struct tally_waiting_list *list, tally_waiting_fail *fail);
void tally_waiting_done(struct tally_waiting_list *list);

void tally_waiting_add(struct tally_waiting_list *list, struct tally_waiting *waiting);

/* True: the caller of this answers. False: it was answered already. */
bool tally_waiting_take(struct tally_waiting_list *list, struct tally_waiting *waiting);

/*
 * Work begins that can't be taken back: from here on who is not answered in time does not know whether it was done,
 * and is told so with EIO. False: it was answered already, and must not be done.
 */
bool tally_waiting_begin(struct tally_waiting_list *list, struct tally_waiting *waiting);

/* The caller of this request got a signal. One that is not in the list was answered. */
void tally_waiting_interrupt(struct tally_waiting_list *list, void *request);

/* Answer all with this error. */
void tally_waiting_fail_all(struct tally_waiting_list *list, int error);

/* A signal that ends this thread is pending. spec: proc(5), /proc/PID/status, SigPnd */
bool tally_thread_is_dying(pid_t thread);

#endif
