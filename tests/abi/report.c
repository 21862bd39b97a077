// SPDX-License-Identifier: BSD-2-Clause
/* Tag report: entries and their attributes, as configfs-tsm of Linux 7.2 has them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"

#define TEXT_SIZE 4096 /* what configfs tells of every text attribute, in place of its size */

/* Attributes that only some providers have come and go together. */
enum attribute_group { ALWAYS, CERTIFICATES, PRIVILEGE, SERVICES, GROUP_COUNT };

static const struct {
	const char *name;
	mode_t mode;
	off_t size;
	enum attribute_group group;
} attributes[] = {
	{ "inblob", 0200, 0, ALWAYS },
	{ "outblob", 0444, 0, ALWAYS },
	{ "provider", 0444, TEXT_SIZE, ALWAYS },
	{ "generation", 0444, TEXT_SIZE, ALWAYS },
	{ "auxblob", 0444, 0, CERTIFICATES },
	{ "privlevel", 0200, TEXT_SIZE, PRIVILEGE },
	{ "privlevel_floor", 0444, TEXT_SIZE, PRIVILEGE },
	{ "manifestblob", 0444, 0, SERVICES },
	{ "service_provider", 0200, TEXT_SIZE, SERVICES },
	{ "service_guid", 0200, TEXT_SIZE, SERVICES },
	{ "service_manifest_version", 0200, TEXT_SIZE, SERVICES },
};
#define ATTRIBUTE_COUNT (sizeof(attributes) / sizeof(attributes[0]))

/* Which groups a provider of this name must have, and which it may have. */
static const struct {
	const char *provider;
	unsigned required;
	unsigned allowed;
} providers[] = {
	{ "tdx_guest\n", 1 << ALWAYS, 1 << ALWAYS },
	{ "sev_guest\n", 1 << ALWAYS | 1 << CERTIFICATES | 1 << PRIVILEGE, (1 << GROUP_COUNT) - 1 },
	{ "arm_cca_guest\n", (1 << GROUP_COUNT) - 1, (1 << GROUP_COUNT) - 1 },
	{ NULL, 1 << ALWAYS, (1 << GROUP_COUNT) - 1 },
};

static bool is_there(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, 0) == 0;
}

static size_t row_of_provider(int dir)
{
	struct abi_content content;
	size_t i = 0;

	abi_must_get(dir, "provider", &content);
	ABI_EXPECT(content.size > 1 && content.bytes[content.size - 1] == '\n', "provider does not end with a newline");
	ABI_EXPECT(!memchr(content.bytes, '\n', content.size - 1), "provider has several lines");
	while (providers[i].provider && (strlen(providers[i].provider) != content.size ||
					 memcmp(providers[i].provider, content.bytes, content.size) != 0))
		i++;
	return i;
}

static void check_names_of_entry(int dir)
{
	DIR *listing = fdopendir(dup(dir));
	struct dirent *name;

	while ((name = readdir(listing))) {
		size_t i = 0;

		if (strcmp(name->d_name, ".") == 0 || strcmp(name->d_name, "..") == 0)
			continue;
		while (i < ATTRIBUTE_COUNT && strcmp(attributes[i].name, name->d_name) != 0)
			i++;
		ABI_EXPECT(i < ATTRIBUTE_COUNT, "an entry has a file that the ABI does not know: %s", name->d_name);
		ABI_EXPECT(is_there(dir, name->d_name), "%s is listed and can't be found", name->d_name);
	}
	closedir(listing);
}

static void check_attribute(int dir, size_t i)
{
	struct stat stat;

	ABI_EXPECT(fstatat(dir, attributes[i].name, &stat, AT_SYMLINK_NOFOLLOW) == 0, "stat %s", attributes[i].name);
	ABI_EXPECT(S_ISREG(stat.st_mode), "%s is no regular file", attributes[i].name);
	ABI_EXPECT((stat.st_mode & 07777) == attributes[i].mode, "%s has mode %o, not %o", attributes[i].name,
		   stat.st_mode & 07777, attributes[i].mode);
	ABI_EXPECT(stat.st_size == attributes[i].size, "%s has size %jd, not %jd", attributes[i].name,
		   (intmax_t)stat.st_size, (intmax_t)attributes[i].size);
	ABI_EXPECT(stat.st_uid == 0, "%s belongs to %u", attributes[i].name, stat.st_uid);
}

