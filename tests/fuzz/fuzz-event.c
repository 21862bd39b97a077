// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: the content of our events, and of pins. */
#include "reread.h"

#include "../../format/event.h"

static enum tally_status event_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_event event;
	enum tally_status status = tally_event_read(input, &event);

	if (status == TALLY_OK)
		tally_event_write(writer, &event);
	return status;
}

static enum tally_status pin_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_pin pin;
	enum tally_status status = tally_pin_read(input, &pin);

	if (status == TALLY_OK)
		tally_pin_write(writer, &pin);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	expect_refused_or_same(event_reread, tally_bytes(data, size));
	expect_refused_or_same(pin_reread, tally_bytes(data, size));
	return 0;
}
