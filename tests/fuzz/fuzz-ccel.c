// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: the ACPI table CCEL, read, written, and read again. */
#include <stdlib.h>

#include "../../format/ccel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t table[TALLY_CCEL_TABLE_SIZE];
	struct tally_writer writer = tally_writer(table, sizeof(table));
	struct tally_ccel ccel;
	struct tally_ccel read;

	if (tally_ccel_read(tally_bytes(data, size), &ccel) != TALLY_OK)
		return 0;
	tally_ccel_write(&writer, &ccel);
	if (size != TALLY_CCEL_TABLE_SIZE || tally_ccel_read(tally_written(&writer), &read) != TALLY_OK)
		abort();
	if (read.revision != ccel.revision || read.cc_type != ccel.cc_type || read.cc_subtype != ccel.cc_subtype ||
	    read.log_size != ccel.log_size || read.log_address != ccel.log_address)
		abort();
	return 0;
}
