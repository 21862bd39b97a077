/* SPDX-License-Identifier: BSD-2-Clause */
/* What the report was made for: nonce, caller, audience, key and companions, bound by REPORT_DATA. spec: docs/verifier.md 3 */
#ifndef TALLY_VERIFY_BINDING_H
#define TALLY_VERIFY_BINDING_H

#include "verifier.h"
#include "verify.h"

/* One statement whose binding is to be checked. */
struct tally_binding_case {
	const struct tally_verify_request *request;
	const struct tally_policy *policy;
	const struct tally_bundle *bundle;
	const struct tally_statement *statement;
	bool is_beside; /* another statement's REPORT_DATA covers this one's member */
	struct tally_ledger *ledger;
	struct tally_verdict *verdict;
};

/* Check the binding of one statement in the mode that the policy names, and put what is bound into the verdict. */
TALLY_MUST_CHECK enum tally_status tally_binding_check(const struct tally_binding_case *check);

/* The other modes than tally: binding_raw.c */
TALLY_MUST_CHECK enum tally_status tally_binding_check_raw(const struct tally_binding_case *check);

/* The nonce that the evidence shows, against the one that was given out. */
void tally_binding_check_nonce(const struct tally_binding_case *check, struct tally_bytes found);

#endif
