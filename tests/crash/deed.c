// SPDX-License-Identifier: BSD-2-Clause
/* Extends by a child or by the test itself, and what they promise. */
#include "deed.h"

#include "../unit/test.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define DATA_LIMIT (64 * 1024)

static struct tally_authority_options options_of(const char *directory, const struct tally_soft_options *soft)
{
	struct tally_authority_options options = { .provider = "soft", .directory = directory };

	options.provider_options.soft = soft;
	return options;
}

static enum tally_status deed_trim(struct tally_authority *authority, const char *part, struct tally_extend_result *ret,
				   struct tally_problem *problem)
{
	struct tally_trim_result result;
	char path[2 * FOLDER_NAME_LIMIT];
	enum tally_status status;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", tally_authority_directory(authority), part);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return TALLY_SYSTEM;
	status = tally_authority_trim(authority, fd, 0, &result, problem);
	ret->number = result.next;
	close(fd);
	return status;
}

enum tally_status deed_do(struct tally_authority *authority, const struct deed *deed, struct tally_extend_result *ret,
			  struct tally_problem *problem)
{
	static uint8_t data[DATA_LIMIT];
	size_t size = strlen(deed->event);
	struct tally_extend_request request = {
		.kind = TALLY_EXTEND_EVENT,
		.register_index = deed->reg,
		.type = tally_text("crash"),
		.name = tally_text(deed->event),
		.data = tally_bytes(data, size + deed->padding),
		.is_once = deed->is_once,
	};

	if (size + deed->padding > sizeof(data))
		return TALLY_INVALID;
	if (deed->is_trim)
		return deed_trim(authority, deed->event, ret, problem);
	memcpy(data, deed->event, size);
	memset(data + size, 'x', deed->padding);
	problem->text[0] = 0;
	return tally_authority_extend(authority, &request, ret, problem);
}

/* --- the child --- */

struct deed_report *deed_report_new(void)
{
	struct deed_report *report =
		mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(report != MAP_FAILED);
	return report;
}

void deed_report_clear(struct deed_report *report)
{
	memset(report, 0, sizeof(*report));
}

void deed_report_free(struct deed_report *report)
{
	munmap(report, sizeof(*report));
}

static void deed_run_second(struct tally_authority *authority, const struct deed_run *run)
{
	struct tally_extend_result result = { 0 };
	struct tally_problem problem;

	run->report->second_status = deed_do(authority, &run->second, &result, &problem);
	run->report->second_number = result.number;
	run->report->has_second_answer = true;
}

void deed_run(void *argument)
{
	struct deed_run *run = argument;
	struct deed_report *report = run->report;
	struct tally_authority_options options = options_of(run->directory, &run->soft);
	struct tally_extend_result result = { 0 };
	struct tally_authority *authority = NULL;
	struct tally_problem problem = { "" };

	report->open_status = tally_authority_open(&options, &authority, &problem);
	report->was_opened = true;
	if (report->open_status == TALLY_OK) {
		report->status = deed_do(authority, &run->deed, &result, &problem);
		report->number = result.number;
		report->has_answer = true;
	}
	memcpy(report->problem, problem.text, sizeof(report->problem));
	if (report->has_answer && run->second.event)
		deed_run_second(authority, run);
	tally_authority_close(authority);
}

/* --- the test --- */

struct tally_authority *deed_open(const char *directory, const struct tally_soft_options *soft)
{
	struct tally_authority_options options = options_of(directory, soft);
	struct tally_authority *authority = NULL;
	struct tally_problem problem;
	enum tally_status status = tally_authority_open(&options, &authority, &problem);

	if (status != TALLY_OK)
		fail_msg("open: %s: %s", tally_status_name(status), problem.text);
	return authority;
}

uint64_t deed_must(struct tally_authority *authority, size_t reg, const char *event, bool is_once)
{
	const struct deed deed = { .reg = reg, .event = event, .is_once = is_once };
	struct tally_extend_result result;
	struct tally_problem problem;
	enum tally_status status = deed_do(authority, &deed, &result, &problem);

	if (status != TALLY_OK)
		fail_msg("extend with `%s`: %s: %s", event, tally_status_name(status), problem.text);
	return result.number;
}

void trim_must(struct tally_authority *authority, const char *part)
{
	struct tally_extend_result result;
	struct tally_problem problem = { "" };
	enum tally_status status = deed_trim(authority, part, &result, &problem);

	if (status != TALLY_OK)
		fail_msg("trim into `%s`: %s: %s", part, tally_status_name(status), problem.text);
}

void stranger_extend(const char *directory, const struct tally_soft_options *soft, size_t reg, uint8_t fill)
{
	struct tally_provider_options options = { .directory = directory, .soft = soft };
	struct tally_digests digests;
	struct tally_problem problem;
	void *instance;

	assert_int_equal(tally_provider_soft.open(&options, &instance, &problem), TALLY_OK);
	digests = tally_provider_soft.registers(instance)->item[reg].reset;
	for (size_t bank = 0; bank < digests.count; bank++)
		memset(digests.digest[bank].bytes, fill, tally_alg_size(digests.digest[bank].alg));
	assert_int_equal(tally_provider_soft.extend(instance, reg, &digests, tally_deadline_after(5), &problem),
			 TALLY_OK);
	tally_provider_soft.close(instance);
}

struct promise deed_promise(const struct deed *deed, const struct deed_report *report)
{
	struct promise promise = { .event = deed->is_trim ? NULL : deed->event };

	promise.is_acknowledged = report->has_answer && report->status == TALLY_OK;
	promise.is_refused = report->has_answer && report->status != TALLY_OK && report->status != TALLY_INDETERMINATE;
	promise.number = report->number;
	return promise;
}

void promises_check(const struct promise *promises, size_t count, const struct oracle *oracle)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t number = 0;
		unsigned found;

		if (!promises[i].event) {
			if (promises[i].is_acknowledged && oracle->first_number < promises[i].number)
				fail_msg("trimmed records were acknowledged and still stand in the log");
			continue;
		}
		found = oracle_count(oracle, promises[i].event, &number);
		if (found > 1)
			fail_msg("`%s` stands in the log %u times", promises[i].event, found);
		if (found > 0 && promises[i].is_refused)
			fail_msg("`%s` was refused and is in the log", promises[i].event);
		if (!promises[i].is_acknowledged)
			continue;
		if (found == 0)
			fail_msg("`%s` was acknowledged and is not in the log", promises[i].event);
		assert_int_equal(number, promises[i].number);
	}
}
