// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: a log of any format, written in every other: refused in the plan, or whole, and read back as many records. */
#include <stdlib.h>

#include "../../format/log_writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* One pass over the log; false if a record can't be said. */
static bool walk(struct tally_bytes log, struct tally_span scratch, struct tally_log_writer *writer,
		 enum tally_log_target target, struct tally_writer *out)
{
	struct tally_log_reader reader;
	struct tally_record record;
	bool is_end = false;

	if (tally_log_open(&reader, log, TALLY_LOG_FORMAT_UNKNOWN) != TALLY_OK)
		return false;
	tally_log_lend(&reader, scratch.data, scratch.size);
	if (!out)
		tally_log_writer_init(writer, target, &reader);
	else
		tally_log_writer_begin(writer, out);
	while (tally_log_next(&reader, &record, &is_end) == TALLY_OK && !is_end) {
		if (!out && tally_log_writer_plan(writer, &record) != TALLY_OK)
			return false;
		if (out)
			tally_log_writer_write(writer, &record, out);
	}
	if (out)
		tally_log_writer_end(writer, out);
	return is_end;
}

/* What a log looks like may be another format, so it is named. */
static enum tally_log_format format_of(enum tally_log_target target)
{
	static const enum tally_log_format formats[] = {
		[TALLY_LOG_TARGET_TALLY] = TALLY_LOG_FORMAT_TALLY,
		[TALLY_LOG_TARGET_CEL_TLV] = TALLY_LOG_FORMAT_CEL_TLV,
		[TALLY_LOG_TARGET_CEL_CBOR] = TALLY_LOG_FORMAT_CEL_CBOR,
		[TALLY_LOG_TARGET_CEL_JSON] = TALLY_LOG_FORMAT_CEL_JSON,
		[TALLY_LOG_TARGET_TCG2] = TALLY_LOG_FORMAT_TCG2,
		[TALLY_LOG_TARGET_CCEL] = TALLY_LOG_FORMAT_CCEL,
		[TALLY_LOG_TARGET_AAEL] = TALLY_LOG_FORMAT_CCEL,
		[TALLY_LOG_TARGET_SYSTEMD] = TALLY_LOG_FORMAT_SYSTEMD,
	};

	return formats[target];
}

static void expect_readable(struct tally_bytes log, enum tally_log_format format, struct tally_span scratch)
{
	struct tally_log_reader reader;
	struct tally_record record;
	bool is_end = false;

	expect(tally_log_open(&reader, log, format) == TALLY_OK);
	tally_log_lend(&reader, scratch.data, scratch.size);
	while (!is_end)
		expect(tally_log_next(&reader, &record, &is_end) == TALLY_OK);
}

static void convert(struct tally_bytes log, struct tally_span scratch, enum tally_log_target target)
{
	static struct tally_log_writer writer;
	size_t size = 8 * log.size + 65536;
	uint8_t *room;
	struct tally_writer out;

	if (!walk(log, scratch, &writer, target, NULL))
		return;
	room = malloc(size);
	out = tally_writer(room, size);
	expect(walk(log, scratch, &writer, target, &out));
	/* A plan that went well leaves what only records tell: the banks of a header, and that the log is ours. */
	expect(out.status == TALLY_OK || ((out.status == TALLY_UNKNOWN_ALGORITHM || out.status == TALLY_UNSUPPORTED) &&
					  writer.planned_count == 0));
	if (out.status == TALLY_OK)
		expect_readable(tally_written(&out), format_of(target), scratch);
	free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_bytes log = tally_bytes(data, size);
	struct tally_span scratch = { malloc(8 * size + 65536), 8 * size + 65536 };

	for (int target = TALLY_LOG_TARGET_TALLY; target <= TALLY_LOG_TARGET_SYSTEMD; target++)
		convert(log, scratch, (enum tally_log_target)target);
	free(scratch.data);
	return 0;
}
