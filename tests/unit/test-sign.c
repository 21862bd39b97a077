// SPDX-License-Identifier: BSD-2-Clause
/* Keys and signatures: published signatures, OpenSSL's own program in both directions, and everything that must be refused. */
#include "directory.h"
#include "hex.h"
#include "run.h"

#include "../../core/digest.h"
#include "../../crypto/sign.h"
#include "alloc_fail.h"

#define PATH_SIZE (DIRECTORY_LIMIT + 32)
#define TEXT_LIMIT 8192

static char directory[DIRECTORY_LIMIT];

static int setup(void **state)
{
	(void)state;
	directory_new(directory);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	directory_remove(directory);
	return 0;
}

/* RFC 6979 A.2.6: the public key behind the head of every P-384 SubjectPublicKeyInfo (RFC 5480). */
#define SPKI_HEAD "3076301006072a8648ce3d020106052b8104002203620004"
#define PUBLIC_X "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13"
#define PUBLIC_Y "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720"
#define SAMPLE_R "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46"
#define SAMPLE_S "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8"
#define TEST_R "8203b63d3c853e8d77227fb377bcf7b7b772e97892a80f36ab775d509d7a5feb0542a7f0812998da8f1dd3ca3cf023db"
#define TEST_S "ddd0760448d42d8a43af45af836fce4de8be06b485e9b61b827c2f13173923e06a739f040649a667bf3b828246baa5a5"
#define ORDER "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
#define ORDER_LESS_S "6610b514ea0e87315e01bf24d9fcec70ecf18bf5e69dbad9a727ea302393848fb4f04c6cd0423fdc7169525094629eab"
#define ZERO "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define ONES "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static struct tally_key *key_of_spki(const char *hex)
{
	struct tally_bytes spki = hex_bytes(hex);
	struct tally_key *key = NULL;

	assert_int_equal(tally_key_from_spki(spki, &key), TALLY_OK);
	free_bytes(spki);
	return key;
}

static void published_signatures_verify(void **state)
{
	static const struct {
		const char *name, *message, *signature;
		enum tally_status status;
	} cases[] = {
		{ "sample", "sample", SAMPLE_R SAMPLE_S, TALLY_OK },
		{ "test", "test", TEST_R TEST_S, TALLY_OK },
		{ "the other root: ECDSA has two", "sample", SAMPLE_R ORDER_LESS_S, TALLY_OK },
		{ "another message", "samplf", SAMPLE_R SAMPLE_S, TALLY_CHECKSUM },
		{ "no message", "", SAMPLE_R SAMPLE_S, TALLY_CHECKSUM },
		{ "r and s exchanged", "sample", SAMPLE_S SAMPLE_R, TALLY_CHECKSUM },
		{ "parts of two signatures", "sample", SAMPLE_R TEST_S, TALLY_CHECKSUM },
		{ "r zero", "sample", ZERO SAMPLE_S, TALLY_CHECKSUM },
		{ "s zero", "sample", SAMPLE_R ZERO, TALLY_CHECKSUM },
		{ "both zero", "sample", ZERO ZERO, TALLY_CHECKSUM },
		{ "r the order", "sample", ORDER SAMPLE_S, TALLY_CHECKSUM },
		{ "s the order", "sample", SAMPLE_R ORDER, TALLY_CHECKSUM },
		{ "r all ones", "sample", ONES SAMPLE_S, TALLY_CHECKSUM },
		{ "s all ones", "sample", SAMPLE_R ONES, TALLY_CHECKSUM },
		{ "one byte less", "sample", SAMPLE_R "99ef", TALLY_DIGEST_SIZE },
		{ "one byte more", "sample", SAMPLE_R SAMPLE_S "00", TALLY_DIGEST_SIZE },
		{ "nothing", "sample", "", TALLY_DIGEST_SIZE },
	};
	struct tally_key *key = key_of_spki(SPKI_HEAD PUBLIC_X PUBLIC_Y);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_bytes signature = hex_bytes(cases[i].signature);
		enum tally_status status =
			tally_signature_check(key, &tally_es384, tally_text(cases[i].message), signature);

		if (status != cases[i].status)
			fail_msg("%s: %s", cases[i].name, tally_status_name(status));
		free_bytes(signature);
	}
	tally_key_free(key);
}

