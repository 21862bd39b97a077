// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A TDREPORT without a MAC, written. */
#include "td_report.h"

#define TD_REPORT_TYPE 0x81
#define TD_MAC_SIZE 32
#define TD_TCB_SIZE 239 /* what TEE_TCB_INFO_HASH covers */
#define TD_TCB_ROOM 256
#define TD_INFO_SIZE 512
#define TD_REGISTER_SIZE 48

static void td_register_write(struct tally_writer *writer, const struct tally_digest *value)
{
	if (tally_alg_size(value->alg) == TD_REGISTER_SIZE)
		tally_write_bytes(writer, tally_digest_bytes(value));
	else
		tally_writer_fail(writer, TALLY_DIGEST_SIZE);
}

/* TDINFO_STRUCT of a TD without service TDs. */
static void td_info_write(struct tally_writer *writer, const struct tally_td_report *report)
{
	tally_write_le64(writer, report->attributes);
	tally_write_le64(writer, report->xfam);
	td_register_write(writer, &report->mrtd);
	td_register_write(writer, &report->mrconfigid);
	td_register_write(writer, &report->mrowner);
	td_register_write(writer, &report->mrownerconfig);
	for (size_t i = 0; i < TALLY_TD_RTMR_COUNT; i++)
		td_register_write(writer, &report->rtmr[i]);
	tally_write_zeros(writer, TD_INFO_SIZE - (writer->size % TD_INFO_SIZE));
}

/* REPORTMACSTRUCT. */
static void td_mac_struct_write(struct tally_writer *writer, struct tally_bytes hashes,
				const struct tally_td_report *report)
{
	tally_write_u8(writer, TD_REPORT_TYPE);
	tally_write_zeros(writer, 15); /* subtype, version, reserved */
	tally_write_zeros(writer, 16); /* CPUSVN */
	tally_write_bytes(writer, hashes);
	tally_write_bytes(writer, tally_bytes(report->report_data, sizeof(report->report_data)));
	tally_write_zeros(writer, 32);
	tally_write_zeros(writer, TD_MAC_SIZE);
}

enum tally_status tally_td_report_write(struct tally_writer *writer, const struct tally_td_report *report)
{
	uint8_t info[TD_INFO_SIZE], tcb[TD_TCB_SIZE] = { 0 }, hashes[2 * TD_REGISTER_SIZE];
	struct tally_writer info_writer = tally_writer(info, sizeof(info));
	struct tally_hash_job jobs[2] = {
		{ .alg = TALLY_SHA384, .parts = { tally_bytes(tcb, sizeof(tcb)) }, .ret_digest = hashes },
		{ .alg = TALLY_SHA384,
		  .parts = { tally_bytes(info, sizeof(info)) },
		  .ret_digest = hashes + TD_REGISTER_SIZE },
	};
	enum tally_status status;

	td_info_write(&info_writer, report);
	status = info_writer.status;
	if (status == TALLY_OK)
		status = tally_env_hash(jobs, 2);
	if (status != TALLY_OK)
		return status;
	td_mac_struct_write(writer, tally_bytes(hashes, sizeof(hashes)), report);
	tally_write_zeros(writer, TD_TCB_ROOM);
	tally_write_bytes(writer, tally_written(&info_writer));
	return writer->status;
}