static void attributes_of_an_entry(void)
{
	struct abi_entry entry = abi_entry_new("report");
	size_t row = row_of_provider(entry.dir);
	unsigned present[GROUP_COUNT] = { 0 };
	unsigned total[GROUP_COUNT] = { 0 };

	check_names_of_entry(entry.dir);
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
		total[attributes[i].group]++;
		if (!is_there(entry.dir, attributes[i].name))
			continue;
		present[attributes[i].group]++;
		check_attribute(entry.dir, i);
	}
	for (unsigned group = 0; group < GROUP_COUNT; group++) {
		ABI_EXPECT(!present[group] || present[group] == total[group], "group %u of attributes is not whole",
			   group);
		ABI_EXPECT(present[group] || !(providers[row].required >> group & 1), "group %u is missing", group);
		ABI_EXPECT(!present[group] || providers[row].allowed >> group & 1, "group %u should not be there",
			   group);
	}
	abi_entry_remove(&entry);
}

/* In configfs all may look into them; where others are to see nothing, they may not. */
static void directories(void)
{
	int report = abi_open_below_root("report");
	struct abi_entry entry = abi_entry_new("report");
	struct stat stat;

	ABI_EXPECT(fstat(report, &stat) == 0 && (stat.st_mode & 07722) == 0700, "mode of report is %o", stat.st_mode);
	ABI_EXPECT(fstat(entry.dir, &stat) == 0 && (stat.st_mode & 07722) == 0700, "mode of an entry is %o",
		   stat.st_mode);
	abi_entry_remove(&entry);
}

/* Only the root may make an entry, in the kernel and here. */
static void as_nobody(void *name)
{
	int report = abi_open_below_root("report");

	ABI_EXPECT(setgroups(0, NULL) == 0 && setresgid(65534, 65534, 65534) == 0 &&
			   setresuid(65534, 65534, 65534) == 0,
		   "become nobody");
	ABI_EXPECT(mkdirat(report, "abi-nobody", 0700) != 0 && errno == EACCES, "mkdir by nobody: %s", strerror(errno));
	ABI_EXPECT(unlinkat(report, name, AT_REMOVEDIR) != 0 && errno == EACCES, "rmdir by nobody: %s",
		   strerror(errno));
}

static void others_make_no_entries(void)
{
	struct abi_entry entry = abi_entry_new("report");

	ABI_EXPECT(abi_child_succeeds(abi_child(as_nobody, entry.name.text)), "nobody was not refused as expected");
	abi_entry_remove(&entry);
}

static void names_of_entries(void)
{
	static const char *const names[] = { ".tmpQk3fYw", "...", "with blank", "new\nline", "-", "inblob" };
	int report = abi_open_below_root("report");
	char longest[256 + 1];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ABI_EXPECT(mkdirat(report, names[i], 0700) == 0, "mkdir \"%s\": %s", names[i], strerror(errno));
		ABI_EXPECT(is_there(report, names[i]), "\"%s\" is not there", names[i]);
		ABI_EXPECT(unlinkat(report, names[i], AT_REMOVEDIR) == 0, "rmdir \"%s\": %s", names[i],
			   strerror(errno));
		ABI_EXPECT(!is_there(report, names[i]), "\"%s\" is still there", names[i]);
	}
	memset(longest, 'n', 256);
	longest[256] = 0;
	ABI_EXPECT(mkdirat(report, longest, 0700) != 0 && errno == ENAMETOOLONG, "a name of 256 bytes: %s",
		   strerror(errno));
	longest[255] = 0;
	ABI_EXPECT(mkdirat(report, longest, 0700) == 0, "a name of 255 bytes: %s", strerror(errno));
	ABI_EXPECT(unlinkat(report, longest, AT_REMOVEDIR) == 0, "rmdir of 255 bytes: %s", strerror(errno));
}

