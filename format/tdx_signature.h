/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What stands behind a TDX quote: its signature, and what speaks for the key that made it. spec: Intel TDX DCAP Quoting Library API, A.3.4 */
#ifndef TALLY_FORMAT_TDX_SIGNATURE_H
#define TALLY_FORMAT_TDX_SIGNATURE_H

#include "sgx_report.h"

#define TALLY_TDX_SIGNATURE_SIZE 64
#define TALLY_TDX_POINT_SIZE 64

/* How the quoting enclave's report is certified. */
#define TALLY_TDX_CERTIFICATION_PEM_CHAIN 5

/* Pointers into the signature data. */
struct tally_tdx_signature {
	const uint8_t *quote_signature; /* 64: r || s, big-endian */
	const uint8_t *attestation_key; /* 64: x || y of P-256, big-endian */
	struct tally_sgx_report qe_report;
	const uint8_t *qe_signature;	  /* 64, by the PCK key */
	struct tally_bytes qe_auth;	  /* hashed with the attestation key into the report data */
	uint16_t certification_type;	  /* of what follows: 1 to 5 */
	struct tally_bytes certification; /* type 5: certificates in PEM, a NUL or none behind; the leaf first */
};

/*
 * The signature data of a quote. TALLY_UNSUPPORTED for certification data that is none of a QE report, or of a
 * type that does not exist; TALLY_TRAILING where the sizes leave bytes over.
 */
TALLY_MUST_CHECK enum tally_status tally_tdx_signature_read(struct tally_bytes bytes, struct tally_tdx_signature *ret);

#endif
