// SPDX-License-Identifier: BSD-2-Clause
/* A log saved before a kexec and restored behind it, and the saves that are refused. */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static const uint8_t boot1[TALLY_BOOT_ID_SIZE] = { 1 };
static const uint8_t boot2[TALLY_BOOT_ID_SIZE] = { 2 };

struct folders {
	char save[128];
	char log[160]; /* in the save */
};

static struct folders folders_of(struct world *world)
{
	struct folders folders;

	snprintf(folders.save, sizeof(folders.save), "%s/save", world->path);
	snprintf(folders.log, sizeof(folders.log), "%s/log", folders.save);
	return folders;
}

/* Registers that outlive the kexec, and events in two of them. */
static void first_boot(struct world *world)
{
	struct tally_extend_result result;

	world->soft.is_durable = true;
	world->soft.boot_id = boot1;
	world_open(world);
	extend_ok(world, "rtmr2", "one");
	extend_ok(world, "rtmr3", "two");
	assert_int_equal(extend(world, "rtmr2", "app", true, &result), TALLY_OK);
}

static void save_ok(struct world *world)
{
	struct folders folders = folders_of(world);
	uint64_t count;

	if (tally_authority_save(world->owner, folders.save, &count, &world->problem) != TALLY_OK)
		fail_msg("save: %s", world->problem.text);
}

/* The new kernel: another boot id, the registers as they were, and nothing else in the directory. */
static void kexec(struct world *world)
{
	DIR *directory = opendir(world->path);
	struct dirent *entry;

	world_close(world);
	while ((entry = readdir(directory)))
		if (strcmp(entry->d_name, "registers") != 0 && strcmp(entry->d_name, "key.pem") != 0) {
			char path[400];

			snprintf(path, sizeof(path), "%s/%s", world->path, entry->d_name);
			unlink(path);
		}
	closedir(directory);
	world->soft.boot_id = boot2;
	world_open(world);
}

static enum tally_status restore(struct world *world)
{
	struct folders folders = folders_of(world);
	uint64_t count;

	return tally_authority_restore(world->owner, folders.save, &count, &world->problem);
}

static void restore_ok(struct world *world)
{
	enum tally_status status = restore(world);

	if (status != TALLY_OK)
		fail_msg("restore: %s: %s", tally_status_name(status), world->problem.text);
}

static void a_log_goes_on_over_a_kexec(void **state)
{
	struct world *world = *state;
	struct tally_extend_result result;

	first_boot(world);
	save_ok(world);
	kexec(world);
	assert_log(world, "header base base");
	restore_ok(world);
	assert_log(world, "header event:one event:two event:app kexec");
	assert_int_equal(extend(world, "rtmr2", "app", true, &result), TALLY_OK);
	assert_true(result.is_existing);
	world_open(world);
	assert_int_equal(extend_ok(world, "rtmr2", "three"), 5);
	assert_log(world, "header event:one event:two event:app kexec event:three");
}

static void stored_names_go_with_it(void **state)
{
	struct world *world = *state;
	struct tally_trim_result trimmed;
	struct tally_extend_result result;
	char part[128];
	int fd;

	first_boot(world);
	snprintf(part, sizeof(part), "%s/part", world->path);
	fd = open(part, O_RDWR | O_CREAT, 0600);
	assert_int_equal(tally_authority_trim(world->owner, fd, 0, &trimmed, &world->problem), TALLY_OK);
	close(fd);
	save_ok(world);
	kexec(world);
	restore_ok(world);
	assert_log(world, "trim pin pin kexec");
	assert_int_equal(extend(world, "rtmr2", "app", true, &result), TALLY_OK);
	assert_true(result.is_existing);
	assert_int_equal(extend(world, "rtmr2", "new", true, &result), TALLY_OK);
}

/* The new kernel's firmware, or a program before us, extended one of the registers. */
static void a_register_that_went_on_gets_a_gap(void **state)
{
	struct world *world = *state;

	first_boot(world);
	save_ok(world);
	stranger(world);
	kexec(world);
	restore_ok(world);
	extend_ok(world, "rtmr2", "three");
	assert_log(world, "header event:one event:two event:app gap kexec pin event:three");
}

/* Its once name was lost with the directory: it is not extended a second time. */
static void a_once_event_behind_the_save_is_unknown(void **state)
{
	struct world *world = *state;
	struct tally_extend_result result;

	first_boot(world);
	save_ok(world);
	assert_int_equal(extend(world, "rtmr2", "late", true, &result), TALLY_OK);
	kexec(world);
	restore_ok(world);
	assert_int_equal(extend(world, "rtmr2", "late", true, &result), TALLY_UNKNOWN);
	assert_int_equal(extend(world, "rtmr2", "app", true, &result), TALLY_OK);
	assert_true(result.is_existing);
}

