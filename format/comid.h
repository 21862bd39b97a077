/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One tag of a CoRIM: statements about a kind of platform, or one. spec: draft-ietf-rats-corim 5 */
#ifndef TALLY_FORMAT_COMID_H
#define TALLY_FORMAT_COMID_H

#include "corim.h"

/* Add what it says to *corim. As tally_corim_read. */
TALLY_MUST_CHECK enum tally_status tally_comid_read(struct tally_bytes input, struct tally_corim *corim);

#endif
