// SPDX-License-Identifier: BSD-2-Clause
/* Reports beside extends: instances of the provider that do nothing else, so that nobody waits for one that is slow. */
#include "owner.h"

#include <time.h>

#include "../provider/forks.h"

#define NANOSECONDS 1000000000ULL

void tally_signers_init(struct tally_signers *signers, unsigned limit, const struct tally_provider_options *options)
{
	pthread_condattr_t attributes;

	memset(signers, 0, sizeof(*signers));
	signers->limit = limit < TALLY_SIGNER_LIMIT ? limit : TALLY_SIGNER_LIMIT;
	signers->options = *options;
	pthread_mutex_init(&signers->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&signers->change, &attributes);
	pthread_condattr_destroy(&attributes);
}

void tally_signers_done(struct tally_signers *signers, const struct tally_provider *provider)
{
	for (unsigned i = 0; i < signers->free_count; i++)
		provider->close(signers->instance[i]);
	pthread_cond_destroy(&signers->change);
	pthread_mutex_destroy(&signers->mutex);
}

/* A place, and the instance that is free or NULL: then there is room for one more. */
static enum tally_status take_place(struct tally_signers *signers, tally_deadline deadline, void **ret)
{
	const struct timespec until = { (time_t)(deadline / NANOSECONDS), (long)(deadline % NANOSECONDS) };
	int error = 0;

	pthread_mutex_lock(&signers->mutex);
	while (signers->busy_count == signers->limit && error == 0)
		error = pthread_cond_timedwait(&signers->change, &signers->mutex, &until);
	if (signers->busy_count < signers->limit) {
		error = 0;
		signers->busy_count++;
		*ret = signers->free_count ? signers->instance[--signers->free_count] : NULL;
	}
	pthread_mutex_unlock(&signers->mutex);
	return error ? TALLY_DEADLINE : TALLY_OK;
}

static void give_place(struct tally_signers *signers, void *instance)
{
	pthread_mutex_lock(&signers->mutex);
	if (instance)
		signers->instance[signers->free_count++] = instance;
	signers->busy_count--;
	pthread_cond_signal(&signers->change);
	pthread_mutex_unlock(&signers->mutex);
}

static enum tally_status report_beside(struct tally_authority *owner,
				       const uint8_t report_data[TALLY_REPORT_DATA_BYTES], struct tally_bytes nonce,
				       tally_deadline deadline, struct tally_report *ret, struct tally_problem *problem)
{
	struct tally_signers *signers = &owner->signers;
	struct tally_provider_options options = signers->options;
	void *instance = NULL;
	enum tally_status status = take_place(signers, deadline, &instance);

	if (status != TALLY_OK) {
		tally_problem_set(problem, "others have reports made, and there was no turn in time: try again later");
		return status;
	}
	options.directory = owner->directory.path;
	if (!instance)
		status = owner->provider->open(&options, &instance, problem);
	if (status == TALLY_OK)
		status = owner->provider->report(instance, report_data, nonce, deadline, ret, problem);
	give_place(signers, instance);
	return status;
}

enum tally_status tally_owner_report(struct tally_authority *owner, const uint8_t report_data[TALLY_REPORT_DATA_BYTES],
				     struct tally_bytes nonce, tally_deadline deadline, struct tally_report *ret,
				     struct tally_problem *problem)
{
	enum tally_status status;

	if (owner->signers.limit > 0 && owner->forks == tally_forks())
		return report_beside(owner, report_data, nonce, deadline, ret, problem);
	/* The mutex only: no file is locked while the TSM signs. */
	status = tally_owner_enter(owner, deadline, problem);
	if (status != TALLY_OK)
		return status;
	status = owner->provider->report(owner->instance, report_data, nonce, deadline, ret, problem);
	tally_owner_leave(owner);
	return status;
}
