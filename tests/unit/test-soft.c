// SPDX-License-Identifier: BSD-2-Clause
/* The soft provider: presets, extend rules, locks, boots, rights, and every planned fault. */
#include "soft.h"

#include <fcntl.h>
#include <sys/stat.h>

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

struct expected_preset {
	enum tally_soft_preset preset;
	const char *name;
	size_t count, runtime_count;
	const char *first, *last; /* names of the first and the last register */
	size_t bank_count;
	uint16_t last_bank;
	enum tally_extend_rule rule;
	enum tally_signed is_signed;
	bool is_lockable, is_late;
	const char *maps; /* PCR masks of the first five registers, as text */
};

static void assert_preset(const struct expected_preset *expected)
{
	const struct tally_register_set *set;
	enum tally_soft_preset preset;
	char maps[5 * (TALLY_PCR_TEXT_LIMIT + 1)] = "";
	char map[TALLY_PCR_TEXT_LIMIT];
	void *soft;

	assert_true(tally_soft_preset_from_name(expected->name, &preset));
	assert_int_equal(preset, expected->preset);
	soft = soft_open_as(directory, preset);
	set = tally_provider_soft.registers(soft);
	assert_string_equal(set->provider, "soft");
	assert_int_equal(set->count, expected->count);
	assert_int_equal(tally_registers_runtime_count(set), expected->runtime_count);
	assert_string_equal(set->item[0].name, expected->first);
	assert_string_equal(set->item[set->count - 1].name, expected->last);
	for (size_t i = 0; i < set->count; i++) {
		assert_int_equal(set->item[i].reset.count, expected->bank_count);
		assert_int_equal(set->item[i].reset.digest[expected->bank_count - 1].alg, expected->last_bank);
		tally_pcr_mask_text(set->item[i].pcr_mask, map);
		if (i < 5)
			snprintf(maps + strlen(maps), sizeof(maps) - strlen(maps), "%s|", map);
	}
	for (size_t i = 0; i < expected->runtime_count; i++) {
		assert_int_equal(set->item[i].number, i);
		assert_int_equal(set->item[i].extend_rule, expected->rule);
		assert_int_equal(set->item[i].is_signed, expected->is_signed);
		assert_int_equal(set->item[i].is_lockable, expected->is_lockable);
		assert_int_equal(set->item[i].is_late, expected->is_late);
	}
	assert_string_equal(maps, expected->maps);
	soft_close(soft);
}

/* DESIGN 6 and, for the PCR maps, UEFI 2.10 38.4. */
static void presets_are_as_declared(void **state)
{
	static const struct expected_preset expected[] = {
		{ TALLY_SOFT_DEFAULT, "default", 8, 4, "rtmr0", "mrownerconfig", 1, TALLY_SHA384, TALLY_EXTEND_DIGEST,
		  TALLY_SIGNED_VALUE, false, false, "1,7|2-6|8-15||0|" },
		{ TALLY_SOFT_TDX, "tdx", 8, 4, "rtmr0", "mrownerconfig", 1, TALLY_SHA384, TALLY_EXTEND_DIGEST,
		  TALLY_SIGNED_VALUE, false, false, "1,7|2-6|8-15||0|" },
		{ TALLY_SOFT_TPM, "tpm", 24, 24, "pcr0", "pcr23", 3, TALLY_SHA384, TALLY_EXTEND_DIGEST,
		  TALLY_SIGNED_DIGEST, false, true, "0|1|2|3|4|" },
		{ TALLY_SOFT_NSM, "nsm", 32, 32, "pcr0", "pcr31", 1, TALLY_SHA384, TALLY_EXTEND_RAW,
		  TALLY_SIGNED_LOCKED, true, false, "|||||" },
		{ TALLY_SOFT_CCA, "cca", 5, 4, "rem0", "rim", 1, TALLY_SHA256, TALLY_EXTEND_PADDED, TALLY_SIGNED_VALUE,
		  false, false, "1,7|2-6|8-15||0|" },
	};
	enum tally_soft_preset preset;

	(void)state;
	assert_false(tally_soft_preset_from_name("snp", &preset));
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_preset(&expected[i]);
		directory_remove(directory);
		directory_new(directory);
	}
}

