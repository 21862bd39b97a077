/* SPDX-License-Identifier: BSD-2-Clause */
/* The section "soft" of a policy: which keys of software are trusted. */
#ifndef TALLY_VERIFY_POLICY_SOFT_H
#define TALLY_VERIFY_POLICY_SOFT_H

#include "policy_value.h"

struct tally_soft_policy {
	size_t key_count;
	const uint8_t (*key)[32]; /* SHA-256 of the SPKI of each key that is trusted */
};

/* *ret is a struct tally_soft_policy. */
void tally_policy_read_soft(struct tally_policy_reader *reader, json_t *json, void *ret);

#endif
