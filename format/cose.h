/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* COSE_Sign1: a signed payload. spec: RFC 9052 4.2, 4.4 */
#ifndef TALLY_FORMAT_COSE_H
#define TALLY_FORMAT_COSE_H

#include "cbor.h"

#define TALLY_COSE_ES256 (-7)
#define TALLY_COSE_ES384 (-35)
#define TALLY_COSE_ES512 (-36)
#define TALLY_COSE_EDDSA (-8)

/* Borrows. Header parameters other than these are TALLY_UNSUPPORTED; the unprotected map must be empty. */
struct tally_cose_sign1 {
	struct tally_bytes protected_bytes; /* as signed */
	int64_t alg;
	struct tally_bytes content_type; /* text; none if absent */
	struct tally_bytes key_id;	 /* none if absent */
	struct tally_bytes payload;
	struct tally_bytes signature;
};

/*
 * Read a tagged (18) COSE_Sign1 in deterministic CBOR: alg is there, content type and key id are not empty
 * (TALLY_OUT_OF_RANGE), the payload is not detached. The algorithm is not judged.
 */
TALLY_MUST_CHECK enum tally_status tally_cose_read(struct tally_bytes input, struct tally_cose_sign1 *ret);

/*
 * Read a COSE_Sign1 of another encoder, with its tag (18) or without, as tally_cbor_check has it. alg must be
 * protected, and neither alg nor crit may stand in the unprotected header (TALLY_UNSUPPORTED); crit is refused where it
 * should be, too. Other header parameters are passed over: nothing that is signed depends on them.
 */
TALLY_MUST_CHECK enum tally_status tally_cose_read_foreign(struct tally_bytes input, struct tally_cose_sign1 *ret);

/* The protected header {1: alg, 3: content type, 4: key id}; the latter two are left out if empty. */
void tally_cose_write_protected(struct tally_writer *writer, int64_t alg, struct tally_bytes content_type,
				struct tally_bytes key_id);

/* What is signed: Sig_structure ["Signature1", protected, h'', payload]. */
void tally_cose_write_tbs(struct tally_writer *writer, struct tally_bytes protected_bytes, struct tally_bytes payload);

/* The whole message, tag 18. */
void tally_cose_write(struct tally_writer *writer, struct tally_bytes protected_bytes, struct tally_bytes payload,
		      struct tally_bytes signature);

#endif
