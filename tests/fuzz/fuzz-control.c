// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: every control record; the signature decides which reader may accept. */
#include "reread.h"

#include "../../format/control.h"

/* One reader and its writer, for each word. */
#define REREAD(word)                                                                                  \
	static struct tally_control_##word word##_read;                                               \
	static enum tally_status word##_reread(struct tally_bytes input, struct tally_writer *writer) \
	{                                                                                             \
		enum tally_status status = tally_control_read_##word(input, &word##_read);            \
                                                                                                      \
		if (status == TALLY_OK)                                                               \
			tally_control_write_##word(writer, &word##_read);                             \
		return status;                                                                        \
	}

REREAD(header)
REREAD(base)
REREAD(gap)
REREAD(abort)
REREAD(fill)
REREAD(trim)
REREAD(kexec)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		enum tally_control_word word;
		fuzz_reread reread;
	} words[] = {
		{ TALLY_CONTROL_HEADER, header_reread }, { TALLY_CONTROL_BASE, base_reread },
		{ TALLY_CONTROL_GAP, gap_reread },	 { TALLY_CONTROL_ABORT, abort_reread },
		{ TALLY_CONTROL_FILL, fill_reread },	 { TALLY_CONTROL_TRIM, trim_reread },
		{ TALLY_CONTROL_KEXEC, kexec_reread },
	};
	struct tally_bytes input = tally_bytes(data, size);
	struct tally_record record = { .content_type = TALLY_CONTENT_PCCLIENT_STD, .event_type = TALLY_EV_NO_ACTION };

	record.content = input;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct tally_writer measure = tally_writer(NULL, 0);
		bool is_of_word = tally_control_word(&record) == words[i].word;

		if (words[i].reread(input, &measure) == TALLY_OK && !is_of_word)
			abort();
		expect_refused_or_same(words[i].reread, input);
	}
	return 0;
}
