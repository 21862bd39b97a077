// SPDX-License-Identifier: BSD-2-Clause
/* Tag report: what becomes of bytes written to inblob, and how reports are read. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

#define INBLOB_SIZE 64
#define PIECE_LIMIT 4

struct nonce {
	uint8_t bytes[INBLOB_SIZE];
};

static struct nonce new_nonce(void)
{
	struct nonce nonce;

	abi_random(nonce.bytes, sizeof(nonce.bytes));
	return nonce;
}

static void put_nonce(int dir, const struct nonce *nonce)
{
	ABI_EXPECT_RESULT(abi_put(dir, "inblob", nonce->bytes, sizeof(nonce->bytes)), 0, "inblob");
}

static void expect_report_of(int dir, const struct nonce *nonce)
{
	struct abi_content report;

	abi_must_get(dir, "outblob", &report);
	ABI_EXPECT(abi_contains(&report, nonce->bytes, sizeof(nonce->bytes)), "the report has another inblob");
}

static void expect_no_report(int dir, const char *why)
{
	struct abi_content report;

	ABI_EXPECT_RESULT(abi_get(dir, "outblob", &report), EINVAL, "outblob: %s", why);
}

static bool takes_short_inblobs(int dir)
{
	struct abi_content provider;

	abi_must_get(dir, "provider", &provider);
	return abi_contains(&provider, "arm_cca_guest\n", 14);
}

static void reports_need_an_inblob(void)
{
	static const char *const blobs[] = { "outblob", "auxblob", "manifestblob" };
	struct abi_entry entry = abi_entry_new("report");
	struct nonce nonce = new_nonce();
	struct abi_content content;

	for (size_t i = 0; i < sizeof(blobs) / sizeof(blobs[0]); i++) {
		int expected = faccessat(entry.dir, blobs[i], F_OK, 0) == 0 ? EINVAL : ENOENT;

		ABI_EXPECT_RESULT(abi_get(entry.dir, blobs[i], &content), expected, "%s before inblob", blobs[i]);
	}
	ABI_EXPECT_TEXT(entry.dir, "generation", "0\n");
	put_nonce(entry.dir, &nonce);
	for (size_t i = 1; i < sizeof(blobs) / sizeof(blobs[0]); i++)
		if (faccessat(entry.dir, blobs[i], F_OK, 0) == 0)
			ABI_EXPECT_RESULT(abi_get(entry.dir, blobs[i], &content), 0, "%s, before outblob", blobs[i]);
	expect_report_of(entry.dir, &nonce);
	ABI_EXPECT_TEXT(entry.dir, "generation", "1\n");
	abi_entry_remove(&entry);
}

/* Writes on one descriptor, then close: the errno of the last, and how much is committed. */
static const struct {
	size_t pieces[PIECE_LIMIT];
	int error;
	size_t committed;
} writes[] = {
	{ { 64 }, 0, 64 },	  { { 32, 32 }, 0, 64 },     { { 1, 62, 1 }, 0, 64 },	{ { 16, 16, 16, 16 }, 0, 64 },
	{ { 64, 1 }, EFBIG, 64 }, { { 32, 33 }, EFBIG, 32 }, { { 60, 10 }, EFBIG, 60 }, { { 65 }, EFBIG, 0 },
	{ { 4096 }, EFBIG, 0 },	  { { 65, 64 }, 0, 64 },     { { 63 }, 0, 63 },		{ { 1 }, 0, 1 },
	{ { 31 }, 0, 31 },	  { { 32 }, 0, 32 },	     { { 48 }, 0, 48 },
};

static void write_pieces(int fd, size_t row, const struct nonce *nonce)
{
	static uint8_t zeros[4096];
	size_t at = 0;

	for (size_t i = 0; i < PIECE_LIMIT && writes[row].pieces[i]; i++) {
		size_t size = writes[row].pieces[i];
		bool fits = at + size <= INBLOB_SIZE;
		bool is_last = i + 1 == PIECE_LIMIT || !writes[row].pieces[i + 1];
		int result = abi_write(fd, fits ? nonce->bytes + at : zeros, size);

		ABI_EXPECT_RESULT(result, fits ? 0 : EFBIG, "write %zu of row %zu", i, row);
		ABI_EXPECT(!is_last || result == writes[row].error, "the table and the rule differ in row %zu", row);
		at += fits ? size : 0;
	}
	ABI_EXPECT(at == writes[row].committed, "the table and the rule differ in row %zu", row);
}

