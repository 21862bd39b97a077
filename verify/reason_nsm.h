/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of nsm: attestation documents. A part of the table of reason.h: numbers 200 to 229. */
#ifndef TALLY_VERIFY_REASON_NSM_H
#define TALLY_VERIFY_REASON_NSM_H

#define TALLY_REASON_TABLE_NSM(X)

#endif
