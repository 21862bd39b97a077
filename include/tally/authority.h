/* SPDX-License-Identifier: BSD-2-Clause */
/* The measurement authority of this machine: its registers, what is measured into them, and reports of them. */
#ifndef TALLY_AUTHORITY_H
#define TALLY_AUTHORITY_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An open authority: the registers of one provider and the log of what went into them. */
struct tally;

#define TALLY_OPEN_READER 0x1	    /* change nothing, take no lock: TALLY_NOT_FOUND if nothing was measured yet */
#define TALLY_OPEN_SOFT_DURABLE 0x2 /* soft, when its state is created: registers outlive a reboot */

struct tally_options {
	size_t size;		 /* sizeof(struct tally_options) */
	const char *provider;	 /* "soft", "tdx", ...; NULL: the one that this machine offers, soft if it is no TVM */
	const char *directory;	 /* of soft only: a hardware provider has exactly one; NULL: its own */
	uint64_t capacity;	 /* bytes of a log that is created; 0: 256 MiB */
	const char *soft_preset; /* registers of a soft state that is created: "default", "tdx", "tpm", "nsm", "cca" */
	uint64_t flags;		 /* TALLY_OPEN_ */
};

/*
 * Open the authority. Opening settles what a crash left behind, or begins a new log if the machine was started
 * anew. options may be NULL. The process is itself the owner while it is inside a call: there is no daemon.
 * Ownership: *ret is closed with tally_close; options and its texts are not kept.
 * Threads: any.
 * Errors: TALLY_UNAVAILABLE (no such provider here), TALLY_INVALID, TALLY_UNSUPPORTED (a field or flag that this
 * library does not know), TALLY_NOT_FOUND (a reader, and there is no log), TALLY_PERMISSION, TALLY_CORRUPT
 * (damaged state, left as it is), TALLY_DEADLINE (another process holds the lock), TALLY_FULL, TALLY_CRYPTO,
 * TALLY_SYSTEM.
 * Source: ARCHITECTURE.md, I1, I2 and I9; docs/settle.md; docs/install.md.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_open(const struct tally_options *options, struct tally **ret,
							struct tally_error *error);

/*
 * Close. Nothing is written, and what was measured stays.
 * Ownership: ends everything that borrows from it. Threads: none may be inside a call. Errors: none.
 * Source: docs/install.md.
 */
TALLY_API void tally_close(struct tally *tally);

/*
 * The provider's word, "soft"; and the directory of log and state.
 * Ownership: borrowed until tally_close. Threads: any. Errors: none.
 * Source: ARCHITECTURE.md, Providers; docs/install.md.
 */
TALLY_API const char *tally_provider_word(const struct tally *tally);
TALLY_API const char *tally_directory(const struct tally *tally);

enum tally_register_class {
	TALLY_REGISTER_STATIC = 1, /* set before the guest ran */
	TALLY_REGISTER_RUNTIME = 2 /* grows by extends */
};

/* Where a report signs the value of a register. */
enum tally_register_signing {
	TALLY_SIGNING_NONE = 1,	    /* nowhere: events there are reported and never become claims */
	TALLY_SIGNING_VALUE = 2,    /* the value stands in the report */
	TALLY_SIGNING_DIGEST = 3,   /* a digest over it stands in the report */
	TALLY_SIGNING_LOCKED = 4,   /* only once it is locked */
	TALLY_SIGNING_ELSEWHERE = 5 /* another provider's report signs it */
};

#define TALLY_REGISTER_LOCKABLE 0x1
#define TALLY_REGISTER_RESETTABLE 0x2
#define TALLY_REGISTER_LATE 0x4 /* an extend may take effect after its call failed */

/* What is declared about one register. */
struct tally_register_info {
	const char *name;	  /* "rtmr2" */
	uint32_t number;	  /* the provider's own */
	uint32_t register_class;  /* enum tally_register_class */
	uint32_t signing;	  /* enum tally_register_signing */
	uint32_t pcr_mask;	  /* bit n: PCR n of a TPM maps to it */
	uint64_t flags;		  /* TALLY_REGISTER_ */
	struct tally_value reset; /* the value that it starts with, and so its banks */
};

