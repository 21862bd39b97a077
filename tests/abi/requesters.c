// SPDX-License-Identifier: BSD-2-Clause
/* Tag report: many requesters at once, honest ones and others. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

#define INBLOB_SIZE 64
#define THREADS 1000
#define PROCESSES 64
#define ROUNDS 5
#define HELD_FILES 200
#define REPORT_ROOM 32768

/* A report with a nonce of its own, by the steps of go-configfs-tsm; false with *ret_why set. */
struct requester {
	int report;
	pthread_t thread;
	pthread_barrier_t *barrier;
	const char *why;
	int error;
};

static bool fails(struct requester *requester, const char *why)
{
	requester->why = why;
	requester->error = errno;
	return false;
}

static bool generation_is(int dir, char digit)
{
	char text[8];
	int fd = abi_open(dir, "generation", O_RDONLY);
	ssize_t got = read(fd, text, sizeof(text));

	close(fd);
	return got == 2 && text[0] == digit && text[1] == '\n';
}

/* The number of bytes, or -1. */
static ssize_t read_report(int dir, uint8_t *ret, size_t room)
{
	int fd = abi_open(dir, "outblob", O_RDONLY);
	ssize_t size = 0;
	ssize_t got = -1;

	while (fd >= 0 && (got = read(fd, ret + size, room - (size_t)size)) > 0)
		size += got;
	close(fd);
	return got < 0 ? -1 : size;
}

static bool ask(struct requester *requester, int dir)
{
	uint8_t nonce[INBLOB_SIZE];
	uint8_t report[REPORT_ROOM];
	ssize_t size;

	abi_random(nonce, sizeof(nonce));
	if (!generation_is(dir, '0'))
		return fails(requester, "the generation of a new entry");
	errno = abi_put(dir, "inblob", nonce, sizeof(nonce));
	if (errno)
		return fails(requester, "inblob");
	size = read_report(dir, report, sizeof(report));
	if (size < 0)
		return fails(requester, "outblob");
	if (!memmem(report, (size_t)size, nonce, sizeof(nonce)))
		return fails(requester, "the nonce: the report has another one");
	if (!generation_is(dir, '1'))
		return fails(requester, "the generation after one input");
	return true;
}

static bool request(struct requester *requester)
{
	struct abi_name name = abi_new_name();
	bool is_made = mkdirat(requester->report, name.text, 0700) == 0;
	bool is_good = is_made || fails(requester, "mkdir");
	int dir = openat(requester->report, name.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (requester->barrier)
		pthread_barrier_wait(requester->barrier);
	is_good = is_good && ask(requester, dir);
	close(dir);
	if (is_made && unlinkat(requester->report, name.text, AT_REMOVEDIR) != 0)
		is_good = fails(requester, "rmdir");
	return is_good;
}

static void *run_requester(void *argument)
{
	request(argument);
	return NULL;
}

static void allow_open_files(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* All have their entry before the first of them asks. */
static void a_thousand_requesters(void)
{
	static struct requester requesters[THREADS];
	pthread_barrier_t barrier;
	pthread_attr_t attributes;
	unsigned failed = 0;

	allow_open_files();
	pthread_barrier_init(&barrier, NULL, THREADS);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 256 << 10);
	for (size_t i = 0; i < THREADS; i++) {
		requesters[i] = (struct requester){ .report = abi_open_below_root("report"), .barrier = &barrier };
		ABI_EXPECT(pthread_create(&requesters[i].thread, &attributes, run_requester, &requesters[i]) == 0,
			   "thread");
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(requesters[i].thread, NULL);
		if (!requesters[i].why)
			continue;
		if (failed++ < 5)
			printf("# requester %zu: %s: %s\n", i, requesters[i].why, strerror(requesters[i].error));
	}
	ABI_EXPECT(failed == 0, "%u of %u requesters failed", failed, THREADS);
}

static void request_in_rounds(void *argument)
{
	(void)argument;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct requester requester = { .report = abi_open_below_root("report") };

		ABI_EXPECT(request(&requester), "round %u: %s: %s", round, requester.why, strerror(requester.error));
		close(requester.report);
	}
}

static void many_processes(void)
{
	pid_t children[PROCESSES];
	unsigned failed = 0;

	for (size_t i = 0; i < PROCESSES; i++)
		children[i] = abi_child(request_in_rounds, NULL);
	for (size_t i = 0; i < PROCESSES; i++)
		failed += !abi_child_succeeds(children[i]);
	ABI_EXPECT(failed == 0, "%u of %u processes failed", failed, PROCESSES);
}

