/* SPDX-License-Identifier: BSD-2-Clause */
/* Where input is wrong: the first byte from which on nothing matters to a reader's refusal, in or right behind the fault. */
#ifndef TALLY_VERIFY_FAULT_H
#define TALLY_VERIFY_FAULT_H

#include "../core/status.h"
#include "arena.h"

/*
 * "at byte 77 of 1184: reserved bytes are not zero"; "" for TALLY_OK. read: the reader of the whole input, which keeps nothing
 * here. Readers go from front to back and tell only what is wrong; the place is found by reading again, twice for
 * each bit of the input's size at most, with everything from a byte on changed. Of input that is too large the size is told.
 */
const char *tally_fault_text(struct tally_arena *arena, enum tally_status (*read)(struct tally_bytes input),
			     struct tally_bytes input, enum tally_status status);

/* A certificate in DER, as one of those readers. */
TALLY_MUST_CHECK enum tally_status tally_fault_certificate(struct tally_bytes input);

#endif
