// SPDX-License-Identifier: BSD-2-Clause
/* Tag measurements: the files NAME:HASH that kernels since 6.16 have in sysfs, and their being one with rtmrs/. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cel.h"

#define NAME_LIMIT 64
#define FILE_LIMIT 128

struct register_file {
	char name[NAME_LIMIT];
	char alg[16]; /* "" where the value is no hash */
	off_t size;
	mode_t mode;
};

static struct register_file files[FILE_LIMIT];
static size_t file_count;

static void add_file(int dir, const char *name)
{
	struct register_file *file = &files[file_count++];
	const char *colon = strchr(name, ':');
	struct stat stat;

	ABI_EXPECT(file_count <= FILE_LIMIT && strlen(name) < NAME_LIMIT, "too much: %s", name);
	ABI_EXPECT(fstatat(dir, name, &stat, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(stat.st_mode), "%s is no file", name);
	snprintf(file->name, sizeof(file->name), "%s", name);
	snprintf(file->alg, sizeof(file->alg), "%s", colon ? colon + 1 : "");
	file->size = stat.st_size;
	file->mode = stat.st_mode & 07777;
}

static int list_files(void)
{
	int dir = abi_open_measurements();
	DIR *listing = fdopendir(dup(dir));
	struct dirent *name;

	while ((name = readdir(listing)))
		if (strcmp(name->d_name, ".") != 0 && strcmp(name->d_name, "..") != 0)
			add_file(dir, name->d_name);
	closedir(listing);
	ABI_EXPECT(file_count > 0, "there are no measurements");
	return dir;
}

static bool is_runtime(const struct register_file *file)
{
	return file->mode & 0200;
}

/* The number at the end of a register's name, where there is one. */
static int number_of(const struct register_file *file)
{
	size_t end = strcspn(file->name, ":");
	size_t begin = end;
	int number = 0;

	while (begin > 0 && file->name[begin - 1] >= '0' && file->name[begin - 1] <= '9')
		begin--;
	for (size_t i = begin; i < end; i++)
		number = 10 * number + file->name[i] - '0';
	return begin == end ? -1 : number;
}

/* The last runtime register: one that anybody may extend. */
static const struct register_file *free_file(void)
{
	const struct register_file *found = NULL;

	for (size_t i = 0; i < file_count; i++)
		if (is_runtime(&files[i]) && (!found || number_of(&files[i]) > number_of(found)))
			found = &files[i];
	ABI_EXPECT(found, "no register can be extended");
	return found;
}

static struct abi_value value_in(int dir, const struct register_file *file)
{
	struct abi_value value;
	struct abi_content content;

	abi_must_get(dir, file->name, &content);
	ABI_EXPECT(content.size == (size_t)file->size && content.size <= sizeof(value.bytes), "%s reads %zu bytes",
		   file->name, content.size);
	snprintf(value.alg, sizeof(value.alg), "%s", file->alg);
	value.size = content.size;
	memcpy(value.bytes, content.bytes, content.size);
	return value;
}

static void names_modes_and_sizes(void)
{
	list_files();
	for (size_t i = 0; i < file_count; i++) {
		const struct register_file *file = &files[i];

		ABI_EXPECT(file->mode == 0444 || file->mode == 0644, "%s has mode %o", file->name, file->mode);
		if (file->alg[0])
			ABI_EXPECT((size_t)file->size == abi_hash_size(file->alg) && file->size > 0, "%s has size %jd",
				   file->name, (intmax_t)file->size);
		ABI_EXPECT(strcspn(file->name, ":") > 0, "%s has no register's name", file->name);
	}
}

/* What the kernel has on TDX is there in its form, wherever there are registers of such names. */
static void tdx_files(void)
{
	static const struct {
		const char *name;
		mode_t mode;
	} tdx[] = {
		{ "rtmr0:sha384", 0644 }, { "rtmr1:sha384", 0644 }, { "rtmr2:sha384", 0644 }, { "rtmr3:sha384", 0644 },
		{ "mrtd:sha384", 0444 },  { "mrconfigid", 0444 },   { "mrowner", 0444 },      { "mrownerconfig", 0444 },
	};
	int dir = list_files();
	bool is_tdx = faccessat(dir, "rtmr3:sha384", F_OK, 0) == 0;

	for (size_t i = 0; is_tdx && i < sizeof(tdx) / sizeof(tdx[0]); i++) {
		struct stat stat;

		ABI_EXPECT(fstatat(dir, tdx[i].name, &stat, 0) == 0, "%s is not there", tdx[i].name);
		ABI_EXPECT((stat.st_mode & 07777) == tdx[i].mode && stat.st_size == 48, "%s has mode %o and size %jd",
			   tdx[i].name, stat.st_mode, (intmax_t)stat.st_size);
	}
}

static void reads(void)
{
	static const size_t steps[] = { 1, 7, 100, 0 };
	int dir = list_files();

	for (size_t i = 0; i < file_count; i++) {
		struct abi_value value = value_in(dir, &files[i]);
		int fd = abi_must_open(dir, files[i].name, O_RDONLY);
		struct abi_content content;
		uint8_t part[8];

		ABI_EXPECT_RESULT(abi_read_on(fd, steps, &content), 0, "%s in steps", files[i].name);
		ABI_EXPECT(content.size == value.size && memcmp(content.bytes, value.bytes, value.size) == 0,
			   "%s in steps", files[i].name);
		ABI_EXPECT(pread(fd, part, sizeof(part), 5) == sizeof(part) &&
				   memcmp(part, value.bytes + 5, sizeof(part)) == 0,
			   "%s from byte 5", files[i].name);
		ABI_EXPECT(pread(fd, part, sizeof(part), files[i].size - 3) == 3, "the last bytes of %s",
			   files[i].name);
		ABI_EXPECT(pread(fd, part, sizeof(part), files[i].size) == 0, "behind the end of %s", files[i].name);
		ABI_EXPECT(lseek(fd, 0, SEEK_SET) == 0, "lseek of %s", files[i].name);
		close(fd);
	}
}

/* One write of the whole digest at offset 0, with whatever flags it was opened. */
static void extends(void)
{
	static const int flags[] = { O_WRONLY, O_WRONLY | O_CREAT | O_TRUNC, O_RDWR, O_WRONLY | O_SYNC | O_NONBLOCK };
	int dir = list_files();
	const struct register_file *file = free_file();

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		struct abi_value expected = value_in(dir, file);
		struct abi_value value;
		uint8_t digest[64];
		int fd = abi_must_open(dir, file->name, flags[i]);

		abi_random(digest, sizeof(digest));
		expected = abi_extended(&expected, digest);
		ABI_EXPECT(pwrite(fd, digest, expected.size, 0) == (ssize_t)expected.size, "pwrite: %s",
			   strerror(errno));
		value = value_in(dir, file);
		ABI_EXPECT(abi_same_value(&value, &expected), "%s is not H(old || digest)", file->name);
		ABI_EXPECT(pwrite(fd, digest, expected.size, 0) == (ssize_t)expected.size, "pwrite again: %s",
			   strerror(errno));
		expected = abi_extended(&expected, digest);
		value = value_in(dir, file);
		ABI_EXPECT(abi_same_value(&value, &expected), "%s after a second pwrite", file->name);
		close(fd);
	}
}

