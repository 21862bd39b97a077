/* SPDX-License-Identifier: BSD-2-Clause */
/* A credential that only the TPM can open that holds both of two keys. spec: TPM 2.0 part 1, 24; part 3, 12.6 */
#ifndef TALLY_CRYPTO_TPM_CREDENTIAL_H
#define TALLY_CRYPTO_TPM_CREDENTIAL_H

#include "../core/digest.h"
#include "../core/writer.h"
#include "sign.h"

#define TALLY_CREDENTIAL_LIMIT 32 /* bytes of a secret that every TPM takes */

/* The EK as its public area describes it. */
struct tally_credential_key {
	const struct tally_key *key; /* RSA, or EC P-256 or P-384 */
	uint16_t name_alg;	     /* SHA-256, SHA-384 or SHA-512 */
	uint16_t aes_bits;	     /* of its symmetric cipher, AES in CFB: 128 or 256 */
};

/*
 * What TPM2_MakeCredential does, without a TPM: the secret, encrypted to the EK for the object of that name.
 * blob gets a TPMS_ID_OBJECT, encrypted_seed the content of a TPM2B_ENCRYPTED_SECRET. TALLY_UNSUPPORTED for
 * another hash or cipher, TALLY_INVALID for a secret that is empty or too large, TALLY_CRYPTO, TALLY_NO_MEMORY.
 */
TALLY_MUST_CHECK enum tally_status tally_credential_make(const struct tally_credential_key *ek,
							 struct tally_bytes object_name, struct tally_bytes secret,
							 struct tally_writer *blob,
							 struct tally_writer *encrypted_seed);

#endif