/*
 * The registers: runtime ones first, each kind ascending by number. tally_register_at returns NULL for an index
 * that is not below the count.
 * Ownership: borrowed until tally_close. Threads: any. Errors: none.
 * Source: ARCHITECTURE.md, Providers.
 */
TALLY_API size_t tally_register_count(const struct tally *tally);
TALLY_API const struct tally_register_info *tally_register_at(const struct tally *tally, size_t i);

/*
 * Read a register: a fresh value of all its banks at one instant, past every cache. reg is its name, or "pcr:N"
 * for the one that PCR N maps to. ret_is_locked may be NULL.
 * Threads: any.
 * Errors: TALLY_UNKNOWN_REGISTER, TALLY_DEADLINE, TALLY_CORRUPT, TALLY_SYSTEM.
 * Source: ARCHITECTURE.md, I2.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_register_read(struct tally *tally, const char *reg,
								 struct tally_value *ret, bool *ret_is_locked,
								 struct tally_error *error);

/*
 * Lock a register for the rest of the boot, after everything that happened to it is in the log.
 * Threads: any.
 * Errors: TALLY_UNKNOWN_REGISTER, TALLY_UNSUPPORTED (it can't be locked), TALLY_LOCKED (it is), TALLY_INVALID (a
 * reader, or a forked child), TALLY_TRY_AGAIN, TALLY_DEADLINE, TALLY_PERMISSION, TALLY_FULL, TALLY_CORRUPT,
 * TALLY_SYSTEM.
 * Source: ARCHITECTURE.md, I4.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_register_lock(struct tally *tally, const char *reg,
								 struct tally_error *error);

#define TALLY_EVENT_ONCE 0x1 /* exactly once over crashes and restarts, by (caller, name) */

/* What is measured. */
struct tally_measurement {
	size_t size;	  /* sizeof(struct tally_measurement) */
	const char *name; /* 1 to 255 bytes without control characters */
	const char *type; /* likewise; NULL: "file" with data_digest, "data" with data, else "event" */
	const void *data; /* that the log holds, at most 1 MiB less 4 KiB */
	size_t data_size;
	const struct tally_bank *data_digest; /* in place of data: the log holds the digest of something large */
	const char *caller; /* "uid:gid": for whom, if not for the real ids that this process had in tally_open */
	uint64_t deadline;
	uint64_t flags; /* TALLY_EVENT_ */
};

/* What became of it, in the caller's memory. It never grows. */
struct tally_extended {
	uint64_t number;      /* of the record in the log */
	uint64_t gap_count;   /* gaps found and recorded: somebody had extended beside the log */
	uint64_t is_existing; /* 1: a once event that had been recorded before; nothing was extended */
	uint64_t reserved[5]; /* zero */
};

/*
 * Measure one event: extend a register by the digest of the event, and log it. TALLY_OK means that both are
 * done; after every other status but TALLY_INDETERMINATE and TALLY_UNKNOWN nothing of it was extended. reg is as for
 * tally_register_read. ret may be NULL.
 * Ownership: nothing of measurement is kept.
 * Threads: any; they wait for each other.
 * Errors: TALLY_UNKNOWN_REGISTER, TALLY_STATIC_REGISTER, TALLY_INVALID (a text, an algorithm, a reader, a forked
 * child), TALLY_UNSUPPORTED, TALLY_TOO_LARGE, TALLY_DIGEST_SIZE, TALLY_UNKNOWN_ALGORITHM, TALLY_PERMISSION,
 * TALLY_LOCKED, TALLY_FULL; TALLY_CONFLICT (the once name stands for another event) and TALLY_UNKNOWN (whether
 * the once event was extended before a crash can't be told); TALLY_TRY_AGAIN, TALLY_NOT_APPLIED and TALLY_DEADLINE
 * (it may succeed later); TALLY_INDETERMINATE (it may have been extended: look at the log, do not repeat
 * blindly); TALLY_CORRUPT, TALLY_CRYPTO, TALLY_SYSTEM.
 * Source: ARCHITECTURE.md, I1, I3, I4 and I12; docs/settle.md; docs/formats/log.md, 2.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_extend(struct tally *tally, const char *reg,
							  const struct tally_measurement *measurement,
							  struct tally_extended *ret, struct tally_error *error);

/*
 * Extend with digests of the caller's, one for each bank of the register. The log then holds nothing that anybody
 * could check them against. name says what they are of; it is not authenticated, and may be NULL. deadline
 * 0: the default. ret may be NULL.
 * Threads: any; they wait for each other.
 * Errors: as tally_extend, and TALLY_BANK_SET (not exactly one digest for each bank).
 * Source: ARCHITECTURE.md, I3 and I12; docs/formats/log.md, 2.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_extend_digests(struct tally *tally, const char *reg,
								  const struct tally_value *digests, const char *name,
								  uint64_t deadline, struct tally_extended *ret,
								  struct tally_error *error);

#define TALLY_REQUEST_RAW \
	0x1 /* report: the nonce is the 64 bytes of REPORT_DATA as they are, and nothing else is bound */

