// SPDX-License-Identifier: BSD-2-Clause
/* The long life of a log: saved, restored, trimmed, recovered. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "handle.h"

_Static_assert(sizeof(((struct tally_recovered *)0)->kept) == TALLY_KEPT_NAME_SIZE, "a name that is kept fits");

/* The authority's words say what is to be done: the hint of the status is about measuring. */
static enum tally_status fail(struct tally_error *error, enum tally_status status, const struct tally_problem *problem)
{
	bool is_misled = status == TALLY_CONFLICT || status == TALLY_LOCKED || status == TALLY_NOT_FOUND;

	status = tally_api_fail(error, status, problem);
	if (is_misled)
		tally_api_advise(error, "");
	return status;
}

typedef enum tally_status (*carry)(struct tally_authority *authority, const char *path, uint64_t *ret_count,
				   struct tally_problem *problem);

static enum tally_status carry_over(struct tally *tally, carry call, const char *folder, uint64_t *ret_count,
				    struct tally_error *error)
{
	struct tally_problem problem = { "" };
	uint64_t count = 0;
	enum tally_status status;

	if (!folder)
		return tally_api_refuse(error, TALLY_INVALID, "the folder is missing");
	status = call(tally->authority, folder, &count, &problem);
	if (status == TALLY_OK && ret_count)
		*ret_count = count;
	return fail(error, status, &problem);
}

enum tally_status tally_save(struct tally *tally, const char *folder, uint64_t *ret_count, struct tally_error *error)
{
	return carry_over(tally, tally_authority_save, folder, ret_count, error);
}

enum tally_status tally_restore(struct tally *tally, const char *folder, uint64_t *ret_count, struct tally_error *error)
{
	return carry_over(tally, tally_authority_restore, folder, ret_count, error);
}

/* The file stays where it holds the records: the log may have been replaced. */
static enum tally_status trim_into(struct tally *tally, const char *path, int fd, uint64_t deadline,
				   struct tally_trim_result *ret, struct tally_error *error)
{
	struct tally_problem problem = { "" };
	enum tally_status status = tally_authority_trim(tally->authority, fd, deadline, ret, &problem);

	if (ret->size == 0)
		unlink(path);
	if (status == TALLY_OK || ret->size == 0)
		return fail(error, status, &problem);
	return tally_api_refuse(error, status, "%s; keep %s: records may stand there alone",
				problem.text[0] ? problem.text : tally_status_message(status), path);
}

enum tally_status tally_trim(struct tally *tally, const char *path, uint64_t deadline, struct tally_trimmed *ret,
			     struct tally_error *error)
{
	struct tally_trim_result result;
	enum tally_status status;
	int fd;

	if (!path)
		return tally_api_refuse(error, TALLY_INVALID, "the path is missing");
	/* What was handed out before is never written over: nothing else may hold it. */
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0 && errno == EEXIST)
		return tally_api_refuse(error, TALLY_INVALID, "%s exists: records are handed out into a new file",
					path);
	if (fd < 0)
		return tally_api_fail_errno(error, errno, "create", path);
	status = trim_into(tally, path, fd, deadline, &result, error);
	close(fd);
	if (status != TALLY_OK || !ret)
		return status;
	memset(ret, 0, sizeof(*ret));
	ret->first = result.first;
	ret->next = result.next;
	ret->size = result.size;
	return TALLY_OK;
}

enum tally_status tally_recover(const struct tally_options *options, struct tally_recovered *ret,
				struct tally_error *error)
{
	struct tally_authority_options inner = { 0 };
	struct tally_soft_options soft = { 0 };
	struct tally_problem problem = { "" };
	struct tally_recovery recovery;
	enum tally_status status = tally_api_options(options, &soft, &inner, error);

	if (status != TALLY_OK)
		return status;
	status = tally_authority_recover(&inner, &recovery, &problem);
	if (status != TALLY_OK || !ret)
		return fail(error, status, &problem);
	memset(ret, 0, sizeof(*ret));
	ret->record_count = recovery.record_count;
	ret->lost_size = recovery.lost_size;
	ret->gap_count = recovery.gap_count;
	memcpy(ret->kept, recovery.kept, sizeof(ret->kept));
	return TALLY_OK;
}
