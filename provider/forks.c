// SPDX-License-Identifier: BSD-2-Clause
/* Forks counted by a handler, because asking the kernel for the process's id costs a system call each time. */
#include "forks.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned forks;

static void count(void)
{
	forks++;
}

static void watch(void)
{
	pthread_atfork(NULL, NULL, count);
}

unsigned tally_forks(void)
{
	pthread_once(&once, watch);
	return forks;
}
