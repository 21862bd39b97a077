// SPDX-License-Identifier: BSD-2-Clause
/* Tag faults: reports that take long, and reports that fail. The target lets a test choose which. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

#define INBLOB_SIZE 64
#define SLOW "8000"
#define SOON_MS 4000 /* well before a slow report is there, and long for everything else */

static void set_delay(const char *milliseconds)
{
	ABI_EXPECT_RESULT(abi_put_text(AT_FDCWD, abi_target.report_delay, milliseconds), 0, "%s",
			  abi_target.report_delay);
}

struct asker {
	struct abi_entry entry;
	uint8_t nonce[INBLOB_SIZE];
};

static struct asker new_asker(void)
{
	struct asker asker = { .entry = abi_entry_new("report") };

	abi_random(asker.nonce, sizeof(asker.nonce));
	ABI_EXPECT_RESULT(abi_put(asker.entry.dir, "inblob", asker.nonce, INBLOB_SIZE), 0, "inblob");
	return asker;
}

static void read_report(void *argument)
{
	struct asker *asker = argument;
	struct abi_content report;

	abi_must_get(asker->entry.dir, "outblob", &report);
	ABI_EXPECT(abi_contains(&report, asker->nonce, INBLOB_SIZE), "the report has another inblob");
}

/* Children that wait for a report, once they surely do. */
static pid_t start_waiting(struct asker *asker)
{
	pid_t child = abi_child(read_report, asker);

	usleep(300000);
	return child;
}

static void slow_report_arrives(void)
{
	struct asker asker = new_asker();

	set_delay("1500");
	read_report(&asker);
	ABI_EXPECT_TEXT(asker.entry.dir, "generation", "1\n");
	set_delay("0");
	abi_entry_remove(&asker.entry);
}

/* Everything but a report of another entry is done while the slow one is still waited for. */
static void others_do_not_wait(void)
{
	struct asker slow = new_asker();
	struct asker other;
	struct abi_content content;
	pid_t waiting;

	set_delay(SLOW);
	waiting = start_waiting(&slow);
	other = new_asker();
	abi_must_get(other.entry.dir, "provider", &content);
	ABI_EXPECT_TEXT(other.entry.dir, "generation", "1\n");
	if (faccessat(other.entry.dir, "privlevel", F_OK, 0) == 0)
		ABI_EXPECT_RESULT(abi_put_text(other.entry.dir, "privlevel", "3"), 0, "privlevel");
	abi_entry_remove(&other.entry);
	ABI_EXPECT(!abi_child_ends_within(waiting, 0), "they waited for the slow report");
	ABI_EXPECT_TEXT(slow.entry.dir, "provider", (content.bytes[content.size] = 0, (char *)content.bytes));
	set_delay("0");
	ABI_EXPECT(abi_child_succeeds(waiting), "the slow report");
	abi_entry_remove(&slow.entry);
}

/* Who waits for a report, its own or behind somebody's, can be killed meanwhile. */
static void waiting_can_be_killed(void)
{
	struct asker askers[3] = { new_asker(), new_asker(), new_asker() };
	pid_t waiting[3];

	set_delay(SLOW);
	for (size_t i = 0; i < 3; i++)
		waiting[i] = start_waiting(&askers[i]);
	for (size_t i = 3; i-- > 0;) {
		kill(waiting[i], SIGKILL);
		ABI_EXPECT(abi_child_ends_within(waiting[i], SOON_MS), "requester %zu can't be killed while it waits",
			   i);
		waitpid(waiting[i], NULL, 0);
	}
	set_delay("0");
	for (size_t i = 0; i < 3; i++) {
		read_report(&askers[i]);
		abi_entry_remove(&askers[i].entry);
	}
}

/* Two that read one entry get one report, and both get it. */
static void two_wait_for_one_entry(void)
{
	struct asker asker = new_asker();
	pid_t waiting[2];

	set_delay("1000");
	waiting[0] = start_waiting(&asker);
	waiting[1] = start_waiting(&asker);
	for (size_t i = 0; i < 2; i++)
		ABI_EXPECT(abi_child_succeeds(waiting[i]), "reader %zu", i);
	set_delay("0");
	abi_entry_remove(&asker.entry);
}

