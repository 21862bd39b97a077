/* SPDX-License-Identifier: BSD-2-Clause */
/* What every file of this folder does with arguments and errors. */
#ifndef TALLY_API_FAULT_H
#define TALLY_API_FAULT_H

/* First, because the installed header leaves the table of statuses to it. */
#include "../core/status.h"

#include "../include/tally/base.h"
#include "../provider/provider.h"

/* What is to be done about a status, as the caller of a library sees it; "" for nothing. */
const char *tally_api_hint(enum tally_status status);

/* Fill in *error, if there is one, for a status other than TALLY_OK. Returns status. */
enum tally_status tally_api_fail(struct tally_error *error, enum tally_status status,
				 const struct tally_problem *problem);

/* The same, with a sentence of our own. */
enum tally_status tally_api_refuse(struct tally_error *error, enum tally_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* In place of the hint that a status has by itself. */
void tally_api_advise(struct tally_error *error, const char *hint);

/* tally_api_refuse after a system call that failed with this errno. */
enum tally_status tally_api_fail_errno(struct tally_error *error, int number, const char *what, const char *path);

/*
 * Copy a struct that begins with its size out of the caller's memory: what he did not have is zero. TALLY_INVALID
 * for a size that can't be, TALLY_UNSUPPORTED where something is set that this library does not have.
 */
TALLY_MUST_CHECK enum tally_status tally_api_take(void *to, size_t known_size, const void *from,
						  struct tally_error *error);

/* TALLY_UNSUPPORTED for other flags than known ones. */
TALLY_MUST_CHECK enum tally_status tally_api_check_flags(uint64_t flags, uint64_t known, struct tally_error *error);

/* The SHA-384 of a key: none without a type. TALLY_DIGEST_SIZE for one without the other. */
TALLY_MUST_CHECK enum tally_status tally_api_key(const char *key_type, const void *key_hash, struct tally_bytes *ret,
						 struct tally_error *error);

void tally_api_bank(struct tally_bank *ret, const struct tally_digest *digest);
void tally_api_value(struct tally_value *ret, const struct tally_digests *digests);
TALLY_MUST_CHECK enum tally_status tally_api_digest(struct tally_digest *ret, const struct tally_bank *bank,
						    struct tally_error *error);

#endif
