/* SPDX-License-Identifier: BSD-2-Clause */
/* Claims and register values against the policy; the events have had their own part in the account of the log. */
#ifndef TALLY_VERIFY_APPRAISE_H
#define TALLY_VERIFY_APPRAISE_H

#include "verifier.h"

#define TALLY_STATEMENT_LIMIT 4

/* All signed members of the evidence. */
struct tally_statements {
	size_t count;
	struct tally_statement *item; /* room for as many as the bundle can give, at most TALLY_STATEMENT_LIMIT */
};

/* Every claim and register of every statement must have a rule and fit it, and every rule something to rule. */
void tally_appraise(const struct tally_statements *statements, const struct tally_policy *policy,
		    struct tally_ledger *ledger);

#endif
