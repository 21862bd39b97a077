// SPDX-License-Identifier: BSD-2-Clause
/* The revocation list that counts, of several. */
#include "crl_choice.h"

/* Lists of one issuer: each costs a signature. */
#define LISTS_LIMIT 8

/* Integers of DER, not negative and without needless zeros; none is less than any. */
static bool is_greater(struct tally_bytes a, struct tally_bytes b)
{
	return a.size == b.size ? a.size && memcmp(a.data, b.data, a.size) > 0 : a.size > b.size;
}

/* By time, which every list has; within a second by number, which some lack. */
static bool is_newer(const struct tally_crl *a, const struct tally_crl *b)
{
	return a->this_update == b->this_update ? is_greater(a->number, b->number) : a->this_update > b->this_update;
}

static bool is_better(const struct tally_crl_choice *choice, bool is_sound, const struct tally_crl *crl)
{
	if (!choice->is_found || choice->is_sound != is_sound)
		return !choice->is_found || is_sound;
	return is_newer(crl, &choice->crl);
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
			ret->unreadable = item;
			status = TALLY_OK;
		} else if (tally_bytes_equal(crl.issuer, issuer->subject)) {
			looked++;
			status = tally_crl_choice_weigh(ret, &crl, issuer, time, kept);
		}
	}
	return status;
}