/* What a report is asked for with. */
struct tally_request {
	size_t size;	   /* sizeof(struct tally_request) */
	const void *nonce; /* the verifier's, 32 to 64 bytes */
	size_t nonce_size;
	const char *audience; /* for whom it is; NULL for nobody in particular */
	const char *key_type; /* with key_hash: a key to bind, and what it is for; NULL for none */
	const void *key_hash; /* SHA-384 of the key, 48 bytes */
	const void *data;     /* evidence: bound and carried along */
	size_t data_size;
	const char *caller; /* "uid:gid": who asked, if not the real ids that this process had in tally_open */
	uint64_t deadline;
	uint64_t flags; /* TALLY_REQUEST_ */
};

/* What the TSM signed, and what came with it. A part of size 0 was not given. */
struct tally_report_info {
	const char *media_type; /* of the report */
	const uint8_t *report;
	size_t report_size;
	const uint8_t *binding; /* the array that REPORT_DATA is the hash of; none with TALLY_REQUEST_RAW */
	size_t binding_size;
	const uint8_t *certificates;
	size_t certificates_size;
	const uint8_t *manifest;
	size_t manifest_size;
};

/*
 * A report alone, without the log. Its REPORT_DATA is derived from everything in request, so that one caller can't
 * pass for another; TALLY_REQUEST_RAW, for verifiers that expect their own bytes there, needs a policy that admits it.
 * Ownership: *ret is released with tally_report_close.
 * Threads: any.
 * Errors: TALLY_NONCE_SIZE, TALLY_DIGEST_SIZE (key_type without 48 bytes of hash), TALLY_TOO_LARGE, TALLY_INVALID,
 * TALLY_UNSUPPORTED, TALLY_UNAVAILABLE, TALLY_PERMISSION, TALLY_DEADLINE, TALLY_CORRUPT, TALLY_CRYPTO, TALLY_SYSTEM.
 * Source: ARCHITECTURE.md, I6; docs/verifier.md.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_report(struct tally *tally, const struct tally_request *request,
							  const struct tally_report_info **ret,
							  struct tally_error *error);

/*
 * Release a report. NULL is allowed.
 * Ownership: takes report over. Threads: any. Errors: none.
 * Source: the rules in tally/base.h.
 */
TALLY_API void tally_report_close(const struct tally_report_info *report);

/*
 * Evidence of one instant: a report, the prefix of the log whose replay gives exactly the values in it,
 * certificates and the caller's data, as one bundle for tally_verify_evidence.
 * Ownership: *ret is released with tally_free.
 * Threads: any. No lock is held while the TSM signs.
 * Errors: as tally_report, and TALLY_TRY_AGAIN (registers and log did not hold still), TALLY_INVALID for a reader
 * or TALLY_REQUEST_RAW, TALLY_FULL.
 * Source: ARCHITECTURE.md, I5 and I6; docs/formats/bundle.md.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_evidence(struct tally *tally, const struct tally_request *request,
							    uint8_t **ret, size_t *ret_size, struct tally_error *error);

#ifdef __cplusplus
}
#endif

#endif
