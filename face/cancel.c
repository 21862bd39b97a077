// SPDX-License-Identifier: BSD-2-Clause
/* A caller that gave up: how the thread that works for it learns so. */
#include "cancel.h"

#include <sys/eventfd.h>
#include <unistd.h>

void tally_cancel_init(struct tally_cancel *cancel)
{
	pthread_mutex_init(&cancel->mutex, NULL);
	cancel->is_set = false;
	cancel->fd = -1;
}

void tally_cancel_done(struct tally_cancel *cancel)
{
	if (cancel->fd >= 0)
		close(cancel->fd);
	pthread_mutex_destroy(&cancel->mutex);
}

void tally_cancel_set(struct tally_cancel *cancel)
{
	pthread_mutex_lock(&cancel->mutex);
	if (!cancel->is_set && cancel->fd >= 0)
		eventfd_write(cancel->fd, 1);
	cancel->is_set = true;
	pthread_mutex_unlock(&cancel->mutex);
}

bool tally_cancel_is_set(struct tally_cancel *cancel)
{
	bool is_set;

	pthread_mutex_lock(&cancel->mutex);
	is_set = cancel->is_set;
	pthread_mutex_unlock(&cancel->mutex);
	return is_set;
}

/* Most callers never give up, and a thousand of them have no thousand descriptors: it is made when it is needed. */
int tally_cancel_fd(struct tally_cancel *cancel)
{
	int fd;

	pthread_mutex_lock(&cancel->mutex);
	if (cancel->fd < 0)
		cancel->fd = eventfd(cancel->is_set ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
	fd = cancel->fd;
	pthread_mutex_unlock(&cancel->mutex);
	return fd;
}
