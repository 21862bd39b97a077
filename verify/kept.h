/* SPDX-License-Identifier: BSD-2-Clause */
/* What was read and verified once and need not be again: certificates, collateral, signatures, keys. */
#ifndef TALLY_VERIFY_KEPT_H
#define TALLY_VERIFY_KEPT_H

#include "../crypto/sign.h"
#include "arena.h"

/* Bounds of what outlives a judgement; what was used longest ago makes room. */
#define TALLY_KEPT_COUNT 256
#define TALLY_KEPT_SIZE ((size_t)4 * 1024 * 1024)

/*
 * A memory for one thread: it has no lock. Its key are the bytes themselves, all of them, which are compared and not
 * hashed. It knows what bytes say and which key signed them, and that alone: whom to trust, and what is in force at
 * the time of judgement, is asked anew each time.
 */
struct tally_kept;

/* NULL if there is no memory. */
struct tally_kept *tally_kept_new(void);
void tally_kept_free(struct tally_kept *kept);

/*
 * A memory for one judgement: it lives in the arena, and borrows the bytes that it is given, which must live as long.
 * Freed before the arena, because keys are not in it. NULL if there is no memory.
 */
struct tally_kept *tally_kept_for_one(struct tally_arena *arena);

/* A judgement begins: the memory is brought into its bounds, and what it gave out for the one before is not valid any more. */
void tally_kept_begin(struct tally_kept *kept);

/* From when to when something holds, both ends included: seconds since 1970. */
struct tally_period {
	int64_t from;
	int64_t until;
};

/* What a signature is made with; key is that of the signer and tells which curve. */
struct tally_signed_message {
	struct tally_bytes spki; /* of the signer */
	enum tally_signature_form form;
	uint16_t alg;
	size_t salt_size;
	struct tally_bytes message;
	struct tally_bytes signature;
};

/*
 * Check a signature, or remember that it was. It is kept for the time for which the caller vouches: outside of that
 * time it is verified again. period NULL: never kept. As tally_signature_check and tally_key_from_spki:
 * TALLY_CHECKSUM for one that is wrong.
 */
TALLY_MUST_CHECK enum tally_status tally_kept_check(struct tally_kept *kept, const struct tally_signed_message *what,
						    const struct tally_period *period, int64_t time);

/* The key of a SubjectPublicKeyInfo; it belongs to kept and lives until the next judgement. As tally_key_from_spki. */
TALLY_MUST_CHECK enum tally_status tally_kept_key(struct tally_kept *kept, struct tally_bytes spki,
						  const struct tally_key **ret);

/* How bytes are made into a value of size bytes, all set by read. They depend on each other alone: the same bytes, the same value. */
struct tally_kept_form {
	size_t size;
	enum tally_status (*read)(struct tally_bytes bytes, struct tally_arena *arena, void *ret);
};

/*
 * The value of bytes. It belongs to kept, as what it borrows does, and lives until the next judgement. kept NULL: it
 * lives in the arena, which may be NULL otherwise, and borrows from bytes. As form->read, and TALLY_NO_MEMORY, which the arena latches.
 */
TALLY_MUST_CHECK enum tally_status tally_kept_read(struct tally_kept *kept, const struct tally_kept_form *form,
						   struct tally_bytes bytes, struct tally_arena *arena,
						   const void **ret);

/* Signature checks that were made, and that were spared; what is held now. */
struct tally_kept_counts {
	uint64_t made;
	uint64_t spared;
	size_t count;
	size_t size;
};
struct tally_kept_counts tally_kept_counts(const struct tally_kept *kept);

#endif
