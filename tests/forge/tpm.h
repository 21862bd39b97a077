/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM's quote by plan, validly signed, with PCR values, key and certificates beside it. */
#ifndef TALLY_TESTS_FORGE_TPM_H
#define TALLY_TESTS_FORGE_TPM_H

#include "../../format/bundle.h"
#include "pki.h"

#define FORGE_TPM_SHA1 0x0004
#define FORGE_TPM_SHA256 0x000b
#define FORGE_TPM_SHA384 0x000c
#define FORGE_TPM_RSASSA 0x0014
#define FORGE_TPM_RSAPSS 0x0016
#define FORGE_TPM_ECDSA 0x0018
#define FORGE_TPM_AK 0x00050072 /* fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, restricted, sign */
#define FORGE_TPM_PCRS 24

/* Every field is written as it stands. forge_tpm_plan gives a sound one. */
struct forge_tpm {
	enum forge_key_kind kind; /* P256, P384 or RSA2048 */
	size_t key;		  /* number of the key that signs */
	size_t named_key;	  /* and of the one that the evidence names */
	uint16_t scheme;
	uint16_t hash;	    /* of the signature and of pcrDigest */
	uint16_t area_hash; /* that the public area has */
	uint16_t area_scheme;
	uint32_t attributes;
	bool has_spki; /* in place of the public area */
	uint32_t magic;
	uint16_t type;
	struct tally_bytes extra;
	uint8_t safe;
	uint32_t reset_count;
	uint16_t bank;
	uint32_t mask;
	uint16_t second_bank; /* 0: none */
	uint32_t second_mask;
	uint32_t pcrs_mask; /* of the values beside it */
	uint8_t fill;	    /* of PCRs 0 to 15; the others are as after a reset */
	bool has_other_values;
	uint16_t digest_hash; /* of pcrDigest */
	enum forge_scalar_damage scalars;
	size_t cut; /* bytes that the quote lacks */
	bool breaks_signature;
	bool lacks_pcrs;
	bool cuts_pcrs;
	bool cuts_area;
};

void forge_tpm_plan(struct forge_tpm *plan, struct tally_bytes nonce);

/* The values of the members tpm-quote and tpm-pcrs; freed with free_bytes. */
struct tally_bytes forge_tpm_quote(const struct forge_tpm *plan);
struct tally_bytes forge_tpm_pcrs(const struct forge_tpm *plan);

/* One PCR's value. */
void forge_tpm_value(const struct forge_tpm *plan, uint16_t bank, unsigned pcr, uint8_t *ret);
size_t forge_tpm_size(uint16_t bank);

/* SHA-256 of the SubjectPublicKeyInfo of the key that the evidence names. */
void forge_tpm_fingerprint(const struct forge_tpm *plan, uint8_t ret[32]);

#endif
