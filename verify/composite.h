/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence of several signed members: what ties each to the report. spec: docs/verifier.md 4.2 */
#ifndef TALLY_VERIFY_COMPOSITE_H
#define TALLY_VERIFY_COMPOSITE_H

#include "appraise.h"

/* An edge for every member but the report; each must be as strong as the policy asks. */
void tally_composite_check(const struct tally_statements *statements, const struct tally_policy *policy,
			   struct tally_ledger *ledger);

#endif
