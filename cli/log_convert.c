// SPDX-License-Identifier: BSD-2-Clause
/* tally log convert and tally log export: a log in the format of others, or not at all. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../authority/log_convert.h"
#include "log.h"
#include "output.h"
#include "own.h"
#include "problem.h"
#include "progress.h"
#include "source.h"

/* A log on its way into a file or to standard output. */
struct export
{
	struct tally_cli *cli;
	struct tally_bytes log;
	enum tally_log_format format;
	const char *name; /* of the format that is written */
	struct tally_conversion result;
};

static enum tally_status put(void *file, struct tally_bytes piece)
{
	return fwrite(piece.data, 1, piece.size, file) == piece.size ? TALLY_OK : TALLY_SYSTEM;
}

static enum tally_exit refuse_write(struct export *export, const char *path)
{
	return tally_refuse_errno(export->cli, errno, "the log can't be written to %s", path);
}

/* path: what the file is called; NULL for standard output, whose errors show when it is closed. */
static enum tally_exit write_to(struct export *export, FILE *file, const char *path)
{
	struct tally_log_sink sink = { .put = put, .context = file };
	struct tally_problem problem = { "" };
	enum tally_status status;

	if (path)
		tally_progress_begin(export->cli, "converting", NULL, 0);
	status = tally_log_convert(export->log, export->format, tally_log_target_from_name(tally_text(export->name)),
				   &sink, &export->result, &problem);
	if (path)
		tally_progress_end();
	if (status == TALLY_OK)
		return TALLY_EXIT_OK;
	if (export->result.is_unsaid)
		return tally_refuse(export->cli, TALLY_EXIT_REFUSED, "%s", problem.text);
	if (status == TALLY_NO_MEMORY)
		return tally_refuse_status(export->cli, status, &problem);
	if (status == TALLY_SYSTEM)
		return path ? refuse_write(export, path) : TALLY_EXIT_SYSTEM;
	return tally_refuse_input(export->cli, status, "the log", export->result.offset);
}

/* What is no file, a pipe or a device, is written as standard output is. */
static enum tally_exit write_stream(struct export *export, const char *path)
{
	FILE *file = fopen(path, "wbe");
	enum tally_exit code;

	if (!file)
		return refuse_write(export, path);
	code = write_to(export, file, path);
	if (fclose(file) != 0 && code == TALLY_EXIT_OK)
		code = refuse_write(export, path);
	return code;
}

/* The file appears whole or not at all. path: that of the file, no link's. */
static enum tally_exit write_whole(struct export *export, const char *path)
{
	char temporary[PATH_MAX];
	int length = snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	mode_t mask = umask(0);
	enum tally_exit code;
	FILE *file;
	int fd;

	umask(mask);
	if (length < 0 || (size_t)length >= sizeof(temporary))
		return tally_refuse_errno(export->cli, ENAMETOOLONG, "the log can't be written to %s", path);
	fd = mkstemp(temporary);
	file = fd < 0 ? NULL : fdopen(fd, "wb");
	if (!file)
		return refuse_write(export, path);
	code = write_to(export, file, path);
	if (code == TALLY_EXIT_OK && fchmod(fd, 0666 & ~mask) != 0)
		code = refuse_write(export, path);
	if (fclose(file) != 0 && code == TALLY_EXIT_OK)
		code = refuse_write(export, path);
	if (code == TALLY_EXIT_OK && rename(temporary, path) != 0)
		code = refuse_write(export, path);
	if (code != TALLY_EXIT_OK)
		unlink(temporary);
	return code;
}

static enum tally_exit write_file(struct export *export, const char *path)
{
	struct stat status;
	char real[PATH_MAX];

	if (stat(path, &status) != 0)
		return write_whole(export, path);
	if (!S_ISREG(status.st_mode))
		return write_stream(export, path);
	return realpath(path, real) ? write_whole(export, real) : refuse_write(export, path);
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat left, right;

	return stat(a, &left) == 0 && stat(b, &right) == 0 && left.st_dev == right.st_dev &&
	       left.st_ino == right.st_ino;
}

/* kept: the file that is read, or the directory whose files are the authority's. */
static enum tally_exit check_output(struct tally_cli *cli, const char *kept)
{
	const char *path = tally_argument(&cli->arguments, "output");
	char folder[PATH_MAX];

