/* SPDX-License-Identifier: BSD-2-Clause */
/* Signed messages of COSE under a key that somebody vouches for: the key says which algorithm, the message must agree. */
#ifndef TALLY_VERIFY_COSE_H
#define TALLY_VERIFY_COSE_H

#include "../format/cose.h"
#include "kept.h"
#include "ledger.h"

/* The algorithm that a key of this kind signs with; 0 for none. */
int64_t tally_cose_algorithm(enum tally_key_kind kind);

/* What is said of one message. */
struct tally_cose_case {
	const char *subject;
	const char *rule; /* "the platform token is signed by ..." */
	enum tally_reason algorithm;
	enum tally_reason signature;
};

/* How a check came out; both false: nothing was looked at. */
struct tally_cose_result {
	int64_t alg; /* the key's; 0: it can't be read, or signs nothing */
	bool is_fitting;
	bool is_signed;
	enum tally_status fault; /* why it is not signed */
};

/*
 * Check a message under the key of a SubjectPublicKeyInfo, first its algorithm, then its signature. A key that
 * can't be read fits nothing. TALLY_NO_MEMORY, TALLY_CRYPTO: nothing was decided.
 */
TALLY_MUST_CHECK enum tally_status tally_cose_check(const struct tally_cose_sign1 *message, struct tally_bytes spki,
						    struct tally_kept *kept, struct tally_arena *arena,
						    struct tally_cose_result *ret);

/* Tell the ledger. Returns whether it holds. */
bool tally_cose_tell(const struct tally_cose_sign1 *message, const struct tally_cose_result *result,
		     const struct tally_cose_case *what, struct tally_ledger *ledger);

#endif