/* What nobody can do to the tree, and the errno that says so. */
static int do_mkdir_again(int parent, const char *entry)
{
	return mkdirat(parent, entry, 0700);
}
static int do_mkdir_inside(int parent, const char *entry)
{
	int dir = abi_must_open(parent, entry, O_DIRECTORY);
	int result = mkdirat(dir, "inside", 0700);
	int error = errno;

	close(dir);
	errno = error;
	return result;
}
static int do_mkdir_beside(int parent, const char *entry)
{
	(void)entry;
	return mkdirat(parent, "../beside", 0700);
}
static int do_create_inside(int parent, const char *entry)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/unknown", entry);
	return openat(parent, path, O_WRONLY | O_CREAT, 0600);
}
static int do_create_beside(int parent, const char *entry)
{
	(void)entry;
	return openat(parent, "abi-file", O_WRONLY | O_CREAT, 0600);
}
static int do_open_unknown(int parent, const char *entry)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/unknown", entry);
	return openat(parent, path, O_RDONLY);
}
static int do_unlink_attribute(int parent, const char *entry)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/inblob", entry);
	return unlinkat(parent, path, 0);
}
static int do_unlink_entry(int parent, const char *entry)
{
	return unlinkat(parent, entry, 0);
}
static int do_rmdir_unknown(int parent, const char *entry)
{
	(void)entry;
	return unlinkat(parent, "abi-unknown", AT_REMOVEDIR);
}
static int do_rmdir_attribute(int parent, const char *entry)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/inblob", entry);
	return unlinkat(parent, path, AT_REMOVEDIR);
}
static int do_rename(int parent, const char *entry)
{
	return renameat(parent, entry, parent, "abi-renamed");
}
static int do_symlink(int parent, const char *entry)
{
	(void)entry;
	return symlinkat("target", parent, "abi-link");
}
static int do_link(int parent, const char *entry)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/inblob", entry);
	return linkat(parent, path, parent, "abi-link", 0);
}

static const struct {
	const char *what;
	int (*deed)(int parent, const char *entry);
	int error;
} refused[] = {
	{ "mkdir of a name that is there", do_mkdir_again, EEXIST },
	{ "mkdir inside an entry", do_mkdir_inside, EPERM },
	{ "mkdir beside report", do_mkdir_beside, EPERM },
	{ "creating a file inside an entry", do_create_inside, EACCES },
	{ "creating a file in report", do_create_beside, EACCES },
	{ "opening an unknown attribute", do_open_unknown, ENOENT },
	{ "unlink of an attribute", do_unlink_attribute, EPERM },
	{ "unlink of an entry", do_unlink_entry, EISDIR },
	{ "rmdir of an unknown name", do_rmdir_unknown, ENOENT },
	{ "rmdir of an attribute", do_rmdir_attribute, ENOTDIR },
	{ "rename of an entry", do_rename, EPERM },
	{ "symlink", do_symlink, EPERM },
	{ "link", do_link, EPERM },
};

static void refused_changes(void)
{
	struct abi_entry entry = abi_entry_new("report");

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		int result = refused[i].deed(entry.parent, entry.name.text);

		ABI_EXPECT(result < 0, "%s is possible", refused[i].what);
		ABI_EXPECT_RESULT(errno, refused[i].error, "%s", refused[i].what);
	}
	abi_entry_remove(&entry);
}

static void report_itself_stays(void)
{
	int root = abi_open_root();

	ABI_EXPECT(unlinkat(root, "report", AT_REMOVEDIR) != 0 && errno == EPERM, "rmdir of report: %s",
		   strerror(errno));
	ABI_EXPECT(is_there(root, "report"), "report is gone");
}

/* The mode decides, for the root too. */
/* One write(2) to a text attribute: its errno, and by how much generation advances. */
static const struct {
	const char *attribute;
	const char *text;
	int error;
	unsigned steps;
} stores[] = {
	{ "privlevel", "3", 0, 1 },
	{ "privlevel", "3\n", 0, 1 },
	{ "privlevel", "+3\n", 0, 1 },
	{ "privlevel", "0x3", 0, 1 },
	{ "privlevel", "03", 0, 1 },
	{ "privlevel", "4", EINVAL, 0 },
	{ "privlevel", "-1", EINVAL, 0 },
	{ "privlevel", "3 ", EINVAL, 0 },
	{ "privlevel", " 3", EINVAL, 0 },
	{ "privlevel", "3\n\n", EINVAL, 0 },
	{ "privlevel", "\n", EINVAL, 0 },
	{ "privlevel", "three", EINVAL, 0 },
	{ "privlevel", "08", EINVAL, 0 },
	{ "privlevel", "4294967296", ERANGE, 0 },
	{ "privlevel", "99999999999999999999", ERANGE, 0 },
	{ "service_manifest_version", "0", 0, 1 },
	{ "service_manifest_version", "4294967295\n", 0, 1 },
	{ "service_manifest_version", "0x10", 0, 1 },
	{ "service_manifest_version", "", 0, 0 },
	{ "service_manifest_version", "one", EINVAL, 0 },
	{ "service_manifest_version", "-1", EINVAL, 0 },
	{ "service_manifest_version", "4294967296", ERANGE, 0 },
	{ "service_guid", "c476f1eb-0123-45a5-9641-b4e7dde5bfe3", 0, 1 },
	{ "service_guid", "C476F1EB-0123-45A5-9641-B4E7DDE5BFE3\n", 0, 1 },
	{ "service_guid", "00000000-0000-0000-0000-000000000000", 0, 1 },
	/* Refused, and yet generation has advanced and the stored GUID is gone. */
	{ "service_guid", "c476f1eb-0123-45a5-9641", EINVAL, 1 },
	{ "service_guid", "c476f1eb-0123-45a5-9641-b4e7dde5bfex", EINVAL, 1 },
	{ "service_guid", "c476f1eb00123045a5096410b4e7dde5bfe3", EINVAL, 1 },
	{ "service_guid", "no GUID", EINVAL, 1 },
	{ "service_provider", "svsm", 0, 1 },
	{ "service_provider", "svsm\n", 0, 1 },
	{ "service_provider", "\n", 0, 1 },
	{ "service_provider", "somebody else, who is asked only when a report is made", 0, 1 },
};

