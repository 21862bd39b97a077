// SPDX-License-Identifier: BSD-2-Clause
/* Soft's signing key: made once with the registers, read when a report is first asked for. */
#include "soft_state.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define KEY_FILE_LIMIT 4096

enum tally_status tally_soft_key_create(struct tally_soft *soft, struct tally_problem *problem)
{
	struct tally_key *key = NULL;
	enum tally_status status;
	char *pem = NULL;
	size_t size = 0;

	status = tally_key_generate(&key);
	if (status == TALLY_OK)
		status = tally_key_to_pem(key, &pem, &size);
	if (status == TALLY_OK)
		status = tally_file_create_once(&soft->directory, TALLY_SOFT_KEY_NAME, 0600, tally_bytes(pem, size),
						problem);
	else
		tally_problem_set(problem, "the signing key can't be made: %s", tally_status_message(status));
	if (pem)
		explicit_bzero(pem, size);
	free(pem);
	tally_key_free(key);
	return status;
}

static enum tally_status key_open_failed(const struct tally_soft *soft, struct tally_problem *problem)
{
	enum tally_status status = tally_file_status(errno);

	/* The key was there before the registers were. */
	if (status == TALLY_NOT_FOUND) {
		tally_problem_set(problem,
				  "%s/" TALLY_SOFT_KEY_NAME " is gone, though the registers are there: put it back, or "
				  "remove the registers and the log too, to begin anew with another key",
				  soft->directory.path);
		return TALLY_CORRUPT;
	}
	tally_problem_set(problem, "%s/" TALLY_SOFT_KEY_NAME " can't be opened, so nothing can be signed: %s",
			  soft->directory.path, strerror(errno));
	return status;
}

static enum tally_status key_read(const struct tally_soft *soft, int fd, struct tally_key **ret,
				  struct tally_problem *problem)
{
	uint8_t text[KEY_FILE_LIMIT];
	uint8_t probe[TALLY_ES384_SIZE];
	ssize_t size = pread(fd, text, sizeof(text), 0);
	struct tally_key *key = NULL;
	enum tally_status status = TALLY_UNSUPPORTED;

	if (size > 0 && (size_t)size < sizeof(text))
		status = tally_key_from_pem(tally_bytes(text, (size_t)size), &key);
	explicit_bzero(text, sizeof(text));
	/* A public key and other kinds of keys read well and sign nothing. */
	if (status == TALLY_OK)
		status = tally_sign_es384(key, tally_bytes(NULL, 0), probe);
	if (status == TALLY_OK) {
		*ret = key;
		return TALLY_OK;
	}
	tally_key_free(key);
	if (status != TALLY_UNSUPPORTED && status != TALLY_INVALID)
		return status;
	tally_problem_set(problem, "%s/" TALLY_SOFT_KEY_NAME " is no private P-384 key: put the right one back",
			  soft->directory.path);
	return TALLY_CORRUPT;
}

enum tally_status tally_soft_key_load(struct tally_soft *soft, struct tally_problem *problem)
{
	enum tally_status status;
	int fd;

	if (soft->key)
		return TALLY_OK;
	fd = openat(soft->directory.fd, TALLY_SOFT_KEY_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return key_open_failed(soft, problem);
	status = key_read(soft, fd, &soft->key, problem);
	close(fd);
	return status;
}
