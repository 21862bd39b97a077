// SPDX-License-Identifier: BSD-2-Clause
/* Registers that outlive a boot: one process is killed, another goes on, and the power fails. Nothing acknowledged is lost. */
#include "../unit/test.h"

#include <sys/stat.h>
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

/* --- trim: names come and go as well --- */

#define NAME_LIMIT 48
#define FILE_LIMIT 16
#define LOSS_LIMIT 160

/* A file's bytes as of its last sync, whatever it is called. */
struct synced {
	ino_t inode;
	uint8_t *data; /* NULL: never synced */
	size_t size;
};

/* What a power loss may leave, at each sync and rename: with the names of the last sync of the directory, or those of now. */
struct losses {
	const char *path;
	struct synced file[FILE_LIMIT];
	size_t file_count;
	struct folder names; /* as of the last sync of the directory; contents don't count */
	ino_t inode[FOLDER_ENTRY_LIMIT];
	size_t count;
	struct folder folder[LOSS_LIMIT];
};

static ino_t inode_of(const char *path, const char *name)
{
	char file[2 * FOLDER_NAME_LIMIT];
	struct stat stat;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	return lstat(file, &stat) == 0 ? stat.st_ino : 0;
}

static struct synced *synced_find(struct losses *losses, ino_t inode)
{
	for (size_t i = 0; i < losses->file_count; i++)
		if (losses->file[i].inode == inode)
			return &losses->file[i];
	assert_true(losses->file_count < FILE_LIMIT);
	losses->file[losses->file_count] = (struct synced){ .inode = inode };
	return &losses->file[losses->file_count++];
}

static void synced_set(struct losses *losses, const char *name)
{
	struct synced *synced = synced_find(losses, inode_of(losses->path, name));

	free(synced->data);
	synced->data = file_read_whole(losses->path, name, &synced->size);
}

static void names_set(struct losses *losses)
{
	folder_done(&losses->names);
	losses->names = folder_read(losses->path);
	for (size_t i = 0; i < losses->names.count; i++)
		losses->inode[i] = inode_of(losses->path, losses->names.entry[i].name);
}

/* Keys and locks are as they are: what counts is the log, its lists, the slot and the registers. */
static bool is_volatile(const char *name)
{
	return file_is_tracked(name) || !strncmp(name, "once.", 5) || !strncmp(name, "part.", 5) ||
	       !strcmp(name, "log.new");
}

static void loss_add(struct losses *losses, const struct folder *names, const ino_t *inodes)
{
	struct folder *folder = &losses->folder[losses->count];

	assert_true(losses->count < LOSS_LIMIT);
	losses->count++;
	*folder = folder_copy(names);
	for (size_t i = 0; i < names->count; i++) {
		const struct synced *synced = synced_find(losses, inodes[i]);

		if (is_volatile(names->entry[i].name))
			folder_change(folder, names->entry[i].name, synced->data ? (const void *)synced->data : "",
				      synced->data ? synced->size : 0);
	}
}

static void losses_add(struct losses *losses)
{
	struct folder now = folder_read(losses->path);
	ino_t inodes[FOLDER_ENTRY_LIMIT];

	for (size_t i = 0; i < now.count; i++)
		inodes[i] = inode_of(losses->path, now.entry[i].name);
	loss_add(losses, &now, inodes);
	loss_add(losses, &losses->names, losses->inode);
	folder_done(&now);
}

static struct trace_order losses_watch(void *context, const struct trace_call *call)
{
	const struct trace_order order = { 0 };
	struct losses *losses = context;
	char name[TRACE_PATH_LIMIT];

	if (call->number != SYS_fdatasync && call->number != SYS_fsync) {
		/* Behind whatever came before: a rename, a removal, a write. */
		if (call->number == SYS_renameat || call->number == SYS_unlinkat || call->number == SYS_close)
			losses_add(losses);
		return order;
	}
	losses_add(losses);
	if (!trace_descriptor_name(call, call->argument[0], losses->path, name))
		return order;
	if (*name && strcmp(name, strrchr(losses->path, '/') + 1) != 0)
		synced_set(losses, name);
	else
		names_set(losses);
	losses_add(losses);
	return order;
}

static void losses_begin(struct losses *losses, const char *path)
{
	memset(losses, 0, sizeof(*losses));
	losses->path = path;
	names_set(losses);
	for (size_t i = 0; i < losses->names.count; i++)
		synced_set(losses, losses->names.entry[i].name);
}

static void losses_done(struct losses *losses)
{
	for (size_t i = 0; i < losses->count; i++)
		folder_done(&losses->folder[i]);
	for (size_t i = 0; i < losses->file_count; i++)
		free(losses->file[i].data);
	folder_done(&losses->names);
}

static void check_once_after_power_loss(const char *path)
{
	const struct tally_soft_options soft = { .is_durable = true, .boot_id = next_boot };
	struct tally_authority *authority = deed_open(path, &soft);
	const struct deed deed = { .reg = 2, .event = "two", .is_once = true };
	struct tally_extend_result result;
	struct tally_problem problem;

	assert_int_equal(deed_do(authority, &deed, &result, &problem), TALLY_OK);
	assert_true(result.is_existing);
	tally_authority_close(authority);
}

/* The caller syncs the name of the part: it is there before the trim begins. */
static void part_prepare(const char *path)
{
	char name[FOLDER_NAME_LIMIT + NAME_LIMIT];
	FILE *file;

	snprintf(name, sizeof(name), "%s/part.deed", path);
	file = fopen(name, "w");
	assert_non_null(file);
	fclose(file);
}

static void test_trim(void **state)
{
	static struct losses losses;
	struct deed_report *report = deed_report_new();
	const struct trace_plan plan = { .decide = losses_watch, .context = &losses };
	struct promise promises[] = { { .event = "one", .is_acknowledged = true, .number = 1 },
				      { .event = "two", .is_acknowledged = true, .number = 2 } };
	char path[FOLDER_NAME_LIMIT];
	struct deed_run run = { .directory = path,
				.deed = { .event = "part.deed", .is_trim = true },
				.report = report };
	struct folder before;

	(void)state;
	folder_make_path(path);
	before = folder_prepared(path);
	part_prepare(path);
	run.soft = (struct tally_soft_options){ .is_durable = true, .boot_id = boot };
	losses_begin(&losses, path);
	deed_report_clear(report);
	trace_run(deed_run, &run, &plan);
	assert_int_equal(report->status, TALLY_OK);
	print_message("# %zu power losses\n", losses.count);
	assert_true(losses.count > 30);
	for (size_t i = 0; i < losses.count; i++) {
		check_after_power_loss(path, &losses.folder[i], promises, 2);
		check_once_after_power_loss(path);
	}
	losses_done(&losses);
	folder_done(&before);
	folder_remove_path(path);
	deed_report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_others_wrote_is_synced),
		cmocka_unit_test(test_trim),
	};

	if (!trace_is_possible()) {
		puts("1..0 # SKIP ptrace is not allowed here");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
