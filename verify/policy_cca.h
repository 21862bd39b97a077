/* SPDX-License-Identifier: BSD-2-Clause */
/* The section "cca" of a policy: which platforms are trusted, and with which firmware. */
#ifndef TALLY_VERIFY_POLICY_CCA_H
#define TALLY_VERIFY_POLICY_CCA_H

#include "policy_value.h"

/* A piece of firmware; what has size 0 may be anything. */
struct tally_cca_reference {
	struct tally_bytes type;
	struct tally_bytes measurement;
	struct tally_bytes signer_id;
	struct tally_bytes version;
};

struct tally_cca_policy {
	size_t key_count;
	const uint8_t (*key)[32]; /* SHA-256 of the SPKI of each platform key that is trusted */
	size_t endorsement_count;
	const uint8_t (*endorsement)[32]; /* SHA-256 of each CoRIM that is trusted */
	size_t component_count;
	const struct tally_cca_reference *component;
	bool is_padded; /* the monitor pads what it extends REMs with to 64 bytes */
};

/* *ret is a struct tally_cca_policy. */
void tally_policy_read_cca(struct tally_policy_reader *reader, json_t *json, void *ret);

#endif
