// SPDX-License-Identifier: BSD-2-Clause
/* What every file does alike with clients that do everything wrong. */
#include "bound.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define GIGABYTE ((size_t)1 << 30)
#define HELD_TIMES 20

typedef void file_trial(int dir, const char *name, mode_t mode);

static void each_file(int dir, file_trial *try)
{
	DIR *listing = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY));
	struct dirent *entry;
	struct stat stat;

	ABI_EXPECT(listing, "listing: %s", strerror(errno));
	while ((entry = readdir(listing))) {
		ABI_EXPECT(fstatat(dir, entry->d_name, &stat, 0) == 0, "%s: %s", entry->d_name, strerror(errno));
		if (S_ISREG(stat.st_mode))
			try(dir, entry->d_name, stat.st_mode & 07777);
	}
	closedir(listing);
}

/* --- the parts of the tree --- */

static void in_report(file_trial *try)
{
	struct abi_entry entry = abi_entry_new("report");

	each_file(entry.dir, try);
	abi_entry_remove(&entry);
}

static void in_rtmrs(file_trial *try)
{
	struct abi_entry entry = abi_bind(abi_free_register());

	each_file(entry.dir, try);
	abi_entry_remove(&entry);
}

static void in_registers(file_trial *try)
{
	int registers = abi_open_below_root("registers");
	DIR *listing = fdopendir(dup(registers));
	struct dirent *entry;

	while ((entry = readdir(listing))) {
		int dir = abi_must_open(registers, entry->d_name, O_DIRECTORY);

		if (entry->d_name[0] != '.')
			each_file(dir, try);
		close(dir);
	}
	closedir(listing);
	try(abi_open_root(), "log", 0440);
}

static void in_measurements(file_trial *try)
{
	each_file(abi_open_measurements(), try);
}

static void in_request(file_trial *try)
{
	try(AT_FDCWD, abi_target.request, 0666);
}

/* --- directions --- */

/* tcg_map of an entry, which a user could write in the RFC's first version, is not refused for its mode alone. */
static void expect_open(int dir, const char *name, int flags, bool is_allowed)
{
	bool is_map = strcmp(name, "tcg_map") == 0 && faccessat(dir, "index", F_OK, 0) == 0;
	int refusal = is_map ? EPERM : EACCES;
	int fd = abi_open(dir, name, flags);

	ABI_EXPECT_RESULT(fd < 0 ? -fd : 0, is_allowed ? 0 : refusal, "open of %s with flags %o", name, flags);
	if (fd >= 0)
		close(fd);
}

static void try_directions(int dir, const char *name, mode_t mode)
{
	bool reads = mode & 0444, writes = mode & 0222;

	expect_open(dir, name, O_RDONLY, reads);
	expect_open(dir, name, O_WRONLY, writes);
	expect_open(dir, name, O_RDWR, reads && writes);
	expect_open(dir, name, O_WRONLY | O_CREAT | O_TRUNC, writes);
	expect_open(dir, name, O_RDWR | O_CREAT | O_TRUNC, reads && writes);
}

/* What programs do with any descriptor. Without a poll of its own a file is always ready. */
static void try_calls(int dir, const char *name, mode_t mode)
{
	int fd = abi_must_open(dir, name, (mode & 0222 ? O_WRONLY : O_RDONLY) | O_NONBLOCK);
	struct pollfd ready = { .fd = fd, .events = POLLIN | POLLOUT };
	struct termios state;

	ABI_EXPECT(ioctl(fd, TCGETS, &state) != 0 && errno == ENOTTY, "TCGETS on %s: %s", name, strerror(errno));
	ABI_EXPECT(poll(&ready, 1, 0) == 1 && ready.revents == (POLLIN | POLLOUT), "poll of %s: %x", name,
		   ready.revents);
	ABI_EXPECT(!(mode & 0222) || ftruncate(fd, 0) == 0, "ftruncate of %s: %s", name, strerror(errno));
	close(fd);
}

/* --- 1 GiB --- */

/* Of a text 4095 bytes are looked at. Other names are those of measurements/. */
static int refusal_of_a_gigabyte(const char *name)
{
	static const struct {
		const char *name;
		int result;
	} others[] = {
		{ "inblob", EFBIG },
		{ "service_provider", ABI_SHORT },
		{ "append_event", EMSGSIZE },
	};

	if (strcmp(name, abi_target.request) == 0)
		return EMSGSIZE;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i].name, name) == 0)
			return others[i].result;
	return EINVAL;
}

