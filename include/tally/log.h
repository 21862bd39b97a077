/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs, record by record or in another format: the authority's own, or one from elsewhere. */
#ifndef TALLY_LOG_H
#define TALLY_LOG_H

#include "authority.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A position in a log. */
struct tally_records;

/* How a log counts its registers. */
enum tally_register_numbering {
	TALLY_BY_PCR = 1,      /* PCR 0 to 23 */
	TALLY_BY_CC_MR = 2,    /* UEFI's measurement registers: 0 is static, n the runtime register n - 1 */
	TALLY_BY_REGISTER = 3, /* the provider's own number of a runtime register */
	TALLY_BY_NV = 4	       /* an NV index of a TPM */
};

#define TALLY_RECORD_MEASURED 0x1  /* its digests were extended; a control record's or a comment's were not */
#define TALLY_RECORD_EVENT 0x2	   /* an event that tally recorded: type, name, origin and data are set */
#define TALLY_RECORD_AUTHENTIC 0x4 /* an event whose digests are those of its content: the register vouches for it */
#define TALLY_RECORD_ONCE 0x8	   /* an event made with TALLY_EVENT_ONCE */

/* One record. Contents are not trusted: a log is as true as what it is compared with. */
struct tally_record_info {
	uint64_t number;       /* as the log states it; the position for formats without numbers */
	uint64_t offset;       /* of its first byte */
	const char *reg;       /* name of the register; NULL if it belongs to none that is known */
	uint32_t index;	       /* of the register, in this numbering: */
	uint32_t numbering;    /* enum tally_register_numbering */
	uint32_t content_type; /* TCG CEL's: 4 CEL, 5 PC client, 7 and 8 IMA, 9 systemd, or another */
	uint32_t event_type;   /* PC client's EV_ number; 0 for other contents */
	uint64_t flags;	       /* TALLY_RECORD_ */
	struct tally_value digests;
	const uint8_t *content; /* as it stands in the log */
	size_t content_size;
	const char *type; /* of an event of tally's; NULL for others */
	const char *name;
	const char *origin;  /* who asked for it, "uid:gid" */
	const uint8_t *data; /* NULL if it has none, or a digest in its place */
	size_t data_size;
	const struct tally_bank *data_digest; /* NULL if it has none */
	const char *control; /* of a control record of tally's, its word: "header", "gap", ...; NULL for others */
};

/*
 * The log of an open authority as it is now: whole records, without a lock. What is recorded later does not
 * appear: tally_records_follow shows it.
 * Ownership: *ret is closed with tally_records_close, before the struct tally.
 * Threads: any.
 * Errors: TALLY_NOT_FOUND (no log yet), TALLY_PERMISSION. Where a damage begins, tally_records_next fails.
 * Source: docs/formats/log.md.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_records_open(struct tally *tally, struct tally_records **ret,
								struct tally_error *error);

#define TALLY_FOLLOW_OLDEST UINT64_MAX /* from the first record on that the log has, whatever its number */

/*
 * The log of an open authority, and what is recorded later, from record number from on, which need not be there yet.
 * tally_records_next then sets *ret to NULL when there is no more at the moment, and goes on when there is: also
 * when the log is trimmed in between, and with record 0 when the log of another boot begins.
 * Ownership: *ret is closed with tally_records_close; the struct tally may be closed before.
 * Threads: any.
 * Errors: TALLY_PERMISSION, TALLY_NOT_FOUND (the directory was removed), TALLY_SYSTEM. tally_records_next returns
 * TALLY_HISTORY_LOST where records were trimmed before they were read, and goes on behind them if it is called again.
 * Source: docs/formats/log.md.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_records_follow(struct tally *tally, uint64_t from,
								  struct tally_records **ret,
								  struct tally_error *error);

/*
 * Wait until there may be more: then tally_records_next tells. It does not poll. deadline 0: a
 * minute.
 * Threads: one at a time.
 * Errors: TALLY_DEADLINE, also where a signal came; TALLY_NOT_FOUND (the directory was removed), TALLY_INVALID
 * (records of tally_records_follow only).
 * Source: docs/formats/log.md.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_records_wait(struct tally_records *records, uint64_t deadline,
								struct tally_error *error);

/*
 * The descriptor that is ready for reading when there may be more, for poll(2); it is not to be read. -1 for records
 * that are not followed.
 * Ownership: borrowed until tally_records_close. Threads: any. Errors: none.
 * Source: docs/formats/log.md.
 */
