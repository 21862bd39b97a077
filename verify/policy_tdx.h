/* SPDX-License-Identifier: BSD-2-Clause */
/* The section "tdx" of a policy: how good a platform must be. */
#ifndef TALLY_VERIFY_POLICY_TDX_H
#define TALLY_VERIFY_POLICY_TDX_H

#include "policy_value.h"
#include "tdx_level.h"

struct tally_tdx_policy {
	uint32_t statuses; /* bit n: enum tally_tdx_verdict n is accepted; 0: UpToDate alone */
	bool has_advisories;
	size_t advisory_count;
	const struct tally_bytes *advisory; /* those that may apply */
	uint64_t evaluation_number;	    /* the least */
	uint64_t pck_crl_number;
	uint64_t root_crl_number;
	bool has_xfam;
	uint64_t xfam; /* bits that may be set */
};

/* *ret is a struct tally_tdx_policy. */
void tally_policy_read_tdx(struct tally_policy_reader *reader, json_t *json, void *ret);

#endif
