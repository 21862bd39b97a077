/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Proof that a TPM holds both an EK and an AK: what a verifier remembers of a challenge, and the record of its success. */
#ifndef TALLY_FORMAT_AK_BINDING_H
#define TALLY_FORMAT_AK_BINDING_H

#include "../core/cursor.h"
#include "../core/writer.h"

#define TALLY_AK_BINDING_VERSION 1
#define TALLY_AK_SECRET_HASH_SIZE 32 /* SHA-256 */

/* Room that either message always fits in: names, a key and a signature are of bounded size. */
#define TALLY_AK_BINDING_ROOM 1024

/* An AK that was activated, by name. Borrowed. This is what a verifier signs: spec: docs/formats/ak-binding.md */
struct tally_ak_binding {
	struct tally_bytes ek_name;
	struct tally_bytes ak_name;
	uint64_t time;		     /* of acceptance, seconds since 1970 */
	struct tally_bytes key_spki; /* of the verifier that signs: SubjectPublicKeyInfo */
};

/*
 * Either is deterministic CBOR. TALLY_UNSUPPORTED for another version, TALLY_OUT_OF_RANGE for a name that no TPM
 * gives (an algorithm and its digest), or an empty key.
 */
TALLY_MUST_CHECK enum tally_status tally_ak_binding_read(struct tally_bytes payload, struct tally_ak_binding *ret);
void tally_ak_binding_write(struct tally_writer *writer, const struct tally_ak_binding *binding);

/* A challenge that nobody has answered yet. The secret itself is not kept: its hash tells the right answer, too. */
struct tally_ak_challenge {
	struct tally_bytes ek_name;
	struct tally_bytes ak_name;
	uint64_t time; /* when it was made */
	uint8_t secret_hash[TALLY_AK_SECRET_HASH_SIZE];
};

TALLY_MUST_CHECK enum tally_status tally_ak_challenge_read(struct tally_bytes bytes, struct tally_ak_challenge *ret);
void tally_ak_challenge_write(struct tally_writer *writer, const struct tally_ak_challenge *challenge);

/* What the guest gets: a credential as tpm2_makecredential writes it. Borrowed. */
struct tally_tpm_credential {
	struct tally_bytes blob;   /* TPMS_ID_OBJECT */
	struct tally_bytes secret; /* TPM2B_ENCRYPTED_SECRET's content */
};

/* TALLY_UNSUPPORTED for another kind of file. */
TALLY_MUST_CHECK enum tally_status tally_tpm_credential_read(struct tally_bytes bytes,
							     struct tally_tpm_credential *ret);
void tally_tpm_credential_write(struct tally_writer *writer, const struct tally_tpm_credential *credential);

#endif
