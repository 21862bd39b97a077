/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The body of an SGX enclave's report, which a quoting enclave signs of itself. spec: Intel SDM volume 3D, 38.15 */
#ifndef TALLY_FORMAT_SGX_REPORT_H
#define TALLY_FORMAT_SGX_REPORT_H

#include "../core/cursor.h"

#define TALLY_SGX_REPORT_SIZE 384

/* Pointers into the report. What is reserved is signed with the rest, and not looked at. */
struct tally_sgx_report {
	struct tally_bytes signed_bytes; /* all of it */
	const uint8_t *cpusvn;		 /* 16 */
	uint32_t miscselect;
	const uint8_t *attributes; /* 16 */
	const uint8_t *mrenclave;  /* 32 */
	const uint8_t *mrsigner;   /* 32 */
	uint16_t isvprodid;
	uint16_t isvsvn;
	const uint8_t *report_data; /* 64 */
};

/* The next 384 bytes; a failure latches in the cursor. */
struct tally_sgx_report tally_sgx_report_read(struct tally_cursor *cursor);

#endif
