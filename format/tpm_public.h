/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The public part of a TPM's key, and the name that it gives the key. spec: TPM 2.0 part 2, 12.2.4 TPMT_PUBLIC */
#ifndef TALLY_FORMAT_TPM_PUBLIC_H
#define TALLY_FORMAT_TPM_PUBLIC_H

#include "../core/cursor.h"
#include "../core/digest.h"

#define TALLY_TPM_NAME_LIMIT (2 + TALLY_DIGEST_LIMIT)

/* TPM_ALG_ID, as far as keys need it. */
enum tally_tpm_alg {
	TALLY_TPM_RSA = 0x0001,
	TALLY_TPM_AES = 0x0006,
	TALLY_TPM_NULL = 0x0010,
	TALLY_TPM_RSASSA = 0x0014,
	TALLY_TPM_RSAPSS = 0x0016,
	TALLY_TPM_ECDSA = 0x0018,
	TALLY_TPM_ECC = 0x0023,
	TALLY_TPM_CFB = 0x0043
};

enum tally_tpm_curve { TALLY_TPM_P256 = 3, TALLY_TPM_P384 = 4 };

/* TPMA_OBJECT. spec: TPM 2.0 part 2, 8.3 */
enum tally_tpm_attribute {
	TALLY_TPM_FIXED_TPM = 1 << 1,
	TALLY_TPM_FIXED_PARENT = 1 << 4,
	TALLY_TPM_SENSITIVE_DATA_ORIGIN = 1 << 5,
	TALLY_TPM_USER_WITH_AUTH = 1 << 6,
	TALLY_TPM_ADMIN_WITH_POLICY = 1 << 7,
	TALLY_TPM_RESTRICTED = 1 << 16,
	TALLY_TPM_DECRYPT = 1 << 17,
	TALLY_TPM_SIGN = 1 << 18
};

/* An RSA or ECC key. What the type does not have is 0 or empty. Bytes are borrowed. */
struct tally_tpm_public {
	uint16_t type;	   /* RSA or ECC */
	uint16_t name_alg; /* of core/digest.h; TALLY_TPM_NULL: the key has no name */
	uint32_t attributes;
	struct tally_bytes auth_policy;
	uint16_t symmetric; /* TALLY_TPM_NULL for none */
	uint16_t symmetric_bits;
	uint16_t symmetric_mode;
	uint16_t scheme; /* TALLY_TPM_NULL: the user of the key chooses */
	uint16_t scheme_hash;
	uint16_t key_bits; /* RSA */
	uint32_t exponent; /* RSA; 0: 65537 */
	uint16_t curve;	   /* ECC */
	uint16_t kdf;	   /* ECC */
	uint16_t kdf_hash;
	struct tally_bytes modulus; /* RSA, big-endian */
	struct tally_bytes x;	    /* ECC, big-endian, leading zeros as they came */
	struct tally_bytes y;
	struct tally_bytes bytes; /* all of it: what the name is made from */
};

/* Read a TPMT_PUBLIC. TALLY_UNSUPPORTED for another type of key, or a scheme whose details are not known. */
TALLY_MUST_CHECK enum tally_status tally_tpm_public_read(struct tally_bytes bytes, struct tally_tpm_public *ret);

/* The same behind its size: TPM2B_PUBLIC, as tools store it. */
TALLY_MUST_CHECK enum tally_status tally_tpm2b_public_read(struct tally_bytes bytes, struct tally_tpm_public *ret);

/* The key's name: its algorithm and the digest. TALLY_UNKNOWN_ALGORITHM for one that can't be computed. */
TALLY_MUST_CHECK enum tally_status tally_tpm_public_name(const struct tally_tpm_public *key,
							 uint8_t ret[TALLY_TPM_NAME_LIMIT], size_t *ret_size);

#endif