static unsigned generation_of(int dir)
{
	struct abi_content content;
	unsigned value = 0;

	abi_must_get(dir, "generation", &content);
	ABI_EXPECT(content.size >= 2 && content.bytes[content.size - 1] == '\n', "generation is no line");
	for (size_t i = 0; i < content.size - 1; i++) {
		ABI_EXPECT(content.bytes[i] >= '0' && content.bytes[i] <= '9', "generation is no decimal number");
		value = 10 * value + content.bytes[i] - '0';
	}
	return value;
}

/* A write of nothing never reaches a file of FUSE, and is refused by configfs: it changes nothing either way. */
static void check_store(int dir, const char *attribute, const char *text, int error, unsigned steps)
{
	unsigned before = generation_of(dir);
	int result = abi_put_text(dir, attribute, text);

	if (text[0] || result != EFAULT)
		ABI_EXPECT_RESULT(result, error, "\"%s\" to %s", text, attribute);
	ABI_EXPECT(generation_of(dir) == before + steps, "\"%s\" to %s advances generation by %u, not %u", text,
		   attribute, generation_of(dir) - before, steps);
}

static void text_stores(void)
{
	struct abi_entry entry = abi_entry_new("report");

	for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++) {
		if (is_there(entry.dir, stores[i].attribute))
			check_store(entry.dir, stores[i].attribute, stores[i].text, stores[i].error, stores[i].steps);
		else
			ABI_EXPECT_RESULT(-abi_open(entry.dir, stores[i].attribute, O_WRONLY), ENOENT,
					  "%s, which is not there", stores[i].attribute);
	}
	abi_entry_remove(&entry);
}

static void privilege_floor(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct abi_content floor;

	if (is_there(entry.dir, "privlevel_floor")) {
		abi_must_get(entry.dir, "privlevel_floor", &floor);
		ABI_EXPECT(floor.size == 2 && floor.bytes[0] >= '0' && floor.bytes[0] <= '3' && floor.bytes[1] == '\n',
			   "privlevel_floor is \"%.*s\"", (int)floor.size, floor.bytes);
		for (uint8_t level = '0'; level <= '3'; level++)
			ABI_EXPECT_RESULT(abi_put(entry.dir, "privlevel", &level, 1),
					  level < floor.bytes[0] ? EINVAL : 0, "privlevel %c over the floor %c", level,
					  floor.bytes[0]);
	}
	abi_entry_remove(&entry);
}

/* Each write(2) is one store, wherever the descriptor stands; of a long one 4095 bytes are taken. */
static void one_write_is_one_store(void)
{
	struct abi_entry entry = abi_entry_new("report");
	char text[5000];
	int fd;

	if (is_there(entry.dir, "service_provider")) {
		fd = abi_must_open(entry.dir, "service_provider", O_WRONLY);
		ABI_EXPECT_RESULT(abi_write(fd, "svsm", 4), 0, "first write");
		ABI_EXPECT_RESULT(abi_write(fd, "svsm", 4), 0, "second write");
		ABI_EXPECT(generation_of(entry.dir) == 2, "two writes advance generation by %u",
			   generation_of(entry.dir));
		memset(text, 's', sizeof(text));
		ABI_EXPECT(write(fd, text, sizeof(text)) == 4095, "of 5000 bytes 4095 are taken");
		close(fd);
		ABI_EXPECT(generation_of(entry.dir) == 3, "close changes nothing");
	}
	abi_entry_remove(&entry);
}

static void commit(int dir)
{
	uint8_t bytes[64];

	abi_random(bytes, sizeof(bytes));
	ABI_EXPECT_RESULT(abi_put(dir, "inblob", bytes, sizeof(bytes)), 0, "inblob");
}

