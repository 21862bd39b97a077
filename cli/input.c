// SPDX-License-Identifier: BSD-2-Clause
/* Inputs: mapped where they are large files, so that the memory of a replay does not grow with its log. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "problem.h"
#include "progress.h"

#define MAP_FROM (1024 * 1024)
#define READ_STEP (64 * 1024)

/* What is mapped now, for the handler of SIGBUS; more files than this are read instead. */
static struct {
	uintptr_t begin;
	uintptr_t end;
} mapped[8];

#define MAPPED_LIMIT (sizeof(mapped) / sizeof(mapped[0]))

/* Somebody cut a file that is mapped: what is left of it can't be judged. */
static void bus_error(int number, siginfo_t *information, void *context)
{
	static const char message[] = "tally: an input file became shorter while it was read: try again\n";
	uintptr_t at = (uintptr_t)information->si_addr;

	(void)context;
	for (size_t i = 0; i < MAPPED_LIMIT; i++)
		if (at >= mapped[i].begin && at < mapped[i].end) {
			ssize_t ignored = write(STDERR_FILENO, message, sizeof(message) - 1);

			(void)ignored;
			_exit(TALLY_EXIT_TRY_AGAIN);
		}
	/* Not ours: the access is made again and ends the program. */
	signal(number, SIG_DFL);
}

static bool remember_mapping(const void *mapping, size_t size)
{
	struct sigaction action = { 0 };

	for (size_t i = 0; i < MAPPED_LIMIT; i++) {
		if (mapped[i].begin)
			continue;
		mapped[i].begin = (uintptr_t)mapping;
		mapped[i].end = mapped[i].begin + size;
		action.sa_sigaction = bus_error;
		action.sa_flags = SA_SIGINFO;
		return sigaction(SIGBUS, &action, NULL) == 0;
	}
	return false;
}

static void forget_mapping(const void *mapping)
{
	for (size_t i = 0; i < MAPPED_LIMIT; i++)
		if (mapped[i].begin == (uintptr_t)mapping)
			mapped[i].begin = mapped[i].end = 0;
}

static bool map_file(int file, size_t size, struct tally_input *ret)
{
	void *mapping = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);

	if (mapping == MAP_FAILED)
		return false;
	if (!remember_mapping(mapping, size)) {
		munmap(mapping, size);
		return false;
	}
	madvise(mapping, size, MADV_SEQUENTIAL);
	ret->mapping = mapping;
	ret->bytes = tally_bytes(mapping, size);
	return true;
}

/* Room for at least one more step behind used bytes; NULL if memory is short. */
static uint8_t *grow(uint8_t *data, size_t used, size_t *capacity)
{
	size_t wanted = *capacity ? *capacity * 2 : READ_STEP;

	if (used < *capacity)
		return data;
	data = realloc(data, wanted);
	if (data)
		*capacity = wanted;
	return data;
}

/* Read to the end; 0 or an errno. Files of /sys tell no size, pipes have none. */
static int read_all(int file, struct tally_input *ret)
{
	size_t capacity = 0, used = 0;
	uint8_t *data = NULL;
	ssize_t done;

	do {
		uint8_t *grown = grow(data, used, &capacity);

		if (!grown || used > TALLY_INPUT_LIMIT) {
			free(data);
			return grown ? EFBIG : ENOMEM;
		}
		data = grown;
		done = read(file, data + used, capacity - used);
		if (done > 0)
			used += (size_t)done;
	} while (done > 0 || (done < 0 && errno == EINTR));
	if (done < 0) {
		int error = errno;

		free(data);
		return error;
	}
	ret->heap = data;
	ret->bytes = tally_bytes(data, used);
	return 0;
}

static enum tally_exit open_file(struct tally_cli *cli, const char *what, const char *path, struct tally_input *ret)
{
	bool is_standard = strcmp(path, "-") == 0;
	int file = is_standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct stat information;
	int error = 0;

	if (file < 0)
		return tally_refuse_errno(cli, errno, "%s can't be opened (%s)", what, path);
	if (fstat(file, &information) != 0 || !S_ISREG(information.st_mode) || information.st_size < MAP_FROM ||
	    !map_file(file, (size_t)information.st_size, ret)) {
		tally_progress_begin(cli, "reading", NULL, 0);
		error = read_all(file, ret);
		tally_progress_end();
	}
	if (!is_standard)
		close(file);
	if (error)
		return tally_refuse_errno(cli, error, "%s can't be read (%s)", what, path);
	return TALLY_EXIT_OK;
}

static enum tally_exit decode_hex(struct tally_cli *cli, const char *what, struct tally_bytes digits,
				  struct tally_input *ret)
{
	ret->heap = malloc(digits.size / 2 + 1);
	if (!ret->heap)
		return tally_refuse_errno(cli, ENOMEM, "%s can't be read", what);
	if (!tally_hex_read(digits, ret->heap)) {
		tally_input_done(ret);
		return tally_refuse_usage(cli, "%s is not hex: it must be pairs of the digits 0-9 and a-f", what);
	}
	ret->bytes = tally_bytes(ret->heap, digits.size / 2);
	return TALLY_EXIT_OK;
}

static enum tally_exit decode_base64(struct tally_cli *cli, const char *what, struct tally_bytes digits,
				     struct tally_input *ret)
{
	size_t size = 0;

	ret->heap = malloc(digits.size + 1);
	if (!ret->heap)
		return tally_refuse_errno(cli, ENOMEM, "%s can't be read", what);
	if (!tally_base64_decode(digits, ret->heap, &size)) {
		tally_input_done(ret);
		return tally_refuse_usage(cli, "%s is not base64", what);
	}
	ret->bytes = tally_bytes(ret->heap, size);
	return TALLY_EXIT_OK;
}

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

enum tally_exit tally_input_open(struct tally_cli *cli, const char *what, const char *text, struct tally_input *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (has_prefix(text, "hex:"))
		return decode_hex(cli, what, tally_text(text + strlen("hex:")), ret);
	if (has_prefix(text, "base64:"))
		return decode_base64(cli, what, tally_text(text + strlen("base64:")), ret);
	return open_file(cli, what, text, ret);
}

enum tally_exit tally_input_open_hex(struct tally_cli *cli, const char *what, const char *text, struct tally_input *ret)
{
	if (strcmp(text, "-") == 0 || has_prefix(text, "hex:") || has_prefix(text, "base64:"))
		return tally_input_open(cli, what, text, ret);
	memset(ret, 0, sizeof(*ret));
	return decode_hex(cli, what, tally_text(text), ret);
}

void tally_input_done(struct tally_input *input)
{
	free(input->heap);
	if (input->mapping) {
		forget_mapping(input->mapping);
		munmap(input->mapping, input->bytes.size);
	}
	memset(input, 0, sizeof(*input));
}
