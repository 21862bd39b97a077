/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The payload of a soft report: software's own evidence type, which proves nothing about hardware (I9). spec: docs/formats/bundle.md 3 */
#ifndef TALLY_FORMAT_SOFT_REPORT_H
#define TALLY_FORMAT_SOFT_REPORT_H

#include "../core/registers.h"
#include "cbor.h"

#define TALLY_SOFT_REPORT_VERSION 1

struct tally_soft_register {
	char name[TALLY_REGISTER_NAME_LIMIT];
	uint32_t number;
	enum tally_register_kind kind;
	bool is_locked;
	struct tally_digests value;
};

struct tally_soft_report {
	uint64_t version;
	uint8_t report_data[64];
	uint8_t boot_id[16];
	size_t register_count;
	struct tally_soft_register reg[TALLY_REGISTER_LIMIT];
};

/*
 * The payload alone; the COSE_Sign1 around it is format/cose.h. Registers stand in the order of a register set:
 * TALLY_DISORDER otherwise, TALLY_DUPLICATE for a register twice. TALLY_UNSUPPORTED for another version,
 * TALLY_OUT_OF_RANGE for a field that is not what it must be. *ret, being large, is undefined after a failure.
 */
TALLY_MUST_CHECK enum tally_status tally_soft_report_read(struct tally_bytes payload, struct tally_soft_report *ret);
/* What would not be read latches the same status. */
void tally_soft_report_write(struct tally_writer *writer, const struct tally_soft_report *report);

#endif
