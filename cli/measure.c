// SPDX-License-Identifier: BSD-2-Clause
/* Hashing of files, with a word about how far it has come. */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../crypto/stream.h"
#include "escape.h"
#include "problem.h"

#define PIECE (256 * 1024)

/* Told on standard error, if that is a terminal, from the second second on. */
struct progress {
	const char *path;
	uint64_t total; /* 0: not known */
	double begin;
	double shown;
	bool is_wanted;
	bool is_shown;
};

static double seconds_now(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void progress_show(struct progress *progress, uint64_t done)
{
	double now;

	if (!progress->is_wanted)
		return;
	now = seconds_now();
	if (now - progress->begin < 1.0 || now - progress->shown < 0.25)
		return;
	progress->shown = now;
	progress->is_shown = true;
	fputs("\r\033[Kmeasuring ", stderr);
	tally_escape_print(stderr, tally_text(progress->path));
	if (progress->total)
		fprintf(stderr, " %llu%%", (unsigned long long)(done * 100 / progress->total));
	else
		fprintf(stderr, " %llu MiB", (unsigned long long)(done >> 20));
	fflush(stderr);
}

static void progress_end(const struct progress *progress)
{
	if (progress->is_shown)
		fputs("\r\033[K", stderr);
}

static enum tally_status hash_file(int file, struct tally_hash_stream *stream, struct progress *progress,
				   int *ret_error)
{
	static uint8_t piece[PIECE];
	enum tally_status status = TALLY_OK;
	uint64_t done = 0;

	while (status == TALLY_OK) {
		ssize_t size = read(file, piece, sizeof(piece));

		if (size == 0)
			break;
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0) {
			*ret_error = errno;
			return TALLY_SYSTEM;
		}
		status = tally_hash_stream_add(stream, tally_bytes(piece, (size_t)size));
		done += (uint64_t)size;
		progress_show(progress, done);
	}
	return status;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static enum tally_exit measure(struct tally_cli *cli, const char *path, int file, struct tally_hash_stream *stream,
			       struct tally_digest *ret)
{
	struct progress progress = { .path = path, .begin = seconds_now(), .is_wanted = isatty(STDERR_FILENO) };
	struct tally_problem problem = { "" };
	struct stat before, after;
	enum tally_status status;
	int error = 0;

	if (fstat(file, &before) != 0)
		return tally_refuse_errno(cli, errno, "the file can't be read (%s)", path);
	progress.is_wanted = progress.is_wanted && !cli->is_json;
	progress.total = S_ISREG(before.st_mode) ? (uint64_t)before.st_size : 0;
	status = hash_file(file, stream, &progress, &error);
	progress_end(&progress);
	if (error)
		return tally_refuse_errno(cli, error, "the file can't be read (%s)", path);
	if (status == TALLY_OK)
		status = tally_hash_stream_digest(stream, ret);
	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &problem);
	/* A digest of half the old file and half the new one would be of a file that never was. */
	if (S_ISREG(before.st_mode) && (fstat(file, &after) != 0 || !is_same(&before, &after)))
		return tally_refuse(cli, TALLY_EXIT_TRY_AGAIN,
				    "the file changed while it was measured (%s): nothing was extended; try again",
				    path);
	return TALLY_EXIT_OK;
}

enum tally_exit tally_measure_file(struct tally_cli *cli, const char *path, struct tally_digest *ret)
{
	bool is_standard = strcmp(path, "-") == 0;
	int file = is_standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct tally_hash_stream *stream = NULL;
	struct tally_problem problem = { "" };
	enum tally_status status;
	enum tally_exit code;

	if (file < 0)
		return tally_refuse_errno(cli, errno, "the file can't be opened (%s)", path);
	status = tally_hash_stream_new(TALLY_SHA384, &stream);
	if (status == TALLY_OK)
		code = measure(cli, path, file, stream, ret);
	else
		code = tally_refuse_status(cli, status, &problem);
	tally_hash_stream_free(stream);
	if (!is_standard)
		close(file);
	return code;
}
