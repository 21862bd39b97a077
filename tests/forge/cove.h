/* SPDX-License-Identifier: BSD-2-Clause */
/* CoVE evidence of the draft under keys of the forge, with at most one damage. */
#ifndef TALLY_TESTS_FORGE_COVE_H
#define TALLY_TESTS_FORGE_COVE_H

#include "cose.h"

struct forge_cove {
	bool has_certificate;
	struct forge_cose platform;
	struct forge_cose tsm;
	struct forge_cose tvm;
	struct forge_cose certificate;
	EVP_PKEY *named_by_platform; /* the TSM's key */
	EVP_PKEY *named_by_tsm;	     /* the key that signs for the TVM */
	int64_t tsm_curve;
	const char *profile;
	uint64_t state;
	const char *hash;
	size_t size; /* of measurements */
	uint64_t initial_index;
	uint64_t runtime_index;
	struct tally_bytes challenge;
	bool has_trailing;
	bool has_twice;
};

struct forge_cove forge_cove_sound(struct tally_bytes challenge);

/* Freed with free_bytes. */
struct tally_bytes forge_cove(const struct forge_cove *plan);

#endif
