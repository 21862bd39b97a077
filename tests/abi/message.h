/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of the transaction file, made and taken apart by their table (docs/abi/messages.md), not by format/. */
#ifndef TALLY_TESTS_ABI_MESSAGE_H
#define TALLY_TESTS_ABI_MESSAGE_H

#include "cel.h"

#define ABI_MESSAGE_LIMIT 65536

enum abi_kind { ABI_REPORT = 1, ABI_EVIDENCE, ABI_EXTEND, ABI_APPEND, ABI_LOG, ABI_WAIT };

#define ABI_FLAG_ONCE 1
#define ABI_FLAG_OLDEST 2

/* Elements of a request. */
enum {
	ABI_Q_NONCE = 1,
	ABI_Q_AUDIENCE,
	ABI_Q_KEY_TYPE,
	ABI_Q_KEY_HASH,
	ABI_Q_REPORT_DATA,
	ABI_Q_REGISTER,
	ABI_Q_TYPE,
	ABI_Q_NAME,
	ABI_Q_DATA,
	ABI_Q_DATA_DIGEST,
	ABI_Q_DIGESTS,
	ABI_Q_FROM,
	ABI_Q_UNTIL,
	ABI_Q_SIZE
};

/* Elements of a response. */
enum {
	ABI_R_PROBLEM = 1,
	ABI_R_REPORT,
	ABI_R_REPORT_TYPE,
	ABI_R_BINDING,
	ABI_R_FRONT = 9,
	ABI_R_BACK,
	ABI_R_FIRST,
	ABI_R_NEXT,
	ABI_R_SIZE,
	ABI_R_NUMBER,
	ABI_R_EXISTING,
	ABI_R_GAPS,
	ABI_R_RECORDS,
	ABI_R_MORE
};

/* Statuses of a response. */
enum {
	ABI_S_TRUNCATED = 1,
	ABI_S_TRAILING = 2,
	ABI_S_UNSUPPORTED = 4,
	ABI_S_OUT_OF_RANGE = 6,
	ABI_S_DUPLICATE = 7,
	ABI_S_DISORDER = 8,
	ABI_S_NOT_CANONICAL = 9,
	ABI_S_UNKNOWN_ALGORITHM = 10,
	ABI_S_INVALID = 12,
	ABI_S_UNKNOWN_REGISTER = 13,
	ABI_S_DIGEST_SIZE = 14,
	ABI_S_BANK_SET = 15,
	ABI_S_NONCE_SIZE = 16,
	ABI_S_CONFLICT = 21,
	ABI_S_DEADLINE = 30,
	ABI_S_STATIC_REGISTER = 35
};

struct abi_request {
	uint8_t bytes[ABI_MESSAGE_LIMIT + 4096];
	size_t size;
};

void abi_request_begin(struct abi_request *request, enum abi_kind kind, uint32_t flags);
void abi_request_milliseconds(struct abi_request *request, uint32_t milliseconds);
void abi_request_add(struct abi_request *request, uint8_t tag, const void *value, size_t size);
void abi_request_add_text(struct abi_request *request, uint8_t tag, const char *text);
void abi_request_add_number(struct abi_request *request, uint8_t tag, uint64_t number);

/* A list with one digest, of this value's algorithm. */
void abi_request_add_digest(struct abi_request *request, uint8_t tag, const char *alg, const uint8_t *digest,
			    size_t size);

struct abi_response {
	struct abi_content message;
	unsigned kind;
	unsigned status;
};

/* Open the transaction file; the case fails without it. */
int abi_open_request(void);

/* Write the message, in one write(2): 0 or the errno. */
int abi_send(int fd, const struct abi_request *request);

/* Read the response to its end, and check its frame. */
void abi_receive(int fd, struct abi_response *ret);

/* Both; the case fails unless the request succeeds. */
void abi_ask(int fd, const struct abi_request *request, struct abi_response *ret);

/* Both; it fails with this errno and status, and has a problem and nothing else. */
void abi_ask_in_vain(int fd, const struct abi_request *request, int error, unsigned status, const char *what);

/* An element of a response; NULL if there is none. */
const uint8_t *abi_element(const struct abi_response *response, uint8_t tag, size_t *ret_size);
const uint8_t *abi_must_element(const struct abi_response *response, uint8_t tag, size_t *ret_size);
uint64_t abi_number(const struct abi_response *response, uint8_t tag);

/* The number that the next record of the log will have. */
uint64_t abi_end_of_log(int fd);

/* The last runtime register, as the log's header names it; it has one bank. */
struct abi_register {
	char name[24];
	unsigned index;
	char alg[16];
	char static_name[24]; /* any static register; "" if there is none */
};
struct abi_register abi_last_register(void);

#endif
