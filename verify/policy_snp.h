/* SPDX-License-Identifier: BSD-2-Clause */
/* The section "snp" of a policy: how old a platform's firmware may be. */
#ifndef TALLY_VERIFY_POLICY_SNP_H
#define TALLY_VERIFY_POLICY_SNP_H

#include "../format/snp_report.h"
#include "policy_value.h"

/* The least that a TCB version must be, by enum tally_snp_product. */
struct tally_snp_minimum {
	bool is_set[TALLY_SNP_TURIN + 1];
	struct tally_snp_tcb tcb[TALLY_SNP_TURIN + 1];
};

struct tally_snp_policy {
	struct tally_snp_minimum reported;  /* what the signing key proves */
	struct tally_snp_minimum committed; /* what the platform can't fall back behind */
	struct tally_snp_minimum launch;    /* when the guest was started */
	uint64_t minimum_crl_number;	    /* 0: any */
};

/* *ret is a struct tally_snp_policy. */
void tally_policy_read_snp(struct tally_policy_reader *reader, json_t *json, void *ret);

#endif