/* Whatever was taken before is committed when the descriptor is closed, and once: nothing at all counts, too. */
static void written_pieces(void)
{
	struct abi_entry entry = abi_entry_new("report");
	bool takes_short = takes_short_inblobs(entry.dir);

	for (size_t row = 0; row < sizeof(writes) / sizeof(writes[0]); row++) {
		struct nonce nonce = new_nonce();
		int fd = abi_must_open(entry.dir, "inblob", O_WRONLY);
		char generation[16];

		write_pieces(fd, row, &nonce);
		ABI_EXPECT(close(fd) == 0, "close of row %zu: %s", row, strerror(errno));
		snprintf(generation, sizeof(generation), "%zu\n", row + 1);
		ABI_EXPECT_TEXT(entry.dir, "generation", generation);
		if (writes[row].committed == INBLOB_SIZE || (takes_short && writes[row].committed >= 32))
			expect_report_of(entry.dir, &nonce);
		else
			expect_no_report(entry.dir, "an inblob of the wrong size");
	}
	abi_entry_remove(&entry);
}

static void commits_are_seen_at_once(void)
{
	struct abi_entry entry = abi_entry_new("report");

	for (unsigned i = 1; i <= 200; i++) {
		struct nonce nonce = new_nonce();
		char generation[16];

		put_nonce(entry.dir, &nonce);
		snprintf(generation, sizeof(generation), "%u\n", i);
		ABI_EXPECT_TEXT(entry.dir, "generation", generation);
		if (i % 10 == 0)
			expect_report_of(entry.dir, &nonce);
	}
	abi_entry_remove(&entry);
}

static void duplicated_descriptor(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct nonce nonce = new_nonce();
	int fd = abi_must_open(entry.dir, "inblob", O_WRONLY);
	int other = dup(fd);

	ABI_EXPECT_RESULT(abi_write(fd, nonce.bytes, sizeof(nonce.bytes)), 0, "write");
	close(fd);
	close(other);
	ABI_EXPECT_TEXT(entry.dir, "generation", "1\n");
	expect_report_of(entry.dir, &nonce);
	abi_entry_remove(&entry);
}

/* The half that is written after another holder of the descriptor closed it belongs to the same blob. */
static void written_on_after_a_close(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct nonce nonce = new_nonce();
	int fd = abi_must_open(entry.dir, "inblob", O_WRONLY);
	int other = dup(fd);

	ABI_EXPECT_RESULT(abi_write(fd, nonce.bytes, 32), 0, "first half");
	close(fd);
	ABI_EXPECT_RESULT(abi_write(other, nonce.bytes + 32, 32), 0, "second half");
	close(other);
	ABI_EXPECT_TEXT(entry.dir, "generation", "1\n");
	expect_report_of(entry.dir, &nonce);
	abi_entry_remove(&entry);
}

struct write_job {
	int fd;
	const uint8_t *bytes;
	size_t size;
};

static void write_in_child(void *argument)
{
	const struct write_job *job = argument;

	ABI_EXPECT_RESULT(abi_write(job->fd, job->bytes, job->size), 0, "write of a child");
}

static void exit_in_child(void *argument)
{
	(void)argument;
}

/* { head -c 32; head -c 32; } >inblob: each writer is a process that ends before the next begins. */
static void grouped_writers(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct nonce nonce = new_nonce();
	int fd = abi_must_open(entry.dir, "inblob", O_WRONLY | O_CREAT | O_TRUNC);

	for (size_t at = 0; at < sizeof(nonce.bytes); at += 16) {
		struct write_job job = { fd, nonce.bytes + at, 16 };

		ABI_EXPECT(abi_child_succeeds(abi_child(write_in_child, &job)), "writer at %zu", at);
	}
	close(fd);
	ABI_EXPECT_TEXT(entry.dir, "generation", "1\n");
	expect_report_of(entry.dir, &nonce);
	abi_entry_remove(&entry);
}

