/* SPDX-License-Identifier: BSD-2-Clause */
/* What a machine offers to measure with, by the files that show it. */
#ifndef TALLY_CLI_OFFER_H
#define TALLY_CLI_OFFER_H

#include "../core/bytes.h"

enum tally_offer_state { TALLY_OFFER_ABSENT, TALLY_OFFER_FORBIDDEN, TALLY_OFFER_PRESENT };

/* One file or device, and what it is for. */
struct tally_offer {
	const char *path;
	const char *what;
};

extern const struct tally_offer tally_offers[];
extern const size_t tally_offer_count;

/* Looks; opens nothing. */
enum tally_offer_state tally_offer_look(const struct tally_offer *offer);

/* "absent", "no permission", "present". */
const char *tally_offer_state_name(enum tally_offer_state state);

#endif
