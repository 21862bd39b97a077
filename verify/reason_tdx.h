/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of tdx: quotes and what signs them. A part of the table of reason.h: numbers 100 to 149. */
#ifndef TALLY_VERIFY_REASON_TDX_H
#define TALLY_VERIFY_REASON_TDX_H

#define TALLY_REASON_TABLE_TDX(X)

#endif
