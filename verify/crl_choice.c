// SPDX-License-Identifier: BSD-2-Clause
/* The revocation list that counts, of several. */
#include "crl_choice.h"

/* Lists of one issuer: each costs a signature. */
#define LISTS_LIMIT 8

static bool is_better(const struct tally_crl_choice *choice, bool is_sound, const struct tally_crl *crl)
{
	if (!choice->is_found || choice->is_sound != is_sound)
		return !choice->is_found || is_sound;
	return crl->this_update > choice->crl.this_update;
}

enum tally_status tally_crl_choice_weigh(struct tally_crl_choice *choice, const struct tally_crl *crl,
					 const struct tally_certificate *issuer, int64_t time, struct tally_kept *kept)
{
	uint32_t faults = 0;
	enum tally_status status = tally_crl_check(crl, issuer, time, kept, &faults);

	if (status != TALLY_OK || !is_better(choice, faults == 0, crl))
		return status;
	choice->is_found = true;
	choice->is_sound = faults == 0;
	choice->crl = *crl;
	return TALLY_OK;
}

enum tally_status tally_crl_choose(const struct tally_collateral *collateral, const struct tally_certificate *issuer,
				   int64_t time, struct tally_kept *kept, struct tally_arena *arena,
				   struct tally_crl_choice *ret)
{
	const struct tally_collateral_item *item;
	enum tally_status status = TALLY_OK;
	size_t looked = 0;
	size_t at = collateral->count;

	while (status == TALLY_OK && looked < LISTS_LIMIT &&
	       (item = tally_collateral_previous(collateral, TALLY_COLLATERAL_CRL, &at))) {
		struct tally_crl crl;

		status = tally_crl_read_any(item->bytes, kept, arena, &crl);
		if (status == TALLY_NO_MEMORY)
			return status;
		if (status != TALLY_OK) {
			ret->unreadable = item->origin;
			status = TALLY_OK;
		} else if (tally_bytes_equal(crl.issuer, issuer->subject)) {
			looked++;
			status = tally_crl_choice_weigh(ret, &crl, issuer, time, kept);
		}
	}
	return status;
}
