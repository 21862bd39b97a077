/* SPDX-License-Identifier: BSD-2-Clause */
/* Where input is wrong: the first byte from which on nothing matters to a reader's refusal, in or right behind the fault. */
#ifndef TALLY_VERIFY_FAULT_H
#define TALLY_VERIFY_FAULT_H

#include "../core/status.h"
#include "collateral.h"

/*
 * "at byte 77 of 1184: reserved bytes are not zero"; "" for TALLY_OK. read: the reader of the whole input, which keeps nothing
 * here. Readers go from front to back and tell only what is wrong; the place is found by reading again, twice for
 * each bit of the input's size at most, with everything from a byte on changed; of bytes that are left, the first, by
 * reading less. Of input that is too large the size is told.
 */
const char *tally_fault_text(struct tally_arena *arena, enum tally_status (*read)(struct tally_bytes input),
			     struct tally_bytes input, enum tally_status status);

/* A certificate in DER, as one of those readers. */
TALLY_MUST_CHECK enum tally_status tally_fault_certificate(struct tally_bytes input);

/*
 * The same of certificates, of a list, and of a public key, in DER or PEM: "in the block at byte 1203 of 4096, decoded:
 * at byte 77 of 702: ...". "" if nothing is wrong.
 */
const char *tally_fault_certificates(struct tally_arena *arena, struct tally_bytes input);
const char *tally_fault_list(struct tally_arena *arena, struct tally_bytes input);
const char *tally_fault_spki(struct tally_arena *arena, struct tally_bytes input);

/* The same of an item that is a list or certificates, behind its origin: "ca.pem: in the block ...". */
const char *tally_fault_item(struct tally_arena *arena, const struct tally_collateral_item *item);

#endif
