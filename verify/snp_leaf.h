/* SPDX-License-Identifier: BSD-2-Clause */
/* What AMD writes into the certificate of a VCEK or VLEK. spec: AMD 57230 (VCEK certificate and KDS interface), 3.1 */
#ifndef TALLY_VERIFY_SNP_LEAF_H
#define TALLY_VERIFY_SNP_LEAF_H

#include "../format/snp_report.h"
#include "../format/x509.h"

/* Borrowed from the certificate. */
struct tally_snp_leaf {
	struct tally_bytes product; /* text: "Milan-B0" */
	struct tally_snp_tcb tcb;
	bool has_zero_parts;	     /* the parts of the TCB version that nobody uses are zero */
	struct tally_bytes chip_id;  /* VCEK: 64 bytes, Turin 8 */
	struct tally_bytes cloud_id; /* VLEK: text */
};

/*
 * Read the extensions. There must be exactly those of the product's structure version and kind of key, each once:
 * TALLY_NOT_FOUND for one that is missing, TALLY_UNSUPPORTED for another one of AMD's, or another version. Failures
 * of format/der.h for what stands in them.
 */
TALLY_MUST_CHECK enum tally_status tally_snp_leaf_read(const struct tally_certificate *certificate,
						       enum tally_snp_product product, enum tally_snp_signing_key kind,
						       struct tally_snp_leaf *ret);

/* "Milan" or "Milan-B0" for Milan. */
bool tally_snp_leaf_names(const struct tally_snp_leaf *leaf, enum tally_snp_product product);

/* The chip id of a report: that of the certificate, zeros behind it. */
bool tally_snp_leaf_is_of_chip(const struct tally_snp_leaf *leaf, const uint8_t chip_id[TALLY_SNP_CHIP_ID_SIZE]);

#endif