/* The sample's r and s in DER: their first bits are set, so each has a zero before it. spec: X.690, 8.3, 10.1 */
#define DER_R "0231 00" SAMPLE_R
#define DER_S "0231 00" SAMPLE_S

static void der_signatures_have_one_form(void **state)
{
	static const struct {
		const char *name, *hex;
		enum tally_status status;
	} cases[] = {
		{ "sound", "3066" DER_R DER_S, TALLY_OK },
		{ "a byte behind", "3066" DER_R DER_S "00", TALLY_CHECKSUM },
		{ "a byte behind, inside", "3067" DER_R DER_S "00", TALLY_CHECKSUM },
		{ "a long length", "308166" DER_R DER_S, TALLY_CHECKSUM },
		{ "an endless length", "3080" DER_R DER_S "0000", TALLY_CHECKSUM },
		{ "a zero too many", "3067 0232 0000" SAMPLE_R DER_S, TALLY_CHECKSUM },
		{ "r is negative", "3065 0230" SAMPLE_R DER_S, TALLY_CHECKSUM },
		{ "r is empty", "3035 0200" DER_S, TALLY_CHECKSUM },
		{ "r is 0", "3036 020100" DER_S, TALLY_CHECKSUM },
		{ "s is 0", "3036" DER_R "020100", TALLY_CHECKSUM },
		{ "s is n", "3066" DER_R "023100" ORDER, TALLY_CHECKSUM },
		{ "s is n - s", "3065" DER_R "0230" ORDER_LESS_S, TALLY_OK },
		{ "r alone", "3033" DER_R, TALLY_CHECKSUM },
		{ "three numbers", "3069" DER_R DER_S "020101", TALLY_CHECKSUM },
		{ "a set", "3166" DER_R DER_S, TALLY_CHECKSUM },
		{ "an octet string", "3066 0431 00" SAMPLE_R DER_S, TALLY_CHECKSUM },
		{ "nothing", "", TALLY_CHECKSUM },
	};
	static const struct tally_signature_scheme scheme = { TALLY_SIGNATURE_ECDSA_DER, TALLY_KEY_P384, TALLY_SHA384,
							      0 };
	struct tally_key *key = key_of_spki(SPKI_HEAD PUBLIC_X PUBLIC_Y);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_bytes signature = hex_bytes(cases[i].hex);
		enum tally_status status = tally_signature_check(key, &scheme, tally_text("sample"), signature);

		if (status != cases[i].status)
			fail_msg("%s: %s", cases[i].name, tally_status_name(status));
		free_bytes(signature);
	}
	tally_key_free(key);
}

