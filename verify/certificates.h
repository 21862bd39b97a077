/* SPDX-License-Identifier: BSD-2-Clause */
/* Collateral that travels inside the evidence, in front of what the caller has. spec: docs/formats/bundle.md 4 */
#ifndef TALLY_VERIFY_CERTIFICATES_H
#define TALLY_VERIFY_CERTIFICATES_H

#include "../format/bundle.h"
#include "collateral.h"

/* The media type is one of those that any provider's certificates can have. */
bool tally_certificates_are_generic(const struct tally_member *member);

/*
 * What the bundle carries, and behind it what the caller has (NULL: nothing). Items live in the ledger's arena, their bytes in
 * the evidence and in given. What can't be read is a finding.
 */
struct tally_collateral tally_certificates_collect(const struct tally_bundle *bundle,
						   const struct tally_collateral *given, struct tally_ledger *ledger);

#endif