/* Steps of two requesters in turn; neither sees the other. */
static void two_in_turn(void)
{
	struct abi_entry a = abi_entry_new("report");
	struct abi_entry b = abi_entry_new("report");
	uint8_t nonce[2][INBLOB_SIZE];
	struct abi_content report;

	abi_random(nonce, sizeof(nonce));
	for (unsigned round = 1; round <= 3; round++) {
		char generation[8];

		snprintf(generation, sizeof(generation), "%u\n", round);
		ABI_EXPECT_RESULT(abi_put(a.dir, "inblob", nonce[0], INBLOB_SIZE), 0, "inblob of a");
		ABI_EXPECT_RESULT(abi_put(b.dir, "inblob", nonce[1], INBLOB_SIZE), 0, "inblob of b");
		abi_must_get(a.dir, "outblob", &report);
		ABI_EXPECT(abi_contains(&report, nonce[0], INBLOB_SIZE), "a has the report of another");
		ABI_EXPECT_TEXT(b.dir, "generation", generation);
		abi_must_get(b.dir, "outblob", &report);
		ABI_EXPECT(abi_contains(&report, nonce[1], INBLOB_SIZE), "b has the report of another");
		ABI_EXPECT_TEXT(a.dir, "generation", generation);
		nonce[0][0]++;
		nonce[1][0]++;
	}
	abi_entry_remove(&a);
	abi_entry_remove(&b);
}

/* On one entry the generation tells the first of two that the report is not its own. */
static void two_on_one_entry(void)
{
	struct abi_entry entry = abi_entry_new("report");
	uint8_t nonce[2][INBLOB_SIZE];
	struct abi_content report;

	abi_random(nonce, sizeof(nonce));
	ABI_EXPECT_RESULT(abi_put(entry.dir, "inblob", nonce[0], INBLOB_SIZE), 0, "inblob of the first");
	ABI_EXPECT_RESULT(abi_put(entry.dir, "inblob", nonce[1], INBLOB_SIZE), 0, "inblob of the second");
	abi_must_get(entry.dir, "outblob", &report);
	ABI_EXPECT(abi_contains(&report, nonce[1], INBLOB_SIZE), "the report is not of the last inblob");
	ABI_EXPECT(!abi_contains(&report, nonce[0], INBLOB_SIZE), "the report is of the first inblob");
	ABI_EXPECT_TEXT(entry.dir, "generation", "2\n");
	abi_entry_remove(&entry);
}

/* Opens all it can of an entry of its own, half of it written, and goes on living. */
static void hold_files(void *argument)
{
	static const char *const names[] = { "inblob", "outblob", "generation", "provider" };
	struct abi_entry entry = abi_entry_new("report");
	int ready = *(int *)argument;

	allow_open_files();
	for (unsigned i = 0; i < HELD_FILES; i++) {
		int fd = abi_must_open(entry.dir, names[i % 4], i % 4 ? O_RDONLY : O_WRONLY);

		if (i % 4 == 0)
			ABI_EXPECT_RESULT(abi_write(fd, names, 16), 0, "write");
	}
	ABI_EXPECT(write(ready, "r", 1) == 1, "tell that all is open");
	pause();
}

static void a_client_that_never_closes(void)
{
	struct requester requester = { .report = abi_open_below_root("report") };
	int ready[2];
	char byte;
	pid_t child;

	ABI_EXPECT(pipe(ready) == 0, "pipe");
	child = abi_child(hold_files, &ready[1]);
	close(ready[1]);
	ABI_EXPECT(read(ready[0], &byte, 1) == 1, "the other client did not come so far");
	ABI_EXPECT(request(&requester), "beside it: %s: %s", requester.why, strerror(requester.error));
	kill(child, SIGKILL);
	ABI_EXPECT(abi_child_ends_within(child, 20000), "it can't be killed");
	ABI_EXPECT(request(&requester), "after it: %s: %s", requester.why, strerror(requester.error));
}

/* Clients of some kinds never remove their entries. */
static void entries_that_stay(void)
{
	struct requester requester = { .report = abi_open_below_root("report") };
	struct abi_name names[200];

	for (size_t i = 0; i < 200; i++) {
		names[i] = abi_new_name();
		ABI_EXPECT(mkdirat(requester.report, names[i].text, 0700) == 0, "mkdir %zu: %s", i, strerror(errno));
	}
	ABI_EXPECT(request(&requester), "beside them: %s: %s", requester.why, strerror(requester.error));
	for (size_t i = 0; i < 200; i++)
		ABI_EXPECT(unlinkat(requester.report, names[i].text, AT_REMOVEDIR) == 0, "rmdir %zu: %s", i,
			   strerror(errno));
}

const struct abi_case abi_requesters_cases[] = {
	{ "report", "two requesters in turn do not see each other", two_in_turn },
	{ "report", "on one entry, generation tells of the other", two_on_one_entry },
	{ "report", "1000 threads at once get reports with their own nonces", a_thousand_requesters },
	{ "report", "64 processes at once get reports with their own nonces", many_processes },
	{ "report", "a client that opens and never closes disturbs nobody", a_client_that_never_closes },
	{ "report", "entries that nobody removes disturb nobody", entries_that_stay },
	{ NULL, NULL, NULL },
};