/* A child that inherited the descriptor and never used it ends while the parent still writes. */
static void forked_bystander(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct nonce nonce = new_nonce();
	int fd = abi_must_open(entry.dir, "inblob", O_WRONLY);

	ABI_EXPECT(abi_child_succeeds(abi_child(exit_in_child, NULL)), "a child before the write");
	ABI_EXPECT_TEXT(entry.dir, "generation", "0\n");
	ABI_EXPECT_RESULT(abi_write(fd, nonce.bytes, 32), 0, "first half");
	ABI_EXPECT(abi_child_succeeds(abi_child(exit_in_child, NULL)), "a child between the halves");
	ABI_EXPECT_RESULT(abi_write(fd, nonce.bytes + 32, 32), 0, "second half");
	close(fd);
	ABI_EXPECT_TEXT(entry.dir, "generation", "1\n");
	expect_report_of(entry.dir, &nonce);
	abi_entry_remove(&entry);
}

static void write_and_wait(void *argument)
{
	const struct write_job *job = argument;

	ABI_EXPECT_RESULT(abi_write(job->fd, job->bytes, job->size), 0, "write of a child");
	raise(SIGKILL);
}

/* Death closes descriptors, too. */
static void killed_writer(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct nonce nonce = new_nonce();
	struct write_job job = { abi_must_open(entry.dir, "inblob", O_WRONLY), nonce.bytes, sizeof(nonce.bytes) };
	pid_t child = abi_child(write_and_wait, &job);

	close(job.fd);
	waitpid(child, NULL, 0);
	ABI_EXPECT_TEXT(entry.dir, "generation", "1\n");
	expect_report_of(entry.dir, &nonce);
	abi_entry_remove(&entry);
}

/* Two descriptors have a buffer each; the one that is closed last has the last word. */
static void two_descriptors(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct nonce a = new_nonce();
	struct nonce b = new_nonce();
	int first = abi_must_open(entry.dir, "inblob", O_WRONLY);
	int second = abi_must_open(entry.dir, "inblob", O_WRONLY);

	ABI_EXPECT_RESULT(abi_write(first, a.bytes, 32), 0, "a");
	ABI_EXPECT_RESULT(abi_write(second, b.bytes, 64), 0, "b");
	ABI_EXPECT_RESULT(abi_write(first, a.bytes + 32, 32), 0, "a");
	close(second);
	expect_report_of(entry.dir, &b);
	close(first);
	expect_report_of(entry.dir, &a);
	ABI_EXPECT_TEXT(entry.dir, "generation", "2\n");
	abi_entry_remove(&entry);
}

static void blobs_are_no_place_to_seek(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct nonce nonce = new_nonce();
	int in = abi_must_open(entry.dir, "inblob", O_WRONLY);
	int out = abi_must_open(entry.dir, "outblob", O_RDONLY);

	ABI_EXPECT(lseek(in, 0, SEEK_SET) < 0 && errno == ESPIPE, "lseek of inblob: %s", strerror(errno));
	ABI_EXPECT(lseek(out, 0, SEEK_CUR) < 0 && errno == ESPIPE, "lseek of outblob: %s", strerror(errno));
	close(in);
	put_nonce(entry.dir, &nonce);
	close(out);
	abi_entry_remove(&entry);
}

/* Clients read reports in steps of their own; all read the same bytes. */
static const size_t read_steps[][8] = {
	{ 1 }, { 3 }, { 7, 1, 64 }, { 32, 32, 64, 128, 256, 512 }, { 512, 768, 512, 896, 1408 }, { 4096 }, { 8192 },
};

