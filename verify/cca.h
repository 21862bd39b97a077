/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of one judgement of a CCA token. */
#ifndef TALLY_VERIFY_CCA_H
#define TALLY_VERIFY_CCA_H

#include "../format/cca_token.h"
#include "kept.h"
#include "policy_cca.h"
#include "verifier.h"

#define TALLY_CCA_SUBJECT "cca"
#define TALLY_CCA_SUBJECT_PLATFORM "cca.platform-token"
#define TALLY_CCA_SUBJECT_REALM "cca.realm-token"

/* A key that could be the platform's. */
struct tally_cca_candidate {
	struct tally_bytes spki;
	const char *origin; /* in words, for the verdict */
	bool is_trusted;
	bool is_test;
	bool is_endorsed; /* an endorsement says that it is this platform's */
	uint8_t pin[TALLY_SPKI_SHA256_SIZE];
};

/* Everything about one token. */
struct tally_cca_case {
	const struct tally_verifier_input *input;
	const struct tally_cca_policy *policy; /* never NULL */
	struct tally_kept *kept;
	struct tally_ledger *ledger;
	struct tally_statement *statement;
	struct tally_cca_token token;
	struct tally_vector candidates;			/* struct tally_cca_candidate */
	struct tally_vector references;			/* struct tally_cca_reference */
	const struct tally_cca_candidate *platform_key; /* the one whose signature the platform token has */
	bool is_platform_signed;			/* by a key that is trusted */
	bool is_realm_signed;				/* by the key that the platform token names */
};

/* The algorithm of a name such as "sha-256"; 0 for one that is not of SHA-2, or shorter than 256 bits. */
uint16_t tally_cca_hash(struct tally_bytes name);

/* The key is a sample of TF-A's, whose private half anybody can read. */
bool tally_cca_key_is_denied(const uint8_t pin[TALLY_SPKI_SHA256_SIZE]);

/* cca_key.c: find keys in collateral and roots, and check the platform token with them. */
TALLY_MUST_CHECK enum tally_status tally_cca_judge_platform(struct tally_cca_case *cca);

/* cca_realm.c: the realm's key, what the platform token says of it, and the signature of the realm token. */
TALLY_MUST_CHECK enum tally_status tally_cca_judge_realm(struct tally_cca_case *cca);

/* cca_platform.c: profiles, lifecycle, lengths, and firmware. */
void tally_cca_judge_claims(struct tally_cca_case *cca);

/* cca_endorsement.c: keys and references of the CoRIMs that the policy names. */
TALLY_MUST_CHECK enum tally_status tally_cca_read_endorsements(struct tally_cca_case *cca);

/* A candidate, at most so many. */
#define TALLY_CCA_CANDIDATE_LIMIT 16
TALLY_MUST_CHECK enum tally_status tally_cca_add_candidate(struct tally_cca_case *cca,
							   const struct tally_cca_candidate *candidate);

#endif
