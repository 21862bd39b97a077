// SPDX-License-Identifier: BSD-2-Clause
/* What a FUSE tree does between the closes of one descriptor; its provider takes inblobs of 32 bytes and more. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "suite.h"

static void report_of(int dir, struct abi_content *ret)
{
	abi_must_get(dir, "outblob", ret);
}

/* The first close of a descriptor with something written commits, although another holder can still write. */
static void first_close_commits(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct abi_content report;
	uint8_t nonce[64];
	int fd = abi_must_open(entry.dir, "inblob", O_WRONLY);
	int other = dup(fd);

	abi_random(nonce, sizeof(nonce));
	close(dup(fd));
	ABI_EXPECT_TEXT(entry.dir, "generation", "0\n");
	ABI_EXPECT_RESULT(abi_write(fd, nonce, sizeof(nonce)), 0, "write");
	ABI_EXPECT_TEXT(entry.dir, "generation", "0\n");
	close(fd);
	ABI_EXPECT_TEXT(entry.dir, "generation", "1\n");
	report_of(entry.dir, &report);
	ABI_EXPECT(abi_contains(&report, nonce, sizeof(nonce)), "the report has another inblob");
	close(other);
	ABI_EXPECT_TEXT(entry.dir, "generation", "1\n");
	abi_entry_remove(&entry);
}

/* What is written on replaces the blob and its report, and does not count again. */
static void later_close_replaces(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct abi_content report;
	uint8_t nonce[64];
	uint8_t padded[64] = { 0 };
	int fd = abi_must_open(entry.dir, "inblob", O_WRONLY);
	int other = dup(fd);

	abi_random(nonce, sizeof(nonce));
	memcpy(padded, nonce, 32);
	ABI_EXPECT_RESULT(abi_write(fd, nonce, 32), 0, "the first half");
	close(fd);
	report_of(entry.dir, &report);
	ABI_EXPECT(abi_contains(&report, padded, sizeof(padded)), "the first report is not of the first half");
	ABI_EXPECT_RESULT(abi_write(other, nonce + 32, 32), 0, "the second half");
	close(other);
	ABI_EXPECT_TEXT(entry.dir, "generation", "1\n");
	report_of(entry.dir, &report);
	ABI_EXPECT(abi_contains(&report, nonce, sizeof(nonce)), "the second report is not of both halves");
	abi_entry_remove(&entry);
}

/* A close behind which nothing was written leaves the report as it is. */
static void clean_close_keeps_the_report(void)
{
	struct abi_entry entry = abi_entry_new("report");
	struct abi_content first;
	struct abi_content again;
	uint8_t nonce[64];
	int fd = abi_must_open(entry.dir, "inblob", O_WRONLY);
	int other = dup(fd);

	abi_random(nonce, sizeof(nonce));
	ABI_EXPECT_RESULT(abi_write(fd, nonce, sizeof(nonce)), 0, "write");
	close(fd);
	report_of(entry.dir, &first);
	close(dup(other));
	close(other);
	report_of(entry.dir, &again);
	ABI_EXPECT(abi_equal(&first, &again), "the report was made again");
	abi_entry_remove(&entry);
}

static const struct abi_case flush_cases[] = {
	{ "report", "the first close commits", first_close_commits },
	{ "report", "a later close replaces the blob and its report", later_close_replaces },
	{ "report", "a close with nothing written keeps the report", clean_close_keeps_the_report },
	{ NULL, NULL, NULL },
};

const struct abi_case *const abi_groups[] = { flush_cases, NULL };
