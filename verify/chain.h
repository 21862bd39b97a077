/* SPDX-License-Identifier: BSD-2-Clause */
/* Chains of certificates and their revocation lists: from a leaf to a pinned root, at a given time. spec: RFC 5280, 6 */
#ifndef TALLY_VERIFY_CHAIN_H
#define TALLY_VERIFY_CHAIN_H

#include "../format/x509.h"
#include "kept.h"
#include "ledger.h"

#define TALLY_CHAIN_LIMIT 8
#define TALLY_FINGERPRINT_SIZE 32 /* SHA-256 of a certificate's DER */

/* What can be wrong with one certificate of a chain. X(name, bit, reason of reason_collateral.h) */
#define TALLY_LINK_FAULT_TABLE(X)                       \
	X(ROOT, 0, CERTIFICATE_ROOT)                    \
	X(DENIED, 1, CERTIFICATE_DENIED)                \
	X(ISSUER, 2, CERTIFICATE_ISSUER)                \
	X(ALGORITHM, 3, CERTIFICATE_ALGORITHM)          \
	X(SIGNATURE, 4, CERTIFICATE_SIGNATURE)          \
	X(NOT_YET_VALID, 5, CERTIFICATE_NOT_YET_VALID)  \
	X(EXPIRED, 6, CERTIFICATE_EXPIRED)              \
	X(VERSION, 7, CERTIFICATE_VERSION)              \
	X(NOT_CA, 8, CERTIFICATE_NOT_CA)                \
	X(PATH_LENGTH, 9, CERTIFICATE_PATH_LENGTH)      \
	X(KEY_USAGE, 10, CERTIFICATE_KEY_USAGE)         \
	X(CRITICAL, 11, CERTIFICATE_CRITICAL_EXTENSION) \
	X(REVOKED, 12, CERTIFICATE_REVOKED)

enum tally_link_fault {
#define TALLY_LINK_FAULT_ENUM(name, bit, reason) TALLY_LINK_##name = 1 << (bit),
	TALLY_LINK_FAULT_TABLE(TALLY_LINK_FAULT_ENUM)
#undef TALLY_LINK_FAULT_ENUM
};

/* Fingerprints of certificates. */
struct tally_fingerprints {
	size_t count;
	const uint8_t (*sha256)[TALLY_FINGERPRINT_SIZE];
};

struct tally_chain_request {
	const struct tally_certificate *certificate; /* leaf first, root last; each signed by the next */
	size_t count;				     /* 1 to TALLY_CHAIN_LIMIT */
	struct tally_fingerprints roots;	     /* that the verifier knows */
	struct tally_fingerprints test_roots;	     /* that the caller of the verifier added: never by evidence */
	struct tally_fingerprints denied;	     /* known test roots, refused even as test roots */
	int64_t time;
	bool keeps_leaf;       /* the leaf is no machine's but a maker's: its signature is kept, too */
	uint16_t leaf_usage;   /* bits of keyUsage that the leaf must have; 0: any */
	size_t critical_count; /* OIDs of critical extensions that the caller reads in the leaf */
	const struct tally_bytes *critical;
};

struct tally_chain {
	uint32_t fault[TALLY_CHAIN_LIMIT]; /* enum tally_link_fault of certificate i */
	bool holds;			   /* none of them has any */
	bool has_test_root;
	uint8_t root[TALLY_FINGERPRINT_SIZE];
	int64_t valid_until; /* the earliest notAfter */
};

/*
 * Check a chain. The signatures of all but the leaf are kept, and that one where it is asked for. The root's own signature is not looked at: the
 * fingerprint covers every byte of it. A status other than TALLY_OK means that nothing was decided.
 */
TALLY_MUST_CHECK enum tally_status tally_chain_check(const struct tally_chain_request *request, struct tally_kept *kept,
						     struct tally_chain *ret);

/* The same, with a rule for each certificate in the ledger and a finding for each fault. subject: "tdx.pck-chain". */
TALLY_MUST_CHECK enum tally_status tally_chain_judge(const struct tally_chain_request *request, struct tally_kept *kept,
						     struct tally_ledger *ledger, const char *subject,
						     struct tally_chain *ret);

/* What can be wrong with a revocation list. X(name, bit, reason) */
#define TALLY_CRL_FAULT_TABLE(X)               \
	X(ISSUER, 0, CRL_ISSUER)               \
	X(KEY_USAGE, 1, CRL_KEY_USAGE)         \
	X(ALGORITHM, 2, CRL_ALGORITHM)         \
	X(SIGNATURE, 3, CRL_SIGNATURE)         \
	X(NOT_YET_VALID, 4, CRL_NOT_YET_VALID) \
	X(EXPIRED, 5, CRL_EXPIRED)             \
	X(PARTIAL, 6, CRL_PARTIAL)             \
	X(CRITICAL, 7, CRL_CRITICAL_EXTENSION)

enum tally_crl_fault {
#define TALLY_CRL_FAULT_ENUM(name, bit, reason) TALLY_CRL_##name = 1 << (bit),
	TALLY_CRL_FAULT_TABLE(TALLY_CRL_FAULT_ENUM)
#undef TALLY_CRL_FAULT_ENUM
};

/* Check a list under the certificate of its issuer, which must have been checked itself. *ret_faults: enum tally_crl_fault. */
TALLY_MUST_CHECK enum tally_status tally_crl_check(const struct tally_crl *crl, const struct tally_certificate *issuer,
						   int64_t time, struct tally_kept *kept, uint32_t *ret_faults);

/* The same, into the ledger. *ret_holds: without a fault. */
TALLY_MUST_CHECK enum tally_status tally_crl_judge(const struct tally_crl *crl, const struct tally_certificate *issuer,
						   int64_t time, struct tally_kept *kept, struct tally_ledger *ledger,
						   const char *subject, bool *ret_holds);

/* The certificate is not in the list: a rule and, if it is, a finding. Returns whether it is not. */
bool tally_crl_judge_certificate(const struct tally_crl *crl, const struct tally_certificate *certificate,
				 struct tally_ledger *ledger, const char *subject);

/* A certificate in DER. As tally_kept_read: kept may be NULL, and *ret borrows from what it says. */
TALLY_MUST_CHECK enum tally_status tally_certificate_read_der(struct tally_bytes der, struct tally_kept *kept,
							      struct tally_arena *arena, struct tally_certificate *ret);

/*
 * Every certificate of a PEM text, or the one of a DER; the array lives in the arena. *ret_count of them, at most
 * TALLY_CHAIN_LIMIT. As tally_certificate_read_der; the statuses of the readers, TALLY_NO_MEMORY.
 */
TALLY_MUST_CHECK enum tally_status tally_certificates_read(struct tally_bytes bytes, struct tally_kept *kept,
							   struct tally_arena *arena, struct tally_certificate **ret,
							   size_t *ret_count);

/* A list in PEM or DER, likewise. */
TALLY_MUST_CHECK enum tally_status tally_crl_read_any(struct tally_bytes bytes, struct tally_kept *kept,
						      struct tally_arena *arena, struct tally_crl *ret);

#endif
