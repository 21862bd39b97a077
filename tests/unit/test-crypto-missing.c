// SPDX-License-Identifier: BSD-2-Clause
/* A libcrypto without algorithms: every call of crypto/ says so, and none crashes or makes a value up. */
#include "test.h"

#include <openssl/provider.h>

#include "../../core/digest.h"
#include "../../core/replay.h"
#include "../../crypto/sign.h"
#include "../../crypto/stream.h"

/* With a provider loaded by hand OpenSSL does not load its default one; this one has nothing in it. */
static int load_nothing(void **state)
{
	*state = OSSL_PROVIDER_load(NULL, "null");
	return *state ? 0 : -1;
}

static int unload(void **state)
{
	return OSSL_PROVIDER_unload(*state) == 1 ? 0 : -1;
}

static void hashes_are_refused(void **state)
{
	static const uint16_t algs[] = { TALLY_SHA1, TALLY_SHA256, TALLY_SHA384, TALLY_SHA512, TALLY_SM3_256 };

	(void)state;
	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		struct tally_digests like = { 1, { { algs[i], { 0 } } } };
		struct tally_digests digests;
		struct tally_hash_stream *stream = NULL;

		assert_int_equal(tally_digests_hash(&digests, &like, tally_text("abc")), TALLY_CRYPTO);
		assert_int_equal(tally_hash_stream_new(algs[i], &stream), TALLY_CRYPTO);
		assert_null(stream);
	}
}

static void a_replay_stops(void **state)
{
	struct tally_register reg = { .name = "r",
				      .kind = TALLY_RUNTIME,
				      .is_signed = TALLY_SIGNED_VALUE,
				      .extend_rule = TALLY_EXTEND_DIGEST,
				      .reset = { 1, { { TALLY_SHA384, { 0 } } } } };
	struct tally_register_set set = { .provider = "test" };
	struct tally_replay replay;
	struct tally_digests value;

	(void)state;
	assert_int_equal(tally_registers_add(&set, &reg), TALLY_OK);
	tally_replay_init(&replay, &set);
	/* An extend may be held back; the value then tells. */
	if (tally_replay_extend(&replay, 0, &reg.reset) == TALLY_OK)
		assert_int_equal(tally_replay_value(&replay, 0, &value), TALLY_CRYPTO);
}

static void keys_are_refused(void **state)
{
	struct tally_key *key = NULL;

	(void)state;
	assert_int_equal(tally_key_generate(&key), TALLY_CRYPTO);
	assert_null(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_are_refused),
		cmocka_unit_test(a_replay_stops),
		cmocka_unit_test(keys_are_refused),
	};

	return cmocka_run_group_tests(tests, load_nothing, unload);
}
