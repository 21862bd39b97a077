// SPDX-License-Identifier: BSD-2-Clause
/* Tag registers: every register as a directory, static ones too, without mkdir; and the whole log. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cel.h"

#define NAME_LIMIT 256
#define REGISTER_LIMIT 64

static char names[REGISTER_LIMIT][NAME_LIMIT];
static size_t name_count;

static int list_registers(void)
{
	int dir = abi_open_below_root("registers");
	DIR *listing = fdopendir(dup(dir));
	struct dirent *name;

	while ((name = readdir(listing)))
		if (name->d_name[0] != '.') {
			ABI_EXPECT(name_count < REGISTER_LIMIT && strlen(name->d_name) < NAME_LIMIT, "too much: %s",
				   name->d_name);
			snprintf(names[name_count++], NAME_LIMIT, "%s", name->d_name);
		}
	closedir(listing);
	ABI_EXPECT(name_count > 0, "there are no registers");
	return dir;
}

static void text_of(int dir, const char *name, char ret[256])
{
	struct abi_content content;

	abi_must_get(dir, name, &content);
	ABI_EXPECT(content.size > 0 && content.size < 256 && content.bytes[content.size - 1] == '\n', "%s is no line",
		   name);
	memcpy(ret, content.bytes, content.size - 1);
	ret[content.size - 1] = 0;
}

/* The words that a file may hold. */
static const struct {
	const char *file;
	const char *words[6];
} word_files[] = {
	{ "kind", { "static", "runtime" } },
	{ "signed", { "value", "digest", "locked", "elsewhere", "no" } },
	{ "locked", { "0", "1" } },
};

static void check_words(int dir, const char *reg)
{
	for (size_t i = 0; i < sizeof(word_files) / sizeof(word_files[0]); i++) {
		char text[256];
		bool is_known = false;

		text_of(dir, word_files[i].file, text);
		for (const char *const *word = word_files[i].words; *word; word++)
			is_known = is_known || strcmp(text, *word) == 0;
		ABI_EXPECT(is_known, "%s of %s is \"%s\"", word_files[i].file, reg, text);
	}
}

/* hash_algo names each bank; one is `digest`, of several each is `digest:NAME`. */
static void check_banks(int dir, const char *reg)
{
	char algs[256];
	char *rest = algs;
	bool is_one;
	char *alg;

	text_of(dir, "hash_algo", algs);
	is_one = !strchr(algs, ' ');
	while ((alg = strsep(&rest, " "))) {
		char file[300];
		struct abi_content digest;
		struct stat stat;

		snprintf(file, sizeof(file), is_one ? "digest" : "digest:%s", alg);
		abi_must_get(dir, file, &digest);
		ABI_EXPECT(digest.size > 0 && digest.size == abi_hash_size(alg), "%s of %s has %zu bytes", file, reg,
			   digest.size);
		ABI_EXPECT(fstatat(dir, file, &stat, 0) == 0 && stat.st_size == (off_t)digest.size, "size of %s of %s",
			   file, reg);
	}
}

static void check_modes(int dir, const char *reg)
{
	DIR *listing = fdopendir(dup(dir));
	struct dirent *name;

	while ((name = readdir(listing))) {
		struct stat stat;

		if (name->d_name[0] == '.')
			continue;
		ABI_EXPECT(fstatat(dir, name->d_name, &stat, 0) == 0 && S_ISREG(stat.st_mode) &&
				   (stat.st_mode & 07777) == 0444,
			   "%s of %s has mode %o", name->d_name, reg, stat.st_mode);
		ABI_EXPECT_RESULT(-abi_open(dir, name->d_name, O_WRONLY), EACCES, "%s of %s to write", name->d_name,
				  reg);
		ABI_EXPECT_RESULT(-abi_open(dir, name->d_name, O_RDWR | O_CREAT), EACCES, "%s of %s for both",
				  name->d_name, reg);
	}
	closedir(listing);
}

/* Nothing is measured into a static register, so it has no events. */
static void check_log(int dir, const char *reg)
{
	struct abi_content log;
	char kind[256];

	ABI_EXPECT_RESULT(abi_get(dir, "event_log", &log), 0, "event_log of %s", reg);
	text_of(dir, "kind", kind);
	ABI_EXPECT(log.size == 0 || strcmp(kind, "runtime") == 0, "%s is static, and its event_log has %zu bytes", reg,
		   log.size);
}

