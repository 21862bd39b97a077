/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A TPM's signature. spec: TPM 2.0 part 2, 11.3.4 TPMT_SIGNATURE */
#ifndef TALLY_FORMAT_TPM_SIGNATURE_H
#define TALLY_FORMAT_TPM_SIGNATURE_H

#include "../core/cursor.h"
#include "../core/writer.h"

/* Borrowed. What the scheme does not have is empty. */
struct tally_tpm_signature {
	uint16_t scheme; /* TALLY_TPM_RSASSA, TALLY_TPM_RSAPSS or TALLY_TPM_ECDSA of tpm_public.h */
	uint16_t hash;	 /* TCG algorithm identifier */
	struct tally_bytes rsa;
	struct tally_bytes r; /* big-endian, leading zeros as they came */
	struct tally_bytes s;
};

/* TALLY_UNSUPPORTED for another scheme; trailing bytes are refused. */
TALLY_MUST_CHECK enum tally_status tally_tpm_signature_read(struct tally_bytes bytes, struct tally_tpm_signature *ret);

void tally_tpm_signature_write(struct tally_writer *writer, const struct tally_tpm_signature *signature);

#endif
