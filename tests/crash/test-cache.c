// SPDX-License-Identifier: BSD-2-Clause
/* A cache that is damaged, cut short or old is never believed: what it held is found again in the log. */
#include "../unit/test.h"

#include <unistd.h>

#include <openssl/evp.h>

#include "deed.h"

#define NAME_COUNT 100 /* more than one page of the cache's table holds */
#define STEP 149       /* bytes between two that are damaged; the head's first ones all are */
#define EVERY_BELOW 300

static const uint8_t boot[TALLY_BOOT_ID_BYTES] = { 1 };
static const struct tally_soft_options soft = { .boot_id = boot };

/* A directory whose log has a cache. */
struct cached {
	char path[FOLDER_NAME_LIMIT];
	struct folder folder;
	struct span log;
	struct span cache;
};

static void extend_names(const char *path, const char *kind, int count)
{
	struct tally_authority *authority = deed_open(path, &soft);

	for (int i = 0; i < count; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%s-%d", kind, i);
		deed_must(authority, (size_t)i % 4, name, true);
	}
	tally_authority_close(authority);
}

static void extend_large(const char *path)
{
	const struct deed large = { .reg = 1, .event = "large", .padding = 60 * 1024 };
	struct tally_authority *authority = deed_open(path, &soft);
	struct tally_extend_result result;
	struct tally_problem problem;

	assert_int_equal(deed_do(authority, &large, &result, &problem), TALLY_OK);
	tally_authority_close(authority);
}

static struct cached cached_begin(void)
{
	struct cached cached = { 0 };

	folder_make_path(cached.path);
	extend_names(cached.path, "name", NAME_COUNT);
	extend_large(cached.path);
	extend_names(cached.path, "tail", 3);
	cached.folder = folder_read(cached.path);
	cached.log = span(folder_find(&cached.folder, "log")->data, folder_find(&cached.folder, "log")->size);
	assert_non_null(folder_find(&cached.folder, "cache"));
	cached.cache = span(folder_find(&cached.folder, "cache")->data, folder_find(&cached.folder, "cache")->size);
	return cached;
}

static void cached_end(struct cached *cached)
{
	folder_done(&cached->folder);
	folder_remove_path(cached->path);
}

/* The once event is there, under its number. A cache that proves wrong only now costs one more try. */
static void check_name(struct tally_authority *authority, size_t reg, const char *name, uint64_t number)
{
	const struct deed deed = { .reg = reg, .event = name, .is_once = true };
	struct tally_extend_result result;
	struct tally_problem problem;
	enum tally_status status = deed_do(authority, &deed, &result, &problem);

	if (status == TALLY_TRY_AGAIN)
		status = deed_do(authority, &deed, &result, &problem);
	if (status != TALLY_OK)
		fail_msg("once again `%s`: %s: %s", name, tally_status_name(status), problem.text);
	assert_true(result.is_existing);
	assert_int_equal(result.number, number);
}

/* Every name is where it was, and nothing was written to the log. */
static void check_names(const struct cached *cached)
{
	struct tally_authority *authority = deed_open(cached->path, &soft);
	uint64_t log_size;
	uint8_t *log;

	/* Record 0 is the header, then the names, the large event, and the names behind the cache. */
	check_name(authority, 0, "name-0", 1);
	check_name(authority, 1, "name-57", 58);
	check_name(authority, 3, "name-99", 100);
	check_name(authority, 1, "tail-1", 103);
	tally_authority_close(authority);
	log = file_read_whole(cached->path, "log", &log_size);
	assert_int_equal(log_size, cached->log.size);
	assert_memory_equal(log, cached->log.data, log_size);
	free(log);
}

static void put_cache(struct cached *cached, const uint8_t *bytes, size_t size)
{
	struct folder folder = folder_copy(&cached->folder);

	folder_change(&folder, "cache", bytes, size);
	folder_put(&folder, cached->path);
	folder_done(&folder);
}

static void test_damaged_cache(void **state)
{
	struct cached cached = cached_begin();
	uint8_t *cache = malloc(cached.cache.size);

	(void)state;
	assert_non_null(cache);
	memcpy(cache, cached.cache.data, cached.cache.size);
	for (size_t at = 0; at < cached.cache.size; at += at < EVERY_BELOW ? 1 : STEP) {
		cache[at] ^= 0x81;
		put_cache(&cached, cache, cached.cache.size);
		check_names(&cached);
		cache[at] ^= 0x81;
	}
	free(cache);
	cached_end(&cached);
}

