/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the verifier of SNP share: one report while it is judged. */
#ifndef TALLY_VERIFY_SNP_H
#define TALLY_VERIFY_SNP_H

#include "../format/snp_report.h"
#include "policy_snp.h"
#include "snp_leaf.h"
#include "verifier.h"

struct tally_snp_case {
	const struct tally_verifier_input *input;
	struct tally_ledger *ledger;
	struct tally_statement *statement;
	struct tally_kept *kept;
	struct tally_snp_report report;
	enum tally_snp_product product; /* of the report and, once they are found, of the certificates; or unknown */
	bool has_leaf;
	struct tally_snp_leaf leaf;
};

/* One rule under the subject "snp". */
bool tally_snp_rule(struct tally_snp_case *snp, bool holds, enum tally_reason reason, const char *rule,
		    const char *actual);

/* Its signature is not all zeros. */
bool tally_snp_is_signed(const struct tally_snp_report *report);

/* What the report says of itself: key, bits, levels, ids. */
void tally_snp_check_fields(struct tally_snp_case *snp);

/* TCB versions among themselves and against the policy; needs the product. */
void tally_snp_check_tcb(struct tally_snp_case *snp);

/*
 * Find the certificates of the signing key, check them and their revocation list, and that they fit the report;
 * then the signature. *ret_holds: all of it holds.
 */
TALLY_MUST_CHECK enum tally_status tally_snp_check_signer(struct tally_snp_case *snp, bool *ret_holds);

/* The statement is of an SNP report that was made for this privilege level. */
bool tally_snp_has_vmpl(const struct tally_statement *statement, uint64_t vmpl);

#endif
