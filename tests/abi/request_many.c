// SPDX-License-Identifier: BSD-2-Clause
/* Tag request: several callers at once, their rights, and requests that take long or fail. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "message.h"

#define PROCESSES 64
#define ROUNDS 5
#define HELD_FILES 100
#define SLOW "8000"
#define SOON_MS 4000

static struct abi_request request;
static struct abi_response response;

static void ask_report(int fd)
{
	uint8_t nonce[64];

	abi_random(nonce, sizeof(nonce));
	abi_request_begin(&request, ABI_REPORT, 0);
	abi_request_add(&request, ABI_Q_REPORT_DATA, nonce, sizeof(nonce));
	abi_ask(fd, &request, &response);
	ABI_EXPECT(abi_contains(&response.message, nonce, sizeof(nonce)), "the response has another nonce");
}

static void ask_in_rounds(void *argument)
{
	int fd = abi_open_request();

	(void)argument;
	for (unsigned i = 0; i < ROUNDS; i++)
		ask_report(fd);
}

static void many_callers(void)
{
	pid_t children[PROCESSES];

	for (size_t i = 0; i < PROCESSES; i++)
		children[i] = abi_child(ask_in_rounds, NULL);
	for (size_t i = 0; i < PROCESSES; i++)
		ABI_EXPECT(abi_child_succeeds(children[i]), "process %zu", i);
}

/* Two descriptors are two conversations, also in one process. */
static void two_descriptors(void)
{
	uint8_t nonce[2][64];
	int fd[2] = { abi_open_request(), abi_open_request() };

	abi_random(nonce, sizeof(nonce));
	for (size_t i = 0; i < 2; i++) {
		abi_request_begin(&request, ABI_REPORT, 0);
		abi_request_add(&request, ABI_Q_REPORT_DATA, nonce[i], sizeof(nonce[i]));
		ABI_EXPECT_RESULT(abi_send(fd[i], &request), 0, "request %zu", i);
	}
	for (size_t i = 2; i-- > 0;) {
		abi_receive(fd[i], &response);
		ABI_EXPECT(abi_contains(&response.message, nonce[i], sizeof(nonce[i])),
			   "descriptor %zu has another response", i);
		close(fd[i]);
	}
}

static void append_in_child(void *argument)
{
	const struct abi_register *reg = argument;
	int fd = abi_open_request();
	char name[32];

	snprintf(name, sizeof(name), "event of %d", getpid());
	for (unsigned i = 0; i < ROUNDS; i++) {
		abi_request_begin(&request, ABI_APPEND, 0);
		abi_request_add_text(&request, ABI_Q_REGISTER, reg->name);
		abi_request_add_text(&request, ABI_Q_TYPE, "abi");
		abi_request_add_text(&request, ABI_Q_NAME, name);
		abi_request_add_number(&request, ABI_Q_DATA, i);
		abi_ask(fd, &request, &response);
	}
}

/* Every event has a number of its own, and none is missing. */
static void many_events(void)
{
	struct abi_register reg = abi_last_register();
	pid_t children[PROCESSES];
	unsigned found[PROCESSES] = { 0 };
	struct abi_record record;
	struct abi_content records;
	const uint8_t *bytes;
	int fd = abi_open_request();
	uint64_t end;
	size_t at = 0;

	end = abi_end_of_log(fd);
	for (size_t i = 0; i < PROCESSES; i++)
		children[i] = abi_child(append_in_child, &reg);
	for (size_t i = 0; i < PROCESSES; i++)
		ABI_EXPECT(abi_child_succeeds(children[i]), "process %zu", i);
	abi_request_begin(&request, ABI_LOG, 0);
	abi_request_add_number(&request, ABI_Q_FROM, end);
	abi_ask(fd, &request, &response);
	bytes = abi_must_element(&response, ABI_R_RECORDS, &records.size);
	memcpy(records.bytes, bytes, records.size);
	while (abi_record_next(&records, &at, reg.alg, &record))
		for (size_t i = 0; i < PROCESSES; i++) {
			char name[32];

			snprintf(name, sizeof(name), "event of %d", children[i]);
			found[i] += memmem(record.content, record.content_size, name, strlen(name)) != NULL;
		}
	for (size_t i = 0; i < PROCESSES; i++)
		ABI_EXPECT(found[i] == ROUNDS, "%u events of process %zu are in the log", found[i], i);
	close(fd);
}

static void become_nobody(void)
{
	ABI_EXPECT(setgroups(0, NULL) == 0 && setresgid(65534, 65534, 65534) == 0 &&
			   setresuid(65534, 65534, 65534) == 0,
		   "become nobody");
}

static void open_as_nobody(void *argument)
{
	(void)argument;
	become_nobody();
	ABI_EXPECT_RESULT(-abi_open(AT_FDCWD, abi_target.request, O_RDWR), EACCES, "open by nobody");
}

/* The rights are those of who opened: a descriptor can be handed on. */
static void use_as_nobody(void *argument)
{
	become_nobody();
	ask_report(*(int *)argument);
}