static void try_gigabyte(int dir, const char *name, mode_t mode)
{
	static struct abi_content before, after;
	void *zeros = mmap(NULL, GIGABYTE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	bool is_read = mode & 0444 && abi_get(dir, name, &before) == 0;

	ABI_EXPECT(zeros != MAP_FAILED, "mmap: %s", strerror(errno));
	if (mode & 0222)
		ABI_EXPECT_RESULT(abi_put(dir, name, zeros, GIGABYTE), refusal_of_a_gigabyte(name), "1 GiB for %s",
				  name);
	if (is_read) {
		abi_must_get(dir, name, &after);
		ABI_EXPECT(abi_equal(&before, &after), "%s has changed", name);
	}
	munmap(zeros, GIGABYTE);
}

/* --- clients that never close --- */

static void hold(int dir, const char *name, mode_t mode)
{
	char byte;

	for (unsigned i = 0; i < HELD_TIMES; i++) {
		if (mode & 0444)
			ABI_EXPECT(read(abi_must_open(dir, name, O_RDONLY), &byte, 1) >= 0, "%s: %s", name,
				   strerror(errno));
		if (mode & 0222)
			abi_must_open(dir, name, O_WRONLY);
	}
}

struct holder {
	void (*in_part)(file_trial *try);
	int ready;
};

static void hold_all(void *argument)
{
	const struct holder *holder = argument;

	holder->in_part(hold);
	ABI_EXPECT(write(holder->ready, "r", 1) == 1, "tell that all is open");
	pause();
}

static void try_reading(int dir, const char *name, mode_t mode)
{
	static struct abi_content content;

	if (mode & 0444)
		abi_must_get(dir, name, &content);
}

static void beside_a_holder(void (*in_part)(file_trial *try))
{
	struct holder holder = { .in_part = in_part };
	int ready[2];
	char byte;
	pid_t child;

	ABI_EXPECT(pipe(ready) == 0, "pipe");
	holder.ready = ready[1];
	child = abi_child(hold_all, &holder);
	close(ready[1]);
	ABI_EXPECT(read(ready[0], &byte, 1) == 1, "the other client did not come so far");
	in_part(try_reading);
	kill(child, SIGKILL);
	ABI_EXPECT(abi_child_ends_within(child, 20000), "it can't be killed");
	in_part(try_reading);
}

/* --- cases --- */

#define EVERY_FILE(part, trial)          \
	static void part##_##trial(void) \
	{                                \
		in_##part(try_##trial);  \
	}
EVERY_FILE(report, directions)
EVERY_FILE(report, calls)
EVERY_FILE(report, gigabyte)
EVERY_FILE(rtmrs, directions)
EVERY_FILE(rtmrs, calls)
EVERY_FILE(rtmrs, gigabyte)
EVERY_FILE(registers, directions)
EVERY_FILE(registers, calls)
EVERY_FILE(measurements, directions)
EVERY_FILE(measurements, calls)
EVERY_FILE(measurements, gigabyte)
EVERY_FILE(request, directions)
EVERY_FILE(request, calls)
EVERY_FILE(request, gigabyte)

static void rtmrs_held(void)
{
	beside_a_holder(in_rtmrs);
}

static void registers_held(void)
{
	beside_a_holder(in_registers);
}

static void measurements_held(void)
{
	beside_a_holder(in_measurements);
}

#define DIRECTIONS "every file opens in the directions of its mode only"
#define CALLS "no file has an ioctl or a poll, and all can be truncated"
#define A_GIGABYTE "a write of 1 GiB is refused, and changes nothing"
#define HELD "a client that opens every file and never closes disturbs nobody"

const struct abi_case abi_every_file_cases[] = {
	{ "report", DIRECTIONS, report_directions },
	{ "report", CALLS, report_calls },
	{ "report", A_GIGABYTE, report_gigabyte },
	{ "rtmrs", DIRECTIONS, rtmrs_directions },
	{ "rtmrs", CALLS, rtmrs_calls },
	{ "rtmrs", A_GIGABYTE, rtmrs_gigabyte },
	{ "rtmrs", HELD, rtmrs_held },
	{ "registers", DIRECTIONS, registers_directions },
	{ "registers", CALLS, registers_calls },
	{ "registers", HELD, registers_held },
	{ "measurements", DIRECTIONS, measurements_directions },
	{ "measurements", CALLS, measurements_calls },
	{ "measurements", A_GIGABYTE, measurements_gigabyte },
	{ "measurements", HELD, measurements_held },
	{ "request", DIRECTIONS, request_directions },
	{ "request", CALLS, request_calls },
	{ "request", A_GIGABYTE, request_gigabyte },
	{ NULL, NULL, NULL },
};
