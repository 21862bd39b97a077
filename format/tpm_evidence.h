/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A TPM's side of evidence: the members tpm-quote and tpm-pcrs. spec: docs/formats/bundle.md 5 */
#ifndef TALLY_FORMAT_TPM_EVIDENCE_H
#define TALLY_FORMAT_TPM_EVIDENCE_H

#include "cbor.h"
#include "tpm_quote.h"

/* Borrowed. Either public_area or spki says which key signed. */
struct tally_tpm_evidence {
	struct tally_bytes attest;	/* TPMS_ATTEST */
	struct tally_bytes signature;	/* TPMT_SIGNATURE */
	struct tally_bytes public_area; /* TPMT_PUBLIC; size 0: not known */
	struct tally_bytes spki;	/* SubjectPublicKeyInfo in DER; size 0: public_area has it */
};

/* Deterministic CBOR. TALLY_UNSUPPORTED for another version, TALLY_OUT_OF_RANGE for an empty member, TALLY_DISORDER. */
TALLY_MUST_CHECK enum tally_status tally_tpm_evidence_read(struct tally_bytes input, struct tally_tpm_evidence *ret);
void tally_tpm_evidence_write(struct tally_writer *writer, const struct tally_tpm_evidence *evidence);

/* Values of PCRs, one digest for each bank. */
struct tally_tpm_pcrs {
	struct tally_digests value[TALLY_PCR_COUNT];
};

/* TALLY_UNKNOWN_ALGORITHM, TALLY_DIGEST_SIZE, TALLY_OUT_OF_RANGE for a PCR above 23 or an empty map, TALLY_DISORDER, TALLY_DUPLICATE. */
TALLY_MUST_CHECK enum tally_status tally_tpm_pcrs_read(struct tally_bytes input, struct tally_tpm_pcrs *ret);
void tally_tpm_pcrs_write(struct tally_writer *writer, const struct tally_tpm_pcrs *pcrs);

/*
 * The values that a quote selects, as it hashes them, into room; *ret borrows from it. TALLY_NO_SPACE;
 * TALLY_BANK_SET if the values are not exactly those that are selected.
 */
#define TALLY_TPM_VALUES_ROOM (TALLY_PCR_COUNT * TALLY_BANK_LIMIT * TALLY_DIGEST_LIMIT)
TALLY_MUST_CHECK enum tally_status tally_tpm_pcrs_select(const struct tally_tpm_pcrs *pcrs,
							 const struct tally_tpm_quote *quote, struct tally_span room,
							 struct tally_bytes *ret);

#endif
