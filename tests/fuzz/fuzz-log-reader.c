// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: a log of any format, read with scratch and without: the same records but for what needs the scratch. */
#include <stdlib.h>

#include "../../format/log_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void expect_same_kind(const struct tally_record *whole, const struct tally_record *partial)
{
	expect(whole->number == partial->number && whole->offset == partial->offset);
	expect(whole->numbering == partial->numbering && whole->index == partial->index);
	expect(whole->content_type == partial->content_type && whole->event_type == partial->event_type);
	expect(whole->is_measured == partial->is_measured);
	expect(tally_digests_equal(&whole->digests, &partial->digests));
	expect(partial->content.size <= whole->content.size);
}

static void walk(struct tally_bytes log, enum tally_log_format format)
{
	struct tally_log_reader whole;
	struct tally_log_reader partial;
	bool is_end = false;
	void *scratch;

	if (tally_log_open(&whole, log, format) != TALLY_OK)
		return;
	/* What hashes its contents can't do without scratch. */
	if (!whole.is_ours && tally_log_needs_scratch(&whole))
		return;
	partial = whole;
	scratch = malloc(tally_log_scratch_size(&whole));
	tally_log_lend(&whole, scratch, tally_log_scratch_size(&whole));
	while (!is_end) {
		struct tally_record record;
		struct tally_record other;
		bool is_other_end = false;
		enum tally_status status = tally_log_next(&whole, &record, &is_end);

		expect(status == tally_log_next(&partial, &other, &is_other_end));
		/* Scratch of the size that was asked for is enough. */
		expect(status != TALLY_NO_SPACE);
		expect(whole.offset <= log.size && whole.offset == partial.offset);
		if (status != TALLY_OK)
			break;
		expect(is_end == is_other_end);
		if (!is_end)
			expect_same_kind(&record, &other);
	}
	free(scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_bytes log = tally_bytes(data, size);

	walk(log, TALLY_LOG_FORMAT_UNKNOWN);
	walk(log, TALLY_LOG_FORMAT_CEL_CBOR);
	walk(log, TALLY_LOG_FORMAT_CEL_JSON);
	walk(log, TALLY_LOG_FORMAT_SYSTEMD);
	return 0;
}
