/* SPDX-License-Identifier: BSD-2-Clause */
/* Attestation documents of a test PKI that looks like AWS's: five levels, P-384, with at most one damage. */
#ifndef TALLY_TESTS_FORGE_NSM_H
#define TALLY_TESTS_FORGE_NSM_H

#include "cose.h"

#define FORGE_NSM_LEVELS 5 /* leaf, instance, zone, region, root */
#define FORGE_NSM_EXTRA 5  /* more authorities than a chain may have */

struct forge_nsm {
	struct forge_cose cose; /* key: forge_nsm_key(0) */
	/* the payload */
	const char *module_id;
	uint64_t timestamp;
	uint32_t pcr_mask;  /* PCRs that are in it */
	uint32_t zero_mask; /* those of them that are zero */
	const char *digest;
	struct tally_bytes public_key; /* size 0: null */
	struct tally_bytes user_data;
	struct tally_bytes nonce;
	bool is_definite;   /* AWS's are not */
	bool leaves_out;    /* null fields are left out */
	const char *twice;  /* a field that stands twice */
	bool is_wide_twice; /* the second time with a longer head */
	const char *other;  /* a field that nobody knows */
	bool is_nitrotpm;
	/* the chain */
	const char *leaf_name;
	size_t place; /* of damage, 0: the leaf */
	enum forge_damage damage;
	size_t key_place; /* a certificate with a key of another kind */
	enum forge_key_kind key_kind;
	bool has_key_kind;
	bool leaf_is_ca;
	uint16_t leaf_usage; /* FORGE_USAGE_SIGN */
	int path_limit[FORGE_NSM_LEVELS];
	size_t extra; /* authorities between instance and leaf that should not be there */
	bool has_swapped_bundle;
	bool has_no_root;
	bool is_short;		 /* the root signs the leaf: for tests that can't wait */
	struct tally_bytes root; /* size 0: made by the plan */
	/* around */
	bool is_response;
	bool has_trailing;
};

/* A sound one. */
struct forge_nsm forge_nsm_sound(void);

/* The document; freed with free_bytes. */
struct tally_bytes forge_nsm(const struct forge_nsm *plan);

/* The root's certificate, with its damage; freed with free_bytes. */
struct tally_bytes forge_nsm_root(const struct forge_nsm *plan);

/* The value of a PCR that is not zero: 48 bytes. */
struct tally_bytes forge_nsm_pcr(unsigned pcr);

#endif
