// SPDX-License-Identifier: BSD-2-Clause
/* Tag rtmrs: entries that are bound to a register by index, as the RFC of January 2024 has them, and their digests. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bound.h"

#define PROCESSES 64

static const struct {
	const char *name;
	mode_t mode;
} attributes[] = {
	{ "index", 0644 },     { "digest", 0644 },    { "tcg_map", 0444 },
	{ "hash_algo", 0444 }, { "event_log", 0444 }, { "append_event", 0200 },
};
#define ATTRIBUTE_COUNT (sizeof(attributes) / sizeof(attributes[0]))

static void attributes_of_an_entry(void)
{
	struct abi_entry entry = abi_entry_new("rtmrs");
	DIR *listing = fdopendir(dup(entry.dir));
	unsigned listed = 0;

	while (readdir(listing))
		listed++;
	closedir(listing);
	ABI_EXPECT(listed == ATTRIBUTE_COUNT + 2, "an entry has %u files, not %zu", listed - 2, ATTRIBUTE_COUNT);
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
		struct stat stat;

		ABI_EXPECT(fstatat(entry.dir, attributes[i].name, &stat, 0) == 0, "%s is not there",
			   attributes[i].name);
		ABI_EXPECT(S_ISREG(stat.st_mode) && (stat.st_mode & 07777) == attributes[i].mode,
			   "%s has mode %o, not %o", attributes[i].name, stat.st_mode, attributes[i].mode);
	}
	abi_entry_remove(&entry);
}

/* As long as no index is written, the entry stands for nothing. */
static void unbound_entry(void)
{
	static const char *const readable[] = { "index", "digest", "tcg_map", "hash_algo", "event_log" };
	struct abi_entry entry = abi_entry_new("rtmrs");
	struct abi_content content;
	uint8_t digest[48] = { 1 };

	for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++)
		ABI_EXPECT_RESULT(abi_get(entry.dir, readable[i], &content), ENXIO, "%s without an index", readable[i]);
	ABI_EXPECT_RESULT(abi_put(entry.dir, "digest", digest, sizeof(digest)), ENXIO, "digest without an index");
	ABI_EXPECT_RESULT(abi_put_text(entry.dir, "append_event", "event"), ENXIO, "append_event without an index");
	abi_entry_remove(&entry);
}

/* Texts that are no index; a refused one leaves the entry as it was. */
static const struct {
	const char *text;
	int error;
	int other_error; /* where a system tells an overflow by itself */
} bad_indexes[] = {
	{ "4294967295", EINVAL, EINVAL }, { "4294967296", EINVAL, ERANGE }, { "99999999999999999999", EINVAL, ERANGE },
	{ "-1", EINVAL, EINVAL },	  { "two", EINVAL, EINVAL },	    { "0x", EINVAL, EINVAL },
	{ "2 ", EINVAL, EINVAL },	  { " 2", EINVAL, EINVAL },	    { "\n", EINVAL, EINVAL },
	{ "2\n\n", EINVAL, EINVAL },	  { "2,3", EINVAL, EINVAL },
};

static void refused_indexes(void)
{
	struct abi_entry entry = abi_entry_new("rtmrs");
	struct abi_content content;
	char beyond[16];

	for (size_t i = 0; i < sizeof(bad_indexes) / sizeof(bad_indexes[0]); i++) {
		int result = abi_put_text(entry.dir, "index", bad_indexes[i].text);

		ABI_EXPECT(result == bad_indexes[i].error || result == bad_indexes[i].other_error, "index \"%s\": %s",
			   bad_indexes[i].text, abi_result_name(result));
		ABI_EXPECT_RESULT(abi_get(entry.dir, "index", &content), ENXIO, "index after a refused one");
	}
	snprintf(beyond, sizeof(beyond), "%u", abi_register_count());
	ABI_EXPECT_RESULT(abi_put_text(entry.dir, "index", beyond), EINVAL, "index %s", beyond);
	ABI_EXPECT_RESULT(abi_put_text(entry.dir, "index", "0"), 0, "a good index after refused ones");
	ABI_EXPECT_TEXT(entry.dir, "index", "0\n");
	abi_entry_remove(&entry);
}