static void every_register(void)
{
	int registers = list_registers();

	for (size_t i = 0; i < name_count; i++) {
		int dir = abi_must_open(registers, names[i], O_DIRECTORY);
		struct abi_content content;

		check_words(dir, names[i]);
		check_banks(dir, names[i]);
		check_modes(dir, names[i]);
		abi_must_get(dir, "tcg_map", &content);
		ABI_EXPECT(content.size > 0 && content.bytes[content.size - 1] == '\n', "tcg_map of %s is no line",
			   names[i]);
		check_log(dir, names[i]);
		close(dir);
	}
}

static void tree_of_registers(void)
{
	int registers = list_registers();
	int root = abi_open_root();
	int dir = abi_must_open(registers, names[0], O_DIRECTORY);

	ABI_EXPECT(mkdirat(registers, "abi-inside", 0700) != 0 && errno == EPERM, "mkdir in registers: %s",
		   strerror(errno));
	ABI_EXPECT(mkdirat(dir, "abi-inside", 0700) != 0 && errno == EPERM, "mkdir in a register: %s", strerror(errno));
	ABI_EXPECT(unlinkat(registers, names[0], AT_REMOVEDIR) != 0 && errno == EPERM, "rmdir: %s", strerror(errno));
	ABI_EXPECT(unlinkat(dir, "kind", 0) != 0 && errno == EPERM, "unlink: %s", strerror(errno));
	ABI_EXPECT(unlinkat(root, "log", 0) != 0 && errno == EPERM, "unlink of log: %s", strerror(errno));
	ABI_EXPECT_RESULT(-abi_open(registers, "abi-unknown", O_RDONLY), ENOENT, "an unknown register");
	ABI_EXPECT_RESULT(-abi_open(dir, "abi-unknown", O_RDONLY), ENOENT, "an unknown file");
	ABI_EXPECT_RESULT(-abi_open(dir, "abi-unknown", O_WRONLY | O_CREAT), EACCES, "creating a file");
	ABI_EXPECT_RESULT(-abi_open(root, "log", O_WRONLY), EACCES, "writing the log");
}

/* The digests are those of measurements/, where a name without a hash is of no other size. */
static void same_as_measurements(void)
{
	int registers = list_registers();
	int measurements = abi_open_measurements();

	for (size_t i = 0; i < name_count; i++) {
		int dir = abi_must_open(registers, names[i], O_DIRECTORY);
		struct abi_content here;
		struct abi_content there;
		char algs[256];
		char name[400];

		text_of(dir, "hash_algo", algs);
		if (strchr(algs, ' '))
			continue;
		snprintf(name, sizeof(name), "%s:%s", names[i], algs);
		abi_must_get(dir, "digest", &here);
		if (abi_get(measurements, name, &there) == ENOENT)
			abi_must_get(measurements, names[i], &there);
		ABI_EXPECT(abi_equal(&here, &there), "%s and its measurement differ", names[i]);
		close(dir);
	}
}

/* The numbers of registers are those of rtmrs/: what is measured there is seen here. */
static void same_as_rtmrs(void)
{
	unsigned index = abi_free_register();
	struct abi_entry entry = abi_bind(index);
	int registers = list_registers();
	unsigned seen = 0;

	ABI_EXPECT_RESULT(abi_put_text(entry.dir, "append_event", "seen in both"), 0, "append_event");
	for (size_t i = 0; i < name_count; i++) {
		int dir = abi_must_open(registers, names[i], O_DIRECTORY);
		struct abi_content log;
		struct abi_content entrys;
		struct abi_content digest;
		struct abi_value value = abi_value_of(entry.dir);

		abi_must_get(dir, "event_log", &log);
		abi_must_get(entry.dir, "event_log", &entrys);
		if (log.size > 0 && abi_equal(&log, &entrys)) {
			seen++;
			abi_must_get(dir, "digest", &digest);
			ABI_EXPECT(memcmp(digest.bytes, value.bytes, value.size) == 0, "%s has another value",
				   names[i]);
		}
		close(dir);
	}
	ABI_EXPECT(seen == 1, "%u registers have the log of index %u", seen, index);
	abi_entry_remove(&entry);
}

