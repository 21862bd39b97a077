/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The evidence bundle: a CMW collection of labelled members. spec: RFC 9999 CMW; docs/formats/bundle.md 1 */
#ifndef TALLY_FORMAT_BUNDLE_H
#define TALLY_FORMAT_BUNDLE_H

#include "cbor.h"

#define TALLY_BUNDLE_TYPE "tag:tally-attestation.org,2026:evidence/1" /* value of __cmwc_t */
#define TALLY_BUNDLE_MEMBER_LIMIT 64

#define TALLY_LABEL_REPORT "report"
#define TALLY_LABEL_BINDING "binding"
#define TALLY_LABEL_LOG "log"
#define TALLY_LABEL_CERTIFICATES "certificates"
#define TALLY_LABEL_MANIFEST "manifest"
#define TALLY_LABEL_DATA "data"
#define TALLY_LABEL_SEGMENT "segment." /* and a number from 0: decimal, no leading zeros, at most nine digits */
#define TALLY_LABEL_STORED "stored."   /* the same */
#define TALLY_LABEL_TPM_QUOTE "tpm-quote"
#define TALLY_LABEL_TPM_PCRS "tpm-pcrs"
#define TALLY_LABEL_AK_BINDING "ak-binding"

#define TALLY_MEDIA_BINDING "application/vnd.tally.binding+cbor"
#define TALLY_MEDIA_LOG "application/vnd.tally.log+cel-tlv"
#define TALLY_MEDIA_SOFT_REPORT "application/vnd.tally.soft-report+cbor"
#define TALLY_MEDIA_SOFT_KEY "application/vnd.tally.soft-key+spki" /* `certificates` of soft: the key that signed */
#define TALLY_MEDIA_DATA "application/octet-stream"
#define TALLY_MEDIA_TDX_QUOTE "application/vnd.tally.tdx-quote"		   /* as the TSM made it, and so are these: */
#define TALLY_MEDIA_SNP_REPORT "application/vnd.tally.snp-report"	   /* 1184 bytes */
#define TALLY_MEDIA_NSM_DOCUMENT "application/vnd.tally.nsm-document+cbor" /* COSE_Sign1 */
#define TALLY_MEDIA_NSM_RESPONSE "application/vnd.tally.nsm-response+cbor" /* of the device, which wraps a document */
#define TALLY_MEDIA_CCA_TOKEN "application/vnd.tally.cca-token+cbor"
#define TALLY_MEDIA_COVE_TOKEN "application/vnd.tally.cove-token+cbor"
#define TALLY_MEDIA_AZURE_HCL "application/vnd.tally.azure-hcl"		/* "HCLA", an SNP report or TDREPORT, JSON */
#define TALLY_MEDIA_SVSM_MANIFEST "application/vnd.tally.svsm-manifest" /* `manifest`: of all services, or of one */
#define TALLY_MEDIA_EK_SRK "application/vnd.tally.ek-srk+cbor"		/* `manifest`: two public areas, TPMT_PUBLIC */
#define TALLY_MEDIA_SNP_CERTIFICATES "application/vnd.tally.snp-certificates" /* `certificates`: GHCB's table */
#define TALLY_MEDIA_PEM_CHAIN "application/pem-certificate-chain"	      /* `certificates` */
#define TALLY_MEDIA_COLLATERAL "application/vnd.tally.collateral+cbor"	      /* `certificates`: array of bytes */
#define TALLY_MEDIA_TPM_QUOTE "application/vnd.tally.tpm-quote+cbor"
#define TALLY_MEDIA_TPM_PCRS "application/vnd.tally.tpm-pcrs+cbor"
#define TALLY_MEDIA_AK_BINDING "application/vnd.tally.ak-binding+cbor"

struct tally_member {
	struct tally_bytes label;
	struct tally_bytes media_type;
	struct tally_bytes value;
};

struct tally_bundle {
	size_t count;
	struct tally_member member[TALLY_BUNDLE_MEMBER_LIMIT];
};

/*
 * Read a bundle in deterministic CBOR: a map of text labels to [media type, value], with __cmwc_t.
 * TALLY_UNSUPPORTED for another __cmwc_t or none, and for another media type than the label's where
 * docs/formats/bundle.md fixes it; TALLY_DUPLICATE and TALLY_DISORDER for labels; TALLY_NOT_FOUND for
 * a label outside that page (an unknown label rejects); TALLY_OUT_OF_RANGE for no members or too many.
 */
TALLY_MUST_CHECK enum tally_status tally_bundle_read(struct tally_bytes input, struct tally_bundle *ret);

/* Members in any order; what would not be read latches the same status (TALLY_INVALID for no members). */
void tally_bundle_write(struct tally_writer *writer, const struct tally_bundle *bundle);

/*
 * The same around a log of log_size bytes that the bundle leaves out: front, these bytes and back are what
 * tally_bundle_write writes with it as `log`, whose label stands first because it is the shortest. A log in the bundle
 * latches TALLY_DUPLICATE.
 */
void tally_bundle_write_around(struct tally_writer *front, struct tally_writer *back, const struct tally_bundle *bundle,
			       uint64_t log_size);

/* NULL if there is none. */
const struct tally_member *tally_bundle_find(const struct tally_bundle *bundle, const char *label);

/* The label is one that a bundle may carry, "segment.N" and "stored.N" included. */
bool tally_bundle_label_is_known(struct tally_bytes label);

/* A member that REPORT_DATA's companions cover: all but report, binding, log, certificates, manifest and stored.N. */
bool tally_bundle_label_is_companion(struct tally_bytes label);

#endif