static void taken_index(void)
{
	static const char *const forms[] = { "0", "0\n", "0x0\n", "+0" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct abi_entry first = abi_entry_new("rtmrs");
		struct abi_entry second = abi_entry_new("rtmrs");

		ABI_EXPECT_RESULT(abi_put_text(first.dir, "index", forms[i]), 0, "index \"%s\"", forms[i]);
		ABI_EXPECT_TEXT(first.dir, "index", "0\n");
		ABI_EXPECT_RESULT(abi_put_text(first.dir, "index", "0"), EBUSY, "the same index again");
		ABI_EXPECT_RESULT(abi_put_text(first.dir, "index", "1"), EBUSY, "another index for a bound entry");
		ABI_EXPECT_RESULT(abi_put_text(second.dir, "index", "0"), EBUSY, "an index that another entry has");
		abi_entry_remove(&first);
		ABI_EXPECT_RESULT(abi_put_text(second.dir, "index", "0"), 0, "an index that another entry had");
		abi_entry_remove(&second);
	}
}

static void bind_in_child(void *argument)
{
	struct abi_entry entry = abi_entry_new("rtmrs");
	int result = abi_put_text(entry.dir, "index", "0");

	(void)argument;
	if (result == EBUSY)
		_exit(2);
	ABI_EXPECT_RESULT(result, 0, "index");
}

static void race_for_an_index(void)
{
	pid_t children[PROCESSES];
	unsigned bound = 0;

	for (size_t i = 0; i < PROCESSES; i++)
		children[i] = abi_child(bind_in_child, NULL);
	for (size_t i = 0; i < PROCESSES; i++)
		bound += abi_child_succeeds(children[i]);
	ABI_EXPECT(bound == 1, "%u of %u got the same index", bound, PROCESSES);
}

/*
 * The PCRs of each register, by the platform: what go-configfs-tsm expects of TDX. It expects EPERM of a write, and a
 * file system that refuses it by the file's mode says EACCES.
 */
static void pcr_map(void)
{
	static const char *const tdx[] = { "1,7\n", "2-6\n", "8-15\n", "\n" };
	unsigned count = abi_register_count();

	for (unsigned i = 0; i < count; i++) {
		struct abi_entry entry = abi_bind(i);
		struct abi_content map;
		char alg[16];
		int result;

		abi_hash_algo(entry.dir, alg);
		if (count == 4 && strcmp(alg, "sha384") == 0)
			ABI_EXPECT_TEXT(entry.dir, "tcg_map", tdx[i]);
		abi_must_get(entry.dir, "tcg_map", &map);
		ABI_EXPECT(map.size > 0 && map.bytes[map.size - 1] == '\n', "tcg_map of %u is no line", i);
		for (size_t at = 0; at + 1 < map.size; at++)
			ABI_EXPECT(strchr("0123456789,-", map.bytes[at]), "tcg_map of %u is no list", i);
		result = abi_put_text(entry.dir, "tcg_map", "4-8");
		ABI_EXPECT(result == EPERM || result == EACCES, "a PCR map of a user's: %s", abi_result_name(result));
		abi_entry_remove(&entry);
	}
}

static void extend_changes_the_value(void)
{
	struct abi_entry entry = abi_bind(abi_free_register());

	for (unsigned round = 0; round < 5; round++) {
		struct abi_value before = abi_value_of(entry.dir);
		struct abi_value expected;
		struct abi_value after;
		uint8_t digest[ABI_DIGEST_LIMIT];

		abi_random(digest, sizeof(digest));
		expected = abi_extended(&before, digest);
		ABI_EXPECT_RESULT(abi_put(entry.dir, "digest", digest, before.size), 0, "extend");
		after = abi_value_of(entry.dir);
		ABI_EXPECT(abi_same_value(&after, &expected), "the register is not H(old || digest)");
	}
	abi_entry_remove(&entry);
}

/* go-configfs-tsm: the registers of the firmware are its own. */
static void firmware_registers(void)
{
	unsigned count = abi_register_count();

	for (unsigned i = 0; i < count; i++) {
		struct abi_entry entry = abi_bind(i);
		struct abi_value before = abi_value_of(entry.dir);
		struct abi_value after;
		uint8_t digest[ABI_DIGEST_LIMIT] = { 1 };

		if (abi_is_firmware_register(entry.dir)) {
			ABI_EXPECT_RESULT(abi_put(entry.dir, "digest", digest, before.size), EPERM,
					  "extend of register %u", i);
			ABI_EXPECT_RESULT(abi_put_text(entry.dir, "append_event", "event"), EPERM,
					  "event in register %u", i);
			after = abi_value_of(entry.dir);
			ABI_EXPECT(abi_same_value(&before, &after), "register %u has changed", i);
		}
		abi_entry_remove(&entry);
	}
}

