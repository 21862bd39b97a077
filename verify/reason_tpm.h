/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of tpm: quotes and their keys. A part of the table of reason.h: numbers 270 to 299. */
#ifndef TALLY_VERIFY_REASON_TPM_H
#define TALLY_VERIFY_REASON_TPM_H

#define TALLY_REASON_TABLE_TPM(X)                                                                                   \
	X(TPM_QUOTE_MALFORMED, 270, "tpm.quote-malformed", MALFORMED, "the quote or its signature can't be read")   \
	X(TPM_NOT_A_QUOTE, 271, "tpm.not-a-quote", REJECTED, "what was signed is no quote of a TPM")                \
	X(TPM_PCRS_MISSING, 272, "tpm.pcrs-missing", MISSING, "the evidence lacks the values of the PCRs")          \
	X(TPM_PCRS_MALFORMED, 273, "tpm.pcrs-malformed", MALFORMED, "the values of the PCRs can't be read")         \
	X(TPM_PCRS_MISMATCH, 274, "tpm.pcrs-mismatch", REJECTED,                                                    \
	  "the values of the PCRs are not those that the quote was made over")                                      \
	X(TPM_KEY_MALFORMED, 275, "tpm.key-malformed", MALFORMED, "the attestation key can't be read")              \
	X(TPM_KEY_ATTRIBUTES, 276, "tpm.key-attributes", REJECTED,                                                  \
	  "the key is not one that lives in one TPM and signs only what that TPM says")                             \
	X(TPM_AK_UNBOUND, 277, "tpm.ak-unbound", REJECTED, "nothing says that the attestation key lives in a TPM")  \
	X(TPM_SCHEME, 278, "tpm.scheme-mismatch", REJECTED, "the signature's scheme or hash is not the key's")      \
	X(TPM_SIGNATURE, 279, "tpm.signature-invalid", REJECTED, "the signature of the quote is wrong")             \
	X(TPM_WEAK_HASH, 280, "tpm.weak-hash", REJECTED,                                                            \
	  "SHA-1 proves nothing: a bank or the signature is made with it")                                          \
	X(TPM_SELECTION, 281, "tpm.selection-mismatch", REJECTED, "the quote has not the PCRs that were asked for") \
	X(TPM_CLOCK_UNSAFE, 282, "tpm.clock-unsafe", REJECTED, "the TPM says that its clock may have gone back")    \
	X(TPM_RESET, 283, "tpm.reset-mismatch", REJECTED, "the log states other reset counts than the quote")       \
	X(TPM_CRL_MISSING, 284, "tpm.crl-missing", MISSING,                                                         \
	  "there is no revocation list of an authority that publishes one")                                         \
	X(TPM_CA_DENIED, 285, "tpm.ca-denied", REJECTED, "the certificate is by an authority of software TPMs")

#endif
