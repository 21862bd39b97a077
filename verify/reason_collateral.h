/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of certificates, revocation lists, and other collateral of any provider. A part of the table of reason.h: numbers 340 to 369. */
#ifndef TALLY_VERIFY_REASON_COLLATERAL_H
#define TALLY_VERIFY_REASON_COLLATERAL_H

#define TALLY_REASON_TABLE_COLLATERAL(X)

#endif
