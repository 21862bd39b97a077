/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Control records: what the log says about itself. spec: docs/formats/log.md 3 */
#ifndef TALLY_FORMAT_CONTROL_H
#define TALLY_FORMAT_CONTROL_H

#include "../core/record.h"
#include "../core/registers.h"
#include "tlv.h"

#define TALLY_LOG_VERSION 1
#define TALLY_HEAD_SIZE 48
#define TALLY_BOOT_ID_SIZE 16
#define TALLY_SLOT_SHA256_SIZE 32

enum tally_control_word {
	TALLY_CONTROL_NOT = 0, /* the record is not a control record of ours */
	TALLY_CONTROL_HEADER,
	TALLY_CONTROL_BASE,
	TALLY_CONTROL_GAP,
	TALLY_CONTROL_FILL,
	TALLY_CONTROL_TRIM,
	TALLY_CONTROL_KEXEC,
	TALLY_CONTROL_ABORT
};

/* Which control record this is: pcclient_std, EV_NO_ACTION and a known signature; TALLY_CONTROL_NOT otherwise. */
enum tally_control_word tally_control_word(const struct tally_record *record);

/* "header", "base", ...; "" for TALLY_CONTROL_NOT. */
const char *tally_control_word_name(enum tally_control_word word);

struct tally_control_header {
	uint64_t version;
	uint8_t boot_id[TALLY_BOOT_ID_SIZE];
	enum tally_numbering numbering;
	uint64_t capacity;		     /* bytes */
	struct tally_register_set registers; /* with the provider's name */
};

struct tally_control_base {
	struct tally_digests value;
	bool has_reset_count;
	uint32_t reset_count;
	bool has_restart_count;
	uint32_t restart_count;
};

struct tally_control_gap {
	struct tally_digests from;
	struct tally_digests to;
	bool names_intent;
	uint8_t intent[TALLY_SLOT_SHA256_SIZE];
	bool has_once; /* origin, name and digests of a `once` event */
	struct tally_bytes origin;
	struct tally_bytes name;
	struct tally_digests digests;
	struct tally_bytes record; /* the whole record; size 0 if absent */
	bool has_damage;	   /* records were lost here: the log was damaged, and what it said is not known */
	uint8_t damage[TALLY_HEAD_SIZE]; /* SHA-384 of the bytes that could not be read */
};

struct tally_control_abort {
	uint8_t intent[TALLY_SLOT_SHA256_SIZE];
	struct tally_bytes record;
};

struct tally_control_fill {
	uint64_t gap; /* record number */
	struct tally_bytes format;
	struct tally_bytes name;
	uint64_t first;
	uint64_t count;
};

struct tally_control_trim {
	struct tally_control_header header;
	struct tally_digests value[TALLY_REGISTER_LIMIT]; /* of runtime register i of header.registers */
	struct tally_bytes once_list_digest;		  /* 48 bytes or none */
	uint8_t head[TALLY_HEAD_SIZE];
};

struct tally_control_kexec {
	uint8_t before[TALLY_BOOT_ID_SIZE];
	uint8_t after[TALLY_BOOT_ID_SIZE];
};

/*
 * Read event_data of the word's control record (record->content, 16 bytes of signature first).
 * TALLY_UNSUPPORTED for another word or version; results borrow from content. Numbers of
 * registers in a header are checked as tally_registers_add does. TALLY_BANK_SET if digests that
 * belong together have different banks. A header and a trim are too large to be read aside:
 * theirs alone is undefined after a failure.
 */
TALLY_MUST_CHECK enum tally_status tally_control_read_header(struct tally_bytes content,
							     struct tally_control_header *ret);
TALLY_MUST_CHECK enum tally_status tally_control_read_base(struct tally_bytes content, struct tally_control_base *ret);
TALLY_MUST_CHECK enum tally_status tally_control_read_gap(struct tally_bytes content, struct tally_control_gap *ret);
TALLY_MUST_CHECK enum tally_status tally_control_read_abort(struct tally_bytes content,
							    struct tally_control_abort *ret);
TALLY_MUST_CHECK enum tally_status tally_control_read_fill(struct tally_bytes content, struct tally_control_fill *ret);
TALLY_MUST_CHECK enum tally_status tally_control_read_trim(struct tally_bytes content, struct tally_control_trim *ret);
TALLY_MUST_CHECK enum tally_status tally_control_read_kexec(struct tally_bytes content,
							    struct tally_control_kexec *ret);

/*
 * Write event_data, signature included. What would not be read is not written: TALLY_INVALID, TALLY_BANK_SET or
 * TALLY_UNSUPPORTED (version) is latched.
 */
void tally_control_write_header(struct tally_writer *writer, const struct tally_control_header *header);
void tally_control_write_base(struct tally_writer *writer, const struct tally_control_base *base);
void tally_control_write_gap(struct tally_writer *writer, const struct tally_control_gap *gap);
void tally_control_write_abort(struct tally_writer *writer, const struct tally_control_abort *abort);
void tally_control_write_fill(struct tally_writer *writer, const struct tally_control_fill *fill);
void tally_control_write_trim(struct tally_writer *writer, const struct tally_control_trim *trim);
void tally_control_write_kexec(struct tally_writer *writer, const struct tally_control_kexec *kexec);

/* A control record around event_data: EV_NO_ACTION, zero digests of the banks of reg, index reg->number. */
void tally_control_record(struct tally_record *ret, uint64_t number, const struct tally_register *reg,
			  struct tally_bytes content);

/* How every reader and every writer begins: the signature. TALLY_UNSUPPORTED for another word's. */
struct tally_cursor tally_control_open(struct tally_bytes content, enum tally_control_word word);
void tally_control_begin(struct tally_writer *writer, enum tally_control_word word);

#endif
