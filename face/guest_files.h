/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TDX guest's device and ACPI files say, made from an authority: for clients that read nothing else. */
#ifndef TALLY_FACE_GUEST_FILES_H
#define TALLY_FACE_GUEST_FILES_H

#include "../authority/authority.h"
#include "../format/td_report.h"

/* TDX_CMD_GET_REPORT0 of Linux: the report data, and behind it room for the report, go in and come out. */
#define TALLY_GUEST_REPORT_IOCTL 0xc4405401u
#define TALLY_GUEST_REPORT_SIZE (TALLY_TD_REPORT_DATA_SIZE + TALLY_TD_REPORT_SIZE)

/* The authority has the registers of a TD, so that these files can be made. */
bool tally_guest_is_td(struct tally_authority *authority);

/*
 * A TDREPORT of one instant with a MAC of zeros, so that nobody takes it for evidence. TALLY_TRY_AGAIN where
 * registers change all the time; statuses of tally_authority_read.
 */
TALLY_MUST_CHECK enum tally_status tally_guest_report(struct tally_authority *authority,
						      const uint8_t report_data[static TALLY_TD_REPORT_DATA_SIZE],
						      uint8_t ret_report[static TALLY_TD_REPORT_SIZE]);

/*
 * The log as the firmware's is, for /sys/firmware/acpi/tables/data/CCEL. *ret is freed with free(). TALLY_TOO_LARGE
 * over 16 MiB; TALLY_UNSUPPORTED where the log says what that format can't; statuses of tally_authority_log.
 */
TALLY_MUST_CHECK enum tally_status tally_guest_boot_log(struct tally_authority *authority, uint8_t **ret,
							size_t *ret_size);

/* The ACPI table that tells where that log is and how large: /sys/firmware/acpi/tables/CCEL. As the log. */
TALLY_MUST_CHECK enum tally_status tally_guest_boot_table(struct tally_authority *authority, uint8_t **ret,
							  size_t *ret_size);

#endif
