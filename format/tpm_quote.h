/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A TPM's quote, as far as replay needs it. spec: TPM 2.0 part 2, 10.12 TPMS_ATTEST */
#ifndef TALLY_FORMAT_TPM_QUOTE_H
#define TALLY_FORMAT_TPM_QUOTE_H

#include "../core/cursor.h"
#include "../core/registers.h"

#define TALLY_PCR_SELECTION_LIMIT 16

struct tally_pcr_selection {
	uint16_t alg;
	uint32_t mask; /* bit n: PCR n; PCRs above 23 are TALLY_UNSUPPORTED */
};

struct tally_tpm_quote {
	struct tally_bytes qualified_signer;
	struct tally_bytes extra_data; /* qualifyingData: the nonce */
	uint64_t clock;
	uint32_t reset_count;
	uint32_t restart_count;
	bool is_safe;
	uint64_t firmware_version;
	size_t selection_count;
	struct tally_pcr_selection selection[TALLY_PCR_SELECTION_LIMIT]; /* no bank twice */
	struct tally_bytes pcr_digest;
};

/* Magic and type must be right (TALLY_UNSUPPORTED); trailing bytes are refused. A TPM2B size before it is not accepted. */
TALLY_MUST_CHECK enum tally_status tally_tpm_quote_read(struct tally_bytes attest, struct tally_tpm_quote *ret);

/*
 * Give each selected PCR its value out of values, the raw concatenation in the order of the
 * selection (banks as listed, PCRs ascending). ret_value[pcr] gets a digest per selected bank.
 * TALLY_TRUNCATED or TALLY_TRAILING if the sizes don't fit; TALLY_CHECKSUM if no hash algorithm of
 * the pcr_digest's size gives pcr_digest over values.
 */
TALLY_MUST_CHECK enum tally_status tally_tpm_quote_values(const struct tally_tpm_quote *quote,
							  struct tally_bytes values,
							  struct tally_digests ret_value[TALLY_PCR_COUNT]);

#endif
