/* SPDX-License-Identifier: BSD-2-Clause */
/* Several revocation lists of one issuer: evidence can bring an older one that is still in force, beside the caller's. */
#ifndef TALLY_VERIFY_CRL_CHOICE_H
#define TALLY_VERIFY_CRL_CHOICE_H

#include "chain.h"
#include "collateral.h"

/* The best so far: one without a fault before others, the newest among those. Begins with zeros. */
struct tally_crl_choice {
	bool is_found;
	bool is_sound;
	struct tally_crl crl;
	const struct tally_collateral_item *unreadable; /* a list that can't be read; NULL: there is none */
};

/* Is this one better? A status other than TALLY_OK means that nothing was decided. */
TALLY_MUST_CHECK enum tally_status tally_crl_choice_weigh(struct tally_crl_choice *choice, const struct tally_crl *crl,
							  const struct tally_certificate *issuer, int64_t time,
							  struct tally_kept *kept);

/* The best list of the issuer, of the last 8 in the collateral: the caller's stand behind the evidence's. */
TALLY_MUST_CHECK enum tally_status tally_crl_choose(const struct tally_collateral *collateral,
						    const struct tally_certificate *issuer, int64_t time,
						    struct tally_kept *kept, struct tally_arena *arena,
						    struct tally_crl_choice *ret);

#endif
