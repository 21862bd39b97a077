/* SPDX-License-Identifier: BSD-2-Clause */
/* The measurement authority: one owner of a provider's registers and of their log. */
#ifndef TALLY_AUTHORITY_AUTHORITY_H
#define TALLY_AUTHORITY_AUTHORITY_H

#include "../core/record.h"
#include "../core/settle.h"
#include "../format/control.h"
#include "../format/log_range.h"
#include "../provider/provider.h"

#define TALLY_CAPACITY_DEFAULT (256ULL * 1024 * 1024)
#define TALLY_CALLER_LIMIT 256 /* bytes of "uid:gid@label" with its NUL */

/*
 * An open authority: directory, provider instance, and what replay derived so far.
 * Used by one thread at a time per call; a mutex inside makes concurrent calls safe. After a fork
 * the child must open its own; calls on an inherited one fail with TALLY_INVALID.
 */
struct tally_authority;

struct tally_authority_options {
	const char *
		provider; /* NULL: chosen (a hardware provider that is present, else soft if the machine is not a TVM) */
	const char *directory; /* soft and offline work only; NULL: the provider's own */
	uint64_t capacity;     /* of a log that is created; 0: TALLY_CAPACITY_DEFAULT */
	bool is_reader;	       /* never writes, takes no lock, creates nothing: TALLY_NOT_FOUND if there is no log */
	unsigned report_limit; /* reports made at one time, beside extends; 0: one, and extends wait for it */
	struct tally_provider_options provider_options; /* what it points to must last if report_limit is not 0 */
};

/*
 * Open. A writer settles what a crash left behind, or begins a new log if
 * this is a new boot. TALLY_UNAVAILABLE, TALLY_PERMISSION, TALLY_CORRUPT (a
 * damaged log refuses extends and is left as it is), TALLY_SYSTEM, ...; the
 * reason is in *problem. *ret is freed with tally_authority_close.
 */
TALLY_MUST_CHECK enum tally_status tally_authority_open(const struct tally_authority_options *options,
							struct tally_authority **ret, struct tally_problem *problem);
void tally_authority_close(struct tally_authority *authority);

const struct tally_provider *tally_authority_provider(const struct tally_authority *authority);
void *tally_authority_provider_instance(struct tally_authority *authority);
const struct tally_register_set *tally_authority_registers(const struct tally_authority *authority);
const char *tally_authority_directory(const struct tally_authority *authority);

enum tally_extend_kind {
	TALLY_EXTEND_EVENT = 1, /* type, name, data: digest = H(content) */
	TALLY_EXTEND_DIGESTS	/* the caller's digests, one for each bank; content unauthenticated */
};

struct tally_extend_request {
	enum tally_extend_kind kind;
	size_t register_index;
	const char *caller;	 /* "uid:gid": the event's origin; NULL: the real ids of who opened the authority */
	struct tally_bytes type; /* EVENT; tally.* and digest-only are refused (TALLY_INVALID) */
	struct tally_bytes name; /* DIGESTS: may be empty, "digest" is then used */
	struct tally_bytes data; /* EVENT */
	bool has_data_digest;	 /* EVENT: the event carries data_digest in the place of data (a large file) */
	struct tally_digest data_digest;
	bool is_once;		      /* EVENT: exactly once over restarts, by (caller, name) */
	struct tally_digests digests; /* DIGESTS */
	tally_deadline deadline;      /* 0: the default from now */
};

struct tally_extend_result {
	uint64_t number;  /* of the record */
	bool is_existing; /* a `once` event that had been recorded before */
	uint64_t gaps;	  /* gap records that this call found it had to write */
};

/*
 * Measure one event: TALLY_OK only when it is extended and logged. What every
 * status leaves behind stands in docs/settle.md; after all but TALLY_OK and
 * TALLY_INDETERMINATE nothing of the caller's was extended.
 */
TALLY_MUST_CHECK enum tally_status tally_authority_extend(struct tally_authority *authority,
							  const struct tally_extend_request *request,
							  struct tally_extend_result *ret,
							  struct tally_problem *problem);

/* A fresh read. */
TALLY_MUST_CHECK enum tally_status tally_authority_read(struct tally_authority *authority, size_t register_index,
							struct tally_digests *ret_value, bool *ret_is_locked,
							struct tally_problem *problem);

/* Lock a register for the rest of the boot, after settling it. TALLY_UNSUPPORTED, TALLY_LOCKED. */
TALLY_MUST_CHECK enum tally_status tally_authority_lock(struct tally_authority *authority, size_t register_index,
							struct tally_problem *problem);

