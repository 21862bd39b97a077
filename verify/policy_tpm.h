/* SPDX-License-Identifier: BSD-2-Clause */
/* The section "tpm" of a policy: which attestation keys are accepted, and which PCRs a quote must have. */
#ifndef TALLY_VERIFY_POLICY_TPM_H
#define TALLY_VERIFY_POLICY_TPM_H

#include "../format/tpm_quote.h"
#include "policy_value.h"

struct tally_tpm_policy {
	size_t key_count;
	const uint8_t (*key)[32]; /* SHA-256 of the SPKI of each attestation key that is pinned */
	size_t root_count;
	const uint8_t (*root)[32]; /* SHA-256 of each root certificate under which attestation keys are certified */
	size_t binder_count;
	const uint8_t (*binder)[32]; /* SHA-256 of the SPKI of each verifier whose activations are believed */
	uint64_t binding_max_age;    /* seconds; 0: for ever */
	size_t selection_count;	     /* 0: the PCRs that the policy rules, in any bank */
	struct tally_pcr_selection selection[TALLY_BANK_LIMIT];
};

/* *ret is a struct tally_tpm_policy. */
void tally_policy_read_tpm(struct tally_policy_reader *reader, json_t *json, void *ret);

#endif
