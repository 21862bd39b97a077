/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of tpm: quotes, attestation keys, Azure's wrapper. A part of the table of reason.h: numbers 270 to 319. */
#ifndef TALLY_VERIFY_REASON_TPM_H
#define TALLY_VERIFY_REASON_TPM_H

#define TALLY_REASON_TABLE_TPM(X)

#endif