/* A register is read anew at each read of its beginning, on an old descriptor too. */
static void live_on_an_open_descriptor(void)
{
	int dir = list_files();
	const struct register_file *file = free_file();
	struct abi_value expected = value_in(dir, file);
	int fd = abi_must_open(dir, file->name, O_RDONLY);
	uint8_t bytes[64];

	ABI_EXPECT(pread(fd, bytes, expected.size, 0) == (ssize_t)expected.size, "pread");
	ABI_EXPECT_RESULT(abi_put(dir, file->name, bytes, expected.size), 0, "extend");
	expected = abi_extended(&expected, bytes);
	ABI_EXPECT(pread(fd, bytes, expected.size, 0) == (ssize_t)expected.size, "pread");
	ABI_EXPECT(memcmp(bytes, expected.bytes, expected.size) == 0, "an old descriptor shows an old value");
	close(fd);
}

/* Shapes of write(2) that extend nothing. The size is that of a digest plus `more`, or `exactly`. */
static const struct {
	const char *what;
	off_t offset;
	ssize_t more;
	size_t exactly;
	int error;
} bad_writes[] = {
	{ "one byte", 0, 0, 1, EINVAL },
	{ "half a digest", 0, 0, 24, EINVAL },
	{ "one byte less", 0, -1, 0, EINVAL },
	{ "one byte more", 0, 1, 0, EINVAL },
	{ "two digests", 0, 0, 96, EINVAL },
	{ "a page", 0, 0, 4096, EINVAL },
	{ "64 KiB", 0, 0, 65536, EINVAL },
	{ "a digest at offset 1", 1, 0, 0, EINVAL },
	{ "the second byte alone", 1, 0, 1, EINVAL },
	{ "a digest behind the end", 64, 0, 0, EFBIG },
	{ "a digest far behind the end", 1 << 20, 0, 0, EFBIG },
};

