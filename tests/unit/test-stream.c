// SPDX-License-Identifier: BSD-2-Clause
/* Digests of bytes that come in pieces. */
#include "test.h"

#include "../../crypto/stream.h"

/* FIPS 180-4 and GB/T 32905 examples: the digest of "abc". */
static const struct {
	uint16_t alg;
	const char *hex;
} abc[] = {
	{ TALLY_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ TALLY_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ TALLY_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
			"8086072ba1e7cc2358baeca134c825a7" },
	{ TALLY_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
			"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	{ TALLY_SM3_256, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" },
};

static void assert_digest(const struct tally_digest *digest, uint16_t alg, const char *expected)
{
	char hex[2 * TALLY_DIGEST_LIMIT + 1] = "";

	for (size_t i = 0; i < tally_alg_size(alg); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest->bytes[i]);
	assert_int_equal(digest->alg, alg);
	assert_string_equal(hex, expected);
}

static void pieces_hash_like_the_whole(void **state)
{
	static const char *const pieces[][3] = { { "abc", "", "" }, { "", "ab", "c" }, { "a", "b", "c" } };

	(void)state;
	for (size_t i = 0; i < sizeof(abc) / sizeof(abc[0]); i++)
		for (size_t cut = 0; cut < sizeof(pieces) / sizeof(pieces[0]); cut++) {
			struct tally_hash_stream *stream = NULL;
			struct tally_digest digest;

			assert_int_equal(tally_hash_stream_new(abc[i].alg, &stream), TALLY_OK);
			for (size_t piece = 0; piece < 3; piece++)
				assert_int_equal(tally_hash_stream_add(stream, tally_text(pieces[cut][piece])),
						 TALLY_OK);
			assert_int_equal(tally_hash_stream_digest(stream, &digest), TALLY_OK);
			assert_digest(&digest, abc[i].alg, abc[i].hex);
			tally_hash_stream_free(stream);
		}
}

static void unknown_algorithms_are_refused(void **state)
{
	struct tally_hash_stream *stream = NULL;

	(void)state;
	assert_int_equal(tally_hash_stream_new(0x0027, &stream), TALLY_UNKNOWN_ALGORITHM);
	assert_null(stream);
	tally_hash_stream_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_hash_like_the_whole),
		cmocka_unit_test(unknown_algorithms_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
