// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Replay with extends of different registers hashed in one call. */
#include "replay.h"

/* Extends held back before they are hashed: enough for any vector unit, few enough to stay in cache. */
#define PENDING_LIMIT 16
#define JOB_LIMIT (PENDING_LIMIT * TALLY_BANK_LIMIT)

void tally_replay_init(struct tally_replay *replay, const struct tally_register_set *set)
{
	replay->set = set;
	replay->pending = 0;
	replay->pending_count = 0;
	for (size_t i = 0; i < tally_registers_runtime_count(set); i++) {
		replay->value[i] = set->item[i].reset;
		memset(&replay->next[i], 0, sizeof(replay->next[i]));
	}
}

static bool replay_has(const struct tally_replay *replay, size_t i)
{
	return i < replay->set->count && replay->set->item[i].kind == TALLY_RUNTIME;
}

static size_t replay_jobs(struct tally_replay *replay, size_t i, struct tally_hash_job *jobs)
{
	const struct tally_digests *next = &replay->next[i];
	struct tally_digests *value = &replay->value[i];
	bool is_padded = replay->set->item[i].extend_rule == TALLY_EXTEND_PADDED;

	for (size_t bank = 0; bank < value->count; bank++) {
		struct tally_bytes old = tally_digest_bytes(&value->digest[bank]);

		jobs[bank].alg = value->digest[bank].alg;
		jobs[bank].parts[0] = old;
		/* Bytes of a struct tally_digest beyond its size are zero: they are the padding. */
		jobs[bank].parts[1] = tally_bytes(next->digest[bank].bytes, is_padded ? TALLY_DIGEST_LIMIT : old.size);
		jobs[bank].parts[2] = tally_bytes(NULL, 0);
		jobs[bank].ret_digest = value->digest[bank].bytes;
	}
	return value->count;
}

/* Hash what is held back. A failure leaves it held back, so that no value is ever half done. */
static enum tally_status replay_flush(struct tally_replay *replay)
{
	struct tally_hash_job jobs[JOB_LIMIT];
	enum tally_status status;
	size_t count = 0;

	if (replay->pending == 0)
		return TALLY_OK;
	for (size_t i = 0; replay->pending >> i != 0; i++)
		if (replay->pending >> i & 1)
			count += replay_jobs(replay, i, &jobs[count]);
	status = tally_env_hash(jobs, count);
	if (status == TALLY_OK) {
		replay->pending = 0;
		replay->pending_count = 0;
	}
	return status;
}

enum tally_status tally_replay_extend(struct tally_replay *replay, size_t i, const struct tally_digests *digests)
{
	enum tally_status status = TALLY_OK;

	if (!replay_has(replay, i))
		return TALLY_UNKNOWN_REGISTER;
	if (!tally_digests_same_banks(&replay->value[i], digests))
		return TALLY_BANK_SET;
	if (replay->pending >> i & 1 || replay->pending_count == PENDING_LIMIT)
		status = replay_flush(replay);
	if (status != TALLY_OK)
		return status;
	for (size_t bank = 0; bank < digests->count; bank++)
		replay->next[i].digest[bank] = digests->digest[bank];
	replay->next[i].count = digests->count;
	replay->pending |= (uint64_t)1 << i;
	replay->pending_count++;
	return TALLY_OK;
}

enum tally_status tally_replay_jump(struct tally_replay *replay, size_t i, const struct tally_digests *value)
{
	if (!replay_has(replay, i))
		return TALLY_UNKNOWN_REGISTER;
	if (!tally_digests_same_banks(&replay->value[i], value))
		return TALLY_BANK_SET;
	if (replay->pending >> i & 1) {
		replay->pending &= ~((uint64_t)1 << i);
		replay->pending_count--;
	}
	replay->value[i] = *value;
	return TALLY_OK;
}

enum tally_status tally_replay_value(struct tally_replay *replay, size_t i, struct tally_digests *ret)
{
	enum tally_status status;

	if (!replay_has(replay, i))
		return TALLY_UNKNOWN_REGISTER;
	status = replay_flush(replay);
	if (status == TALLY_OK)
		*ret = replay->value[i];
	return status;
}