static void writes_that_extend_nothing(void)
{
	static uint8_t bytes[65536];
	int dir = list_files();
	const struct register_file *file = free_file();
	struct abi_value before = value_in(dir, file);
	struct abi_value after;
	int fd = abi_must_open(dir, file->name, O_WRONLY);

	for (size_t i = 0; i < sizeof(bad_writes) / sizeof(bad_writes[0]); i++) {
		size_t size = bad_writes[i].exactly ? bad_writes[i].exactly : before.size + (size_t)bad_writes[i].more;
		ssize_t written = pwrite(fd, bytes, size, bad_writes[i].offset);

		ABI_EXPECT(written < 0, "%s: %zd bytes were taken", bad_writes[i].what, written);
		ABI_EXPECT_RESULT(errno, bad_writes[i].error, "%s", bad_writes[i].what);
	}
	ABI_EXPECT(write(fd, bytes, 0) == 0, "a write of nothing");
	ABI_EXPECT(ftruncate(fd, 0) == 0, "ftruncate: %s", strerror(errno));
	close(fd);
	close(abi_must_open(dir, file->name, O_WRONLY | O_CREAT | O_TRUNC));
	after = value_in(dir, file);
	ABI_EXPECT(abi_same_value(&before, &after), "%s has changed", file->name);
}

/* A descriptor that has written stands behind the end: a second write(2) is refused. */
static void second_write(void)
{
	int dir = list_files();
	const struct register_file *file = free_file();
	struct abi_value expected = value_in(dir, file);
	struct abi_value after;
	int fd = abi_must_open(dir, file->name, O_WRONLY);

	ABI_EXPECT_RESULT(abi_write(fd, expected.bytes, expected.size), 0, "the first write");
	ABI_EXPECT_RESULT(abi_write(fd, expected.bytes, expected.size), EFBIG, "the second write");
	ABI_EXPECT_RESULT(abi_write(fd, "\n", 1), EFBIG, "a newline behind the digest");
	close(fd);
	expected = abi_extended(&expected, expected.bytes);
	after = value_in(dir, file);
	ABI_EXPECT(abi_same_value(&expected, &after), "%s was not extended once", file->name);
}

static void static_registers(void)
{
	int dir = list_files();

	for (size_t i = 0; i < file_count; i++)
		if (!is_runtime(&files[i])) {
			ABI_EXPECT_RESULT(-abi_open(dir, files[i].name, O_WRONLY), EACCES, "open of %s to write",
					  files[i].name);
			ABI_EXPECT_RESULT(-abi_open(dir, files[i].name, O_RDWR), EACCES, "open of %s for both",
					  files[i].name);
			ABI_EXPECT_RESULT(-abi_open(dir, files[i].name, O_WRONLY | O_CREAT | O_TRUNC), EACCES,
					  "the same, O_CREAT");
		}
}

static void tree_of_measurements(void)
{
	int dir = list_files();

	ABI_EXPECT(mkdirat(dir, "abi-inside", 0700) != 0 && errno == EPERM, "mkdir: %s", strerror(errno));
	ABI_EXPECT(unlinkat(dir, files[0].name, 0) != 0 && errno == EPERM, "unlink: %s", strerror(errno));
	ABI_EXPECT(renameat(dir, files[0].name, dir, "abi-renamed") != 0 && errno == EPERM, "rename: %s",
		   strerror(errno));
	ABI_EXPECT_RESULT(-abi_open(dir, "abi-unknown", O_RDONLY), ENOENT, "an unknown name");
	ABI_EXPECT_RESULT(-abi_open(dir, "abi-unknown", O_WRONLY | O_CREAT), EACCES, "creating a file");
	ABI_EXPECT_RESULT(-abi_open(dir, "rtmr99:sha384", O_WRONLY), ENOENT, "an unknown register");
}

