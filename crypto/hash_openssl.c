// SPDX-License-Identifier: BSD-2-Clause
/* The hash of core/env.h, by OpenSSL: one context a thread, kept between calls; short messages side by side in lanes. */
#include <openssl/evp.h>
#include <pthread.h>

#include "../core/digest.h"
#include "hash_lanes.h"

#define ALGORITHM_COUNT 5

/* One context per algorithm, because keeping the algorithm saves most of what starting a hash costs. */
struct contexts {
	EVP_MD_CTX *context[ALGORITHM_COUNT];
};

static pthread_key_t contexts_key;
static pthread_once_t contexts_once = PTHREAD_ONCE_INIT;
static bool contexts_key_exists;
static _Thread_local struct contexts *thread_contexts;

static void contexts_free(void *memory)
{
	struct contexts *contexts = memory;

	for (size_t i = 0; i < ALGORITHM_COUNT; i++)
		EVP_MD_CTX_free(contexts->context[i]);
	OPENSSL_free(contexts);
	thread_contexts = NULL;
}

static void contexts_key_create(void)
{
	contexts_key_exists = pthread_key_create(&contexts_key, contexts_free) == 0;
}

static struct contexts *contexts_get(void)
{
	if (thread_contexts)
		return thread_contexts;
	pthread_once(&contexts_once, contexts_key_create);
	if (!contexts_key_exists)
		return NULL;
	thread_contexts = OPENSSL_zalloc(sizeof(*thread_contexts));
	if (thread_contexts && pthread_setspecific(contexts_key, thread_contexts) != 0) {
		OPENSSL_free(thread_contexts);
		thread_contexts = NULL;
	}
	return thread_contexts;
}

/* OpenSSL's names. An algorithm's place here is that of its context. */
static const struct {
	uint16_t alg;
	const char *name;
} algorithms[ALGORITHM_COUNT] = {
	{ TALLY_SHA384, "SHA2-384" }, { TALLY_SHA256, "SHA2-256" }, { TALLY_SHA1, "SHA1" },
	{ TALLY_SHA512, "SHA2-512" }, { TALLY_SM3_256, "SM3" },
};

static size_t algorithm_slot(uint16_t alg)
{
	size_t slot = 0;

	while (slot < ALGORITHM_COUNT && algorithms[slot].alg != alg)
		slot++;
	return slot;
}

static EVP_MD_CTX *context_new(const char *name)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	/* Fetched by name: with EVP_sha384() and its kin OpenSSL looks the algorithm up at every start. */
	EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);

	if (!context || !md || EVP_DigestInit_ex2(context, md, NULL) != 1) {
		EVP_MD_CTX_free(context);
		context = NULL;
	}
	EVP_MD_free(md); /* the context keeps a reference of its own */
	return context;
}

/* A context ready for a new message; NULL if OpenSSL can't. */
static EVP_MD_CTX *context_start(struct contexts *contexts, size_t slot)
{
	EVP_MD_CTX *context = contexts->context[slot];

	if (context)
		return EVP_DigestInit_ex2(context, NULL, NULL) == 1 ? context : NULL;
	context = context_new(algorithms[slot].name);
	contexts->context[slot] = context;
	return context;
}

/* Most messages are two digests: joined, they are one call. Larger parts are hashed where they are. */
static bool hash_parts(EVP_MD_CTX *context, const struct tally_bytes parts[TALLY_HASH_PARTS])
{
	uint8_t joined[2 * TALLY_DIGEST_LIMIT];
	size_t size = 0;

	for (size_t i = 0; i < TALLY_HASH_PARTS; i++) {
		if (parts[i].size == 0)
			continue;
		if (parts[i].size > sizeof(joined) - size) {
			if (EVP_DigestUpdate(context, joined, size) != 1 ||
			    EVP_DigestUpdate(context, parts[i].data, parts[i].size) != 1)
				return false;
			size = 0;
			continue;
		}
		memcpy(joined + size, parts[i].data, parts[i].size);
		size += parts[i].size;
	}
	return EVP_DigestUpdate(context, joined, size) == 1;
}

static enum tally_status hash_one(struct contexts *contexts, const struct tally_hash_job *job)
{
	size_t slot = algorithm_slot(job->alg);
	EVP_MD_CTX *context;

	if (slot == ALGORITHM_COUNT)
		return TALLY_UNKNOWN_ALGORITHM;
	context = context_start(contexts, slot);
	if (!context || !hash_parts(context, job->parts))
		return TALLY_CRYPTO;
	return EVP_DigestFinal_ex(context, job->ret_digest, NULL) == 1 ? TALLY_OK : TALLY_CRYPTO;
}

/* Jobs put together until all lanes are full. */
struct batch {
	const struct tally_hash_job *job[TALLY_LANES];
	size_t count;
};

static bool fits_lane(const struct tally_hash_job *job)
{
	size_t size = 0;

	if (job->alg != TALLY_SHA384)
		return false;
	for (size_t i = 0; i < TALLY_HASH_PARTS; i++) {
		if (job->parts[i].size > TALLY_LANES_MESSAGE_LIMIT)
			return false;
		size += job->parts[i].size;
	}
	return size <= TALLY_LANES_MESSAGE_LIMIT;
}

/* A lane left over does another's work once more: two messages already take less time than one after the other. */
static enum tally_status batch_hash(struct contexts *contexts, struct batch *batch)
{
	if (batch->count == 1)
		return hash_one(contexts, batch->job[0]);
	for (size_t i = batch->count; i < TALLY_LANES; i++)
		batch->job[i] = batch->job[0];
	if (batch->count != 0)
		tally_lanes_sha384(batch->job);
	batch->count = 0;
	return TALLY_OK;
}

/* The jobs of one call are independent: those that fit go into the lanes, the others one by one. */
static enum tally_status hash_in_lanes(struct contexts *contexts, const struct tally_hash_job *jobs, size_t job_count)
{
	struct batch batch = { .count = 0 };
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; status == TALLY_OK && i < job_count; i++) {
		if (!fits_lane(&jobs[i])) {
			status = hash_one(contexts, &jobs[i]);
			continue;
		}
		batch.job[batch.count++] = &jobs[i];
		if (batch.count == TALLY_LANES)
			status = batch_hash(contexts, &batch);
	}
	return status == TALLY_OK ? batch_hash(contexts, &batch) : status;
}

enum tally_status tally_env_hash(const struct tally_hash_job *jobs, size_t job_count)
{
	struct contexts *contexts = contexts_get();
	enum tally_status status = TALLY_OK;

	if (!contexts)
		return TALLY_CRYPTO;
	if (job_count > 1 && tally_lanes_are_fast())
		return hash_in_lanes(contexts, jobs, job_count);
	for (size_t i = 0; status == TALLY_OK && i < job_count; i++)
		status = hash_one(contexts, &jobs[i]);
	return status;
}
