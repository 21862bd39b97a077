/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of snp: attestation reports, their certificates, SVSM. A part of the table of reason.h: numbers 150 to 199. */
#ifndef TALLY_VERIFY_REASON_SNP_H
#define TALLY_VERIFY_REASON_SNP_H

#define TALLY_REASON_TABLE_SNP(X)                                                                                      \
	X(SNP_REPORT_MALFORMED, 150, "snp.report-malformed", MALFORMED, "the SNP report can't be read")                \
	X(SNP_VERSION, 151, "snp.version-unsupported", MALFORMED, "the SNP report has a version that is not known")    \
	X(SNP_SIGNATURE_ALGORITHM, 152, "snp.signature-algorithm", REJECTED,                                           \
	  "the SNP report is signed otherwise than with ECDSA P-384 and SHA-384")                                      \
	X(SNP_SIGNATURE, 153, "snp.signature-invalid", REJECTED, "the signature of the SNP report is wrong")           \
	X(SNP_SIGNATURE_MISSING, 154, "snp.signature-missing", MISSING, "the SNP report is not signed")                \
	X(SNP_KEY_MASKED, 155, "snp.key-masked", REJECTED, "the platform hides its key: it does not sign reports")     \
	X(SNP_SIGNING_KEY, 156, "snp.signing-key", REJECTED, "the SNP report names neither VCEK nor VLEK as its key")  \
	X(SNP_POLICY_RESERVED, 157, "snp.policy-reserved", REJECTED, "the guest's policy has bits that are not known") \
	X(SNP_DEBUG, 158, "snp.debug", REJECTED, "the guest's policy lets the host look into it")                      \
	X(SNP_VMPL_HOST, 159, "snp.vmpl-host", REJECTED, "the host asked for the report, not the guest")               \
	X(SNP_AUTHOR_KEY, 160, "snp.author-key", REJECTED, "there is an author key's digest, but no author key")       \
	X(SNP_ID_UNPINNED, 161, "snp.id-unpinned", MISSING,                                                            \
	  "neither id key nor author key is pinned: guest SVN, family and image id are the host's word")               \
	X(SNP_TCB_RESERVED, 162, "snp.tcb-reserved", REJECTED, "a TCB version has reserved bytes that are not zero")   \
	X(SNP_TCB_ORDER, 163, "snp.tcb-order", REJECTED, "reported, committed and current versions do not ascend")     \
	X(SNP_TCB_UNRULED, 164, "snp.tcb-unruled", MISSING, "the policy does not say how old the platform may be")     \
	X(SNP_TCB_OLD, 165, "snp.tcb-too-old", REJECTED, "a TCB version is below what the policy asks for")            \
	X(SNP_CHIP_MASKED, 166, "snp.chip-masked", REJECTED, "the report hides which chip made it")                    \
	X(SNP_CHIP, 167, "snp.chip-mismatch", REJECTED, "the certificate is of another chip than the report")          \
	X(SNP_PRODUCT_UNKNOWN, 168, "snp.product-unknown", REJECTED,                                                   \
	  "the report or certificate is of an unknown processor")                                                      \
	X(SNP_PRODUCT, 169, "snp.product-mismatch", REJECTED, "report and certificates are of different processors")   \
	X(SNP_CERTIFICATE_MISSING, 170, "snp.certificate-missing", MISSING,                                            \
	  "the certificate of the key that signed the report is not there")                                            \
	X(SNP_CERTIFICATE_EXTENSIONS, 171, "snp.certificate-extensions", REJECTED,                                     \
	  "a key's certificate has not exactly the extensions that it must have")                                      \
	X(SNP_CERTIFICATE_TCB, 172, "snp.certificate-tcb", REJECTED,                                                   \
	  "the certificate is of another TCB version than the report")                                                 \
	X(SNP_CERTIFICATE_ISSUER, 174, "snp.certificate-issuer", REJECTED,                                             \
	  "an authority of another kind, or of another processor, issued a key's certificate")                         \
	X(SNP_CERTIFICATE_ALGORITHM, 175, "snp.certificate-algorithm", REJECTED,                                       \
	  "a certificate or list is not signed by RSA-PSS with SHA-384 and a salt of 48 bytes")                        \
	X(SNP_CERTIFICATE_KEY, 176, "snp.certificate-key", REJECTED, "the signing key is not of the curve P-384")      \
	X(SNP_AUTHORITY_MISSING, 177, "snp.authority-missing", MISSING,                                                \
	  "the certificate of an authority is not there")                                                              \
	X(SNP_TABLE_MALFORMED, 179, "snp.certificate-table-malformed", MALFORMED,                                      \
	  "the host's table of certificates can't be read")                                                            \
	X(SNP_CRL_MISSING, 180, "snp.crl-missing", MISSING, "there is no revocation list of the root key")             \
	X(SNP_CRL_NUMBER, 181, "snp.crl-number", REJECTED, "the revocation list is older than the policy allows")      \
	X(SNP_SVSM_MALFORMED, 185, "snp.svsm-malformed", MALFORMED, "the SVSM's manifest can't be read")               \
	X(SNP_SVSM_VMPL, 186, "snp.svsm-vmpl", REJECTED, "firmware made the report at another privilege level than 0") \
	X(SNP_SVSM_EK_MISSING, 187, "snp.svsm-ek-missing", MISSING, "the manifest has no vTPM")                        \
	X(SNP_SVSM_EK, 188, "snp.svsm-ek", REJECTED, "the vTPM's endorsement key is not of the form that it must have")

#endif