static void rights_are_those_of_the_opener(void)
{
	int fd = abi_open_request();

	ABI_EXPECT(abi_child_succeeds(abi_child(open_as_nobody, NULL)), "nobody may open it");
	ABI_EXPECT(abi_child_succeeds(abi_child(use_as_nobody, &fd)), "a descriptor that was handed on");
	close(fd);
}

static void hold_open(void *argument)
{
	for (unsigned i = 0; i < HELD_FILES; i++) {
		int fd = abi_open_request();

		abi_request_begin(&request, ABI_REPORT, 0);
		abi_request_add(&request, ABI_Q_NONCE, "0123456789abcdef0123456789abcdef", 32);
		ABI_EXPECT_RESULT(abi_send(fd, &request), 0, "request %u", i);
	}
	ABI_EXPECT(write(*(int *)argument, "r", 1) == 1, "tell that all is open");
	pause();
}

static void a_client_that_never_reads(void)
{
	int ready[2];
	char byte;
	pid_t child;

	ABI_EXPECT(pipe(ready) == 0, "pipe");
	child = abi_child(hold_open, &ready[1]);
	close(ready[1]);
	ABI_EXPECT(read(ready[0], &byte, 1) == 1, "the other client did not come so far");
	ask_in_rounds(NULL);
	kill(child, SIGKILL);
	ABI_EXPECT(abi_child_ends_within(child, 20000), "it can't be killed");
	ask_in_rounds(NULL);
}

static void wait_long(void *argument)
{
	int fd = abi_open_request();

	abi_request_begin(&request, ABI_WAIT, 0);
	abi_request_milliseconds(&request, 3600000);
	abi_request_add_number(&request, ABI_Q_FROM, abi_end_of_log(fd));
	abi_send(fd, &request);
	(void)argument;
}

static void waiting_can_be_killed(void)
{
	pid_t child = abi_child(wait_long, NULL);

	usleep(300000);
	ABI_EXPECT(!abi_child_ends_within(child, 0), "it does not wait for the next record");
	kill(child, SIGKILL);
	ABI_EXPECT(abi_child_ends_within(child, SOON_MS), "who waits for records can't be killed");
	waitpid(child, NULL, 0);
	ask_in_rounds(NULL);
}

static void set_delay(const char *milliseconds)
{
	ABI_EXPECT_RESULT(abi_put_text(AT_FDCWD, abi_target.report_delay, milliseconds), 0, "%s",
			  abi_target.report_delay);
}

static void ask_one(void *argument)
{
	(void)argument;
	ask_report(abi_open_request());
}

/* Other requests are answered while a report is slow, and its caller can be killed. */
static void slow_report(void)
{
	struct abi_register reg = abi_last_register();
	pid_t child;

	set_delay(SLOW);
	child = abi_child(ask_one, NULL);
	usleep(300000);
	append_in_child(&reg);
	ABI_EXPECT(!abi_child_ends_within(child, 0), "they waited for the slow report");
	kill(child, SIGKILL);
	ABI_EXPECT(abi_child_ends_within(child, SOON_MS), "who waits for a report can't be killed");
	waitpid(child, NULL, 0);
	set_delay("0");
	ask_in_rounds(NULL);
}

/* The time of the request is over before the report is there. */
static void report_with_a_deadline(void)
{
	int fd = abi_open_request();

	set_delay(SLOW);
	abi_request_begin(&request, ABI_REPORT, 0);
	abi_request_milliseconds(&request, 300);
	abi_request_add(&request, ABI_Q_NONCE, "0123456789abcdef0123456789abcdef", 32);
	abi_ask_in_vain(fd, &request, ETIMEDOUT, ABI_S_DEADLINE, "a report with a deadline");
	set_delay("0");
	ask_report(fd);
	close(fd);
}

static void failing_report(void)
{
	int fd = abi_open_request();
	size_t size;

	set_delay("-1");
	abi_request_begin(&request, ABI_REPORT, 0);
	abi_request_add(&request, ABI_Q_NONCE, "0123456789abcdef0123456789abcdef", 32);
	ABI_EXPECT(abi_send(fd, &request) != 0, "a report that fails is a success");
	abi_receive(fd, &response);
	ABI_EXPECT(response.status != 0 && !abi_element(&response, ABI_R_REPORT, &size), "a failure has a report");
	set_delay("0");
	ask_report(fd);
	close(fd);
}

const struct abi_case abi_request_many_cases[] = {
	{ "request", "64 processes at once get reports with their own nonces", many_callers },
	{ "request", "two descriptors are two conversations", two_descriptors },
	{ "request", "64 processes log events, and none is missing", many_events },
	{ "request", "the rights are those of who opened the file", rights_are_those_of_the_opener },
	{ "request", "a client that never reads disturbs nobody", a_client_that_never_reads },
	{ "request", "who waits for records can be killed", waiting_can_be_killed },
	{ "request faults", "a slow report is waited for by its caller only, who can be killed", slow_report },
	{ "request faults", "a report that does not come in time", report_with_a_deadline },
	{ "request faults", "a report that fails", failing_report },
	{ NULL, NULL, NULL },
};
