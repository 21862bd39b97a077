// SPDX-License-Identifier: BSD-2-Clause
/* Entries of rtmrs/: which name stands for which runtime register. */
#include "rtmr_entry.h"

#include <errno.h>

#include "number.h"

void tally_rtmr_entry_init(struct tally_rtmr_entry *entry)
{
	entry->reg = -1;
}

void tally_rtmr_entry_done(struct tally_rtmr_entry *entry, struct tally_rtmr_names *names)
{
	if (entry->reg >= 0)
		names->taken &= ~(UINT64_C(1) << entry->reg);
	entry->reg = -1;
}

int tally_rtmr_entry_bind(struct tally_rtmr_entry *entry, struct tally_rtmr_names *names, struct tally_bytes text)
{
	unsigned number;
	int reg;

	if (tally_number_read(text, &number) != 0)
		return -EINVAL;
	reg = tally_registers_find_number(names->registers, number);
	if (reg < 0)
		return -EINVAL;
	if (entry->reg >= 0 || names->taken >> reg & 1)
		return -EBUSY;
	entry->reg = reg;
	names->taken |= UINT64_C(1) << reg;
	return 0;
}

const struct tally_digest *tally_rtmr_bank(const struct tally_digests *digests)
{
	const struct tally_digest *largest = &digests->digest[0];

	for (size_t i = 1; i < digests->count; i++)
		if (tally_alg_size(digests->digest[i].alg) > tally_alg_size(largest->alg))
			largest = &digests->digest[i];
	return largest;
}
