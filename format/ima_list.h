/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The measurement lists that Linux IMA hands out, binary and ascii. spec: Linux, ABI/testing/ima; docs/formats/ima.md */
#ifndef TALLY_FORMAT_IMA_LIST_H
#define TALLY_FORMAT_IMA_LIST_H

#include "../core/record.h"
#include "ima_template.h"

enum tally_ima_form { TALLY_IMA_BINARY = 1, TALLY_IMA_ASCII = 2 };

struct tally_ima_options {
	enum tally_ima_form form;
	uint16_t alg;		    /* of the digests in the list, one of its banks; 0: found out */
	enum tally_ima_order order; /* ANY: found out */
	bool is_padded; /* kernels before 5.8, and banks whose hash a kernel lacks: SHA-1, zeros behind it, in every bank */
	struct tally_digests banks; /* of which records shall have digests; none: SHA-1, SHA-2, and the list's own */
};

/* Copied by assignment; borrows the list and what tally_ima_lend lent. */
struct tally_ima_reader {
	struct tally_ima_options options; /* with what was found out, once a record was read */
	bool is_found_out;
	struct tally_cursor cursor;
	struct tally_span room;
	size_t input_size;
	uint64_t record_count; /* read so far: the next record's number */
};

/*
 * Whether a list of this form begins here: the first record as far as its template's name, as a list of any bank has
 * it. Digests are not looked at.
 */
bool tally_ima_looks_like(struct tally_bytes list, enum tally_ima_form form);

/* Open a list. TALLY_INVALID for an algorithm or form that there is not. */
TALLY_MUST_CHECK enum tally_status tally_ima_open(struct tally_ima_reader *reader, struct tally_bytes list,
						  const struct tally_ima_options *options);

/*
 * Room in which the content of a record is put together; it is good until the next one is read. An ascii list can't be
 * read without room for its largest record; a binary one is then read without contents. TALLY_IMA_ROOM_EXTRA bytes more
 * than the line or record has are always enough.
 */
#define TALLY_IMA_ROOM_EXTRA 64
void tally_ima_lend(struct tally_ima_reader *reader, void *room, size_t size);

/*
 * The next record; *ret_is_end tells that there is none. Its digests are what was extended: in a violation 0xff,
 * else the hash of the template data, whatever bank the list is of. What the options leave open is found out from the
 * first record that is no violation; where there is none, 32 bytes are taken for SHA-256. TALLY_TRUNCATED for a
 * list that ends inside its first record, TALLY_UNSUPPORTED for what is no list.
 *
 * TALLY_CHECKSUM if the digest in the list is
 * not that of its data, which an ascii list may have lost (a line break in a name). TALLY_OUT_OF_RANGE for a PCR or
 * a length that can't be, TALLY_TOO_LARGE for data above the limit of a record's content, TALLY_NO_SPACE for too little
 * room, TALLY_NOT_CANONICAL for a line that the kernel does not write; as tally_ima_fields_read and tally_env_hash.
 */
TALLY_MUST_CHECK enum tally_status tally_ima_next(struct tally_ima_reader *reader, struct tally_record *ret,
						  bool *ret_is_end);

/* A record of a list that stands for a violation: nobody knows what was measured. */
bool tally_ima_is_violation(const struct tally_record *record);

#define TALLY_IMA_AGGREGATE_PCRS 10

/*
 * The digest of the record `boot_aggregate`: pcrs are the values of PCR 0 to 9 in the bank of alg, of which SHA-1 uses
 * the first eight. TALLY_UNKNOWN_ALGORITHM, TALLY_BANK_SET if one is of another bank, or as tally_env_hash.
 */
TALLY_MUST_CHECK enum tally_status tally_ima_boot_aggregate(uint16_t alg,
							    const struct tally_digest pcrs[TALLY_IMA_AGGREGATE_PCRS],
							    struct tally_digest *ret);

#endif
