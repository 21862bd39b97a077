// SPDX-License-Identifier: BSD-2-Clause
/* RSA keys as SubjectPublicKeyInfo: read as OpenSSL writes them, and in no other form. */
#include "hex.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "../../crypto/sign.h"
#include "../../crypto/spki.h"

static struct tally_bytes spki_of(unsigned bits)
{
	EVP_PKEY *key = EVP_RSA_gen(bits);
	unsigned char *der = NULL;
	int size = i2d_PUBKEY(key, &der);
	struct tally_bytes copy;

	assert_true(size > 0);
	copy = exact_copy(tally_bytes(der, (size_t)size));
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	return copy;
}

static void keys_of_openssl_are_read(void **state)
{
	static const unsigned sizes[] = { 2048, 3072, 4096 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct tally_bytes spki = spki_of(sizes[i]);
		struct tally_bytes modulus;
		struct tally_bytes exponent;
		struct tally_key *key = NULL;
		uint8_t *again = NULL;
		size_t size = 0;

		assert_true(tally_spki_read_rsa(spki, &modulus, &exponent));
		assert_int_equal(modulus.size, sizes[i] / 8);
		assert_bytes_hex(exponent, "010001");
		assert_int_equal(tally_key_from_spki(spki, &key), TALLY_OK);
		assert_int_equal(tally_key_size(key), sizes[i] / 8);
		assert_int_equal(tally_key_spki(key, &again, &size), TALLY_OK);
		assert_bytes_equal(tally_bytes(again, size), spki);
		free(again);
		tally_key_free(key);
		free_bytes(spki);
	}
}

static void other_forms_are_none(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		bool is_read;
	} cases[] = {
		{ "a small key", "301a 300d06092a864886f70d0101010500 0309 00 3006 0201 7f 0201 03", true },
		{ "a byte behind", "301a 300d06092a864886f70d0101010500 0309 00 3006 0201 7f 0201 03 00", false },
		{ "another algorithm", "301a 300d06092a864886f70d01010a0500 0309 00 3006 0201 7f 0201 03", false },
		{ "no parameters", "3018 300b06092a864886f70d010101 0309 00 3006 0201 7f 0201 03", false },
		{ "an unused bit", "301a 300d06092a864886f70d0101010500 0309 01 3006 0201 7f 0201 03", false },
		{ "a negative modulus", "301a 300d06092a864886f70d0101010500 0309 00 3006 0201 ff 0201 03", false },
		{ "a zero too many", "301b 300d06092a864886f70d0101010500 030a 00 3007 0202 007f 0201 03", false },
		{ "a zero that must be", "301b 300d06092a864886f70d0101010500 030a 00 3007 0202 00ff 0201 03", true },
		{ "an empty number", "3019 300d06092a864886f70d0101010500 0308 00 3005 0200 0201 03", false },
		{ "zero", "301a 300d06092a864886f70d0101010500 0309 00 3006 0201 00 0201 03", false },
		{ "a third number", "301d 300d06092a864886f70d0101010500 030c 00 3009 0201 7f 0201 03 0201 03", false },
		{ "a long length", "30811a 300d06092a864886f70d0101010500 0309 00 3006 0201 7f 0201 03", false },
		{ "a longer length", "3082001a 300d06092a864886f70d0101010500 0309 00 3006 0201 7f 0201 03", false },
		{ "no end", "3080 300d06092a864886f70d0101010500 0309 00 3006 0201 7f 0201 03 0000", false },
		{ "another tag", "311a 300d06092a864886f70d0101010500 0309 00 3006 0201 7f 0201 03", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_bytes spki = hex_bytes(cases[i].hex);
		struct tally_bytes modulus;
		struct tally_bytes exponent;

		if (tally_spki_read_rsa(spki, &modulus, &exponent) != cases[i].is_read)
			fail_msg("%s", cases[i].name);
		for (size_t size = 0; size < spki.size; size++) {
			struct tally_bytes prefix = exact_copy(tally_bytes(spki.data, size));

			/* That with a byte behind it begins with a whole one. */
			assert_int_equal(tally_spki_read_rsa(prefix, &modulus, &exponent),
					 i == 1 && size + 1 == spki.size);
			free_bytes(prefix);
		}
		free_bytes(spki);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_openssl_are_read),
		cmocka_unit_test(other_forms_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
