/* SPDX-License-Identifier: BSD-2-Clause */
/* The certificates and revocation lists of AMD's that are at hand: our own, those of the evidence, the caller's. */
#ifndef TALLY_VERIFY_SNP_COLLECT_H
#define TALLY_VERIFY_SNP_COLLECT_H

#include "crl_choice.h"
#include "snp.h"
#include "snp_roots.h"

/* Live in the ledger's arena. */
struct tally_snp_collection {
	struct tally_vector certificates; /* struct tally_certificate, in the order in which they are preferred */
	size_t authority_count;		  /* the first of them: the only ones that issue others */
	struct tally_vector crls;	  /* struct tally_crl */
	struct tally_collateral_item unreadable, unreadable_crl; /* what can't be read; origin NULL: there is none */
};

/* What can't be read in a host's table is a finding; another item is one where something is missing: it may be meant for others. */
void tally_snp_collect(struct tally_snp_case *snp, struct tally_snp_collection *ret);

/*
 * The certificate of the key that signed the report: of its kind, and best of its chip and TCB version. NULL if
 * there is none of its kind.
 */
const struct tally_certificate *tally_snp_find_leaf(struct tally_snp_case *snp,
						    const struct tally_snp_collection *collection);

/* The authority of that name: one of our own, or any if the caller gave roots for a test. NULL if there is none. */
const struct tally_certificate *tally_snp_find_issuer(const struct tally_snp_collection *collection,
						      struct tally_bytes subject);

/* The best list of that issuer. */
TALLY_MUST_CHECK enum tally_status tally_snp_find_crl(struct tally_snp_case *snp,
						      const struct tally_snp_collection *collection,
						      const struct tally_certificate *issuer,
						      struct tally_crl_choice *ret);

/* The product of an authority's common name: "SEV-Milan", "SEV-VLEK-Milan", "ARK-Milan" behind its prefix. */
enum tally_snp_product tally_snp_product_of(struct tally_bytes name, const char *prefix);

#endif
