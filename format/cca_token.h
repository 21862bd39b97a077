/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A CCA attestation token: what the platform and what the realm's monitor sign. spec: draft-ffm-rats-cca-token; RMM A7.2 */
#ifndef TALLY_FORMAT_CCA_TOKEN_H
#define TALLY_FORMAT_CCA_TOKEN_H

#include "cose.h"
#include "cose_key.h"

#define TALLY_CCA_REM_COUNT 4
#define TALLY_CCA_COMPONENT_LIMIT 64
#define TALLY_CCA_TOKEN_LIMIT (64 * 1024)
#define TALLY_CCA_CHALLENGE_SIZE 64

/* How the two tokens are held together. */
enum tally_cca_form {
	TALLY_CCA_FORM_399 = 1, /* tag 399, a map of two tokens: RMM 1.0 */
	TALLY_CCA_FORM_CMW	/* tag 907, a collection of two messages: RMM since 2024 */
};

/* One piece of the platform's firmware. Borrows; what may be absent has size 0. */
struct tally_cca_component {
	struct tally_bytes type;	/* text, may be absent */
	struct tally_bytes measurement; /* 32, 48 or 64 */
	struct tally_bytes version;	/* text, may be absent */
	struct tally_bytes signer_id;	/* 32, 48 or 64 */
	struct tally_bytes hash_alg;	/* text, may be absent: that of the platform */
};

/* Claims that are none of ours. */
struct tally_cca_unknown {
	size_t count;
	struct tally_bytes first; /* key of the first of them, as encoded */
};

struct tally_cca_platform {
	struct tally_cose_sign1 cose;
	struct tally_bytes profile;	      /* text */
	struct tally_bytes challenge;	      /* 32, 48 or 64: the hash of the realm's key */
	struct tally_bytes implementation_id; /* 32 */
	struct tally_bytes instance_id;	      /* 33, begins with 01 */
	struct tally_bytes config;
	bool has_lifecycle; /* always, once it was read */
	uint16_t lifecycle;
	struct tally_bytes hash_alg;		 /* text */
	struct tally_bytes verification_service; /* text, may be absent */
	size_t component_count;
	struct tally_cca_component component[TALLY_CCA_COMPONENT_LIMIT];
	struct tally_cca_unknown unknown;
};

struct tally_cca_realm {
	struct tally_cose_sign1 cose;
	struct tally_bytes profile;	 /* text; absent before 2023 */
	struct tally_bytes challenge;	 /* 64 */
	struct tally_bytes rpv;		 /* 64: realm personalization value */
	struct tally_bytes hash_alg;	 /* text: of RIM and REMs */
	struct tally_bytes key_bytes;	 /* what the platform's challenge is the hash of */
	struct tally_bytes key_hash_alg; /* text */
	struct tally_cose_key key;
	struct tally_bytes rim; /* 32, 48 or 64 */
	struct tally_bytes rem[TALLY_CCA_REM_COUNT];
	struct tally_bytes instance_id; /* may be absent */
	bool has_mec_policy;
	uint64_t mec_policy;
	struct tally_cca_unknown unknown;
};

struct tally_cca_token {
	enum tally_cca_form form;
	struct tally_cca_platform platform;
	struct tally_cca_realm realm;
};

/*
 * Read a token with both of its messages and their claims; what the claims say is not judged. TALLY_UNSUPPORTED for
 * another tag; TALLY_NOT_FOUND if a token or claim is missing; TALLY_OUT_OF_RANGE for a claim of a size that it can't
 * have; TALLY_TOO_LARGE; otherwise as tally_cose_read_foreign.
 */
TALLY_MUST_CHECK enum tally_status tally_cca_token_read(struct tally_bytes input, struct tally_cca_token *ret);

/* The claims of one token by themselves. */
TALLY_MUST_CHECK enum tally_status tally_cca_platform_read(struct tally_bytes payload, struct tally_cca_platform *ret);
TALLY_MUST_CHECK enum tally_status tally_cca_realm_read(struct tally_bytes payload, struct tally_cca_realm *ret);

#endif