/* The values of hashlib: SHA-384("tally soft NAME"), SHA-256 for rim. */
static void static_registers_have_fixed_values(void **state)
{
	static const struct {
		enum tally_soft_preset preset;
		const char *name, *value;
	} cases[] = {
		{ TALLY_SOFT_TDX, "mrtd",
		  "ca2d80a2e6d69794093bc8dd60248338e59e8898d876028e3b1c9bc84b6f6349b00ae9a1c5fcbcc6c8db7d40e8a0f9ea" },
		{ TALLY_SOFT_TDX, "mrconfigid",
		  "5ed208bc78801d98417cc6c1c62b36a64d45074073834ecf1b4176ce016ef33c0f6233185962e3c25858ec8eb092d7bc" },
		{ TALLY_SOFT_TDX, "mrowner",
		  "7b2a1447c0b63f156fb06442f419617d2f4d8913f0563ac8b8d8c6df786d4eda3c3ccfcc61ef1ab1430243d593903b26" },
		{ TALLY_SOFT_TDX, "mrownerconfig",
		  "3ded76b4a8438436928d93da4bdd0dcf83aafd74772bef8094ac0461b7425668c889812a70afd2495b6f981f0ca76319" },
		{ TALLY_SOFT_CCA, "rim", "7e31a087c2ce825611370bd7cd4023d850591466a45f95e6496146e6d0588490" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		void *soft = soft_open_as(directory, cases[i].preset);
		size_t index = soft_index(soft, cases[i].name);
		struct tally_digests value = soft_read(soft, index);

		assert_bytes_hex(tally_digest_bytes(&value.digest[0]), cases[i].value);
		assert_int_equal(soft_extend(soft, index, 0x11), TALLY_STATIC_REGISTER);
		soft_close(soft);
		directory_remove(directory);
		directory_new(directory);
	}
}

/* The nsm value is that of specs' own vector, the cca one the padded row of its table; the others by hashlib. */
static void extends_follow_the_rule_of_the_preset(void **state)
{
	static const char ones_384[] =
		"c7304e0aec48bbbc703c099b425485b7a60e19b6a83630b0fb558ce2f02ec41e4cdf205335b4b613b3537ad83eb62262";
	static const struct {
		enum tally_soft_preset preset;
		const char *name;
		const char *digest; /* NULL: bytes of 0x11 */
		const char *value[3];
	} cases[] = {
		{ TALLY_SOFT_DEFAULT, "rtmr2", NULL, { ones_384 } },
		{ TALLY_SOFT_NSM, "pcr16", NULL, { ones_384 } },
		{ TALLY_SOFT_CCA,
		  "rem3",
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		  { "4851cae9c824928a5c255508902171dbbae56fbff17ee673b56dbd1ddf9604f4" } },
		{ TALLY_SOFT_TPM,
		  "pcr10",
		  NULL,
		  { "b3e26c6ca6785f04dd7187293d802d5b16dad8c1",
		    "8878b15a7d6a3a4f464e8f9f42591dbc0cf4bedea0ec309003d2b2ee53655ef8", ones_384 } },
		{ TALLY_SOFT_TPM,
		  "pcr17",
		  NULL,
		  { "f0952d910d8cdc4fdc170ec067575d66b6f741f5",
		    "d664b488b36e56c5c50ccec28311484007f5eb78e23dee710944536d63f7282f",
		    "9a4d806d60a7d9432c3862bd6f91ae654cb13821d0252f132de7333c00f29d7bda3ec4cdbdc19fa1a72090921fec869"
		    "6" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		void *soft = soft_open_as(directory, cases[i].preset);
		size_t index = soft_index(soft, cases[i].name);
		struct tally_digests digests = soft_digests(soft, index, 0x11);
		struct tally_digests value;

		if (cases[i].digest) {
			struct tally_bytes bytes = hex_bytes(cases[i].digest);

			memcpy(digests.digest[0].bytes, bytes.data, bytes.size);
			free_bytes(bytes);
		}
		assert_int_equal(tally_provider_soft.extend(soft, index, &digests, SOON, NULL), TALLY_OK);
		value = soft_read(soft, index);
		for (size_t bank = 0; bank < value.count; bank++)
			assert_bytes_hex(tally_digest_bytes(&value.digest[bank]), cases[i].value[bank]);
		soft_close(soft);
		directory_remove(directory);
		directory_new(directory);
	}
}

static void wrong_arguments_change_nothing(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_TPM);
	struct tally_digests good = soft_digests(soft, 3, 0x22);
	struct tally_digests fewer = good;
	struct tally_digests value;
	bool is_locked;

	(void)state;
	fewer.count = 2;
	assert_int_equal(tally_provider_soft.extend(soft, 3, &fewer, SOON, NULL), TALLY_BANK_SET);
	assert_int_equal(tally_provider_soft.extend(soft, 24, &good, SOON, NULL), TALLY_UNKNOWN_REGISTER);
	assert_int_equal(tally_provider_soft.read(soft, 24, SOON, &value, &is_locked, NULL), TALLY_UNKNOWN_REGISTER);
	assert_int_equal(tally_provider_soft.lock(soft, 24, SOON, NULL), TALLY_UNKNOWN_REGISTER);
	assert_int_equal(tally_provider_soft.lock(soft, 3, SOON, NULL), TALLY_UNSUPPORTED);
	assert_value(soft, 3, &tally_provider_soft.registers(soft)->item[3].reset);
	soft_close(soft);
}

static bool is_locked_now(void *soft, size_t i)
{
	struct tally_digests value;
	bool is_locked;

	assert_int_equal(tally_provider_soft.read(soft, i, SOON, &value, &is_locked, NULL), TALLY_OK);
	return is_locked;
}

static void locks_last_for_the_boot(void **state)
{
	static const uint8_t next_boot[TALLY_BOOT_ID_BYTES] = { 1, 2, 3 };
	struct tally_soft_options options = { .boot_id = next_boot };
	struct tally_problem problem;
	void *soft = soft_open_as(directory, TALLY_SOFT_NSM);
	void *later;

	(void)state;
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(is_locked_now(soft, i), i < 16);
	assert_int_equal(soft_extend(soft, 15, 0x11), TALLY_LOCKED);
	assert_int_equal(soft_extend(soft, 20, 0x11), TALLY_OK);
	assert_int_equal(tally_provider_soft.lock(soft, 20, SOON, NULL), TALLY_OK);
	assert_int_equal(tally_provider_soft.lock(soft, 20, SOON, NULL), TALLY_LOCKED);
	assert_int_equal(soft_extend(soft, 20, 0x11), TALLY_LOCKED);
	soft_close(soft);
	soft = soft_open_as(directory, TALLY_SOFT_NSM);
	assert_true(is_locked_now(soft, 20));
	assert_int_equal(soft_try_open(directory, &options, &later, &problem), TALLY_OK);
	assert_false(is_locked_now(later, 20));
	assert_true(is_locked_now(later, 15));
	soft_close(later);
	soft_close(soft);
}

/* The state outlives its process, and an existing one keeps its preset. */
static void state_is_found_again(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_TPM);
	struct tally_digests value;

	(void)state;
	assert_int_equal(soft_extend(soft, 7, 0x33), TALLY_OK);
	value = soft_read(soft, 7);
	soft_close(soft);
	soft = soft_open_as(directory, TALLY_SOFT_CCA);
	assert_int_equal(tally_provider_soft.registers(soft)->count, 24);
	assert_value(soft, 7, &value);
	assert_false(tally_soft_is_durable(soft));
	soft_close(soft);
}

static void boots_begin_anew_unless_durable(void **state)
{
	static const uint8_t boots[2][TALLY_BOOT_ID_BYTES] = { { 1 }, { 2 } };

	(void)state;
	for (int is_durable = 0; is_durable < 2; is_durable++) {
		struct tally_soft_options options = { .is_durable = is_durable, .boot_id = boots[0] };
		struct tally_problem problem;
		struct tally_digests reset, value;
		uint8_t boot_id[TALLY_BOOT_ID_BYTES];
		void *soft;

		assert_int_equal(soft_try_open(directory, &options, &soft, &problem), TALLY_OK);
		reset = soft_read(soft, 1);
		assert_int_equal(soft_extend(soft, 1, 0x44), TALLY_OK);
		value = soft_read(soft, 1);
		soft_close(soft);
		options.boot_id = boots[1];
		assert_int_equal(soft_try_open(directory, &options, &soft, &problem), TALLY_OK);
		assert_int_equal(tally_soft_is_durable(soft), is_durable);
		assert_int_equal(tally_provider_soft.boot_id(soft, boot_id, NULL), TALLY_OK);
		assert_memory_equal(boot_id, boots[1], sizeof(boot_id));
		assert_value(soft, 1, is_durable ? &value : &reset);
		assert_int_equal(soft_extend(soft, 2, 0x44), TALLY_OK);
		assert_value(soft, 1, is_durable ? &value : &reset);
		soft_close(soft);
		directory_remove(directory);
		directory_new(directory);
	}
}

/* The kernel's boot id is the default. */
static void boot_id_is_the_kernels(void **state)
{
	void *soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	uint8_t boot_id[TALLY_BOOT_ID_BYTES];
	char expected[64] = "";
	char text[64] = "";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY);
	size_t at = 0;

	(void)state;
	assert_true(fd >= 0 && read(fd, expected, sizeof(expected) - 1) == 37);
	close(fd);
	assert_int_equal(tally_provider_soft.boot_id(soft, boot_id, NULL), TALLY_OK);
	for (size_t i = 0; i < sizeof(boot_id); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[at++] = '-';
		at += (size_t)snprintf(text + at, 3, "%02x", boot_id[i]);
	}
	text[at] = '\n';
	assert_string_equal(text, expected);
	soft_close(soft);
}