/* Settle every register: differences become gap records. *ret_gaps: how many were written. */
TALLY_MUST_CHECK enum tally_status tally_authority_settle(struct tally_authority *authority, uint64_t *ret_gaps,
							  struct tally_problem *problem);

/*
 * Save the log and what belongs to it into a new folder: as the last thing before a kexec after which the directory
 * is gone. *ret_count: its records. TALLY_INVALID if the folder is there or can't be made.
 */
TALLY_MUST_CHECK enum tally_status tally_authority_save(struct tally_authority *authority, const char *path,
							uint64_t *ret_count, struct tally_problem *problem);

/*
 * Go on with a saved log: as the first thing after the kexec. A kexec record follows, behind gaps where a register
 * went on without it: then once names that the log does not have are unknown. TALLY_CORRUPT if it can't be read, TALLY_CONFLICT if no register stands where its events led
 * (another boot, another machine) or events were measured already; nothing is changed then. TALLY_NOT_FOUND.
 */
TALLY_MUST_CHECK enum tally_status tally_authority_restore(struct tally_authority *authority, const char *path,
							   uint64_t *ret_count, struct tally_problem *problem);

#define TALLY_KEPT_NAME_SIZE 64

struct tally_recovery {
	uint64_t record_count;		 /* records that could be read, and go on */
	uint64_t lost_size;		 /* bytes behind them that could not */
	uint64_t gap_count;		 /* registers that the rest does not explain */
	char kept[TALLY_KEPT_NAME_SIZE]; /* where the damaged file is kept, below the directory */
};

/*
 * Go on with a log that tally_authority_open refuses as damaged (TALLY_CORRUPT): the file is kept, the log goes on
 * behind the records that can be read with gaps that say so, and once names are unknown from then on. TALLY_NOT_FOUND if it is not
 * damaged; TALLY_CORRUPT if it is the registers that are; otherwise as tally_authority_open.
 */
TALLY_MUST_CHECK enum tally_status tally_authority_recover(const struct tally_authority_options *options,
							   struct tally_recovery *ret, struct tally_problem *problem);

struct tally_trim_result {
	uint64_t first; /* records first to next - 1 were handed out */
	uint64_t next;
	uint64_t size; /* bytes of them */
};

/*
 * Hand out all records, and take them out of the log: they are written to fd, a regular file, from its start, and
 * synced; then a trim record is appended, pinned in every register that has events, and the log begins with it.
 * What was handed out proves it later. TALLY_NOT_FOUND if there are no events, TALLY_LOCKED if a register with events
 * is locked, TALLY_TRY_AGAIN if a pin failed (the log is whole, trim it again). deadline 0: the default from now.
 * *ret is set after a failure too: where its size is not 0 fd holds the records, and must be kept, because the log
 * may have been replaced already.
 */
TALLY_MUST_CHECK enum tally_status tally_authority_trim(struct tally_authority *authority, int fd,
							tally_deadline deadline, struct tally_trim_result *ret,
							struct tally_problem *problem);

/* A log that another wrote; format UNKNOWN: found out. */
struct tally_attachment {
	struct tally_bytes log;
	enum tally_log_format format;
};

struct tally_attach_result {
	uint32_t first;	    /* they became segment.first and those behind it */
	size_t count;	    /* without those that were attached before */
	uint64_t registers; /* bit i: attached logs now lead register i to where our log begins */
};

/*
 * Attach boot logs: together with those that are attached they must lead every register that they extend from its
 * reset value to where our log begins. They are kept as they are, and carried in evidence. TALLY_CONFLICT, with
 * nothing changed, if one does not fit or all are attached already; TALLY_HISTORY_LOST if the log's beginning was trimmed;
 * TALLY_FULL, or as the format's reader. deadline 0: the default from now.
 */
TALLY_MUST_CHECK enum tally_status tally_authority_attach(struct tally_authority *authority,
							  const struct tally_attachment *logs, size_t count,
							  tally_deadline deadline, struct tally_attach_result *ret,
							  struct tally_problem *problem);

struct tally_fill_request {
	uint64_t gap;		      /* number of its record */
	struct tally_bytes log;	      /* the foreign log, from its beginning */
	enum tally_log_format format; /* UNKNOWN: found out */
	bool has_range;		      /* else the shortest that leads to where the gap ends is looked for */
	struct tally_log_range range;
	bool is_partial;	 /* the range may end before the gap does: another fill goes on from there */
	tally_deadline deadline; /* 0: the default from now */
};

struct tally_fill_result {
	uint64_t number;  /* of the fill's record */
	uint32_t segment; /* the foreign log is kept as segment.N */
	struct tally_log_range range;
	bool is_filled; /* the gap ends where its fills do */
};

