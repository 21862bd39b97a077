/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of cca: platform and realm tokens. A part of the table of reason.h: numbers 230 to 269. */
#ifndef TALLY_VERIFY_REASON_CCA_H
#define TALLY_VERIFY_REASON_CCA_H

#define TALLY_REASON_TABLE_CCA(X)                                                                                     \
	X(CCA_MALFORMED, 230, "cca.token-malformed", MALFORMED, "the CCA token can't be read")                        \
	X(CCA_PROFILE, 231, "cca.profile", REJECTED, "the profiles of the two tokens are no pair that goes together") \
	X(CCA_KEY_MISSING, 232, "cca.key-missing", MISSING, "nothing here gives the key of the platform")             \
	X(CCA_KEY_MALFORMED, 233, "cca.key-malformed", MALFORMED, "a key of a platform can't be read")                \
	X(CCA_KEY_UNPINNED, 234, "cca.key-unpinned", REJECTED,                                                        \
	  "the policy pins neither the platform's key nor an endorsement that names it")                              \
	X(CCA_KEY_DENIED, 235, "cca.key-denied", REJECTED, "a token is signed by a key whose private half is public") \
	X(CCA_PLATFORM_ALGORITHM, 236, "cca.platform-algorithm", REJECTED,                                            \
	  "the platform token names another algorithm than its key has")                                              \
	X(CCA_PLATFORM_SIGNATURE, 237, "cca.platform-signature-invalid", REJECTED,                                    \
	  "the signature of the platform token is wrong")                                                             \
	X(CCA_REALM_KEY, 238, "cca.realm-key-unsupported", REJECTED, "the realm's key is none of P-384 for ES384")    \
	X(CCA_REALM_ALGORITHM, 239, "cca.realm-algorithm", REJECTED,                                                  \
	  "the realm token names another algorithm than ES384")                                                       \
	X(CCA_REALM_SIGNATURE, 240, "cca.realm-signature-invalid", REJECTED,                                          \
	  "the signature of the realm token is wrong")                                                                \
	X(CCA_REALM_KEY_HASH, 241, "cca.realm-key-hash", REJECTED,                                                    \
	  "the hash of the realm's key is made with an algorithm that is not accepted")                               \
	X(CCA_REALM_KEY_MISMATCH, 242, "cca.realm-key-mismatch", REJECTED,                                            \
	  "the platform token was made for another realm key")                                                        \
	X(CCA_LIFECYCLE, 243, "cca.lifecycle", REJECTED, "the platform is not in the state secured")                  \
	X(CCA_DEBUG, 244, "cca.debug", REJECTED, "the platform is in a state of debugging")                           \
	X(CCA_HASH, 245, "cca.hash-algorithm", REJECTED,                                                              \
	  "something is measured with an algorithm that is not accepted")                                             \
	X(CCA_MEASUREMENT_LENGTH, 246, "cca.measurement-length", REJECTED,                                            \
	  "a measurement is not as long as the hashes that it claims to be one of")                                   \
	X(CCA_COMPONENT, 247, "cca.component-unendorsed", REJECTED,                                                   \
	  "a piece of the platform's firmware is none that policy or endorsement names")                              \
	X(CCA_COMPONENT_MISSING, 248, "cca.component-missing", MISSING,                                               \
	  "the platform does not show a piece of firmware that policy or endorsement names")                          \
	X(CCA_ENDORSEMENT_MALFORMED, 249, "cca.endorsement-malformed", MALFORMED, "an endorsement can't be read")     \
	X(CCA_ENDORSEMENT_EXPIRED, 250, "cca.endorsement-expired", REJECTED,                                          \
	  "the endorsement is not in force at the time of judgement")

#endif
