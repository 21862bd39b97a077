// SPDX-License-Identifier: BSD-2-Clause
/* Standard output for people and pipes. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "problem.h"

static char hex_digit(unsigned value)
{
	return "0123456789abcdef"[value & 15];
}

void tally_print_hex(FILE *file, struct tally_bytes bytes)
{
	for (size_t i = 0; i < bytes.size; i++) {
		putc(hex_digit(bytes.data[i] >> 4), file);
		putc(hex_digit(bytes.data[i]), file);
	}
}

void tally_hex_write(char *to, struct tally_bytes bytes)
{
	for (size_t i = 0; i < bytes.size; i++) {
		*to++ = hex_digit(bytes.data[i] >> 4);
		*to++ = hex_digit(bytes.data[i]);
	}
	*to = 0;
}

bool tally_has_colour(void)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (no_colour && *no_colour)
		return false;
	return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
}

const char *tally_style(enum tally_style style)
{
	static const char *const sequences[] = {
		[TALLY_STYLE_END] = "\033[0m",	 [TALLY_STYLE_STRONG] = "\033[1m", [TALLY_STYLE_FAINT] = "\033[2m",
		[TALLY_STYLE_GOOD] = "\033[32m", [TALLY_STYLE_BAD] = "\033[31m",
	};
	static int has_colour = -1;

	if (has_colour < 0)
		has_colour = tally_has_colour();
	return has_colour ? sequences[style] : "";
}

static bool write_all(int file, struct tally_bytes bytes)
{
	while (bytes.size) {
		ssize_t done = write(file, bytes.data, bytes.size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		bytes = tally_bytes(bytes.data + done, bytes.size - (size_t)done);
	}
	return true;
}

static enum tally_exit write_file(struct tally_cli *cli, const char *path, const char *what, struct tally_bytes bytes)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	bool is_written;
	int error;

	if (file < 0)
		return tally_refuse_errno(cli, errno, "%s could not be written to %s", what, path);
	is_written = write_all(file, bytes);
	error = errno;
	if (close(file) != 0 && is_written) {
		is_written = false;
		error = errno;
	}
	if (is_written)
		return TALLY_EXIT_OK;
	return tally_refuse_errno(cli, error, "%s was not completely written to %s", what, path);
}

static const char *output_path(const struct tally_cli *cli, const char *option)
{
	const char *path = tally_argument(&cli->arguments, option);

	return path && strcmp(path, "-") != 0 ? path : NULL;
}

bool tally_output_is_file(const struct tally_cli *cli, const char *option)
{
	return output_path(cli, option) != NULL;
}

enum tally_exit tally_output_check(struct tally_cli *cli, const char *option, const char *what)
{
	if (output_path(cli, option) || cli->is_json || !isatty(STDOUT_FILENO))
		return TALLY_EXIT_OK;
	return tally_refuse_usage(
		cli, "%s is binary and standard output is a terminal: use --%s FILE, a pipe or --json", what, option);
}

enum tally_exit tally_write_binary(struct tally_cli *cli, const char *option, const char *what,
				   struct tally_bytes bytes)
{
	const char *path = output_path(cli, option);

	if (path)
		return write_file(cli, path, what, bytes);
	if (fflush(stdout) != 0 || !write_all(STDOUT_FILENO, bytes))
		return tally_refuse_errno(cli, errno, "%s could not be written to standard output", what);
	return TALLY_EXIT_OK;
}

enum tally_exit tally_output_end(struct tally_cli *cli, enum tally_exit code)
{
	bool has_failed = ferror(stdout) != 0;

	errno = 0;
	has_failed = fclose(stdout) != 0 || has_failed;
	if (!has_failed)
		return code;
	return tally_refuse_errno(cli, errno, "standard output could not be written");
}
