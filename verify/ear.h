/* SPDX-License-Identifier: BSD-2-Clause */
/* A verdict for other services: an EAT Attestation Result, signed. spec: draft-ietf-rats-ear; AR4SI */
#ifndef TALLY_VERIFY_EAR_H
#define TALLY_VERIFY_EAR_H

#include "../crypto/sign.h"
#include "verdict.h"

enum tally_ear_profile {
	TALLY_EAR_VERAISON = 1, /* tag:github.com,2023:veraison/ear */
	TALLY_EAR_IETF		/* tag:ietf.org,2026:rats/ear#03 */
};

/* "veraison", "ietf"; 0 for another text. */
enum tally_ear_profile tally_ear_profile_from_name(const char *name);

/*
 * A JWT, signed with ES384; the key is a private P-384 key. issued: seconds since 1970. *ret is freed with free().
 * TALLY_INVALID for another kind of key, TALLY_NO_MEMORY, TALLY_CRYPTO.
 */
TALLY_MUST_CHECK enum tally_status tally_verdict_to_ear(const struct tally_verdict *verdict,
							enum tally_ear_profile profile, const struct tally_key *key,
							int64_t issued, char **ret);

/* One member's trustworthiness. spec: AR4SI 2.3 */
struct tally_trust_vector {
	int8_t instance_identity;
	int8_t configuration;
	int8_t executables;
	int8_t file_system;
	int8_t hardware;
	int8_t runtime_opaque;
	int8_t storage_opaque;
	int8_t sourced_data;
};

/* AR4SI's values for a member of the verdict. spec: docs/verifier.md 7 */
struct tally_trust_vector tally_trust_vector(const struct tally_verdict *verdict,
					     const struct tally_verdict_member *member);

/* "none", "affirming", "warning", "contraindicated": the worst of them, and what the verdict allows. */
const char *tally_trust_status(const struct tally_verdict *verdict, const struct tally_verdict_member *member);

#endif
