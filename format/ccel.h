/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ACPI table CCEL, which says where the confidential-computing event log lies. spec: ACPI 6.5, 5.2.34 */
#ifndef TALLY_FORMAT_CCEL_H
#define TALLY_FORMAT_CCEL_H

#include "../core/cursor.h"
#include "../core/writer.h"

#define TALLY_CCEL_TABLE_SIZE 56

enum tally_cc_type { TALLY_CC_NONE = 0, TALLY_CC_SEV = 1, TALLY_CC_TDX = 2, TALLY_CC_AP_TEE = 3, TALLY_CC_CCA = 4 };

struct tally_ccel {
	uint8_t revision;
	uint8_t cc_type; /* enum tally_cc_type, or a later one */
	uint8_t cc_subtype;
	uint64_t log_size;    /* LAML, bytes */
	uint64_t log_address; /* LASA, physical */
};

/* Signature, length and checksum are checked (TALLY_UNSUPPORTED, TALLY_OUT_OF_RANGE, TALLY_CHECKSUM). */
TALLY_MUST_CHECK enum tally_status tally_ccel_read(struct tally_bytes table, struct tally_ccel *ret);

/* The table with its checksum. OEM fields are "TALLY ". */
void tally_ccel_write(struct tally_writer *writer, const struct tally_ccel *ccel);

#endif