/* Every other size is refused in write(2), and extends nothing. */
static void wrong_sizes(void)
{
	static const size_t sizes[] = {
		1, 2, 20, 31, 32, 33, 47, 48, 49, 63, 64, 65, 95, 96, 4095, 4096, 65536, 1 << 20
	};
	static uint8_t bytes[1 << 20];
	struct abi_entry entry = abi_bind(abi_free_register());
	struct abi_value before = abi_value_of(entry.dir);
	struct abi_value after;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int result;

		if (sizes[i] == before.size)
			continue;
		result = abi_put(entry.dir, "digest", bytes, sizes[i]);
		ABI_EXPECT_RESULT(result, EINVAL, "a digest of %zu bytes", sizes[i]);
	}
	close(abi_must_open(entry.dir, "digest", O_WRONLY | O_CREAT | O_TRUNC));
	after = abi_value_of(entry.dir);
	ABI_EXPECT(abi_same_value(&before, &after), "the register has changed");
	abi_entry_remove(&entry);
}

/* A digest is one write: two halves are two wrong digests. */
static void halves(void)
{
	struct abi_entry entry = abi_bind(abi_free_register());
	struct abi_value before = abi_value_of(entry.dir);
	struct abi_value after;
	uint8_t digest[ABI_DIGEST_LIMIT] = { 1 };
	int fd = abi_must_open(entry.dir, "digest", O_WRONLY);

	ABI_EXPECT_RESULT(abi_write(fd, digest, before.size / 2), EINVAL, "the first half");
	ABI_EXPECT_RESULT(abi_write(fd, digest, before.size / 2), EINVAL, "the second half");
	close(fd);
	after = abi_value_of(entry.dir);
	ABI_EXPECT(abi_same_value(&before, &after), "the register has changed");
	abi_entry_remove(&entry);
}

static void extend_in_child(void *argument)
{
	const struct abi_entry *entry = argument;
	uint8_t digest[ABI_DIGEST_LIMIT] = { 0 };

	digest[0] = 0xa5;
	for (unsigned i = 0; i < 3; i++)
		ABI_EXPECT_RESULT(abi_put(entry->dir, "digest", digest, abi_value_of(entry->dir).size), 0, "extend");
}

/* No extend is lost, and none is made twice. */
static void many_extend(void)
{
	struct abi_entry entry = abi_bind(abi_free_register());
	struct abi_value expected = abi_value_of(entry.dir);
	struct abi_value after;
	uint8_t digest[ABI_DIGEST_LIMIT] = { 0 };
	pid_t children[PROCESSES];

	digest[0] = 0xa5;
	for (size_t i = 0; i < PROCESSES; i++)
		children[i] = abi_child(extend_in_child, &entry);
	for (size_t i = 0; i < PROCESSES; i++)
		ABI_EXPECT(abi_child_succeeds(children[i]), "process %zu", i);
	for (size_t i = 0; i < 3 * PROCESSES; i++)
		expected = abi_extended(&expected, digest);
	after = abi_value_of(entry.dir);
	ABI_EXPECT(abi_same_value(&after, &expected), "the register is not that of %u extends", 3 * PROCESSES);
	abi_entry_remove(&entry);
}

static void value_outlives_the_entry(void)
{
	struct abi_entry entry = abi_bind(abi_free_register());
	struct abi_value value = abi_value_of(entry.dir);
	struct abi_value again;

	ABI_EXPECT_RESULT(abi_put(entry.dir, "digest", value.bytes, value.size), 0, "extend");
	value = abi_extended(&value, value.bytes);
	abi_entry_remove(&entry);
	entry = abi_bind(abi_free_register());
	again = abi_value_of(entry.dir);
	ABI_EXPECT(abi_same_value(&again, &value), "another entry of the register has another value");
	abi_entry_remove(&entry);
}

/* go-configfs-tsm reads the index of every entry that is there, and takes the one that fits. */
static void found_by_index(void)
{
	struct abi_entry unbound = abi_entry_new("rtmrs");
	struct abi_entry bound = abi_bind(0);
	DIR *listing = fdopendir(abi_open_below_root("rtmrs"));
	struct dirent *name;
	unsigned found = 0;

	while ((name = readdir(listing))) {
		char path[300];
		struct abi_content index;

		snprintf(path, sizeof(path), "%s/index", name->d_name);
		if (name->d_name[0] == '.' || abi_get(dirfd(listing), path, &index) != 0)
			continue;
		found += index.size == 2 && index.bytes[0] == '0' && strcmp(name->d_name, bound.name.text) == 0;
	}
	closedir(listing);
	ABI_EXPECT(found == 1, "the entry of index 0 is found %u times", found);
	abi_entry_remove(&unbound);
	abi_entry_remove(&bound);
}

