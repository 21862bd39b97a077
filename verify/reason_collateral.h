/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of certificates, revocation lists, and other collateral of any provider. A part of the table of reason.h: numbers 340 to 369. */
#ifndef TALLY_VERIFY_REASON_COLLATERAL_H
#define TALLY_VERIFY_REASON_COLLATERAL_H

#define TALLY_REASON_TABLE_COLLATERAL(X)                                                                             \
	X(CERTIFICATE_MALFORMED, 340, "certificate.malformed", MALFORMED, "a certificate can't be read")             \
	X(CERTIFICATE_ROOT, 341, "certificate.root-untrusted", REJECTED,                                             \
	  "the certificates end in a root that nobody trusts")                                                       \
	X(CERTIFICATE_DENIED, 342, "certificate.root-denied", REJECTED,                                              \
	  "the certificates end in a root that is known to be made for tests")                                       \
	X(CERTIFICATE_ISSUER, 343, "certificate.issuer-mismatch", REJECTED,                                          \
	  "a certificate does not name the next one as its issuer")                                                  \
	X(CERTIFICATE_ALGORITHM, 344, "certificate.algorithm", REJECTED,                                             \
	  "a certificate is signed with an algorithm that is not accepted, or not fit for its issuer's key")         \
	X(CERTIFICATE_SIGNATURE, 345, "certificate.signature-invalid", REJECTED,                                     \
	  "the signature of a certificate is wrong")                                                                 \
	X(CERTIFICATE_NOT_YET_VALID, 346, "certificate.not-yet-valid", REJECTED, "a certificate is not valid yet")   \
	X(CERTIFICATE_EXPIRED, 347, "certificate.expired", REJECTED, "a certificate is not valid any more")          \
	X(CERTIFICATE_VERSION, 348, "certificate.version", REJECTED, "a certificate is not of version 3")            \
	X(CERTIFICATE_NOT_CA, 349, "certificate.not-ca", REJECTED, "the issuer of a certificate is no authority")    \
	X(CERTIFICATE_PATH_LENGTH, 350, "certificate.path-length", REJECTED,                                         \
	  "more authorities follow than a certificate allows")                                                       \
	X(CERTIFICATE_KEY_USAGE, 351, "certificate.key-usage", REJECTED,                                             \
	  "a certificate's key is not for what it was used for")                                                     \
	X(CERTIFICATE_CRITICAL_EXTENSION, 352, "certificate.critical-extension", REJECTED,                           \
	  "a certificate has a critical extension that is not understood")                                           \
	X(CERTIFICATE_REVOKED, 353, "certificate.revoked", REJECTED, "a certificate is revoked")                     \
	X(CRL_MALFORMED, 354, "crl.malformed", MALFORMED, "a revocation list can't be read")                         \
	X(CRL_ISSUER, 355, "crl.issuer-mismatch", REJECTED, "a revocation list is another issuer's")                 \
	X(CRL_KEY_USAGE, 356, "crl.key-usage", REJECTED, "the issuer's key is not for revocation lists")             \
	X(CRL_ALGORITHM, 357, "crl.algorithm", REJECTED,                                                             \
	  "a revocation list is signed with an algorithm that is not accepted, or not fit for its issuer's key")     \
	X(CRL_SIGNATURE, 358, "crl.signature-invalid", REJECTED, "the signature of a revocation list is wrong")      \
	X(CRL_NOT_YET_VALID, 359, "crl.not-yet-valid", REJECTED, "a revocation list is of a later time")             \
	X(CRL_EXPIRED, 360, "crl.expired", REJECTED, "a revocation list is out of date, or does not say until when") \
	X(CRL_PARTIAL, 361, "crl.partial", REJECTED, "a revocation list is a delta, indirect or partial one")        \
	X(CRL_CRITICAL_EXTENSION, 362, "crl.critical-extension", REJECTED,                                           \
	  "a revocation list has a critical extension that is not understood")                                       \
	X(COLLATERAL_AGE, 363, "collateral.too-old", REJECTED, "collateral is older than the policy allows")         \
	X(COLLATERAL_MALFORMED, 364, "collateral.malformed", MALFORMED,                                              \
	  "collateral inside the evidence can't be read")                                                            \
	X(ROOT_NON_PRODUCTION, 365, "root.non-production", REJECTED,                                                 \
	  "the chain ends in a root that was given for a test: whatever it says, it is not accepted")

#endif
