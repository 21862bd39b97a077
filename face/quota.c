// SPDX-License-Identifier: BSD-2-Clause
/* What each user holds or has used: a table that grows with the users and is never walked by a request of theirs. */
#include "quota.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define BUCKETS 256

struct account {
	struct account *next;
	uid_t user;
	uint64_t used[TALLY_QUOTA_KIND_COUNT];
};

/* mutex protects the accounts. One that is all zeros goes. */
struct tally_quota {
	pthread_mutex_t mutex;
	struct account *bucket[BUCKETS];
};

struct tally_quota *tally_quota_new(void)
{
	struct tally_quota *quota = calloc(1, sizeof(*quota));

	if (quota)
		pthread_mutex_init(&quota->mutex, NULL);
	return quota;
}

void tally_quota_free(struct tally_quota *quota)
{
	if (!quota)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (quota->bucket[i]) {
			struct account *next = quota->bucket[i]->next;

			free(quota->bucket[i]);
			quota->bucket[i] = next;
		}
	}
	pthread_mutex_destroy(&quota->mutex);
	free(quota);
}

/* Where the user's account hangs, or would. */
static struct account **account_place(struct tally_quota *quota, uid_t user)
{
	struct account **place = &quota->bucket[(user ^ user >> 16) % BUCKETS];

	while (*place && (*place)->user != user)
		place = &(*place)->next;
	return place;
}

static bool account_is_empty(const struct account *account)
{
	for (size_t kind = 0; kind < TALLY_QUOTA_KIND_COUNT; kind++)
		if (account->used[kind])
			return false;
	return true;
}

static int take_held(struct tally_quota *quota, uid_t user, enum tally_quota_kind kind, uint64_t amount, uint64_t limit)
{
	struct account **place = account_place(quota, user);
	uint64_t used = *place ? (*place)->used[kind] : 0;

	if (used > limit || amount > limit - used)
		return -EDQUOT;
	if (!*place) {
		*place = calloc(1, sizeof(**place));
		if (!*place)
			return -ENOMEM;
		(*place)->user = user;
	}
	(*place)->used[kind] += amount;
	return 0;
}

int tally_quota_take(struct tally_quota *quota, uid_t user, enum tally_quota_kind kind, uint64_t amount, uint64_t limit)
{
	int error;

	if (amount == 0)
		return 0;
	pthread_mutex_lock(&quota->mutex);
	error = take_held(quota, user, kind, amount, limit);
	pthread_mutex_unlock(&quota->mutex);
	return error;
}

void tally_quota_give(struct tally_quota *quota, uid_t user, enum tally_quota_kind kind, uint64_t amount)
{
	struct account **place;
	struct account *account;

	if (amount == 0)
		return;
	pthread_mutex_lock(&quota->mutex);
	place = account_place(quota, user);
	account = *place;
	assert(account && account->used[kind] >= amount);
	account->used[kind] -= amount;
	if (account_is_empty(account)) {
		*place = account->next;
		free(account);
	}
	pthread_mutex_unlock(&quota->mutex);
}

uint64_t tally_quota_used(struct tally_quota *quota, uid_t user, enum tally_quota_kind kind)
{
	struct account *account;
	uint64_t used;

	pthread_mutex_lock(&quota->mutex);
	account = *account_place(quota, user);
	used = account ? account->used[kind] : 0;
	pthread_mutex_unlock(&quota->mutex);
	return used;
}