/* Where a target has locks, it tells of them in registers/. */
static bool is_locked(const char *name)
{
	char path[PATH_MAX];
	struct abi_content text;

	snprintf(path, sizeof(path), "%s/registers/%.*s/locked", abi_target.root, (int)strcspn(name, ":"), name);
	return abi_get(AT_FDCWD, path, &text) == 0 && text.size > 0 && text.bytes[0] == '1';
}

/* rtmrs/ and measurements/ show one register, whichever was written. */
static void one_set_of_registers(void)
{
	int dir = list_files();

	for (size_t i = 0; i < file_count; i++) {
		struct abi_entry entry;
		struct abi_value here;
		struct abi_value there;

		if (!is_runtime(&files[i]) || number_of(&files[i]) < 0)
			continue;
		entry = abi_bind((unsigned)number_of(&files[i]));
		here = value_in(dir, &files[i]);
		there = abi_value_of(entry.dir);
		ABI_EXPECT(abi_same_value(&here, &there), "%s and rtmrs/ differ", files[i].name);
		if (is_locked(files[i].name)) {
			ABI_EXPECT_RESULT(abi_put(dir, files[i].name, here.bytes, here.size), EPERM,
					  "extend of the locked %s", files[i].name);
			ABI_EXPECT_RESULT(abi_put(entry.dir, "digest", here.bytes, here.size), EPERM,
					  "the same in rtmrs/");
			ABI_EXPECT_RESULT(abi_put_text(entry.dir, "append_event", "event"), EPERM, "an event for it");
			there = abi_value_of(entry.dir);
			ABI_EXPECT(abi_same_value(&here, &there), "%s is locked, and was extended", files[i].name);
			abi_entry_remove(&entry);
			continue;
		}
		ABI_EXPECT_RESULT(abi_put(dir, files[i].name, here.bytes, here.size), 0, "extend of %s", files[i].name);
		here = abi_extended(&here, here.bytes);
		there = abi_value_of(entry.dir);
		ABI_EXPECT(abi_same_value(&here, &there), "%s was extended, and rtmrs/ does not show it",
			   files[i].name);
		if (!abi_is_firmware_register(entry.dir)) {
			ABI_EXPECT_RESULT(abi_put(entry.dir, "digest", here.bytes, here.size), 0, "extend in rtmrs/");
			there = abi_extended(&here, here.bytes);
			here = value_in(dir, &files[i]);
			ABI_EXPECT(abi_same_value(&here, &there), "rtmrs/ extended, and %s does not show it",
				   files[i].name);
		}
		abi_entry_remove(&entry);
	}
}

/* What is extended here is logged like everything else. */
static void logged(void)
{
	int dir = list_files();
	const struct register_file *file = free_file();
	struct abi_entry entry = abi_bind((unsigned)number_of(file));
	struct abi_content log;
	struct abi_record newest;
	uint8_t digest[64];

	abi_random(digest, sizeof(digest));
	ABI_EXPECT_RESULT(abi_put(dir, file->name, digest, (size_t)file->size), 0, "extend");
	abi_must_get(entry.dir, "event_log", &log);
	newest = abi_newest(&log, (unsigned)number_of(file), file->alg);
	ABI_EXPECT(memcmp(newest.digest, digest, (size_t)file->size) == 0, "the newest record has another digest");
	abi_entry_remove(&entry);
}

const struct abi_case abi_measurements_cases[] = {
	{ "measurements", "files are named, sized and permitted as in sysfs", names_modes_and_sizes },
	{ "measurements", "what the kernel has on TDX is there", tdx_files },
	{ "measurements", "reads from anywhere, of any size", reads },
	{ "measurements", "a digest at offset 0 extends: H(old || digest)", extends },
	{ "measurements", "an open descriptor shows the register's new value", live_on_an_open_descriptor },
	{ "measurements", "every other write is refused and extends nothing", writes_that_extend_nothing },
	{ "measurements", "a second write on the same descriptor is refused", second_write },
	{ "measurements", "a static register opens for reading only", static_registers },
	{ "measurements", "nothing is created, removed or renamed", tree_of_measurements },
	{ "measurements rtmrs", "measurements and rtmrs/ are one set of registers", one_set_of_registers },
	{ "measurements rtmrs", "what is extended here stands in the log", logged },
	{ NULL, NULL, NULL },
};
