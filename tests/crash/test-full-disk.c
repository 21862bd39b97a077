// SPDX-License-Identifier: BSD-2-Clause
/* A disk that is really full: a tiny tmpfs of the test's own, with room for a few more pages. */
#include "../unit/test.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deed.h"

#define PAGE 4096
#define EVENT_LIMIT 80
#define NAME_LIMIT 32

static const uint8_t boot[TALLY_BOOT_ID_BYTES] = { 1 };

/* Take all room but so many pages. */
static void disk_fill(const char *path, unsigned free_pages)
{
	static const uint8_t page[PAGE];
	char name[FOLDER_NAME_LIMIT + 16];
	off_t size = 0;
	int fd;

	snprintf(name, sizeof(name), "%s/filler", path);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	while (pwrite(fd, page, sizeof(page), size) == PAGE)
		size += PAGE;
	assert_true(size >= (off_t)free_pages * PAGE);
	assert_int_equal(ftruncate(fd, size - (off_t)free_pages * PAGE), 0);
	close(fd);
}

static void disk_make_room(const char *path)
{
	char name[FOLDER_NAME_LIMIT + 16];

	snprintf(name, sizeof(name), "%s/filler", path);
	assert_int_equal(unlink(name), 0);
}

static void disk_prepare(const char *path, const struct tally_soft_options *soft, unsigned free_pages)
{
	struct tally_authority *authority;

	assert_int_equal(mount("tally-crash", path, "tmpfs", MS_NODEV | MS_NOSUID, "size=512k,mode=0700"), 0);
	authority = deed_open(path, soft);
	deed_must(authority, 0, "one", false);
	deed_must(authority, 2, "two", true);
	tally_authority_close(authority);
	disk_fill(path, free_pages);
}

/* Extend until an extend is not answered with ok. The number of those that were; the names stand in promises. */
static size_t extend_until_full(const char *path, const struct tally_soft_options *soft, char names[][NAME_LIMIT],
				struct promise *promises, enum tally_status *ret_last)
{
	struct tally_authority *authority = deed_open(path, soft);
	size_t count = 0;

	do {
		struct deed deed = { .reg = 2, .event = names[count], .padding = 1500 };
		struct tally_extend_result result = { 0 };
		struct tally_problem problem;

		assert_true(count < EVENT_LIMIT);
		snprintf(names[count], NAME_LIMIT, "event-%zu", count);
		*ret_last = deed_do(authority, &deed, &result, &problem);
		promises[count].event = names[count];
		promises[count].is_acknowledged = *ret_last == TALLY_OK;
		promises[count].is_refused = *ret_last != TALLY_OK && *ret_last != TALLY_INDETERMINATE;
		promises[count].number = result.number;
		count++;
	} while (*ret_last == TALLY_OK);
	tally_authority_close(authority);
	return count - 1;
}

static void check_and_go_on(const char *path, const struct tally_soft_options *soft, const struct promise *promises,
			    size_t count)
{
	struct tally_authority *authority = deed_open(path, soft);
	struct oracle oracle;

	deed_must(authority, 2, "after", false);
	tally_authority_close(authority);
	oracle = oracle_read(path, TALLY_SOFT_DEFAULT);
	promises_check(promises, count, &oracle);
	oracle_check_registers(&oracle, path, soft);
	assert_int_equal(oracle_gap_count(&oracle), 0);
	oracle_done(&oracle);
}

/* Nothing acknowledged is lost, and what can't be logged is not extended. */
static void test_full_disk(void **state)
{
	const struct tally_soft_options soft = { .boot_id = boot };
	char path[FOLDER_NAME_LIMIT];
	size_t most = 0;

	(void)state;
	folder_make_path(path);
	for (unsigned free_pages = 0; free_pages <= 24; free_pages++) {
		struct promise promises[EVENT_LIMIT + 1];
		char names[EVENT_LIMIT + 1][NAME_LIMIT];
		enum tally_status last;
		size_t done;

		disk_prepare(path, &soft, free_pages);
		done = extend_until_full(path, &soft, names, promises, &last);
		/* Room was taken before the slot was written, so that nothing is in doubt. */
		if (last != TALLY_FULL)
			fail_msg("with %u free pages, after %zu extends: %s", free_pages, done,
				 tally_status_name(last));
		most = done > most ? done : most;
		disk_make_room(path);
		check_and_go_on(path, &soft, promises, done + 1);
		assert_int_equal(umount(path), 0);
	}
	assert_true(most > 5);
	folder_remove_path(path);
}

