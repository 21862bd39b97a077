/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Logs written in the formats of others: what can't be said is refused before anything is written. */
#ifndef TALLY_FORMAT_LOG_WRITER_H
#define TALLY_FORMAT_LOG_WRITER_H

#include "../core/writer.h"
#include "log_reader.h"

/* X(name, text, what it is) */
#define TALLY_LOG_TARGET_TABLE(X)                                \
	X(TALLY, "tally", "a log of tally's own as it was")      \
	X(CEL_TLV, "cel-tlv", "CEL-TLV")                         \
	X(CEL_CBOR, "cel-cbor", "CEL-CBOR")                      \
	X(CEL_JSON, "cel-json", "CEL-JSON")                      \
	X(TCG2, "tcg2", "a TPM's crypto-agile firmware log")     \
	X(CCEL, "ccel", "a confidential-computing firmware log") \
	X(AAEL, "aael", "the log of CoCo's attestation agent")   \
	X(SYSTEMD, "systemd", "systemd's userspace log")

enum tally_log_target {
	TALLY_LOG_TARGET_UNKNOWN = 0,
#define TALLY_LOG_TARGET_ENUM(name, text, what) TALLY_LOG_TARGET_##name,
	TALLY_LOG_TARGET_TABLE(TALLY_LOG_TARGET_ENUM)
#undef TALLY_LOG_TARGET_ENUM
};

/* UNKNOWN for another name. */
enum tally_log_target tally_log_target_from_name(struct tally_bytes name);

/*
 * One conversion, in two passes over the same records: every record is planned first, then begin, write for each
 * record, and end. Memory is flat: out needs room for the largest piece, which the plan finds.
 *
 * tally, cel-cbor and cel-json keep every record. The other formats are for readers that skip nothing or know no
 * numbers of ours: there the registers of a log of ours get the numbers of the format, records are counted anew,
 * control records are left out, and one that is a jump (base, gap, trim) is refused.
 */
struct tally_log_writer {
	enum tally_log_target target;
	bool is_ours;	 /* the source is; set then holds its registers */
	bool is_planned; /* a record was: banks are those of all records */
	struct tally_digests banks;
	struct tally_tcg2_header header; /* of tcg2, ccel, aael */
	bool has_header;		 /* the source states it */
	bool skips_first;		 /* the first record is that header, and is written as such */
	uint8_t vendor_info[UINT8_MAX];
	struct tally_bytes spec_id; /* the event that a firmware log begins with, a record in CEL */
	struct tally_digests spec_id_digests;
	struct tally_register_set set;
	uint64_t planned_count; /* records that will be written */
	uint64_t written_count;
	uint64_t left_out_count; /* control records */
	size_t piece_limit;	 /* bytes of the largest piece */
	const char *reason;	 /* why the last record was refused; "" */
};

/* source is opened, nothing read. */
void tally_log_writer_init(struct tally_log_writer *writer, enum tally_log_target target,
			   const struct tally_log_reader *source);

/*
 * Look at the next record. TALLY_UNSUPPORTED (writer->reason says what the format can't say), TALLY_BANK_SET for one
 * with other banks than those before it, where the format has one set; or as the format's writer.
 */
TALLY_MUST_CHECK enum tally_status tally_log_writer_plan(struct tally_log_writer *writer,
							 const struct tally_record *record);

/*
 * Write one piece each: out is empty, with room for writer->piece_limit bytes (begin measures itself, end has less
 * than 16). Begin latches TALLY_UNKNOWN_ALGORITHM where no record and no header tells the banks, and
 * TALLY_UNSUPPORTED where tally is to be written and the source, without any record, is not ours.
 */
void tally_log_writer_begin(const struct tally_log_writer *writer, struct tally_writer *out);
void tally_log_writer_write(struct tally_log_writer *writer, const struct tally_record *record,
			    struct tally_writer *out);
void tally_log_writer_end(const struct tally_log_writer *writer, struct tally_writer *out);

#endif
