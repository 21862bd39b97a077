// SPDX-License-Identifier: BSD-2-Clause
/* What can be wrong with certificates and revocation lists, and the reason that each damage must give. */
#include "pki.h"

#define LEAF FORGE_AT_LEAF
#define CA FORGE_AT_AUTHORITY
#define ROOT FORGE_AT_ROOT
#define CRL FORGE_AT_CRL

static const struct forge_damage_row rows[] = {
	{ "a bit of the signature", FORGE_BIT_OF_SIGNATURE, LEAF | CA | CRL, false, "certificate.signature-invalid",
	  "crl.signature-invalid" },
	{ "signed by another key", FORGE_OTHER_KEY, LEAF | CA | CRL, false, "certificate.signature-invalid",
	  "crl.signature-invalid" },
	{ "names another issuer", FORGE_OTHER_ISSUER, LEAF | CA | CRL, false, "certificate.issuer-mismatch",
	  "crl.issuer-mismatch" },
	{ "signed with SHA-1", FORGE_WEAK_HASH, LEAF | CA | CRL, false, "certificate.algorithm", "crl.algorithm" },
	{ "an unknown algorithm", FORGE_OTHER_ALGORITHM, LEAF | CA | CRL, false, "certificate.algorithm",
	  "crl.algorithm" },
	{ "PSS parameters left out", FORGE_IMPLICIT_PSS, LEAF | CA | CRL, true, "certificate.algorithm",
	  "crl.algorithm" },
	{ "another algorithm inside", FORGE_INNER_ALGORITHM, LEAF | CA | ROOT | CRL, false, "certificate.malformed",
	  "crl.malformed" },
	{ "over since a second", FORGE_EXPIRED, LEAF | CA | ROOT | CRL, false, "certificate.expired", "crl.expired" },
	{ "begins in a second", FORGE_NOT_YET, LEAF | CA | ROOT | CRL, false, "certificate.not-yet-valid",
	  "crl.not-yet-valid" },
	{ "its last second", FORGE_LAST_SECOND, LEAF | CA | ROOT | CRL, false, NULL, NULL },
	{ "its first second", FORGE_FIRST_SECOND, LEAF | CA | ROOT | CRL, false, NULL, NULL },
	{ "no constraints", FORGE_NO_CONSTRAINTS, CA | ROOT, false, "certificate.not-ca", NULL },
	{ "not an authority", FORGE_NOT_CA, CA | ROOT, false, "certificate.not-ca", NULL },
	{ "path length 0", FORGE_PATH_LENGTH, ROOT, false, "certificate.path-length", NULL },
	{ "no key usage", FORGE_NO_KEY_USAGE, CA, false, "certificate.key-usage", NULL },
	{ "another key usage", FORGE_OTHER_KEY_USAGE, CA, false, "certificate.key-usage", NULL },
	{ "an unknown critical extension", FORGE_CRITICAL, LEAF | CA | ROOT | CRL, false,
	  "certificate.critical-extension", "crl.critical-extension" },
	{ "an extension twice", FORGE_TWICE, LEAF | CA | ROOT | CRL, false, "certificate.malformed", "crl.malformed" },
	{ "a byte behind", FORGE_TRAILING, LEAF | CA | ROOT | CRL, false, "certificate.malformed", "crl.malformed" },
	{ "a length in too many bytes", FORGE_LONG_LENGTH, LEAF | CA | ROOT, false, "certificate.malformed", NULL },
	{ "another root of that name", FORGE_ROOT, ROOT, false, "certificate.root-untrusted", NULL },
	{ "version 1", FORGE_VERSION_1, LEAF | CRL, false, "certificate.version", "crl.malformed" },
	{ "no end", FORGE_NO_NEXT_UPDATE, CRL, false, NULL, "crl.expired" },
	{ "a delta list", FORGE_DELTA, CRL, false, NULL, "crl.partial" },
	{ "an indirect list", FORGE_INDIRECT, CRL, false, NULL, "crl.partial" },
	{ "an entry of another issuer", FORGE_ENTRY_ISSUER, CRL, false, NULL, "crl.partial" },
	{ "an unknown critical extension of an entry", FORGE_ENTRY_CRITICAL, CRL, false, NULL,
	  "crl.critical-extension" },
	{ "the certificate is in the list", FORGE_REVOKES, CRL, false, NULL, "certificate.revoked" },
};

const struct forge_damage_row *forge_damages(size_t *ret_count)
{
	*ret_count = sizeof(rows) / sizeof(rows[0]);
	return rows;
}
