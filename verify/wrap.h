/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence in other forms than ours becomes a bundle: raw reports with what lies beside them, and the JSON of CoCo's agent. */
#ifndef TALLY_VERIFY_WRAP_H
#define TALLY_VERIFY_WRAP_H

#include "../format/bundle.h"
#include "../format/tpm_evidence.h"
#include "arena.h"

#define TALLY_WRAP_LOG_LIMIT 16

/* What the caller has. Size 0 of anything: it is not there. */
struct tally_wrap {
	struct tally_bytes evidence; /* a bundle, a report, a TPMS_ATTEST, or JSON */
	size_t log_count;
	struct tally_bytes log[TALLY_WRAP_LOG_LIMIT]; /* of any format, in the order in which they follow one another */
	struct tally_bytes certificates;	      /* GHCB's table, PEM, or one in DER */
	struct tally_bytes manifest;		      /* HCL's report, or a manifest of SVSM's */
	struct tally_bytes runtime_data;	      /* CoCo's */
	struct tally_bytes quote;		      /* of a TPM, beside a report: TPMS_ATTEST */
	struct tally_bytes signature;		      /* of a TPM's quote: TPMT_SIGNATURE, or RSA's bare bytes */
	struct tally_bytes pcrs;		      /* its values: raw, or as tpm2_quote -o writes them */
	struct tally_bytes key; /* its key: TPM2B_PUBLIC, TPMT_PUBLIC, or as public_key.h; in HCL's it may be missing */
	struct tally_bytes ak_binding; /* the record of its activation */
};

/*
 * *ret is a bundle: the evidence itself if it is one and nothing lies beside it, else one in the arena. TALLY_UNSUPPORTED
 * for bytes of no known form, TALLY_INVALID for a piece that does not belong to this form or lacks one, and the
 * statuses of the readers; *ret_what then names the piece.
 */
TALLY_MUST_CHECK enum tally_status tally_wrap(const struct tally_wrap *wrap, struct tally_arena *arena,
					      struct tally_bytes *ret, const char **ret_what);

/* A bundle that grows; members live in the arena. */
struct tally_wrapping {
	struct tally_arena *arena;
	struct tally_bundle bundle;
	const char *what; /* the piece that is being read */
};

/* A member; value is copied. TALLY_OUT_OF_RANGE if there are too many. */
TALLY_MUST_CHECK enum tally_status tally_wrap_add(struct tally_wrapping *wrapping, const char *label,
						  const char *media_type, struct tally_bytes value);

/* The log that comes next: our own, or "segment.N" in the format that it is found to have. */
TALLY_MUST_CHECK enum tally_status tally_wrap_add_log(struct tally_wrapping *wrapping, struct tally_bytes log);

/* A TPM's quote with its values, as the report or beside one. */
TALLY_MUST_CHECK enum tally_status tally_wrap_add_quote(struct tally_wrapping *wrapping, const char *label,
							const struct tally_tpm_evidence *quote,
							const struct tally_tpm_pcrs *pcrs);

/*
 * The pieces of a quote that stand in wrap, around attest. TALLY_INVALID if one is missing; as tally_wrap. In a bundle with
 * HCL's report its runtime data gives the key: whether the report vouches for it is the verifier's question.
 */
TALLY_MUST_CHECK enum tally_status tally_wrap_tpm(struct tally_wrapping *wrapping, const struct tally_wrap *wrap,
						  struct tally_bytes attest, const char *label);

struct tally_azure_hcl;

/* The SubjectPublicKeyInfo of the attestation key in HCL's runtime data, in the arena. */
TALLY_MUST_CHECK enum tally_status tally_wrap_hcl_key(struct tally_arena *arena, const struct tally_azure_hcl *hcl,
						      struct tally_bytes *ret);

/* A TPMT_SIGNATURE: bytes as they are, or in the arena around a bare RSA signature, RSASSA with SHA-256. */
TALLY_MUST_CHECK enum tally_status tally_wrap_signature(struct tally_arena *arena, struct tally_bytes bytes,
							struct tally_bytes *ret);

/* The evidence JSON of CoCo's attestation agent: coco.c */
TALLY_MUST_CHECK enum tally_status tally_wrap_coco(struct tally_wrapping *wrapping, struct tally_bytes json);

#endif
