// SPDX-License-Identifier: BSD-2-Clause
/* Registers that outlive a boot: one process is killed, another goes on, and the power fails. Nothing acknowledged is lost. */
#include "../unit/test.h"

#include <sys/syscall.h>

#include "deed.h"

static const uint8_t boot[TALLY_BOOT_ID_BYTES] = { 1 };
static const uint8_t next_boot[TALLY_BOOT_ID_BYTES] = { 2 };

#define SYNC_LIMIT 32

/* What would be left if the power failed: of log, slot and registers only what a sync has seen. One more with each. */
struct disk {
	const char *path;
	size_t count;
	struct folder folder[SYNC_LIMIT];
};

static bool file_is_tracked(const char *name)
{
	return !strcmp(name, "log") || !strcmp(name, "intent") || !strcmp(name, "registers");
}

static struct trace_order disk_watch(void *context, const struct trace_call *call)
{
	const struct trace_order order = { 0 };
	char name[TRACE_PATH_LIMIT];
	struct disk *disk = context;
	uint8_t *data;
	size_t size;

	if (call->number != SYS_fdatasync && call->number != SYS_fsync)
		return order;
	if (!trace_descriptor_name(call, call->argument[0], disk->path, name) || !file_is_tracked(name))
		return order;
	data = file_read_whole(disk->path, name, &size);
	assert_non_null(data);
	assert_true(disk->count < SYNC_LIMIT);
	disk->folder[disk->count] = folder_copy(&disk->folder[disk->count - 1]);
	folder_change(&disk->folder[disk->count++], name, data, size);
	free(data);
	return order;
}

/* A deed by a process of its own, killed at a stop unless that is 0. */
static bool deed_watched(struct disk *disk, struct deed_report *report, const char *event, unsigned kill_at)
{
	struct deed_run run = { .directory = disk->path, .deed = { .reg = 2, .event = event }, .report = report };
	const struct trace_plan plan = { .kill_at = kill_at, .decide = disk_watch, .context = disk };

	run.soft = (struct tally_soft_options){ .is_durable = true, .boot_id = boot };
	deed_report_clear(report);
	return trace_run(deed_run, &run, &plan).was_killed;
}

/* The machine starts again from what the disk held. */
static void check_after_power_loss(const char *path, const struct folder *folder, const struct promise *promises,
				   size_t count)
{
	const struct tally_soft_options soft = { .is_durable = true, .boot_id = next_boot };
	struct tally_authority *authority;
	struct tally_problem problem;
	struct oracle oracle;
	uint64_t gaps;

	folder_put(folder, path);
	authority = deed_open(path, &soft);
	assert_int_equal(tally_authority_settle(authority, &gaps, &problem), TALLY_OK);
	deed_must(authority, 2, "after", false);
	tally_authority_close(authority);
	oracle = oracle_read(path, TALLY_SOFT_DEFAULT);
	promises_check(promises, count, &oracle);
	oracle_check_registers(&oracle, path, &soft);
	assert_int_equal(oracle_gap_count(&oracle), 0);
	oracle_done(&oracle);
}

static struct folder folder_prepared(const char *path)
{
	const struct tally_soft_options soft = { .is_durable = true, .boot_id = boot };
	struct tally_authority *authority = deed_open(path, &soft);

	deed_must(authority, 0, "one", false);
	deed_must(authority, 2, "two", true);
	tally_authority_close(authority);
	return folder_read(path);
}

/* The power fails behind any of the second process's syncs, or when it has answered. */
static void check_every_power_loss(const struct disk *disk, size_t first, const struct deed_report *first_report,
				   const struct deed_report *second_report)
{
	const struct deed deeds[2] = { { .reg = 2, .event = "first" }, { .reg = 2, .event = "second" } };

	for (size_t i = first; i < disk->count; i++) {
		struct promise promises[2] = { deed_promise(&deeds[0], first_report),
					       deed_promise(&deeds[1], second_report) };

		assert_true(promises[1].is_acknowledged);
		promises[1].is_acknowledged = i + 1 == disk->count; /* the answer comes behind the last sync */
		check_after_power_loss(disk->path, &disk->folder[i], promises, 2);
	}
}

/* Each stop of the first process leaves something unsynced or nothing, and the second one builds upon it. */
static void test_what_others_wrote_is_synced(void **state)
{
	struct deed_report *reports[2] = { deed_report_new(), deed_report_new() };
	char path[FOLDER_NAME_LIMIT];
	bool was_killed = true;
	struct folder before;
	unsigned stop;

	(void)state;
	folder_make_path(path);
	before = folder_prepared(path);
	for (stop = 1; was_killed; stop++) {
		struct disk disk = { .path = path, .count = 1, .folder = { folder_copy(&before) } };
		size_t first;

		folder_put(&before, path);
		was_killed = deed_watched(&disk, reports[0], "first", stop);
		first = disk.count;
		assert_false(deed_watched(&disk, reports[1], "second", 0));
		check_every_power_loss(&disk, first, reports[0], reports[1]);
		for (size_t i = 0; i < disk.count; i++)
			folder_done(&disk.folder[i]);
	}
	print_message("# %u points\n", stop - 1);
	assert_true(stop > 60);
	folder_done(&before);
	folder_remove_path(path);
	deed_report_free(reports[0]);
	deed_report_free(reports[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_others_wrote_is_synced),
	};

	if (!trace_is_possible()) {
		puts("1..0 # SKIP ptrace is not allowed here");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