/* RFC 6979 A.2.5 and A.2.7: other curves, and keys that do not fit a scheme. */
static void schemes_fit_their_keys(void **state)
{
	static const struct {
		enum tally_key_kind kind;
		const struct tally_signature_scheme *scheme;
		const char *point, *signature;
	} cases[] = {
		{ TALLY_KEY_P256, &tally_es256,
		  "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
		  "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
		  "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
		  "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8" },
		{ TALLY_KEY_P384, &tally_es384, PUBLIC_X PUBLIC_Y, SAMPLE_R SAMPLE_S },
		{ TALLY_KEY_P521, &tally_es512,
		  "01894550d0785932e00eaa23b694f213f8c3121f86dc97a04e5a7167db4e5bcd371123d46e45db6b5d5370a7f20fb63315"
		  "5d38ffa16d2bd761dcac474b9a2f5023a4"
		  "00493101c962cd4d2fddf782285e64584139c2f91b47f87ff82354d6630f746a28a0db25741b5b34a828008b22acc23f92"
		  "4faafbd4d33f81ea66956dfeaa2bfdfcf5",
		  "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d450606add152b534931"
		  "d7d4e8455cc91f9b15bf05ec36e377fa"
		  "00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af282623eaa63e5b5c0723d8b8c37ff0777b1a"
		  "20f8ccb1dccc43997f1ee0e44da4a67a" },
	};
	static const struct tally_signature_scheme rsa = { TALLY_SIGNATURE_RSA_PKCS1, TALLY_KEY_RSA, TALLY_SHA256, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_bytes point = hex_bytes(cases[i].point);
		struct tally_bytes signature = hex_bytes(cases[i].signature);
		struct tally_key *key = NULL;

		assert_int_equal(tally_key_from_point(cases[i].kind, point, &key), TALLY_OK);
		assert_int_equal(tally_key_kind(key), cases[i].kind);
		assert_int_equal(2 * tally_key_size(key), point.size);
		for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++)
			assert_int_equal(tally_signature_check(key, cases[n].scheme, tally_text("sample"), signature),
					 n == i ? TALLY_OK : TALLY_INVALID);
		assert_int_equal(tally_signature_check(key, &rsa, tally_text("sample"), signature), TALLY_INVALID);
		assert_true(tally_key_equal(key, key));
		tally_key_free(key);
		/* A point beside its curve. */
		((uint8_t *)(uintptr_t)point.data)[point.size - 1] ^= 1;
		assert_int_equal(tally_key_from_point(cases[i].kind, point, &key), TALLY_UNSUPPORTED);
		free_bytes(signature);
		free_bytes(point);
	}
}

static void every_flipped_bit_is_found(void **state)
{
	struct tally_key *key = key_of_spki(SPKI_HEAD PUBLIC_X PUBLIC_Y);
	struct tally_bytes signature = hex_bytes(SAMPLE_R SAMPLE_S);
	uint8_t damaged[TALLY_ES384_SIZE];

	(void)state;
	for (size_t bit = 0; bit < 8 * sizeof(damaged); bit++) {
		memcpy(damaged, signature.data, sizeof(damaged));
		damaged[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(tally_signature_check(key, &tally_es384, tally_text("sample"),
						       tally_bytes(damaged, sizeof(damaged))),
				 TALLY_CHECKSUM);
	}
	free_bytes(signature);
	tally_key_free(key);
}

static void spki_is_read_strictly(void **state)
{
	static const struct {
		const char *name, *spki;
		enum tally_status status;
	} cases[] = {
		{ "a byte behind", SPKI_HEAD PUBLIC_X PUBLIC_Y "00", TALLY_TRAILING },
		{ "not on the curve", SPKI_HEAD PUBLIC_X PUBLIC_X, TALLY_UNSUPPORTED },
		{ "infinity",
		  "3016301006072a8648ce3d020106052b81040022030200"
		  "00",
		  TALLY_UNSUPPORTED },
		{ "secp256k1",
		  "3056301006072a8648ce3d020106052b8104000a03420004"
		  "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
		  "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
		  TALLY_UNSUPPORTED },
		{ "a length in a longer form", "308176301006072a8648ce3d020106052b8104002203620004" PUBLIC_X PUBLIC_Y,
		  TALLY_NOT_CANONICAL },
		{ "nothing", "", TALLY_UNSUPPORTED },
	};
	struct tally_bytes spki = hex_bytes(SPKI_HEAD PUBLIC_X PUBLIC_Y);
	struct tally_key *key = NULL;
	uint8_t *again;
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_bytes bytes = hex_bytes(cases[i].spki);
		enum tally_status status = tally_key_from_spki(bytes, &key);

		if (status != cases[i].status)
			fail_msg("%s: %s", cases[i].name, tally_status_name(status));
		free_bytes(bytes);
	}
	for (size_t cut = 0; cut < spki.size; cut++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(spki.data, cut));

		assert_int_equal(tally_key_from_spki(prefix, &key), TALLY_UNSUPPORTED);
		free_bytes(prefix);
	}
	assert_null(key);
	assert_int_equal(tally_key_from_spki(spki, &key), TALLY_OK);
	assert_int_equal(tally_key_spki(key, &again, &size), TALLY_OK);
	assert_bytes_equal(tally_bytes(again, size), spki);
	free(again);
	free_bytes(spki);
	tally_key_free(key);
}

