/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of cove. A part of the table of reason.h: numbers 320 to 339. */
#ifndef TALLY_VERIFY_REASON_COVE_H
#define TALLY_VERIFY_REASON_COVE_H

#define TALLY_REASON_TABLE_COVE(X)

#endif
