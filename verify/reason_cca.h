/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of cca: platform and realm tokens. A part of the table of reason.h: numbers 230 to 269. */
#ifndef TALLY_VERIFY_REASON_CCA_H
#define TALLY_VERIFY_REASON_CCA_H

#define TALLY_REASON_TABLE_CCA(X)

#endif
