// SPDX-License-Identifier: BSD-2-Clause
/* What all providers share: their list, deadlines, problems, reports, directories. */
#include "provider.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "soft.h"

#define NANOSECONDS 1000000000ULL

/* The real ones first: the order in which one is chosen. */
static const struct tally_provider *const providers[] = {
	&tally_provider_soft,
};

#define PROVIDER_COUNT (sizeof(providers) / sizeof(providers[0]))

static uint64_t clock_now(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS + (uint64_t)now.tv_nsec;
}

tally_deadline tally_deadline_after(unsigned seconds)
{
	return clock_now() + seconds * NANOSECONDS;
}

bool tally_deadline_has_passed(tally_deadline deadline)
{
	return clock_now() >= deadline;
}

void tally_problem_set(struct tally_problem *problem, const char *format, ...)
{
	va_list arguments;

	if (!problem)
		return;
	va_start(arguments, format);
	vsnprintf(problem->text, sizeof(problem->text), format, arguments);
	va_end(arguments);
}

void tally_report_done(struct tally_report *report)
{
	free(report->report);
	free(report->certificates);
	free(report->manifest);
	memset(report, 0, sizeof(*report));
}

const struct tally_provider *const *tally_providers(size_t *ret_count)
{
	*ret_count = PROVIDER_COUNT;
	return providers;
}

const struct tally_provider *tally_provider_find(const char *name)
{
	for (size_t i = 0; i < PROVIDER_COUNT; i++)
		if (strcmp(providers[i]->name, name) == 0)
			return providers[i];
	return NULL;
}

const struct tally_provider *tally_provider_choose(struct tally_problem *problem)
{
	for (size_t i = 0; i < PROVIDER_COUNT; i++)
		if (providers[i] != &tally_provider_soft && providers[i]->is_present())
			return providers[i];
	if (!tally_machine_is_confidential())
		return &tally_provider_soft;
	tally_problem_set(problem,
			  "this machine looks like a confidential VM, but no provider of this build serves it: "
			  "run `tally doctor`; software registers must be asked for with --provider soft");
	return NULL;
}

/* A word of lower-case letters and digits: nothing that could lead out of the directory. */
static bool is_provider_word(const char *word)
{
	size_t size = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789");

	return size > 0 && size < TALLY_REGISTER_NAME_LIMIT && word[size] == 0;
}

enum tally_status tally_provider_directory(const char *provider, char *ret, size_t size, struct tally_problem *problem)
{
	const char *parent = "/run";
	int length;

	if (!is_provider_word(provider)) {
		tally_problem_set(problem, "\"%s\" is no provider's name", provider);
		return TALLY_INVALID;
	}
	/* Only soft has an owner per user; a machine has one owner of its hardware's registers. */
	if (strcmp(provider, "soft") == 0 && geteuid() != 0) {
		parent = secure_getenv("XDG_RUNTIME_DIR");
		if (!parent || parent[0] != '/') {
			tally_problem_set(problem, "XDG_RUNTIME_DIR is not set to an absolute path, so soft has no "
						   "directory for this user: set it, or name a directory (--dir)");
			return TALLY_NOT_FOUND;
		}
	}
	length = snprintf(ret, size, "%s/tally/%s", parent, provider);
	if (length >= 0 && (size_t)length < size)
		return TALLY_OK;
	tally_problem_set(problem, "the path %s/tally/%s is too long", parent, provider);
	return TALLY_NO_SPACE;
}
