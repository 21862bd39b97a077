/* SPDX-License-Identifier: BSD-2-Clause */
/* CCA tokens of both forms and all profiles, under keys of the forge, with at most one damage. */
#ifndef TALLY_TESTS_FORGE_CCA_H
#define TALLY_TESTS_FORGE_CCA_H

#include "cose.h"

#define FORGE_CCA_LEGACY "http://arm.com/CCA-SSD/1.0.0"
#define FORGE_CCA_PLATFORM "tag:arm.com,2023:cca_platform#1.0.0"
#define FORGE_CCA_REALM "tag:arm.com,2023:realm#1.0.0"
#define FORGE_CCA_REALM_2024 "tag:arm.com,2024:realm#2.0.0"

struct forge_cca {
	bool is_collection; /* tag 907 */
	uint64_t tag;	    /* 0: that of the form */
	bool has_third;
	bool has_trailing;
	bool is_swapped; /* each token in the other's place */
	/* the platform token */
	struct forge_cose platform;
	const char *platform_profile;
	uint16_t lifecycle;
	const char *platform_hash;
	size_t measurement_size;    /* of the components */
	const char *component_hash; /* NULL: the platform's */
	uint8_t component_byte;	    /* the measurement's bytes */
	uint8_t signer_byte;
	bool has_second_component; /* of type "M1" */
	bool has_unknown_claim;
	bool has_claim_twice;
	bool lacks_claim;
	uint8_t instance_kind;	   /* 1 */
	bool has_other_key_hash;   /* the realm's key is another than the platform saw */
	bool is_hash_of_reencoded; /* the hash is made over the key's value encoded anew, not over the claim's bytes */
	/* the realm token */
	struct forge_cose realm;
	const char *realm_profile; /* NULL: none */
	EVP_PKEY *realm_key;	   /* that the claim names */
	int64_t key_curve;
	int64_t key_alg;
	bool has_key_off_curve;
	bool is_point; /* a bare point, as without a profile */
	const char *realm_hash;
	const char *key_hash;
	size_t rim_size;
	size_t rem_size;
	struct tally_bytes challenge; /* 64 */
	const uint8_t (*rem)[64];     /* values; NULL: zeros but for rem0 */
	bool has_2024_claims;
	bool has_indefinite_maps;
};

/* A sound one. */
struct forge_cca forge_cca_sound(struct tally_bytes challenge);

/* The token; freed with free_bytes. */
struct tally_bytes forge_cca(const struct forge_cca *plan);

/* Values that sound tokens have. */
extern const uint8_t forge_cca_implementation[32];
extern const uint8_t forge_cca_instance[33];

/*
 * An endorsement of this key for the platform above, with its firmware, of this version (NULL: of any). not_after 0:
 * for ever. Freed with free_bytes.
 */
struct tally_bytes forge_corim(EVP_PKEY *key, int64_t not_before, int64_t not_after, uint8_t instance_byte,
			       const char *version);

#endif
