/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One reader for every log that can be replayed: whatever its format, out come records of one model. */
#ifndef TALLY_FORMAT_LOG_READER_H
#define TALLY_FORMAT_LOG_READER_H

#include "../core/record.h"
#include "../core/registers.h"
#include "aael.h"
#include "dstack.h"
#include "ima_list.h"
#include "json.h"
#include "tcg2.h"

/* X(name, number, text, what it is) */
#define TALLY_LOG_FORMAT_TABLE(X)                                                \
	X(TALLY, 1, "tally", "a log of tally's own, CEL-TLV with a header")      \
	X(CEL_TLV, 2, "cel-tlv", "CEL-TLV of another producer")                  \
	X(TCG2, 3, "tcg2", "a TPM's crypto-agile firmware log")                  \
	X(CCEL, 4, "ccel", "a confidential-computing firmware log (CCEL)")       \
	X(TCG_SHA1, 5, "tcg-sha1", "a firmware log of the old form, SHA-1 only") \
	X(CEL_CBOR, 6, "cel-cbor", "CEL-CBOR")                                   \
	X(CEL_JSON, 7, "cel-json", "CEL-JSON")                                   \
	X(SYSTEMD, 8, "systemd", "systemd's userspace log, JSON text sequences") \
	X(IMA, 10, "ima", "IMA's binary measurement list")                       \
	X(IMA_ASCII, 11, "ima-ascii", "IMA's ascii measurement list")            \
	X(DSTACK, 12, "dstack", "Dstack's event log, JSON")                      \
	X(AAEL_TEXT, 13, "aael-text", "the attestation agent's events as text")

enum tally_log_format {
	TALLY_LOG_FORMAT_UNKNOWN = 0,
#define TALLY_LOG_FORMAT_ENUM(name, number, text, what) TALLY_LOG_FORMAT_##name = (number),
	TALLY_LOG_FORMAT_TABLE(TALLY_LOG_FORMAT_ENUM)
#undef TALLY_LOG_FORMAT_ENUM
};

/* "tally", "cel-tlv", ...; "" for UNKNOWN. And back; UNKNOWN for another text. */
const char *tally_log_format_name(enum tally_log_format format);
enum tally_log_format tally_log_format_from_name(struct tally_bytes name);

/* What the bytes look like. An empty log is UNKNOWN. */
enum tally_log_format tally_log_detect(struct tally_bytes log);

/* Contents that must be put together are kept in the reader up to this size, if the caller lends nothing larger. */
#define TALLY_LOG_INNER_SIZE 64

/*
 * A position in a log of any format. Copied by assignment; borrows the log and
 * what tally_log_lend lent; no allocation.
 */
struct tally_log_reader {
	enum tally_log_format format;
	bool is_ours; /* its first record is our header or trim, in whatever encoding: registers have our numbers */
	const char *dialect; /* of the producer, a short stable text; "": as the format's specification has it */
	struct tally_bytes log;
	struct tally_cursor cursor;
	struct tally_tcg2_reader tcg2;
	struct tally_ima_reader ima;
	struct tally_dstack_reader dstack;
	struct tally_aael_text aael;
	struct tally_json_reader json;
	bool is_array;	     /* the records stand in one: a CBOR array's length is known */
	uint64_t left_count; /* of its records */
	struct tally_span scratch;
	uint8_t inner[TALLY_LOG_INNER_SIZE];
	uint64_t record_count; /* handed out so far */
	uint64_t offset;       /* of the record that comes next, or of what can't be read */
};

/* format UNKNOWN: detected. TALLY_UNSUPPORTED if that fails, or as the format's reader. */
TALLY_MUST_CHECK enum tally_status tally_log_open(struct tally_log_reader *reader, struct tally_bytes log,
						  enum tally_log_format format);

/*
 * Room for contents that the log holds in another encoding than a record has them (JSON, CBOR). They are valid
 * until the next record is read; one that does not fit fails with TALLY_NO_SPACE. Without scratch they are kept
 * in the reader as far as that has room: of larger ones, those of measured records are left empty and those of
 * others end after TALLY_LOG_INNER_SIZE bytes, which is enough to replay and to tell what kind of record it is,
 * and nothing else. Formats that need no scratch hand out contents whole in any case. What is hashed
 * only once it is put together can't be read without scratch (TALLY_NO_SPACE).
 */
void tally_log_lend(struct tally_log_reader *reader, void *scratch, size_t size);

/* Scratch that is enough for any record of this log: bounded by the log's size and a constant; 0 if none is needed. */
size_t tally_log_scratch_size(const struct tally_log_reader *reader);

/* This log can't even be replayed without scratch: IMA's ascii lists, Dstack's log, and a log of ours whose control records stand in JSON or CBOR. */
bool tally_log_needs_scratch(const struct tally_log_reader *reader);

/*
 * The next record; *ret_is_end tells that there is none. Contents of any type but pcclient_std are in their
 * CEL-TLV form, whatever the format. After a failure reader->offset says where.
 */
TALLY_MUST_CHECK enum tally_status tally_log_next(struct tally_log_reader *reader, struct tally_record *ret,
						  bool *ret_is_end);

/* Position in the set of the runtime register that a record extends; -1 if none. */
int tally_log_register(const struct tally_register_set *set, const struct tally_record *record);

#endif
