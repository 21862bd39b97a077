/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an AWS Nitro security module signs: an attestation document. spec: AWS Nitro Enclaves, attestation_process.md 3 */
#ifndef TALLY_FORMAT_NSM_DOCUMENT_H
#define TALLY_FORMAT_NSM_DOCUMENT_H

#include "cose.h"

#define TALLY_NSM_PCR_COUNT 32
#define TALLY_NSM_PCR_SIZE 48
#define TALLY_NSM_BUNDLE_LIMIT 10
#define TALLY_NSM_DOCUMENT_LIMIT (16 * 1024)

/* Borrows. */
struct tally_nsm_document {
	struct tally_cose_sign1 cose;
	struct tally_bytes module_id; /* text */
	uint64_t timestamp;	      /* milliseconds since 1970, not 0 */
	uint32_t pcr_mask;	      /* bit n: PCR n is in it */
	struct tally_bytes pcr[TALLY_NSM_PCR_COUNT];
	struct tally_bytes certificate; /* DER: the key that signs */
	size_t cabundle_count;
	struct tally_bytes cabundle[TALLY_NSM_BUNDLE_LIMIT]; /* DER: from the root towards the certificate */
	struct tally_bytes public_key;			     /* none: absent or null */
	struct tally_bytes user_data;
	struct tally_bytes nonce;
	size_t unknown_count;	    /* fields of other names */
	struct tally_bytes unknown; /* name of the first of them */
};

/*
 * Read a COSE_Sign1, tagged or not, with its payload. TALLY_UNSUPPORTED for another digest than SHA384 and for the
 * documents of NitroTPMs, whose PCRs are others; TALLY_NOT_FOUND if a field is missing; TALLY_OUT_OF_RANGE for a field
 * of a size that it can't have; TALLY_TOO_LARGE; otherwise as tally_cose_read_foreign. The algorithm is not judged.
 */
TALLY_MUST_CHECK enum tally_status tally_nsm_document_read(struct tally_bytes input, struct tally_nsm_document *ret);

/* What a document came in. */
enum tally_nsm_wrapping {
	TALLY_NSM_BARE = 1, /* nothing */
	TALLY_NSM_RESPONSE, /* the device's own answer: {"Attestation": {"document": bytes}} */
	TALLY_NSM_DSTACK    /* dstack's attestation of version 0, of which nothing else is authentic */
};

/*
 * Find the document in what a device or its user handed out; nothing of it is read. TALLY_UNSUPPORTED for an answer of
 * another kind, {"Error": ...} among them.
 */
TALLY_MUST_CHECK enum tally_status tally_nsm_unwrap(struct tally_bytes input, enum tally_nsm_wrapping *ret_wrapping,
						    struct tally_bytes *ret_document);

#endif