static mode_t mode_of(const char *name)
{
	char path[DIRECTORY_LIMIT + 32];
	struct stat found;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return stat(path, &found) == 0 ? found.st_mode & 07777 : 0;
}

static void files_have_their_modes(void **state)
{
	mode_t mask = umask(0);
	void *soft;

	(void)state;
	for (int strict = 0; strict < 2; strict++) {
		umask(strict ? 0077 : 0);
		soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
		soft_close(soft);
		assert_int_equal(mode_of("registers"), 0640);
		assert_int_equal(mode_of("key.pem"), 0600);
		assert_int_equal(mode_of("registers.new"), 0);
		assert_int_equal(mode_of("key.pem.new"), 0);
		directory_remove(directory);
		directory_new(directory);
	}
	umask(mask);
}

static void readers_create_nothing(void **state)
{
	struct tally_provider_options options = { .directory = directory, .is_reader = true };
	struct tally_problem problem;
	struct tally_digests value;
	void *soft, *reader = NULL;

	(void)state;
	assert_int_equal(tally_provider_soft.open(&options, &reader, &problem), TALLY_NOT_FOUND);
	assert_non_null(strstr(problem.text, directory));
	assert_int_equal(mode_of("registers"), 0);
	assert_int_equal(mode_of("key.pem"), 0);
	soft = soft_open_as(directory, TALLY_SOFT_DEFAULT);
	assert_int_equal(tally_provider_soft.open(&options, &reader, &problem), TALLY_OK);
	assert_int_equal(soft_extend(reader, 0, 0x11), TALLY_PERMISSION);
	assert_int_equal(soft_extend(soft, 0, 0x11), TALLY_OK);
	value = soft_read(soft, 0);
	assert_value(reader, 0, &value);
	soft_close(reader);
	soft_close(soft);
}

