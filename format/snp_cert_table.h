/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The certificates that a host gives with an SNP report (auxblob). spec: AMD 56421 (GHCB), 4.1.8.1; RFC 4122 for GUIDs */
#ifndef TALLY_FORMAT_SNP_CERT_TABLE_H
#define TALLY_FORMAT_SNP_CERT_TABLE_H

#include "../core/cursor.h"

#define TALLY_SNP_CERT_LIMIT 32 /* entries of a table; real ones have 3 to 6 */

/* Borrowed; size 0: not there. The host supplied it, so nothing in it is more than a source of certificates. */
struct tally_snp_cert_table {
	struct tally_bytes vcek;
	struct tally_bytes vlek;
	struct tally_bytes ask; /* or ASVK */
	struct tally_bytes ark;
	struct tally_bytes crl;
	size_t other_count; /* entries of other kinds, such as a cloud's own data */
};

/*
 * Read a table. Nothing at all is a table without entries: so a host says that it has none.
 * TALLY_DUPLICATE for a kind that stands twice, TALLY_OUT_OF_RANGE for data that lies inside the list of
 * entries or beyond the end, or for too many entries; TALLY_TRUNCATED for a list without its end.
 */
TALLY_MUST_CHECK enum tally_status tally_snp_cert_table_read(struct tally_bytes bytes,
							     struct tally_snp_cert_table *ret);

#endif