static void tree_of_rtmrs(void)
{
	struct abi_entry entry = abi_entry_new("rtmrs");
	int root = abi_open_root();
	char path[128];

	ABI_EXPECT(mkdirat(entry.parent, entry.name.text, 0700) != 0 && errno == EEXIST, "mkdir again: %s",
		   strerror(errno));
	ABI_EXPECT(mkdirat(entry.dir, "inside", 0700) != 0 && errno == EPERM, "mkdir inside: %s", strerror(errno));
	ABI_EXPECT(unlinkat(root, "rtmrs", AT_REMOVEDIR) != 0 && errno == EPERM, "rmdir of rtmrs: %s", strerror(errno));
	snprintf(path, sizeof(path), "%s/digest", entry.name.text);
	ABI_EXPECT(unlinkat(entry.parent, path, 0) != 0 && errno == EPERM, "unlink of digest: %s", strerror(errno));
	ABI_EXPECT(renameat(entry.parent, entry.name.text, entry.parent, "abi-renamed") != 0 && errno == EPERM,
		   "rename: %s", strerror(errno));
	ABI_EXPECT_RESULT(-abi_open(entry.dir, "unknown", O_RDONLY), ENOENT, "an unknown attribute");
	ABI_EXPECT_RESULT(-abi_open(entry.dir, "unknown", O_WRONLY | O_CREAT), EACCES, "creating an attribute");
	ABI_EXPECT_RESULT(-abi_open(entry.dir, "append_event", O_RDONLY), EACCES, "reading append_event");
	ABI_EXPECT_RESULT(-abi_open(entry.dir, "event_log", O_WRONLY), EACCES, "writing event_log");
	ABI_EXPECT_RESULT(-abi_open(entry.dir, "hash_algo", O_RDWR), EACCES, "writing hash_algo");
	abi_entry_remove(&entry);
}

static void removed_with_open_files(void)
{
	struct abi_entry entry = abi_bind(abi_free_register());
	struct abi_value before = abi_value_of(entry.dir);
	struct abi_value after;
	int reader = abi_must_open(entry.dir, "digest", O_RDONLY);
	int writer = abi_must_open(entry.dir, "digest", O_WRONLY);
	uint8_t byte;

	ABI_EXPECT(unlinkat(entry.parent, entry.name.text, AT_REMOVEDIR) == 0, "rmdir: %s", strerror(errno));
	ABI_EXPECT(read(reader, &byte, 1) < 0 && errno == ENOENT, "digest of an entry that is gone: %s",
		   strerror(errno));
	ABI_EXPECT_RESULT(abi_write(writer, before.bytes, before.size), ENOENT, "extend through an entry that is gone");
	close(reader);
	close(writer);
	entry = abi_bind(abi_free_register());
	after = abi_value_of(entry.dir);
	ABI_EXPECT(abi_same_value(&before, &after), "the register has changed");
	abi_entry_remove(&entry);
}

const struct abi_case abi_rtmrs_cases[] = {
	{ "rtmrs", "an entry has its attributes, with their modes", attributes_of_an_entry },
	{ "rtmrs", "the tree changes by mkdir and rmdir of entries only", tree_of_rtmrs },
	{ "rtmrs", "an entry without an index stands for nothing", unbound_entry },
	{ "rtmrs", "a refused index can be tried again", refused_indexes },
	{ "rtmrs", "an index is bound once, by one entry", taken_index },
	{ "rtmrs", "of 64 processes that want one index, one gets it", race_for_an_index },
	{ "rtmrs", "an entry is found by its index, beside some without", found_by_index },
	{ "rtmrs", "the provider says which PCRs map to a register, and nobody else", pcr_map },
	{ "rtmrs", "a digest extends: H(old || digest)", extend_changes_the_value },
	{ "rtmrs", "the firmware's registers are not extended here", firmware_registers },
	{ "rtmrs", "a digest of another size is refused in write(2)", wrong_sizes },
	{ "rtmrs", "a digest is one write", halves },
	{ "rtmrs", "64 processes extend one register, and nothing is lost or doubled", many_extend },
	{ "rtmrs", "the register keeps its value when the entry goes", value_outlives_the_entry },
	{ "rtmrs", "through an entry that is gone nothing is read or extended", removed_with_open_files },
	{ NULL, NULL, NULL },
};
