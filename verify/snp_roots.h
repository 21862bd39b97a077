/* SPDX-License-Identifier: BSD-2-Clause */
/* AMD's root and intermediate certificates: these and no others are used, whatever the evidence carries. */
#ifndef TALLY_VERIFY_SNP_ROOTS_H
#define TALLY_VERIFY_SNP_ROOTS_H

#include "../format/snp_report.h"
#include "chain.h"

/* Of one kind of processor. */
struct tally_snp_roots {
	enum tally_snp_product product;
	const char *pem; /* ASK, which signs VCEKs; ASVK, which signs VLEKs; ARK, which signs both */
	uint8_t ark[TALLY_FINGERPRINT_SIZE]; /* SHA-256 of that certificate in DER */
};

/* NULL for an unknown product. */
const struct tally_snp_roots *tally_snp_roots(enum tally_snp_product product);

#endif