TALLY_API int tally_records_fd(const struct tally_records *records);

/*
 * A log in the caller's memory, of a format by name; NULL: it is found out. Formats are those that `tally help
 * log` lists: "tally", "tcg2", "ccel", ...
 * Ownership: log is borrowed until tally_records_close, which closes *ret.
 * Threads: any.
 * Errors: TALLY_INVALID (no such format), TALLY_UNSUPPORTED (no format that is known), and those of the format
 * where its header can't be read.
 * Source: docs/formats/log.md; TCG CEL; TCG PFP.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_records_open_bytes(const void *log, size_t size, const char *format,
								      struct tally_records **ret,
								      struct tally_error *error);

/*
 * A log in a file, which is read into memory. As tally_records_open_bytes.
 * Ownership: *ret is closed with tally_records_close.
 * Threads: any.
 * Errors: as tally_records_open_bytes, and TALLY_NOT_FOUND, TALLY_PERMISSION, TALLY_SYSTEM.
 * Source: docs/formats/log.md; TCG CEL; TCG PFP.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_records_open_file(const char *path, const char *format,
								     struct tally_records **ret,
								     struct tally_error *error);

/*
 * The next record; *ret is NULL behind the last one.
 * Ownership: *ret is borrowed until the next call with the same records.
 * Threads: one at a time.
 * Errors: those of the format where the record can't be read (TALLY_TRUNCATED, ...): the error
 * names the byte, and every later call fails likewise.
 * Source: docs/formats/log.md; TCG CEL; TCG PFP.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_records_next(struct tally_records *records,
								const struct tally_record_info **ret,
								struct tally_error *error);

/*
 * The name of the log's format, "tally".
 * Ownership: a constant text. Threads: any. Errors: none.
 * Source: docs/formats/log.md.
 */
TALLY_API const char *tally_records_format(const struct tally_records *records);

/*
 * Takes one piece of an export. 0, or an errno that says why not (ENOSPC), which ends the export.
 */
typedef int (*tally_sink)(void *context, const void *bytes, size_t size);

/* What was exported, in the caller's memory. It never grows. */
struct tally_exported {
	uint64_t record_count;	 /* records that were written */
	uint64_t left_out_count; /* control records of tally's, for which the format has no place */
	uint64_t reserved[6];	 /* zero */
};

/*
 * Write a whole log in another format, from its first record to its last, wherever tally_records_next stands. format is
 * "tally", "cel-tlv", "cel-cbor", "cel-json", "tcg2", "ccel", "aael" or "systemd". "tally", "cel-cbor" and "cel-json"
 * keep every record; in the others registers get the numbers of the format, and a log with a base, a gap or a trim is
 * refused, because a reader of that format would not see it. The log is read twice: what can't be said shows before
 * sink is called first. Beside the log, memory is bounded by its largest record. ret may be NULL.
 * Ownership: what sink is given is borrowed until it returns.
 * Threads: one at a time.
 * Errors: TALLY_INVALID (no such format, no sink, records that are followed), TALLY_UNSUPPORTED (a record can't be said in that format: the error
 * names it and the reason), TALLY_SYSTEM (the sink failed, and what it took is no log), and those of the format where
 * a record can't be read: the error names the byte.
 * Source: docs/formats/log.md; TCG CEL; TCG PFP.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_records_export(const struct tally_records *records,
								  const char *format, tally_sink sink, void *context,
								  struct tally_exported *ret,
								  struct tally_error *error);

/*
 * The same into a descriptor, which stays open.
 * Threads: one at a time.
 * Errors: as tally_records_export.
 * Source: docs/formats/log.md; TCG CEL; TCG PFP.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_records_export_fd(const struct tally_records *records,
								     const char *format, int fd,
								     struct tally_exported *ret,
								     struct tally_error *error);

/*
 * Close. NULL is allowed.
 * Ownership: takes records over. Threads: none may be inside a call. Errors: none.
 * Source: the rules in tally/base.h.
 */
TALLY_API void tally_records_close(struct tally_records *records);

#ifdef __cplusplus
}
#endif

#endif