static void read_in_odd_steps(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct nonce nonce = new_nonce();
	struct abi_content whole;
	struct abi_content pieces;

	put_nonce(entry.dir, &nonce);
	abi_must_get(entry.dir, "outblob", &whole);
	for (size_t i = 0; i < sizeof(read_steps) / sizeof(read_steps[0]); i++) {
		int fd = abi_must_open(entry.dir, "outblob", O_RDONLY);

		ABI_EXPECT_RESULT(abi_read_on(fd, read_steps[i], &pieces), 0, "steps %zu", i);
		ABI_EXPECT(abi_equal(&whole, &pieces), "steps %zu give another report", i);
		close(fd);
	}
	ABI_EXPECT_TEXT(entry.dir, "generation", "1\n");
	abi_entry_remove(&entry);
}

/* A read that could hold all of it gets all of it. */
static void whole_report_in_one_read(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct nonce nonce = new_nonce();
	struct abi_content whole;
	struct abi_content once;
	ssize_t got;
	int fd;

	put_nonce(entry.dir, &nonce);
	abi_must_get(entry.dir, "outblob", &whole);
	fd = abi_must_open(entry.dir, "outblob", O_RDONLY);
	got = read(fd, once.bytes, whole.size + 1);
	ABI_EXPECT(got == (ssize_t)whole.size, "one read gives %zd of %zu bytes", got, whole.size);
	ABI_EXPECT(memcmp(once.bytes, whole.bytes, whole.size) == 0, "one read gives other bytes");
	ABI_EXPECT(read(fd, once.bytes, 1) == 0, "there is more behind it");
	close(fd);
	abi_entry_remove(&entry);
}

/* The report is kept until an input is written; then it is made anew, with the new input. */
static void cached_until_an_input(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct nonce a = new_nonce();
	struct nonce b = new_nonce();
	struct abi_content first;
	struct abi_content again;

	put_nonce(entry.dir, &a);
	abi_must_get(entry.dir, "outblob", &first);
	abi_must_get(entry.dir, "outblob", &again);
	ABI_EXPECT(abi_equal(&first, &again), "two reads give two reports");
	put_nonce(entry.dir, &b);
	expect_report_of(entry.dir, &b);
	put_nonce(entry.dir, &a);
	expect_report_of(entry.dir, &a);
	if (faccessat(entry.dir, "privlevel", F_OK, 0) == 0) {
		ABI_EXPECT_RESULT(abi_put_text(entry.dir, "privlevel", "3"), 0, "privlevel");
		expect_report_of(entry.dir, &a);
	}
	abi_entry_remove(&entry);
}

/* What a descriptor began to read, it reads to the end, whatever is written meanwhile. */
static void frozen_for_a_descriptor(void)
{
	static const size_t steps[] = { 100, 0 };
	struct abi_entry entry = abi_entry_new("report");
	struct nonce a = new_nonce();
	struct nonce b = new_nonce();
	struct abi_content first;
	struct abi_content rest;
	uint8_t begin[10];
	int fd;

	put_nonce(entry.dir, &a);
	abi_must_get(entry.dir, "outblob", &first);
	fd = abi_must_open(entry.dir, "outblob", O_RDONLY);
	ABI_EXPECT(read(fd, begin, sizeof(begin)) == sizeof(begin), "the first bytes");
	put_nonce(entry.dir, &b);
	expect_report_of(entry.dir, &b);
	ABI_EXPECT_RESULT(abi_read_on(fd, steps, &rest), 0, "the rest");
	close(fd);
	ABI_EXPECT(memcmp(begin, first.bytes, sizeof(begin)) == 0, "the first bytes are of another report");
	ABI_EXPECT(rest.size == first.size - sizeof(begin) &&
			   memcmp(rest.bytes, first.bytes + sizeof(begin), rest.size) == 0,
		   "the rest is of another report");
	abi_entry_remove(&entry);
}

/* Go sets it behind the user's back. */
static void nonblocking_descriptors_wait(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct nonce nonce = new_nonce();
	struct abi_content report;
	static const size_t whole[] = { sizeof(report.bytes), 0 };
	int in = abi_must_open(entry.dir, "inblob", O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK);
	int out;

	ABI_EXPECT_RESULT(abi_write(in, nonce.bytes, sizeof(nonce.bytes)), 0, "write");
	ABI_EXPECT(close(in) == 0, "close");
	out = abi_must_open(entry.dir, "outblob", O_RDONLY | O_NONBLOCK);
	ABI_EXPECT_RESULT(abi_read_on(out, whole, &report), 0, "read");
	ABI_EXPECT(abi_contains(&report, nonce.bytes, sizeof(nonce.bytes)), "the report has another inblob");
	close(out);
	abi_entry_remove(&entry);
}