static void put_segment(struct world *world, const char *folder, const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", world->path, folder);
	assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
	snprintf(path, sizeof(path), "%s/%s/%s", world->path, folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_int_equal(write(fd, name, strlen(name)), strlen(name));
	close(fd);
}

/* What was attached before the restore is of another log, and has the number of one that was saved. */
static void attached_logs_make_way(void **state)
{
	struct world *world = *state;
	struct stat found;
	char path[256];
	mode_t mask;

	first_boot(world);
	save_ok(world);
	kexec(world);
	put_segment(world, "save/segments", "0.tcg2");
	put_segment(world, "segments", "0.ccel");
	mask = umask(077);
	restore_ok(world);
	umask(mask);
	snprintf(path, sizeof(path), "%s/segments", world->path);
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 0777, 0750); /* its readers are those of the directory */
	snprintf(path, sizeof(path), "%s/segments/0.tcg2", world->path);
	assert_int_equal(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s/segments/0.ccel", world->path);
	assert_int_not_equal(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s/segments.lost/0.ccel", world->path);
	assert_int_equal(access(path, F_OK), 0);
}

/* Whoever owns the folder can't hold up whoever restores from it. */
static void a_pipe_is_no_save(void **state)
{
	struct world *world = *state;
	struct folders folders = folders_of(world);

	first_boot(world);
	kexec(world);
	assert_int_equal(mkdir(folders.save, 0700), 0);
	assert_int_equal(mkfifo(folders.log, 0600), 0);
	assert_int_equal(restore(world), TALLY_INVALID);
}

static void a_save_of_another_boot_is_refused(void **state)
{
	struct world *world = *state;
	char registers[128];

	first_boot(world);
	save_ok(world);
	world_close(world);
	snprintf(registers, sizeof(registers), "%s/registers", world->path);
	assert_int_equal(unlink(registers), 0);
	kexec(world);
	assert_int_equal(restore(world), TALLY_CONFLICT);
	assert_log(world, "header");
	extend_ok(world, "rtmr2", "three");
	assert_log(world, "header event:three");
}

static void too_late_is_refused(void **state)
{
	struct world *world = *state;

	first_boot(world);
	save_ok(world);
	kexec(world);
	extend_ok(world, "rtmr1", "early");
	assert_int_equal(restore(world), TALLY_CONFLICT);
	assert_log(world, "header base base event:early");
}

static uint8_t *read_all(const char *path, size_t *ret_size)
{
	struct stat found;
	uint8_t *bytes;
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &found), 0);
	*ret_size = (size_t)found.st_size;
	bytes = malloc(*ret_size);
	assert_int_equal(read(fd, bytes, *ret_size), *ret_size);
	close(fd);
	return bytes;
}

static void cut_saves_are_refused(void **state)
{
	struct world *world = *state;
	struct folders folders;
	uint8_t *bytes;
	size_t size;

	first_boot(world);
	folders = folders_of(world);
	save_ok(world);
	kexec(world);
	bytes = read_all(folders.log, &size);
	for (size_t cut = 0; cut < size; cut += 97) { /* never between two records */
		int fd = open(folders.log, O_WRONLY | O_TRUNC);

		assert_int_equal(write(fd, bytes, cut), cut);
		close(fd);
		assert_int_equal(restore(world), TALLY_CORRUPT);
	}
	free(bytes);
	assert_int_equal(unlink(folders.log), 0);
	assert_int_equal(restore(world), TALLY_NOT_FOUND);
	assert_log(world, "header base base");
}

static void a_folder_that_is_there_is_left_alone(void **state)
{
	struct world *world = *state;
	struct folders folders;
	uint64_t count;

	first_boot(world);
	folders = folders_of(world);
	assert_int_equal(mkdir(folders.save, 0700), 0);
	assert_int_equal(tally_authority_save(world->owner, folders.save, &count, &world->problem), TALLY_INVALID);
	assert_int_not_equal(access(folders.log, F_OK), 0);
	assert_int_equal(restore(world), TALLY_CONFLICT); /* events stand in the log */
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_log_goes_on_over_a_kexec),
		WORLD_TEST(stored_names_go_with_it),
		WORLD_TEST(a_register_that_went_on_gets_a_gap),
		WORLD_TEST(a_once_event_behind_the_save_is_unknown),
		WORLD_TEST(attached_logs_make_way),
		WORLD_TEST(a_pipe_is_no_save),
		WORLD_TEST(a_save_of_another_boot_is_refused),
		WORLD_TEST(too_late_is_refused),
		WORLD_TEST(cut_saves_are_refused),
		WORLD_TEST(a_folder_that_is_there_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
