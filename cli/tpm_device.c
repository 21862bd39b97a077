// SPDX-License-Identifier: BSD-2-Clause
/* Moving commands and responses between a TPM and us. */
#include "tpm_device.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../core/cursor.h"
#include "problem.h"

#define WAIT_MILLISECONDS 60000 /* a TPM may take long to make an RSA key */
#define HEADER_SIZE 10
#define RETRY_COUNT 6
#define RETRY_FIRST_MILLISECONDS 20
#define RC_RETRY 0x922
#define RC_TESTING 0x90a

static int connect_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int file;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (file >= 0 && connect(file, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		int error = errno;

		close(file);
		errno = error;
		return -1;
	}
	return file;
}

enum tally_exit tally_tpm_open(struct tally_cli *cli, const char *path, struct tally_tpm_device *ret)
{
	struct stat info;
	bool is_socket = stat(path, &info) == 0 && S_ISSOCK(info.st_mode);

	ret->path = path;
	ret->file = is_socket ? connect_socket(path) : open(path, O_RDWR | O_CLOEXEC);
	if (ret->file >= 0)
		return TALLY_EXIT_OK;
	if (errno == ENOENT)
		return tally_refuse(cli, TALLY_EXIT_UNAVAILABLE, "there is no TPM at %s", path);
	return tally_refuse_errno(cli, errno, "the TPM %s could not be opened", path);
}

void tally_tpm_close(struct tally_tpm_device *tpm)
{
	if (tpm->file >= 0)
		close(tpm->file);
	tpm->file = -1;
}

static bool wait_for(int file)
{
	struct pollfd wait = { .fd = file, .events = POLLIN };
	int ready;

	do
		ready = poll(&wait, 1, WAIT_MILLISECONDS);
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0;
}

/* The size in a response's header, as soon as that is there. */
static size_t wanted_size(const struct tally_tpm_device *tpm, size_t got)
{
	struct tally_cursor cursor = tally_cursor(tally_bytes(tpm->response, got));

	if (got < HEADER_SIZE)
		return HEADER_SIZE;
	(void)tally_read_be16(&cursor);
	return tally_read_be32(&cursor);
}

/* All of a response; its size, or 0 with errno. A device gives it at once, a socket in pieces. */
static size_t receive(struct tally_tpm_device *tpm)
{
	size_t got = 0;

	while (got < wanted_size(tpm, got)) {
		ssize_t size;

		if (wanted_size(tpm, got) > sizeof(tpm->response)) {
			errno = EMSGSIZE;
			return 0;
		}
		size = wait_for(tpm->file) ? read(tpm->file, tpm->response + got, sizeof(tpm->response) - got) : -1;
		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0) {
			errno = size == 0 ? EPIPE : errno;
			return 0;
		}
		got += (size_t)size;
	}
	return got;
}

static bool send_all(int file, struct tally_bytes bytes)
{
	while (bytes.size) {
		ssize_t size = write(file, bytes.data, bytes.size);

		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return false;
		bytes = tally_bytes(bytes.data + size, bytes.size - (size_t)size);
	}
	return true;
}

/* One command once; its response code, with the body. False with errno. */
static bool exchange(struct tally_tpm_device *tpm, struct tally_bytes command, uint32_t *ret_code,
		     struct tally_bytes *ret_body)
{
	size_t size = send_all(tpm->file, command) ? receive(tpm) : 0;
	struct tally_cursor cursor = tally_cursor(tally_bytes(tpm->response, size));

	if (size == 0)
		return false;
	(void)tally_read_be16(&cursor);
	if (tally_read_be32(&cursor) != size) {
		errno = EBADMSG;
		return false;
	}
	*ret_code = tally_read_be32(&cursor);
	*ret_body = tally_read_rest(&cursor);
	return true;
}

static void pause_for(unsigned milliseconds)
{
	struct timespec time = { milliseconds / 1000, (long)(milliseconds % 1000) * 1000000 };

	while (nanosleep(&time, &time) != 0 && errno == EINTR)
		;
}

/* What a TPM says no with, as far as people can do something about it. spec: TPM 2.0 part 2, 6.6.3 */
static const struct {
	uint32_t code; /* without the number of handle, session or parameter */
	const char *words;
} refusals[] = {
	{ 0x084, "a value is none that it can have here" },
	{ 0x085, "the hierarchy is not enabled" },
	{ 0x08a, "the key is of a kind that can't be used so" },
	{ 0x08b, "there is no key at that handle" },
	{ 0x08e, "the authorization has failed" },
	{ 0x095, "a part has a size that it can't have" },
	{ 0x09d, "the key asks for another policy" },
	{ 0x09f, "it was made for other keys" },
	{ 0x0a2, "it asks for a password" },
	{ 0x100, "it was not started" },
	{ 0x101, "it has failed, and must be reset" },
	{ 0x142, "the command has a size that it can't have" },
	{ 0x143, "it does not know the command" },
	{ 0x902, "it has no room for one more key" },
	{ 0x903, "it has no room for one more session" },
	{ 0x910, "there is no key at that handle" },
	{ 0x911, "there is no key at that handle" },
	{ 0x921, "it is locked after too many wrong passwords" },
};

#define RC_FORMAT_1 0x080 /* then the number and whose it is stand in the other bits */
#define RC_FORMAT_1_ERROR 0x0bf

static const char *refusal_words(uint32_t code)
{
	uint32_t base = code & RC_FORMAT_1 ? code & RC_FORMAT_1_ERROR : code;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].code == base)
			return refusals[i].words;
	return "TPM 2.0, part 2, 6.6.3 says what that is";
}

enum tally_exit tally_tpm_run(struct tally_cli *cli, struct tally_tpm_device *tpm, const char *what,
			      struct tally_writer *command, struct tally_bytes *ret_body)
{
	uint32_t code = RC_RETRY;

	if (command->status != TALLY_OK)
		return tally_refuse(cli, TALLY_EXIT_MALFORMED, "%s: the command is larger than a TPM takes", what);
	command->data[2] = command->data[3] = 0;
	command->data[4] = (uint8_t)(command->size >> 8);
	command->data[5] = (uint8_t)command->size;
	for (unsigned i = 0; i < RETRY_COUNT && (code == RC_RETRY || code == RC_TESTING); i++) {
		if (i > 0)
			pause_for(RETRY_FIRST_MILLISECONDS << i);
		if (!exchange(tpm, tally_written(command), &code, ret_body))
			return tally_refuse_errno(cli, errno, "%s: the TPM %s does not answer", what, tpm->path);
	}
	if (code == 0)
		return TALLY_EXIT_OK;
	return tally_refuse(cli, TALLY_EXIT_REFUSED, "%s: the TPM refuses with response code 0x%03x: %s", what,
			    (unsigned)code, refusal_words(code));
}
