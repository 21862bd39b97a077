/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every way a call can fail. */
#ifndef TALLY_CORE_STATUS_H
#define TALLY_CORE_STATUS_H

#define TALLY_MUST_CHECK __attribute__((warn_unused_result))

/*
 * Numbers are ABI: append, never renumber or reuse.
 * X(name, number, errno seen through the kernel, message)
 *
 * EIO stands for "indeterminate" and for nothing else; EINTR and EAGAIN are
 * never used, because some callers repeat those by themselves.
 */
#define TALLY_STATUS_TABLE(X)                                                                \
	X(OK, 0, 0, "success")                                                               \
	X(TRUNCATED, 1, EBADMSG, "input ends inside a field")                                \
	X(TRAILING, 2, EBADMSG, "bytes left after the last field")                           \
	X(RESERVED, 3, EBADMSG, "reserved bytes are not zero")                               \
	X(UNSUPPORTED, 4, EOPNOTSUPP, "version or type not supported")                       \
	X(NO_SPACE, 5, ENOSPC, "output buffer is too small")                                 \
	X(OUT_OF_RANGE, 6, EBADMSG, "a length or number is outside what the format allows")  \
	X(DUPLICATE, 7, EBADMSG, "a field or record occurs twice")                           \
	X(DISORDER, 8, EBADMSG, "fields or records are out of order")                        \
	X(NOT_CANONICAL, 9, EBADMSG, "not in the one canonical encoding")                    \
	X(UNKNOWN_ALGORITHM, 10, EOPNOTSUPP, "hash algorithm not known")                     \
	X(CHECKSUM, 11, EBADMSG, "a checksum, digest or signature does not match")           \
	X(INVALID, 12, EINVAL, "argument is not valid")                                      \
	X(UNKNOWN_REGISTER, 13, EINVAL, "no such register")                                  \
	X(DIGEST_SIZE, 14, EINVAL, "digest has the wrong size")                              \
	X(BANK_SET, 15, EINVAL, "digests are not exactly one for each bank of the register") \
	X(NONCE_SIZE, 16, EINVAL, "nonce must have 32 to 64 bytes")                          \
	X(TOO_LARGE, 17, EMSGSIZE, "content is too large")                                   \
	X(PERMISSION, 18, EACCES, "no permission")                                           \
	X(LOCKED, 19, EPERM, "register is locked")                                           \
	X(FULL, 20, ENOSPC, "log is full")                                                   \
	X(CONFLICT, 21, EEXIST, "the once name is taken by another event")                   \
	X(UNKNOWN, 22, EUCLEAN, "whether the once event was extended is unknown")            \
	X(HISTORY_LOST, 23, EUCLEAN, "part of the log's history is lost")                    \
	X(TRY_AGAIN, 24, EBUSY, "try again: nothing of yours was changed")                   \
	X(NOT_APPLIED, 25, EBUSY, "failed: nothing was changed")                             \
	X(INDETERMINATE, 26, EIO, "indeterminate: the event may have been extended")         \
	X(UNAVAILABLE, 27, ENODEV, "not available on this machine")                          \
	X(NO_MEMORY, 28, ENOMEM, "out of memory")                                            \
	X(SYSTEM, 29, EREMOTEIO, "an operating system call failed")                          \
	X(DEADLINE, 30, ETIMEDOUT, "deadline passed")                                        \
	X(CORRUPT, 31, ENOTRECOVERABLE, "stored state is damaged")                           \
	X(CRYPTO, 32, ELIBBAD, "the crypto library failed")                                  \
	X(NOT_FOUND, 33, ENOENT, "no such file or entry")                                    \
	X(POLICY, 34, EINVAL, "the policy is not valid")                                     \
	X(STATIC_REGISTER, 35, EPERM, "a static register can't be extended")                 \
	X(QUOTA, 36, EDQUOT, "the caller's quota is used up")

enum tally_status {
#define TALLY_STATUS_ENUM(name, number, error, message) TALLY_##name = (number),
	TALLY_STATUS_TABLE(TALLY_STATUS_ENUM)
#undef TALLY_STATUS_ENUM
};

/* The message of a status; "unknown status" for a number outside the table. */
const char *tally_status_message(enum tally_status status);

/* The name of a status as the table spells it, for example "TRUNCATED". */
const char *tally_status_name(enum tally_status status);

/* The positive errno of a status; EINVAL for a number outside the table. */
int tally_status_errno(enum tally_status status);

#endif
