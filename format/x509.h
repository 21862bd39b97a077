/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* X.509 certificates and revocation lists, read strictly. spec: RFC 5280 */
#ifndef TALLY_FORMAT_X509_H
#define TALLY_FORMAT_X509_H

#include "der.h"

#define TALLY_X509_EXTENSION_LIMIT 32

enum tally_x509_form { TALLY_X509_UNKNOWN = 0, TALLY_X509_ECDSA, TALLY_X509_RSA_PKCS1, TALLY_X509_RSA_PSS };

/* How something is signed. alg is 0 for UNKNOWN; PSS parameters are explicit, SHA-1 anywhere in them is UNKNOWN. */
struct tally_x509_algorithm {
	enum tally_x509_form form;
	uint16_t alg;	    /* enum tally_alg */
	uint32_t salt_size; /* PSS */
	struct tally_bytes der;
};

/* keyUsage: bit n is 1 << n. spec: RFC 5280, 4.2.1.3 */
#define TALLY_X509_DIGITAL_SIGNATURE (1U << 0)
#define TALLY_X509_KEY_CERT_SIGN (1U << 5)
#define TALLY_X509_CRL_SIGN (1U << 6)

struct tally_x509_extension {
	struct tally_bytes oid;
	bool is_critical;
	struct tally_bytes value;
};

/* Points into the bytes that it was read from. */
struct tally_certificate {
	struct tally_bytes der; /* all of it */
	struct tally_bytes tbs; /* what is signed */
	uint8_t version;	/* 1 to 3 */
	struct tally_bytes serial;
	struct tally_x509_algorithm algorithm;
	struct tally_bytes issuer;	 /* DER */
	struct tally_bytes subject;	 /* DER */
	struct tally_bytes issuer_name;	 /* common name; size 0 for none, or several */
	struct tally_bytes subject_name; /* the same */
	int64_t not_before;
	int64_t not_after;
	struct tally_bytes spki;
	bool has_basic_constraints;
	bool is_ca;
	bool has_path_limit;
	uint32_t path_limit;
	bool has_key_usage;
	uint16_t key_usage;
	struct tally_bytes extensions; /* tally_x509_find_extension */
	uint64_t critical_count;       /* critical extensions beside basicConstraints and keyUsage */
	struct tally_bytes signature;
};

/*
 * One certificate, and nothing behind it. Inner and outer algorithm that differ are TALLY_DISORDER, an extension that
 * stands twice TALLY_DUPLICATE. An algorithm that is not known is no failure: nothing verifies with it.
 */
TALLY_MUST_CHECK enum tally_status tally_certificate_read(struct tally_bytes der, struct tally_certificate *ret);

/* The extension of this OID in a certificate's or list's extensions; false if there is none. */
bool tally_x509_find_extension(struct tally_bytes extensions, struct tally_bytes oid, struct tally_x509_extension *ret);

/* Extension number index, from 0; false beyond the last. */
bool tally_x509_extension_at(struct tally_bytes extensions, size_t index, struct tally_x509_extension *ret);

/* Points into the bytes that it was read from. */
struct tally_crl {
	struct tally_bytes der;
	struct tally_bytes tbs;
	struct tally_x509_algorithm algorithm;
	struct tally_bytes issuer;	/* DER */
	struct tally_bytes issuer_name; /* common name */
	int64_t this_update;
	bool has_next_update;
	int64_t next_update;
	bool has_number;
	struct tally_bytes number; /* of an INTEGER */
	bool is_partial;	   /* a delta or indirect list, one for some reasons or kinds of certificates only */
	uint64_t critical_count;   /* critical extensions that are not understood, of the list and its entries */
	uint64_t revoked_count;
	struct tally_bytes revoked; /* tally_crl_contains */
	struct tally_bytes signature;
};

/* One list, and nothing behind it. Every entry is looked at. As tally_certificate_read. */
TALLY_MUST_CHECK enum tally_status tally_crl_read(struct tally_bytes der, struct tally_crl *ret);

/* The list revokes the certificate with this serial number. */
bool tally_crl_contains(const struct tally_crl *crl, struct tally_bytes serial);

#endif
