// SPDX-License-Identifier: BSD-2-Clause
/* Run the cases of the tags that the target serves (TSM_TAGS), each in a process of its own, and report in TAP. */
#include "suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TAGS "report rtmrs measurements registers request faults"
#define CASE_SECONDS 120

struct abi_target abi_target;

/* Words are separated by blanks or commas. */
static bool has_word(const char *words, const char *word, size_t size)
{
	while (*words) {
		size_t length = strcspn(words, " ,");

		if (length == size && memcmp(words, word, size) == 0)
			return true;
		words += length;
		words += strspn(words, " ,");
	}
	return false;
}

static bool serves(const char *served, const char *tags)
{
	while (*tags) {
		size_t length = strcspn(tags, " ,");

		if (!has_word(served, tags, length))
			return false;
		tags += length;
		tags += strspn(tags, " ,");
	}
	return true;
}

static bool is_chosen(const struct abi_case *test, int argc, char **argv)
{
	if (argc < 2)
		return true;
	for (int i = 1; i < argc; i++)
		if (strstr(test->name, argv[i]))
			return true;
	return false;
}

/* Cases name their entries abi-RUN-...: what one left behind must not disturb the next. */
static void remove_entries(const char *below)
{
	char path[PATH_MAX];
	char prefix[32];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", abi_target.root, below);
	snprintf(prefix, sizeof(prefix), "abi-%d-", abi_target.runner);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
			unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	closedir(dir);
}

static void run_case(const struct abi_case *test)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	test->run();
	fflush(stdout);
	_exit(0);
}

/* Why the case failed, or NULL. What it started goes with it. */
static const char *run_in_process(const struct abi_case *test, char *why, size_t size)
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0)
		run_case(test);
	if (!abi_child_ends_within(child, CASE_SECONDS * 1000)) {
		kill(-child, SIGKILL);
		snprintf(why, size, "it did not end within %d seconds", CASE_SECONDS);
		return why;
	}
	waitpid(child, &status, 0);
	kill(-child, SIGKILL);
	if (WIFSIGNALED(status))
		snprintf(why, size, "signal %d ended it", WTERMSIG(status));
	else
		snprintf(why, size, "see above");
	return status == 0 ? NULL : why;
}

static bool report_case(unsigned number, const struct abi_case *test)
{
	char why[80];
	const char *failure = run_in_process(test, why, sizeof(why));

	remove_entries("report");
	remove_entries("rtmrs");
	if (abi_target.report_delay)
		abi_put_text(AT_FDCWD, abi_target.report_delay, "0");
	printf("%s %u - %s: %s\n", failure ? "not ok" : "ok", number, test->tags, test->name);
	if (failure)
		printf("# %s\n", failure);
	fflush(stdout);
	return !failure;
}

static const char *setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && value[0] ? value : otherwise;
}

static const char *needed(const char *name, const char *tag, const char *served)
{
	const char *value = setting(name, NULL);

	if (!value && serves(served, tag)) {
		fprintf(stderr, "abi-suite: a target that serves %s sets %s\n", tag, name);
		exit(2);
	}
	return value;
}

/* A case with another tag, or a target that serves one, would leave out what nobody misses. */
static void check_tags(const char *served)
{
	ABI_EXPECT(serves(TAGS, served), "TSM_TAGS has words of: " TAGS);
	for (size_t i = 0; abi_groups[i]; i++)
		for (const struct abi_case *test = abi_groups[i]; test->name; test++)
			ABI_EXPECT(test->tags[0] && serves(TAGS, test->tags), "%s has the tags \"%s\"", test->name,
				   test->tags);
}

int main(int argc, char **argv)
{
	const char *served = setting("TSM_TAGS", "report rtmrs measurements registers request");
	unsigned number = 0;
	unsigned failed = 0;

	check_tags(served);
	abi_target.runner = getpid();
	abi_target.root = setting("TSM_ROOT", "/sys/kernel/config/tsm");
	abi_target.request = needed("TSM_REQUEST", "request", served);
	abi_target.measurements = needed("TSM_MEASUREMENTS", "measurements", served);
	abi_target.report_delay = needed("TSM_REPORT_DELAY", "faults", served);
	abi_target.extend_size = strtoul(setting("TSM_EXTEND_SIZE", "0"), NULL, 10);
	ABI_EXPECT(abi_target.extend_size <= 64, "TSM_EXTEND_SIZE is at most 64");
	abi_target.has_firmware = strcmp(setting("TSM_FIRMWARE", "1"), "0") != 0;
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; abi_groups[i]; i++)
		for (const struct abi_case *test = abi_groups[i]; test->name; test++)
			if (serves(served, test->tags) && is_chosen(test, argc, argv))
				failed += !report_case(++number, test);
	printf("1..%u\n", number);
	return failed || number == 0;
}
