// SPDX-License-Identifier: BSD-2-Clause
/* The hash of core/env.h, by OpenSSL: one context a thread, kept between calls. */
#include <openssl/evp.h>
#include <pthread.h>

#include "../core/digest.h"

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

static const EVP_MD *algorithm_md(uint16_t alg, size_t *ret_slot)
{
	switch (alg) {
	case TALLY_SHA1:
		*ret_slot = 0;
		return EVP_sha1();
	case TALLY_SHA256:
		*ret_slot = 1;
		return EVP_sha256();
	case TALLY_SHA384:
		*ret_slot = 2;
		return EVP_sha384();
	case TALLY_SHA512:
		*ret_slot = 3;
		return EVP_sha512();
	case TALLY_SM3_256:
		*ret_slot = 4;
		return EVP_sm3();
	default:
		return NULL;
	}
}

/* A context ready for a new message; NULL if OpenSSL can't. */
static EVP_MD_CTX *context_start(struct contexts *contexts, size_t slot, const EVP_MD *md)
{
	EVP_MD_CTX *context = contexts->context[slot];

	if (context)
		return EVP_DigestInit_ex(context, NULL, NULL) == 1 ? context : NULL;
	context = EVP_MD_CTX_new();
	if (!context || EVP_DigestInit_ex(context, md, NULL) != 1) {
		EVP_MD_CTX_free(context);
		return NULL;
	}
	contexts->context[slot] = context;
	return context;
}

static enum tally_status hash_one(struct contexts *contexts, const struct tally_hash_job *job)
{
	size_t slot;
	const EVP_MD *md = algorithm_md(job->alg, &slot);
	EVP_MD_CTX *context;

	if (!md)
		return TALLY_UNKNOWN_ALGORITHM;
	context = context_start(contexts, slot, md);
	if (!context)
		return TALLY_CRYPTO;
	for (size_t i = 0; i < TALLY_HASH_PARTS; i++)
		if (job->parts[i].size && EVP_DigestUpdate(context, job->parts[i].data, job->parts[i].size) != 1)
			return TALLY_CRYPTO;
	return EVP_DigestFinal_ex(context, job->ret_digest, NULL) == 1 ? TALLY_OK : TALLY_CRYPTO;
}

enum tally_status tally_env_hash(const struct tally_hash_job *jobs, size_t job_count)
{
	struct contexts *contexts = contexts_get();

	if (!contexts)
		return TALLY_CRYPTO;
	for (size_t i = 0; i < job_count; i++) {
		enum tally_status status = hash_one(contexts, &jobs[i]);

		if (status != TALLY_OK)
			return status;
	}
	return TALLY_OK;
}
