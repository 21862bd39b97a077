// SPDX-License-Identifier: BSD-2-Clause
/* tally log show: the records of the machine's own log, or of any file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "log.h"
#include "output.h"
#include "plot.h"
#include "problem.h"
#include "selection.h"
#include "source.h"

/* The register's column is as wide as the longest name. */
static int register_columns(const struct tally_register_set *set)
{
	size_t columns = strlen("register");

	for (size_t i = 0; i < tally_registers_runtime_count(set); i++)
		if (strlen(set->item[i].name) > columns)
			columns = strlen(set->item[i].name);
	return (int)columns;
}

#define DIGEST_BYTES 6

/* Firmware's names of event types are long. */
#define KIND_COLUMNS 16
#define FIRMWARE_KIND_COLUMNS 32

struct tally_log_columns tally_log_columns(const struct tally_register_set *set, bool is_own)
{
	return (struct tally_log_columns){ register_columns(set), is_own ? KIND_COLUMNS : FIRMWARE_KIND_COLUMNS };
}

void tally_log_print(const struct tally_record *record, const char *name, const struct tally_log_columns *columns)
{
	const struct tally_digests *digests = &record->digests;
	char kind[TALLY_KIND_LIMIT], digest[2 * DIGEST_BYTES + 1] = "";

	tally_describe_kind(record, kind);
	if (digests->count && record->is_measured)
		tally_hex_write(digest, tally_bytes(digests->digest[digests->count - 1].bytes, DIGEST_BYTES));
	printf("%6llu  %-*s  %s%-12s%s  %-*s  ", (unsigned long long)record->number, columns->reg, name ? name : "-",
	       tally_style(TALLY_STYLE_FAINT), digest, tally_style(TALLY_STYLE_END), columns->kind, kind);
	tally_describe(stdout, record);
	putchar('\n');
}

void tally_log_print_heading(const struct tally_log_columns *columns)
{
	printf("%s%6s  %-*s  %-12s  %-*s  %s%s\n", tally_style(TALLY_STYLE_STRONG), "record", columns->reg, "register",
	       "digest", columns->kind, "type", "event", tally_style(TALLY_STYLE_END));
}

static void print_summary(const struct tally_log_replay *replay, uint64_t torn_size)
{
	printf("\n%llu records (%s), %llu of them measured", (unsigned long long)replay->record_count,
	       tally_log_format_name(replay->format), (unsigned long long)replay->measured_count);
	if (replay->gap_count)
		printf(", %llu gaps", (unsigned long long)replay->gap_count);
	putchar('\n');
	if (torn_size)
		printf("%llu bytes of an unfinished record follow; they are no part of the log\n",
		       (unsigned long long)torn_size);
}

static enum tally_exit show_records(struct tally_cli *cli, struct tally_log_reader *reader,
				    const struct tally_log_replay *replay, uint64_t mask)
{
	struct tally_log_columns columns = tally_log_columns(&replay->set, replay->format == TALLY_LOG_FORMAT_TALLY);
	bool is_end = false;
	enum tally_status status = TALLY_OK;

	if (!cli->is_json)
		tally_log_print_heading(&columns);
	while (status == TALLY_OK) {
		struct tally_record record;
		int i;

		status = tally_log_next(reader, &record, &is_end);
		if (status != TALLY_OK || is_end)
			break;
		i = tally_log_register(&replay->set, &record);
		/* Without --register the mask is full: records of no register are shown too. */
		if (i < 0 ? mask != UINT64_MAX : !(mask >> i & 1))
			continue;
		if (cli->is_json)
			tally_describe_json(stdout, &record, i < 0 ? NULL : replay->set.item[i].name);
		else
			tally_log_print(&record, i < 0 ? NULL : replay->set.item[i].name, &columns);
	}
	if (status != TALLY_OK)
		return tally_refuse_input(cli, status, "the log", reader->offset);
	return TALLY_EXIT_OK;
}

static enum tally_status draw(FILE *file, struct tally_log_reader *reader, const struct tally_log_replay *replay,
			      uint64_t mask)
{
	struct tally_plot *plot = tally_plot_begin(file, replay, mask);
	enum tally_status status = plot ? TALLY_OK : TALLY_NO_MEMORY;
	bool is_end = false;

	while (status == TALLY_OK && !is_end) {
		struct tally_record record;

		status = tally_log_next(reader, &record, &is_end);
		if (status == TALLY_OK && !is_end)
			tally_plot_add(plot, &record, tally_log_register(&replay->set, &record));
	}
	if (plot)
		tally_plot_end(plot);
	return status;
}

