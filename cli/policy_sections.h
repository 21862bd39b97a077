/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of providers in a policy that is made from evidence. */
#ifndef TALLY_CLI_POLICY_SECTIONS_H
#define TALLY_CLI_POLICY_SECTIONS_H

#include <jansson.h>

#include "../format/bundle.h"
#include "../verify/collateral.h"
#include "../verify/verdict.h"

/* Good evidence, surveyed. */
struct tally_sections_case {
	const struct tally_verdict *verdict;
	const struct tally_bundle *bundle;
	const struct tally_collateral *collateral;
};

/* Add the sections of the providers that the verdict is about. */
void tally_sections_set(const struct tally_sections_case *c, json_t *policy);

#endif
