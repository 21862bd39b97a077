// SPDX-License-Identifier: BSD-2-Clause
/* Measuring of files, with a word about how far it has come. */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../authority/measure.h"
#include "escape.h"
#include "problem.h"

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

static void progress_show(void *context, uint64_t done)
{
	struct progress *progress = context;
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

static enum tally_exit measure(struct tally_cli *cli, const char *path, int file, struct tally_digest *ret)
{
	struct progress progress = { .path = path, .begin = seconds_now(), .is_wanted = isatty(STDERR_FILENO) };
	const struct tally_measure_watch watch = { progress_show, &progress };
	struct tally_problem problem = { "" };
	struct stat about;
	enum tally_status status;
	int error = 0;

	progress.is_wanted = progress.is_wanted && !cli->is_json;
	progress.total = fstat(file, &about) == 0 && S_ISREG(about.st_mode) ? (uint64_t)about.st_size : 0;
	status = tally_measure_fd(file, &watch, ret, &error);
	progress_end(&progress);
	if (error)
		return tally_refuse_errno(cli, error, "the file can't be read (%s)", path);
	if (status == TALLY_TRY_AGAIN)
		return tally_refuse(cli, TALLY_EXIT_TRY_AGAIN,
				    "the file changed while it was measured (%s): nothing was extended; try again",
				    path);
	return status == TALLY_OK ? TALLY_EXIT_OK : tally_refuse_status(cli, status, &problem);
}

enum tally_exit tally_measure_file(struct tally_cli *cli, const char *path, struct tally_digest *ret)
{
	bool is_standard = strcmp(path, "-") == 0;
	int file = is_standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	enum tally_exit code;

	if (file < 0)
		return tally_refuse_errno(cli, errno, "the file can't be opened (%s)", path);
	code = measure(cli, path, file, ret);
	if (!is_standard)
		close(file);
	return code;
}