/* The picture is made in memory, which its size does not outgrow: it appears whole. So it does of a damaged log's beginning. */
static enum tally_exit plot_records(struct tally_cli *cli, struct tally_log_reader *reader,
				    const struct tally_log_replay *replay, uint64_t mask)
{
	char *picture = NULL;
	size_t size;
	FILE *file = open_memstream(&picture, &size);
	enum tally_status status = file ? draw(file, reader, replay, mask) : TALLY_NO_MEMORY;
	bool is_whole = file && !ferror(file);
	enum tally_exit code;

	if (file && fclose(file) != 0)
		is_whole = false;
	if (!is_whole || status == TALLY_NO_MEMORY)
		code = tally_refuse_input(cli, TALLY_NO_MEMORY, "the log", 0);
	else
		code = tally_write_binary(cli, "plot", "the picture", tally_bytes(picture, size));
	free(picture);
	return code == TALLY_EXIT_OK && status != TALLY_OK ? tally_refuse_input(cli, status, "the log", reader->offset)
							   : code;
}

static enum tally_exit show_log(struct tally_cli *cli, struct tally_bytes log, const struct tally_log_replay *replay,
				uint64_t mask)
{
	struct tally_log_reader reader;
	enum tally_status status = tally_log_open(&reader, log, replay->format);
	size_t size = status == TALLY_OK ? tally_log_scratch_size(&reader) : 0;
	void *scratch = size ? malloc(size) : NULL;
	enum tally_exit code;

	if (size && !scratch)
		status = TALLY_NO_MEMORY;
	if (status != TALLY_OK)
		return tally_refuse_input(cli, status, "the log", 0);
	tally_log_lend(&reader, scratch, size);
	code = tally_argument(&cli->arguments, "plot") ? plot_records(cli, &reader, replay, mask)
						       : show_records(cli, &reader, replay, mask);
	free(scratch);
	return code;
}

static enum tally_exit show(struct tally_cli *cli, const struct tally_source *source)
{
	enum tally_log_format format;
	struct tally_log_replay replay;
	enum tally_status status;
	uint64_t mask;
	enum tally_exit code = tally_source_format(cli, "format", source->bytes, &format);

	if (code != TALLY_EXIT_OK)
		return code;
	/* For the register set and the counts; what can't be read is refused once the records before it are shown. */
	status = tally_replay_log(source->bytes, format, &replay);
	code = tally_selection_read(cli, &replay.set, &mask);
	if (code == TALLY_EXIT_OK)
		code = show_log(cli, source->bytes, &replay, mask);
	if (code == TALLY_EXIT_OK && status != TALLY_OK)
		code = tally_refuse_input(cli, status, "the log", replay.fault_offset);
	if (code == TALLY_EXIT_OK && source->damage != TALLY_OK)
		code = tally_refuse_input(cli, source->damage, "the log", source->bytes.size);
	if (code == TALLY_EXIT_OK && !cli->is_json && !tally_argument(&cli->arguments, "plot"))
		print_summary(&replay, source->torn_size);
	return code;
}

enum tally_exit tally_run_log_show(struct tally_cli *cli)
{
	const struct tally_arguments *arguments = &cli->arguments;
	struct tally_source source;
	enum tally_exit code;

	if (tally_argument(arguments, "to") || tally_argument(arguments, "from") || tally_argument(arguments, "output"))
		return tally_refuse_usage(cli, "--to, --from and --output go with tally log convert or export");
	if (tally_argument(arguments, "plot") && cli->is_json)
		return tally_refuse_usage(cli, "--plot draws a picture, which is no JSON");
	if (arguments->operand_count > 2)
		return tally_refuse_usage(cli, "tally log show takes one log at most");
	code = tally_source_open(cli, arguments->operand_count == 2 ? arguments->operand[1] : NULL, &source);
	if (code == TALLY_EXIT_OK)
		code = show(cli, &source);
	tally_source_done(&source);
	return code;
}
