/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A TDREPORT without a MAC: what a guest reads its registers from, and nobody else believes. spec: tdx-module-abi TDREPORT_STRUCT */
#ifndef TALLY_FORMAT_TD_REPORT_H
#define TALLY_FORMAT_TD_REPORT_H

#include "../core/digest.h"
#include "../core/writer.h"

#define TALLY_TD_REPORT_SIZE 1024
#define TALLY_TD_REPORT_DATA_SIZE 64
#define TALLY_TD_RTMR_COUNT 4

/* Registers that the machine does not have are zero digests of SHA-384. */
struct tally_td_report {
	uint8_t report_data[TALLY_TD_REPORT_DATA_SIZE];
	uint64_t attributes;
	uint64_t xfam;
	struct tally_digest mrtd;
	struct tally_digest mrconfigid;
	struct tally_digest mrowner;
	struct tally_digest mrownerconfig;
	struct tally_digest rtmr[TALLY_TD_RTMR_COUNT];
};

/*
 * The report with its two hashes; its MAC, TCB and CPUSVN are zeros. Statuses of tally_env_hash, and
 * TALLY_DIGEST_SIZE for a register that is not SHA-384.
 */
TALLY_MUST_CHECK enum tally_status tally_td_report_write(struct tally_writer *writer,
							 const struct tally_td_report *report);

#endif
