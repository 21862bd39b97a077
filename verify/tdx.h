/* SPDX-License-Identifier: BSD-2-Clause */
/* One TDX quote while it is authenticated: what the files tdx_*.c share. */
#ifndef TALLY_VERIFY_TDX_H
#define TALLY_VERIFY_TDX_H

#include "../format/sgx_pck.h"
#include "../format/tdx_quote.h"
#include "../format/tdx_signature.h"
#include "../format/tdx_tcb.h"
#include "chain.h"
#include "policy_tdx.h"
#include "verifier.h"

#define TALLY_TDX_POOL_LIMIT 32 /* certificates that are looked at beside those in the quote */

#define TALLY_TDX_ITEM_LIMIT 8 /* statements of one kind about this platform: more of them are not looked at */

/* Lives in the ledger's arena. Faults of the evidence go into the ledger; whoever finds one leaves its field unset. */
struct tally_tdx_case {
	const struct tally_verifier_input *input;
	const struct tally_tdx_policy *policy; /* never NULL */
	struct tally_ledger *ledger;
	struct tally_statement *statement;
	struct tally_kept *kept;
	struct tally_fingerprints roots;      /* Intel's; none where the caller gave others */
	struct tally_fingerprints test_roots; /* the caller's */
	struct tally_tdx_quote quote;
	struct tally_tdx_signature signature;
	/* The PCK's certificates: leaf, authority, root. */
	size_t certificate_count;
	const struct tally_certificate *certificate;
	bool has_pck;
	struct tally_sgx_pck pck;
	/* Certificates from outside the quote. */
	size_t pool_count;
	struct tally_certificate pool[TALLY_TDX_POOL_LIMIT];
	const struct tally_collateral_item *unreadable; /* one that can't be read; NULL: none */
	bool has_root_crl;
	struct tally_crl root_crl; /* the root's list: the TCB signing certificate must not be in it, either */
	const struct tally_tdx_tcb_info *info; /* NULL: none that can be read, or of another platform */
	const struct tally_tdx_qe_identity *identity;
};

/* tdx_chain.c: PCK certificates, the report of the quoting enclave, the quote's signature. */
TALLY_MUST_CHECK enum tally_status tally_tdx_check_chain(struct tally_tdx_case *tdx);

/* tdx_revocation.c: the lists of both authorities, and what they must not contain. */
TALLY_MUST_CHECK enum tally_status tally_tdx_check_revocation(struct tally_tdx_case *tdx);

/* tdx_collateral.c: TCB info and QE identity. */
TALLY_MUST_CHECK enum tally_status tally_tdx_check_collateral(struct tally_tdx_case *tdx);

/* tdx_state.c: whose module and quoting enclave they are; how the platform stands; what the TD is; every claim. */
void tally_tdx_check_makers(struct tally_tdx_case *tdx);
void tally_tdx_check_levels(struct tally_tdx_case *tdx);
void tally_tdx_check_attributes(struct tally_tdx_case *tdx);
TALLY_MUST_CHECK enum tally_status tally_tdx_state_claims(struct tally_tdx_case *tdx);

#endif
