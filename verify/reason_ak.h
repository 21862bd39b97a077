/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of attestation keys: records of activations, Azure's wrapper. A part of the table of reason.h: numbers 300 to 319. */
#ifndef TALLY_VERIFY_REASON_AK_H
#define TALLY_VERIFY_REASON_AK_H

#define TALLY_REASON_TABLE_AK(X)                                                                                       \
	X(TPM_AK_BINDING_MALFORMED, 300, "tpm.ak-binding-malformed", MALFORMED,                                        \
	  "the record of a key's activation can't be read")                                                            \
	X(TPM_AK_BINDING_SIGNATURE, 301, "tpm.ak-binding-signature", REJECTED,                                         \
	  "the record of a key's activation has a wrong signature")                                                    \
	X(TPM_AK_BINDING_UNPINNED, 302, "tpm.ak-binding-unpinned", REJECTED,                                           \
	  "the policy does not pin the key that signed the record of an activation")                                   \
	X(TPM_AK_BINDING_TIME, 303, "tpm.ak-binding-not-yet-valid", REJECTED,                                          \
	  "the record of a key's activation is of a later time")                                                       \
	X(TPM_AK_BINDING_OLD, 304, "tpm.ak-binding-too-old", REJECTED,                                                 \
	  "the activation is longer ago than the policy allows")                                                       \
	X(TPM_AK_BINDING_OTHER, 305, "tpm.ak-binding-mismatch", REJECTED,                                              \
	  "the record of an activation is of another key than the one that signed the quote")                          \
	X(AZURE_REPORT_MALFORMED, 310, "azure.report-malformed", MALFORMED, "the HCL report can't be read")            \
	X(AZURE_RUNTIME_MALFORMED, 311, "azure.runtime-malformed", MALFORMED,                                          \
	  "the runtime data of the HCL report can't be read")                                                          \
	X(AZURE_HASH_TYPE, 312, "azure.hash-type", REJECTED, "the runtime data is bound by another hash than SHA-256") \
	X(AZURE_RUNTIME_UNBOUND, 313, "azure.runtime-unbound", REJECTED,                                               \
	  "REPORT_DATA is not the hash of the runtime data and zeros")                                                 \
	X(AZURE_AK_MISSING, 314, "azure.ak-missing", MISSING, "the runtime data has no attestation key")               \
	X(AZURE_REPORT_TYPE, 315, "azure.report-type", REJECTED, "the HCL report wraps another kind of hardware report")

#endif