/* A descriptor shows the text of its first read; another one shows the newer text. */
static void text_is_a_snapshot(void)
{
	struct abi_entry entry = abi_entry_new("report");
	int early = abi_must_open(entry.dir, "generation", O_RDONLY);
	int late = abi_must_open(entry.dir, "generation", O_RDONLY);
	char text[8];

	ABI_EXPECT(read(early, text, 1) == 1 && text[0] == '0', "the first byte");
	commit(entry.dir);
	ABI_EXPECT(read(early, text, sizeof(text)) == 1 && text[0] == '\n', "the second byte");
	ABI_EXPECT(read(early, text, sizeof(text)) == 0, "the end");
	ABI_EXPECT(lseek(early, 0, SEEK_SET) == 0, "text can be sought in");
	ABI_EXPECT(read(early, text, sizeof(text)) == 2 && text[0] == '0', "the text of the first read, again");
	ABI_EXPECT(read(late, text, sizeof(text)) == 2 && text[0] == '1', "the text of a first read that comes later");
	close(early);
	close(late);
	ABI_EXPECT_TEXT(entry.dir, "generation", "1\n");
	abi_entry_remove(&entry);
}

/* An open that writes nothing commits nothing, whatever else it does. */
static void opens_that_write_nothing(void)
{
	static const int flags[] = { O_WRONLY,
				     O_WRONLY | O_CREAT,
				     O_WRONLY | O_TRUNC,
				     O_WRONLY | O_CREAT | O_TRUNC,
				     O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK,
				     O_WRONLY | O_APPEND,
				     O_WRONLY | O_SYNC };
	struct abi_entry entry = abi_entry_new("report");
	struct abi_content content;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		int fd = abi_must_open(entry.dir, "inblob", flags[i]);

		ABI_EXPECT(ftruncate(fd, 0) == 0, "ftruncate: %s", strerror(errno));
		ABI_EXPECT(flock(fd, LOCK_EX) == 0, "flock: %s", strerror(errno));
		ABI_EXPECT(close(fd) == 0, "close: %s", strerror(errno));
	}
	ABI_EXPECT_TEXT(entry.dir, "generation", "0\n");
	ABI_EXPECT_RESULT(abi_get(entry.dir, "outblob", &content), EINVAL, "outblob, where nothing was committed");
	commit(entry.dir);
	ABI_EXPECT_RESULT(abi_get(entry.dir, "outblob", &content), 0, "outblob");
	close(abi_must_open(entry.dir, "inblob", O_WRONLY | O_CREAT | O_TRUNC));
	ABI_EXPECT_TEXT(entry.dir, "generation", "1\n");
	ABI_EXPECT_RESULT(abi_get(entry.dir, "outblob", &content), 0, "outblob, after an open with O_TRUNC");
	abi_entry_remove(&entry);
}

/* DCAP and Dstack hold a lock on one descriptor, and write through another. */
static void a_lock_beside_the_writer(void)
{
	struct abi_entry entry = abi_entry_new("report");
	int lock = abi_must_open(entry.dir, "inblob", O_WRONLY);

	ABI_EXPECT(flock(lock, LOCK_EX) == 0, "flock: %s", strerror(errno));
	commit(entry.dir);
	ABI_EXPECT_TEXT(entry.dir, "generation", "1\n");
	close(lock);
	ABI_EXPECT_TEXT(entry.dir, "generation", "1\n");
	abi_entry_remove(&entry);
}

const struct abi_case abi_report_cases[] = {
	{ "report", "report/ and its entries are the root's to write", directories },
	{ "report", "an entry has the attributes of its provider, with their modes and sizes, at once",
	  attributes_of_an_entry },
	{ "report", "only the root makes and removes entries", others_make_no_entries },
	{ "report", "any name will do for an entry, one that begins with a dot too", names_of_entries },
	{ "report", "other changes of the tree are refused, each with its errno", refused_changes },
	{ "report", "report/ can't be removed", report_itself_stays },
	{ "report", "text attributes take what the kernel takes, and advance generation as it does", text_stores },
	{ "report", "privlevel has a floor", privilege_floor },
	{ "report", "one write of a text attribute is one store", one_write_is_one_store },
	{ "report", "a text is that of the descriptor's first read", text_is_a_snapshot },
	{ "report", "opening, truncating and locking commit nothing", opens_that_write_nothing },
	{ "report", "a lock on one descriptor does not disturb the writer on another", a_lock_beside_the_writer },
	{ NULL, NULL, NULL },
};
