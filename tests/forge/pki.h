/* SPDX-License-Identifier: BSD-2-Clause */
/* A test PKI: certificates and revocation lists by plan, validly signed, each with at most one damage. */
#ifndef TALLY_TESTS_FORGE_PKI_H
#define TALLY_TESTS_FORGE_PKI_H

#include <openssl/evp.h>

#include "der.h"

#define FORGE_TIME INT64_C(1800000000) /* 2027-01-15: the time at which undamaged evidence holds */
#define FORGE_DAY INT64_C(86400)

enum forge_key_kind { FORGE_P256, FORGE_P384, FORGE_P521, FORGE_RSA2048, FORGE_RSA4096 };

/* The same key for the same kind and number in one process, up to 8 of a kind; it belongs to the forge. */
EVP_PKEY *forge_key(enum forge_key_kind kind, size_t number);

/* DER SubjectPublicKeyInfo; x || y of a key on a curve. The caller frees with free_bytes. */
struct tally_bytes forge_spki(EVP_PKEY *key);
struct tally_bytes forge_point(EVP_PKEY *key);

/* How something is signed. salt: of PSS; FORGE_NO_PSS for PKCS1 and for keys on a curve. */
#define FORGE_NO_PSS (-1)
struct forge_signer {
	EVP_PKEY *key;
	const EVP_MD *hash;
	int salt;
};

/* A signature as X.509 carries it: DER for ECDSA; as COSE, JOSE and Intel carry it: r || s. */
struct tally_bytes forge_sign(const struct forge_signer *signer, struct tally_bytes message);
struct tally_bytes forge_sign_raw(const struct forge_signer *signer, struct tally_bytes message);

/* What can be done to r || s in place. The last one leaves a valid signature. */
enum forge_scalar_damage {
	FORGE_R_ZERO = 1,
	FORGE_S_ZERO,
	FORGE_R_ORDER, /* r = n */
	FORGE_S_ORDER,
	FORGE_R_ONES, /* all bits */
	FORGE_SWAPPED,
	FORGE_S_NEGATED /* s = n - s */
};
void forge_damage_scalars(uint8_t *signature, EVP_PKEY *key, enum forge_scalar_damage damage);

/* One thing wrong with a certificate or list. pki_damage.c says where it can be and which reason it gives. */
enum forge_damage {
	FORGE_SOUND = 0,
	/* certificates */
	FORGE_BIT_OF_SIGNATURE,
	FORGE_OTHER_KEY,       /* signed by a key that is not the issuer's */
	FORGE_OTHER_ISSUER,    /* names somebody else */
	FORGE_WEAK_HASH,       /* SHA-1 */
	FORGE_OTHER_ALGORITHM, /* an OID that no key here has: Ed25519 */
	FORGE_IMPLICIT_PSS,    /* no parameters, which mean SHA-1 */
	FORGE_INNER_ALGORITHM, /* another one inside than outside */
	FORGE_EXPIRED,	       /* one second ago */
	FORGE_NOT_YET,	       /* valid in one second */
	FORGE_LAST_SECOND,     /* sound: valid until now */
	FORGE_FIRST_SECOND,    /* sound: valid from now on */
	FORGE_VERSION_1,
	FORGE_NO_CONSTRAINTS,
	FORGE_NOT_CA,
	FORGE_PATH_LENGTH, /* 0, although an authority follows */
	FORGE_NO_KEY_USAGE,
	FORGE_OTHER_KEY_USAGE, /* revocation lists only */
	FORGE_CRITICAL,	       /* an unknown critical extension */
	FORGE_TWICE,	       /* an extension stands twice */
	FORGE_TRAILING,	       /* a byte behind */
	FORGE_LONG_LENGTH,     /* of the outermost element, in more bytes than needed */
	FORGE_ROOT,	       /* another root with the same name */
	/* lists, beside some of these */
	FORGE_NO_NEXT_UPDATE,
	FORGE_DELTA,
	FORGE_INDIRECT, /* an issuing distribution point */
	FORGE_ENTRY_ISSUER,
	FORGE_ENTRY_CRITICAL,
	FORGE_REVOKES /* the certificate that is asked for */
};

/* keyUsage, as in format/x509.h */
#define FORGE_USAGE_SIGN (1U << 0)
#define FORGE_USAGE_CA (1U << 5 | 1U << 6)

struct forge_certificate {
	const char *subject;		 /* common name */
	const char *issuer;		 /* common name */
	struct tally_bytes subject_name; /* Names in DER instead; size 0: from the common names */
	struct tally_bytes issuer_name;
	EVP_PKEY *key;
	struct forge_signer signer; /* the issuer */
	uint64_t serial;
	int64_t not_before;
	int64_t not_after;
	bool is_ca;
	int path_limit;		       /* -1: none */
	uint16_t key_usage;	       /* 0: none */
	struct tally_bytes extensions; /* whole Extension elements, behind ours */
	enum forge_damage damage;
};

/* DER; freed with free_bytes. */
struct tally_bytes forge_certificate(const struct forge_certificate *plan);

/* One Extension element into extensions. */
void forge_add_extension(struct forge_buffer *extensions, struct tally_bytes oid, bool is_critical,
			 struct tally_bytes value);

struct forge_crl {
	const char *issuer;
	struct tally_bytes issuer_name;
	struct forge_signer signer;
	int64_t this_update;
	int64_t next_update;
	uint64_t number; /* 0: the list has no extensions */
	size_t revoked_count;
	const uint64_t *revoked; /* serial numbers */
	uint64_t asked;		 /* the one that FORGE_REVOKES adds */
	enum forge_damage damage;
};

struct tally_bytes forge_crl(const struct forge_crl *plan);

/* PEM of DER, appended. */
void forge_add_pem(struct forge_buffer *text, const char *label, struct tally_bytes der);

/* Where in a chain a damage can be. */
enum forge_place { FORGE_AT_LEAF = 1, FORGE_AT_AUTHORITY = 2, FORGE_AT_ROOT = 4, FORGE_AT_CRL = 8 };

struct forge_damage_row {
	const char *name;
	enum forge_damage damage;
	unsigned places;
	bool needs_pss;	    /* only where signatures are PSS */
	const char *reason; /* code of a certificate; NULL: it stays sound */
	const char *crl_reason;
};

/* Every damage; *ret_count of them. */
const struct forge_damage_row *forge_damages(size_t *ret_count);

/* Parts that certificates and lists share: pki.c */
void forge_add_name(struct forge_buffer *buffer, const char *common_name, struct tally_bytes name);
void forge_add_algorithm(struct forge_buffer *buffer, const struct forge_signer *signer, enum forge_damage damage);
struct tally_bytes forge_finish_signed(struct forge_buffer *tbs, const struct forge_signer *signer,
				       enum forge_damage damage);

#endif
