/* SPDX-License-Identifier: BSD-2-Clause */
/* The bundle's manifest: what a report covers by REPORT_DATA, and speaks for in that way. */
#ifndef TALLY_VERIFY_MANIFEST_H
#define TALLY_VERIFY_MANIFEST_H

#include "verifier.h"

/* One kind of manifest. */
struct tally_manifest_kind {
	const char *media_type;
	/* What stands behind the nonce in REPORT_DATA = SHA-512(nonce ‖ covered), in this mode; 0: REPORT_DATA is not made so. */
	enum tally_binding_mode mode;
	/* The covered bytes of a member, in the arena; size 0 if it can't be read. */
	struct tally_bytes (*covered)(struct tally_bytes manifest, struct tally_arena *arena);
	/*
	 * Check the manifest in input->member against the report's statement, and let that vouch for what the manifest
	 * holds. What is wrong goes into the ledger. Whether REPORT_DATA carries a nonce as well is checked elsewhere
	 * (binding.c): where it does not (HCL), clear statement->report_data, and another member must carry the nonce.
	 */
	enum tally_status (*check)(const struct tally_verifier_input *input, struct tally_ledger *ledger,
				   struct tally_statement *statement);
};

/* The kind of a member; NULL if it is none of these. */
const struct tally_manifest_kind *tally_manifest_kind_of(const struct tally_member *member);

/* One line for each kind. */
extern const struct tally_manifest_kind tally_manifest_ek_srk;
extern const struct tally_manifest_kind tally_manifest_svsm;
extern const struct tally_manifest_kind tally_manifest_azure;

#endif
