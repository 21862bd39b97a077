/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of snp: attestation reports, their certificates, SVSM. A part of the table of reason.h: numbers 150 to 199. */
#ifndef TALLY_VERIFY_REASON_SNP_H
#define TALLY_VERIFY_REASON_SNP_H

#define TALLY_REASON_TABLE_SNP(X)

#endif
