/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of activated attestation keys, COSE_Sign1 by a verifier: made after an activation, checked ever after. */
#ifndef TALLY_VERIFY_AK_BINDING_H
#define TALLY_VERIFY_AK_BINDING_H

#include "../core/writer.h"
#include "../crypto/sign.h"
#include "../format/ak_binding.h"
#include "ledger.h"

/* Sign a record; its key_spki is filled in. As tally_sign_es384, and TALLY_NO_SPACE. */
TALLY_MUST_CHECK enum tally_status tally_ak_binding_sign(const struct tally_key *key,
							 const struct tally_ak_binding *binding,
							 struct tally_writer *record);

/* Whose records are believed, and for how long. */
struct tally_ak_trust {
	size_t key_count;
	const uint8_t (*key)[TALLY_SPKI_SHA256_SIZE]; /* SHA-256 of the signers' SPKI */
	int64_t time;				      /* of judgement */
	uint64_t max_age;			      /* seconds; 0: for ever */
};

/*
 * Judge a record: its form, its signature, whose it is, and when it was made. Rules and findings go into the ledger
 * under subject. *ret borrows from record and is set if it could be read; *ret_holds: all of it holds. A status other
 * than TALLY_OK means that nothing was decided.
 */
TALLY_MUST_CHECK enum tally_status tally_ak_binding_judge(struct tally_bytes record, const struct tally_ak_trust *trust,
							  struct tally_ledger *ledger, const char *subject,
							  struct tally_ak_binding *ret, bool *ret_holds);

#endif