/* The records go to another disk, and come back beside the log for the oracle. */
static enum tally_status trim_elsewhere(const char *path, const struct tally_soft_options *soft, const char *elsewhere,
					struct tally_trim_result *ret)
{
	struct tally_authority *authority = deed_open(path, soft);
	struct tally_problem problem;
	int fd = open(elsewhere, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	enum tally_status status;

	assert_true(fd >= 0);
	status = tally_authority_trim(authority, fd, 0, ret, &problem);
	close(fd);
	tally_authority_close(authority);
	return status;
}

static void bring_back(const char *path, const char *elsewhere, const char *part)
{
	char name[2 * FOLDER_NAME_LIMIT];
	size_t size;
	uint8_t *data = file_read_whole("", elsewhere, &size);
	int fd;

	assert_non_null(data);
	snprintf(name, sizeof(name), "%s/%s", path, part);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
	free(data);
}

/* A trim either gets all the room that it needs or leaves the log as it was; with room it goes on. */
static void test_trim_on_a_full_disk(void **state)
{
	const struct tally_soft_options soft = { .boot_id = boot };
	char path[FOLDER_NAME_LIMIT];
	char elsewhere[FOLDER_NAME_LIMIT + 8];
	unsigned trimmed = 0;
	unsigned refused = 0;

	(void)state;
	folder_make_path(path);
	snprintf(elsewhere, sizeof(elsewhere), "%s.part", path);
	for (unsigned free_pages = 0; free_pages <= 12; free_pages++) {
		const struct promise promises[] = { { .event = "one", .is_acknowledged = true, .number = 1 },
						    { .event = "two", .is_acknowledged = true, .number = 2 } };
		struct tally_trim_result result;
		enum tally_status status;

		disk_prepare(path, &soft, free_pages);
		status = trim_elsewhere(path, &soft, elsewhere, &result);
		if (status != TALLY_OK && status != TALLY_FULL && status != TALLY_TRY_AGAIN)
			fail_msg("with %u free pages: %s", free_pages, tally_status_name(status));
		trimmed += status == TALLY_OK;
		refused += status != TALLY_OK;
		disk_make_room(path);
		bring_back(path, elsewhere, ORACLE_PART "0");
		if (status != TALLY_OK) {
			assert_int_equal(trim_elsewhere(path, &soft, elsewhere, &result), TALLY_OK);
			bring_back(path, elsewhere, ORACLE_PART "1");
		}
		check_and_go_on(path, &soft, promises, 2);
		assert_int_equal(umount(path), 0);
	}
	print_message("# %u trimmed, %u refused\n", trimmed, refused);
	assert_true(trimmed > 0 && refused > 0);
	unlink(elsewhere);
	folder_remove_path(path);
}

/* A log that is full takes a trim, whatever a crash left of the trims before it. */
static void test_trim_of_a_full_log(void **state)
{
	const struct tally_soft_options soft = { .boot_id = boot };
	const struct deed deed = { .reg = 2, .event = "event", .padding = 1500 };
	struct tally_authority_options options = { .provider = "soft", .capacity = 128 * 1024 };
	struct tally_authority *authority;
	struct tally_extend_result result;
	struct tally_problem problem;
	char path[FOLDER_NAME_LIMIT];
	struct oracle oracle;

	(void)state;
	folder_make_path(path);
	options.directory = path;
	options.provider_options.soft = &soft;
	assert_int_equal(tally_authority_open(&options, &authority, &problem), TALLY_OK);
	for (size_t reg = 0; reg < 4; reg++)
		deed_must(authority, reg, "one", false);
	while (deed_do(authority, &deed, &result, &problem) == TALLY_OK)
		continue;
	for (unsigned round = 0; round < 3; round++) {
		char part[NAME_LIMIT];

		snprintf(part, sizeof(part), ORACLE_PART "%u", round);
		trim_must(authority, part);
		while (deed_do(authority, &deed, &result, &problem) == TALLY_OK)
			continue;
	}
	tally_authority_close(authority);
	oracle = oracle_read(path, TALLY_SOFT_DEFAULT);
	oracle_check_registers(&oracle, path, &soft);
	oracle_done(&oracle);
	folder_remove_path(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_trim_on_a_full_disk),
		cmocka_unit_test(test_trim_of_a_full_log),
	};

	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
		puts("1..0 # SKIP a mount namespace of its own takes root");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
