/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries of rtmrs/: which name stands for which runtime register. Sans I/O. */
#ifndef TALLY_FACE_RTMR_ENTRY_H
#define TALLY_FACE_RTMR_ENTRY_H

#include "../core/registers.h"

/* The registers of one provider that have a name. Protected by the lock of its tree. */
struct tally_rtmr_names {
	const struct tally_register_set *registers;
	uint64_t taken; /* bit i: register i of the set */
};

struct tally_rtmr_entry {
	int reg; /* position in the set; -1: not bound yet */
};

void tally_rtmr_entry_init(struct tally_rtmr_entry *entry);

/* Its register can be bound again. */
void tally_rtmr_entry_done(struct tally_rtmr_entry *entry, struct tally_rtmr_names *names);

/*
 * A write to index. 0; -EINVAL for what is no number, or no runtime register's; -EBUSY if this entry, or another one
 * of that register, is bound.
 */
int tally_rtmr_entry_bind(struct tally_rtmr_entry *entry, struct tally_rtmr_names *names, struct tally_bytes text);

/* The bank that a client of one hash algorithm sees: the largest digest. */
const struct tally_digest *tally_rtmr_bank(const struct tally_digests *digests);

#endif
