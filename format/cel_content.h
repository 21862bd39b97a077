/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What CEL's encodings have in common: numbers, limits, and contents put together in their CEL-TLV form. */
#ifndef TALLY_FORMAT_CEL_CONTENT_H
#define TALLY_FORMAT_CEL_CONTENT_H

#include "../core/cursor.h"
#include "../core/record.h"
#include "../core/writer.h"

/* The index of a CC measurement register: a TLV's tag and a CBOR map's key. It is Google's, not the specification's. */
#define TALLY_CEL_CC_MR 108
#define TALLY_CEL_PCR_LIMIT 0x00ffffff
#define TALLY_CEL_RESERVED 6 /* a content type that there is not */
#define TALLY_CEL_DIGEST_COUNT_LIMIT 16

/* Content at most this many bytes; a control record that holds a record has 64 KiB more. */
#define TALLY_CONTENT_LIMIT (1024 * 1024)
#define TALLY_CONTROL_LIMIT (TALLY_CONTENT_LIMIT + 64 * 1024)

/* Management records. spec: TCG CEL, TPMS_EVENT_CELMGT */
#define TALLY_CELMGT_VERSION 1
#define TALLY_CELMGT_FIRMWARE_END 2
#define TALLY_CELMGT_TIMESTAMP 80
#define TALLY_CELMGT_STATE_TRANS 81
#define TALLY_CELMGT_COUNT_LIMIT 16

/*
 * TALLY_CONTENT_NAMED: a content whose type, or whose type of event, is a text that has no number (FAPI's tss2,
 * a firmware event of unknown name). Its content is TLV(0, name of the content type) and TLV(1, the content as
 * JSON text, without white space between its tokens); or nothing, for a record that states no content.
 */
#define TALLY_NAMED_NAME 0
#define TALLY_NAMED_JSON 1

/* How to read a record of an encoding that holds contents in another form than records have them. */
struct tally_cel_reading {
	enum tally_numbering numbering; /* of what the record calls a PCR */
	bool is_numbered;		/* a record must state its number; else it may */
	/* Where contents are put together. */
	struct tally_span room;
	/*
	 * A content that does not fit is no failure: a measured record's is left empty, and another's is cut.
	 * Without it, TALLY_NO_SPACE.
	 */
	bool is_partial;
};

/* Take what writer put together in the room as the content of record. */
TALLY_MUST_CHECK enum tally_status tally_content_take(const struct tally_cel_reading *reading,
						      const struct tally_writer *writer, struct tally_record *record);

/* CC register 0 is the static one: what stands there is not measured, whatever it is. Once all is read. */
void tally_content_note_static(struct tally_record *record);

/* The size that the content of this record may have. */
TALLY_MUST_CHECK enum tally_status tally_content_check_size(const struct tally_record *record, size_t size);

/* "cel", "pcclient_std", ...: NULL for a type without a name. And back; false for another name. */
const char *tally_content_type_name(uint8_t content_type);
bool tally_content_type_from_name(struct tally_bytes name, uint8_t *ret);

/* One management element: its type, and what stands in it. */
struct tally_celmgt {
	uint8_t type;
	uint16_t major; /* cel_version */
	uint16_t minor;
	uint64_t value;		/* cel_timestamp, state_trans */
	struct tally_bytes raw; /* of a type that we don't know */
};

/* "cel_version", ..., and "suspend", ...; NULL for a number without a name. */
const char *tally_celmgt_name(uint8_t type);
const char *tally_celmgt_state_name(uint64_t state);

/* Only these two are not measured; a type that we don't know is. */
bool tally_celmgt_is_measured(uint8_t type);

/* Whether JSON and CBOR state any data of it. */
bool tally_celmgt_has_data(const struct tally_celmgt *element);

/* Write an element as TLV, integers as short as can be; and read the next one of a content. */
void tally_celmgt_write(struct tally_writer *writer, const struct tally_celmgt *element);
struct tally_celmgt tally_celmgt_read(struct tally_cursor *content);

/* The number of management elements in a content; TALLY_OUT_OF_RANGE for none or too many, or as they are read. */
TALLY_MUST_CHECK enum tally_status tally_celmgt_count(struct tally_bytes content, size_t *ret);

/* The two fields of ima_template or of a named content, in any order. */
TALLY_MUST_CHECK enum tally_status tally_content_two_fields(struct tally_bytes content, struct tally_bytes *ret_first,
							    struct tally_bytes *ret_second);

#endif