static void test_cut_cache(void **state)
{
	struct cached cached = cached_begin();

	(void)state;
	for (size_t size = 0; size < cached.cache.size; size += size < EVERY_BELOW ? 1 : STEP) {
		put_cache(&cached, cached.cache.data, size);
		check_names(&cached);
	}
	cached_end(&cached);
}

/* A cache of the same log from an earlier day, and one whose pages are of another day than its head. */
static void test_old_cache(void **state)
{
	struct cached cached = cached_begin();
	uint8_t *old = malloc(cached.cache.size);
	size_t old_size = cached.cache.size;
	struct folder later;
	struct span cache;

	(void)state;
	assert_non_null(old);
	memcpy(old, cached.cache.data, old_size);
	extend_large(cached.path);
	extend_names(cached.path, "later", 90);
	extend_large(cached.path);
	later = folder_read(cached.path);
	cache = span(folder_find(&later, "cache")->data, folder_find(&later, "cache")->size);
	assert_true(cache.size != old_size || memcmp(cache.data, old, old_size) != 0);
	folder_done(&cached.folder);
	cached.folder = later;
	cached.log = span(folder_find(&later, "log")->data, folder_find(&later, "log")->size);
	put_cache(&cached, old, old_size);
	check_names(&cached);
	free(old);
	cached_end(&cached);
}

/* --- names that were chosen so that they fall in one page --- */

#define CHOSEN_COUNT 300 /* a page holds 127 */
#define CHOSEN_LIMIT 24
#define CHOSEN_MASK 0xff /* one page as long as there are not more than 256 */
#define PAGE_SIZE 4096
#define HEAD_SIZE (64 * 1024)

/* docs/formats/cache.md: the low bits of the key, which is the beginning of a SHA-256, choose the page. */
static void choose_name(unsigned *from, char ret[CHOSEN_LIMIT])
{
	char text[64];
	int origin = snprintf(text, sizeof(text), "%u:%u", (unsigned)getuid(), (unsigned)getgid()) + 1;
	uint8_t sha256[32];

	do {
		int name = snprintf(ret, CHOSEN_LIMIT, "chosen-%u", (*from)++);

		memcpy(text + origin, ret, (size_t)name);
		assert_int_equal(EVP_Digest(text, (size_t)(origin + name), sha256, NULL, EVP_sha256(), NULL), 1);
	} while ((sha256[0] & CHOSEN_MASK) != 0);
}

static uint64_t cache_size(const char *path)
{
	uint64_t size;
	uint8_t *cache = file_read_whole(path, "cache", &size);

	assert_non_null(cache);
	free(cache);
	return size;
}

static void check_chosen(const char *path, char names[][CHOSEN_LIMIT], const uint64_t *numbers)
{
	struct tally_authority *authority = deed_open(path, &soft);

	for (size_t i = 0; i < CHOSEN_COUNT; i++)
		check_name(authority, 2, names[i], numbers[i]);
	check_name(authority, 0, "name-0", 1);
	check_name(authority, 3, "name-99", 100);
	tally_authority_close(authority);
}

static void test_names_of_one_page(void **state)
{
	struct cached cached = cached_begin();
	static char names[CHOSEN_COUNT][CHOSEN_LIMIT];
	uint64_t numbers[CHOSEN_COUNT];
	struct tally_authority *authority = deed_open(cached.path, &soft);
	unsigned from = 0;

	(void)state;
	for (size_t i = 0; i < CHOSEN_COUNT; i++) {
		choose_name(&from, names[i]);
		numbers[i] = deed_must(authority, 2, names[i], true);
	}
	tally_authority_close(authority);
	extend_large(cached.path);
	extend_large(cached.path);
	/* Four hundred names at 76 a page: eight pages at most, whatever they are. */
	assert_true(cache_size(cached.path) <= HEAD_SIZE + 8 * PAGE_SIZE);
	check_chosen(cached.path, names, numbers);
	/* The table grows by its load, and those that had flowed over go where they belong. */
	extend_names(cached.path, "later", 1000);
	extend_large(cached.path);
	extend_large(cached.path);
	assert_true(cache_size(cached.path) > HEAD_SIZE + 8 * PAGE_SIZE);
	assert_true(cache_size(cached.path) <= HEAD_SIZE + 32 * PAGE_SIZE);
	check_chosen(cached.path, names, numbers);
	cached_end(&cached);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_damaged_cache),
		cmocka_unit_test(test_cut_cache),
		cmocka_unit_test(test_old_cache),
		cmocka_unit_test(test_names_of_one_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
