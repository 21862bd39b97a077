// SPDX-License-Identifier: BSD-2-Clause
/* Cursor, writer, digests, registers, replay. */
#include "test.h"

#include "../../core/cursor.h"
#include "../../core/replay.h"
#include "../../core/writer.h"

static void hash_matches_published_values(void **state)
{
	/* FIPS 180-4 and GB/T 32905 examples: the digest of "abc". */
	static const struct {
		uint16_t alg;
		const char *hex;
	} cases[] = {
		{ TALLY_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ TALLY_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ TALLY_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
				"8086072ba1e7cc2358baeca134c825a7" },
		{ TALLY_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
				"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
		{ TALLY_SM3_256, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_digests like = { 1, { { cases[i].alg, { 0 } } } };
		struct tally_digests digests;
		char hex[2 * TALLY_DIGEST_LIMIT + 1] = "";

		assert_int_equal(tally_digests_hash(&digests, &like, tally_text("abc")), TALLY_OK);
		for (size_t byte = 0; byte < tally_alg_size(cases[i].alg); byte++)
			snprintf(hex + 2 * byte, 3, "%02x", digests.digest[0].bytes[byte]);
		assert_string_equal(hex, cases[i].hex);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_matches_published_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
