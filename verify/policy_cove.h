/* SPDX-License-Identifier: BSD-2-Clause */
/* The section "cove" of a policy: which platforms are trusted. */
#ifndef TALLY_VERIFY_POLICY_COVE_H
#define TALLY_VERIFY_POLICY_COVE_H

#include "policy_value.h"

struct tally_cove_policy {
	size_t key_count;
	const uint8_t (*key)[32]; /* SHA-256 of the SPKI of each platform key that is trusted */
};

/* *ret is a struct tally_cove_policy. */
void tally_policy_read_cove(struct tally_policy_reader *reader, json_t *json, void *ret);

#endif
