/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The TCG PC Client crypto-agile event log, as firmware writes it. spec: TCG PFP 10; docs/formats */
#ifndef TALLY_FORMAT_TCG2_H
#define TALLY_FORMAT_TCG2_H

#include "../core/cursor.h"
#include "../core/record.h"
#include "../core/writer.h"

#define TALLY_TCG2_ALGORITHM_LIMIT 16

/* The Spec ID event that begins a log. */
struct tally_tcg2_header {
	uint32_t index; /* 0; edk2 writes 1 into a CCEL */
	bool is_coco;	/* of Confidential Containers, where there is no firmware's: zeros for signature and version */
	uint32_t platform_class;
	uint8_t version_minor;
	uint8_t version_major;
	uint8_t errata;
	uint8_t uintn_size;
	size_t algorithm_count;
	struct {
		uint16_t alg;
		uint16_t size;
	} algorithm[TALLY_TCG2_ALGORITHM_LIMIT]; /* in the order of the log; one that we don't know keeps its size */
	struct tally_bytes vendor_info;
};

/* The highest measurement register that a log of CC numbering may name. */
#define TALLY_CC_MR_LIMIT 4

/* What ends the records of a log. */
enum tally_tcg2_end {
	TALLY_TCG2_END_OF_INPUT, /* securityfs: the file is exact */
	TALLY_TCG2_END_MARKER	 /* CCEL: the area is filled with 0xFF or zeros; ends at either too */
};

struct tally_tcg2_reader {
	struct tally_cursor cursor;
	struct tally_tcg2_header header;
	enum tally_tcg2_end end;
	enum tally_numbering numbering; /* PCR or CC_MR */
	size_t input_size;
	uint64_t record_count; /* read so far, the header record included: the next record's number */
	bool is_sha1_format;   /* a log of 2008 form: no header, TCG_PCR_EVENT records only, one SHA-1 digest each */
};

/*
 * Read the header. The header record itself is not handed out as a record, but
 * counts: the first record behind it has number 1, as other tools print it.
 * A log without a Spec ID event, or the header that the attestation agent puts in its place, is of SHA-1 form, which a CC log can't be
 * (TALLY_UNSUPPORTED), and begins with record 0. An empty log is TALLY_TRUNCATED.
 */
TALLY_MUST_CHECK enum tally_status tally_tcg2_open(struct tally_tcg2_reader *reader, struct tally_bytes log,
						   enum tally_numbering numbering, enum tally_tcg2_end end);

/*
 * The next record; *ret_is_end tells that there is none. An algorithm that the
 * header does not list (TALLY_UNKNOWN_ALGORITHM; the attestation agent's lists less than it writes), no digest or more than the
 * header's algorithms, a register number out of range (EV_NO_ACTION may name
 * an NV index), or a size beyond the input fails. Digests of algorithms that
 * we don't know are skipped by the size in the header; a record of nothing
 * else fails. One with fewer digests than the header has algorithms reads, and
 * its replay then fails.
 *
 * CC register 0 is the static one: what stands there is not measured, as
 * EV_NO_ACTION is not. Behind an end marker nothing but its filling may stand
 * (TALLY_TRAILING).
 */
TALLY_MUST_CHECK enum tally_status tally_tcg2_next(struct tally_tcg2_reader *reader, struct tally_record *ret,
						   bool *ret_is_end);

/*
 * The locality that a StartupLocality event states: *ret_locality; false if the record
 * is not one. PCR 0 then starts at that value in its last byte.
 */
bool tally_tcg2_startup_locality(const struct tally_record *record, uint8_t *ret_locality);

void tally_tcg2_write_header(struct tally_writer *writer, const struct tally_tcg2_header *header);

/* One TCG_PCR_EVENT2, digests ascending. They must be those of the header, which the caller sees to. */
void tally_tcg2_write(struct tally_writer *writer, const struct tally_record *record);

/* The name of an event type ("EV_SEPARATOR"); NULL if not known. */
const char *tally_event_type_name(uint32_t event_type);

/* The event type of a name, case ignored; false if not known. */
bool tally_event_type_from_name(struct tally_bytes name, uint32_t *ret);

#endif
