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
	uint64_t record_count;
	bool is_sha1_format; /* a log of 2008 form: no header, TCG_PCR_EVENT records only */
};

/* Read the header. The header record itself is not handed out as a record. */
TALLY_MUST_CHECK enum tally_status tally_tcg2_open(struct tally_tcg2_reader *reader, struct tally_bytes log,
						   enum tally_numbering numbering, enum tally_tcg2_end end);

/*
 * The next record; *ret_is_end tells that there is none. An algorithm that the
 * header does not list, a count other than the header's, or a size beyond the
 * input fails. Digests of algorithms that we don't know are skipped by the
 * size in the header.
 */
TALLY_MUST_CHECK enum tally_status tally_tcg2_next(struct tally_tcg2_reader *reader, struct tally_record *ret,
						   bool *ret_is_end);

/*
 * The locality that a StartupLocality event states: *ret_locality; false if the record
 * is not one. PCR 0 then starts at that value in its last byte.
 */
bool tally_tcg2_startup_locality(const struct tally_record *record, uint8_t *ret_locality);

void tally_tcg2_write_header(struct tally_writer *writer, const struct tally_tcg2_header *header);

/* One TCG_PCR_EVENT2. The digests must be those of the header, which the caller sees to. */
void tally_tcg2_write(struct tally_writer *writer, const struct tally_record *record);

/* The name of an event type ("EV_SEPARATOR"); NULL if not known. */
const char *tally_event_type_name(uint32_t event_type);

#endif