/* An entry can be removed with everything in it; what is still open of it then leads nowhere. */
static void removed_with_open_files(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct nonce nonce = new_nonce();
	int in = abi_must_open(entry.dir, "inblob", O_WRONLY);
	int out = abi_must_open(entry.dir, "outblob", O_RDONLY);
	int text = abi_must_open(entry.dir, "generation", O_RDONLY);
	uint8_t byte;

	ABI_EXPECT_RESULT(abi_write(in, nonce.bytes, sizeof(nonce.bytes)), 0, "write");
	ABI_EXPECT(unlinkat(entry.parent, entry.name.text, AT_REMOVEDIR) == 0, "rmdir: %s", strerror(errno));
	ABI_EXPECT(read(out, &byte, 1) < 0 && errno == ENOENT, "outblob of an entry that is gone: %s", strerror(errno));
	ABI_EXPECT(read(text, &byte, 1) < 0 && errno == ENOENT, "generation of an entry that is gone: %s",
		   strerror(errno));
	ABI_EXPECT(mkdirat(entry.parent, entry.name.text, 0700) == 0, "mkdir again: %s", strerror(errno));
	ABI_EXPECT(close(in) == 0, "close of an inblob that is gone: %s", strerror(errno));
	entry.dir = abi_must_open(entry.parent, entry.name.text, O_DIRECTORY);
	ABI_EXPECT_TEXT(entry.dir, "generation", "0\n");
	expect_no_report(entry.dir, "the new entry of an old name");
	abi_entry_remove(&entry);
}

/* 1 GiB that nobody takes costs nothing: the pages are never touched. */
static void a_gigabyte(void)
{
	const size_t size = (size_t)1 << 30;
	void *zeros = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct abi_entry entry = abi_entry_new("report");
	struct nonce nonce = new_nonce();

	ABI_EXPECT(zeros != MAP_FAILED, "mmap: %s", strerror(errno));
	ABI_EXPECT_RESULT(abi_put(entry.dir, "inblob", zeros, size), EFBIG, "1 GiB in one write");
	expect_no_report(entry.dir, "nothing was taken of 1 GiB");
	put_nonce(entry.dir, &nonce);
	expect_report_of(entry.dir, &nonce);
	abi_entry_remove(&entry);
}

const struct abi_case abi_blobs_cases[] = {
	{ "report", "every blob needs an inblob, and each of them makes the report", reports_need_an_inblob },
	{ "report", "what was taken in pieces is committed at close, once", written_pieces },
	{ "report", "what was closed is committed before close returns", commits_are_seen_at_once },
	{ "report", "a duplicated descriptor commits once", duplicated_descriptor },
	{ "report", "what is written on after a close belongs to the same blob", written_on_after_a_close },
	{ "report", "grouped writers make one blob", grouped_writers },
	{ "report", "a child that inherits the descriptor disturbs nothing", forked_bystander },
	{ "report", "what a killed writer wrote is committed", killed_writer },
	{ "report", "two descriptors have a blob each", two_descriptors },
	{ "report", "blobs can't be sought in", blobs_are_no_place_to_seek },
	{ "report", "reads of any size give the same report", read_in_odd_steps },
	{ "report", "one read gives the whole report", whole_report_in_one_read },
	{ "report", "a report is kept until an input is written", cached_until_an_input },
	{ "report", "a descriptor reads one report to its end", frozen_for_a_descriptor },
	{ "report", "O_NONBLOCK changes nothing", nonblocking_descriptors_wait },
	{ "report", "an entry can be removed while its files are open", removed_with_open_files },
	{ "report", "a write of 1 GiB is refused at once", a_gigabyte },
	{ NULL, NULL, NULL },
};
