/* SPDX-License-Identifier: BSD-2-Clause */
/* What the report was made for: nonce, caller, audience, key and companions, bound by REPORT_DATA. spec: docs/verifier.md 3 */
#ifndef TALLY_VERIFY_BINDING_H
#define TALLY_VERIFY_BINDING_H

#include "verifier.h"
#include "verify.h"

/* Check the binding of one statement in the mode that the policy names, and put what is bound into the verdict. */
TALLY_MUST_CHECK enum tally_status tally_binding_check(const struct tally_verify_request *request,
						       const struct tally_policy *policy,
						       const struct tally_bundle *bundle,
						       const struct tally_statement *statement,
						       struct tally_ledger *ledger, struct tally_verdict *verdict);

#endif
