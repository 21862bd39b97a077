// SPDX-License-Identifier: BSD-2-Clause
/* What is written to attributes of text: generation counts what was accepted, and one register has one name. */
#include <errno.h>
#include <stdlib.h>

#include "../../face/number.h"
#include "../../face/report_entry.h"
#include "../../face/rtmr_entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void store(struct tally_report_entry *entry, enum tally_report_file file, struct tally_bytes text)
{
	uint64_t before = entry->generation;
	int error = tally_report_entry_store(entry, file, text);
	bool counts = error == 0 || file == TALLY_REPORT_SERVICE_GUID;

	require(error == 0 || error == -EINVAL || error == -ERANGE);
	require(entry->generation == before + (counts ? 1 : 0));
	require(entry->privlevel <= 3);
}

static void report(struct tally_bytes text)
{
	static const enum tally_report_file files[] = { TALLY_REPORT_PRIVLEVEL, TALLY_REPORT_SERVICE_PROVIDER,
							TALLY_REPORT_SERVICE_GUID,
							TALLY_REPORT_SERVICE_MANIFEST_VERSION };
	struct tally_report_entry entry;

	tally_report_entry_init(&entry, tally_present_find("sev_guest"));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		store(&entry, files[i], text);
	tally_report_entry_done(&entry);
}

static void bind(struct tally_bytes text)
{
	static const struct tally_register_set registers = {
		.count = 3,
		.item = { { .number = 0, .kind = TALLY_RUNTIME },
			  { .number = 7, .kind = TALLY_RUNTIME },
			  { .number = 7, .kind = TALLY_STATIC } },
	};
	struct tally_rtmr_names names = { .registers = &registers };
	struct tally_rtmr_entry first, second;
	unsigned number = 0;
	bool is_one = tally_number_read(text, &number) == 0 && (number == 0 || number == 7);

	tally_rtmr_entry_init(&first);
	tally_rtmr_entry_init(&second);
	require((tally_rtmr_entry_bind(&first, &names, text) == 0) == is_one);
	require(tally_rtmr_entry_bind(&second, &names, text) == (is_one ? -EBUSY : -EINVAL));
	require((names.taken != 0) == is_one);
	tally_rtmr_entry_done(&second, &names);
	tally_rtmr_entry_done(&first, &names);
	require(names.taken == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* In memory of its own size: one byte too far is a crash. */
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	report(tally_bytes(copy, size));
	bind(tally_bytes(copy, size));
	free(copy);
	return 0;
}
