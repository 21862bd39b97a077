/* SPDX-License-Identifier: BSD-2-Clause */
/* What every part of the library shares: statuses, errors, digests, deadlines. */
#ifndef TALLY_BASE_H
#define TALLY_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Rules for the whole library
 *
 * Sizes are in bytes, texts are UTF-8 and end with a NUL, numbers are in the machine's byte order.
 *
 * Errors. A function that can fail returns a status and sets its ret_ arguments on TALLY_OK only. The last
 * argument, which may be NULL, then holds what went wrong for people; on TALLY_OK it is left as it was. Beside
 * the statuses that a function names, each that takes memory can return TALLY_NO_MEMORY and each that reads a
 * file TALLY_SYSTEM. The library never prints, never exits, and installs no signal handler.
 *
 * Growth. A struct that the caller fills in begins with its size: TALLY_INIT(&x) sets that and zeroes the rest;
 * then set what you need. Zero is the default of every field. A field or flag that this library does not know fails with
 * TALLY_UNSUPPORTED unless it is zero. A struct whose name ends with _info belongs to the library, is read
 * through the pointer that was handed out and never copied by size: it grows at its end.
 *
 * Ownership. Handles are closed, with NULL allowed. Memory that a function hands out through a pointer to a
 * pointer is released with tally_free. Everything else that is handed out borrows, as is said there.
 *
 * Threads. Functions of the same struct tally may be called by several threads at once. Every other handle is
 * used by one thread at a time. After a fork the child opens its own struct tally; what it inherited can
 * only be closed.
 *
 * Source: what each function does is stated in the documents that its Source line names.
 */

#define TALLY_API __attribute__((visibility("default")))
#ifndef TALLY_MUST_CHECK
#define TALLY_MUST_CHECK __attribute__((warn_unused_result))
#endif

#define TALLY_INIT(x) (memset((x), 0, sizeof(*(x))), (void)((x)->size = sizeof(*(x))))

/* Numbers are ABI and stand for ever. (Inside the library the same names come from its own table.) */
#ifndef TALLY_STATUS_TABLE
enum tally_status {
	TALLY_OK = 0,
	TALLY_TRUNCATED = 1,	      /* input ends inside a field */
	TALLY_TRAILING = 2,	      /* bytes left after the last field */
	TALLY_RESERVED = 3,	      /* reserved bytes are not zero */
	TALLY_UNSUPPORTED = 4,	      /* version or type not supported */
	TALLY_NO_SPACE = 5,	      /* output buffer is too small */
	TALLY_OUT_OF_RANGE = 6,	      /* a length or number is outside what the format allows */
	TALLY_DUPLICATE = 7,	      /* a field or record occurs twice */
	TALLY_DISORDER = 8,	      /* fields or records are out of order */
	TALLY_NOT_CANONICAL = 9,      /* not in the one canonical encoding */
	TALLY_UNKNOWN_ALGORITHM = 10, /* hash algorithm not known */
	TALLY_CHECKSUM = 11,	      /* a checksum, digest or signature does not match */
	TALLY_INVALID = 12,	      /* argument is not valid */
	TALLY_UNKNOWN_REGISTER = 13,  /* no such register */
	TALLY_DIGEST_SIZE = 14,	      /* digest has the wrong size */
	TALLY_BANK_SET = 15,	      /* digests are not exactly one for each bank of the register */
	TALLY_NONCE_SIZE = 16,	      /* nonce must have 32 to 64 bytes */
	TALLY_TOO_LARGE = 17,	      /* content is too large */
	TALLY_PERMISSION = 18,	      /* no permission */
	TALLY_LOCKED = 19,	      /* register is locked */
	TALLY_FULL = 20,	      /* log is full */
	TALLY_CONFLICT = 21,	      /* the once name is taken by another event */
	TALLY_UNKNOWN = 22,	      /* whether the once event was extended is unknown */
	TALLY_HISTORY_LOST = 23,      /* part of the log's history is lost */
	TALLY_TRY_AGAIN = 24,	      /* try again: nothing of yours was changed */
	TALLY_NOT_APPLIED = 25,	      /* failed: nothing was changed */
	TALLY_INDETERMINATE = 26,     /* indeterminate: the event may have been extended */
	TALLY_UNAVAILABLE = 27,	      /* not available on this machine */
	TALLY_NO_MEMORY = 28,	      /* out of memory */
	TALLY_SYSTEM = 29,	      /* an operating system call failed */
	TALLY_DEADLINE = 30,	      /* deadline passed */
	TALLY_CORRUPT = 31,	      /* stored state is damaged */
	TALLY_CRYPTO = 32,	      /* the crypto library failed */
	TALLY_NOT_FOUND = 33,	      /* no such file or entry */
	TALLY_POLICY = 34,	      /* the policy is not valid */
	TALLY_STATIC_REGISTER = 35,   /* a static register can't be extended */
	TALLY_QUOTA = 36	      /* the caller's quota is used up */
};
#endif

