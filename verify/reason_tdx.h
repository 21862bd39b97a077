/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of tdx: quotes and what signs them. A part of the table of reason.h: numbers 100 to 149. */
#ifndef TALLY_VERIFY_REASON_TDX_H
#define TALLY_VERIFY_REASON_TDX_H

#define TALLY_REASON_TABLE_TDX(X)                                                                                      \
	X(TDX_QUOTE_MALFORMED, 100, "tdx.quote-malformed", MALFORMED, "the quote can't be read")                       \
	X(TDX_SIGNATURE_MALFORMED, 101, "tdx.signature-data-malformed", MALFORMED,                                     \
	  "the quote's signature data can't be read")                                                                  \
	X(TDX_VENDOR, 102, "tdx.vendor-unknown", REJECTED, "the quote is not of Intel's quoting enclave")              \
	X(TDX_PCK_MISSING, 103, "tdx.pck-missing", MISSING, "the quote does not carry its PCK certificates")           \
	X(TDX_PCK_MALFORMED, 104, "tdx.pck-malformed", MALFORMED,                                                      \
	  "what the PCK certificate says of its platform can't be read")                                               \
	X(TDX_PCK_NAME, 105, "tdx.pck-name", REJECTED, "the quote's certificates are not those of a PCK")              \
	X(TDX_KEY, 106, "tdx.attestation-key", REJECTED, "the attestation key is no point of its curve")               \
	X(TDX_QUOTE_SIGNATURE, 107, "tdx.quote-signature-invalid", REJECTED, "the signature of the quote is wrong")    \
	X(TDX_QE_SIGNATURE, 108, "tdx.qe-signature-invalid", REJECTED,                                                 \
	  "the signature of the quoting enclave's report is wrong")                                                    \
	X(TDX_QE_REPORT_DATA, 109, "tdx.qe-report-data", REJECTED,                                                     \
	  "the quoting enclave speaks for another attestation key")                                                    \
	X(TDX_PCK_CRL_MISSING, 110, "tdx.pck-crl-missing", MISSING,                                                    \
	  "the revocation list of PCK certificates is missing")                                                        \
	X(TDX_ROOT_CRL_MISSING, 111, "tdx.root-crl-missing", MISSING, "the root's revocation list is missing")         \
	X(TDX_CRL_NUMBER, 112, "tdx.crl-number", REJECTED, "a revocation list is older than the policy demands")       \
	X(TDX_SIGNER_MISSING, 113, "tdx.tcb-signer-missing", MISSING,                                                  \
	  "the certificate of Intel's TCB signing key is missing")                                                     \
	X(TDX_TCB_INFO_MISSING, 114, "tdx.tcb-info-missing", MISSING, "the TCB info of the platform is missing")       \
	X(TDX_TCB_INFO_MALFORMED, 115, "tdx.tcb-info-malformed", MALFORMED, "the TCB info can't be read")              \
	X(TDX_TCB_INFO_MISMATCH, 116, "tdx.tcb-info-mismatch", REJECTED, "the TCB info is of other platforms")         \
	X(TDX_TCB_INFO_SIGNATURE, 117, "tdx.tcb-info-signature-invalid", REJECTED,                                     \
	  "the signature of the TCB info is wrong")                                                                    \
	X(TDX_TCB_INFO_NOT_YET, 118, "tdx.tcb-info-not-yet-valid", REJECTED, "the TCB info is of a later time")        \
	X(TDX_TCB_INFO_EXPIRED, 119, "tdx.tcb-info-expired", REJECTED, "the TCB info is out of date")                  \
	X(TDX_QE_IDENTITY_MISSING, 120, "tdx.qe-identity-missing", MISSING,                                            \
	  "the identity of the quoting enclave is missing")                                                            \
	X(TDX_QE_IDENTITY_MALFORMED, 121, "tdx.qe-identity-malformed", MALFORMED,                                      \
	  "the identity of the quoting enclave can't be read")                                                         \
	X(TDX_QE_IDENTITY_SIGNATURE, 122, "tdx.qe-identity-signature-invalid", REJECTED,                               \
	  "the signature of the quoting enclave's identity is wrong")                                                  \
	X(TDX_QE_IDENTITY_NOT_YET, 123, "tdx.qe-identity-not-yet-valid", REJECTED,                                     \
	  "the identity of the quoting enclave is of a later time")                                                    \
	X(TDX_QE_IDENTITY_EXPIRED, 124, "tdx.qe-identity-expired", REJECTED,                                           \
	  "the identity of the quoting enclave is out of date")                                                        \
	X(TDX_QE_MISMATCH, 125, "tdx.qe-mismatch", REJECTED, "the quoting enclave is another than Intel's")            \
	X(TDX_EVALUATION_NUMBER, 126, "tdx.evaluation-number", REJECTED,                                               \
	  "a statement of Intel's is of an older evaluation than the policy demands")                                  \
	X(TDX_MODULE_MISMATCH, 127, "tdx.module-mismatch", REJECTED, "the TDX module is none that the TCB info knows") \
	X(TDX_SEAM_ATTRIBUTES, 128, "tdx.seam-attributes", REJECTED, "the TDX module has attributes")                  \
	X(TDX_TCB_UNSUPPORTED, 129, "tdx.tcb-unsupported", REJECTED,                                                   \
	  "the platform, its TDX module or its quoting enclave is below every TCB level")                              \
	X(TDX_TCB_REVOKED, 130, "tdx.tcb-revoked", REJECTED,                                                           \
	  "the TCB level of the platform, its TDX module or its quoting enclave is revoked")                           \
	X(TDX_TCB_STATUS, 131, "tdx.tcb-status", REJECTED,                                                             \
	  "the platform's TCB status is none that the policy accepts")                                                 \
	X(TDX_ADVISORY, 132, "tdx.advisory", REJECTED, "an advisory applies that the policy does not list")            \
	X(TDX_DEBUG, 133, "tdx.debug", REJECTED, "the TD can be debugged: anybody may have looked into it")            \
	X(TDX_PROFILING, 134, "tdx.profiling", REJECTED, "the TD can be profiled")                                     \
	X(TDX_ATTRIBUTES, 135, "tdx.attributes-reserved", REJECTED, "the TD has attributes that are not known")        \
	X(TDX_SEPT_VE, 136, "tdx.sept-ve", REJECTED,                                                                   \
	  "the TD can be made to take exceptions on its own memory (SEPT_VE_DISABLE is 0)")                            \
	X(TDX_MIGRATABLE, 137, "tdx.migratable", REJECTED, "the TD can be migrated by a service TD")                   \
	X(TDX_SERVICE_TD, 138, "tdx.service-td", REJECTED, "a service TD is bound to the TD")                          \
	X(TDX_ICSSD, 139, "tdx.icssd", REJECTED, "the TD has the attribute ICSSD")                                     \
	X(TDX_SERVTD_EXT, 140, "tdx.servtd-ext", REJECTED, "the TD has the attribute SERVTD_EXT")                      \
	X(TDX_XFAM, 141, "tdx.xfam", REJECTED, "the TD has processor features that the policy does not accept")

#endif