static void refusals_say_where_and_what(void **state)
{
	char path[DIRECTORY_LIMIT + 32];
	struct tally_problem problem;
	void *soft = NULL;

	(void)state;
	snprintf(path, sizeof(path), "%s/missing", directory);
	assert_int_equal(soft_try_open(path, NULL, &soft, &problem), TALLY_NOT_FOUND);
	assert_non_null(strstr(problem.text, path));
	snprintf(path, sizeof(path), "%s/registers", directory);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(soft_try_open(directory, NULL, &soft, &problem), TALLY_CORRUPT);
	assert_non_null(strstr(problem.text, "registers"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(soft_try_open(directory, NULL, &soft, &problem), TALLY_SYSTEM);
	assert_null(soft);
}

int main(void)
{
#define SOFT_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		SOFT_TEST(presets_are_as_declared),
		SOFT_TEST(static_registers_have_fixed_values),
		SOFT_TEST(extends_follow_the_rule_of_the_preset),
		SOFT_TEST(wrong_arguments_change_nothing),
		SOFT_TEST(locks_last_for_the_boot),
		SOFT_TEST(state_is_found_again),
		SOFT_TEST(boots_begin_anew_unless_durable),
		SOFT_TEST(boot_id_is_the_kernels),
		SOFT_TEST(files_have_their_modes),
		SOFT_TEST(readers_create_nothing),
		SOFT_TEST(refusals_say_where_and_what),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