/* What went wrong, in the caller's memory. It never grows. */
struct tally_error {
	uint32_t status; /* enum tally_status */
	char text[508];	 /* one sentence or two: what was wrong, and where; never empty after a failure */
	char hint[256];	 /* what to do about it; empty if there is nothing to say */
};

/*
 * The name of a status as it stands above, without its prefix: "TRY_AGAIN"; and what it means in a few words.
 * Both know every number: "?" and "unknown status" for one that is not of this library.
 * Ownership: constant texts. Threads: any. Errors: none.
 * Source: the table above.
 */
TALLY_API const char *tally_error_name(enum tally_status status);
TALLY_API const char *tally_error_message(enum tally_status status);

/*
 * The version of the library that runs, "0.1.0".
 * Ownership: a constant text. Threads: any. Errors: none.
 * Source: NEWS.md.
 */
TALLY_API const char *tally_version(void);

/*
 * Release memory that the library handed out. NULL is allowed.
 * Ownership: takes memory over. Threads: any. Errors: none.
 * Source: the rules above.
 */
TALLY_API void tally_free(void *memory);

/*
 * The deadline that lies so many milliseconds in the future, for the deadline fields and arguments below. A
 * deadline is absolute, in nanoseconds of CLOCK_MONOTONIC, so that several calls can share one; 0 stands for the
 * default: 5 seconds for an extend or a read, 60 for a report.
 * Threads: any. Errors: none.
 * Source: ARCHITECTURE.md, I11.
 */
TALLY_API uint64_t tally_deadline_in(uint64_t milliseconds);

/* Hash algorithms, by their TCG identifiers. Source: TCG Algorithm Registry, table 3. */
#define TALLY_ALG_SHA1 0x0004
#define TALLY_ALG_SHA256 0x000b
#define TALLY_ALG_SHA384 0x000c
#define TALLY_ALG_SHA512 0x000d
#define TALLY_ALG_SM3_256 0x0012

/*
 * The name of an algorithm ("sha384"), NULL if it is not known; and the algorithm of a name, case ignored,
 * 0 if it is not known.
 * Ownership: a constant text. Threads: any. Errors: none.
 * Source: TCG Algorithm Registry, table 3.
 */
TALLY_API const char *tally_algorithm_name(uint16_t algorithm);
TALLY_API uint16_t tally_algorithm_from_name(const char *name);

/* A digest, or one bank of a register. It never grows; bytes beyond size are zero. */
struct tally_bank {
	uint16_t algorithm;
	uint16_t size; /* bytes that the algorithm has */
	uint8_t bytes[64];
};

/* One digest for each bank of a register, ascending by algorithm. It never grows. */
#define TALLY_VALUE_BANKS 8
struct tally_value {
	uint32_t count;
	struct tally_bank bank[TALLY_VALUE_BANKS];
};

/*
 * SHA-384 of everything that can be read from a file or a descriptor, in pieces, for the field data_digest of
 * an event. The descriptor may be a pipe or socket and is read to its end; it stays open.
 * Threads: any. Errors: TALLY_NOT_FOUND, TALLY_PERMISSION and TALLY_SYSTEM where it can't be opened or read;
 * TALLY_TRY_AGAIN if it is a regular file that changed meanwhile: the digest would be of a file that never was;
 * TALLY_CRYPTO.
 * Source: docs/formats/log.md, 2.
 */
TALLY_API TALLY_MUST_CHECK enum tally_status tally_digest_file(const char *path, struct tally_bank *ret,
							       struct tally_error *error);
TALLY_API TALLY_MUST_CHECK enum tally_status tally_digest_fd(int fd, struct tally_bank *ret, struct tally_error *error);

#ifdef __cplusplus
}
#endif

#endif