/*
 * Explain a gap by records of a foreign log, from where the fills that it has have come to. The log is kept as it is;
 * one that has grown takes the place of what it was. TALLY_INVALID if there is no such gap; TALLY_CONFLICT, with
 * nothing changed, if it is filled, or the range does not lead there or overlaps that of another fill; TALLY_FULL, or
 * as the format's reader.
 */
TALLY_MUST_CHECK enum tally_status tally_authority_fill(struct tally_authority *authority,
							const struct tally_fill_request *request,
							struct tally_fill_result *ret, struct tally_problem *problem);

/*
 * The whole records of the log as they are now, mapped: a snapshot that takes no lock. A torn tail is left
 * out (*ret->torn_size tells how long it is). Ends with tally_log_view_done.
 */
struct tally_log_view {
	struct tally_bytes bytes; /* whole records only */
	uint64_t torn_size;	  /* bytes behind them */
	enum tally_status damage; /* TALLY_OK if those are a torn tail; else why they are no records */
	void *mapping;
	size_t mapping_size;
};
TALLY_MUST_CHECK enum tally_status tally_authority_log(struct tally_authority *authority, struct tally_log_view *ret,
						       struct tally_problem *problem);
/* Any file, mapped as it is: bytes is all of it. TALLY_NOT_FOUND. */
TALLY_MUST_CHECK enum tally_status tally_log_view_open(const char *path, struct tally_log_view *ret,
						       struct tally_problem *problem);
void tally_log_view_done(struct tally_log_view *view);

struct tally_evidence_request {
	struct tally_bytes nonce;    /* 32 to 64 bytes: TALLY_NONCE_SIZE */
	const char *caller;	     /* NULL: this process's real ids */
	struct tally_bytes audience; /* empty for none */
	struct tally_bytes key_type; /* channel binding; empty for none */
	struct tally_bytes key_hash; /* SHA-384 */
	struct tally_bytes data;     /* the caller's data, carried as companion `data`; empty for none */
	tally_deadline deadline;     /* 0: the default from now */
};

/* Evidence of one instant (I5): a bundle, freed with free(). */
TALLY_MUST_CHECK enum tally_status tally_authority_evidence(struct tally_authority *authority,
							    const struct tally_evidence_request *request,
							    uint8_t **ret_bundle, size_t *ret_size,
							    struct tally_problem *problem);

/* Evidence around its log: front, the records first to next - 1, which have log_size bytes, and back are the bundle. */
struct tally_evidence_parts {
	uint8_t *front;
	size_t front_size;
	uint8_t *back;
	size_t back_size;
	uint64_t first;
	uint64_t next;
	uint64_t log_size;
};
TALLY_MUST_CHECK enum tally_status tally_authority_evidence_parts(struct tally_authority *authority,
								  const struct tally_evidence_request *request,
								  struct tally_evidence_parts *ret,
								  struct tally_problem *problem);
void tally_evidence_parts_done(struct tally_evidence_parts *parts);

/* The report alone, with derived REPORT_DATA; *ret_binding (freed with free()) is the array it hashes. */
TALLY_MUST_CHECK enum tally_status tally_authority_report(struct tally_authority *authority,
							  const struct tally_evidence_request *request,
							  struct tally_report *ret, uint8_t **ret_binding,
							  size_t *ret_binding_size, struct tally_problem *problem);

/* The report alone, over raw REPORT_DATA: full rights only, accepted by a verifier only where its policy says so. */
TALLY_MUST_CHECK enum tally_status tally_authority_report_raw(struct tally_authority *authority,
							      const uint8_t report_data[TALLY_REPORT_DATA_BYTES],
							      tally_deadline deadline, struct tally_report *ret,
							      struct tally_problem *problem);

/* What doctor tells: read without changing anything. */
struct tally_examination {
	enum tally_slot_class slot;
	uint64_t record_count;
	uint64_t log_size;
	uint64_t torn_size;
	uint64_t capacity;
	uint64_t gap_count;
	uint64_t unpinned_gap_count;
	uint64_t filled_gap_count; /* gaps that fills name; whether these lead to their end is the verifier's to say */
	uint64_t open_attempt_count;
	bool is_damaged; /* the log does not parse or chain at damage_offset */
	uint64_t damage_offset;
	enum tally_status damage;
	bool is_other_boot;	  /* the log belongs to an earlier boot */
	uint64_t differing_count; /* registers whose live value the log does not explain */
};
TALLY_MUST_CHECK enum tally_status tally_authority_examine(struct tally_authority *authority,
							   struct tally_examination *ret,
							   struct tally_problem *problem);

#endif
