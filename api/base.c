// SPDX-License-Identifier: BSD-2-Clause
/* Statuses, algorithms, memory and deadlines of the installed API. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../authority/measure.h"
#include "fault.h"

const char *tally_error_name(enum tally_status status)
{
	return tally_status_name(status);
}

const char *tally_error_message(enum tally_status status)
{
	return tally_status_message(status);
}

const char *tally_version(void)
{
	return TALLY_VERSION;
}

void tally_free(void *memory)
{
	free(memory);
}

uint64_t tally_deadline_in(uint64_t milliseconds)
{
	const uint64_t nanoseconds = 1000000;
	uint64_t now = tally_deadline_after(0);

	return milliseconds > (UINT64_MAX - now) / nanoseconds ? UINT64_MAX : now + milliseconds * nanoseconds;
}

const char *tally_algorithm_name(uint16_t algorithm)
{
	return tally_alg_name(algorithm);
}

uint16_t tally_algorithm_from_name(const char *name)
{
	return tally_alg_from_name(tally_text(name));
}

/* path is what the message calls it. */
static enum tally_status digest_fd(int fd, const char *path, struct tally_bank *ret, struct tally_error *error)
{
	struct tally_digest digest;
	int number = 0;
	enum tally_status status = tally_measure_fd(fd, NULL, &digest, &number);

	if (number)
		return tally_api_fail_errno(error, number, "read", path);
	if (status == TALLY_TRY_AGAIN)
		return tally_api_refuse(error, status, "%s changed while it was read", path);
	if (status == TALLY_OK)
		tally_api_bank(ret, &digest);
	return tally_api_fail(error, status, NULL);
}

enum tally_status tally_digest_fd(int fd, struct tally_bank *ret, struct tally_error *error)
{
	return digest_fd(fd, "what is measured", ret, error);
}

enum tally_status tally_digest_file(const char *path, struct tally_bank *ret, struct tally_error *error)
{
	enum tally_status status;
	int fd;

	if (!path)
		return tally_api_refuse(error, TALLY_INVALID, "the path is missing");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return tally_api_fail_errno(error, errno, "open", path);
	status = digest_fd(fd, path, ret, error);
	close(fd);
	return status;
}
