// SPDX-License-Identifier: BSD-2-Clause
/* tally log convert and tally log export: a log in the format of others, or not at all. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../format/log_writer.h"
#include "log.h"
#include "output.h"
#include "problem.h"
#include "source.h"

#define PIECE_LEAST 4096 /* room for what begins and ends a log */

/* Both passes over the same log. */
struct conversion {
	struct tally_cli *cli;
	struct tally_bytes log;
	enum tally_log_format format;
	struct tally_log_reader reader;
	struct tally_span scratch;
	struct tally_log_writer writer;
	struct tally_span piece;
	FILE *file;
};

static enum tally_exit out_of_memory(struct tally_cli *cli)
{
	return tally_refuse_errno(cli, ENOMEM, "the log can't be converted");
}

static enum tally_exit open_pass(struct conversion *conversion)
{
	enum tally_status status = tally_log_open(&conversion->reader, conversion->log, conversion->format);
	size_t size = status == TALLY_OK ? tally_log_scratch_size(&conversion->reader) : 0;

	if (status != TALLY_OK)
		return tally_refuse_input(conversion->cli, status, "the log", conversion->reader.offset);
	if (size && !conversion->scratch.data) {
		conversion->scratch.data = malloc(size);
		conversion->scratch.size = size;
		if (!conversion->scratch.data)
			return out_of_memory(conversion->cli);
	}
	tally_log_lend(&conversion->reader, conversion->scratch.data, conversion->scratch.size);
	return TALLY_EXIT_OK;
}

static enum tally_exit refuse_record(struct conversion *conversion, const struct tally_record *record,
				     enum tally_status status)
{
	const char *reason = conversion->writer.reason;

	return tally_refuse(conversion->cli, TALLY_EXIT_REFUSED,
			    "record %llu at byte %llu can't be said in that format, and nothing was written: %s",
			    (unsigned long long)record->number, (unsigned long long)record->offset,
			    *reason ? reason : tally_status_message(status));
}

/* The first pass: what can't be said shows before anything is written. */
static enum tally_exit plan(struct conversion *conversion, enum tally_log_target target)
{
	enum tally_exit code = open_pass(conversion);
	struct tally_record record;
	bool is_end = false;

	if (code != TALLY_EXIT_OK)
		return code;
	tally_log_writer_init(&conversion->writer, target, &conversion->reader);
	while (!is_end) {
		enum tally_status status = tally_log_next(&conversion->reader, &record, &is_end);

		if (status != TALLY_OK)
			return tally_refuse_input(conversion->cli, status, "the log", conversion->reader.offset);
		if (is_end)
			break;
		status = tally_log_writer_plan(&conversion->writer, &record);
		if (status != TALLY_OK)
			return refuse_record(conversion, &record, status);
	}
	return TALLY_EXIT_OK;
}

static enum tally_exit allocate_piece(struct conversion *conversion)
{
	size_t size = conversion->writer.piece_limit;

	conversion->piece.size = size < PIECE_LEAST ? PIECE_LEAST : size;
	conversion->piece.data = malloc(conversion->piece.size);
	return conversion->piece.data ? TALLY_EXIT_OK : out_of_memory(conversion->cli);
}

/* False if the piece could not be made; what the file does not take shows when it is closed. */
static bool put_piece(struct conversion *conversion, const struct tally_writer *piece)
{
	struct tally_bytes bytes = tally_written(piece);

	if (piece->status == TALLY_OK && bytes.size)
		(void)!fwrite(bytes.data, 1, bytes.size, conversion->file);
	return piece->status == TALLY_OK;
}

static struct tally_writer new_piece(const struct conversion *conversion)
{
	return tally_writer(conversion->piece.data, conversion->piece.size);
}

/* The second pass. */
static enum tally_exit write_log(struct conversion *conversion)
{
	struct tally_writer piece = new_piece(conversion);
	struct tally_record record;
	bool is_end = false;
	enum tally_exit code = open_pass(conversion);
	enum tally_status status = TALLY_OK;