/* An entry that is removed while its report is on the way: its reader ends, with a report or an error. */
static void removed_while_waiting(void)
{
	struct asker asker = new_asker();
	pid_t waiting;

	set_delay("1500");
	waiting = start_waiting(&asker);
	ABI_EXPECT(unlinkat(asker.entry.parent, asker.entry.name.text, AT_REMOVEDIR) == 0, "rmdir: %s",
		   strerror(errno));
	ABI_EXPECT(abi_child_ends_within(waiting, 20000), "the reader of an entry that is gone waits for ever");
	waitpid(waiting, NULL, 0);
	set_delay("0");
}

/* An input that is written meanwhile: the report that comes is the old input's or the new one's, and the next is new. */
static void input_while_waiting(void)
{
	struct asker asker = new_asker();
	struct asker old = asker;
	pid_t waiting;

	set_delay("1500");
	waiting = start_waiting(&old);
	abi_random(asker.nonce, sizeof(asker.nonce));
	ABI_EXPECT_RESULT(abi_put(asker.entry.dir, "inblob", asker.nonce, INBLOB_SIZE), 0, "inblob");
	ABI_EXPECT(abi_child_ends_within(waiting, 20000), "the reader waits for ever");
	waitpid(waiting, NULL, 0);
	set_delay("0");
	read_report(&asker);
	ABI_EXPECT_TEXT(asker.entry.dir, "generation", "2\n");
	abi_entry_remove(&asker.entry);
}

/* A failure is an error in read(2), never an empty report; it is not kept, and needs no new input. */
static void failed_reports(void)
{
	static const char *const blobs[] = { "outblob", "auxblob", "manifestblob", "outblob" };
	struct asker asker = new_asker();
	struct abi_content content;

	set_delay("-1");
	for (size_t i = 0; i < sizeof(blobs) / sizeof(blobs[0]); i++) {
		int result;

		if (faccessat(asker.entry.dir, blobs[i], F_OK, 0) != 0)
			continue;
		result = abi_get(asker.entry.dir, blobs[i], &content);
		ABI_EXPECT(result != 0 && content.size == 0, "%s of a report that failed has %zu bytes", blobs[i],
			   content.size);
		ABI_EXPECT(result != EINTR && result != EAGAIN, "%s of a report that failed: %s", blobs[i],
			   abi_result_name(result));
	}
	ABI_EXPECT_TEXT(asker.entry.dir, "generation", "1\n");
	set_delay("0");
	read_report(&asker);
	ABI_EXPECT_TEXT(asker.entry.dir, "generation", "1\n");
	abi_entry_remove(&asker.entry);
}

/* A report that was made before stays what it was, whatever fails later. */
static void failure_after_success(void)
{
	struct asker asker = new_asker();

	read_report(&asker);
	set_delay("-1");
	read_report(&asker);
	set_delay("0");
	abi_entry_remove(&asker.entry);
}

/* Some buffers of clients end at 8 KiB; reports do not. */
static void large_report(void)
{
	struct asker asker = new_asker();
	struct abi_content report;

	set_delay("-2");
	abi_must_get(asker.entry.dir, "outblob", &report);
	set_delay("0");
	ABI_EXPECT(report.size == 20480, "the report has %zu bytes", report.size);
	ABI_EXPECT(abi_contains(&report, asker.nonce, INBLOB_SIZE), "the report has another inblob");
	abi_entry_remove(&asker.entry);
}

const struct abi_case abi_faults_cases[] = {
	{ "report faults", "a slow report arrives", slow_report_arrives },
	{ "report faults", "other entries do not wait for a slow report", others_do_not_wait },
	{ "report faults", "who waits for a report can be killed", waiting_can_be_killed },
	{ "report faults", "two that wait for one entry both get its report", two_wait_for_one_entry },
	{ "report faults", "an entry can be removed while its report is made", removed_while_waiting },
	{ "report faults", "an input can be written while a report is made", input_while_waiting },
	{ "report faults", "a report that fails is an error, and the next read asks again", failed_reports },
	{ "report faults", "a report that was made outlives a failure", failure_after_success },
	{ "report faults", "a report can have 20 KiB", large_report },
	{ NULL, NULL, NULL },
};
