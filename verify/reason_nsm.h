/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of nsm: attestation documents. A part of the table of reason.h: numbers 200 to 229. */
#ifndef TALLY_VERIFY_REASON_NSM_H
#define TALLY_VERIFY_REASON_NSM_H

#define TALLY_REASON_TABLE_NSM(X)                                                                                    \
	X(NSM_MALFORMED, 200, "nsm.document-malformed", MALFORMED, "the attestation document can't be read")         \
	X(NSM_ALGORITHM, 201, "nsm.algorithm", REJECTED, "the document names another algorithm than ES384")          \
	X(NSM_SIGNATURE, 202, "nsm.signature-invalid", REJECTED, "the signature of the document is wrong")           \
	X(NSM_KEY, 203, "nsm.key-unsupported", REJECTED,                                                             \
	  "a certificate has another key than P-384, or is signed otherwise than with SHA-384")                      \
	X(NSM_LEAF, 204, "nsm.leaf-unfit", REJECTED, "the certificate of the document is not one for signing alone") \
	X(NSM_CHAIN_LENGTH, 205, "nsm.chain-length", REJECTED, "the document carries more certificates than it may") \
	X(NSM_MODULE_ID, 206, "nsm.module-id-mismatch", REJECTED,                                                    \
	  "the document names another module than its certificate")                                                  \
	X(NSM_TIMESTAMP, 207, "nsm.timestamp-outside", REJECTED,                                                     \
	  "the document was made when one of its certificates was not valid")                                        \
	X(NSM_TIMESTAMP_FUTURE, 208, "nsm.timestamp-future", REJECTED, "the document was made after it is judged")   \
	X(NSM_DEBUG, 209, "nsm.debug", REJECTED,                                                                     \
	  "the enclave runs in debug mode: PCR0, PCR1 or PCR2 is zero or missing")                                   \
	X(NSM_NONCE_MISSING, 210, "nsm.nonce-missing", MISSING,                                                      \
	  "the document does not carry the nonce beside the binding")

#endif