	if (!tally_output_is_file(cli, "output"))
		return TALLY_EXIT_OK;
	snprintf(folder, sizeof(folder), "%s", path);
	if (!is_same_file(path, kept) && !is_same_file(dirname(folder), kept))
		return TALLY_EXIT_OK;
	return tally_refuse_usage(cli, "%s would write over the log that is read: choose another file", path);
}

static void tell(const struct export *export)
{
	const struct tally_conversion *result = &export->result;

	if (export->cli->is_json)
		return;
	fprintf(stderr, "%llu records written as %s", (unsigned long long)result->record_count, export->name);
	if (result->left_out_count)
		fprintf(stderr, ", %llu control records left out", (unsigned long long)result->left_out_count);
	fputc('\n', stderr);
}

static enum tally_exit convert(struct tally_cli *cli, const struct tally_source *source, enum tally_log_format format,
			       const char *name)
{
	struct export export = { .cli = cli, .log = source->bytes, .format = format, .name = name };
	enum tally_exit code;

	if (tally_output_is_file(cli, "output"))
		code = write_file(&export, tally_argument(&cli->arguments, "output"));
	else
		code = write_to(&export, stdout, NULL);
	if (code == TALLY_EXIT_OK)
		tell(&export);
	return code;
}

/* The name of a format that is written, and what standard output takes; NULL is refused. */
static enum tally_exit check_target(struct tally_cli *cli, const char *option, const char *name)
{
	enum tally_log_target target;

	if (!name)
		return tally_refuse_usage(cli, "the format to write is missing: --%s FORMAT", option);
	target = tally_log_target_from_name(tally_text(name));
	if (target == TALLY_LOG_TARGET_UNKNOWN)
		return tally_refuse_usage(
			cli,
			"no format to write: %.40s; tally, cel-tlv, cel-cbor, cel-json, tcg2, ccel, aael or systemd",
			name);
	if (target == TALLY_LOG_TARGET_CEL_JSON || target == TALLY_LOG_TARGET_SYSTEMD)
		return TALLY_EXIT_OK;
	return tally_output_check(cli, "output", "the log");
}

enum tally_exit tally_run_log_convert(struct tally_cli *cli)
{
	const char *name = tally_argument(&cli->arguments, "to");
	enum tally_log_format format;
	struct tally_source source;
	enum tally_exit code;

	if (cli->arguments.operand_count != 2)
		return tally_refuse_usage(cli, "tally log convert takes one log");
	if (tally_argument(&cli->arguments, "format") || tally_argument(&cli->arguments, "register"))
		return tally_refuse_usage(cli, "tally log convert takes --from and --to, and whole logs");
	code = check_target(cli, "to", name);
	if (code == TALLY_EXIT_OK)
		code = check_output(cli, cli->arguments.operand[1]);
	if (code != TALLY_EXIT_OK)
		return code;
	code = tally_source_open(cli, cli->arguments.operand[1], &source);
	if (code == TALLY_EXIT_OK)
		code = tally_source_format(cli, "from", source.bytes, &format);
	if (code == TALLY_EXIT_OK)
		code = convert(cli, &source, format, name);
	tally_source_done(&source);
	return code;
}

enum tally_exit tally_run_log_export(struct tally_cli *cli)
{
	const char *name = tally_argument(&cli->arguments, "format");
	char directory[PATH_MAX];
	struct tally_source source;
	enum tally_exit code;

	if (cli->arguments.operand_count != 1)
		return tally_refuse_usage(cli, "tally log export takes no log: tally log convert does");
	if (tally_argument(&cli->arguments, "from") || tally_argument(&cli->arguments, "to") ||
	    tally_argument(&cli->arguments, "register"))
		return tally_refuse_usage(cli, "tally log export takes --format, and writes the whole log");
	code = check_target(cli, "format", name);
	if (code == TALLY_EXIT_OK)
		code = tally_own_directory(cli, directory);
	if (code == TALLY_EXIT_OK)
		code = check_output(cli, directory);
	if (code != TALLY_EXIT_OK)
		return code;
	code = tally_source_open(cli, NULL, &source);
	/* What lies behind the damage would be missing. */
	if (code == TALLY_EXIT_OK && source.damage != TALLY_OK)
		code = tally_refuse_input(cli, source.damage, "the log", source.bytes.size);
	if (code == TALLY_EXIT_OK)
		code = convert(cli, &source, TALLY_LOG_FORMAT_TALLY, name);
	tally_source_done(&source);
	return code;
}