static void path_of(const char *name, char path[static PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%s", directory, name);
}

static size_t file_load(const char *name, char text[static TEXT_LIMIT])
{
	char path[PATH_SIZE];
	size_t size;
	FILE *file;

	path_of(name, path);
	file = fopen(path, "r");
	assert_non_null(file);
	size = fread(text, 1, TEXT_LIMIT - 1, file);
	text[size] = 0;
	fclose(file);
	return size;
}

static void file_store(const char *name, struct tally_bytes content)
{
	char path[PATH_SIZE];
	FILE *file;

	path_of(name, path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(content.data, 1, content.size, file), content.size);
	fclose(file);
}

/* openssl in the test's directory; arguments are separated by blanks. Skips the test if there is no openssl. */
static int run_openssl(const char *arguments, char output[static TEXT_LIMIT])
{
	char copy[512];
	const char *argv[32] = { "env", "-C", directory, "openssl" };
	size_t count = 4;
	char *rest = copy;
	int status;

	snprintf(copy, sizeof(copy), "%s", arguments);
	for (char *word = strsep(&rest, " "); word && count < 31; word = strsep(&rest, " "))
		argv[count++] = word;
	status = run_program(argv, output, TEXT_LIMIT);
	if (status == RUN_MISSING)
		skip();
	return status;
}

/* SEQUENCE of two INTEGERs, shortest form. */
static size_t der_integer(const uint8_t scalar[static 48], uint8_t *to)
{
	size_t skipped = 0;
	size_t size = 0;

	while (skipped < 47 && scalar[skipped] == 0)
		skipped++;
	to[size++] = 2;
	to[size++] = (uint8_t)(48 - skipped + (scalar[skipped] >> 7));
	if (scalar[skipped] >> 7)
		to[size++] = 0;
	memcpy(to + size, scalar + skipped, 48 - skipped);
	return size + 48 - skipped;
}

static void der_integer_read(const uint8_t **at, uint8_t scalar[static 48])
{
	const uint8_t *in = *at;
	size_t size = in[1];

	assert_int_equal(in[0], 2);
	memset(scalar, 0, 48);
	for (in += 2; size > 48; size--)
		assert_int_equal(*in++, 0);
	memcpy(scalar + 48 - size, in, size);
	*at = in + size;
}

static void openssl_verifies_ours(void **state)
{
	char output[TEXT_LIMIT];
	struct tally_key *key = NULL;
	char *pem;
	size_t size;

	(void)state;
	assert_int_equal(tally_key_generate(&key), TALLY_OK);
	assert_int_equal(tally_key_to_pem(key, &pem, &size), TALLY_OK);
	assert_int_equal(strlen(pem), size);
	assert_non_null(strstr(pem, "-----BEGIN PRIVATE KEY-----"));
	file_store("key.pem", tally_bytes(pem, size));
	free(pem);
	assert_int_equal(run_openssl("pkey -in key.pem -pubout -out public.pem", output), 0);
	for (unsigned n = 0; n < 16; n++) {
		uint8_t signature[TALLY_ES384_SIZE];
		uint8_t der[TALLY_ES384_SIZE + 8] = { 0x30 };
		uint8_t message[1000];

		memset(message, (int)n, sizeof(message));
		assert_int_equal(tally_sign_es384(key, tally_bytes(message, n * 60), signature), TALLY_OK);
		assert_int_equal(tally_signature_check(key, &tally_es384, tally_bytes(message, n * 60),
						       tally_bytes(signature, sizeof(signature))),
				 TALLY_OK);
		size = 2 + der_integer(signature, der + 2);
		size += der_integer(signature + 48, der + size);
		der[1] = (uint8_t)(size - 2);
		file_store("message", tally_bytes(message, n * 60));
		file_store("signature", tally_bytes(der, size));
		assert_int_equal(run_openssl("dgst -sha384 -verify public.pem -signature signature message", output),
				 0);
	}
	tally_key_free(key);
}

static void openssl_signs_for_us(void **state)
{
	char output[TEXT_LIMIT], text[TEXT_LIMIT];
	struct tally_key *private_key = NULL, *public_key = NULL;
	uint8_t ours[TALLY_SPKI_SHA256_SIZE];
	char hex[2 * TALLY_SPKI_SHA256_SIZE + 1];
	uint8_t raw[TALLY_ES384_SIZE];

	(void)state;
	assert_int_equal(run_openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out key.pem", output), 0);
	assert_int_equal(run_openssl("pkey -in key.pem -pubout -out public.pem", output), 0);
	assert_int_equal(run_openssl("pkey -in key.pem -pubout -outform DER -out public.der", output), 0);
	assert_int_equal(tally_key_from_pem(tally_bytes(text, file_load("key.pem", text)), &private_key), TALLY_OK);
	assert_int_equal(tally_key_from_pem(tally_bytes(text, file_load("public.pem", text)), &public_key), TALLY_OK);
	file_store("message", tally_text("signed by another program"));
	for (unsigned n = 0; n < 16; n++) {
		const uint8_t *at = (const uint8_t *)text + 2;

		assert_int_equal(run_openssl("dgst -sha384 -sign key.pem -out signature message", output), 0);
		file_load("signature", text);
		der_integer_read(&at, raw);
		der_integer_read(&at, raw + 48);
		assert_int_equal(tally_signature_check(n % 2 ? private_key : public_key, &tally_es384,
						       tally_text("signed by another program"),
						       tally_bytes(raw, sizeof(raw))),
				 TALLY_OK);
	}
	/* The fingerprint is SHA-256 of the file that openssl calls the public key. */
	assert_int_equal(run_openssl("dgst -sha256 -r public.der", output), 0);
	assert_int_equal(tally_key_fingerprint(private_key, ours), TALLY_OK);
	for (size_t i = 0; i < sizeof(ours); i++)
		snprintf(hex + 2 * i, 3, "%02x", ours[i]);
	assert_memory_equal(hex, output, 2 * sizeof(ours));
	assert_int_equal(tally_key_fingerprint(public_key, ours), TALLY_OK);
	assert_int_equal(tally_sign_es384(public_key, tally_text("x"), raw), TALLY_INVALID);
	tally_key_free(private_key);
	tally_key_free(public_key);
}

static void kinds_of_keys(void **state)
{
	static const struct {
		const char *arguments; /* of openssl, that make the file key */
		enum tally_status read, sign;
	} cases[] = {
		{ "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out key", TALLY_OK, TALLY_OK },
		{ "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key", TALLY_OK, TALLY_INVALID },
		{ "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key", TALLY_OK, TALLY_INVALID },
		{ "ecparam -name secp384r1 -genkey -noout -out key", TALLY_OK, TALLY_OK },
		{ "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out key", TALLY_OK, TALLY_INVALID },
		{ "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out key", TALLY_UNSUPPORTED, 0 },
		{ "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out key", TALLY_UNSUPPORTED, 0 },
		{ "genpkey -algorithm ED25519 -out key", TALLY_UNSUPPORTED, 0 },
		{ "ecparam -name secp384r1 -genkey -noout -param_enc explicit -out key", TALLY_UNSUPPORTED, 0 },
		{ "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -aes256 -pass pass:secret -out key",
		  TALLY_UNSUPPORTED, 0 },
		{ "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -subj /CN=x -keyout /dev/null -out key",
		  TALLY_UNSUPPORTED, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char output[TEXT_LIMIT], text[TEXT_LIMIT];
		uint8_t signature[TALLY_ES384_SIZE] = { 0 };
		struct tally_key *key = NULL;
		enum tally_status status;

		assert_int_equal(run_openssl(cases[i].arguments, output), 0);
		status = tally_key_from_pem(tally_bytes(text, file_load("key", text)), &key);
		if (status != cases[i].read)
			fail_msg("%s: %s", cases[i].arguments, tally_status_name(status));
		if (status != TALLY_OK)
			continue;
		assert_int_equal(tally_sign_es384(key, tally_text("x"), signature), cases[i].sign);
		assert_int_equal(tally_signature_check(key, &tally_es384, tally_text("x"),
						       tally_bytes(signature, sizeof(signature))),
				 cases[i].sign);
		tally_key_free(key);
	}
}

static void broken_pem_is_refused(void **state)
{
	struct tally_key *key = NULL, *again = NULL;
	char *pem;
	size_t size;

	(void)state;
	assert_int_equal(tally_key_generate(&key), TALLY_OK);
	assert_int_equal(tally_key_to_pem(key, &pem, &size), TALLY_OK);
	/* Without its last line break it is whole. */
	for (size_t cut = 0; cut < size - 1; cut++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(pem, cut));

		assert_int_equal(tally_key_from_pem(prefix, &again), TALLY_UNSUPPORTED);
		free_bytes(prefix);
	}
	assert_null(again);
	free(pem);
	tally_key_free(key);
	tally_key_free(NULL);
}

static enum tally_status key_life(void)
{
	uint8_t fingerprint[TALLY_SPKI_SHA256_SIZE];
	struct tally_key *key = NULL, *again = NULL, *public_key = NULL;
	enum tally_status status;
	uint8_t *spki = NULL;
	char *pem = NULL;
	size_t size;

	status = tally_key_generate(&key);
	if (status == TALLY_OK)
		status = tally_key_to_pem(key, &pem, &size);
	if (status == TALLY_OK)
		status = tally_key_from_pem(tally_bytes(pem, size), &again);
	if (status == TALLY_OK)
		status = tally_key_spki(again, &spki, &size);
	if (status == TALLY_OK)
		status = tally_key_from_spki(tally_bytes(spki, size), &public_key);
	if (status == TALLY_OK)
		status = tally_key_fingerprint(public_key, fingerprint);
	free(pem);
	free(spki);
	tally_key_free(key);
	tally_key_free(again);
	tally_key_free(public_key);
	return status;
}

static void each_allocation_fails(void **state)
{
	enum tally_status status;

	(void)state;
	for (unsigned n = 1;; n++) {
		alloc_fail_at(n);
		status = key_life();
		if (!alloc_fail_end()) {
			assert_int_equal(n, 7);
			break;
		}
		assert_int_equal(status, TALLY_NO_MEMORY);
	}
	assert_int_equal(status, TALLY_OK);
}

static void random_bytes_differ(void **state)
{
	uint8_t a[48] = { 0 }, b[48] = { 0 }, zero[48] = { 0 };

	(void)state;
	assert_int_equal(tally_random(a, sizeof(a)), TALLY_OK);
	assert_int_equal(tally_random(b, sizeof(b)), TALLY_OK);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, zero, sizeof(a));
	assert_int_equal(tally_random(a, 0), TALLY_OK);
}

int main(void)
{
#define SIGN_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_signatures_verify),
		cmocka_unit_test(der_signatures_have_one_form),
		cmocka_unit_test(schemes_fit_their_keys),
		cmocka_unit_test(every_flipped_bit_is_found),
		cmocka_unit_test(spki_is_read_strictly),
		SIGN_TEST(openssl_verifies_ours),
		SIGN_TEST(openssl_signs_for_us),
		SIGN_TEST(kinds_of_keys),
		cmocka_unit_test(broken_pem_is_refused),
		cmocka_unit_test(each_allocation_fails),
		cmocka_unit_test(random_bytes_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
