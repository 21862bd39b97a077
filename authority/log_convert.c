// SPDX-License-Identifier: BSD-2-Clause
/* The two passes of a conversion: every record is planned, then written. */
#include "log_convert.h"

#include <stdlib.h>

#define PIECE_LEAST 4096 /* room for what begins and ends a log */

/* Both passes over the same log. */
struct convert_run {
	struct tally_bytes log;
	enum tally_log_format from;
	struct tally_log_reader reader;
	uint64_t read_count;  /* records of the first pass */
	uint64_t next_number; /* that the next record of a log of ours must have */
	struct tally_span scratch;
	struct tally_log_writer writer;
	struct tally_span piece;
	const struct tally_log_sink *sink;
	struct tally_conversion result;
	struct tally_problem *problem;
};

static enum tally_status convert_unread(struct convert_run *run, enum tally_status status)
{
	run->result.offset = run->reader.offset;
	tally_problem_set(run->problem, "the log can't be read at byte %llu: %s",
			  (unsigned long long)run->result.offset, tally_status_message(status));
	return status;
}

static enum tally_status convert_unsaid(struct convert_run *run, const struct tally_record *record,
					enum tally_status status)
{
	const char *reason = run->writer.reason;

	run->result.is_unsaid = true;
	run->result.offset = record->offset;
	tally_problem_set(run->problem,
			  "record %llu at byte %llu can't be said in that format, and nothing was written: %s",
			  (unsigned long long)record->number, (unsigned long long)record->offset,
			  *reason ? reason : tally_status_message(status));
	return TALLY_UNSUPPORTED;
}

static enum tally_status convert_open(struct convert_run *run)
{
	enum tally_status status = tally_log_open(&run->reader, run->log, run->from);
	size_t size = status == TALLY_OK ? tally_log_scratch_size(&run->reader) : 0;

	if (status != TALLY_OK)
		return convert_unread(run, status);
	if (size && !run->scratch.data) {
		run->scratch.data = malloc(size);
		run->scratch.size = size;
		if (!run->scratch.data)
			return TALLY_NO_MEMORY;
	}
	tally_log_lend(&run->reader, run->scratch.data, run->scratch.size);
	return TALLY_OK;
}

/* A hole in a log of ours, or a record that stands twice, must not vanish when records are counted anew. */
static enum tally_status convert_check_order(struct convert_run *run, const struct tally_record *record)
{
	bool is_in_order = run->read_count == 0 || record->number == run->next_number;

	run->read_count++;
	run->next_number = record->number + 1;
	if (!run->reader.is_ours || is_in_order)
		return TALLY_OK;
	run->reader.offset = record->offset;
	return TALLY_DISORDER;
}

/* The first pass: what can't be said shows before anything is written. */
static enum tally_status convert_plan(struct convert_run *run, enum tally_log_target target)
{
	enum tally_status status = convert_open(run);
	struct tally_record record;
	bool is_end = false;

	if (status != TALLY_OK)
		return status;
	tally_log_writer_init(&run->writer, target, &run->reader);
	for (;;) {
		status = tally_log_next(&run->reader, &record, &is_end);
		if (status != TALLY_OK)
			return convert_unread(run, status);
		if (is_end)
			return TALLY_OK;
		if (convert_check_order(run, &record) != TALLY_OK)
			return convert_unread(run, TALLY_DISORDER);
		status = tally_log_writer_plan(&run->writer, &record);
		if (status != TALLY_OK)
			return convert_unsaid(run, &record, status);
	}
}

static enum tally_status convert_lend_piece(struct convert_run *run)
{
	size_t size = run->writer.piece_limit;

	run->piece.size = size < PIECE_LEAST ? PIECE_LEAST : size;
	run->piece.data = malloc(run->piece.size);
	return run->piece.data ? TALLY_OK : TALLY_NO_MEMORY;
}

static struct tally_writer convert_new_piece(const struct convert_run *run)
{
	return tally_writer(run->piece.data, run->piece.size);
}

static enum tally_status convert_put(const struct convert_run *run, const struct tally_writer *piece)
{
	struct tally_bytes bytes = tally_written(piece);

	return bytes.size ? run->sink->put(run->sink->context, bytes) : TALLY_OK;
}

static enum tally_status convert_begin(struct convert_run *run)
{
	struct tally_writer piece = convert_new_piece(run);

	tally_log_writer_begin(&run->writer, &piece);
	if (piece.status == TALLY_OK)
		return convert_put(run, &piece);
	run->result.is_unsaid = true;
	tally_problem_set(run->problem, "the log has no records %s",
			  piece.status == TALLY_UNSUPPORTED ? "and is none of tally's own"
							    : "that tell its banks, which that format must state");
	return TALLY_UNSUPPORTED;
}

/* What was planned can be written, unless the log changed meanwhile. */
static enum tally_status convert_next(struct convert_run *run, bool *ret_is_end)
{
	struct tally_writer piece = convert_new_piece(run);
	struct tally_record record;
	enum tally_status status = tally_log_next(&run->reader, &record, ret_is_end);

	if (status == TALLY_OK && *ret_is_end)
		tally_log_writer_end(&run->writer, &piece);
	else if (status == TALLY_OK)
		tally_log_writer_write(&run->writer, &record, &piece);
	if (status == TALLY_OK)
		status = piece.status;
	return status == TALLY_OK ? convert_put(run, &piece) : convert_unread(run, status);
}

/* The second pass. */
static enum tally_status convert_write(struct convert_run *run)
{
	bool is_end = false;
	enum tally_status status = convert_open(run);

	if (status == TALLY_OK)
		status = convert_lend_piece(run);
	if (status == TALLY_OK)
		status = convert_begin(run);
	while (status == TALLY_OK && !is_end)
		status = convert_next(run, &is_end);
	return status;
}

enum tally_status tally_log_convert(struct tally_bytes log, enum tally_log_format from, enum tally_log_target target,
				    const struct tally_log_sink *sink, struct tally_conversion *ret,
				    struct tally_problem *problem)
{
	struct convert_run *run = calloc(1, sizeof(*run));
	enum tally_status status;

	memset(ret, 0, sizeof(*ret));
	if (!run)
		return TALLY_NO_MEMORY;
	run->log = log;
	run->from = from;
	run->sink = sink;
	run->problem = problem;
	status = convert_plan(run, target);
	if (status == TALLY_OK)
		status = convert_write(run);
	run->result.record_count = run->writer.planned_count;
	run->result.left_out_count = run->writer.is_ours ? run->writer.left_out_count : 0;
	*ret = run->result;
	free(run->scratch.data);
	free(run->piece.data);
	free(run);
	return status;
}
