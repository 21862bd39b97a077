// SPDX-License-Identifier: BSD-2-Clause
/* Several messages hashed in one call, held against OpenSSL's own one-shot digest of each. */
#include <openssl/evp.h>

#include "test.h"

#include "../../core/digest.h"

#define JOB_LIMIT 11
#define MESSAGE_LIMIT 300

/* A message whose bytes differ from those of every other seed. */
static void message_fill(uint8_t *message, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		message[i] = (uint8_t)(seed * 131 + i * 7 + (i >> 8));
}

struct work {
	uint8_t message[JOB_LIMIT][MESSAGE_LIMIT];
	uint8_t digest[JOB_LIMIT][TALLY_DIGEST_LIMIT];
	struct tally_hash_job job[JOB_LIMIT];
};

/* Cut into parts where the seed says, empty parts among them. */
static void job_fill(struct work *work, size_t i, uint16_t alg, size_t size)
{
	size_t first = size * (i % 4) / 3 < size ? size * (i % 4) / 3 : size;
	size_t second = (size - first) / (1 + i % 3);
	struct tally_hash_job *job = &work->job[i];

	message_fill(work->message[i], size, (unsigned)(i + size));
	job->alg = alg;
	job->parts[0] = tally_bytes(work->message[i], first);
	job->parts[1] = tally_bytes(work->message[i] + first, second);
	job->parts[2] = tally_bytes(work->message[i] + first + second, size - first - second);
	job->ret_digest = work->digest[i];
}

static void assert_hashed(const struct work *work, size_t i, size_t size)
{
	uint8_t expected[EVP_MAX_MD_SIZE];
	unsigned expected_size = 0;
	const char *name = tally_alg_name(work->job[i].alg);
	const EVP_MD *md = EVP_get_digestbyname(work->job[i].alg == TALLY_SM3_256 ? "sm3" : name);

	assert_non_null(md);
	assert_int_equal(EVP_Digest(work->message[i], size, expected, &expected_size, md, NULL), 1);
	assert_int_equal(expected_size, tally_alg_size(work->job[i].alg));
	assert_memory_equal(work->digest[i], expected, expected_size);
}

static void every_size_and_every_number_of_messages(void **state)
{
	static struct work work;

	(void)state;
	for (size_t size = 0; size < 260; size++)
		for (size_t count = 1; count <= JOB_LIMIT; count++) {
			for (size_t i = 0; i < count; i++)
				job_fill(&work, i, TALLY_SHA384, size);
			assert_int_equal(tally_env_hash(work.job, count), TALLY_OK);
			for (size_t i = 0; i < count; i++)
				assert_hashed(&work, i, size);
		}
}

static void algorithms_and_sizes_mix(void **state)
{
	static const uint16_t algs[] = { TALLY_SHA384, TALLY_SHA1,   TALLY_SHA384, TALLY_SHA256,
					 TALLY_SHA384, TALLY_SHA512, TALLY_SM3_256 };
	static struct work work;

	(void)state;
	for (size_t shift = 0; shift < 120; shift++) {
		for (size_t i = 0; i < JOB_LIMIT; i++)
			job_fill(&work, i, algs[(i + shift) % 7], (shift * 5 + i * 13) % MESSAGE_LIMIT);
		assert_int_equal(tally_env_hash(work.job, JOB_LIMIT), TALLY_OK);
		for (size_t i = 0; i < JOB_LIMIT; i++)
			assert_hashed(&work, i, (shift * 5 + i * 13) % MESSAGE_LIMIT);
	}
}

/* As replay does it: the old value is a part of the message and the place of the new one. */
static void a_digest_may_replace_its_own_message(void **state)
{
	static struct work work;
	uint8_t expected[JOB_LIMIT][EVP_MAX_MD_SIZE];

	(void)state;
	for (size_t i = 0; i < JOB_LIMIT; i++) {
		job_fill(&work, i, TALLY_SHA384, 96);
		assert_int_equal(EVP_Digest(work.message[i], 96, expected[i], NULL, EVP_sha384(), NULL), 1);
		work.job[i].ret_digest = work.message[i];
	}
	assert_int_equal(tally_env_hash(work.job, JOB_LIMIT), TALLY_OK);
	for (size_t i = 0; i < JOB_LIMIT; i++)
		assert_memory_equal(work.message[i], expected[i], 48);
}

static void an_unknown_algorithm_fails_the_call(void **state)
{
	static struct work work;

	(void)state;
	for (size_t at = 0; at < JOB_LIMIT; at++) {
		for (size_t i = 0; i < JOB_LIMIT; i++)
			job_fill(&work, i, i == at ? 0x0027 : TALLY_SHA384, 96);
		assert_int_equal(tally_env_hash(work.job, JOB_LIMIT), TALLY_UNKNOWN_ALGORITHM);
	}
	assert_int_equal(tally_env_hash(work.job, 0), TALLY_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_and_every_number_of_messages),
		cmocka_unit_test(algorithms_and_sizes_mix),
		cmocka_unit_test(a_digest_may_replace_its_own_message),
		cmocka_unit_test(an_unknown_algorithm_fails_the_call),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