/* --- the log --- */

struct found_register {
	char name[NAME_LIMIT];
	unsigned number;
	struct abi_value reset;
};

struct found_registers {
	struct found_register item[REGISTER_LIMIT];
	size_t count;
};

static void take_runtime(void *context, const char *name, unsigned number, unsigned kind, const struct abi_value *reset)
{
	struct found_registers *found = context;
	struct found_register *item = &found->item[found->count];

	if (kind != ABI_KIND_RUNTIME)
		return;
	ABI_EXPECT(found->count < REGISTER_LIMIT, "too many registers");
	snprintf(item->name, sizeof(item->name), "%s", name);
	item->reset = *reset;
	item->number = number;
	found->count++;
}

/* event_log of a register is what the log has of it, byte for byte. */
static void log_of_every_register(void)
{
	static struct abi_content log;
	static struct found_registers found;
	int registers = abi_open_below_root("registers");

	abi_must_get(abi_open_root(), "log", &log);
	abi_read_header(&log, take_runtime, &found);
	for (size_t i = 0; i < found.count; i++) {
		int dir = abi_must_open(registers, found.item[i].name, O_DIRECTORY);
		struct abi_content part;
		struct abi_record record;
		size_t at = 0;
		size_t used = 0;

		abi_must_get(dir, "event_log", &part);
		while (abi_record_next(&log, &at, found.item[i].reset.alg, &record)) {
			if (record.index != found.item[i].number)
				continue;
			ABI_EXPECT(record.size <= part.size - used &&
					   memcmp(part.bytes + used, record.bytes, record.size) == 0,
				   "record %llu is not in event_log of %s", (unsigned long long)record.number,
				   found.item[i].name);
			used += record.size;
		}
		ABI_EXPECT(used == part.size, "event_log of %s has more than the log", found.item[i].name);
		close(dir);
	}
}

/* On a machine where nothing was measured before: the log replays from the reset values to every register. */
static void log_replays(void)
{
	static struct abi_content log;
	static struct found_registers found;
	int registers = abi_open_below_root("registers");

	abi_must_get(abi_open_root(), "log", &log);
	abi_read_header(&log, take_runtime, &found);
	ABI_EXPECT(found.count > 0, "the log's header names no runtime register");
	for (size_t i = 0; i < found.count; i++) {
		struct abi_value value = abi_replay(&log, found.item[i].number, 0, &found.item[i].reset);
		struct abi_content digest;
		char path[NAME_LIMIT + 32];

		snprintf(path, sizeof(path), "%s/digest", found.item[i].name);
		if (faccessat(registers, path, F_OK, 0) != 0)
			snprintf(path, sizeof(path), "%s/digest:%s", found.item[i].name, value.alg);
		abi_must_get(registers, path, &digest);
		ABI_EXPECT(digest.size == value.size && memcmp(digest.bytes, value.bytes, value.size) == 0,
			   "the log does not replay to %s", found.item[i].name);
	}
}

static void log_in_odd_steps(void)
{
	static const size_t steps[][4] = { { 1, 7, 100 }, { 4096 }, { 65536 } };
	static struct abi_content whole;
	static struct abi_content pieces;
	int root = abi_open_root();

	abi_must_get(root, "log", &whole);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int fd = abi_must_open(root, "log", O_RDONLY);

		ABI_EXPECT_RESULT(abi_read_on(fd, steps[i], &pieces), 0, "steps %zu", i);
		ABI_EXPECT(abi_equal(&whole, &pieces), "steps %zu give another log", i);
		close(fd);
	}
}

const struct abi_case abi_registers_cases[] = {
	{ "registers", "every register has its files, to read only", every_register },
	{ "registers", "nothing is created, removed or written", tree_of_registers },
	{ "registers measurements", "the digests are those of measurements/", same_as_measurements },
	{ "registers rtmrs", "what is measured in rtmrs/ is seen here", same_as_rtmrs },
	{ "registers", "event_log is what the log has of the register", log_of_every_register },
	{ "registers", "the log replays to the registers", log_replays },
	{ "registers", "reads of any size give the same log", log_in_odd_steps },
	{ NULL, NULL, NULL },
};
