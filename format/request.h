/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Requests to the authority, as they go into the transaction file. spec: docs/abi/messages.md */
#ifndef TALLY_FORMAT_REQUEST_H
#define TALLY_FORMAT_REQUEST_H

#include "message.h"

#define TALLY_REQUEST_LIMIT 65536	  /* bytes of a request */
#define TALLY_REQUEST_TIME_LIMIT 3600000U /* milliseconds */
#define TALLY_LOG_RESPONSE_LIMIT 2097152U /* bytes of a response to `log` and `wait` */
#define TALLY_REQUEST_KEY_HASH_SIZE 48	  /* SHA-384 */
#define TALLY_REQUEST_REPORT_DATA_SIZE 64

enum tally_request_kind {
	TALLY_REQUEST_NONE = 0, /* in a response to what could not be read */
	TALLY_REQUEST_REPORT = 1,
	TALLY_REQUEST_EVIDENCE = 2,
	TALLY_REQUEST_EXTEND = 3,
	TALLY_REQUEST_APPEND = 4,
	TALLY_REQUEST_LOG = 5,
	TALLY_REQUEST_WAIT = 6
};

/* One request; borrows. What its kind does not have is zero. */
struct tally_request {
	enum tally_request_kind kind;
	uint32_t milliseconds; /* the longest time to wait; 0: the default of the kind */
	bool is_once;
	bool is_oldest;
	struct tally_bytes nonce; /* none where report_data is given */
	struct tally_bytes audience;
	struct tally_bytes key_type;
	struct tally_bytes key_hash;
	struct tally_bytes report_data;
	struct tally_bytes reg; /* text that names a register */
	struct tally_bytes type;
	struct tally_bytes name;
	struct tally_bytes data;
	bool has_data_digest;
	struct tally_digest data_digest;
	struct tally_digests digests;
	uint64_t from;
	uint64_t until; /* 0: to the end */
	uint32_t size;	/* bytes of records; 0: as many as fit */
};

/*
 * Read a request. TALLY_TOO_LARGE above TALLY_REQUEST_LIMIT; TALLY_UNSUPPORTED for another magic, version or kind, and
 * for a flag that the kind does not have; TALLY_NONCE_SIZE. *ret_kind tells the kind as soon as it is known, for the
 * response to what is refused.
 */
TALLY_MUST_CHECK enum tally_status tally_request_read(struct tally_bytes input, struct tally_request *ret,
						      enum tally_request_kind *ret_kind);

/* What would not be read latches the same status. */
void tally_request_write(struct tally_writer *writer, const struct tally_request *request);

#endif
