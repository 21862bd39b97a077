// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: logs of Dstack and of the attestation agent. What Dstack's own events say is what their digest is of. */
#include <stdlib.h>

#include "../../format/log_reader.h"

#define ROOM_SIZE (128 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void expect_authentic(const struct tally_record *record)
{
	struct tally_digests digests;

	expect(tally_digests_hash(&digests, &record->digests, record->content) == TALLY_OK);
	expect(tally_digests_equal(&digests, &record->digests));
}

static void read_log(struct tally_bytes log, enum tally_log_format format)
{
	static uint8_t room[ROOM_SIZE];
	struct tally_log_reader reader;
	struct tally_record record;
	uint64_t end = 0;
	bool is_end = false;

	if (tally_log_open(&reader, log, format) != TALLY_OK)
		return;
	expect(tally_log_scratch_size(&reader) <= sizeof(room));
	tally_log_lend(&reader, room, tally_log_scratch_size(&reader));
	for (;;) {
		enum tally_status status = tally_log_next(&reader, &record, &is_end);

		/* What is said to be enough for any record is enough. */
		expect(status != TALLY_NO_SPACE);
		if (status != TALLY_OK || is_end)
			return;
		expect(record.offset >= end && record.offset + record.encoded.size <= log.size);
		end = record.offset + record.encoded.size;
		expect(record.digests.count == 1 && record.index <= 3);
		if (format == TALLY_LOG_FORMAT_AAEL_TEXT || record.event_type == TALLY_EV_DSTACK)
			expect_authentic(&record);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_bytes log = tally_bytes(data, size);
	struct tally_aael event;

	read_log(log, TALLY_LOG_FORMAT_DSTACK);
	read_log(log, TALLY_LOG_FORMAT_AAEL_TEXT);
	if (tally_aael_read(log, &event) == TALLY_OK)
		expect(event.domain.size && event.operation.size);
	return 0;
}
