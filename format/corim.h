/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Endorsements of CCA platforms: the unsigned CoRIMs of Arm's two profiles. spec: draft-ietf-rats-corim; draft-ydb-rats-cca-endorsements */
#ifndef TALLY_FORMAT_CORIM_H
#define TALLY_FORMAT_CORIM_H

#include "../core/cursor.h"

#define TALLY_CORIM_KEY_LIMIT 16
#define TALLY_CORIM_COMPONENT_LIMIT 64
#define TALLY_CORIM_LIMIT (256 * 1024)

/* Whose key it is. */
struct tally_corim_key {
	struct tally_bytes implementation_id; /* 32 */
	struct tally_bytes instance_id;	      /* 33 */
	struct tally_bytes pem;
};

/* A piece of firmware that a kind of platform may have; what is absent has size 0. */
struct tally_corim_component {
	struct tally_bytes implementation_id;
	struct tally_bytes type;
	struct tally_bytes version;
	struct tally_bytes signer_id;
	struct tally_bytes measurement; /* as long as the hash that it names */
};

/* Borrows. Values of a platform's configuration are checked for their form and passed over: a policy rules them. */
struct tally_corim {
	bool has_not_before;
	int64_t not_before; /* seconds since 1970 */
	bool has_not_after;
	int64_t not_after;
	size_t key_count;
	struct tally_corim_key key[TALLY_CORIM_KEY_LIMIT];
	size_t component_count;
	struct tally_corim_component component[TALLY_CORIM_COMPONENT_LIMIT];
};

/*
 * Read one. TALLY_UNSUPPORTED for a signed one, another profile, and whatever the profiles do not have;
 * TALLY_NOT_FOUND if something is missing; TALLY_TOO_LARGE; otherwise as tally_cbor_check.
 */
TALLY_MUST_CHECK enum tally_status tally_corim_read(struct tally_bytes input, struct tally_corim *ret);

#endif
