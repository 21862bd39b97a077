/* SPDX-License-Identifier: BSD-2-Clause */
/* What was verified once and need not be again: signatures of CA certificates and collateral, and keys. */
#ifndef TALLY_VERIFY_KEPT_H
#define TALLY_VERIFY_KEPT_H

#include "../crypto/sign.h"

/* Bounds of what is kept; the oldest makes room. */
#define TALLY_KEPT_SIGNATURES 128
#define TALLY_KEPT_KEYS 32

/*
 * A memory for one thread: it has no lock. A signature is kept by everything that its check depends on (key, scheme,
 * message, signature) and for the time for which the caller vouches; outside of that time it is verified again.
 */
struct tally_kept;

/* NULL if there is no memory. */
struct tally_kept *tally_kept_new(void);
void tally_kept_free(struct tally_kept *kept);

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
 * Check a signature, or remember that it was. period NULL: never kept. As tally_signature_check and
 * tally_key_from_spki: TALLY_CHECKSUM for one that is wrong.
 */
TALLY_MUST_CHECK enum tally_status tally_kept_check(struct tally_kept *kept, const struct tally_signed_message *what,
						    const struct tally_period *period, int64_t time);

/* The key of a SubjectPublicKeyInfo; it belongs to kept and lives until the next call. As tally_key_from_spki. */
TALLY_MUST_CHECK enum tally_status tally_kept_key(struct tally_kept *kept, struct tally_bytes spki,
						  const struct tally_key **ret);

/* Signature checks that were made, and that were spared. */
struct tally_kept_counts {
	uint64_t made;
	uint64_t spared;
};
struct tally_kept_counts tally_kept_counts(const struct tally_kept *kept);

#endif
