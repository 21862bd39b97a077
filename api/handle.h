/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of what the API hands out. */
#ifndef TALLY_API_HANDLE_H
#define TALLY_API_HANDLE_H

#include "../authority/authority.h"
#include "../format/log_reader.h"
#include "../include/tally/tally.h"
#include "../provider/soft.h"
#include "fault.h"

/* Constant once it is open; the authority has a lock of its own. */
struct tally {
	struct tally_authority *authority;
	size_t register_count;
	struct tally_register_info reg[TALLY_REGISTER_LIMIT];
};

/* Position of the register of a name or of "pcr:N". TALLY_UNKNOWN_REGISTER. */
TALLY_MUST_CHECK enum tally_status tally_api_find(const struct tally *tally, const char *reg, size_t *ret,
						  struct tally_error *error);

/* Options as the authority takes them; *ret borrows from *soft and from options. TALLY_INVALID, TALLY_UNSUPPORTED. */
TALLY_MUST_CHECK enum tally_status tally_api_options(const struct tally_options *options,
						     struct tally_soft_options *soft,
						     struct tally_authority_options *ret, struct tally_error *error);

/* A whole log that was opened. */
struct tally_api_log {
	struct tally_bytes bytes;
	enum tally_log_format format;
	enum tally_status damage; /* what stands behind the bytes */
};

struct tally_api_log tally_api_log(const struct tally_records *records);

#endif
