/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of cove. A part of the table of reason.h: numbers 320 to 339. */
#ifndef TALLY_VERIFY_REASON_COVE_H
#define TALLY_VERIFY_REASON_COVE_H

#define TALLY_REASON_TABLE_COVE(X)                                                                                \
	X(COVE_MALFORMED, 320, "cove.token-malformed", MALFORMED, "the CoVE evidence can't be read")              \
	X(COVE_PROFILE, 321, "cove.profile", REJECTED, "the platform token has another profile than the draft's") \
	X(COVE_KEY_MISSING, 322, "cove.key-missing", MISSING, "nothing here gives the key of the platform")       \
	X(COVE_KEY_MALFORMED, 323, "cove.key-malformed", MALFORMED, "a key of a platform can't be read")          \
	X(COVE_KEY_UNPINNED, 324, "cove.key-unpinned", REJECTED, "the policy does not pin the platform's key")    \
	X(COVE_KEY, 325, "cove.key-unsupported", REJECTED, "a token names a key that this release can't use")     \
	X(COVE_ALGORITHM, 326, "cove.algorithm", REJECTED, "a token names another algorithm than its key has")    \
	X(COVE_SIGNATURE, 327, "cove.signature-invalid", REJECTED, "the signature of a token is wrong")           \
	X(COVE_STATE, 328, "cove.state", REJECTED, "the platform is not secured")                                 \
	X(COVE_HASH, 329, "cove.hash-algorithm", REJECTED, "something is measured with another hash than SHA-2")  \
	X(COVE_MEASUREMENT_LENGTH, 330, "cove.measurement-length", REJECTED,                                      \
	  "a measurement is not as long as the hash that it claims to be one of")                                 \
	X(COVE_REGISTER, 331, "cove.register", REJECTED,                                                          \
	  "a register has a number that it can't have, or that another has")

#endif
