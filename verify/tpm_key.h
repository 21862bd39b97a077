/* SPDX-License-Identifier: BSD-2-Clause */
/* The attestation key of a TPM: what it is, and why it is believed to live in one. spec: docs/verifier.md 4.1 */
#ifndef TALLY_VERIFY_TPM_KEY_H
#define TALLY_VERIFY_TPM_KEY_H

#include "../crypto/sign.h"
#include "../format/tpm_evidence.h"
#include "../format/tpm_public.h"
#include "../format/tpm_signature.h"
#include "policy_tpm.h"
#include "verifier.h"

/* Ended by tally_tpm_ak_done. */
struct tally_tpm_ak {
	struct tally_key *key; /* NULL: it can't be read */
	uint8_t fingerprint[TALLY_SPKI_SHA256_SIZE];
	bool has_area;
	struct tally_tpm_public area;
	uint8_t name[TALLY_TPM_NAME_LIMIT];
	size_t name_size;     /* 0: not known */
	bool is_of_paravisor; /* accepted because HCL's runtime data names it */
};

/* The key of a public area. As tally_key_from_rsa and tally_key_from_point. */
TALLY_MUST_CHECK enum tally_status tally_tpm_key_from_area(const struct tally_tpm_public *area, struct tally_key **ret);

/* The key that the evidence names; a finding if it can't be read, or if its attributes are not those of such a key. */
TALLY_MUST_CHECK enum tally_status tally_tpm_ak_read(const struct tally_tpm_evidence *evidence,
						     struct tally_ledger *ledger, const char *subject,
						     struct tally_tpm_ak *ret);
void tally_tpm_ak_done(struct tally_tpm_ak *ak);

/* The signature of the quote under the key: scheme, hash, and itself. */
TALLY_MUST_CHECK enum tally_status tally_tpm_ak_check(const struct tally_tpm_ak *ak,
						      const struct tally_tpm_signature *signature,
						      struct tally_bytes attest, struct tally_ledger *ledger,
						      const char *subject, bool *ret_holds);

/*
 * Why the key is believed: an earlier statement vouches for it, the policy pins it, a verifier has activated it, or
 * an authority has certified it. *ret_by stays NULL, with a finding, where nothing does.
 */
TALLY_MUST_CHECK enum tally_status tally_tpm_ak_accept(const struct tally_verifier_input *input,
						       struct tally_tpm_ak *ak, struct tally_ledger *ledger,
						       struct tally_statement *statement, const char **ret_by);

/* By certificate: tpm_certificate.c. *ret_by stays NULL if there is none, or none that holds. */
TALLY_MUST_CHECK enum tally_status tally_tpm_ak_certified(const struct tally_verifier_input *input,
							  const struct tally_tpm_ak *ak, struct tally_ledger *ledger,
							  struct tally_statement *statement, const char **ret_by);

#endif