	if (code != TALLY_EXIT_OK)
		return code;
	tally_log_writer_begin(&conversion->writer, &piece);
	if (!put_piece(conversion, &piece))
		return tally_refuse(conversion->cli, TALLY_EXIT_REFUSED,
				    "the log has no records that tell its banks, which that format must state");
	while (status == TALLY_OK) {
		status = tally_log_next(&conversion->reader, &record, &is_end);
		if (status != TALLY_OK || is_end)
			break;
		piece = new_piece(conversion);
		tally_log_writer_write(&conversion->writer, &record, &piece);
		if (!put_piece(conversion, &piece))
			status = piece.status;
	}
	piece = new_piece(conversion);
	tally_log_writer_end(&conversion->writer, &piece);
	if (status != TALLY_OK || !put_piece(conversion, &piece))
		return tally_refuse_input(conversion->cli, status, "the log", conversion->reader.offset);
	return TALLY_EXIT_OK;
}

/* The file appears whole or not at all. */
static enum tally_exit write_file(struct conversion *conversion, const char *path)
{
	char temporary[PATH_MAX];
	int length = snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	mode_t mask = umask(0);
	enum tally_exit code;
	int file;

	umask(mask);
	if (length < 0 || (size_t)length >= sizeof(temporary))
		return tally_refuse_errno(conversion->cli, ENAMETOOLONG, "the log can't be written to %s", path);
	file = mkstemp(temporary);
	conversion->file = file < 0 ? NULL : fdopen(file, "wb");
	if (!conversion->file)
		return tally_refuse_errno(conversion->cli, errno, "the log can't be written to %s", path);
	code = write_log(conversion);
	if (code == TALLY_EXIT_OK && (fchmod(file, 0666 & ~mask) != 0 || ferror(conversion->file)))
		code = tally_refuse_errno(conversion->cli, errno, "the log can't be written to %s", path);
	if (fclose(conversion->file) != 0 && code == TALLY_EXIT_OK)
		code = tally_refuse_errno(conversion->cli, errno, "the log can't be written to %s", path);
	if (code == TALLY_EXIT_OK && rename(temporary, path) != 0)
		code = tally_refuse_errno(conversion->cli, errno, "the log can't be written to %s", path);
	if (code != TALLY_EXIT_OK)
		unlink(temporary);
	return code;
}

static enum tally_exit write_out(struct conversion *conversion)
{
	const char *path = tally_argument(&conversion->cli->arguments, "output");

	if (tally_output_is_file(conversion->cli, "output"))
		return write_file(conversion, path);
	conversion->file = stdout;
	return write_log(conversion);
}

static void tell(const struct conversion *conversion, const char *name)
{
	const struct tally_log_writer *writer = &conversion->writer;

	if (conversion->cli->is_json)
		return;
	fprintf(stderr, "%llu records written as %s", (unsigned long long)writer->planned_count, name);
	if (writer->left_out_count && writer->is_ours)
		fprintf(stderr, ", %llu control records left out", (unsigned long long)writer->left_out_count);
	fputc('\n', stderr);
}

static enum tally_exit convert(struct tally_cli *cli, const struct tally_source *source, enum tally_log_format format,
			       const char *name)
{
	static struct conversion conversion;
	enum tally_log_target target = tally_log_target_from_name(tally_text(name));
	enum tally_exit code;

	conversion.cli = cli;
	conversion.log = source->bytes;
	conversion.format = format;
	code = plan(&conversion, target);
	if (code == TALLY_EXIT_OK)
		code = allocate_piece(&conversion);
	if (code == TALLY_EXIT_OK)
		code = write_out(&conversion);
	if (code == TALLY_EXIT_OK)
		tell(&conversion, name);
	free(conversion.piece.data);
	free(conversion.scratch.data);
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
	struct tally_source source;
	enum tally_exit code;

	if (cli->arguments.operand_count != 1)
		return tally_refuse_usage(cli, "tally log export takes no log: tally log convert does");
	if (tally_argument(&cli->arguments, "from") || tally_argument(&cli->arguments, "to") ||
	    tally_argument(&cli->arguments, "register"))
		return tally_refuse_usage(cli, "tally log export takes --format, and writes the whole log");
	code = check_target(cli, "format", name);
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
