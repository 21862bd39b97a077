/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of an open struct tally. */
#ifndef TALLY_API_HANDLE_H
#define TALLY_API_HANDLE_H

#include "../authority/authority.h"
#include "../include/tally/tally.h"
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

#endif
